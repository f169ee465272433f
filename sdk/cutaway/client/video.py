"""A video as a client holds it: what the server said about the job, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import PrivateAttr

from cutaway import wire
from cutaway.client.io import run

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from cutaway.client.operations import VideoOperations


class _Held(wire.Video):
    """What both faces share."""

    _operations: Any = PrivateAttr(default=None)

    def _bound(self) -> Any:
        if self._operations is None:
            raise RuntimeError(f"video {self.id} belongs to no client; get it by client.videos.retrieve({self.id!r})")
        return self._operations


class VideoFrame(wire.Reference):
    """One frame of a video: an input wherever a picture is taken, and its pixels when they are asked for."""

    _logic: Any = PrivateAttr(default=None)

    def pixels(self) -> NDArray[np.uint8]:
        """The frame as (H, W, 3) RGB. It is fetched and decoded each time; for many frames, save the video.

        Raises:
            MediaError: the video has no such frame.
            MissingExtra: the extra `media` is needed.
            Conflict: the video is not completed yet.
        """
        return run(_pixels(self, self._logic))


class AsyncVideoFrame(wire.Reference):
    """One frame of a video: an input wherever a picture is taken, and its pixels when they are asked for."""

    _logic: Any = PrivateAttr(default=None)

    async def pixels(self) -> NDArray[np.uint8]:
        """The frame as (H, W, 3) RGB. It is fetched and decoded each time; for many frames, save the video.

        Raises:
            MediaError: the video has no such frame.
            MissingExtra: the extra `media` is needed.
            Conflict: the video is not completed yet.
        """
        return await _pixels(self, self._logic)


class Video(_Held):
    """One job and, when completed, the video it made. Its attributes are those of the server's last answer."""

    def wait(
        self,
        timeout: float | None = None,
        stall_timeout: float | None = 900.0,
        on_progress: Callable[[Video], object] | None = None,
        *,
        cancel_on_interrupt: bool = False,
    ) -> Video:
        """Wait until the video is completed, and return it.

        Never returns a job that ended otherwise. `timeout` and `stall_timeout` are in seconds; when they
        pass, or on Ctrl-C, the job goes on; with `cancel_on_interrupt` Ctrl-C ends it too. `on_progress` is
        called with this video whenever it has moved.

        Raises:
            JobFailed: it ended without a video; `ModerationBlocked` if a policy refused it.
            JobCancelled: somebody cancelled it.
            WaitTimeout: `timeout` has passed.
            JobStalled: nothing about it has changed for `stall_timeout`.
        """
        return run(
            self._logic.wait(
                self,
                timeout=timeout,
                stall_timeout=stall_timeout,
                on_progress=on_progress,
                cancel_on_interrupt=cancel_on_interrupt,
            )
        )

    def save(self, path: str | os.PathLike[str], variant: wire.Variant = "video") -> Path:
        """Fetch the video (or another `variant` of it) into a file, and return the file's path.

        Into a folder, it is named by its id. It is streamed beside its place, checked for length and
        SHA-256, and renamed; a save that broke off is gone on with.

        Raises:
            DownloadError: it did not come whole, or differs from what the server holds.
            Conflict: the job is not completed yet; wait for it first.
        """
        return run(self._logic.save(self, path, variant=variant))

    def refresh(self) -> Video:
        """Ask the server how the job stands; this video is brought up to date and returned."""
        run(_refreshed(self._logic, self))
        return self

    def cancel(self) -> Video:
        """End the job and keep its record; this video is brought up to date and returned."""
        run(_cancelled(self._logic, self))
        return self

    def delete(self) -> wire.VideoDeleted:
        """Remove the job and its files from the server; a running job is cancelled."""
        return run(self._logic.delete(self.id))

    def frame(self, number: int) -> VideoFrame:
        """One frame of this video: 0 is the first, -1 the last. An input for another video, or `pixels()` to look at.

        A server that cannot take a frame of a video by the video's id gets the picture.
        """
        frame = VideoFrame(id=self.id, frame=number)
        frame._logic = self._operations  # noqa: SLF001 - its maker
        return frame

    @property
    def _logic(self) -> VideoOperations[Video]:
        return self._bound()  # type: ignore[no-any-return]


