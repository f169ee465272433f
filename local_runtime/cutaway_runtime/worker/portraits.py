"""A process that chooses the stills of a character and ends:
`python -m cutaway_runtime.worker.portraits PATH CONTAINER FOLDER [FRAME]`.

Writes FOLDER/0.png, FOLDER/1.png, ... (the best first, RGBA where the picture has an alpha channel), prints how
many and ends with 0; or prints why not and ends with 1. It is as confined as the process that probes a file.

Of a clip, frames are taken that are sharp and that differ: the same person from another side, not the same
frame twice. FRAME takes that one alone.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cutaway_runtime.worker import confined

if TYPE_CHECKING:
    from cutaway.media.decode import Clip
    from cutaway.media.extra import Pixels

MOST: Final = 4
"""Stills of one character, at most."""
LONGEST: Final = 1024
"""The longer side of a still, in pixels, at most."""
SHORTEST: Final = 32
"""The shorter side of what is sent, in pixels, at least."""
MEMORY_BYTES: Final = 2 * 1024**3
CPU_SECONDS: Final = 40
"""More than a look is allowed: whole frames are held and compared, of a file that has been looked into before."""
_LOOKED_AT: Final = 24
"""Frames of a clip that are looked at."""
_SMALL: Final = 160
_APART: Final = 5.0
"""Mean difference of code values from which two frames show something else."""
_SHARP: Final = 0.4
"""The part of the sharpest frame's sharpness that another still must have."""


def main(arguments: list[str]) -> int:
    path, name, folder = Path(arguments[0]), arguments[1], Path(arguments[2])
    frame = int(arguments[3]) if len(arguments) > 3 else None
    confined.leave_network()
    confined.give_up_rights()
    confined.limit(memory=MEMORY_BYTES, cpu=CPU_SECONDS, writes=True)
    from cutaway.errors import MediaError
    from cutaway.media.decode import Clip
    from cutaway.media.sniff import CONTAINERS

    try:
        with Clip(path, container=CONTAINERS[name], alpha=True) as clip:
            if min(clip.info.width, clip.info.height) < SHORTEST:
                sys.stdout.write(f"a picture of a character has at least {SHORTEST} pixels on each side")
                return 1
            chosen = best_frames(clip) if frame is None else [frame % len(clip)]
            for number, at in enumerate(chosen):
                _write(clip.read(at, at + 1)[0], folder / f"{number}.png")
    except MediaError as error:
        sys.stdout.write(str(error).replace(str(path), "the file").replace(path.name, "the file"))
        return 1
    except MemoryError:
        sys.stdout.write("it needs more memory than a look is allowed")
        return 1
    sys.stdout.write(str(len(chosen)))
    return 0


def best_frames(clip: Clip) -> list[int]:
    """Up to `MOST` frames of a clip, the sharpest first, each one different from those before."""
    from cutaway.media.extra import np
    from cutaway.media.picture import spread

    if len(clip) == 1:
        return [0]
    small = (_SMALL, max(1, round(_SMALL * clip.info.height / clip.info.width)))
    looks = {at: clip.glance(at, *small) for at in spread(len(clip), min(_LOOKED_AT, len(clip)))}
    sharp = {at: sharpness(look) for at, look in looks.items()}
    chosen = [max(looks, key=lambda at: (sharp[at], -at))]
    while len(chosen) < MOST:
        apart = {
            at: min(float(np.abs(look.astype(np.float32) - looks[other]).mean()) for other in chosen)
            for at, look in looks.items()
            if sharp[at] >= _SHARP * sharp[chosen[0]] and at not in chosen
        }
        following = max(apart, key=lambda at: (apart[at] * sharp[at], -at), default=None)
        if following is None or apart[following] < _APART:
            break
        chosen.append(following)
    return chosen


def sharpness(picture: Pixels) -> float:
    """How much of a picture (H, W, 3) changes from pixel to pixel: the spread of its Laplacian."""
    from cutaway.media.extra import np

    grey = np.asarray(picture, np.float32).mean(axis=-1)
    centre = grey[1:-1, 1:-1] * 4
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    return float((centre - around).std())


def _write(picture: Pixels, out: Path) -> None:
    """An RGBA picture as PNG, no larger than `LONGEST`; without its alpha channel where all of it is opaque."""
    from cutaway.media.extra import Image

    opaque = bool((picture[..., 3] == 255).all())
    image = Image.fromarray(picture[..., :3] if opaque else picture)
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    image.save(out, "PNG")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
