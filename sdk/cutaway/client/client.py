"""The two clients. Making one opens nothing: address, connection and journal wait for the first request."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Self

from cutaway.client.io import IO, AsyncIO, BlockingIO, run
from cutaway.client.session import Session

if TYPE_CHECKING:
    from types import TracebackType

    from cutaway.client.dialects.base import Dialect
    from cutaway.client.files import AsyncFiles, FileOperations, Files
    from cutaway.client.journal import Journal
    from cutaway.client.models import AsyncModels, Models
    from cutaway.client.videos import Videos
    from cutaway.client.videos_async import AsyncVideos
    from cutaway.wire import Capabilities


class _Parts:
    """What both clients are made of; each part is made when it is first asked for."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def server(self) -> str:
        """The server's address as it was given; "local" for the local runtime, whichever port it has."""
        return self._session.server

    @cached_property
    def _journal(self) -> Journal:
        from cutaway.client.journal import Journal

        return Journal(self._session.home)

    @cached_property
    def _file_operations(self) -> FileOperations:
        from cutaway.client.files import FileOperations

        return FileOperations(self._session)

    async def _capabilities(self) -> Capabilities:
        from cutaway.client.refusal import parsed
        from cutaway.errors import UnsupportedCapability
        from cutaway.wire import Capabilities

        if (await self._session.dialect()).name != "cutaway":
            raise UnsupportedCapability(
                f"{self._session.server} speaks the plain Videos API, which cannot say what it can do; "
                "instead: client.models.list()",
                capability="capabilities",
                alternative="client.models.list()",
            )
        body = parsed(await self._session.call("GET", "/cutaway/capabilities"))
        return self._session.understood(body, "list of capabilities", lambda: Capabilities.model_validate(body))

    async def _close(self) -> None:
        if "_journal" in self.__dict__:
            self._journal.close()
        await self._session.close()


class Cutaway(_Parts):
    """A client of one server of videos.

        with Cutaway() as client:
            video = client.videos.create(prompt="a red ball rolls left across a desert", seconds=4)
            video.wait().save("ball.mp4")

    `base_url` and `api_key` win over CUTAWAY_BASE_URL and CUTAWAY_API_KEY; /v1 may be there or not. With
    no address at all, the first request finds the local runtime, or starts it and says so on stderr.
    `timeout` (seconds) bounds each wait for the network, `max_retries` how often a request is repeated
    where that is safe. `dialect` is "cutaway" or "openai" and is found out if left out. `io` must be one
    that blocks, such as `cutaway.client.io_stdlib.StdlibIO()` where httpx cannot be installed.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float | None = 60.0,
        max_retries: int = 2,
        dialect: str | Dialect | None = None,
        io: IO | None = None,
    ) -> None:
        super().__init__(
            Session(
                io or BlockingIO(),
                base_url=base_url,
                api_key=api_key,
                timeout=timeout,
                max_retries=max_retries,
                dialect=dialect,
            )
        )

    @cached_property
    def videos(self) -> Videos:
        """Make, find, change and fetch videos."""
        from cutaway.client.operations import VideoOperations
        from cutaway.client.video import bound
        from cutaway.client.videos import Videos

        return Videos(VideoOperations(self._session, self._file_operations, self._journal, bound))

    @cached_property
    def files(self) -> Files:
        """Upload references by hand."""
        from cutaway.client.files import Files

        return Files(self._file_operations)

    @cached_property
    def models(self) -> Models:
        """The models the server has."""
        from cutaway.client.models import Models

        return Models(self._session)

    def capabilities(self) -> Capabilities:
        """What the server speaks, its models, formats and styles.

        Raises:
            UnsupportedCapability: it speaks the plain Videos API and cannot say.
        """
        return run(self._capabilities())

    def close(self) -> None:
        """Close connections and journal. Jobs go on."""
        run(self._close())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncCutaway(_Parts):
    """A client of one server of videos, for asyncio.

        async with AsyncCutaway() as client:
            video = await client.videos.create(prompt="a red ball rolls left across a desert", seconds=4)
            await (await video.wait()).save("ball.mp4")

    `base_url` and `api_key` win over CUTAWAY_BASE_URL and CUTAWAY_API_KEY; /v1 may be there or not. With
    no address at all, the first request finds the local runtime, or starts it and says so on stderr.
    `timeout` (seconds) bounds each wait for the network, `max_retries` how often a request is repeated
    where that is safe. `dialect` is "cutaway" or "openai" and is found out if left out.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float | None = 60.0,
        max_retries: int = 2,
        dialect: str | Dialect | None = None,
        io: IO | None = None,
    ) -> None:
        super().__init__(
            Session(
                io or AsyncIO(),
                base_url=base_url,
                api_key=api_key,
                timeout=timeout,
                max_retries=max_retries,
                dialect=dialect,
                blocking=False,
            )
        )

    @cached_property
    def videos(self) -> AsyncVideos:
        """Make, find, change and fetch videos."""
        from cutaway.client.operations import VideoOperations
        from cutaway.client.video import bound_async
        from cutaway.client.videos_async import AsyncVideos

        return AsyncVideos(VideoOperations(self._session, self._file_operations, self._journal, bound_async))

    @cached_property
    def files(self) -> AsyncFiles:
        """Upload references by hand."""
        from cutaway.client.files import AsyncFiles

        return AsyncFiles(self._file_operations)

    @cached_property
    def models(self) -> AsyncModels:
        """The models the server has."""
        from cutaway.client.models import AsyncModels

        return AsyncModels(self._session)

    async def capabilities(self) -> Capabilities:
        """What the server speaks, its models, formats and styles.

        Raises:
            UnsupportedCapability: it speaks the plain Videos API and cannot say.
        """
        return await self._capabilities()

    async def close(self) -> None:
        """Close connections and journal. Jobs go on."""
        await self._close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
