"""The media behind a cut: where the files are, and which of their frames a place on the timeline shows.

    footage = Footage(index, folders=[timeline.parent])
    footage.path(item)                    # the file of a clip, or None
    footage.source_frame(item, 96)        # which frame of the file is seen at record frame 96
    footage.frames(item, FrameRange(88, 96), width, height)

Record time goes in, source time comes out: through the trim, the media's own timecode, the speed of the
clip (reverse and freeze too) and the rates of both. Nothing is guessed: a frame that cannot be had is
`None` with a reason, never a neighbour of it.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import unquote, urlsplit

from cutaway.errors import MediaError
from cutaway.timebase import FrameRange, Rate, round_half_up
from cutaway.timeline.index import Index, Item, Kind
from cutaway.timeline.references import active_reference, available_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.media.decode import Clip
    from cutaway.media.extra import Pixels

OPEN_FILES: Final = 32
SIZED_FILES: Final = 16
"""How many files are opened to learn the picture size of a cut."""
_DRIVE: Final = re.compile(r"^/?([A-Za-z]:[\\/].*)")


class Unavailable(MediaError):
    """A frame of the cut that cannot be had, and why."""


class Footage:
    """Frames of the clips of one cut, from their files; not for two threads at once.

    Args:
        index: of the cut.
        folders: searched for media that moved.
        keep: how many files are open at most; the one read longest ago makes way.
        size: of the picture in pixels, where it is known already.
    """

    def __init__(
        self,
        index: Index,
        folders: Sequence[Path] = (),
        *,
        keep: int = OPEN_FILES,
        size: tuple[int, int] | None = None,
    ) -> None:
        self.index = index
        self.folders = tuple(folders)
        self.keep = keep
        self._open: OrderedDict[Path, Clip] = OrderedDict()
        self._size = size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of every file."""
        for clip in self._open.values():
            clip.close()
        self._open.clear()

    def path(self, item: Item) -> Path | None:
        """The file a clip shows: where its URL says, beside the timeline, or by its name in one of the folders."""
        url = (active_reference(item.node) or {}).get("target_url")
        if item.kind is not Kind.CLIP or not isinstance(url, str) or not url:
            return None
        home: Path | None = self.index.document.path
        return located(url, home.parent if home else None, self.folders)

    def clip(self, item: Item) -> Clip:
        """The opened media of an item.

        Raises:
            Unavailable: the item has no media that can be read here.
        """
        from cutaway.media.decode import Clip

        path = self.path(item)
        named = item.name or str(item.kind)
        if path is None:
            why = {
                Kind.NESTED: "it is a nested sequence",
                Kind.GAP: "it is a gap",
            }.get(item.kind, "its media is not on this machine")
            raise Unavailable(f"no frames of {named}: {why}", source=item.name)
        if path not in self._open:
            try:
                self._open[path] = Clip(path)
            except MediaError as error:
                raise Unavailable(f"no frames of {named}: {error}", source=path) from error
            if len(self._open) > self.keep:
                self._open.popitem(last=False)[1].close()
        self._open.move_to_end(path)
        return self._open[path]

    def source_frame(self, item: Item, frame: int) -> int:
        """Which frame of the file is seen at a record frame, counted from the file's first.

        Raises:
            Unavailable: the file has no such frame.
        """
        clip = self.clip(item)
        rate = self.index.rate.fraction
        media_rate = clip.info.rate.fraction if clip.info.rate else rate
        media = available_range(item.node)
        origin = Fraction(media.start.seconds) if media else Fraction(0)
        used = item.source or media
        start = Fraction(used.start.seconds) - origin if used else Fraction(0)
        offset = Fraction(frame) - item.record.start
        if item.speed < 0:  # the last frame of the shot is the first of its media
            offset = item.record.duration - 1 - offset
        seconds = start + offset * abs(item.speed) / rate
        found = round_half_up(seconds * media_rate)
        if clip.info.kind == "image":
            return 0
        if not 0 <= found < len(clip):
            raise Unavailable(
                f"{item.name or 'the clip'} shows frame {found} of its media at record frame {frame}; "
                f"the file has {len(clip)}",
                source=item.name,
            )
        return found

    def frames(self, item: Item, span: FrameRange, width: int, height: int) -> Pixels:
        """What an item shows in a span of record time: (T, height, width, 3) RGB uint8.

        Raises:
            Unavailable: a frame of it cannot be had.
        """
        import numpy as np

        from cutaway.media.conform import fitted

        clip = self.clip(item)
        shown = []
        for frame in span:
            at = self.source_frame(item, frame)
            shown.append(fitted(clip.read(at, at + 1)[0], width, height))
        return np.stack(shown) if shown else np.empty((0, height, width, 3), np.uint8)

    def item_at(self, frame: int) -> Item | None:
        """The item whose picture is seen at a record frame: the enabled one on the highest track."""
        for track in reversed(self.index.video_tracks):
            if not track.enabled:
                continue
            for item in track.items:
                if (
                    item.kind in {Kind.CLIP, Kind.NESTED}
                    and item.enabled
                    and item.record.start <= frame < item.record.end
                ):
                    return item
        return None

    def size(self) -> tuple[int, int]:
        """The picture size of the cut: that of most of its media, the larger one in a tie; the first few files tell.

        Raises:
            Unavailable: no clip of the cut can be read here.
        """
        if self._size is None:
            counted: Counter[tuple[int, int]] = Counter()
            looked_at: set[Path] = set()
            items = (i for track in self.index.video_tracks for i in track.items if i.kind is Kind.CLIP)
            for item in items:
                path = self.path(item)
                if path is None or path in looked_at:
                    continue
                looked_at.add(path)
                with suppress(Unavailable):
                    info = self.clip(item).info
                    counted[info.width, info.height] += 1
                if len(looked_at) == SIZED_FILES:
                    break
            if not counted:
                raise Unavailable("no clip of the cut can be read on this machine, so its size is not known; say it")
            self._size = max(counted, key=lambda size: (counted[size], size))
        return self._size

    def handles(self, item: Item) -> tuple[int, int]:
        """Unused media before and behind what an item shows, in frames of the timeline.

        Raises:
            Unavailable: the media cannot be read.
        """
        clip = self.clip(item)
        media_rate = clip.info.rate or self.index.rate
        if item.speed == 0 or clip.info.kind == "image":
            return (0, 0)
        first, last = int(item.record.start), int(item.record.end) - 1
        low, high = sorted((self.source_frame(item, first), self.source_frame(item, last)))
        head, tail = low, len(clip) - 1 - high
        if item.speed < 0:
            head, tail = tail, head
        return (_scaled(head, media_rate, self.index.rate, item), _scaled(tail, media_rate, self.index.rate, item))


