"""Files are known by their first bytes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cutaway.media.sniff import AVI, GIF, JPEG, MATROSKA, MOV, MP4, PNG, TIFF, WEBM, WEBP, sniff


def ftyp(brand, *compatible):
    body = brand + b"\0\0\2\0" + b"".join(compatible)
    return (len(body) + 8).to_bytes(4) + b"ftyp" + body + b"\0" * 64


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (ftyp(b"isom", b"isom", b"avc1"), MP4),
        (ftyp(b"M4V ", b"mp42"), MP4),
        (ftyp(b"3gp5"), MP4),
        (ftyp(b"qt  ", b"qt  "), MOV),
        (ftyp(b"ABCD", b"mp42"), MP4),
        (b"\0\0\0\x08wide\0\0\x10\0mdat", MOV),
        (b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska\x42\x87\x81\4", MATROSKA),
        (b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm\x42\x87\x81\4", WEBM),
        (b"RIFF\1\2\3\4AVI LIST", AVI),
        (b"RIFF\1\2\3\4WEBPVP8 ", WEBP),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", PNG),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", JPEG),
        (b"GIF89a\1\0", GIF),
        (b"II*\0\x08\0\0\0", TIFF),
    ],
)
def test_kinds_that_are_read(head, kind):
    assert sniff(head) == kind


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\0\0\0",
        b"ffconcat version 1.0\nfile other.mp4\n",
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n",
        b"#EXTM3U\n#EXT-X-VERSION:3\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<?xml version='1.0'?><MPD/>",
        b"RIFF\1\2\3\4WAVEfmt ",
        b"ID3\4\0",
        b"read moov",
        b"\x1a\x45\xdf\xa3\x93\x42\x82\x88mattress",
        ftyp(b"avif", b"mif1", b"mp42"),
        ftyp(b"heic", b"mif1"),
        ftyp(b"M4A ", b"mp42"),
        ftyp(b"ABCD", b"EFGH"),
        b"\0\0\0\4ftypisom",
    ],
)
def test_everything_else_is_nothing(head):
    assert sniff(head) is None


def test_a_server_that_sniffs_and_checks_sizes_loads_no_media_library():
    code = (
        "import sys, cutaway.media.sniff, cutaway.media.size; sys.exit(bool({'av', 'numpy', 'PIL'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
