"""The takes of the chosen card: a filmstrip of each, what one does with them, and two of them compared.

Enter use   S star   N note   M more like this   P parameters   Delete   B compare with   W D F X [ ]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSplitter, QVBoxLayout, QWidget

from cutaway_panel.pictures import PicturePool
from cutaway_panel.takes import slate
from cutaway_panel.takes.choice import TakeChoice
from cutaway_panel.takes.compare import CompareView
from cutaway_panel.takes.filmstrip import TAKE, TakesList
from cutaway_panel.takes.sign_button import SignButton
from cutaway_panel.takes.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QModelIndex
    from PySide6.QtGui import QKeyEvent

    from cutaway_panel.bridge import Bridge
    from cutaway_panel.state import TakeView


class TakesView(QWidget):
    """Takes to choose from. What is done to them is the desk's; nothing is asked back, everything can be undone."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._choice = TakeChoice.of(bridge)
        self.setAccessibleName(self.tr("Takes"))
        self.list = TakesList(PicturePool.of(bridge))
        self.compare = CompareView(bridge)
        self.transport = Transport(bridge)
        self._noted = ("", "", "")
        """The card and the take that the note is of, and the note as it was."""
        self._make_fields()
        self.buttons = self._commands()
        self._lay_out()
        self.list.selectionModel().currentChanged.connect(self._row_chosen)
        self.list.doubleClicked.connect(self.use)
        self.compare.screen_.painted.connect(self._say)
        self._choice.changed.connect(self._show)
        self._show()

    def _make_fields(self) -> None:
        self.empty = QLabel()
        self.empty.setWordWrap(True)
        self.empty.setProperty("role", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.note = QLineEdit()
        self.note.setAccessibleName(self.tr("Note on this take"))
        self.note.setPlaceholderText(self.tr("A note on this take (N)"))
        self.note.editingFinished.connect(self._note)
        self.parameters = QLabel()
        self.parameters.setWordWrap(True)
        self.parameters.setProperty("role", "muted")
        self.parameters.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.parameters.setAccessibleName(self.tr("Parameters of this take"))
        self.parameters.hide()

    def _commands(self) -> dict[str, SignButton]:
        commands = (
            ("applied", self.tr("Use this take (Enter)"), self.use),
            ("star", self.tr("Star (S)"), self.star),
            ("more", self.tr("Make more like this (M)"), self.more),
            ("info", self.tr("Parameters (P)"), self.show_parameters),
            ("remove", self.tr("Delete; undo brings it back (Delete)"), self.delete),
        )
        return {sign: SignButton(sign, tip, run, checkable=sign in {"star", "info"}) for sign, tip, run in commands}

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(4)
        for button in self.buttons.values():
            bar.addWidget(button)
        bar.addStretch(1)
        left, right = QWidget(), QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list, 1)
        column.addWidget(self.empty, 1)
        column.addWidget(self.note)
        column.addLayout(bar)
        column.addWidget(self.parameters)
        seen = QVBoxLayout(right)
        seen.setContentsMargins(0, 0, 0, 0)
        seen.addWidget(self.compare, 1)
        seen.addWidget(self.transport)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(left)
        self.splitter.addWidget(right)
        self.splitter.setStretchFactor(0, 2)
        self.splitter.setStretchFactor(1, 3)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setSizes([400, 600])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.splitter)

    @property
    def take(self) -> TakeView | None:
        """The chosen take."""
        return self._choice.take

    def use(self) -> None:
        """Makes the chosen take the one that the card is for."""
        self._do(self._bridge.desk.use_take)

    def star(self) -> None:
        """Stars it, or takes the star away."""
        take = self.take
        if take is not None:
            self._bridge.desk.star(self._bridge.current, take.take.id, not take.star)

    def more(self) -> None:
        """Asks for another take like it."""
        self._do(self._bridge.desk.more_like)

    def delete(self) -> None:
        """Takes it away from the card."""
        self._do(self._bridge.desk.delete_take)

    def show_parameters(self) -> None:
        """Shows or hides what it was made with."""
        self.parameters.setVisible(self.parameters.isHidden())
        self.buttons["info"].setChecked(not self.parameters.isHidden())

    def keys(self) -> tuple[tuple[str, str], ...]:
        """What its keys do: what, and the key."""
        own = (
            (self.tr("Use this take"), "Enter"),
            (self.tr("Star"), "S"),
            (self.tr("Write a note"), "N"),
            (self.tr("Make more like this"), "M"),
            (self.tr("Parameters"), "P"),
            (self.tr("Delete the take"), "Delete"),
            (self.tr("Compare with this take"), "B"),
        )
        return (*own, *self.compare.keys(), *self.transport.playhead.keys())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if self.compare.press(event) or self.transport.playhead.press(event):
            return
        commands: dict[int, Callable[[], object]] = {
            Qt.Key.Key_Return: self.use,
            Qt.Key.Key_Enter: self.use,
            Qt.Key.Key_S: self.star,
            Qt.Key.Key_N: self._edit_note,
            Qt.Key.Key_M: self.more,
            Qt.Key.Key_P: self.show_parameters,
            Qt.Key.Key_Delete: self.delete,
            Qt.Key.Key_B: self._compare_with,
        }
        run = commands.get(event.key())
        if run is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        else:
            run()

    def _do(self, run: Callable[[str, str], object]) -> None:
        take = self.take
        if take is not None:
            run(self._bridge.current, take.take.id)

    def _compare_with(self) -> None:
        """The chosen take becomes B; A goes back to the one before it."""
        card, take = self._choice.card, self.take
        if card is None or take is None or len(card.takes) < 2:
            return
        b = self.compare.take_b
        self.compare.name_b(take.take.id)
        if b is not None:
            self._choice.choose(b.take.id)

    def _edit_note(self) -> None:
        self.note.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.note.selectAll()

    @Slot()
    def _note(self) -> None:
        card_id, take_id, was = self._noted
        if take_id and self.note.text() != was:
            self._noted = card_id, take_id, self.note.text()
            self._bridge.desk.note(card_id, take_id, self.note.text())

    def _row_chosen(self, index: QModelIndex, _: QModelIndex) -> None:
        view: TakeView | None = index.data(TAKE) if index.isValid() else None
        if view is not None:
            self._choice.choose(view.take.id)

    @Slot()
    def _show(self) -> None:
        card, take = self._choice.card, self._choice.take
        size = self._bridge.state.connection.size
        if size is not None:
            self.list.strips.shape = size
        self.list.takes.show(card)
        self.list.setVisible(take is not None)
        self.empty.setVisible(take is None)
        self.empty.setText(
            self.tr("No takes yet. Make the card, and they come here.")
            if card is not None
            else self.tr("Choose a card to see its takes.")
        )
        for button in self.buttons.values():
            button.setEnabled(take is not None)
        self.note.setEnabled(take is not None)
        if take is None:
            self._noted = ("", "", "")
            self.note.clear()
            self.parameters.clear()
            return
        row = self.list.takes.row_of(take.take.id)
        if self.list.currentIndex().row() != row:
            self.list.setCurrentIndex(self.list.takes.index(row))
        self.buttons["star"].setChecked(take.star)
        if not self.note.hasFocus() or self._noted[1] != take.take.id:
            self._note()
            self._noted = self._bridge.current, take.take.id, take.note
            self.note.setText(take.note)
        lines = [f"{name}: {text}" for name, text in slate.brief(take)]
        self.parameters.setText("\n".join(lines) or self.tr("Nothing is known about how it was made."))

    @Slot()
    def _say(self) -> None:
        self.transport.say(self.compare.label)