def located(url: str, home: Path | None = None, folders: Sequence[Path] = ()) -> Path | None:
    """The file a URL of a cut means: where it says, relative to the cut's folder, or by its name in another folder."""
    for candidate in _candidates(url):
        places = [candidate, *([home / candidate] if home else [])]
        places += [folder / candidate.name for folder in folders]
        for place in places:
            if place.is_file():
                return place
    return None


def _scaled(frames: int, media: Rate, timeline: Rate, item: Item) -> int:
    return int(frames * timeline.fraction / media.fraction / abs(item.speed))


def _candidates(url: str) -> list[Path]:
    """The paths a URL may mean: as it stands, and unquoted where it is a file URL or looks quoted.

    Applications write bare paths, file URLs with and without quoting, and Windows paths in both.
    """
    parts = urlsplit(url)
    texts = [url]
    if parts.scheme == "file":
        host = f"//{parts.netloc}" if parts.netloc not in {"", "localhost"} else ""
        rest = url.split("://", 1)[1]
        rest = rest[len(parts.netloc) :] if parts.netloc else rest
        texts = [host + unquote(rest), host + rest]
    elif parts.scheme in {"http", "https"}:
        return []
    elif "%" in url:
        texts.append(unquote(url))
    paths = []
    for text in texts:
        drive = _DRIVE.match(text)
        paths.append(Path(drive[1].replace("\\", "/") if drive else text))
    return paths
