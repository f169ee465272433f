"""The card strip: the cut from left to right, filters above it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cutaway_panel.window.card_delegate import CardDelegate
from cutaway_panel.window.cards import CardFilter, CardModel, Part, Show, shows
from cutaway_panel.window.wording import named, role

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent

    from cutaway_panel.bridge import Bridge
    from cutaway_panel.state import CardView, Storyboard
    from cutaway_panel.window.card_delegate import Picture

_SCROLLBAR: Final = 14


class CardList(QListView):
    """Cards in a row. Enter asks to write the prompt; everything else is the list's own keyboard."""

    write_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # time runs so in every language
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.modifiers():
            self.write_asked.emit()
            return
        super().keyPressEvent(event)


class CardStrip(QWidget):
    """The cards of the cut; which one is chosen goes to the bridge, and comes from there."""

    def __init__(self, bridge: Bridge, picture: Picture, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.model = CardModel(self)
        self.filter = CardFilter(self)
        self.filter.setSourceModel(self.model)
        self.list = named(CardList(self), self.tr("Cards"), "")
        self.list.setAccessibleDescription(self.tr("Places of the cut in timeline order. Enter writes the prompt."))
        self.delegate = CardDelegate(picture, self.list)
        self.list.setItemDelegate(self.delegate)
        self.list.setModel(self.filter)
        self.filters = QButtonGroup(self)
        self.search = named(QLineEdit(self), self.tr("Find a card"), self.tr("A number, a word of a title or a prompt"))
        self.search.setPlaceholderText(self.tr("Find a card"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(220)
        self.nothing = role(QLabel(self), "muted")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self.bar = QHBoxLayout()
        self._buttons = self._filter_buttons()
        self.bar.addStretch(1)
        self.bar.addWidget(self.search)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 0)
        column.addLayout(self.bar)
        column.addWidget(self.list, 1)
        column.addWidget(self.nothing, 1)
        for first, second in pairwise((*self._buttons.values(), self.search, self.list)):
            self.setTabOrder(first, second)
        self.fit()
        self.filters.idToggled.connect(lambda *_: self._filter())
        self.search.textChanged.connect(lambda *_: self._filter())
        self.list.selectionModel().currentChanged.connect(self._chosen)
        bridge.changed.connect(self.show_state)
        bridge.current_changed.connect(self._show_current)
        self._show_cards(bridge.state)
        self._say_nothing(bridge.state)

    # -- what is chosen ----------------------------------------------------------------------------

    @property
    def selected(self) -> tuple[CardView, ...]:
        """Every selected card, in timeline order."""
        rows = sorted(self.list.selectionModel().selectedIndexes(), key=lambda index: index.row())
        return tuple(index.data(Part.VIEW) for index in rows)

    def step(self, steps: int) -> None:
        """Chooses the next card (or the one before) that is not in the cut yet; the strip shows it."""
        cards = self.model.cards
        row = self.model.row_of(self.bridge.current)
        rows = range(len(cards)) if steps > 0 else range(len(cards) - 1, -1, -1)
        beyond = [r for r in rows if row is None or (r > row if steps > 0 else r < row)]
        found = next((cards[r] for r in beyond if shows(Show.OPEN, cards[r])), None)
        if found is not None:
            self.bridge.choose(found.id)
            self.list.setFocus()

    def show_only(self, what: Show) -> None:
        self.filters.button(list(Show).index(what)).setChecked(True)

    # -- states ------------------------------------------------------------------------------------

    def show_state(self, state: Storyboard) -> None:
        if state.cards is not self.model.cards:
            self._show_cards(state)
        self._say_nothing(state)

    def _show_cards(self, state: Storyboard) -> None:
        there = {card.id for card in self.selected}
        self.model.show_cards(state.cards)
        for what, button in self._buttons.items():
            count = sum(shows(what, card) for card in state.cards)
            text = f"{self._name(what)} {count}"
            if button.text() != text:
                button.setText(text)
        if there and not self.selected:
            self._select(there)
        self._show_current(self.bridge.current)

    def wrap(self, *, on: bool) -> None:
        """Cards in rows, as many as go beside each other, instead of in one."""
        self.list.setWrapping(on)
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if on else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.list.setVerticalScrollBarPolicy(policy)
        self.fit()

    def tell_picture(self, card_id: str) -> None:
        """A picture of a card has come."""
        row = self.model.row_of(card_id)
        if row is not None:
            self.model.tell(row)

    def fit(self) -> None:
        """As high as a card is, in one row."""
        card = self.delegate.sizeHint(QStyleOptionViewItem(), QModelIndex())
        height = card.height() + _SCROLLBAR + 2 * self.list.frameWidth()
        self.list.setMinimumHeight(height)
        self.list.setMaximumHeight(16_777_215 if self.list.isWrapping() else height)

    def _chosen(self, index: QModelIndex) -> None:
        if index.isValid():
            self.bridge.choose(index.data(Part.ID))

    def _show_current(self, card_id: str) -> None:
        now = self.list.currentIndex()
        if now.isValid() and now.data(Part.ID) == card_id:
            return
        row = self.model.row_of(card_id)
        index = self.filter.mapFromSource(self.model.index(row)) if row is not None else QModelIndex()
        selection = self.list.selectionModel()
        if index.isValid():
            selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.list.scrollTo(index)
        elif not card_id:
            selection.clear()

    def _select(self, ids: set[str]) -> None:
        """The same cards are selected again after the list was laid out anew."""
        for row in range(self.filter.rowCount()):
            index = self.filter.index(row, 0)
            if index.data(Part.ID) in ids:
                self.list.selectionModel().select(index, QItemSelectionModel.SelectionFlag.Select)

    # -- filters -----------------------------------------------------------------------------------

    def _filter_buttons(self) -> dict[Show, QToolButton]:
        made = {}
        for number, what in enumerate(Show):
            button = QToolButton(self)
            button.setCheckable(True)
            button.setChecked(what is Show.ALL)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            named(button, self.tr("Show {which}").format(which=self._name(what)), self._told(what))
            self.filters.addButton(button, number)
            self.bar.addWidget(button)
            made[what] = button
        return made

    def _filter(self) -> None:
        self.filter.show_only(list(Show)[self.filters.checkedId()], self.search.text())
        self._show_current(self.bridge.current)
        self._say_nothing(self.bridge.state)

    def _say_nothing(self, state: Storyboard) -> None:
        """Why the strip is empty, and what to do."""
        empty = self.filter.rowCount() == 0
        self.list.setVisible(not empty)
        self.nothing.setVisible(empty)
        if not empty:
            return
        if state.cards:
            self.nothing.setText(self.tr("No card is like that. Show all of them, or clear the search."))
        elif state.connection.busy:
            self.nothing.setText(self.tr("Reading the cut …"))
        elif not state.connection.timeline:
            self.nothing.setText(self.tr("No cut is open. Ctrl+O opens one, or drop the file here."))
        else:
            self.nothing.setText(self.tr(
                "This cut has no shots and nothing is missing in it. Look for gaps, or make a card at the playhead."
            ))  # fmt: skip

    def _name(self, what: Show) -> str:
        return {
            Show.ALL: self.tr("All"),
            Show.GAPS: self.tr("Gaps"),
            Show.OPEN: self.tr("Open"),
            Show.READY: self.tr("Ready"),
            Show.REVIEW: self.tr("Review"),
            Show.FAILED: self.tr("Failed"),
        }[what]

    def _told(self, what: Show) -> str:
        return {
            Show.ALL: self.tr("Every shot and every card"),
            Show.GAPS: self.tr("Holes between two shots"),
            Show.OPEN: self.tr("Cards whose take is not in the cut yet"),
            Show.READY: self.tr("Cards that can be made"),
            Show.REVIEW: self.tr("Cards whose takes wait to be looked at"),
            Show.FAILED: self.tr("Cards that failed, or lost their place in the cut"),
        }[what]

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == event.Type.FontChange:
            self.fit()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(900, self.list.minimumHeight() + self.search.sizeHint().height() + 14)
