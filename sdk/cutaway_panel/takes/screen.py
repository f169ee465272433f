"""Where frames are seen: one take, or two of them wiped, side by side or in turn.

Two pictures are always of the same frame and drawn at the same size; what differs is the take alone. The
split is moved with the pointer, or by the slider beside the screen.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cutaway_panel.takes.wipe import Box, column, fitted, halves, held, split_at, takes_hold
from cutaway_panel.theme import current

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent, QResizeEvent

GAP: Final = 6
"""Points between two pictures."""
TURN_MS: Final = 450
"""How long each picture of a flicker stands: slower than three flashes a second, which can harm."""


class View(StrEnum):
    """How A and B are seen."""

    SINGLE = "single"
    WIPE = "wipe"
    SIDE = "side by side"
    FLICKER = "flicker"


class Screen(QWidget):
    """Paints up to two pictures of one shape, letterboxed, and says what it painted."""

    split_moved = Signal(float)
    resized = Signal()
    painted = Signal()
    """The pictures that were set last are on the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = View.SINGLE
        self.split = 0.5
        self.shows_b = False
        """Which of both a flicker shows now."""
        self._shape = (16, 9)
        self._pictures: tuple[QImage | None, QImage | None] = (None, None)
        self._names = ("", "")
        self.message = ""
        self._dragging = False
        self._turn = QTimer(self)
        self._turn.setInterval(TURN_MS)
        self._turn.timeout.connect(self.turn)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Picture"))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(480, 270)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(160, 90)

    def set_shape(self, width: int, height: int) -> None:
        """The shape of the cut's pictures."""
        if width > 0 and height > 0 and (width, height) != self._shape:
            self._shape = (width, height)
            self.resized.emit()
            self.update()

    def set_view(self, view: View) -> None:
        """Flicker runs by itself, unless the look asks for stillness; `turn` flips it by hand."""
        if view is self.view:
            return
        self.view = view
        self.shows_b = False
        if view is View.FLICKER and not current().still:
            self._turn.start()
        else:
            self._turn.stop()
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.resized.emit()
        self.update()

    def set_split(self, split: float) -> None:
        split = held(split)
        if split != self.split:
            self.split = split
            self.split_moved.emit(split)
            self.update()

    def set_names(self, a: str, b: str = "") -> None:
        """What stands on the pictures while two are seen."""
        if (a, b) != self._names:
            self._names = (a, b)
            self.update()

    def set_pictures(self, a: QImage | None, b: QImage | None = None, message: str = "") -> None:
        """What is seen from now on; `message` stands where there is no picture."""
        self._pictures = (a, b)
        self.message = message
        self.update()

    def describe(self, label: str, *, spoken: bool) -> None:
        """What is seen, for those who are read to; not for every frame while it runs."""
        if spoken and label != self.accessibleDescription():
            self.setAccessibleDescription(label)

    def turn(self) -> None:
        """The other one of both."""
        if self.view is View.FLICKER:
            self.shows_b = not self.shows_b
            self.update()

    @property
    def turning(self) -> bool:
        """A flicker runs by itself."""
        return self._turn.isActive()

    def boxes(self) -> tuple[Box, ...]:
        """Where pictures lie, points: one box, or two of one size."""
        whole = Box(0, 0, self.width(), self.height())
        if self.view is View.SIDE:
            return tuple(fitted(half, *self._shape) for half in halves(whole, GAP))
        return (fitted(whole, *self._shape),)

    def pixels(self) -> tuple[int, int]:
        """How large one picture is on the screen, pixels of the screen."""
        box, ratio = self.boxes()[0], self.devicePixelRatioF()
        return round(box.width * ratio), round(box.height * ratio)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#000000"))
        a, b = self._pictures
        boxes = self.boxes()
        if self.view is View.SIDE:
            self._picture(painter, boxes[0], a)
            self._picture(painter, boxes[1], b)
        elif self.view is View.WIPE:
            self._wipe(painter, boxes[0])
        else:
            self._picture(painter, boxes[0], b if self.view is View.FLICKER and self.shows_b else a)
        self._captions(painter, boxes)
        if self.hasFocus():
            tokens = current().tokens
            painter.setPen(QPen(QColor(tokens.focus), tokens.focus_width))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()
        self.painted.emit()

    def _picture(self, painter: QPainter, box: Box, picture: QImage | None) -> None:
        rect = _rect(box)
        if picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, picture.width() != self.pixels()[0])
            painter.drawImage(rect, picture)
            return
        painter.fillRect(rect, QColor("#101012"))
        if self.message:
            painter.setPen(QColor("#d6d6da"))
            inside = rect.adjusted(12, 12, -12, -12)
            painter.drawText(inside, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.message)

    def _wipe(self, painter: QPainter, box: Box) -> None:
        at = column(box, self.split)
        rect = _rect(box)
        for picture, left, right in (
            (self._pictures[0], box.x, at),
            (self._pictures[1], at, box.right),
        ):
            painter.save()
            painter.setClipRect(QRect(left, box.y, right - left, box.height), Qt.ClipOperation.IntersectClip)
            self._picture(painter, box, picture)
            painter.restore()
        tokens = current().tokens
        painter.fillRect(QRect(at - 1, rect.top(), 2, rect.height()), QColor("#ffffff"))
        grip = QRect(at - 5, rect.center().y() - 18, 10, 36)
        painter.fillRect(grip, QColor("#ffffff"))
        painter.fillRect(grip.adjusted(2, 2, -2, -2), QColor(tokens.accent))

    def _captions(self, painter: QPainter, boxes: tuple[Box, ...]) -> None:
        """Which take is which, where two are compared."""
        if self.view is View.SINGLE:
            return
        a, b = self._names
        if self.view is View.FLICKER:
            _caption(painter, _rect(boxes[0]), b if self.shows_b else a, left=True)
        else:
            _caption(painter, _rect(boxes[0]), a, left=True)
            _caption(painter, _rect(boxes[-1]), b, left=self.view is View.SIDE)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self.view is View.WIPE and event.button() is Qt.MouseButton.LeftButton:
            self._dragging = True
            self.set_split(split_at(self.boxes()[0], round(event.position().x())))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        x = round(event.position().x())
        if self._dragging:
            self.set_split(split_at(self.boxes()[0], x))
        elif self.view is View.WIPE:
            near = takes_hold(self.boxes()[0], self.split, x)
            self.setCursor(Qt.CursorShape.SplitHCursor if near else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        self._dragging = False

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self.resized.emit()


def _rect(box: Box) -> QRect:
    return QRect(box.x, box.y, box.width, box.height)


def _caption(painter: QPainter, picture: QRect, text: str, *, left: bool) -> None:
    """A name in the upper corner of a picture, on a ground of its own, so that it is read over anything."""
    if not text or not picture.isValid():
        return
    metrics = painter.fontMetrics()
    size = QSize(min(metrics.horizontalAdvance(text) + 14, picture.width() - 8), metrics.height() + 6)
    x = picture.left() + 4 if left else picture.right() - 3 - size.width()
    ground = QRect(QPoint(x, picture.top() + 4), size)
    painter.fillRect(ground, QColor(0, 0, 0, 200))
    painter.setPen(QColor("#ffffff"))
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, size.width() - 10)
    painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, shown)
