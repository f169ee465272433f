"""What moves the playhead: a scrubber over the three shots, buttons, loop, timecode, and what was dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPen, QPolygon
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from cutaway_panel.takes.playhead import Loop, Playhead
from cutaway_panel.takes.sign_button import SignButton
from cutaway_panel.theme import current, figures

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QWheelEvent

    from cutaway_panel.bridge import Bridge

_EDGE: Final = 8


class Scrubber(QSlider):
    """The shot before, the place, the shot behind; the playhead is dragged over them, a frame to a step."""

    def __init__(self, playhead: Playhead, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._playhead = playhead
        self.setAccessibleName(self.tr("Playhead"))
        self.setAccessibleDescription(self.tr("Frames, counted from the first of the place; negative before it"))
        self.setMinimumHeight(30)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        playhead.moved.connect(self._follow)
        playhead.covered.connect(self._cover)
        self.valueChanged.connect(self._moved)
        self._cover()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(240, 30)

    @Slot()
    def _cover(self) -> None:
        extent = self._playhead.extent
        self.blockSignals(True)
        self.setRange(extent.start, max(extent.start, extent.end - 1))
        self.setPageStep(self._playhead.rate.nominal)
        self.blockSignals(False)
        self._follow(self._playhead.frame)
        self.update()

    @Slot(int)
    def _follow(self, frame: int) -> None:
        self.blockSignals(True)
        self.setValue(frame)
        self.blockSignals(False)
        self.update()

    @Slot(int)
    def _moved(self, frame: int) -> None:
        self._playhead.seek(frame)

    def frame_at(self, x: int) -> int:
        """The frame under a column of the widget."""
        extent, room = self._playhead.extent, max(1, self.width() - 2 * _EDGE)
        return max(extent.start, min(extent.end - 1, extent.start + (x - _EDGE) * extent.duration // room))

    def x_of(self, frame: int) -> int:
        """The column at which a frame begins."""
        extent, room = self._playhead.extent, self.width() - 2 * _EDGE
        return _EDGE + (frame - extent.start) * room // max(1, extent.duration)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._playhead.seek(self.frame_at(round(event.position().x())))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._playhead.seek(self.frame_at(round(event.position().x())))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        turned = event.angleDelta().y() or event.angleDelta().x()
        self._playhead.step(-1 if turned > 0 else 1)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        event.ignore()  # the transport's keys mean the same wherever the focus is

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        tokens = current().tokens
        painter = QPainter(self)
        place, extent = self._playhead.place, self._playhead.extent
        low, high = self.x_of(extent.start), self.x_of(extent.end)
        head, tail = self.x_of(place.start), self.x_of(place.end)
        top, height = 10, self.height() - 16
        for left, right, colour in (
            (low, head, tokens.raised),
            (head, tail, tokens.chosen),
            (tail, high, tokens.raised),
        ):
            painter.fillRect(QRect(left, top, max(0, right - left), height), QColor(colour))
        painter.setPen(QPen(QColor(tokens.line), 1))
        painter.drawRect(QRect(low, top, high - low, height))
        for cut in (head, tail):  # the cuts are lines, not only a change of colour
            painter.drawLine(cut, top - 3, cut, top + height + 3)
        self._name_shots(painter, top, height)
        x = self.x_of(self._playhead.frame)
        width = max(2, self.x_of(self._playhead.frame + 1) - x)
        painter.fillRect(QRect(x, top - 2, min(width, 3), height + 4), QColor(tokens.accent))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.accent))
        middle = x + min(width, 3) // 2
        painter.drawPolygon(QPolygon.fromList([QPoint(middle - 5, 1), QPoint(middle + 6, 1), QPoint(middle, top)]))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(tokens.focus), tokens.focus_width))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def _name_shots(self, painter: QPainter, top: int, height: int) -> None:
        tokens = current().tokens
        place, extent = self._playhead.place, self._playhead.extent
        for start, end, name, ink in (
            (extent.start, place.start, self.tr("before"), tokens.muted),
            (place.start, place.end, self.tr("take"), tokens.on_chosen),
            (place.end, extent.end, self.tr("after"), tokens.muted),
        ):
            box = QRect(self.x_of(start), top, self.x_of(end) - self.x_of(start), height)
            if painter.fontMetrics().horizontalAdvance(name) + 8 < box.width():
                painter.setPen(QColor(ink))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)


class Transport(QWidget):
    """Scrubber, buttons and figures of the window's playhead."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.playhead = Playhead.of(bridge)
        self.scrubber = Scrubber(self.playhead)
        self.timecode = QLabel()
        self.timecode.setFont(figures())
        self.timecode.setAccessibleName(self.tr("Timecode"))
        self.label = QLabel()
        self.label.setProperty("role", "muted")
        self.label.setAccessibleName(self.tr("Frame"))
        self.dropped = QLabel()
        self.dropped.setProperty("role", "muted")
        self.dropped.setAccessibleName(self.tr("Dropped frames"))
        self.loop = QComboBox()
        self.loop.setAccessibleName(self.tr("Loop"))
        self.loop.setToolTip(self.tr("What is played again and again (O)"))
        for loop, name in (
            (Loop.OFF, self.tr("No loop")),
            (Loop.PLACE, self.tr("Loop the place")),
            (Loop.ALL, self.tr("Loop all")),
        ):
            self.loop.addItem(name, loop)
        self.loop.activated.connect(lambda _: self.playhead.set_loop(self.loop.currentData()))
        head = self.playhead
        buttons = (
            ("head", self.tr("To the start (Home)"), lambda: head.seek(head.extent.start)),
            ("cut_back", self.tr("To the cut before (Page up)"), lambda: head.next_cut(-1)),
            ("reverse", self.tr("Play backwards; again is faster (J)"), lambda: head.shuttle(-1)),
            ("step_back", self.tr("One frame back (Left)"), lambda: head.step(-1)),
            ("make", self.tr("Play (Space)"), head.toggle),
            ("step_on", self.tr("One frame on (Right)"), lambda: head.step(1)),
            ("forward", self.tr("Play; again is faster (L)"), lambda: head.shuttle(1)),
            ("cut_on", self.tr("To the cut behind (Page down)"), lambda: head.next_cut(1)),
            ("tail", self.tr("To the end (End)"), lambda: head.seek(head.extent.end - 1)),
        )
        row = QHBoxLayout()
        row.setSpacing(4)
        self.buttons = {name: SignButton(name, tip, run) for name, tip, run in buttons}
        for button in self.buttons.values():
            row.addWidget(button)
        row.addSpacing(8)
        row.addWidget(self.loop)
        row.addStretch(1)
        below = QHBoxLayout()
        below.addWidget(self.timecode)
        below.addSpacing(10)
        below.addWidget(self.label, 1)
        below.addWidget(self.dropped)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.scrubber)
        layout.addLayout(below)
        layout.addLayout(row)
        self.playhead.ran.connect(self._ran)
        self.playhead.covered.connect(self._covered)
        self.playhead.counted.connect(self._counted)
        self._covered()
        self.say("")
        self._ran()

    def say(self, label: str) -> None:
        """What the frame on the screen is, in a reel's words: "take 3: 5 · 01:00:03:17"."""
        name, _, code = label.partition(" · ")
        if name != self.label.text() or code != self.timecode.text():
            self.label.setText(name)
            self.timecode.setText(code or "--:--:--:--")

    @Slot()
    def _ran(self) -> None:
        running = bool(self.playhead.speed)
        tip = self.tr("Stop (Space)") if running else self.tr("Play (Space)")
        self.buttons["make"].say("pause" if running else "make", tip)
        self._counted()

    @Slot()
    def _covered(self) -> None:
        self.loop.setCurrentIndex(self.loop.findData(self.playhead.loop))

    @Slot()
    def _counted(self) -> None:
        clock = self.playhead.clock
        speed = f"{clock.speed}× " if clock.speed not in {0, 1} else ""
        if not clock.playing and not clock.shown:
            self.dropped.setText("")
            return
        count = self.tr("{0} dropped of {1}").format(clock.dropped, clock.dropped + clock.shown)
        self.dropped.setText(speed + count)
        role = "warning" if clock.dropped else "muted"
        if self.dropped.property("role") != role:
            self.dropped.setProperty("role", role)
            self.dropped.style().unpolish(self.dropped)
            self.dropped.style().polish(self.dropped)
