"""A figure on a scale from a jump to nothing to see: a bar, a mark, and always the words beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QColor, QPainter, QPen, QPolygon
from PySide6.QtWidgets import QSizePolicy, QWidget

from cutaway_panel.takes.verdict import CLEAN_FROM, SEEN_FROM, SOFT_FROM
from cutaway_panel.theme import current

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from cutaway_panel.takes.verdict import Figure


class Gauge(QWidget):
    """`good` of a figure, 0 to 1, drawn; grades are steps of the scale, the figure is a pointer above it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._good: float | None = None
        self._judges = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(140, 18)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(60, 18)

    def show_figure(self, figure: Figure) -> None:
        """Another figure; one that was not measured has no pointer."""
        self._good, self._judges = figure.good, figure.judges
        self.setAccessibleName(figure.name)
        self.setAccessibleDescription(f"{figure.value}. {figure.about}")
        self.setToolTip(figure.about)
        self.update()

    def pointer(self) -> int | None:
        """The column it points at."""
        return None if self._good is None else 5 + round(self._good * (self.width() - 11))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        tokens = current().tokens
        painter = QPainter(self)
        scale = QRect(5, self.height() - 9, self.width() - 10, 7)
        edges = [0.0, SEEN_FROM, SOFT_FROM, CLEAN_FROM, 1.0]
        inks = (tokens.bad, tokens.warning, tokens.waiting, tokens.good) if self._judges else (tokens.muted,) * 4
        for low, high, ink in zip(edges, edges[1:], inks, strict=False):
            left, right = (scale.left() + round(edge * scale.width()) for edge in (low, high))
            lit = self._good is not None and (low <= self._good < high or (high == 1.0 and self._good == 1.0))
            part = QRect(left, scale.top(), right - left - 2, scale.height())
            painter.fillRect(part, QColor(ink if lit else tokens.raised))
            painter.setPen(QPen(QColor(tokens.line), 1))
            painter.drawRect(part.adjusted(0, 0, -1, -1))
        at = self.pointer()
        if at is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(tokens.strong), 1))
            painter.setBrush(QColor(tokens.strong))
            top = scale.top() - 1
            painter.drawPolygon(QPolygon([QPoint(at - 4, top - 7), QPoint(at + 4, top - 7), QPoint(at, top)]))
        painter.end()
