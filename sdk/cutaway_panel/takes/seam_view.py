"""How a take meets its neighbours: both cuts in words, in figures, and as the frames that lie against each other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from cutaway_panel.pictures import PictureKey, PicturePool
from cutaway_panel.takes.choice import TakeChoice
from cutaway_panel.takes.gauge import Gauge
from cutaway_panel.takes.verdict import Figure, Verdict
from cutaway_panel.takes.wipe import Box, fitted
from cutaway_panel.theme import current, figures

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from cutaway.storyboard.card import Seam
    from cutaway_panel.bridge import Bridge
    from cutaway_panel.state import CardView, TakeView

_GAP: Final = 2


class Abutting(QWidget):
    """Two frames that lie against each other at a cut, and what each of them is."""

    def __init__(self, pool: PicturePool, names: tuple[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pool = pool
        self._names = names
        self._shape = (16, 9)
        self._frames: tuple[int, int] = (0, 0)
        self._of: tuple[str, str] | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(" | ".join(names))
        pool.ready.connect(self._repaint)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(320, self.heightForWidth(320))

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        return (width - _GAP) // 2 * self._shape[1] // self._shape[0] + self.fontMetrics().height() + 4

    def show_frames(self, card: CardView, take: TakeView, frames: tuple[int, int], shape: tuple[int, int]) -> None:
        """Which two, counted from the first of the place."""
        self._of, self._frames = (card.id, take.take.id), frames
        if shape != self._shape:
            self._shape = shape
            self.updateGeometry()
        self.update()

    def key(self) -> PictureKey | None:
        """The pair as one picture."""
        if self._of is None:
            return None
        box = self._box()
        return PictureKey.of(
            self._of[0], box.width, box.height, self.devicePixelRatioF(), take_id=self._of[1], frames=self._frames
        )

    def _box(self) -> Box:
        room = Box(0, 0, (self.width() - _GAP) // 2, self.height() - self.fontMetrics().height() - 4)
        return fitted(room, *self._shape)

    @Slot(object)
    def _repaint(self, key: PictureKey) -> None:
        if key == self.key():
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        tokens = current().tokens
        painter = QPainter(self)
        key, box = self.key(), self._box()
        left = (self.width() - 2 * box.width - _GAP) // 2
        pair = QRect(left, 0, 2 * box.width + _GAP, box.height)
        painter.fillRect(pair, QColor("#000000"))
        picture = self._pool.picture(key, by=self) if key is not None else None
        if picture is not None and key is not None:
            half = QRect(0, 0, key.width, key.height)
            painter.drawPixmap(QRect(left, 0, box.width, box.height), picture, half)
            second = QRect(left + box.width + _GAP, 0, box.width, box.height)
            painter.drawPixmap(second, picture, half.translated(key.width, 0))
        painter.setPen(QPen(QColor(tokens.accent), 2, Qt.PenStyle.DashLine))
        middle = left + box.width + _GAP // 2
        painter.drawLine(middle, 0, middle, box.height)
        painter.setPen(QColor(tokens.muted))
        line = QRect(left, box.height + 2, pair.width(), self.fontMetrics().height())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, self._names[0])
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, self._names[1])
        painter.end()


class CutReport(QFrame):
    """One cut of a take."""

    def __init__(self, title: str, pool: PicturePool, names: tuple[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.title = title
        self.setAccessibleName(title)
        self.heading = QLabel(title)
        self.heading.setProperty("role", "heading")
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setAccessibleName(title)
        self.score = Gauge()
        self.frames = Abutting(pool, names)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(10)
        self._grid.setColumnStretch(2, 1)
        self._rows: list[tuple[QLabel, QLabel, Gauge]] = []
        layout = QVBoxLayout(self)
        layout.addWidget(self.heading)
        layout.addWidget(self.sentence)
        layout.addWidget(self.score)
        layout.addWidget(self.frames)
        layout.addLayout(self._grid)

    def show_seam(self, seam: Seam | None, why_not: str, diagonal: float | None) -> None:
        """The figures of a cut; where there are none, why."""
        self.score.setVisible(seam is not None)
        if seam is None:
            self.heading.setText(self.title)
            self.sentence.setText(why_not)
            self._show_figures(())
            return
        verdict = Verdict.of(seam, diagonal)
        self.heading.setText(self.tr("{0}: {1}, {2:.2f}").format(self.title, verdict.grade, verdict.score))
        self.sentence.setText(verdict.sentence)
        self.score.show_figure(Figure(self.tr("Score"), f"{verdict.score:.2f}", verdict.score, verdict.sentence))
        self._show_figures(verdict.figures)

    def _show_figures(self, shown: tuple[Figure, ...]) -> None:
        while len(self._rows) < len(shown):
            row = QLabel(), QLabel(), Gauge()
            row[1].setFont(figures())
            for column, widget in enumerate(row):
                self._grid.addWidget(widget, len(self._rows), column)
            self._rows.append(row)
        for n, (name, value, gauge) in enumerate(self._rows):
            for widget in (name, value, gauge):
                widget.setVisible(n < len(shown))
            if n < len(shown):
                name.setText(shown[n].name)
                name.setToolTip(shown[n].about)
                value.setText(shown[n].value)
                value.setAccessibleName(f"{shown[n].name}: {shown[n].value}")
                gauge.show_figure(shown[n])


class SeamView(QScrollArea):
    """Both cuts of the chosen take."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._choice = TakeChoice.of(bridge)
        pool = PicturePool.of(bridge)
        self.setAccessibleName(self.tr("Seams"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.head = CutReport(
            self.tr("Cut into the take"), pool, (self.tr("last frame before"), self.tr("first of the take"))
        )
        self.tail = CutReport(
            self.tr("Cut out of the take"), pool, (self.tr("last of the take"), self.tr("first frame behind"))
        )
        self.empty = QLabel(self.tr("Choose a take to see how it meets its neighbours."))
        self.empty.setProperty("role", "muted")
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.empty)
        layout.addWidget(self.head)
        layout.addWidget(self.tail)
        layout.addStretch(1)
        self.setWidget(inside)
        self._choice.changed.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        card, take = self._choice.card, self._choice.take
        there = card is not None and take is not None
        self.empty.setVisible(not there)
        self.head.setVisible(there)
        self.tail.setVisible(there)
        if card is None or take is None:
            return
        size = self._bridge.state.connection.size
        seams = take.take.seams
        last = take.take.used_frames - 1
        diagonal = math.hypot(*size) if size is not None else None
        for report, seam, neighbour, frames in (
            (self.head, seams.head if seams else None, card.before, (-1, 0)),
            (self.tail, seams.tail if seams else None, card.after, (last, last + 1)),
        ):
            report.show_seam(seam, self._why_not(measured=seams is not None, neighbour=neighbour), diagonal)
            report.frames.show_frames(card, take, frames, size or (16, 9))
            report.frames.setVisible(bool(neighbour))

    def _why_not(self, *, measured: bool, neighbour: str) -> str:
        if not neighbour:
            return self.tr("No shot lies here, so there is no cut to look at.")
        if not measured:
            return self.tr("This take was not measured.")
        return self.tr("Not measured: the editor wants a cut here, or the shot beside it could not be read.")
