"""The verbs on videos, blocking. `videos_async.py` has the same ones as coroutines; a test keeps them equal."""

# ruff: noqa: A002 - the wire's and the contract's words

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from cutaway.client.io import run
from cutaway.client.operations import given
from cutaway.client.page import Page
from cutaway.client.video import Video

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cutaway.client.content import Content
    from cutaway.client.media_input import MediaInput
    from cutaway.client.operations import Format, ProfileName, Sound, VideoOperations
    from cutaway.timebase import FrameRange, RateLike
    from cutaway.wire import Direction, Variant, VideoDeleted


__all__ = ["Video", "Videos"]


class Videos:
    """The verbs on videos. Names and arguments of OpenAI's Videos API are kept; the rest is added beside them.

    Every verb takes `extra_headers`, `extra_query`, `extra_body` for what a server knows beyond this, and
    `timeout` in seconds for its requests.

    What makes a video also takes what a real model can be told; a draft lists it in `ignored_params`.
    `references` are pictures of characters or things that should look the same in the video and are no
    frames of it. `profile` is "exact", "balanced", "fast" or "low-memory"; `steps` and `guidance` replace the
    checkpoint's own numbers. With `expand_prompt` a language model writes the prompt out before it is painted,
    and `video.cutaway.expanded_prompt` tells what it wrote. A model that comes to a request only by losing
    something of what it was given refuses, unless `allow_degraded` accepts that.
    """

    def __init__(self, logic: VideoOperations[Video]) -> None:
        self._logic = logic

    def create(
        self,
        *,
        prompt: str,
        model: str | None = None,
        seconds: float | str | None = None,
        size: str | None = None,
        input_reference: MediaInput | None = None,
        first_frame: MediaInput | None = None,
        last_frame: MediaInput | None = None,
        keyframes: Mapping[int, MediaInput] | None = None,
        num_frames: int | None = None,
        rate: RateLike | None = None,
        seed: int | None = None,
        negative_prompt: str | None = None,
        loop: bool = False,
        style: str | None = None,
        format: Format | None = None,
        sound: Sound | None = None,
        references: Sequence[MediaInput] | None = None,
        profile: ProfileName | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        expand_prompt: bool = False,
        allow_degraded: bool = False,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, str] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Video:
        """Ask for a video of `prompt`, and return the job at once.

        `seconds` and `size` ("1280x720") are the contract's; `num_frames` at `rate` is exact and wins over
        `seconds`. `first_frame` (the contract calls it `input_reference`) and `last_frame` pin the ends,
        `keyframes` pins pictures to frame numbers (-1 is the last), and with `loop` the end joins the
        start. Values that the model had to change are listed in `video.cutaway.adjustments`.

        Raises:
            BadRequest: a value that is not allowed; `param` names it.
            UnsupportedCapability: this server has no word for something asked.
            SubmitUnknown: the request left and no answer came; `key` finds the job.
        """
        return run(self._logic.create(**given(locals())))

    def create_and_poll(
        self,
        *,
        prompt: str,
        model: str | None = None,
        seconds: float | str | None = None,
        size: str | None = None,
        input_reference: MediaInput | None = None,
        first_frame: MediaInput | None = None,
        last_frame: MediaInput | None = None,
        keyframes: Mapping[int, MediaInput] | None = None,
        num_frames: int | None = None,
        rate: RateLike | None = None,
        seed: int | None = None,
        negative_prompt: str | None = None,
        loop: bool = False,
        style: str | None = None,
        format: Format | None = None,
        sound: Sound | None = None,
        references: Sequence[MediaInput] | None = None,
        profile: ProfileName | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        expand_prompt: bool = False,
        allow_degraded: bool = False,
        wait_timeout: float | None = None,
        poll_interval_ms: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, str] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Video:
        """`create`, then `poll`: the finished video. The contract's helper returns failed jobs; this one raises.

        `timeout` bounds the requests, `wait_timeout` the wait; both in seconds. Without
        `poll_interval_ms` the server's events are followed where it has them.

        Raises:
            JobFailed: it ended without a video.
            WaitTimeout: `wait_timeout` has passed; the job goes on.
        """
        return run(self._logic.create_and_poll(**given(locals())))

    def edit(
        self,
        *,
        prompt: str,
        video: MediaInput,
        strength: float | None = None,
        source_range: FrameRange | tuple[int, int] | None = None,
        model: str | None = None,
        size: str | None = None,
        seed: int | None = None,
        negative_prompt: str | None = None,
        style: str | None = None,
        format: Format | None = None,
        sound: Sound | None = None,
        references: Sequence[MediaInput] | None = None,
        profile: ProfileName | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        expand_prompt: bool = False,
        allow_degraded: bool = False,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, str] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Video:
        """Make `video` anew as `prompt` says: same length, same rate.

        `strength` is how far to go from it: 0 keeps it, 1 forgets it. With `source_range` only those
        frames change (source time, `end` exclusive).

        Raises:
            BadRequest: a value that is not allowed; `param` names it.
            UnsupportedCapability: this server has no word for something asked.
        """
        return run(self._logic.edit(**given(locals())))

    def extend(
        self,
        *,
        video: MediaInput,
        prompt: str = "",
        seconds: float | str | None = None,
        num_frames: int | None = None,
        direction: Direction | None = None,
        context_frames: int | None = None,
        output: Literal["full", "segment"] | None = None,
        model: str | None = None,
        seed: int | None = None,
        negative_prompt: str | None = None,
        style: str | None = None,
        format: Format | None = None,
        sound: Sound | None = None,
        references: Sequence[MediaInput] | None = None,
        profile: ProfileName | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        expand_prompt: bool = False,
        allow_degraded: bool = False,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, str] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Video:
        """Go on with `video`, forward from its end or backward from its start.

            | A |  ->  | A |new|            direction="backward":  |new| A |

        `seconds`, or exactly `num_frames`, is what is added. The model sees `context_frames` frames at
        the join. The result is both together, or only the new part with output="segment".

        Raises:
            BadRequest: a value that is not allowed; `param` names it.
            UnsupportedCapability: this server has no word for something asked.
        """
        return run(self._logic.extend(**given(locals())))

    def remix(
        self,
        video_id: MediaInput,
        *,
        prompt: str,
        strength: float | None = None,
        source_range: FrameRange | tuple[int, int] | None = None,
        model: str | None = None,
        size: str | None = None,
        seed: int | None = None,
        negative_prompt: str | None = None,
        style: str | None = None,
        format: Format | None = None,
        sound: Sound | None = None,
        references: Sequence[MediaInput] | None = None,
        profile: ProfileName | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        expand_prompt: bool = False,
        allow_degraded: bool = False,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, str] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Video:
        """Make a video anew as `prompt` says. A text is a video's id; a file is given as a Path.

        With nothing but a prompt this is the contract's older POST /videos/{id}/remix; anything more is an
        `edit` of that video.

        Raises:
            NotFound: there is no such video.
            BadRequest: a value that is not allowed; `param` names it.
        """
        return run(self._logic.remix(**given(locals())))

    def fill(
        self,
        before: MediaInput,
        after: MediaInput,
        *,
        num_frames: int | None = None,
        seconds: float | str | None = None,
        prompt: str = "",
        tail_frames: int | None = None,
        head_frames: int | None = None,
        output: Literal["full", "segment"] | None = None,
        model: str | None = None,
        size: str | None = None,
        rate: RateLike | None = None,
        seed: int | None = None,
        negative_prompt: str | None = None,
        style: str | None = None,
        format: Format | None = None,
        sound: Sound | None = None,
        references: Sequence[MediaInput] | None = None,
        profile: ProfileName | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        expand_prompt: bool = False,
        allow_degraded: bool = False,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, str] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Video:
        """Fill the gap between two shots with `num_frames` frames.

            | A |gap| B |  ->  | A |new| B |

        The model sees the last `tail_frames` of `before` and the first `head_frames` of `after`. The
        result is all three together, or only the new part with output="segment".

        Raises:
            BadRequest: a value that is not allowed; `param` names it.
            UnsupportedCapability: this server cannot fill.
        """
        return run(self._logic.create(**given(locals())))

    def blend(
        self,
        first: MediaInput,
        second: MediaInput,
        *,
        overlap_frames: int | None = None,
        prompt: str = "",
        model: str | None = None,
        size: str | None = None,
        seed: int | None = None,
        negative_prompt: str | None = None,
        style: str | None = None,
        format: Format | None = None,
        sound: Sound | None = None,
        references: Sequence[MediaInput] | None = None,
        profile: ProfileName | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        expand_prompt: bool = False,
        allow_degraded: bool = False,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, str] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Video:
        """Turn the end of one shot into the start of another over `overlap_frames` frames.

            | A |      ->  | A |A+B| B |
              | B |

        Raises:
            BadRequest: a value that is not allowed; `param` names it.
            UnsupportedCapability: this server cannot blend.
        """
        return run(self._logic.blend(**given(locals())))

    def loop(
        self,
        video: MediaInput,
        *,
        prompt: str = "",
        num_frames: int | None = None,
        model: str | None = None,
        size: str | None = None,
        seed: int | None = None,
        negative_prompt: str | None = None,
        style: str | None = None,
        format: Format | None = None,
        sound: Sound | None = None,
        references: Sequence[MediaInput] | None = None,
        profile: ProfileName | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        expand_prompt: bool = False,
        allow_degraded: bool = False,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, str] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Video:
        """Make a shot run in a circle: its last frame leads into its first.

        Raises:
            BadRequest: a value that is not allowed; `param` names it.
            UnsupportedCapability: this server cannot loop.
        """
        return run(self._logic.loop(**given(locals())))

    def retrieve(
        self,
        video_id: str,
        *,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Video:
        """The video with this id, as it stands.

        Raises:
            NotFound: there is no such video.
        """
        return run(self._logic.retrieve(**given(locals())))

    def list(
        self,
        *,
        after: str | None = None,
        limit: int | None = None,
        order: Literal["asc", "desc"] | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Page:
        """All videos, newest first; iterate for every one, or read `data`, `has_more` and `last_id` of a page.

        `after` is the id behind which to begin, `limit` the size of a page, `order` "asc" or "desc" by
        creation.
        """
        asked = given(locals())

        async def fetch(behind: str | None) -> tuple[Sequence[Video], Mapping[str, Any]]:
            return await self._logic.page(**{**asked, "after": behind})

        return Page(fetch, *run(fetch(after)))

    def delete(
        self,
        video_id: str,
        *,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> VideoDeleted:
        """Remove a job and its files from the server; a running job is cancelled.

        Raises:
            NotFound: there is no such video.
        """
        return run(self._logic.delete(**given(locals())))

    def cancel(
        self,
        video_id: str,
        *,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Video:
        """End a job and keep its record.

        Raises:
            NotFound: there is no such video.
            UnsupportedCapability: this server can only delete.
        """
        return run(self._logic.cancel(**given(locals())))

    def download_content(
        self,
        video_id: str,
        *,
        variant: Variant | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Content:
        """The finished video's bytes, or those of another `variant`, in memory; `video.save` streams to a file.

        Raises:
            NotFound: there is no such video.
            Conflict: it is not completed yet.
            Gone: its content has expired.
            DownloadError: the bytes differ from what the server holds.
        """
        return run(self._logic.download_content(**given(locals())))

    def poll(
        self,
        video_id: str,
        *,
        poll_interval_ms: int | None = None,
        wait_timeout: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Video:
        """Wait for a video by its id, and return it completed. The contract's helper returns failed jobs; this raises.

        Without `poll_interval_ms` the server's events are followed where it has them.

        Raises:
            JobFailed: it ended without a video.
            WaitTimeout: `wait_timeout` seconds have passed; the job goes on.
        """
        return run(self._logic.poll(**given(locals())))

    def resume(self) -> Sequence[Video]:
        """What this machine asked of this server and has not saved yet, oldest first, as it stands now.

        The journal in the home folder knows, also after a crash: wait for these videos, save them, or
        delete them.
        """
        return run(self._logic.resume())
