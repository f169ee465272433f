"""Files somebody may send as a clip, to do harm or by mistake: each one named for its trick. Made here, at once."""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

WIDTH, HEIGHT = 64, 48
BESIDE = "http://192.0.2.1/a.mp4"
"""An address of nobody's (RFC 5737): whoever opens it, can be counted."""
SESSION = b"v=0\r\no=- 0 0 IN IP4 192.0.2.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 5004 RTP/AVP 96\r\n"


def film(
    kind: str = "mp4",
    codec: str = "libx264",
    pixels: str = "yuv420p",
    *,
    frames: int = 6,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    rate: int = 24,
    streams: int = 1,
    sound: bool = False,
    times: Iterable[int] | None = None,
    muxing: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
    tune: Callable[[Any], None] | None = None,
) -> bytes:
    """A small film that is what it says."""
    ramp = np.linspace(0, 255, size[0] * size[1] * 3).reshape(size[1], size[0], 3).astype(np.uint8)
    with TemporaryDirectory() as folder:  # a header that is put in front is put there by reading the file again
        path = Path(folder) / f"film.{kind}"
        with av.open(str(path), "w", options=muxing or {}) as container:
            container.metadata.update(metadata or {})
            made = [container.add_stream(codec, rate=rate) for _ in range(streams)]
            for stream in made:
                stream.width, stream.height, stream.pix_fmt = *size, pixels
                if tune is not None:
                    tune(stream)
            heard = container.add_stream("aac", rate=48000, layout="mono") if sound else None
            for stream in made:
                for n, at in zip(range(frames), times or range(frames), strict=False):
                    frame = av.VideoFrame.from_ndarray(np.roll(ramp, n, axis=1), format="rgb24").reformat(format=pixels)
                    frame.pts = at
                    container.mux(stream.encode(frame))
                container.mux(stream.encode(None))
            if heard is not None:
                block = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
                block.sample_rate, block.pts = 48000, 0
                container.mux(heard.encode(block))
                container.mux(heard.encode(None))
        return path.read_bytes()


def sound_only() -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        heard = container.add_stream("aac", rate=48000, layout="mono")
        block = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        block.sample_rate, block.pts = 48000, 0
        container.mux(heard.encode(block))
        container.mux(heard.encode(None))
    return out.getvalue()


def motion_jpeg(*sizes: tuple[int, int], says: tuple[int, int] = (WIDTH, HEIGHT), kind: str = "avi") -> bytes:
    """A film of pictures that have other sizes than it says."""
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as container:
        stream = container.add_stream("mjpeg", rate=24)
        stream.width, stream.height, stream.pix_fmt = *says, "yuvj420p"
        for n, size in enumerate(sizes):
            picture = io.BytesIO()
            Image.new("RGB", (min(size[0], 64), min(size[1], 64)), "red").save(picture, "JPEG")
            data = bytearray(picture.getvalue())
            at = data.index(b"\xff\xc0") + 5  # start of frame: length, precision, height, width
            data[at : at + 4] = struct.pack(">HH", size[1], size[0])
            packet = av.Packet(bytes(data))
            packet.stream, packet.pts, packet.dts, packet.is_keyframe = stream, n, n, True
            container.mux(packet)
    return out.getvalue()


