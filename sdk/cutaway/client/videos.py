"""The verbs on videos, on both faces; those that make one are in `making.py` and `making_async.py`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack

from cutaway.client.casting import AsyncVideoCasting, VideoCasting
from cutaway.client.io import run
from cutaway.client.keywords import Call, Listing, Polling, spelled_out
from cutaway.client.making import VideoMaking
from cutaway.client.making_async import AsyncVideoMaking
from cutaway.client.page import AsyncPages, Page
from cutaway.client.recovery import AsyncVideoRecovery, VideoRecovery
from cutaway.client.video import AsyncVideo, Video

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cutaway.client.content import Content
    from cutaway.client.raw import AsyncRawVideos, RawVideos
    from cutaway.wire import Variant, VideoDeleted


__all__ = ["AsyncVideo", "AsyncVideos", "Video", "Videos"]


class Videos(VideoMaking, VideoCasting, VideoRecovery):
    """The verbs on videos. Names and arguments of OpenAI's Videos API are kept; the rest is added beside them.

    Every verb takes `extra_headers` and `extra_query`, those that make something also `extra_body`, for what a
    server knows beyond this, and for its own requests `timeout` in seconds and `max_retries`.

    What makes a video also takes what a real model can be told; a draft lists it in `ignored_params`.
    `references` are pictures of characters or things that should look the same in the video and are no
    frames of it; `characters` are those that the server has been shown (`create_character`).
    `profile` is "exact", "balanced", "fast" or "low-memory"; `steps` and `guidance` replace the
    checkpoint's own numbers. With `expand_prompt` a language model writes the prompt out before it is painted,
    and `video.cutaway.expanded_prompt` tells what it wrote. A model that comes to a request only by losing
    something of what it was given refuses, unless `allow_degraded` accepts that. What the server lacks raises
    `UnsupportedCapability`, unless `emulate` allows another way, which `video.cutaway.emulated` then tells.
    """

    @cached_property
    def with_raw_response(self) -> RawVideos:
        """The same verbs, each giving the answer as it came: status, headers, bytes, and `parse()` for the rest."""
        from cutaway.client.raw import RawVideos

        return RawVideos(self, self._logic.session)

    @spelled_out(Call)
    def retrieve(self, video_id: str, **call: Unpack[Call]) -> Video:
        """The video with this id, as it stands.

        Raises:
            NotFound: there is no such video.
        """
        return run(self._logic.retrieve(video_id, **call))

    @spelled_out(Listing)
    def list(self, **asked: Unpack[Listing]) -> Page:
        """All videos, newest first; iterate for every one, or read `data`, `has_more` and `last_id` of a page.

        `after` is the id behind which to begin, `limit` the size of a page, `order` "asc" or "desc" by
        creation.
        """

        async def fetch(after: str | None) -> tuple[Sequence[Video], Mapping[str, Any]]:
            begun: Listing = {**asked, "after": after}
            return await self._logic.page(**begun)

        return Page(fetch, *run(fetch(asked.get("after"))))

    @spelled_out(Call)
    def delete(self, video_id: str, **call: Unpack[Call]) -> VideoDeleted:
        """Remove a job and its files from the server; a running job is cancelled.

        Raises:
            NotFound: there is no such video.
        """
        return run(self._logic.delete(video_id, **call))

    @spelled_out(Call)
    def cancel(self, video_id: str, **call: Unpack[Call]) -> Video:
        """End a job and keep its record.

        Raises:
            NotFound: there is no such video.
            UnsupportedCapability: this server can only delete.
        """
        return run(self._logic.cancel(video_id, **call))

    @spelled_out(Call)
    def download_content(self, video_id: str, *, variant: Variant | None = None, **call: Unpack[Call]) -> Content:
        """The finished video's bytes, or those of another `variant`, in memory; `video.save` streams to a file.

        Raises:
            NotFound: there is no such video.
            Conflict: it is not completed yet.
            Gone: its content has expired.
            DownloadError: the bytes differ from what the server holds.
        """
        return run(self._logic.download_content(video_id, variant=variant, **call))

    @spelled_out(Polling)
    def poll(self, video_id: str, **asked: Unpack[Polling]) -> Video:
        """Wait for a video by its id, and return it completed. The contract's helper returns failed jobs; this raises.

        Without `poll_interval_ms` the server's events are followed where it has them.

        Raises:
            JobFailed: it ended without a video.
            WaitTimeout: `wait_timeout` seconds have passed; the job goes on.
        """
        return run(self._logic.poll(video_id, **asked))


class AsyncVideos(AsyncVideoMaking, AsyncVideoCasting, AsyncVideoRecovery):
    """The verbs on videos. Names and arguments of OpenAI's Videos API are kept; the rest is added beside them.

    Every verb takes `extra_headers` and `extra_query`, those that make something also `extra_body`, for what a
    server knows beyond this, and for its own requests `timeout` in seconds and `max_retries`.

    What makes a video also takes what a real model can be told; a draft lists it in `ignored_params`.
    `references` are pictures of characters or things that should look the same in the video and are no
    frames of it; `characters` are those that the server has been shown (`create_character`).
    `profile` is "exact", "balanced", "fast" or "low-memory"; `steps` and `guidance` replace the
    checkpoint's own numbers. With `expand_prompt` a language model writes the prompt out before it is painted,
    and `video.cutaway.expanded_prompt` tells what it wrote. A model that comes to a request only by losing
    something of what it was given refuses, unless `allow_degraded` accepts that. What the server lacks raises
    `UnsupportedCapability`, unless `emulate` allows another way, which `video.cutaway.emulated` then tells.
    """

    @cached_property
    def with_raw_response(self) -> AsyncRawVideos:
        """The same verbs, each giving the answer as it came: status, headers, bytes, and `parse()` for the rest."""
        from cutaway.client.raw import AsyncRawVideos

        return AsyncRawVideos(self, self._logic.session)

    @spelled_out(Call)
    async def retrieve(self, video_id: str, **call: Unpack[Call]) -> AsyncVideo:
        """The video with this id, as it stands.

        Raises:
            NotFound: there is no such video.
        """
        return await self._logic.retrieve(video_id, **call)

    @spelled_out(Listing)
    def list(self, **asked: Unpack[Listing]) -> AsyncPages:
        """All videos, newest first; iterate for every one, or read `data`, `has_more` and `last_id` of a page.

        `after` is the id behind which to begin, `limit` the size of a page, `order` "asc" or "desc" by
        creation.
        """

        async def fetch(after: str | None) -> tuple[Sequence[AsyncVideo], Mapping[str, Any]]:
            begun: Listing = {**asked, "after": after}
            return await self._logic.page(**begun)

        return AsyncPages(fetch, asked.get("after"))

    @spelled_out(Call)
    async def delete(self, video_id: str, **call: Unpack[Call]) -> VideoDeleted:
        """Remove a job and its files from the server; a running job is cancelled.

        Raises:
            NotFound: there is no such video.
        """
        return await self._logic.delete(video_id, **call)

    @spelled_out(Call)
    async def cancel(self, video_id: str, **call: Unpack[Call]) -> AsyncVideo:
        """End a job and keep its record.

        Raises:
            NotFound: there is no such video.
            UnsupportedCapability: this server can only delete.
        """
        return await self._logic.cancel(video_id, **call)

    @spelled_out(Call)
    async def download_content(self, video_id: str, *, variant: Variant | None = None, **call: Unpack[Call]) -> Content:
        """The finished video's bytes, or those of another `variant`, in memory; `video.save` streams to a file.

        Raises:
            NotFound: there is no such video.
            Conflict: it is not completed yet.
            Gone: its content has expired.
            DownloadError: the bytes differ from what the server holds.
        """
        return await self._logic.download_content(video_id, variant=variant, **call)

    @spelled_out(Polling)
    async def poll(self, video_id: str, **asked: Unpack[Polling]) -> AsyncVideo:
        """Wait for a video by its id, and return it completed. The contract's helper returns failed jobs; this raises.

        Without `poll_interval_ms` the server's events are followed where it has them.

        Raises:
            JobFailed: it ended without a video.
            WaitTimeout: `wait_timeout` seconds have passed; the job goes on.
        """
        return await self._logic.poll(video_id, **asked)
