"""Whatever shows a picture or a clip can be given; what shows neither is refused with its shape."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest
from PIL import Image

from cutaway import wire
from cutaway.client.media_input import resolve
from cutaway.client.request import FilePart
from cutaway.errors import MediaError

RED = np.zeros((6, 10, 3), np.uint8)
RED[..., 0] = 200
RED[2, 3] = (1, 2, 3)


def pixels(part: Any) -> np.ndarray:
    assert isinstance(part, FilePart)
    with part.opened() as file:
        return np.asarray(Image.open(io.BytesIO(file.read())).convert("RGB"))


@pytest.mark.parametrize(
    ("given", "reference"),
    [
        (wire.Video(id="video_1"), {"id": "video_1"}),
        (wire.Reference(id="video_1", frame=-1), {"id": "video_1", "frame": -1}),
        (wire.File(id="file_1"), {"file_id": "file_1"}),
        ({"id": "video_1"}, {"id": "video_1"}),
        ({"image_url": "https://example.org/a.png"}, {"url": "https://example.org/a.png"}),
        ("https://example.org/a.mp4", {"url": "https://example.org/a.mp4"}),
        ("data:image/png;base64,AAAA", {"url": "data:image/png;base64,AAAA"}),
    ],
)
def test_what_is_named_is_not_sent(given: Any, reference: dict[str, Any]) -> None:
    assert resolve(given) == reference


@pytest.mark.parametrize("as_given", [str, Path])
def test_a_path_is_sent_from_disk(tmp_path: Path, as_given: Any) -> None:
    path = tmp_path / "plate.mp4"
    path.write_bytes(b"\0\0\0\x18ftypisom and more")
    assert resolve(as_given(path)) == FilePart("plate.mp4", path, "video/mp4")


@pytest.mark.parametrize(
    ("start", "media_type", "suffix"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg", ".jpg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp", ".webp"),
        (b"\0\0\0\x14ftypqt  ", "video/quicktime", ".mov"),
        (b"\x1aE\xdf\xa3\x01\0\0\0", "video/x-matroska", ".mkv"),
        (b"whatever this is", "application/octet-stream", ""),
    ],
)
def test_bytes_are_labelled_by_their_start(start: bytes, media_type: str, suffix: str) -> None:
    assert resolve(start) == FilePart(f"upload{suffix}", start, media_type)


def test_an_open_file_is_sent_from_its_start(tmp_path: Path) -> None:
    (tmp_path / "still.png").write_bytes(b"\x89PNG\r\n\x1a\nrest")
    with (tmp_path / "still.png").open("rb") as file:
        file.seek(5)
        part = resolve(file)
        assert isinstance(part, FilePart)
        assert (part.filename, part.media_type) == ("still.png", "image/png")
        with part.opened() as again:
            assert again.read() == b"\x89PNG\r\n\x1a\nrest"


def test_a_pipe_is_read_once_and_kept() -> None:
    class Pipe(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return b"GIF89a and so on"

        def seekable(self) -> bool:
            return False

    assert resolve(Pipe()) == FilePart("upload.gif", b"GIF89a and so on", "image/gif")


@pytest.mark.parametrize("given", [RED, Image.fromarray(RED), np.asfortranarray(RED), RED[:, ::-1][:, ::-1]])
def test_a_picture_keeps_every_pixel(given: Any) -> None:
    assert np.array_equal(pixels(resolve(given)), RED)


def test_a_clip_keeps_every_pixel_and_its_rate(tmp_path: Path) -> None:
    from cutaway.media.decode import Clip

    clip = np.random.default_rng(7).integers(0, 256, (5, 32, 48, 3), np.uint8)
    part = resolve(clip, rate="30000/1001")
    assert isinstance(part, FilePart)
    path = tmp_path / part.filename
    with part.opened() as file:
        path.write_bytes(file.read())
    with Clip(path) as found:
        assert np.array_equal(found.read(0, len(found)), clip)
        assert str(found.info.rate) == "30000/1001"


def test_a_tensor_is_an_array() -> None:
    torch = pytest.importorskip("torch")
    assert np.array_equal(pixels(resolve(torch.from_numpy(RED))), RED)
    for wrong, says in ((torch.rand(6, 10, 3), "float32"), (torch.zeros(3, 6, 10, dtype=torch.uint8), r"\(3, 6, 10\)")):
        with pytest.raises(MediaError, match=says):
            resolve(wrong)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve frames at 24000/1001; frame n is n * 20 bright."""
    from cutaway.media.encode import Writer
    from cutaway.timebase import Rate

    path = tmp_path_factory.mktemp("film") / "a shot.mkv"
    with Writer(path, width=32, height=16, rate=Rate.parse("23.976"), format=wire.OutputFormat.FFV1) as writer:
        for number in range(12):
            writer.write(np.full((16, 32, 3), number * 20, np.uint8))
        writer.finish()
    return path


