"""A picture of a cut: its tracks, what is missing in them, and what was put there.

    draw_strip([Panel.of(before), Panel.of(after)], Path("strip.png"))

    | A |  gap  | B |      before: the hatched place and the card that asks for it
    | A |   X   | B |      after: the take, and how well it meets its neighbours

Panels stand below each other at one scale, so that what did not move can be seen not to have moved.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from cutaway.media.conform import fitted
from cutaway.storyboard.drawing import Box, Drawing, Line, Picture, Words, fitting, width_of
from cutaway.storyboard.footage import Footage, Unavailable
from cutaway.storyboard.places import card_id
from cutaway.storyboard.plan import planned
from cutaway.storyboard.project import FOLDER, Project
from cutaway.timebase import FrameRange, round_half_up, timecode
from cutaway.timeline.index import Index, Item, Kind, TrackIndex

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cutaway.storyboard.card import Card, Seam

EDGE: Final = 24
GUTTER: Final = 58
"""Room for the names of tracks."""
RULER: Final = 26
TITLE: Final = 34
BETWEEN: Final = 26
"""Pixels between panels."""
TALL: Final = 96
LOW: Final = 46
LABEL: Final = 20
"""Height of the name above the pictures of a clip."""
NARROW: Final = 20
"""A clip of fewer pixels has no name and no picture."""
INK, FAINT = "#ebebeb", "#96969b"
CLIP, CLIP_DARK, SOUND, NESTED, OFF = "#3b5374", "#2b3d57", "#38614f", "#5a4a78", "#3a3a3f"
TAKE, TAKE_DARK = "#c98a2b", "#7a5418"
GAP, HATCH, CARD = "#212125", "#37373d", "#f0b44c"
CUT: Final = "#ffffff"
GOOD, FAIR, POOR = "#62c370", "#e5c34a", "#e0604c"
_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
"""Seconds between the marks of a ruler."""


@dataclass(frozen=True)
class Panel:
    """One state of a cut, as it is drawn: the index, the cards it asks for, and the project's cards, if it has one."""

    index: Index
    title: str
    cards: tuple[Card, ...] = ()
    known: dict[str, Card] = field(default_factory=dict)
    folders: tuple[Path, ...] = ()

    @classmethod
    def of(cls, index: Index, *, title: str = "", folders: Sequence[Path] = (), every_gap: bool = False) -> Panel:
        """The panel of a cut, with the project beside its file."""
        path = index.document.path
        project = Project.beside(path) if path and (path.parent / FOLDER / path.name).is_dir() else None
        return cls(
            index,
            title or index.name,
            planned(index, project, every_gap=every_gap).cards,
            {card.id: card for card in project.cards} if project else {},
            tuple(folders),
        )


def draw_strip(panels: Sequence[Panel], path: Path, *, width: int = 1600, pictures: bool = True) -> Path:
    """Draws panels below each other into a PNG or, where the name ends so, an SVG.

    Args:
        panels: most often one, or before and after.
        path: of the picture.
        width: in pixels; the height follows from the tracks.
        pictures: frames of the media inside the clips, where they are on this machine.
    """
    heights = [_height(panel, pictures=pictures) for panel in panels]
    drawing = Drawing(width, sum(heights) + BETWEEN * (len(panels) - 1) + 2 * EDGE + LABEL)
    longest = max((float(panel.index.duration / panel.index.rate.fraction) for panel in panels), default=0.0) or 1.0
    scale = (width - 2 * EDGE - GUTTER) / longest
    top = EDGE
    for panel, height in zip(panels, heights, strict=True):
        _Painter(drawing, panel, scale, pictures).paint(top)
        top += height + BETWEEN
    _legend(drawing, top - BETWEEN + 8)
    return drawing.save(path)


def _height(panel: Panel, *, pictures: bool) -> int:
    return TITLE + RULER + sum(_track_height(track, pictures=pictures) + 6 for track in panel.index.tracks)


def _track_height(track: TrackIndex, *, pictures: bool) -> int:
    return TALL if track.is_video and pictures else LOW


