"""What somebody may upload to do harm, or by mistake: a typed error, at once, and nothing opened beside it."""

from __future__ import annotations

import random
import socket
import struct
import time
import zlib
from dataclasses import replace

import av
import pytest

from cutaway.errors import MediaError, UnreadableMedia
from cutaway.media.decode import Clip
from cutaway.media.probe import probe
from cutaway.media.sniff import AVI, MP4
from cutaway.media.source import UPLOADS, open_container


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height):
    """A PNG of hardly any bytes that claims to be that large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


SDP = b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video %d RTP/AVP 96\r\n"

SENT = {
    "an empty file": b"",
    "a list of other files": b"ffconcat version 1.0\nfile clip.mp4\n",
    "a session description": SDP % 5004,
    "a playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/hostname\n",
    "a manifest": b"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'/>",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
    "a vector drawing": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/hostname'/></svg>",
    "an MP4 of one atom": b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(40),
    "a PNG of 900 megapixels": png(30_000, 30_000),
    "a PNG of 60 megapixels": png(8_000, 7_500),
    "a PNG 9000 pixels wide": png(9_000, 10),
    "a PNG without pixels": png(300, 300),
    "a JPEG that ends": b"\xff\xd8\xff\xe0" + b"x" * 100,
    "a Matroska header": b"\x1a\x45\xdf\xa3\x8f\x42\x82\x88matroska" + bytes(99),
    "an AVI header": b"RIFF\0\0\0\0AVI LIST" + bytes(50),
    "a GIF header": b"GIF89a" + b"\xff" * 20,
    "a WebP header": b"RIFF\0\0\0\0WEBPVP8 " + bytes(30),
    "a TIFF header": b"II*\0" + b"\xff" * 40,
}


@pytest.mark.parametrize("upload", SENT.values(), ids=SENT.keys())
@pytest.mark.parametrize("name", ["upload.mp4", "upload.png", "http_upload"])
def test_an_upload_that_is_no_media_is_a_typed_error_at_once(tmp_path, upload, name):
    (tmp_path / name).write_bytes(upload)
    for reader in (probe, Clip):
        start = time.perf_counter()
        with pytest.raises(UnreadableMedia, match=name) as refused:
            reader(tmp_path / name)
        assert time.perf_counter() - start < 1
        assert str(tmp_path) not in str(refused.value)


def test_a_list_of_files_does_not_open_its_neighbour_even_where_a_kind_is_forced(make_clip, tmp_path):
    make_clip("clip.mp4")
    (tmp_path / "list.mp4").write_bytes(SENT["a list of other files"])
    for container in (MP4, AVI):
        with pytest.raises(UnreadableMedia):
            probe(tmp_path / "list.mp4", container)


def test_a_session_description_does_not_listen(tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe_socket:
        probe_socket.bind(("127.0.0.1", 0))
        port = probe_socket.getsockname()[1]
    (tmp_path / "a.mp4").write_bytes(SDP % port)
    with pytest.raises(UnreadableMedia):
        probe(tmp_path / "a.mp4", MP4)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", port))


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/a.mp4", "concat:a.mp4|b.mp4", "file:a.mp4", "cache:a.mp4"])
def test_an_address_is_only_ever_the_name_of_a_file(address):
    with pytest.raises(MediaError, match="cannot be opened"):
        probe(address)


def test_a_lying_suffix_does_not_matter(make_clip, tmp_path):
    path = make_clip(frames=10).rename(tmp_path / "picture.avi")
    assert probe(path).container == "mp4"


def test_a_lying_kind_does(make_clip):
    with pytest.raises(UnreadableMedia):
        probe(make_clip(frames=10), AVI)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("muxing", [{}, {"movflags": "+faststart"}], ids=["index behind", "index in front"])
def test_an_mp4_that_was_cut_off_is_not_taken_for_a_shorter_one(make_clip, kept, muxing):
    path = make_clip(muxing=muxing)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(UnreadableMedia, match=r"cut off|damaged or incomplete"):
        probe(path)


def test_a_codec_that_is_not_on_the_list_is_never_decoded(make_clip):
    path = make_clip("a.avi", codec="magicyuv", pixels="gbrp", frames=4)
    with av.open(str(path)) as container:  # FFmpeg alone would
        assert next(container.decode(video=0)).width == 160
    with pytest.raises(UnreadableMedia, match="coded as magicyuv, which is not read"):
        probe(path)
    with path.open("rb") as file, open_container(path, file, AVI) as container:
        assert container.streams.video[0].codec_context.pix_fmt is None  # not even to look what is in it


def test_too_large_and_too_long_are_refused_before_decoding(make_clip):
    wide = make_clip("wide.mkv", codec="ffv1", pixels="gray", size=(8200, 16), frames=1)
    with pytest.raises(UnreadableMedia, match="8200x16"):
        probe(wide)
    long = make_clip("long.mp4", frames=2, times=[0, 700], time_base=1)
    with pytest.raises(UnreadableMedia, match="600 s"):
        probe(long)


def test_faster_than_any_rate_is_refused(make_clip):
    with pytest.raises(UnreadableMedia, match="240"):
        probe(make_clip("a.mkv", codec="ffv1", pixels="gray", rate=500, frames=40))


UPLOADED = {
    "4100 pixels wide": ({"name": "a.mkv", "codec": "ffv1", "pixels": "gray", "size": (4100, 16), "frames": 1}, "4096"),
    "61 s long": ({"frames": 2, "times": [0, 61], "time_base": 1}, "60 s"),
    "a codec that few send": ({"name": "a.avi", "codec": "mpeg4", "frames": 4}, "coded as mpeg4"),
}


@pytest.mark.parametrize(("film", "words"), UPLOADED.values(), ids=UPLOADED.keys())
def test_what_strangers_send_has_narrower_limits(make_clip, film, words):
    path = make_clip(**film)
    assert probe(path).frames
    with pytest.raises(UnreadableMedia, match=words):
        probe(path, limits=UPLOADS)


def test_frames_without_times_are_counted_for_strangers_only_so_far(make_clip):
    path = make_clip("a.avi", frames=30, size=(640, 368))
    assert probe(path, limits=UPLOADS).frames == probe(path).frames == 30
    with pytest.raises(UnreadableMedia, match="no times"):
        probe(path, limits=replace(UPLOADS, counted=20 * 640 * 368))


def test_a_minute_of_our_own_fits_with_its_sound(make_clip):
    import numpy as np

    path = make_clip(frames=60, rate=1, sound=np.zeros(48_000 * 60, np.float32))
    assert float(probe(path, limits=UPLOADS).duration) == 60


def test_too_many_streams_are_refused(tmp_path):
    path = tmp_path / "many.mkv"
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("ffv1", rate=24) for _ in range(12)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 16, 16, "gray"
        for stream in streams:
            container.mux(stream.encode(av.VideoFrame(16, 16, "gray")))
            container.mux(stream.encode(None))
    with pytest.raises(UnreadableMedia, match="12 streams"):
        probe(path)


@pytest.mark.parametrize(
    "film",
    [
        {"name": "a.mp4", "b_frames": 2, "sound": True},
        {"name": "a.mkv", "codec": "ffv1", "pixels": "bgr0"},
        {"name": "a.mov", "codec": "prores_ks", "pixels": "yuv422p10le"},
        {"name": "a.avi", "codec": "mjpeg", "pixels": "yuvj420p"},
    ],
    ids=["mp4", "mkv", "mov", "avi"],
)
def test_damaged_bytes_give_frames_or_a_typed_error_and_never_anything_else(make_clip, film):
    import numpy as np

    path = make_clip(frames=16, **{**film, **({"sound": np.zeros(16_000)} if film.get("sound") else {})})
    whole = path.read_bytes()
    chance = random.Random(4)
    outcomes = set()
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 5, 50])):
            data[chance.randrange(min(len(data), chance.choice([200, 2000, 10**9])))] = chance.randrange(256)
        path.write_bytes(data)
        start = time.perf_counter()
        try:
            with Clip(path) as clip:
                for frame in clip.frames(0, min(len(clip), 16)):
                    assert frame.shape == (clip.info.height, clip.info.width, 3)
            outcomes.add("frames")
        except UnreadableMedia:
            outcomes.add("error")
        assert time.perf_counter() - start < 5
    assert outcomes == {"frames", "error"}
