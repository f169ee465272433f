"""How long a video is, for servers that count frames: SGLang, vLLM-Omni, FastVideo, TensorRT-LLM.

asked                              sent
num_frames=97, seconds=4           num_frames 97: frames win over seconds
seconds=4                          seconds 4
seconds=2.5, fps=24                num_frames 60
seconds=2.5                        refused: which rate is the server's is not known here
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cutaway.client.dialects.encoding import Server


def timed(asked: Mapping[str, Any], server: Server) -> dict[str, Any]:
    """What was asked, with its length written once: as `num_frames`, or as `seconds` in whole ones.

    Raises:
        UnsupportedCapability: a fraction of a second that is no whole number of frames.
    """
    timing = dict(asked)
    if "seconds" not in timing:
        return timing
    seconds = Fraction(str(timing.pop("seconds")))
    if "num_frames" in timing:
        return timing
    if seconds.denominator == 1:
        return timing | {"seconds": int(seconds)}
    if "fps" not in timing:
        raise server.lacks("fraction of a second", f"num_frames=, or seconds={max(1, round(seconds))}")
    frames = seconds * Fraction(timing["fps"])
    if frames.denominator != 1:
        raise server.lacks(
            "fraction of a frame", f"num_frames={max(1, round(frames))} in place of {float(seconds):g} s"
        )
    return timing | {"num_frames": int(frames)}


def whole_rate(fps: str, server: Server) -> int:
    """Frames per second, for a server that takes whole ones only.

    Raises:
        UnsupportedCapability: there is a fraction in it, as in 24000/1001.
    """
    rate = Fraction(fps)
    if rate.denominator != 1:
        raise server.lacks(
            f"fractional rate (fps={fps})", f"rate={round(rate)}, and conform the file to {fps} yourself"
        )
    return int(rate)


def decimal_rate(fps: str) -> int | float:
    """Frames per second as a number: 24 for "24", 23.976023976023978 for "24000/1001"."""
    rate = Fraction(fps)
    return int(rate) if rate.denominator == 1 else float(rate)
