"""Must type-check: what each face gives and takes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, assert_type

from cutaway import AsyncCutaway, AsyncVideo, Cutaway, FrameRange, Rate, Video, errors, webhooks, wire
from cutaway.client.content import Content
from cutaway.client.page import AsyncPage, Page
from cutaway.client.raw import RawAnswer
from cutaway.client.video import AsyncVideoFrame, VideoFrame
from cutaway.wire import (
    Capabilities,
    Character,
    CharacterDeleted,
    Estimate,
    File,
    ModelInfo,
    OutputFormat,
    QueueState,
    Style,
    TimedCard,
    VideoDeleted,
    WebhookEvent,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from cutaway.client.media_input import Tensor


def blocking(client: Cutaway) -> None:
    with Cutaway("http://127.0.0.1:8000", "key", timeout=5, max_retries=0, dialect="openai") as other:
        assert_type(other, Cutaway)
    video = client.videos.create(prompt="a", seconds=4, size="1280x720")
    assert_type(video, Video)
    assert_type(video.wait(timeout=3, on_progress=lambda now: print(now.progress)), Video)
    assert_type(video.save("a.mp4"), Path)
    assert_type(video.refresh(), Video)
    assert_type(video.cancel(), Video)
    assert_type(video.delete(), VideoDeleted)
    assert_type(video.frame(-1), VideoFrame)
    assert_type(video.frame(-1).pixels(), "NDArray[np.uint8]")
    assert_type(video.status, wire.Status)
    assert_type(client.videos.retrieve("v"), Video)
    assert_type(client.videos.edit(prompt="a", video=video, strength=0.4), Video)
    assert_type(client.videos.extend(prompt="a", video=video, seconds="4"), Video)
    assert_type(client.videos.remix("v", prompt="a"), Video)
    assert_type(client.videos.fill(video, video, num_frames=12), Video)
    assert_type(client.videos.blend(video, video, overlap_frames=12), Video)
    assert_type(client.videos.loop(video), Video)
    assert_type(client.videos.fill(video, video, profile="fast", steps=4, guidance=1), Video)
    assert_type(client.videos.loop(video, references=[Path("mia.png"), video.frame(-1), b"png"]), Video)
    assert_type(client.videos.create(prompt="a", profile=wire.Profile.EXACT, expand_prompt=True), Video)
    assert_type(client.videos.extend(video=video, allow_degraded=True, references=("a.png",)), Video)
    assert_type(client.videos.poll("v", poll_interval_ms=100), Video)
    assert_type(client.videos.create_and_poll(prompt="a"), Video)
    assert_type(client.videos.cancel("v"), Video)
    assert_type(client.videos.delete("v"), VideoDeleted)
    assert_type(client.videos.download_content("v", variant="thumbnail"), Content)
    assert_type(client.videos.resume(), Sequence[Video])
    assert_type(client.videos.estimate(prompt="a", seconds=4), Estimate)
    page = client.videos.list(limit=3)
    assert_type(page, Page)
    assert_type(page.data, Sequence[Video])
    assert_type(page.has_next_page(), bool)
    assert_type(page.get_next_page(), Page)
    assert_type(client.videos.create_character(name="Mia", video="mia.mp4", description="red coat"), Character)
    assert_type(client.videos.list_characters(timeout=3), Sequence[Character])
    assert_type(client.videos.delete_character("c"), CharacterDeleted)
    for each in client.videos.list():
        assert_type(each, Video)
    assert_type(client.files.create(file=b"", purpose="vision"), File)
    assert_type(client.models.list(), Sequence[ModelInfo])
    assert_type(client.capabilities(), Capabilities)
    assert_type(client.queue(), QueueState)
    assert_type(client.styles(max_retries=0), Sequence[Style])
    assert_type(client.with_options(timeout=None, max_retries=5), Cutaway)
    assert_type(client.webhooks.unwrap(b"", {}), WebhookEvent)
    assert_type(webhooks.unwrap("", {}, "whsec_"), WebhookEvent)


def raw(client: Cutaway) -> None:
    verbs = client.videos.with_raw_response
    answer = verbs.create(prompt="a", seconds=4, max_retries=0, extra_body={"n": 2})
    assert_type(answer, RawAnswer[Video])
    assert_type(answer.parse(), Video)
    assert_type((answer.status_code, answer.content, answer.request_id), tuple[int, bytes, str | None])
    assert_type(answer.headers["x-request-id"], str)
    assert_type(verbs.extend(video="v", direction="backward").parse(), Video)
    assert_type(verbs.fill("a.mp4", "b.mp4", num_frames=24).parse(), Video)
    assert_type(verbs.list(limit=3).parse(), Page)
    assert_type(verbs.delete("v").parse(), VideoDeleted)
    assert_type(verbs.download_content("v", variant="audio").parse(), Content)
    assert_type(verbs.estimate(prompt="a").parse(), Estimate)
    assert_type(client.files.with_raw_response.create(file=b"").parse(), File)
    assert_type(client.models.with_raw_response.list().parse(), Sequence[ModelInfo])


async def raw_asynchronous(client: AsyncCutaway) -> None:
    verbs = client.videos.with_raw_response
    assert_type((await verbs.create(prompt="a", loop=True)).parse(), AsyncVideo)
    assert_type((await verbs.list()).parse(), AsyncPage)
    assert_type((await verbs.get_character("c")).parse(), Character)
    assert_type((await client.models.with_raw_response.list(timeout=3)).parse(), Sequence[ModelInfo])


def told_in_cards(client: Cutaway, video: Video, character: Character) -> None:
    client.videos.create(
        prompt="",
        cards=[
            {"at": 0, "prompt": "a red ball"},
            {"at_s": 2.5, "clip": Path("a.mp4"), "frames": 12},
            {"at": -1, "image": video.frame(0), "strength": 0.5},
            TimedCard(at=3, prompt="b"),
        ],
        characters=[character, "char_1"],
        emulate=True,
        save_to="a.mp4",
    )


async def asynchronous(client: AsyncCutaway) -> None:
    async with AsyncCutaway(base_url="http://127.0.0.1:8000/v1") as other:
        assert_type(other, AsyncCutaway)
    video = await client.videos.create(prompt="a", seconds=4, size="1280x720")
    assert_type(video, AsyncVideo)
    assert_type(await video.wait(timeout=3, on_progress=lambda now: print(now.progress)), AsyncVideo)
    assert_type(await video.save("a.mp4"), Path)
    assert_type(await video.refresh(), AsyncVideo)
    assert_type(await video.cancel(), AsyncVideo)
    assert_type(await video.delete(), VideoDeleted)
    assert_type(video.frame(-1), AsyncVideoFrame)
    assert_type(await video.frame(-1).pixels(), "NDArray[np.uint8]")
    assert_type(await client.videos.retrieve("v"), AsyncVideo)
    assert_type(await client.videos.edit(prompt="a", video=video, strength=0.4), AsyncVideo)
    assert_type(await client.videos.extend(prompt="a", video=video, seconds="4"), AsyncVideo)
    assert_type(await client.videos.remix("v", prompt="a"), AsyncVideo)
    assert_type(await client.videos.fill(video, video, num_frames=12), AsyncVideo)
    assert_type(await client.videos.blend(video, video, overlap_frames=12), AsyncVideo)
    assert_type(await client.videos.loop(video), AsyncVideo)
    assert_type(await client.videos.poll("v"), AsyncVideo)
    assert_type(await client.videos.create_and_poll(prompt="a"), AsyncVideo)
    assert_type(await client.videos.cancel("v"), AsyncVideo)
    assert_type(await client.videos.delete("v"), VideoDeleted)
    assert_type(await client.videos.download_content("v"), Content)
    assert_type(await client.videos.resume(), Sequence[AsyncVideo])
    assert_type(await client.videos.list(), AsyncPage)
    async for each in client.videos.list():
        assert_type(each, AsyncVideo)
    assert_type(await client.files.create(file=b""), File)
    assert_type(await client.models.list(), Sequence[ModelInfo])
    assert_type(await client.capabilities(), Capabilities)
    assert_type(await client.queue(), QueueState)
    assert_type(await client.styles(), Sequence[Style])
    assert_type(client.with_options(api_key="k"), AsyncCutaway)
    assert_type(await client.videos.estimate(prompt="a"), Estimate)
    page = await client.videos.list(limit=3)
    assert_type(await page.get_next_page(), AsyncPage)
    assert_type(await client.videos.create_character(name="Mia", video=b""), Character)
    assert_type(await client.videos.list_characters(), Sequence[Character])


def inputs(
    client: Cutaway,
    file: BinaryIO,
    array: NDArray[np.uint8],
    picture: Image.Image,
    made: AsyncVideo,
    tensor: Tensor,
) -> None:
    create = client.videos.create
    for still in ("a.png", Path("a.png"), b"", file, array, tensor, picture, made, made.frame(0), {"file_id": "f"}):
        create(prompt="a", first_frame=still, last_frame=still, keyframes={3: still})
    for rate in (24, 23.976, "24000/1001", Fraction(25), Rate.parse(25)):
        create(prompt="a", num_frames=25, rate=rate)
    create(prompt="a", format="prores", sound="silent")
    create(prompt="a", format=OutputFormat.FFV1)
    client.videos.edit(prompt="a", video=made, source_range=FrameRange(0, 4))
    client.videos.edit(prompt="a", video=made, source_range=(0, 4))
    client.videos.extend(video=made, direction="backward", output="segment")


def refused(client: Cutaway) -> None:
    """Each line is an error to the type checkers; an ignore that is not needed would be one too."""
    client.videos.edit(video="a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.videos.create(prompt="a", lenght=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.videos.create(prompt="a", format="avi")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.videos.extend(video="a", direction="up")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.videos.with_raw_response.edit(video="a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.videos.with_raw_response.list(limt=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.videos.create(prompt="a", cards=[{"at": "0"}])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    client.with_options(timout=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.videos.create(prompt="a", first_frame=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def carried(error: errors.JobFailed, unknown: errors.SubmitUnknown) -> None:
    assert_type(error.job, wire.Video)
    assert_type(error.code, str)
    assert_type(unknown.key, str)
