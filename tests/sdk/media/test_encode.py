"""What is written is exactly what was asked: size, rate, count, colours; or there is no file."""

from __future__ import annotations

import hashlib
import io
import signal
import subprocess
import sys
import time
import zipfile
from fractions import Fraction
from itertools import repeat
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from cutaway.errors import MediaError, UnsupportedSize
from cutaway.media.decode import Clip
from cutaway.media.encode import Writer
from cutaway.media.probe import probe
from cutaway.media.size import nearest_sizes
from cutaway.timebase import Rate
from cutaway.wire import MEDIA_TYPE, OutputFormat

MOVIES = [OutputFormat.MP4, OutputFormat.PRORES, OutputFormat.DNXHR, OutputFormat.FFV1]
SIZES = [(1280, 720), (1920, 1080), (720, 1280), (322, 182)]
RATES = ["23.976", "24", "25", "29.97", "60"]
R24 = Rate.parse(24)


def write(path, frames, *, video_format=OutputFormat.MP4, rate=R24, size=None, **options):
    width, height = size or frames[0].shape[1::-1]
    with Writer(path, width=width, height=height, rate=rate, format=video_format, **options) as writer:
        for frame in frames:
            writer.write(frame)
        return writer.finish()


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_size_rate_and_count_are_exact(tmp_path, numbered, number_of, width, height, rate):
    exact = Rate.parse(rate)
    written = write(tmp_path / "a.mp4", [numbered(n, width, height) for n in range(9)], rate=exact)
    assert (written.frames, written.duration) == (9, 9 / exact.fraction)
    with Clip(written.path) as clip:
        info = clip.info
        assert (info.width, info.height, info.rate, info.frames) == (width, height, exact, 9)
        assert (info.variable_rate, info.duration, info.has_audio) == (False, 9 / exact.fraction, False)
        assert [number_of(clip.read(n, n + 1)[0]) for n in (8, 0, 4)] == [8, 0, 4]
    with av.open(str(written.path)) as container:  # another reader agrees, and the coded picture has no padding
        stream = container.streams.video[0]
        assert (stream.codec_context.width, stream.codec_context.height) == (width, height)
        assert stream.average_rate == exact.fraction
        assert stream.frames == 9


@pytest.mark.parametrize("video_format", MOVIES)
@pytest.mark.parametrize("rate", ["23.976", "29.97", "60"])
def test_every_format_keeps_rate_count_and_order(tmp_path, numbered, numbers_of, video_format, rate):
    path = tmp_path / f"a{MEDIA_TYPE[video_format][1]}"
    frames = [numbered(n, 322, 182) for n in range(31)]
    written = write(path, frames, video_format=video_format, rate=Rate.parse(rate))
    with Clip(path) as clip:
        assert (clip.info.width, clip.info.height, str(clip.info.rate)) == (322, 182, str(Rate.parse(rate)))
        assert numbers_of(clip.frames()) == list(range(31))
    assert written.bytes == path.stat().st_size
    assert written.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (128, 128, 128), (200, 30, 90)]


