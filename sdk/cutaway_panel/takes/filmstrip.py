"""The takes of a card as rows: a strip of frames, what each is to the cut, star, note, and how it meets the cut."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from cutaway_panel.pictures import PictureKey, PicturePool
from cutaway_panel.takes import slate
from cutaway_panel.takes.lettering import write
from cutaway_panel.takes.row_list import RowList
from cutaway_panel.takes.verdict import graded
from cutaway_panel.theme import current, draw_sign

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtWidgets import QWidget

    from cutaway_panel.state import CardView, TakeView

Index = QModelIndex | QPersistentModelIndex

TAKE: Final = Qt.ItemDataRole.UserRole + 1
TILE: Final = 54
"""Points of height of a frame in the strip."""
_PAD: Final = 6


class TakesModel(QAbstractListModel):
    """The takes of one card, oldest first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.card: CardView | None = None
        self.takes: tuple[TakeView, ...] = ()

    def show(self, card: CardView | None) -> None:
        """Another card, or what has changed about this one; rows that stay are told one by one."""
        takes = card.takes if card is not None else ()
        same = [t.take.id for t in takes] == [t.take.id for t in self.takes]
        if same and card is not None and self.card is not None and card.id == self.card.id:
            before, self.card, self.takes = self.takes, card, takes
            for row, (old, new) in enumerate(zip(before, takes, strict=True)):
                if old is not new:
                    self.dataChanged.emit(self.index(row), self.index(row))
            return
        self.beginResetModel()
        self.card, self.takes = card, takes
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:  # noqa: ARG002, N802 - Qt's name
        return len(self.takes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.takes):
            return None
        view = self.takes[index.row()]
        if role == TAKE:
            return view
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return ", ".join([self.tr("Take {0}").format(view.number), *self.marks(view)])
        if role in {Qt.ItemDataRole.AccessibleDescriptionRole, Qt.ItemDataRole.ToolTipRole}:
            return "\n".join(line for line in (self.about(view), view.note) if line)
        return None

    def row_of(self, take_id: str) -> int:
        """-1 where there is no such take."""
        return next((row for row, view in enumerate(self.takes) if view.take.id == take_id), -1)

    def marks(self, view: TakeView) -> list[str]:
        """What a take is, in words."""
        marks = []
        if view.is_active:
            marks.append(self.tr("active"))
        if view.is_applied:
            marks.append(self.tr("in the cut"))
        if view.star:
            marks.append(self.tr("starred"))
        if view.take.preview:
            marks.append(self.tr("preview"))
        return marks

    def about(self, view: TakeView) -> str:
        """Seam, seed and model, and what it was made from, in a line."""
        said = []
        if view.parent:
            number = next((t.number for t in self.takes if t.take.id == view.parent), None)
            parent = str(number) if number is not None else self.tr("that is gone")
            said.append(self.tr("from take {0}").format(parent))
        score = view.take.seams.score if view.take.seams is not None else None
        if score is not None:
            said.append(self.tr("worst seam {0}, {1:.2f}").format(graded(score), score))
        told = dict(slate.brief(view))
        said += [f"{name.lower()} {told[name]}" for name in ("Seed", "Model") if name in told]
        return " · ".join(said)