class AsyncVideo(_Held):
    """One job and, when completed, the video it made. Its attributes are those of the server's last answer."""

    async def wait(
        self,
        timeout: float | None = None,  # noqa: ASYNC109 - the same keyword on both faces
        stall_timeout: float | None = 900.0,
        on_progress: Callable[[AsyncVideo], object] | None = None,
        *,
        cancel_on_interrupt: bool = False,
    ) -> AsyncVideo:
        """Wait until the video is completed, and return it.

        Never returns a job that ended otherwise. `timeout` and `stall_timeout` are in seconds; when they
        pass, or on Ctrl-C, the job goes on; with `cancel_on_interrupt` Ctrl-C ends it too. `on_progress` is
        called with this video whenever it has moved.

        Raises:
            JobFailed: it ended without a video; `ModerationBlocked` if a policy refused it.
            JobCancelled: somebody cancelled it.
            WaitTimeout: `timeout` has passed.
            JobStalled: nothing about it has changed for `stall_timeout`.
        """
        return await self._logic.wait(
            self,
            timeout=timeout,
            stall_timeout=stall_timeout,
            on_progress=on_progress,
            cancel_on_interrupt=cancel_on_interrupt,
        )

    async def save(self, path: str | os.PathLike[str], variant: wire.Variant = "video") -> Path:
        """Fetch the video (or another `variant` of it) into a file, and return the file's path.

        Into a folder, it is named by its id. It is streamed beside its place, checked for length and
        SHA-256, and renamed; a save that broke off is gone on with.

        Raises:
            DownloadError: it did not come whole, or differs from what the server holds.
            Conflict: the job is not completed yet; wait for it first.
        """
        return await self._logic.save(self, path, variant=variant)

    async def refresh(self) -> AsyncVideo:
        """Ask the server how the job stands; this video is brought up to date and returned."""
        await _refreshed(self._logic, self)
        return self

    async def cancel(self) -> AsyncVideo:
        """End the job and keep its record; this video is brought up to date and returned."""
        await _cancelled(self._logic, self)
        return self

    async def delete(self) -> wire.VideoDeleted:
        """Remove the job and its files from the server; a running job is cancelled."""
        return await self._logic.delete(self.id)

    def frame(self, number: int) -> AsyncVideoFrame:
        """One frame of this video: 0 is the first, -1 the last. An input for another video, or `pixels()` to look at.

        A server that cannot take a frame of a video by the video's id gets the picture.
        """
        frame = AsyncVideoFrame(id=self.id, frame=number)
        frame._logic = self._operations  # noqa: SLF001 - its maker
        return frame

    @property
    def _logic(self) -> VideoOperations[AsyncVideo]:
        return self._bound()  # type: ignore[no-any-return]


async def _pixels(frame: wire.Reference, operations: VideoOperations[Any] | None) -> NDArray[np.uint8]:
    assert frame.id is not None
    assert frame.frame is not None
    if operations is None:
        raise RuntimeError(f"video {frame.id} belongs to no client; get it by client.videos.retrieve({frame.id!r})")
    return await operations.frame(frame.id, frame.frame)


async def _refreshed(operations: VideoOperations[Any], video: _Held) -> None:
    operations.renew(video, await operations.retrieve(video.id))


async def _cancelled(operations: VideoOperations[Any], video: _Held) -> None:
    operations.renew(video, await operations.cancel(video.id))


def bound(operations: VideoOperations[Video], body: Mapping[str, Any]) -> Video:
    """A blocking video of these operations."""
    video = Video.model_validate(body)
    video._operations = operations  # noqa: SLF001 - its maker
    return video


def bound_async(operations: VideoOperations[AsyncVideo], body: Mapping[str, Any]) -> AsyncVideo:
    """An asynchronous video of these operations."""
    video = AsyncVideo.model_validate(body)
    video._operations = operations  # noqa: SLF001 - its maker
    return video