def all_the_same(frames: int, size: tuple[int, int], kind: str) -> bytes:
    """A few bytes for each frame, a long time to decode them; in a container that gives no times."""
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as container:
        stream = container.add_stream(
            "libx264", rate=120, options={"preset": "ultrafast", "g": "99999", "tune": "zerolatency"}
        )
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        black = av.VideoFrame.from_ndarray(np.zeros((size[1] * 3 // 2, size[0]), np.uint8), format="yuv420p")
        packets = []
        for n in range(3):
            black.pts = n
            packets += [bytes(packet) for packet in stream.encode(black)]
        for n in range(frames):
            packet = av.Packet(packets[min(n, 1)])
            packet.stream, packet.pts, packet.dts, packet.is_keyframe = stream, n, n, n == 0
            container.mux(packet)
    return out.getvalue()


# -- boxes of an MP4 ------------------------------------------------------------------------------

HOLDS_BOXES = {b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl", b"edts", b"moof", b"traf", b"mvex", b"udta"}


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + name + body


def boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4])
        found.append((data[at + 4 : at + 8], data[at + 8 : at + size]))
        at += max(8, size)
    return found


def changed(data: bytes, name: bytes, change: Callable[[bytes], bytes], *, rename: bytes | None = None) -> bytes:
    """The film with every box of that name changed; the media in front of the header stay where they are."""
    out = b""
    for kind, body in boxes(data):
        if kind == name:
            out += box(rename or kind, change(body))
        elif kind in HOLDS_BOXES:
            out += box(kind, changed(body, name, change, rename=rename))
        else:
            out += box(kind, body)
    return out


def put(at: int, value: bytes) -> Callable[[bytes], bytes]:
    return lambda body: body[:at] + value + body[at + len(value) :]


def behind(name: bytes, more: bytes) -> Callable[[bytes], bytes]:
    return lambda body: body + box(name, more)


def deep(name: bytes, levels: int) -> bytes:
    """Boxes in boxes, each of the right size."""
    sizes = range(8 * levels, 0, -8)
    return b"".join(struct.pack(">I", size) + name for size in sizes)


BRAND = box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41")


def tricks() -> dict[str, bytes]:
    """All of them."""
    plain, heard = film(), film(sound=True)
    first_moov = film(muxing={"movflags": "+faststart"})
    pieces = film(frames=12, muxing={"movflags": "+frag_keyframe+empty_moov"})
    matroska = film("mkv", "ffv1", "bgr0")
    url = box(b"url ", b"\0\0\0\0" + b"file:///etc/passwd\0")
    alias = box(b"alis", b"\0\0\0\0" + b"/etc/passwd\0".ljust(150, b"\0"))
    elsewhere = struct.pack(">II", 0, 1)
    many_edits = struct.pack(">II", 0, 50_000) + struct.pack(">IiI", 1, -1, 0x10000) * 50_000
    return {
        "nothing": b"",
        "one byte": b"\0",
        "a list of neighbours": b"ffconcat version 1.0\nfile content\n",
        "a list of addresses": b"ffconcat version 1.0\nfile '%s'\n" % BESIDE.encode(),
        "a playlist of local files": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n",
        "a playlist of addresses": b"#EXTM3U\n#EXTINF:9,\n%s\n#EXT-X-ENDLIST\n" % BESIDE.encode(),
        "a manifest": b"<?xml version='1.0'?><MPD><BaseURL>%s</BaseURL></MPD>" % BESIDE.encode(),
        "a session description that listens": SESSION,
        "a redirect": b"[Reference]\r\nRef1=%s\r\n" % BESIDE.encode(),
        "a page with a script": b"<html><script src='%s'></script></html>" % BESIDE.encode(),
        "a script of frames": b'AviSource("/etc/passwd")\n',
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file\n",
        "a program": b"\x7fELF" + bytes(200),
        "an archive that says moov": b"PK\3\4moov" + bytes(60) + plain,
        "an MP4 of one box": BRAND,
        "a box of length 0": BRAND + b"\0\0\0\0moov" + bytes(40),
        "a box of length 1": BRAND + b"\0\0\0\1moov" + b"\x7f" + b"\xff" * 7 + bytes(40),
        "a box longer than the file": BRAND + b"\x7f\xff\xff\xffmoov" + bytes(40),
        "ten thousand boxes in each other": BRAND + deep(b"moov", 10_000),
        "a QuickTime of noise": b"\0\0\0\x20moov" + bytes(range(256)) * 8,
        "frames in another file by URL": changed(plain, b"dref", lambda _: elsewhere + url),
        "frames in another file by alias": changed(plain, b"dref", lambda _: elsewhere + alias),
        "four thousand million frames": changed(plain, b"stsz", put(8, b"\xff\xff\xff\xff")),
        "frames larger than the file": changed(plain, b"stsz", put(12, b"\x7f\xff\xff\xff")),
        "frames behind the end": changed(plain, b"stco", put(8, b"\x7f\xff\xff\xff")),
        "frames that last no time": changed(plain, b"stts", put(12, b"\0\0\0\0")),
        "frames that last years": changed(plain, b"stts", put(12, b"\x7f\xff\xff\xff")),
        "a time base of 0": changed(plain, b"mdhd", put(12, b"\0\0\0\0")),
        "the finest time base": changed(plain, b"mdhd", put(12, b"\xff\xff\xff\xff")),
        "fifty thousand edits": changed(plain, b"elst", lambda _: many_edits),
        "65535 pixels on a side": changed(plain, b"stsd", put(40, b"\xff\xff\xff\xff")),
        "a matrix of nonsense": changed(plain, b"tkhd", put(40, b"\xff" * 36)),
        "no codec that is known": changed(plain, b"stsd", put(12, b"evil")),
        "an encrypted track": changed(plain, b"stsd", put(12, b"encv")),
        "a header without frames": changed(plain, b"stsz", lambda _: bytes(12)),
        "no media at all": b"".join(box(kind, body) for kind, body in boxes(plain) if kind != b"mdat"),
        "cut off, header in front": first_moov[: len(first_moov) * 2 // 3],
        "cut off, header behind": plain[: len(plain) // 2],
        "fragments of too many frames": changed(pieces, b"trun", put(4, b"\x7f\xff\xff\xff")),
        "sound alone": sound_only(),
        "names that are no text": changed(
            film(metadata={"title": "x" * 40}), b"\xa9nam", lambda body: body.replace(b"x", b"\xff")
        ).replace(b"x" * 40, b"\xff\xfe" * 20),
        "a codec that is not on the list": film("avi", "magicyuv", "gbrp"),
        "another codec that is not": film("avi", "mpeg4"),
        "twenty streams": film("mkv", "ffv1", "gray", frames=1, streams=20),
        "four hundred frames a second": film("mkv", "ffv1", "gray", rate=400, frames=40),
        "half an hour in two frames": film(frames=2, rate=1, times=[0, 1800]),
        "5000 pixels wide": film("mkv", "ffv1", "gray", frames=1, size=(5000, 16)),
        "pixels a million times as wide as high": film(
            tune=lambda stream: setattr(stream.codec_context, "sample_aspect_ratio", Fraction(60_000))
        ),
        "a picture that grows": motion_jpeg((64, 48), (60_000, 60_000)),
        "a picture that is huge at once": motion_jpeg((60_000, 60_000), (60_000, 60_000)),
        "an AVI that ends in its list": film("avi", "mjpeg", "yuvj420p")[:300],
        "an AVI of endless lists": b"RIFF\xff\xff\xff\xffAVI " + b"LIST\xff\xff\xff\xffhdrl" * 2000,
        "minutes to decode in a few kilobytes": all_the_same(1500, (4096, 4096), "avi"),
        "Matroska of unknown length": matroska[:4] + b"\x01\xff\xff\xff\xff\xff\xff\xff" + matroska[5:],
        "Matroska of voids": matroska[:40] + b"\xec\x01\x00\x00\x00\x7f\xff\xff\xff" + bytes(60),
        "Matroska that is a page": b"\x1a\x45\xdf\xa3\x8c\x42\x82\x84html" + bytes(99),
        "noise in the middle": heard[:400] + bytes(range(256)) * 4 + heard[1424:],
    }
