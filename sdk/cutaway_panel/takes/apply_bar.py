"""What putting the chosen take into the cut would change, said before it is done; doing it, and undoing it.

Ctrl+Return apply   Ctrl+Shift+Z undo the last one
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cutaway.hosts.base import Capability
from cutaway_panel.gui_thread import doors_open, on_gui_thread
from cutaway_panel.takes.choice import TakeChoice

if TYPE_CHECKING:
    from cutaway_panel.bridge import Bridge
    from cutaway_panel.state import Effect, Storyboard

ASKED_AFTER_MS = 120
"""How long a choice stands before the application is asked what it would come to."""


class ApplyBar(QWidget):
    """The step from the panel into the cut: what it would come to, and the buttons that ask the window for it."""

    apply_asked = Signal(str, str, str)
    """Card, take, policy: auto, above or take."""
    undo_asked = Signal()

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._choice = TakeChoice.of(bridge)
        self.effect: Effect | None = None
        """What applying would do, as far as it is known."""
        self._asked = 0
        self.setAccessibleName(self.tr("Apply"))
        self.where = self._label(self.tr("Where it goes"), "strong")
        self.changes = self._label(self.tr("What changes"), "")
        self.refusal = self._label(self.tr("Why it cannot be applied"), "bad")
        self.backup = self._label(self.tr("Backup"), "muted")
        self.policy = QComboBox()
        self.policy.setAccessibleName(self.tr("How it is placed"))
        for name, policy, about in (
            (self.tr("Automatic"), "auto", self.tr("Into the hole where there is one, else on a track above")),
            (self.tr("Track above"), "above", self.tr("Always on a track above; nothing of yours is touched")),
            (self.tr("As take"), "take", self.tr("Into the take selector of the clip that lies there")),
        ):
            self.policy.addItem(name, policy)
            self.policy.setItemData(self.policy.count() - 1, about, Qt.ItemDataRole.ToolTipRole)
        self.apply_button = QPushButton(self.tr("Apply"))
        self.apply_button.setProperty("role", "action")
        self.apply_button.setToolTip(self.tr("Puts the take into the cut"))
        self.undo_button = QPushButton(self.tr("Undo apply"))
        self.reveal_button = QPushButton(self.tr("Reveal"))
        self.reveal_button.setToolTip(self.tr("Moves the playhead of the application to this place"))
        self.apply_button.clicked.connect(self.apply)
        self.undo_button.clicked.connect(self.undo)
        self.reveal_button.clicked.connect(self.reveal)
        self._lay_out()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(ASKED_AFTER_MS)
        self._soon.timeout.connect(self._ask)
        doors_open()
        self.policy.currentIndexChanged.connect(self._stale)
        self._choice.changed.connect(self._stale)
        bridge.changed.connect(self._follow)
        self._cut: object = None
        self._follow(bridge.state)
        self._stale()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.policy)
        row.addWidget(self.apply_button)
        row.addWidget(self.undo_button)
        row.addWidget(self.reveal_button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(4)
        for label in (self.where, self.changes, self.refusal):
            layout.addWidget(label)
        layout.addLayout(row)
        layout.addWidget(self.backup)
        layout.addStretch(1)

    def apply(self) -> None:
        """Asks for the chosen take to be put into the cut, unless it was refused or nobody knows yet."""
        card, take = self._choice.card, self._choice.take
        if card is not None and take is not None and self.apply_button.isEnabled():
            self.apply_asked.emit(card.id, take.take.id, self.policy.currentData())

    def undo(self) -> None:
        """Asks for what was applied last to be taken out."""
        if self.undo_button.isEnabled():
            self.undo_asked.emit()

    def reveal(self) -> None:
        """Shows the place in the application."""
        card = self._choice.card
        if card is not None:
            self._bridge.desk.reveal(card.span.start)

    def _label(self, name: str, role: str) -> QLabel:
        label = QLabel()
        label.setWordWrap(True)
        label.setAccessibleName(name)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if role:
            label.setProperty("role", role)
        return label

    @Slot(object)
    def _follow(self, state: Storyboard) -> None:
        has = state.connection.capabilities
        last = state.applied[-1] if state.applied else None
        card = state.card(last.card_id) if last is not None else None
        self.undo_button.setEnabled(last is not None)
        self.undo_button.setToolTip(
            self.tr("Takes {0} out of {1} again").format(
                self.tr("the take of card {0}").format(card.number) if card is not None else self.tr("the take"),
                last.where,
            )
            if last is not None
            else self.tr("Nothing was applied yet")
        )
        item = self.policy.model().item(self.policy.findData("take"))  # type: ignore[attr-defined]
        item.setEnabled(Capability.TAKES in has)
        if Capability.TAKES not in has and self.policy.currentData() == "take":
            self.policy.setCurrentIndex(0)
        self.reveal_button.setEnabled(Capability.PLAYHEAD in has and self._choice.card is not None)
        self.backup.setText(
            self.tr("The timeline as it was is kept as a backup; undo takes out exactly what was put in.")
            if Capability.BACKUP in has
            else self.tr("This application keeps no backup; undo takes out exactly what was put in.")
            if has
            else ""
        )
        cut = (state.connection.timeline, state.applied, self._choice.card)
        if cut != self._cut:
            self._cut = cut
            self._stale()

    @Slot()
    def _stale(self) -> None:
        """What was known no longer holds; it is asked again soon."""
        self._asked += 1
        self.effect = None
        self._soon.start()
        self._show(asking=self._choice.take is not None)

    @Slot()
    def _ask(self) -> None:
        card, take = self._choice.card, self._choice.take
        if card is None or take is None:
            return
        asked = self._asked

        def came(effect: Effect) -> None:
            """On the desk's thread."""
            on_gui_thread(self, lambda: self._take_in(asked, effect))

        self._bridge.desk.effect(card.id, take.take.id, came, policy=self.policy.currentData())

    def _take_in(self, asked: int, effect: Effect) -> None:
        if asked == self._asked:  # an answer to an older question says nothing about what is chosen now
            self.effect = effect
            self._show(asking=False)

    def _show(self, *, asking: bool) -> None:
        effect, take = self.effect, self._choice.take
        if take is None:
            self.where.setText(self.tr("Choose a take to put it into the cut."))
        elif effect is None:
            self.where.setText(self.tr("Looking where take {0} goes …").format(take.number) if asking else "")
        else:
            self.where.setText(self.tr("Take {0}: {1} ({2})").format(take.number, effect.where, effect.policy))
        lines = [*(effect.changes if effect else ()), *(effect.notes if effect else ())]
        self.changes.setText("\n".join(f"• {line}" for line in lines))
        self.changes.setVisible(bool(lines))
        refused = effect.refusal if effect is not None else ""
        self.refusal.setText(self.tr("Cannot be applied: {0}").format(refused) if refused else "")
        self.refusal.setVisible(bool(refused))
        self.apply_button.setEnabled(effect is not None and not refused)
        self.apply_button.setText(self.tr("Apply take {0}").format(take.number) if take else self.tr("Apply"))
