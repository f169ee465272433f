"""What a server lacks is done another way where the caller allows it, and the video says so."""

from __future__ import annotations

import base64
import shutil
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from servers.fastvideo import FastVideo
from servers.frame import StubServer
from servers.localai import LocalAI
from servers.openrouter import OpenRouter

from cutaway import Cutaway, Rate, errors, wire
from cutaway.client.dialects.cutaway import CutawayDialect
from cutaway.client.dialects.litellm import LiteLLMDialect
from cutaway.client.dialects.localai import LocalAIDialect
from cutaway.client.dialects.openai import OpenAIDialect
from cutaway.client.dialects.openrouter import OpenRouterDialect
from cutaway.client.dialects.vllm_omni import VLLMOmniDialect
from cutaway.client.emulation import carried, emulated, marked
from cutaway.client.io import BlockingIO, run
from cutaway.client.request import FilePart
from cutaway.client.submission import compose
from cutaway.media.decode import Clip
from cutaway.media.encode import Writer
from cutaway.wire import OutputFormat

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH, HEIGHT = 64, 48
OPENAI, ROUTER = OpenAIDialect("http://plain"), OpenRouterDialect("http://router")
OURS = "https://x.org/a.png"


def clip(path: Path, *greys: int) -> Path:
    """A lossless clip with a frame of each grey."""
    with Writer(path, width=WIDTH, height=HEIGHT, rate=Rate.parse(24), format=OutputFormat.FFV1) as writer:
        writer.write(np.stack([np.full((HEIGHT, WIDTH, 3), grey, np.uint8) for grey in greys]))
        writer.finish()
    return path


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return clip(tmp_path / "before.mkv", 10, 20, 30)


@pytest.fixture
def after(tmp_path: Path) -> Path:
    return clip(tmp_path / "after.mkv", 40, 50, 60)


def grey(picture: Any, tmp_path: Path) -> int:
    """The grey of a picture, which has one only."""
    if isinstance(picture, FilePart):
        assert picture.media_type == "image/png"
        picture = picture.content
    elif isinstance(picture, str):
        picture = base64.b64decode(picture.partition("base64,")[2] or picture)
    path = tmp_path / "picture.png"
    path.write_bytes(picture)
    with Clip(path) as still:
        pixels: NDArray[np.uint8] = still.read(0, 1)[0]
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    assert pixels.min() == pixels.max()
    return int(pixels.max())


async def no_fetching(reference: Any, folder: Path) -> Path:
    raise AssertionError(f"nothing on a server was named, and {reference} was fetched")


def emulate(dialect: Any, operation: Any, fetch: Any = no_fetching, **asked: Any) -> tuple[Any, list[str]]:
    """The encoded submission after emulation, and the notes."""
    submission = compose(operation, {"prompt": "a", **asked})
    with pytest.raises(errors.UnsupportedCapability) as refused:
        dialect.encode(submission)
    submission, notes = run(emulated(submission, refused.value, dialect, fetch, BlockingIO()))
    return dialect.encode(submission), notes


# -- verbs -------------------------------------------------------------------------------------


def test_an_extension_begins_on_the_last_picture(before: Path, tmp_path: Path) -> None:
    sent, notes = emulate(ROUTER, "extend", video=before, seconds=4)
    frame = sent.json["frame_images"][0]
    assert (sent.path, frame["frame_type"], sent.json["duration"]) == ("/videos", "first_frame", 4)
    assert grey(frame["image_url"]["url"], tmp_path) == 30
    assert "size" not in sent.json
    assert notes == ["extend: new frames only, from the last picture of the clip"]


def test_an_extension_backward_ends_on_the_first_picture(before: Path, tmp_path: Path) -> None:
    sent, notes = emulate(LocalAIDialect(), "extend", video=before, num_frames=24, direction="backward")
    assert grey(sent.json["end_image"], tmp_path) == 10
    assert "start_image" not in sent.json
    assert "end on the first picture" in notes[0]


def test_a_server_that_extends_forward_only_is_helped_backward_where_it_ends_on_pictures(before: Path) -> None:
    with pytest.raises(errors.UnsupportedCapability) as caught:
        emulate(OPENAI, "extend", video=before, seconds=4, direction="backward")
    assert caught.value.capability == "cutaway.last_frame"


