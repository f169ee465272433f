"""What a file is, by its first bytes. Never by its name, and never by asking FFmpeg to guess.

FFmpeg's own probing opens text files too: a playlist names other files and addresses, a session
description opens a socket. Whatever is not in the table below is nothing we read.
Standard library only: a server looks at uploads with this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

HEAD_BYTES: Final = 4096
"""How much of a file `sniff` wants to see; it looks at no more."""


@dataclass(frozen=True, slots=True)
class Container:
    """One kind of file we read. `demuxer` is the only FFmpeg demuxer it is opened with, or "image"."""

    name: str
    demuxer: Literal["mov", "matroska", "avi", "image"]
    kind: Literal["video", "image"]
    media_type: str
    suffix: str


MP4: Final = Container("mp4", "mov", "video", "video/mp4", ".mp4")
MOV: Final = Container("mov", "mov", "video", "video/quicktime", ".mov")
MATROSKA: Final = Container("matroska", "matroska", "video", "video/x-matroska", ".mkv")
WEBM: Final = Container("webm", "matroska", "video", "video/webm", ".webm")
AVI: Final = Container("avi", "avi", "video", "video/x-msvideo", ".avi")
PNG: Final = Container("png", "image", "image", "image/png", ".png")
JPEG: Final = Container("jpeg", "image", "image", "image/jpeg", ".jpg")
WEBP: Final = Container("webp", "image", "image", "image/webp", ".webp")
GIF: Final = Container("gif", "image", "image", "image/gif", ".gif")
TIFF: Final = Container("tiff", "image", "image", "image/tiff", ".tif")

CONTAINERS: Final = {c.name: c for c in (MP4, MOV, MATROSKA, WEBM, AVI, PNG, JPEG, WEBP, GIF, TIFF)}

_MP4_BRANDS: Final = (
    b"iso",
    b"mp4",
    b"avc1",
    b"hvc1",
    b"M4V",
    b"MSNV",
    b"XAVC",
    b"dash",
    b"cmf",
    b"f4v",
    b"F4V",
    b"3g",
)
_QUICKTIME_ATOMS: Final = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
"""How a QuickTime file from before the `ftyp` atom begins."""

_PICTURES: Final = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
)


def sniff(head: bytes) -> Container | None:
    """The kind of file that begins with `head` (`HEAD_BYTES` of it, or the whole of a smaller file), or None."""
    head = head[:HEAD_BYTES]
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head[4:8] in _QUICKTIME_ATOMS and head[0] < 0x20:  # a text that happens to say "moov" begins with a letter
        return MOV
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _by_doctype(head)
    if head.startswith(b"RIFF"):
        return {b"AVI ": AVI, b"WEBP": WEBP}.get(head[8:12])
    return next((container for magic, container in _PICTURES if head.startswith(magic)), None)


def _by_brand(head: bytes) -> Container | None:
    size = int.from_bytes(head[:4])
    if size < 16:
        return None
    box = head[8:size]
    brands = [box[:4], *(box[at : at + 4] for at in range(8, len(box) - 3, 4))]
    if brands[0] == b"qt  ":
        return MOV
    if any(brand.startswith(_MP4_BRANDS) for brand in brands):
        # A still picture in this container (HEIC, AVIF) carries a brand of its own in front.
        return None if brands[0] in {b"heic", b"heix", b"mif1", b"avif", b"avis", b"M4A ", b"M4B "} else MP4
    return MOV if b"qt  " in brands else None


def _by_doctype(head: bytes) -> Container | None:
    at = head.find(b"\x42\x82", 0, 64)  # the DocType element of the EBML header: id, length, text
    if at < 0 or len(head) < at + 4:
        return None
    length = head[at + 2] & 0x7F
    return {b"webm": WEBM, b"matroska": MATROSKA}.get(head[at + 3 : at + 3 + length].rstrip(b"\0"))