class TakesDelegate(QStyledItemDelegate):
    """Paints a take."""

    def __init__(self, pool: PicturePool, view: QListView) -> None:
        super().__init__(view)
        self._pool = pool
        self._view = view
        self.shape = (16, 9)
        """Of the cut's pictures."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002, N802 - Qt's name
        return QSize(220, TILE + 2 * option.fontMetrics.height() + 4 * _PAD)

    def key(self, card: CardView, view: TakeView, width: int) -> PictureKey:
        """The strip of a take in a row so wide, points; its last tile may be cut off."""
        tile = self.shape[0] * TILE / self.shape[1]
        count = max(1, min(view.take.used_frames, ceil((width - 2 * _PAD - 4) / tile)))
        last = view.take.used_frames - 1
        frames = tuple(round(n * last / max(1, count - 1)) for n in range(count)) if count > 1 else (last // 2,)
        return PictureKey.of(card.id, tile, TILE, self._view.devicePixelRatioF(), take_id=view.take.id, frames=frames)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        view: TakeView | None = index.data(TAKE)
        if not isinstance(model, TakesModel) or view is None or model.card is None:
            return
        tokens = current().tokens
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        row = option.rect.adjusted(2, 1, -2, -1)
        painter.fillRect(row, QColor(tokens.chosen if chosen else tokens.raised))
        ink = tokens.on_chosen if chosen else tokens.text
        faint = tokens.on_chosen if chosen else tokens.muted
        strip = QRect(row.left() + _PAD, row.top() + _PAD, row.width() - 2 * _PAD, TILE)
        self._strip(painter, strip, model.card, view, option.rect.width())
        line = QRect(strip.left(), strip.bottom() + _PAD, strip.width(), option.fontMetrics.height())
        self._title(painter, line, model, view, ink, chosen=chosen)
        below = line.translated(0, line.height() + 2)
        text = model.about(view)
        if view.note:
            text = f"“{view.note}”" + (f" · {text}" if text else "")
        write(painter, below, text, faint)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(tokens.focus), tokens.focus_width))
            painter.drawRect(row.adjusted(1, 1, -1, -1))
        painter.restore()

    def _strip(self, painter: QPainter, box: QRect, card: CardView, view: TakeView, width: int) -> None:
        key = self.key(card, view, width)
        painter.fillRect(box, QColor("#000000"))
        picture = self._pool.picture(key, by=self._view)
        if picture is not None:
            painter.save()
            painter.setClipRect(box)
            painter.drawPixmap(box.topLeft(), picture)
            painter.restore()
            return
        problem = self._pool.problem(key)
        if problem is not None:
            painter.setPen(QColor("#d6d6da"))
            words = problem or self.tr("no pictures")
            painter.drawText(box.adjusted(6, 0, -6, 0), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)

    def _title(
        self, painter: QPainter, line: QRect, model: TakesModel, view: TakeView, ink: str, *, chosen: bool
    ) -> None:
        """The number and the marks: a sign and a word each."""
        tokens = current().tokens
        bold = QFont(painter.font())
        bold.setBold(True)
        painter.save()
        painter.setFont(bold)
        x = line.left() + write(painter, line, model.tr("Take {0}").format(view.number), ink) + 12
        painter.restore()
        signs = (
            ("ready", view.is_active, model.tr("active"), tokens.info),
            ("applied", view.is_applied, model.tr("in the cut"), tokens.good),
            ("star", view.star, model.tr("starred"), tokens.warning),
            ("draft", view.take.preview, model.tr("preview"), tokens.muted),
        )
        for sign, there, word, colour in signs:
            if not there:
                continue
            colour = ink if chosen else colour  # noqa: PLW2901
            side = line.height() - 4
            draw_sign(painter, sign, QRectF(x, line.top() + 2, side, side), colour)
            x += side + 4
            x += write(painter, QRect(x, line.top(), line.right() - x, line.height()), word, colour) + 12


class TakesList(RowList):
    """Rows of takes. Strips that are out of sight are not made."""

    def __init__(self, pool: PicturePool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pool = pool
        self.takes = TakesModel(self)
        self.strips = TakesDelegate(pool, self)
        self.setModel(self.takes)
        self.setItemDelegate(self.strips)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Takes"))
        pool.ready.connect(self._repaint)
        self.verticalScrollBar().valueChanged.connect(self._keep)

    def _repaint(self, key: PictureKey) -> None:
        if key.take_id is None or self.takes.card is None or key.card_id != self.takes.card.id:
            return
        row = self.takes.row_of(key.take_id)
        if row >= 0:
            self.update(self.takes.index(row))

    def _keep(self) -> None:
        """Strips that scrolled out of sight are not made any more."""
        card = self.takes.card
        if card is None:
            return
        seen = self.viewport().rect()
        rows = (row for row in range(len(self.takes.takes)) if self.visualRect(self.takes.index(row)).intersects(seen))
        width = self.viewport().width()
        self._pool.keep(self, [self.strips.key(card, self.takes.takes[row], width) for row in rows])