def test_of_a_server_that_gives_the_whole_the_new_part_alone(before: Path, tmp_path: Path) -> None:
    sent, notes = emulate(OPENAI, "extend", video=before, seconds=4, output="segment", context_frames=8)
    assert (sent.path, sent.fields) == ("/videos", {"prompt": "a", "seconds": "4"})
    assert grey(sent.files["input_reference"], tmp_path) == 30
    assert len(notes) == 1


def test_how_much_of_a_clip_is_seen_is_left_to_a_server_that_extends() -> None:
    sent, notes = emulate(OPENAI, "extend", video={"id": "v"}, seconds=4, context_frames=8)
    assert (sent.path, sent.json) == ("/videos/extensions", {"prompt": "a", "seconds": "4", "video": {"id": "v"}})
    assert notes == ["context_frames: how much of the clip is seen is the server's choice"]


@pytest.mark.parametrize("given", ["path", "bytes", "file", "id", "url"])
def test_a_clip_is_found_wherever_it_is(given: str, before: Path, tmp_path: Path) -> None:
    fetched: list[Any] = []

    async def fetch(reference: Any, folder: Path) -> Path:
        fetched.append(reference)
        return Path(shutil.copy(before, folder))

    video = {
        "path": before, "bytes": before.read_bytes(), "file": BytesIO(before.read_bytes()),
        "id": wire.Video(id="v"), "url": "https://x.org/a.mkv",
    }[given]  # fmt: skip
    sent, _ = emulate(ROUTER, "extend", fetch, video=video, seconds=4)
    assert grey(sent.json["frame_images"][0]["image_url"]["url"], tmp_path) == 30
    assert fetched == {"id": [{"id": "v"}], "url": [{"url": "https://x.org/a.mkv"}]}.get(given, [])
    # A size that the server has made before is surely a legal one there; another's may not be.
    assert sent.json.get("size") == ("64x48" if given == "id" else None)


def test_a_file_on_another_server_cannot_be_looked_at() -> None:
    with pytest.raises(errors.UnsupportedCapability) as caught:
        emulate(ROUTER, "extend", video={"file_id": "f"}, seconds=4)
    assert caught.value.capability == "extend"


def test_a_fill_goes_from_picture_to_picture(before: Path, after: Path, tmp_path: Path) -> None:
    sent, notes = emulate(ROUTER, "create", before=before, after=after, seconds=4)
    frames = {frame["frame_type"]: frame["image_url"]["url"] for frame in sent.json["frame_images"]}
    assert {kind: grey(url, tmp_path) for kind, url in frames.items()} == {"first_frame": 30, "last_frame": 40}
    assert len(notes) == 1
    assert "motion is not seen" in notes[0]


def test_a_fill_without_a_last_frame_sees_one_side_and_says_so(before: Path, after: Path, tmp_path: Path) -> None:
    sent, notes = emulate(OPENAI, "create", before=before, after=after, seconds=4)
    assert {name: grey(file, tmp_path) for name, file in sent.files.items()} == {"input_reference": 30}
    assert notes == ["fill: from the last picture before the gap; the shot after it is not seen"]


def test_a_last_frame_that_was_asked_for_is_not_dropped() -> None:
    with pytest.raises(errors.UnsupportedCapability) as caught:
        emulate(OPENAI, "create", first_frame=OURS, last_frame=OURS)
    assert caught.value.capability == "cutaway.last_frame"


def test_a_loop_begins_and_ends_on_one_picture(before: Path, tmp_path: Path) -> None:
    sent, notes = emulate(ROUTER, "create", first_frame=OURS, loop=True, model="m")
    assert [frame["image_url"]["url"] for frame in sent.json["frame_images"]] == [OURS, OURS]
    assert notes == ["loop: it begins and ends on one picture"]
    with pytest.raises(errors.UnsupportedCapability, match="first_frame="):
        emulate(ROUTER, "create", loop=True)

    sent, notes = emulate(ROUTER, "edit", video=before, loop=True, seconds=4)
    frames = {frame["frame_type"]: frame["image_url"]["url"] for frame in sent.json["frame_images"]}
    assert {kind: grey(url, tmp_path) for kind, url in frames.items()} == {"first_frame": 30, "last_frame": 10}
    assert notes == ["loop: new frames only, from the last picture of the clip to its first"]