def timeline_clip(url: str, first: int | None = None, frames: int = 0, starts: int = 86400) -> Any:
    """A clip of a file whose timecode starts at an hour; `first` counts from there, at the rate of the file."""
    rate = 24000 / 1001
    at = otio.opentime.RationalTime
    span = None
    if first is not None:
        span = otio.opentime.TimeRange(at(starts + first, rate), at(frames, rate))
    available = otio.opentime.TimeRange(at(starts, rate), at(12, rate))
    reference = otio.schema.ExternalReference(target_url=url, available_range=available)
    return otio.schema.Clip(name="a", media_reference=reference, source_range=span)


def brightness(part: Any, folder: Path) -> list[int]:
    from cutaway.media.decode import Clip

    assert isinstance(part, FilePart)
    path = folder / part.filename
    with part.opened() as file:
        path.write_bytes(file.read())
    with Clip(path) as found:
        assert str(found.info.rate) == "24000/1001"
        return [int(frame.mean()) for frame in found.frames()]


def test_of_a_clip_in_a_timeline_the_frames_it_shows_are_sent(film: Path, tmp_path: Path) -> None:
    shown = timeline_clip(film.as_uri(), 3, 4)
    assert brightness(resolve(shown), tmp_path) == [60, 80, 100, 120]
    span = timeline_clip(film.as_uri(), 0, 2).source_range
    assert brightness(resolve((shown, span)), tmp_path) == [0, 20]
    for whole in (timeline_clip(film.as_uri()), timeline_clip(str(film), 0, 12)):
        assert resolve(whole) == FilePart("a shot.mkv", film, "video/x-matroska")


def test_a_clip_that_shows_what_is_not_in_its_file_is_refused(film: Path) -> None:
    retimed = timeline_clip(film.as_uri(), 0, 4)
    retimed.effects.append(otio.schema.LinearTimeWarp(time_scalar=2.0))
    for clip, says in (
        (timeline_clip(film.as_uri(), 10, 4), "shows 10 to 13"),
        (retimed, "retimed"),
        (timeline_clip("file:///nowhere/a.mov"), "not there"),
        (timeline_clip("https://example.org/a.mov"), "not on this machine"),
        (otio.schema.Clip(name="a"), "no target_url"),
    ):
        with pytest.raises(MediaError, match=says):
            resolve(clip)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (np.zeros((6, 10), np.uint8), r"\(6, 10\) of uint8"),
        (np.zeros((6, 10, 4), np.uint8), r"\(6, 10, 4\)"),
        (np.zeros((6, 10, 3), np.float32), "float32"),
        (np.zeros((2, 2, 6, 10, 3), np.uint8), r"\(2, 2, 6, 10, 3\)"),
        (np.zeros((0, 6, 10, 3), np.uint8), r"\(0, 6, 10, 3\)"),
        (b"", "nothing in it"),
        (io.StringIO("text"), "binary"),
        (42, "int"),
        ({"frame": 3}, "exactly one"),
        ({"id": "a", "file_id": "b"}, "exactly one"),
        ("video_0001", "{'id'"),
    ],
)
def test_anything_else_is_refused_with_what_was_found(given: Any, says: str) -> None:
    with pytest.raises(MediaError, match=says):
        resolve(given)


def test_folders_and_empty_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    for given, says in ((tmp_path, "folder"), (tmp_path / "empty.mp4", "empty"), (tmp_path / "no.mp4", "nothing")):
        with pytest.raises(MediaError, match=says):
            resolve(given)


def test_a_path_loads_neither_numpy_nor_pillow_nor_pyav(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    program = (
        "import sys; from cutaway.client.media_input import resolve; resolve(sys.argv[1])\n"
        "assert not {'numpy', 'PIL', 'av', 'torch', 'opentimelineio'} & set(sys.modules), 'loaded for nothing'"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "a.png")], check=True)