@pytest.mark.parametrize(
    ("video_format", "slack"),
    [(OutputFormat.MP4, 3), (OutputFormat.PRORES, 2), (OutputFormat.DNXHR, 3), (OutputFormat.FFV1, 0)],
)
@pytest.mark.parametrize("height", [180, 1080], ids=["SD", "HD"])
def test_colours_come_back(tmp_path, video_format, slack, height):
    path = tmp_path / f"a{MEDIA_TYPE[video_format][1]}"
    for colour in COLOURS:
        write(path, [np.full((height, 320, 3), colour, np.uint8)] * 2, video_format=video_format)
        with Clip(path) as clip:
            found = clip.read(1, 2)[0, height // 2, 160].astype(int)
            assert abs(found - colour).max() <= slack, f"{colour} came back as {found}"
            if video_format is not OutputFormat.FFV1:
                assert (clip.info.colour.matrix, clip.info.colour.range) == ("bt709", "limited")
                assert (clip.info.colour.primaries, clip.info.colour.transfer) == ("bt709", "bt709")


def test_ffv1_and_png_lose_nothing(tmp_path):
    frames = np.random.default_rng(3).integers(0, 256, (4, 35, 51, 3), np.uint8)
    write(tmp_path / "a.mkv", frames, video_format=OutputFormat.FFV1)
    with Clip(tmp_path / "a.mkv") as clip:
        assert np.array_equal(clip.read(0, 4), frames)
    write(tmp_path / "a.zip", frames, video_format=OutputFormat.PNG)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == [f"frame_{n:06}.png" for n in range(4)]
        assert all(entry.compress_type == zipfile.ZIP_STORED for entry in archive.infolist())
        back = [np.asarray(Image.open(io.BytesIO(archive.read(name)))) for name in archive.namelist()]
    assert np.array_equal(np.stack(back), frames)


def test_h264_looks_like_what_went_in(tmp_path):
    y, x = np.mgrid[0:180, 0:320]
    frames = [
        np.stack([x * 255 // 320, y * 255 // 180, 128 + 100 * np.sin((x + 4 * n) / 17)], -1).astype(np.uint8)
        for n in range(12)
    ]
    write(tmp_path / "a.mp4", frames)
    with Clip(tmp_path / "a.mp4") as clip:
        error = clip.read(0, 12).astype(float) - np.stack(frames)
    assert 10 * np.log10(255**2 / np.mean(error**2)) > 40
    assert abs(error.mean()) < 0.5  # no darker, no brighter


def test_a_keyframe_a_second_and_the_index_in_front(tmp_path, numbered):
    write(tmp_path / "a.mp4", [numbered(n) for n in range(60)])
    with av.open(str(tmp_path / "a.mp4")) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    assert [packet.pts for packet in packets] == [packet.dts for packet in packets]
    keys = [n for n, packet in enumerate(packets) if packet.is_keyframe]
    assert {0, 24, 48} <= set(keys)
    data = (tmp_path / "a.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_chunks_of_any_length_and_arrays_that_are_used_again(tmp_path, numbered, numbers_of):
    frames = np.stack([numbered(n) for n in range(20)])
    chunk = np.empty((7, 96, 160, 3), np.uint8)
    with Writer(tmp_path / "a.mp4", width=160, height=96, rate=R24) as writer:
        for start in range(0, 20, 7):
            part = frames[start : start + 7]
            chunk[: len(part)] = part
            writer.write(chunk[: len(part)])
            chunk[:] = 0
        writer.finish()
    with Clip(tmp_path / "a.mp4") as clip:
        assert numbers_of(clip.frames()) == list(range(20))


def test_what_the_file_says_about_itself(tmp_path, numbered):
    for video_format in (OutputFormat.MP4, OutputFormat.PRORES, OutputFormat.FFV1):
        path = tmp_path / f"a{MEDIA_TYPE[video_format][1]}"
        write(path, [numbered(0, 322, 182)], video_format=video_format, metadata={"title": "A dog", "comment": "개"})
        with av.open(str(path)) as container:
            said = {key.lower(): value for key, value in container.metadata.items()}
        assert (said["title"], said["comment"]) == ("A dog", "개")


@pytest.mark.parametrize(
    ("width", "height", "video_format", "nearest"),
    [
        (321, 182, OutputFormat.MP4, ("322x182", "320x182")),
        (323, 181, OutputFormat.MP4, ("324x182", "324x180", "322x182", "322x180")),
        (101, 99, OutputFormat.PRORES, ("102x100", "102x98", "100x100", "100x98")),
        (200, 100, OutputFormat.DNXHR, ("256x120",)),
        (9001, 720, OutputFormat.MP4, ("8192x720",)),
    ],
)
def test_an_impossible_size_is_refused_with_the_nearest(tmp_path, width, height, video_format, nearest):
    with pytest.raises(UnsupportedSize, match=nearest[0]) as refused:
        Writer(tmp_path / "a", width=width, height=height, rate=R24, format=video_format)
    assert refused.value.nearest == nearest
    assert list(tmp_path.iterdir()) == []


def test_1080_lines_are_legal_and_stay_1080():
    assert nearest_sizes(1920, 1080, OutputFormat.MP4) == ((1920, 1080),)
    assert nearest_sizes(51, 35, OutputFormat.FFV1) == ((51, 35),)


@pytest.mark.parametrize(
    "chunk", [np.zeros((2, 96, 161, 3), np.uint8), np.zeros((96, 160, 4), np.uint8), np.zeros((96, 160, 3))]
)
def test_frames_of_another_shape_are_refused(tmp_path, chunk):
    with (
        pytest.raises(MediaError, match=r"\(n, 96, 160, 3\) uint8"),
        Writer(tmp_path / "a.mp4", width=160, height=96, rate=R24) as writer,
    ):
        writer.write(chunk)
    assert list(tmp_path.iterdir()) == []


def test_no_file_without_a_finish(tmp_path, numbered):
    with Writer(tmp_path / "a.mp4", width=160, height=96, rate=R24) as writer:
        writer.write(numbered(0))
        assert (tmp_path / "a.mp4.part").exists()
    assert list(tmp_path.iterdir()) == []

    with pytest.raises(ZeroDivisionError):
        write(tmp_path / "a.mp4", (numbered(1 // (2 - n)) for n in range(9)), size=(160, 96))
    assert list(tmp_path.iterdir()) == []

    with pytest.raises(MediaError, match="no frames"), Writer(tmp_path / "a.mp4", width=160, height=96, rate=R24) as w:
        w.finish()
    assert list(tmp_path.iterdir()) == []


def test_a_finished_writer_takes_no_more(tmp_path, numbered):
    with Writer(tmp_path / "a.mp4", width=160, height=96, rate=R24) as writer:
        writer.write(numbered(0))
        assert writer.finish() == writer.finish()
        with pytest.raises(MediaError, match="finished"):
            writer.write(numbered(1))
    assert probe(tmp_path / "a.mp4").frames == 1


def test_a_folder_that_is_not_there_is_an_error_at_once(tmp_path):
    with pytest.raises(MediaError, match="cannot be written"):
        Writer(tmp_path / "nowhere" / "a.mp4", width=160, height=96, rate=R24)


def test_an_existing_file_is_replaced_only_by_a_whole_one(tmp_path, numbered):
    (tmp_path / "a.mp4").write_bytes(b"old")
    with Writer(tmp_path / "a.mp4", width=160, height=96, rate=R24) as writer:
        writer.write(numbered(0))
    assert (tmp_path / "a.mp4").read_bytes() == b"old"
    write(tmp_path / "a.mp4", [numbered(0)])
    assert probe(tmp_path / "a.mp4").frames == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a device without space")
def test_a_full_disk_is_told_to_the_painter(tmp_path):
    (tmp_path / "a.mp4.part").symlink_to("/dev/full")
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    with pytest.raises(MediaError, match=r"a\.mp4"):
        write(tmp_path / "a.mp4", repeat(noise, 80), size=(640, 480))
    assert list(tmp_path.iterdir()) == []


ENDLESS = """
import sys, numpy as np
from cutaway.media.encode import Writer
from cutaway.timebase import Rate
frames = np.random.default_rng(0).integers(0, 256, (4, 96, 160, 3), np.uint8)
with Writer(sys.argv[1], width=160, height=96, rate=Rate.parse(24)) as writer:
    while True:
        writer.write(frames)
        print("on", flush=True)
"""


def test_a_killed_process_leaves_no_torn_file(tmp_path):
    path = tmp_path / "a.mp4"
    with subprocess.Popen([sys.executable, "-c", ENDLESS, path], stdout=subprocess.PIPE) as process:
        for _ in range(20):
            assert process.stdout.readline() == b"on\n"
        process.send_signal(signal.SIGKILL)
    assert not path.exists()
    assert (tmp_path / "a.mp4.part").exists()


def test_painting_goes_on_while_the_encoder_works(tmp_path):
    """A painter that sleeps adds its time beside the encoder's, not on top of it."""
    noise = np.random.default_rng(0).integers(0, 256, (720, 1280, 3), np.uint8)

    def took(nap):
        start = time.perf_counter()
        with Writer(tmp_path / "a.mp4", width=1280, height=720, rate=R24) as writer:
            for _ in range(12):
                time.sleep(nap)
                writer.write(noise)
            writer.finish()
        return time.perf_counter() - start

    encoding = min(took(0), took(0))
    # One after the other would take twice as long. A busy machine may spoil a try, not all of them.
    assert any(took(encoding / 12) < 1.7 * encoding for _ in range(5))


MEMORY = """
import sys, numpy as np, resource, psutil
from cutaway.media.encode import Writer
from cutaway.timebase import Rate
y, x = np.mgrid[0:1080, 0:2200]
picture = np.stack([x % 256, y % 256, (x + y) // 13 % 256], -1).astype(np.uint8)
base = psutil.Process().memory_info().rss
peaks = []
with Writer(sys.argv[1], width=1920, height=1080, rate=Rate.parse(24)) as writer:
    for n in range(96):
        writer.write(picture[:, 2 * n : 2 * n + 1920])
        peaks.append(psutil.Process().memory_info().rss - base)
    writer.finish()
print(max(peaks[:32]) >> 20, max(peaks) >> 20)
"""


def test_memory_does_not_grow_with_the_length(tmp_path):
    run = subprocess.run([sys.executable, "-c", MEMORY, tmp_path / "a.mp4"], capture_output=True, text=True, check=True)
    early, whole = map(int, run.stdout.split())
    assert whole <= 150
    assert whole <= early + 12


def test_the_same_frames_make_the_same_file(tmp_path, numbered):
    frames = [numbered(n) for n in range(12)]
    first = write(tmp_path / "a.mp4", frames, sound=[])
    assert write(tmp_path / "b.mp4", frames, sound=[]).sha256 == first.sha256
    assert Fraction(1, 2) == first.duration
