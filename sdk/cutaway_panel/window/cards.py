"""The cards of the strip as Qt sees them: a list with named roles, and a filter over it."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from cutaway.storyboard.card import CardState
from cutaway.wire import Verb

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway_panel.state import CardView

Index = QModelIndex | QPersistentModelIndex
_ROOT: Final = QModelIndex()


class Part(IntEnum):
    """What can be asked of a row beyond Qt's own roles."""

    VIEW = Qt.ItemDataRole.UserRole
    ID = Qt.ItemDataRole.UserRole + 1
    NUMBER = Qt.ItemDataRole.UserRole + 2
    KIND = Qt.ItemDataRole.UserRole + 3
    STATE = Qt.ItemDataRole.UserRole + 4
    BADGE = Qt.ItemDataRole.UserRole + 5
    TAKES = Qt.ItemDataRole.UserRole + 6


class Show(StrEnum):
    """Which cards the strip shows."""

    ALL = "all"
    GAPS = "gaps"
    OPEN = "open"
    READY = "ready"
    REVIEW = "review"
    FAILED = "failed"


_SETTLED: Final = frozenset({CardState.APPLIED, CardState.CANCELLED})


def shows(what: Show, card: CardView) -> bool:
    """Whether a card belongs under a filter. Open is what is not in the cut yet."""
    match what:
        case Show.ALL:
            return True
        case Show.GAPS:
            return card.kind == Verb.FILL
        case Show.OPEN:
            return card.state is not None and card.state not in _SETTLED
        case Show.READY:
            return card.state is CardState.READY
        case Show.REVIEW:
            return card.state is CardState.REVIEW
        case Show.FAILED:
            return card.state in {CardState.FAILED, CardState.STALE}


class CardModel(QAbstractListModel):
    """Cards in timeline order. A new state changes the rows that are others, and no more."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cards: tuple[CardView, ...] = ()

    def show_cards(self, cards: tuple[CardView, ...]) -> None:
        """The cards of a new state."""
        if cards is self.cards:
            return
        if [card.id for card in cards] != [card.id for card in self.cards]:
            self.beginResetModel()
            self.cards = cards
            self.endResetModel()
            return
        others = [row for row, (new, old) in enumerate(zip(cards, self.cards, strict=True)) if new is not old]
        self.cards = cards
        for row in others:
            self.tell(row)

    def tell(self, row: int) -> None:
        """A row is to be painted anew: its card or its picture is another."""
        index = self.index(row)
        self.dataChanged.emit(index, index)

    def row_of(self, card_id: str) -> int | None:
        return next((row for row, card in enumerate(self.cards) if card.id == card_id), None)

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.cards)

    def roleNames(self) -> dict[int, QByteArray]:  # noqa: N802
        return super().roleNames() | {int(part): QByteArray(part.name.lower().encode()) for part in Part}

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        asked = _ASKED.get(role)
        return asked(self, self.cards[index.row()]) if asked is not None and index.isValid() else None

    def spoken(self, card: CardView) -> str:
        """What a screen reader says first: "3, fill, Gap, running 42 %, 2 takes"."""
        said = [str(card.number), card.kind, card.title, card.badge, self.counted(card)]
        return ", ".join(word for word in (*said, self.tr("locked") if card.locked else "") if word)

    def described(self, card: CardView) -> str:
        """Where a card lies, and what is wrong with it."""
        lines = [
            self.tr("{track}, {begin} to {end}").format(
                track=card.track_name, begin=card.timecode_in, end=card.timecode_out
            ),
            length(self, card),
        ]
        if card.before or card.after:
            lines.append(self.tr("between {before} and {after}").format(
                before=card.before or self.tr("nothing"), after=card.after or self.tr("nothing")
            ))  # fmt: skip
        return "\n".join((*lines, card.problem) if card.problem else lines)

    def counted(self, card: CardView) -> str:
        """How many takes: "", "1 take", "3 takes"."""
        if not card.takes:
            return ""
        return self.tr("1 take") if len(card.takes) == 1 else self.tr("{n} takes").format(n=len(card.takes))


_ASKED: Final[dict[int, Callable[[CardModel, CardView], Any]]] = {
    Part.VIEW: lambda _, card: card,
    Part.ID: lambda _, card: card.id,
    Part.NUMBER: lambda _, card: card.number,
    Part.KIND: lambda _, card: card.kind,
    Part.STATE: lambda _, card: card.state,
    Part.BADGE: lambda _, card: card.badge,
    Part.TAKES: lambda _, card: len(card.takes),
    Qt.ItemDataRole.DisplayRole: lambda _, card: card.title,
    Qt.ItemDataRole.AccessibleTextRole: CardModel.spoken,
    Qt.ItemDataRole.AccessibleDescriptionRole: CardModel.described,
    Qt.ItemDataRole.ToolTipRole: CardModel.described,
}


def length(speaker: QObject, card: CardView) -> str:
    """How long a card is: "48 f · 2.0 s"."""
    return speaker.tr("{frames} f · {seconds:.1f} s").format(frames=card.frames, seconds=card.seconds)


class CardFilter(QSortFilterProxyModel):
    """Of the cards, those under one filter whose title, prompt or number has a word in it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._what = Show.ALL
        self._word = ""

    def show_only(self, what: Show, word: str = "") -> None:
        if (what, word) != (self._what, self._word):
            self._what, self._word = what, word.casefold().strip()
            self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:  # noqa: N802
        model = self.sourceModel()
        assert isinstance(model, CardModel)
        del source_parent
        card = model.cards[source_row]
        if not shows(self._what, card):
            return False
        prompt = card.card.prompt if card.card is not None else ""
        return not self._word or self._word in f"{card.number} {card.kind} {card.title} {prompt}".casefold()
