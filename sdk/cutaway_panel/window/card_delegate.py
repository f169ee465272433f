"""Paints one card of the strip.

    +---------------------------+
    |  picture, or two for a    |      of a place without takes: the last frame before it, the first behind it
    |  place between two shots  |
    +---------------------------+
    | 3  fill           V1  lock|
    | Gap                       |
    | 01:00:04:00   48 f · 2.0 s|
    | o running 42 %     2 takes|
    +---------------------------+

All cards are of one size, which follows the font. Time runs from left to right in every language.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from cutaway.wire import Verb
from cutaway_panel.theme import STATE_INK, Tokens, current, draw_sign, figures
from cutaway_panel.window.cards import CardModel, Part, length

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cutaway_panel.state import CardView

    Picture = Callable[[str, str | None, str, QSize], "QPixmap | None"]
    """A picture of a card: its id, a take's id or None, "first" or "last", size in points. None: not there yet."""

_GAP: Final = 5
_LINES: Final = 4
_COLUMNS: Final = 25
"""Width of a card, in figures."""
SHOT: Final = "shot"
_KEPT: Final = 96
"""Cards kept as pictures: more than a wide screen shows at once."""


class CardDelegate(QStyledItemDelegate):
    """Cards as pictures with four lines of text below."""

    def __init__(self, picture: Picture, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._picture = picture
        self._words = CardModel(self)
        self._painted: OrderedDict[str, tuple[tuple[object, ...], QPixmap]] = OrderedDict()
        self._measure()

    def _measure(self) -> None:
        """Sizes that follow from the font, once for each."""
        self._painted.clear()
        self._font = QFont(QApplication.font())
        self._figures = figures()
        self._bold = QFont(self._font)
        self._bold.setWeight(QFont.Weight.DemiBold)
        metrics = QFontMetrics(self._font)
        self._line = metrics.height() + 2
        width = metrics.horizontalAdvance("0") * _COLUMNS
        self._frame = QSize(width, width * 9 // 16)
        self._size = QSize(width + 4 * _GAP, self._frame.height() + _LINES * self._line + 4 * _GAP + 2)

    @property
    def picture_size(self) -> QSize:
        """Of a whole picture, points."""
        return self._frame

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802
        del option, index
        if self._font != QApplication.font():
            self._measure()
        return self._size

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        card: CardView = index.data(Part.VIEW)
        tokens = current().tokens
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        focus = bool(option.state & QStyle.StateFlag.State_HasFocus)
        ratio = painter.device().devicePixelRatio()
        pictures = self._pictures_of(card)
        looks = (card, chosen, focus, tokens, option.rect.size(), ratio, *(one and one.cacheKey() for one in pictures))
        known = self._painted.get(card.id)
        if known is None or known[0] != looks:
            known = looks, self._drawn(card, pictures, option.rect.size(), ratio, tokens, chosen=chosen, focus=focus)
            self._painted[card.id] = known
            while len(self._painted) > _KEPT:
                self._painted.popitem(last=False)
        self._painted.move_to_end(card.id)
        painter.drawPixmap(option.rect.topLeft(), known[1])

    def _drawn(
        self,
        card: CardView,
        pictures: Sequence[QPixmap | None],
        size: QSize,
        ratio: float,
        tokens: Tokens,
        *,
        chosen: bool,
        focus: bool,
    ) -> QPixmap:
        """A card as one picture, which is painted until something about it changes."""
        drawn = QPixmap(size * ratio)
        drawn.setDevicePixelRatio(ratio)
        drawn.fill(QColor(tokens.base))
        painter = QPainter(drawn)
        place = QRect(0, 0, size.width(), size.height()).adjusted(_GAP // 2, _GAP // 2, -_GAP // 2, -_GAP // 2)
        self._ground(painter, card, place, tokens, chosen=chosen, focus=focus)
        inside = place.adjusted(_GAP, _GAP, -_GAP, -_GAP)
        frame = QRect(inside.topLeft(), QSize(inside.width(), self._frame.height()))
        self._show_pictures(painter, card, pictures, frame, tokens)
        inks = {name: tokens.on_chosen if chosen else getattr(tokens, name) for name in _INKS}
        text = QRect(inside.left(), frame.bottom() + _GAP, inside.width(), self._line)
        self._first_line(painter, card, text, inks)
        asked = card.kind != SHOT
        painter.setFont(self._bold if asked else self._font)
        _write(painter, text.translated(0, self._line), card.title, inks["strong" if asked else "text"])
        self._third_line(painter, card, text.translated(0, 2 * self._line), inks)
        self._last_line(painter, card, text.translated(0, 3 * self._line), inks)
        painter.end()
        return drawn

    def _third_line(self, painter: QPainter, card: CardView, line: QRect, inks: dict[str, str]) -> None:
        """Where it begins, and how long it is; the length alone where there is no room for both."""
        painter.setFont(self._font)
        long = length(self._words, card)
        _write(painter, line, long, inks["muted"], end=True)
        wide = painter.fontMetrics().horizontalAdvance(long)
        painter.setFont(self._figures)
        if line.width() - painter.fontMetrics().horizontalAdvance(card.timecode_in) - _GAP >= wide:
            _write(painter, line, card.timecode_in, inks["text"])
        painter.setFont(self._font)

    def _ground(
        self, painter: QPainter, card: CardView, place: QRect, tokens: Tokens, *, chosen: bool, focus: bool
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        open_place = card.kind != SHOT
        ground = tokens.chosen if chosen else tokens.raised if open_place else tokens.base
        width = tokens.focus_width if focus else 1
        pen = QPen(QColor(tokens.focus if focus else tokens.line), width)
        if open_place and not focus and not card.takes:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(QColor(ground))
        inset = width / 2
        painter.drawRoundedRect(QRectF(place).adjusted(inset, inset, -inset, -inset), tokens.radius, tokens.radius)

    def _pictures_of(self, card: CardView) -> tuple[QPixmap | None, ...]:
        """Of a place without takes the frames beside it, two halves; else one, of the take or the shot."""
        take = next((take.take.id for take in card.takes if take.is_active), None)
        if card.kind != SHOT and take is None and card.kind != Verb.REMIX:
            half = QSize(self._frame.width() // 2 - 4, self._frame.height())
            return tuple(self._picture(card.id, None, side, half) for side in ("first", "last"))
        return (self._picture(card.id, take, "first", self._frame),)

    def _show_pictures(
        self, painter: QPainter, card: CardView, pictures: Sequence[QPixmap | None], frame: QRect, tokens: Tokens
    ) -> None:
        painter.fillRect(frame, QColor(tokens.base))
        if len(pictures) == 2:
            half = frame.width() // 2 - 4
            for shown, left in zip(pictures, (frame.left(), frame.right() - half + 1), strict=True):
                if shown is not None:
                    _fit(painter, shown, QRect(left, frame.top(), half, frame.height()))
            draw_sign(painter, card.kind, _square(frame, 24), tokens.strong)
        elif pictures[0] is not None:
            _fit(painter, pictures[0], frame)
        else:
            draw_sign(painter, "picture", _square(frame, 24), tokens.line)
        if card.progress is not None:
            bar = QRect(frame.left(), frame.bottom() - 3, round(frame.width() * card.progress), 4)
            painter.fillRect(QRect(frame.left(), frame.bottom() - 3, frame.width(), 4), QColor(tokens.base))
            painter.fillRect(bar, QColor(tokens.warning))

    def _first_line(self, painter: QPainter, card: CardView, line: QRect, inks: dict[str, str]) -> None:
        painter.setFont(self._bold)
        number = str(card.number)
        _write(painter, line, number, inks["strong"])
        at = line.left() + painter.fontMetrics().horizontalAdvance(number) + 2 * _GAP
        size = self._line - 5
        draw_sign(painter, card.kind, QRectF(at, line.top() + 2, size, size), inks["muted"])
        painter.setFont(self._font)
        right = line.right()
        if card.locked:
            draw_sign(painter, "lock", QRectF(right - size, line.top() + 2, size, size), inks["warning"])
            right -= size + _GAP
        if card.colour:
            painter.setPen(QColor(inks["text"]))
            painter.setBrush(QColor(card.colour))
            painter.drawEllipse(QRectF(right - size + 3, line.top() + 4, size - 4, size - 4))
            right -= size + _GAP
        rest = QRect(at + size + _GAP, line.top(), right - at - size - _GAP, line.height())
        _write(painter, rest, card.kind, inks["muted"])
        _write(painter, rest, card.track_name, inks["muted"], end=True)

    def _last_line(self, painter: QPainter, card: CardView, line: QRect, inks: dict[str, str]) -> None:
        counted = self._words.counted(card)
        _write(painter, line, counted, inks["muted"], end=True)
        if card.state is None:
            return
        ink = inks[STATE_INK[card.state]]
        size = self._line - 5
        draw_sign(painter, card.state.value, QRectF(line.left(), line.top() + 2, size, size), ink)
        taken = painter.fontMetrics().horizontalAdvance(counted) + (_GAP if counted else 0)
        _write(painter, line.adjusted(size + _GAP, 0, -taken, 0), card.badge, ink)


_INKS: Final = ("text", "muted", "strong", "info", "good", "warning", "bad", "waiting", "review")


def _write(painter: QPainter, line: QRect, text: str, ink: str, *, end: bool = False) -> None:
    """A line of text, shortened where it does not fit."""
    painter.setPen(QColor(ink))
    side = Qt.AlignmentFlag.AlignRight if end else Qt.AlignmentFlag.AlignLeft
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, line.width())
    painter.drawText(line, side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute, shown)


def _square(frame: QRect, size: int) -> QRectF:
    """A square in the middle."""
    return QRectF(frame.center().x() - size / 2, frame.center().y() - size / 2, size, size)


def _fit(painter: QPainter, picture: QPixmap, frame: QRect) -> None:
    """The picture as large as it goes into the frame, its middle where it is too wide."""
    size = picture.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
    painter.save()
    painter.setClipRect(frame)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    there = QRect(0, 0, size.width(), size.height())
    there.moveCenter(frame.center())
    painter.drawPixmap(there, picture)
    painter.restore()
