"""Which codecs this Resolve reads, and so which one takes are kept in. Sound is PCM in all that are named here."""

from __future__ import annotations

import sys
from typing import Final

from cutaway.wire import OutputFormat

_NO_H264: Final = "the free edition of Resolve on Linux reads no H.264 and no AAC; take DNxHR or ProRes there"


def take_format(
    *, system: str = sys.platform, wanted: OutputFormat | None = None, studio: bool = False
) -> OutputFormat:
    """The codec of takes on a system ("win32", "darwin", "linux"): ProRes, and DNxHR for the free edition on Linux.

    Args:
        system: the one that Resolve runs on.
        wanted: another one, if Resolve reads it there.
        studio: the edition; where it is not known it counts as the free one.

    Raises:
        ValueError: Resolve does not read what is wanted; the message says what it reads.
    """
    if wanted is None:
        return OutputFormat.DNXHR if system.startswith("linux") and not studio else OutputFormat.PRORES
    if wanted in {OutputFormat.FFV1, OutputFormat.PNG}:
        raise ValueError(f"Resolve takes no {wanted} as a clip; it takes prores, dnxhr and mp4")
    if wanted is OutputFormat.MP4 and system.startswith("linux") and not studio:
        raise ValueError(_NO_H264)
    return wanted
