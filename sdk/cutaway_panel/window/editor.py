"""The editor: what is asked for the chosen place of the cut.

A text is told to the desk when nobody typed for a moment, a choice at once. A field that waits to be told
is never overwritten by a state that does not know of it yet.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QScrollArea, QSpinBox, QVBoxLayout, QWidget

from cutaway.hosts.base import Capability
from cutaway.wire import Verb
from cutaway_panel.theme import STATE_INK, current, sign
from cutaway_panel.window.card_delegate import SHOT
from cutaway_panel.window.fields import NO_SEED, SEEDS, Fields
from cutaway_panel.window.pending import Pending
from cutaway_panel.window.room import room_of
from cutaway_panel.window.wording import Shortened, named, role

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent

    from cutaway.storyboard.card import Card, Role
    from cutaway_panel.bridge import Bridge
    from cutaway_panel.state import CardView, Connection, Storyboard
    from cutaway_panel.window.card_delegate import Picture

_DICE: Final = random.Random()  # noqa: S311 - a seed is no secret
_SEAM: Final = QSize(132, 74)
"""Size of the pictures on both sides of the place, points."""


class Editor(QWidget):
    """Fields of one card, which scroll, and the button below them; for a shot of the editor's, what to ask of it."""

    make_asked = Signal()

    def __init__(self, bridge: Bridge, picture: Picture, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._bridge = bridge
        self._picture = picture
        self.pending = Pending(bridge, self)
        self._view: CardView | None = None
        self._connection: Connection | None = None
        self._free = False
        """The length of the chosen card is not tied to its gap."""
        self._body = QWidget(self)
        self._scroll.setWidget(self._body)
        self.fields = Fields(self._body)
        self._foot = QWidget(self)
        self._head()
        self._lay_out()
        self._listen()
        bridge.changed.connect(self.show_state)
        bridge.current_changed.connect(lambda _: self._other_card())
        self.show_state(bridge.state)

    def _head(self) -> None:
        body = self._body
        self.title = role(Shortened("", body), "heading")
        self.where = role(QLabel(body), "muted")
        self._badge_sign = QLabel(body)
        self.badge = QLabel(body)
        self.problem = role(QLabel(body), "bad")
        self.hint = role(QLabel(body), "muted")
        for label in (self.where, self.problem, self.hint):
            label.setWordWrap(True)
        self._sides = {"first": QLabel(body), "last": QLabel(body)}
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self._badge_sign)
        head.addWidget(self.badge)
        seam = QHBoxLayout()
        for side, label in self._sides.items():
            label.setFixedSize(_SEAM)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            named(label, self.tr("First frame") if side == "first" else self.tr("Last frame"))
            seam.addWidget(label)
            if side == "first":
                seam.addStretch(1)
        column = QVBoxLayout(body)
        column.setContentsMargins(10, 8, 10, 10)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.where)
        column.addWidget(self.problem)
        column.addLayout(seam)
        column.addWidget(self.fields)
        column.addWidget(self.hint)
        column.addStretch(1)

    def _lay_out(self) -> None:
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(10, 6, 10, 8)
        foot.addWidget(self.fields.locked)
        foot.addStretch(1)
        foot.addWidget(self.fields.make)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._foot)

    def _listen(self) -> None:
        form, put, now = self.fields, self._put, self._now
        form.prompt.textChanged.connect(lambda: put(prompt=form.prompt.toPlainText()))
        form.negative.textEdited.connect(lambda text: put(negative_prompt=text))
        form.style_.activated.connect(lambda: now(style=form.style_.currentData()))
        form.model.activated.connect(lambda: now(model=form.model.currentData()))
        form.seed.valueChanged.connect(lambda value: put(seed=None if value == NO_SEED else value))
        form.keep_seed.clicked.connect(lambda on: self.roll() if on else now(seed=None))
        form.dice.clicked.connect(self.roll)
        form.frames.valueChanged.connect(lambda value: put(frames=value))
        form.fits.clicked.connect(self._fit)
        form.head.valueChanged.connect(lambda value: put(head_handle=value))
        form.tail.valueChanged.connect(lambda value: put(tail_handle=value))
        form.strength.valueChanged.connect(lambda value: put(strength=value / 100))
        form.strength.valueChanged.connect(lambda value: form.strength_told.setText(f"{value} %"))
        form.sound.activated.connect(lambda: now(sound=form.sound.currentData()))
        form.locked.clicked.connect(lambda on: now(locked=on))
        form.references.edited.connect(lambda references: now(references=references))
        form.references.grab_asked.connect(self._grab)
        form.make.clicked.connect(self.make_asked)

    # -- by hand -----------------------------------------------------------------------------------

    def write(self) -> None:
        """The keyboard goes to the prompt."""
        if self.fields.isVisible():
            self._scroll.ensureWidgetVisible(self.fields.prompt)
            self.fields.prompt.setFocus()

    def roll(self) -> None:
        """Another seed, which is kept."""
        self._now(seed=_DICE.randint(0, SEEDS))

    def _put(self, **fields: Any) -> None:
        if self._view is not None and self._view.card is not None:
            self.pending.put(self._view.id, **fields)

    def _now(self, **fields: Any) -> None:
        self._put(**fields)
        self.pending.tell()

    def _fit(self, on: bool) -> None:  # noqa: FBT001 - Qt's signal
        self._free = not on
        room = room_of(self._bridge.state, self._view) if self._view is not None else None
        if on and room:
            self._now(frames=room.duration)
        self.fields.frames.setEnabled(not on)
        self.fields.dress()

    def _grab(self, role_: Role) -> None:
        if self._view is not None:
            self.pending.tell()
            self._bridge.desk.grab(self._view.id, role_)

    # -- states ------------------------------------------------------------------------------------

    def _other_card(self) -> None:
        """What was typed for the card before is told before the next is shown."""
        self.pending.tell()
        self._free = False
        self.show_state(self._bridge.state)

    def show_state(self, state: Storyboard) -> None:
        if state.connection is not self._connection:
            self._connection = state.connection
            self._offer(state.connection)
        view = self._bridge.card
        if view is self._view and view is not None:
            return
        self._view = view
        self._show_head(view)
        card = view.card if view is not None else None
        self.fields.setVisible(card is not None)
        self._foot.setVisible(card is not None)
        if view is not None and card is not None:
            self._show_card(state, view, card)

    def tell_picture(self, card_id: str) -> None:
        """A picture of a card has come."""
        if self._view is not None and card_id == self._view.id:
            self._show_sides(self._view)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As wide as the fields have to be: they scroll up and down, never sideways."""
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        return QSize(self._body.minimumSizeHint().width() + bar, 240)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == event.Type.PaletteChange and hasattr(self, "hint"):
            self._show_head(self._view)

    def _show_head(self, view: CardView | None) -> None:
        self.title.say("" if view is None else f"{view.number}  {view.title}")
        self.where.setText("" if view is None else self.tr("{track} · {begin} – {end} · {frames} frames").format(
            track=view.track_name, begin=view.timecode_in, end=view.timecode_out, frames=view.frames
        ))  # fmt: skip
        self.problem.setText(view.problem if view is not None else "")
        self.problem.setVisible(bool(view and view.problem))
        tokens = current().tokens
        told = view is not None and view.state is not None
        self._badge_sign.setVisible(told)
        self.badge.setVisible(told)
        if view is not None and view.state is not None:
            ink = STATE_INK[view.state]
            self._badge_sign.setPixmap(sign(view.state.value, 15, getattr(tokens, ink), self.devicePixelRatioF()))
            self.badge.setText(view.badge)
            role(self.badge, ink)
        self.hint.setVisible(view is None or view.kind == SHOT)
        if view is None:
            self.hint.setText(self.tr("Choose a card: with the arrow keys, or with F8 the next that is open."))
        elif view.kind == SHOT:
            self.hint.setText(self.tr(
                "A shot of the cut. Ask for more of it: extend its head or tail, remix a part of it, blend it into "
                "the next, or let it loop. All of this is in the Shot menu, and on the right mouse button."
            ))  # fmt: skip
        for label in self._sides.values():
            label.setVisible(view is not None)
        if view is not None:
            self._show_sides(view)

    def _show_sides(self, view: CardView) -> None:
        take = next((take.take.id for take in view.takes if take.is_active), None)
        for side, label in self._sides.items():
            picture = self._picture(view.id, take, side, _SEAM)
            if picture is not None:
                label.setPixmap(picture)
            else:
                label.setPixmap(sign("picture", 24, current().tokens.line, self.devicePixelRatioF()))

    def _show_card(self, state: Storyboard, view: CardView, card: Card) -> None:
        form = self.fields
        if "prompt" not in self.pending and form.prompt.toPlainText() != card.prompt:
            with QSignalBlocker(form.prompt):
                form.prompt.setPlainText(card.prompt)
        if "negative_prompt" not in self.pending and form.negative.text() != card.negative_prompt:
            form.negative.setText(card.negative_prompt)
        if "seed" not in self.pending:
            with QSignalBlocker(form.keep_seed):
                form.keep_seed.setChecked(card.seed is not None)
            form.seed.setEnabled(card.seed is not None)
            _set(form.seed, card.seed if card.seed is not None else NO_SEED)
        numbers = {"frames": (form.frames, view.frames), "head_handle": (form.head, card.head_handle)}
        numbers["tail_handle"] = (form.tail, card.tail_handle)
        for name, (spin, value) in numbers.items():
            if name not in self.pending:
                _set(spin, value)
        if "strength" not in self.pending:
            with QSignalBlocker(form.strength):
                form.strength.setValue(round(100 * (card.strength if card.strength is not None else 0.5)))
            form.strength_told.setText(f"{form.strength.value()} %")
        _choose(form.style_, card.style)
        _choose(form.model, card.model)
        _choose(form.sound, card.sound)
        form.references.show_references(card.references)
        form.locked.setChecked(view.locked)
        room = room_of(state, view) if view.kind == Verb.FILL else None
        form.fits.setVisible(room is not None)
        form.fits.setChecked(room is not None and not self._free and view.frames == room.duration)
        form.frames.setEnabled(not form.fits.isChecked())
        form.show_row(form.strength, shown=view.kind == Verb.REMIX)
        for widget in form.unlocked:
            widget.setEnabled(not view.locked)
        if not view.locked:
            form.seed.setEnabled(form.keep_seed.isChecked())
            form.frames.setEnabled(not form.fits.isChecked())
        form.dress()

    def _offer(self, connection: Connection) -> None:
        """What the server and the application offer."""
        form = self.fields
        for box, names, anything in (
            (form.style_, connection.styles, self.tr("The board's style")),
            (form.model, connection.models, self.tr("The server's model")),
        ):
            if [box.itemData(n) for n in range(1, box.count())] != list(names) or not box.count():
                chosen = box.currentData()
                box.clear()
                box.addItem(anything, None)
                for name in names:
                    box.addItem(name, name)
                _choose(box, chosen)
        form.references.allow(connection.capabilities, Capability.PLAYHEAD)


def _set(spin: QSpinBox, value: int) -> None:
    """A value from outside; nobody typed it."""
    if spin.value() != value:
        with QSignalBlocker(spin):
            spin.setValue(value)


def _choose(box: QComboBox, value: str | None) -> None:
    """A value from outside; one the server does not offer is shown all the same."""
    at = box.findData(value)
    if at < 0 and value:
        box.addItem(value, value)
        at = box.count() - 1
    if at >= 0 and box.currentIndex() != at:
        with QSignalBlocker(box):
            box.setCurrentIndex(at)
