"""Signs for states, verbs and buttons, drawn as strokes in a square of 16: sharp at every size, in any colour.

sign("failed", 16, tokens.bad)       # a QPixmap
draw_sign(painter, "lock", square, tokens.muted)
"""

from __future__ import annotations

from functools import cache
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

# M x y: move; L x y: line; C x y r: circle; D x y r: disc; A x y r from sweep: arc; Z: close
STROKES: Final[dict[str, str]] = {
    # states
    "draft": "C 8 8 5.5",
    "ready": "C 8 8 5.5 D 8 8 2.5",
    "queued": "C 8 8 6 M 8 4.5 L 8 8 L 10.5 9.5",
    "running": "A 8 8 5.5 90 -270 M 8 2.5 L 11 0.8 M 8 2.5 L 10.6 5",
    "review": "M 1.5 8 A 8 13 8.2 142 -104 M 14.5 8 A 8 3 8.2 -38 -104 D 8 8 2.2",
    "applied": "M 2.5 8.5 L 6.5 12.5 L 13.5 4",
    "stale": "M 8 2 L 14.5 13.5 L 1.5 13.5 Z M 8 6.5 L 8 9.5 D 8 11.6 0.6",
    "failed": "M 3.5 3.5 L 12.5 12.5 M 12.5 3.5 L 3.5 12.5",
    "cancelled": "C 8 8 6 M 4 12 L 12 4",
    "shot": "M 2 4 L 14 4 L 14 12 L 2 12 Z M 5 4 L 5 12 M 11 4 L 11 12",
    # verbs
    "generate": "M 8 1.5 L 9.6 6.4 L 14.5 8 L 9.6 9.6 L 8 14.5 L 6.4 9.6 L 1.5 8 L 6.4 6.4 Z",
    "fill": "M 2 3 L 2 13 M 14 3 L 14 13 M 5 6 L 11 6 L 11 10 L 5 10 Z",
    "extend": "M 2 4 L 7 4 L 7 12 L 2 12 Z M 9 8 L 14 8 M 11.5 5.5 L 14 8 L 11.5 10.5",
    "remix": "M 2 5 L 5 5 L 10 11 L 14 11 M 2 11 L 5 11 L 10 5 L 14 5 M 12 3 L 14 5 L 12 7 M 12 9 L 14 11 L 12 13",
    "blend": "C 6 8 4.2 C 10 8 4.2",
    "loop": "A 8 8 5.5 60 -300 M 10.6 3.2 L 13.6 2 M 10.6 3.2 L 11.8 6.2",
    # the rest
    "lock": "M 3.5 7.5 L 12.5 7.5 L 12.5 14 L 3.5 14 Z M 5.5 7.5 L 5.5 5 A 8 5 2.5 180 -180 L 10.5 7.5",
    "open_lock": "M 3.5 7.5 L 12.5 7.5 L 12.5 14 L 3.5 14 Z M 5.5 7.5 L 5.5 4.5 A 8 4.5 2.5 180 -150",
    "dice": "M 2.5 2.5 L 13.5 2.5 L 13.5 13.5 L 2.5 13.5 Z D 5.4 5.4 1.1 D 8 8 1.1 D 10.6 10.6 1.1",
    "sync": "A 8 8 5.5 20 140 A 8 8 5.5 200 140 M 2.6 2.6 L 2.9 5.9 L 6 5.2 M 13.4 13.4 L 13.1 10.1 L 10 10.8",
    "warning": "M 8 2 L 14.5 13.5 L 1.5 13.5 Z M 8 6.5 L 8 9.5 D 8 11.6 0.6",
    "error": "C 8 8 6.3 M 5.5 5.5 L 10.5 10.5 M 10.5 5.5 L 5.5 10.5",
    "info": "C 8 8 6.3 D 8 4.8 0.7 M 8 7.3 L 8 11.5",
    "picture": "M 2 3 L 14 3 L 14 13 L 2 13 Z M 2 11 L 6 7.5 L 9 10 L 11 8.5 L 14 11 C 10.6 5.8 0.9",
    "remove": "M 4 4 L 12 12 M 12 4 L 4 12",
    "gaps": "C 7 7 4.5 M 10.3 10.3 L 14 14 M 5 7 L 9 7",
    "make": "M 4 2.5 L 13 8 L 4 13.5 Z",
    "sound": "M 2 6 L 5 6 L 8.5 3 L 8.5 13 L 5 10 L 2 10 Z A 8 8 3.5 -45 90 A 8 8 6 -45 90",
    # takes and the transport
    "pause": "M 5.5 3 L 5.5 13 M 10.5 3 L 10.5 13",
    "head": "M 3 3 L 3 13 M 13 3 L 6 8 L 13 13 Z",
    "tail": "M 13 3 L 13 13 M 3 3 L 10 8 L 3 13 Z",
    "cut_back": "M 8 2 L 8 14 M 6 5 L 3 8 L 6 11 M 13 5 L 10 8 L 13 11",
    "cut_on": "M 8 2 L 8 14 M 10 5 L 13 8 L 10 11 M 3 5 L 6 8 L 3 11",
    "reverse": "M 14 4 L 8 8 L 14 12 Z M 8 4 L 2 8 L 8 12 Z",
    "forward": "M 2 4 L 8 8 L 2 12 Z M 8 4 L 14 8 L 8 12 Z",
    "step_back": "M 11 3.5 L 5 8 L 11 12.5",
    "step_on": "M 5 3.5 L 11 8 L 5 12.5",
    "star": "M 8 1.6 L 9.9 5.9 L 14.5 6.3 L 11 9.4 L 12.1 14 L 8 11.5 L 3.9 14 L 5 9.4 L 1.5 6.3 L 6.1 5.9 Z",
    "note": "M 3 2 L 13 2 L 13 10 L 9 14 L 3 14 Z M 13 10 L 9 10 L 9 14 M 5.5 5 L 10.5 5 M 5.5 8 L 8 8",
    "wipe": "M 2 3 L 14 3 L 14 13 L 2 13 Z M 8 1 L 8 15 M 4 10 L 6 6",
    "side": "M 1.5 4 L 7 4 L 7 12 L 1.5 12 Z M 9 4 L 14.5 4 L 14.5 12 L 9 12 Z",
    "flicker": "M 2 2.5 L 10 2.5 L 10 9 L 2 9 Z M 12.5 6.5 L 14 6.5 L 14 13.5 L 5.5 13.5 L 5.5 11.5",
    "more": "M 2 4 L 9 4 L 9 12 L 2 12 Z M 12.5 5 L 12.5 11 M 10 8 L 15 8",
    "undo": "M 5.5 3 L 2.5 6 L 5.5 9 M 2.5 6 L 10 6 A 10 9.5 3.5 90 -180 L 6 13",
    "up": "M 3.5 10.5 L 8 5.5 L 12.5 10.5",
    "down": "M 3.5 5.5 L 8 10.5 L 12.5 5.5",
    "playhead": "M 5 1.5 L 11 1.5 L 11 5 L 8 8 L 5 5 Z M 8 8 L 8 14.5",
}


