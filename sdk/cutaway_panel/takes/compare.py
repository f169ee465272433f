"""Two takes of one place against each other: wiped, side by side or in turn, both under the one playhead."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from cutaway_panel.takes.choice import TakeChoice
from cutaway_panel.takes.playhead import Playhead
from cutaway_panel.takes.screen import Screen, View
from cutaway_panel.takes.sign_button import SignButton
from cutaway_panel.takes.source import Source
from cutaway_panel.takes.wipe import STEP, STRIDE

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent

    from cutaway_panel.bridge import Bridge
    from cutaway_panel.state import CardView, TakeView

_SPLIT_STEPS: Final = 100


class CompareView(QWidget):
    """A is the chosen take; B is another of the card: the one in the cut, else the active one, until one is named."""

    named = Signal(str)
    """The take that B is, by its id; "" where there is no second one."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._choice = TakeChoice.of(bridge)
        self.playhead = Playhead.of(bridge)
        self.screen_ = Screen()
        self.a: Source | None = None
        self.b: Source | None = None
        self._named = ""
        self._shown: int | None = None
        self.label = ""
        """What the frame on the screen is."""
        self.other = QComboBox()
        self.other.setAccessibleName(self.tr("Take B"))
        self.other.setToolTip(self.tr("The take to compare with (B takes the chosen one, X swaps)"))
        self.other.activated.connect(lambda _: self.name_b(self.other.currentData() or ""))
        self.split = QSlider(Qt.Orientation.Horizontal)
        self.split.setRange(0, _SPLIT_STEPS)
        self.split.setValue(_SPLIT_STEPS // 2)
        self.split.setAccessibleName(self.tr("Split"))
        self.split.setAccessibleDescription(self.tr("How much of the picture shows take A, in percent"))
        self.split.setToolTip(self.tr("Moves the split ([ and ], with Shift in larger steps)"))
        self.split.valueChanged.connect(lambda value: self.screen_.set_split(value / _SPLIT_STEPS))
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self.buttons = {
            view: SignButton(sign, tip, partial(self.set_view, view), checkable=True)
            for sign, view, tip in (
                ("picture", View.SINGLE, self.tr("Take A alone (1)")),
                ("wipe", View.WIPE, self.tr("Wipe between A and B (W)")),
                ("side", View.SIDE, self.tr("A and B side by side (D)")),
                ("flicker", View.FLICKER, self.tr("A and B in turn (F)")),
            )
        }
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in self.buttons.values():
            self._group.addButton(button)
            row.addWidget(button)
        row.addSpacing(6)
        row.addWidget(QLabel(self.tr("B")))
        row.addWidget(self.other)
        row.addWidget(self.split, 3)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.screen_, 1)
        layout.addLayout(row)
        self.screen_.resized.connect(self._resize)
        self.screen_.painted.connect(self._painted)
        self.screen_.split_moved.connect(self._split_moved)
        self.playhead.moved.connect(self._show)
        self._choice.changed.connect(self._load)
        self.set_view(View.SINGLE)
        self._load()

    @property
    def shown(self) -> int | None:
        """The frame on the screen, counted from the first of the place; None while there is none."""
        return self._shown

    @property
    def take_b(self) -> TakeView | None:
        """The take that A is compared with."""
        card, a = self._choice.card, self._choice.take
        if card is None or a is None:
            return None
        others = [view for view in card.takes if view.take.id != a.take.id]
        return min(others, key=self._far, default=None)

    def _far(self, view: TakeView) -> tuple[bool, bool, bool, int]:
        """How far a take is from being B: the named one, the one in the cut, the active one, the newest."""
        return view.take.id != self._named, not view.is_applied, not view.is_active, -view.number

    def name_b(self, take_id: str) -> None:
        """Compares with this take from now on."""
        self._named = take_id
        self._load()
        self.named.emit(take_id)

    def swap(self) -> None:
        """A becomes B and B becomes A."""
        a, b = self._choice.take, self.take_b
        if a is not None and b is not None:
            self._named = a.take.id
            self._choice.choose(b.take.id)

    def set_view(self, view: View) -> None:
        """How both are seen. Without a second take there is only one way."""
        if view is not View.SINGLE and self.take_b is None:
            view = View.SINGLE
        self.buttons[view].setChecked(True)
        self.screen_.set_view(view)
        self.split.setVisible(view is View.WIPE)
        self._load()

    def keys(self) -> tuple[tuple[str, str], ...]:
        """What its keys do: what, and the key."""
        return (
            (self.tr("Take A alone"), "1"),
            (self.tr("Wipe between A and B"), "W"),
            (self.tr("A and B side by side"), "D"),
            (self.tr("A and B in turn; again shows the other"), "F"),
            (self.tr("Swap A and B"), "X"),
            (self.tr("Move the split"), "[, ]"),
            (self.tr("Move the split far"), "{, }"),
            (self.tr("The split in the middle"), "\\"),
        )

    def press(self, event: QKeyEvent) -> bool:
        """Does what a key of comparing means; False where it is none of them."""
        views = {
            Qt.Key.Key_1: View.SINGLE,
            Qt.Key.Key_W: View.WIPE,
            Qt.Key.Key_D: View.SIDE,
            Qt.Key.Key_F: View.FLICKER,
        }
        if event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
            return False
        match event.key():
            case Qt.Key.Key_F if self.screen_.view is View.FLICKER:
                self.screen_.turn()
            case Qt.Key.Key_1 | Qt.Key.Key_W | Qt.Key.Key_D | Qt.Key.Key_F:
                self.set_view(views[Qt.Key(event.key())])
            case Qt.Key.Key_X:
                self.swap()
            case Qt.Key.Key_BracketLeft:
                self.screen_.set_split(self.screen_.split - STEP)
            case Qt.Key.Key_BracketRight:
                self.screen_.set_split(self.screen_.split + STEP)
            case Qt.Key.Key_BraceLeft:
                self.screen_.set_split(self.screen_.split - STRIDE)
            case Qt.Key.Key_BraceRight:
                self.screen_.set_split(self.screen_.split + STRIDE)
            case Qt.Key.Key_Backslash:
                self.screen_.set_split(0.5)
            case _:
                return False
        return True

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self._load()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        super().hideEvent(event)
        self._load()

    @Slot()
    def _load(self) -> None:
        size = self._bridge.state.connection.size
        if size is not None:
            self.screen_.set_shape(*size)
        card, take, other = self._choice.card, self._choice.take, self.take_b
        if other is None and self.screen_.view is not View.SINGLE:
            self.buttons[View.SINGLE].setChecked(True)
            self.screen_.set_view(View.SINGLE)
        for view, button in self.buttons.items():
            button.setEnabled(view is View.SINGLE or other is not None)
        self._list_others(card, take, other)
        seen = card is not None and take is not None and self.isVisible()
        two = seen and self.screen_.view is not View.SINGLE
        self.a = self._source(self.a, card, take if seen else None)
        self.b = self._source(self.b, card, other if two else None)
        names = [self.tr("{0}  take {1}").format(ab, t.number) if t else "" for ab, t in (("A", take), ("B", other))]
        self.screen_.set_names(*names)
        self._resize()
        self._show()

    def _list_others(self, card: CardView | None, take: TakeView | None, other: TakeView | None) -> None:
        listed = [view for view in card.takes if take is None or view.take.id != take.take.id] if card else []
        wanted = [(self.tr("take {0}").format(view.number), view.take.id) for view in listed]
        if wanted != [(self.other.itemText(n), self.other.itemData(n)) for n in range(self.other.count())]:
            self.other.clear()
            for name, take_id in wanted:
                self.other.addItem(name, take_id)
        self.other.setEnabled(bool(wanted))
        self.other.setCurrentIndex(self.other.findData(other.take.id) if other else -1)

    def _source(self, source: Source | None, card: CardView | None, take: TakeView | None) -> Source | None:
        """The source of a take: the one there is, if it shows it, else another."""
        if source is not None and card is not None and take is not None and source.shows(card, take):
            return source
        if source is not None:
            source.close()
        if card is None or take is None:
            return None
        made = Source(self._bridge, card, take, self.playhead, self)
        made.ready.connect(self._show)
        return made

    @Slot()
    def _resize(self) -> None:
        for source in (self.a, self.b):
            if source is not None:
                source.size(*self.screen_.pixels())

    @Slot(float)
    def _split_moved(self, split: float) -> None:
        self.split.blockSignals(True)
        self.split.setValue(round(split * _SPLIT_STEPS))
        self.split.blockSignals(False)

    @Slot()
    def _show(self) -> None:
        """Both pictures change together: a frame of A is never seen beside another frame of B."""
        if self.a is None:
            self._shown = None
            self.screen_.set_pictures(None, message=self.tr("No take to look at yet."))
            return
        sources = [source for source in (self.a, self.b) if source is not None]
        problems = [source.problem for source in sources if source.problem]
        if problems:
            self._shown = None
            self.screen_.set_pictures(None, message=problems[0])
            return
        frames = self.a.ready_frames()
        both = [frame for frame in frames if self.b is None or self.b.shot(frame) is not None]
        shots = [source.shot(both[0]) for source in sources] if both else []
        if not shots or any(shot is None for shot in shots):
            return  # what is on the screen stays until both are there
        ready = [shot for shot in shots if shot is not None]
        self._shown = ready[0].frame
        message = next((shot.problem for shot in ready if shot.problem), "")
        self.screen_.set_pictures(ready[0].picture, ready[1].picture if len(ready) > 1 else None, message)
        self.label = ready[0].label
        self.screen_.describe(self.label, spoken=not self.playhead.speed)

    @Slot()
    def _painted(self) -> None:
        if self._shown is not None:
            self.playhead.showed(self._shown)