@pytest.mark.parametrize(
    ("dialect", "operation", "asked", "capability"),
    [
        (ROUTER, "edit", {"video": {"id": "v"}}, "edit"),
        (ROUTER, "edit", {"video": {"id": "v"}, "second": {"id": "w"}}, "edit"),
        (LiteLLMDialect(), "edit", {"video": {"id": "v"}, "second": {"id": "w"}}, "cutaway.blend"),
        (ROUTER, "remix", {"video_id": "v"}, "remix"),
        (OPENAI, "create", {"seed": 3}, "seed"),
        (OPENAI, "create", {"dry_run": True}, "cutaway.dry_run"),
        (OPENAI, "create", {"n": 2}, "n"),
        (VLLMOmniDialect(), "create", {"deadline_s": 60}, "cutaway.deadline_s"),
    ],
)
def test_what_there_is_no_other_way_to(dialect: Any, operation: Any, asked: Any, capability: str) -> None:
    with pytest.raises(errors.UnsupportedCapability) as caught:
        emulate(dialect, operation, **asked)
    assert caught.value.capability == capability


def test_an_edit_is_a_create_that_is_shown_the_clip_where_the_server_takes_one(before: Path) -> None:
    sent, notes = emulate(VLLMOmniDialect(), "edit", video=before)
    assert (sent.path, [*sent.files]) == ("/videos", ["input_reference"])
    assert len(notes) == 1
    assert "the model's affair" in notes[0]
    for more in ({"second": {"id": "w"}}, {"source_range": (0, 2)}):
        with pytest.raises(errors.UnsupportedCapability):
            emulate(VLLMOmniDialect(), "edit", video=before, **more)


# -- values ------------------------------------------------------------------------------------


def test_a_style_becomes_words() -> None:
    sent, notes = emulate(OPENAI, "create", prompt="A ball rolls left.", style="film noir")
    assert sent.json == {"prompt": "A ball rolls left. In the style of film noir."}
    assert "In the style of film noir." in notes[0]


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ({"seconds": 4.4}, "4"),
        ({"seconds": 4.5}, "5"),
        ({"seconds": 0.1}, "1"),
        ({"num_frames": 97, "rate": 24}, "4"),
        ({"num_frames": 90, "rate": "30000/1001"}, "3"),
    ],
)
def test_durations_become_the_nearest_whole_seconds(asked: dict[str, Any], seconds: str) -> None:
    sent, notes = emulate(OPENAI, "create", **asked)
    assert sent.json == {"prompt": "a", "seconds": seconds}
    video = wire.Video.model_validate(marked({"id": "v", "status": "queued"}, notes))
    assert video.cutaway is not None
    change = next(change for change in video.cutaway.adjustments if change.field == "seconds")
    assert change.effective == int(seconds)
    assert change.requested == asked.get("seconds", f"{asked.get('num_frames')} frames at {asked.get('rate')}")


def test_frames_without_a_rate_have_no_duration() -> None:
    with pytest.raises(errors.UnsupportedCapability, match="give rate= as well"):
        emulate(OPENAI, "create", num_frames=97)


def test_a_rate_becomes_the_nearest_whole_one_or_the_servers() -> None:
    sent, notes = emulate(LocalAIDialect(), "create", num_frames=48, rate=23.976)
    assert sent.json == {"prompt": "a", "num_frames": 48, "fps": 24}
    assert notes == ["fps: 24 in place of 24000/1001"]
    for rate in ("25", "24000/1001"):
        sent, notes = emulate(OPENAI, "create", rate=rate, seconds=4)
        assert sent.json == {"prompt": "a", "seconds": "4"}
        assert notes == [f"fps: the server's own rate in place of {rate}"]
    sent, notes = emulate(LocalAIDialect(), "create", seconds=4.03, rate=24)
    assert sent.json == {"prompt": "a", "num_frames": 97, "fps": 24}
    assert notes == ["seconds: 97 frames in place of 4.03 s"]