def _path(strokes: str) -> tuple[QPainterPath, QPainterPath]:
    """Lines to be drawn and discs to be filled."""
    lines, discs = QPainterPath(), QPainterPath()
    words = iter(strokes.split())
    for word in words:
        if word == "Z":
            lines.closeSubpath()
            continue
        x, y = float(next(words)), float(next(words))
        if word == "M":
            lines.moveTo(x, y)
        elif word == "L":
            lines.lineTo(x, y)
        else:
            radius = float(next(words))
            if word == "C":
                lines.addEllipse(QPointF(x, y), radius, radius)
            elif word == "D":
                discs.addEllipse(QPointF(x, y), radius, radius)
            else:
                begin, sweep = float(next(words)), float(next(words))
                square = QRectF(x - radius, y - radius, 2 * radius, 2 * radius)
                if lines.elementCount() == 0 or strokes.split(maxsplit=1)[0] == "A":
                    lines.arcMoveTo(square, begin)
                lines.arcTo(square, begin, sweep)
    return lines, discs


_PATHS: Final[dict[str, tuple[QPainterPath, QPainterPath]]] = {}


def draw_sign(painter: QPainter, name: str, square: QRectF, colour: str) -> None:
    """Draws a sign into a square.

    Raises:
        KeyError: there is no such sign.
    """
    if name not in _PATHS:
        _PATHS[name] = _path(STROKES[name])
    lines, discs = _PATHS[name]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(square.topLeft())
    painter.scale(square.width() / 16, square.height() / 16)
    pen = QPen(QColor(colour), 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(lines, pen)
    painter.fillPath(discs, QColor(colour))
    painter.restore()


def sign(name: str, size: int, colour: str, ratio: float = 1.0) -> QPixmap:
    """A sign as a picture of `size` points, for a screen of `ratio` pixels a point."""
    pixels = max(1, round(size * ratio))
    picture = QPixmap(pixels, pixels)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    draw_sign(painter, name, QRectF(0, 0, pixels, pixels), colour)
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


@cache
def icon(name: str, colour: str, disabled: str | None = None) -> QIcon:
    """A sign for a button or a menu, at the usual sizes."""
    made = QIcon()
    for size in (16, 24, 32, 48):
        made.addPixmap(sign(name, size, colour))
        if disabled is not None:
            made.addPixmap(sign(name, size, disabled), QIcon.Mode.Disabled)
    return made