class _Painter:
    """Draws one panel. `scale` is pixels per second."""

    def __init__(self, drawing: Drawing, panel: Panel, scale: float, pictures: bool) -> None:  # noqa: FBT001
        self.drawing = drawing
        self.panel = panel
        self.index = panel.index
        self.per_frame = Fraction(scale) / panel.index.rate.fraction
        self.left = EDGE + GUTTER
        self.pictures = pictures

    def paint(self, top: int) -> None:
        index = self.index
        facts = f"{index.rate.fps:.6g} fps   {timecode(self._shown(0), index.rate)}   {index.duration} frames"
        self.drawing.add(
            Words(EDGE, top, self.panel.title, INK, 18),
            Words(self.drawing.width - EDGE, top + 4, facts, FAINT, 13, "end"),
        )
        top += TITLE
        self._ruler(top)
        top += RULER
        order = [t for t in reversed(index.tracks) if t.is_video] + [t for t in index.tracks if not t.is_video]
        with Footage(index, self.panel.folders) as footage:
            for track in order:
                height = _track_height(track, pictures=self.pictures)
                self._track(track, top, height, footage)
                top += height + 6

    def _x(self, frame: int | Fraction) -> float:
        return self.left + float(frame * self.per_frame)

    def _shown(self, frame: int) -> int:
        return round_half_up(Fraction(self.index.start) + frame)

    def _ruler(self, top: int) -> None:
        rate = self.index.rate
        per_second = float(self.per_frame * rate.fraction)
        step = next((s for s in _STEPS if s * per_second >= 96), _STEPS[-1])
        baseline = top + RULER - 4
        self.drawing.add(Line(((self.left, baseline), (self._x(self.index.duration), baseline)), HATCH))
        number = 0
        while (frame := rate.frames(number * step)) <= self.index.duration:
            x = self._x(frame)
            self.drawing.add(Line(((x, baseline - 6), (x, baseline)), FAINT))
            if x + 84 < self.drawing.width:
                self.drawing.add(Words(x + 4, top + 3, timecode(self._shown(frame), rate), FAINT, 12))
            number += 1

    # -- tracks and items --------------------------------------------------------------------------

    def _track(self, track: TrackIndex, top: int, height: int, footage: Footage) -> None:
        name = fitting(track.name or f"{track.kind[:1]}{track.number + 1}", GUTTER - 8, 14)
        self.drawing.add(Words(EDGE, top + height / 2 - 8, name, INK if track.enabled else FAINT, 14))
        self.drawing.add(Box(self.left, top, self._x(track.duration) - self.left, height, fill=GAP))
        for item in track.items:
            if item.kind is Kind.GAP:
                self._gap(item, top, height)
            elif item.kind is not Kind.TRANSITION:
                self._shot(item, track, top, height, footage)
        for item in track.items:
            if item.kind is Kind.TRANSITION:
                self._transition(item, top + LABEL, height - LABEL)
        for item in track.items:
            if card_id(item) is not None:
                self._seams(item, self._x(item.record.start), self._x(item.record.end), top + height)
        for card in self.panel.cards:
            if card.placement.track == track.number:
                self._card(card, top, height)

    def _gap(self, item: Item, top: int, height: int) -> None:
        left, right = self._x(item.record.start), self._x(item.record.end)
        if right - left < 2:
            return
        x = left - height
        while x < right:
            points = _clipped(x, top, height, left, right)
            if points:
                self.drawing.add(Line(points, HATCH))
            x += 9
        self.drawing.add(Box(left, top, right - left, height, frame=HATCH))

    def _shot(self, item: Item, track: TrackIndex, top: int, height: int, footage: Footage) -> None:
        left, right = self._x(item.record.start), self._x(item.record.end)
        ours = card_id(item)
        fill = CLIP if track.is_video else SOUND
        fill = NESTED if item.kind is Kind.NESTED else fill
        fill = TAKE_DARK if ours else fill
        fill = fill if item.enabled and track.enabled else OFF
        self.drawing.add(Box(left, top, max(1.0, right - left), height, fill=fill, radius=3 if right - left > 6 else 0))
        if self.pictures and track.is_video and right - left >= NARROW:
            self._pictures(item, left, right, top + LABEL, height - LABEL - 3, footage)
        if right - left >= NARROW:
            speed = f"  {float(item.speed) * 100:g}%" if item.speed != 1 else ""
            card = self.panel.known.get(ours or "")
            said = (card.prompt or f"{item.record.duration} frames") if card else ""
            name = f"{card.kind} \u00b7 {said}" if card else (item.name or str(item.kind)) + speed
            text = fitting(name, right - left - 10, 12)
            self.drawing.add(Words(left + 5, top + 3, text, "#fff1d6" if ours else INK, 12))
        if ours:
            self.drawing.add(Box(left, top, right - left, height, frame=TAKE, line=2, radius=3))
        elif right - left > 4:
            self.drawing.add(Box(left, top, right - left, height, frame=CLIP_DARK, radius=3))

    def _pictures(self, item: Item, left: float, right: float, top: float, height: int, footage: Footage) -> None:
        """Frames of the media side by side, each the one that is shown where it stands."""
        try:
            info = footage.clip(item).info
        except Unavailable:
            return
        wide = max(8, round(height * info.width / info.height))
        x = left + 2
        while x < right - 6:
            width = int(min(wide, right - 2 - x))
            frame = int(item.record.start) + int((x - left) / float(self.per_frame))
            with suppress(Unavailable):
                shown = footage.frames(item, FrameRange.of(frame, 1), info.width, info.height)[0]
                self.drawing.add(Picture(x, top, fitted(shown, wide, height)[:, :width].copy()))
            x += wide + 1

    def _seams(self, item: Item, left: float, right: float, bottom: float) -> None:
        """A mark at both ends of a take: how well it meets its neighbour."""
        card = self.panel.known.get(card_id(item) or "")
        take = card.take(item.metadata["cutaway"].get("take")) if card else None
        if take is None or take.seams is None:
            return
        for seam, x, anchor in ((take.seams.head, left, "start"), (take.seams.tail, right, "end")):
            if seam is not None:
                self._seam(seam, x, bottom, at_head=anchor == "start", roomy=right - left > 90)

    def _seam(self, seam: Seam, x: float, bottom: float, *, at_head: bool, roomy: bool) -> None:
        colour = GOOD if seam.score >= 0.7 else FAIR if seam.score >= 0.4 else POOR
        text = f"{seam.score:.2f}" if roomy else ""
        wide = width_of(text, 11) + 10 if text else 7
        left = x + 3 if at_head else x - 3 - wide
        self.drawing.add(Box(left, bottom - 19, wide, 15, fill=colour, radius=3))
        if text:
            self.drawing.add(Words(left + 5, bottom - 18, text, "#101012", 11))

    def _transition(self, item: Item, top: int, height: int) -> None:
        left, right = self._x(item.record.start), self._x(item.record.end)
        if right - left < 3:
            return
        self.drawing.add(
            Box(left, top, right - left, height, frame=CUT, line=1.5),
            Line(((left, top + height), (right, top)), CUT, 1.5),
            Line(((left, top), (right, top + height)), CUT, 1.5),
        )

    def _card(self, card: Card, top: int, height: int) -> None:
        place = card.placement
        left, right = self._x(place.start), self._x(place.start + place.frames)
        self.drawing.add(Box(left + 1, top + 1, max(2.0, right - left - 2), height - 2, frame=CARD, line=2, dash=6))
        for row, text in enumerate((str(card.kind), f"{place.frames} frames", card.prompt)):
            words = fitting(text, right - left - 14, 12)
            y = top + 8 + 17 * row
            if words and y + 14 < top + height:
                self.drawing.add(Box(left + 5, y - 2, width_of(words, 12) + 8, 17, fill=GAP, radius=2))
                self.drawing.add(Words(left + 9, y, words, CARD, 12))


def _clipped(x: float, top: float, height: float, left: float, right: float) -> tuple[tuple[float, float], ...]:
    """A line that climbs by one for one from (x, bottom), as far as it lies between two sides."""
    start, end = max(x, left), min(x + height, right)
    if start >= end:
        return ()
    bottom = top + height
    return ((start, bottom - (start - x)), (end, bottom - (end - x)))


def _legend(drawing: Drawing, top: float) -> None:
    x = float(EDGE + GUTTER)
    for colour, text in (
        (CLIP, "shot"),
        (HATCH, "gap"),
        (CARD, "asked for"),
        (TAKE_DARK, "take"),
        (GOOD, "seam of 0.7 and more"),
        (FAIR, "of 0.4 and more"),
        (POOR, "less"),
    ):
        drawing.add(Box(x, top + 2, 12, 12, fill=colour, radius=2), Words(x + 17, top + 1, text, FAINT, 12))
        x += 17 + width_of(text, 12) + 22