def test_several_things_at_once(before: Path) -> None:
    sent, notes = emulate(ROUTER, "extend", video=before, num_frames=96, rate=24, style="noir")
    assert sent.json["duration"] == 4
    assert [note.partition(":")[0] for note in notes] == ["extend", "fps", "style"]
    assert sent.json["prompt"].endswith("In the style of noir.")


# -- marks -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state"),
    [("queued", "queued"), ("in_progress", "running"), ("completed", "completed"), ("failed", "failed")],
)
def test_a_mark_fits_the_status_and_lasts(status: str, state: str) -> None:
    video = wire.Video.model_validate(marked({"id": "v", "status": "queued"}, ["loop: ..."]))
    later = wire.Video.model_validate(carried({"id": "v", "status": status}, video))
    assert later.cutaway is not None
    assert (later.cutaway.state, later.cutaway.emulated) == (state, ["loop: ..."])
    plain = wire.Video.model_validate(carried({"id": "v", "status": status}, wire.Video(id="v")))
    assert plain.cutaway is None


def test_what_a_server_has_a_word_for_is_never_emulated(before: Path, after: Path) -> None:
    native = {"first_frame": OURS, "last_frame": OURS}
    assert ROUTER.encode(compose("create", {"prompt": "a", **native}))
    assert CutawayDialect().encode(compose("create", {"before": {"id": "v"}, "after": {"id": "w"}}))


# -- conversations -----------------------------------------------------------------------------


def test_a_video_of_a_server_that_only_creates_is_extended(before: Path, tmp_path: Path) -> None:
    app = OpenRouter()
    app.movie = before.read_bytes()
    with StubServer(app) as server, Cutaway(f"{server.url}/api", "sk-or-stub") as client:
        first = client.videos.create(prompt="a", model="google/veo-3.1", seconds=4).wait()
        with pytest.raises(errors.UnsupportedCapability, match="emulate=True"):
            client.videos.extend(prompt="b", video=first, seconds=4)
        assert len(server.heard("POST")) == 1
        more = client.videos.extend(
            prompt="b", video=first, seconds=4, emulate=True, extra_body={"model": "google/veo-3.1"}
        )
        assert more.cutaway is not None
        assert more.cutaway.emulated == ["extend: new frames only, from the last picture of the clip"]
        done = more.wait()
        assert done.cutaway is not None
        assert (done.cutaway.state, done.cutaway.emulated) == ("completed", more.cutaway.emulated)
        asked = app.made[-1]
        assert (asked.size, asked.frame_images[0].frame_type) == ("64x48", "first_frame")
        assert grey(asked.frame_images[0].image_url.url, tmp_path) == 30


def test_changed_values_are_still_told_when_the_video_is_there() -> None:
    with StubServer(OpenRouter()) as server, Cutaway(f"{server.url}/api", "sk-or-stub", emulate=True) as client:
        done = client.videos.create(prompt="a", model="google/veo-3.1", seconds=4.3).wait()
        assert done.cutaway is not None
        assert [(change.field, change.effective) for change in done.cutaway.adjustments] == [("seconds", 4)]
        assert done.cutaway.emulated == ["seconds: 4 in place of 4.3"]


def test_a_gap_is_filled_by_a_server_that_takes_one_picture(before: Path, after: Path, tmp_path: Path) -> None:
    with StubServer(FastVideo()) as server, Cutaway(server.url) as client:
        video = client.videos.fill(prompt="a", before=before, after=after, seconds=4, emulate=True)
        assert video.cutaway is not None
        assert "is not seen" in video.cutaway.emulated[0]
        assert grey(server.heard("POST")[0].uploads["input_reference"].content, tmp_path) == 30


def test_a_gap_is_filled_from_both_sides_by_a_server_that_answers_at_once(
    before: Path, after: Path, tmp_path: Path
) -> None:
    app = LocalAI()
    with StubServer(app) as server, Cutaway(server.url) as client:
        video = client.videos.fill(prompt="a", before=before, after=after, num_frames=24, rate=24, emulate=True)
        assert (video.status, len(video.cutaway.emulated if video.cutaway else ())) == ("completed", 1)
        assert (grey(app.made[0].start_image, tmp_path), grey(app.made[0].end_image, tmp_path)) == (30, 40)
