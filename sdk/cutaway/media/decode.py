"""Frames of a file, by number: frame n is the n-th displayed frame, however one comes to it.

    with Clip("shot.mov") as clip:
        clip.read(0, 8)      # (8, H, W, 3) RGB uint8

A still picture is a clip of one frame.
"""

from __future__ import annotations

from collections import OrderedDict
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Self

from cutaway.errors import MediaError
from cutaway.media.colour import Converter, orientation, over_black, turned
from cutaway.media.conform import covering, cropped, fitted
from cutaway.media.extra import np
from cutaway.media.film import Film
from cutaway.media.probe import MediaInfo, film_info, square_size, still_info
from cutaway.media.source import container_of, faults_of, open_file
from cutaway.media.still import Still

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from cutaway.media.extra import Pixels
    from cutaway.media.sniff import Container
    from cutaway.timebase import Frames

_CACHE_BYTES: Final = 24 << 20


class Clip:
    """A picture or a video as frames (H, W, 3) RGB uint8, upright, with square pixels.

    Alpha lies over black; with `alpha=True` frames are (H, W, 4) RGBA instead, opaque where the file
    has none. More than 8 bits are scaled down, the file's own colour matrix and range are undone.
    Reading in sequence decodes each frame once; a jump goes to the keyframe before. Not for two
    threads at once.

    Raises:
        MediaError: no such file.
        UnreadableMedia: not a picture or a video that is read, damaged, or beyond the limits.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, container: Container | None = None, alpha: bool = False
    ) -> None:
        self.path, self._file = open_file(path)
        self._alpha = alpha
        self._cache: OrderedDict[Frames, Pixels] = OrderedDict()
        self._film: Film | None = None
        self._glancer: Converter | None = None
        self._closed = False
        try:
            with faults_of(self.path):
                kind = container or container_of(self.path, self._file)
                self.info = self._open_still(kind) if kind.kind == "image" else self._open_film(kind)
        except BaseException:
            self.close()
            raise

    def _open_still(self, kind: Container) -> MediaInfo:
        still = Still(self.path, self._file, kind)
        self._cache[0] = self._asked_for(still.pixels())
        still.close()
        return still_info(still, kind)

    def _open_film(self, kind: Container) -> MediaInfo:
        film = self._film = Film(self.path, self._file, kind)
        first = film.frame(0)
        info = film_info(film, first, kind)
        self._orientation = orientation(first)
        self._converter = Converter(*square_size(film, first), alpha=info.has_alpha)
        self._remember(0, self._asked_for(turned(self._converter(first), self._orientation)))
        return info

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file. Frames that were read stay valid."""
        if self._film is not None:
            self._film.close()
            self._film = None
        self._closed = True
        self._cache.clear()
        self._file.close()

    def __len__(self) -> int:
        """How many frames there are, exactly."""
        return self.info.frames

    def seconds_at(self, frame: Frames) -> Fraction:
        """When a frame is presented, in seconds from the first; `len(self)` gives when the last one ends."""
        return Fraction(0) if self._film is None else self._film.index.seconds_at(frame)

    def read(self, start: Frames, end: Frames) -> Pixels:
        """Frames [start, end): (end - start, H, W, 3) RGB uint8.

        Raises:
            MediaError: frames outside the clip.
            UnreadableMedia: damaged frames.
        """
        self._check(start, end)
        frames = np.empty((end - start, self.info.height, self.info.width, 4 if self._alpha else 3), np.uint8)
        for at in range(start, end):
            frames[at - start] = self._frame(at)
        return frames

    def frames(self, start: Frames = 0, end: Frames | None = None) -> Iterator[Pixels]:
        """Frames [start, end) one by one, each (H, W, 3); to the end of the clip where `end` is None."""
        end = len(self) if end is None else end
        self._check(start, end)
        return (self._frame(at).copy() for at in range(start, end))

    def glance(self, at: Frames, width: int, height: int) -> Pixels:
        """Frame `at` to look at: (height, width, 3) RGB uint8, its edges cropped where the shape is another.

        Smaller than the clip it is scaled while it is converted, in a fraction of the time that reading and
        scaling take, and a code value or two from the truth: for screens, never for measuring.

        Raises:
            MediaError: a frame outside the clip.
            UnreadableMedia: a damaged frame.
        """
        self._check(at, at + 1)
        info, film = self.info, self._film
        size = covering((info.width, info.height), (width, height))
        if film is None or info.has_alpha or size[0] * size[1] >= info.width * info.height:
            pixels = self._frame(at)
            return fitted(over_black(pixels) if pixels.shape[-1] == 4 else pixels, width, height)
        before_turn = size if self._orientation[0] else size[::-1]
        if self._glancer is None or self._glancer.size != before_turn:
            self._glancer = Converter(*before_turn, alpha=False, smaller=True)
        with faults_of(self.path):
            return cropped(turned(self._glancer(film.frame(at)), self._orientation), width, height)

    def _check(self, start: Frames, end: Frames) -> None:
        if not 0 <= start <= end <= len(self):
            raise MediaError(
                f"frames [{start}, {end}) were asked of {self.path.name}, which has {len(self)} frames",
                source=self.path,
            )
        if self._closed:
            raise MediaError(f"{self.path.name} was closed; open the clip again to read from it", source=self.path)

    def _frame(self, at: Frames) -> Pixels:
        cached = self._cache.get(at)
        if cached is not None:
            self._cache.move_to_end(at)
            return cached
        assert self._film is not None
        with faults_of(self.path):
            pixels = self._asked_for(turned(self._converter(self._film.frame(at)), self._orientation))
        self._remember(at, pixels)
        return pixels

    def _remember(self, at: Frames, pixels: Pixels) -> None:
        self._cache[at] = pixels
        while len(self._cache) > 1 and sum(frame.nbytes for frame in self._cache.values()) > _CACHE_BYTES:
            self._cache.popitem(last=False)

    def _asked_for(self, pixels: Pixels) -> Pixels:
        """RGB or RGBA, as the caller of this clip wants it."""
        has = pixels.shape[-1] == 4
        if self._alpha:
            return pixels if has else np.dstack([pixels, np.full_like(pixels[..., :1], 255)])
        return over_black(pixels) if has else pixels
