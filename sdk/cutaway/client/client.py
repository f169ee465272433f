"""The two clients. Making one opens nothing: address, connection and journal wait for the first request."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypedDict, TypeVar, Unpack

from cutaway.client.io import IO, AsyncIO, BlockingIO, run
from cutaway.client.keywords import Call, sent, spelled_out
from cutaway.client.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from cutaway.client.dialects.base import Dialect
    from cutaway.client.files import AsyncFiles, FileOperations, Files
    from cutaway.client.journal import Journal
    from cutaway.client.models import AsyncModels, Models
    from cutaway.client.probe import Finding
    from cutaway.client.videos import AsyncVideos, Videos
    from cutaway.webhooks import Webhooks
    from cutaway.wire import Capabilities, QueueState, Style


T = TypeVar("T")


class Options(TypedDict, total=False):
    """What `with_options` changes; the rest stays."""

    base_url: str | None
    api_key: str | None
    timeout: float | None
    max_retries: int
    dialect: str | Dialect | None
    emulate: bool
    default_headers: Mapping[str, str] | None
    webhook_secret: str | None


class _Parts:
    """What both clients are made of; each part is made when it is first asked for."""

    def __init__(self, io: IO, options: Options, *, blocking: bool) -> None:
        self._options = options
        self._emulate = options.get("emulate", False)
        self._origin: _Parts | None = None
        self._session = Session(
            io,
            base_url=options.get("base_url"),
            api_key=options.get("api_key"),
            timeout=options.get("timeout"),
            max_retries=options.get("max_retries", 2),
            dialect=options.get("dialect"),
            headers=options.get("default_headers"),
            blocking=blocking,
        )

    @property
    def server(self) -> str:
        """The server's address as it was given; "local" for the local runtime, whichever port it has."""
        return self._session.server

    @cached_property
    def webhooks(self) -> Webhooks:
        """Messages that a server sends when jobs end: is this one really from it, and what does it say?"""
        from cutaway.webhooks import Webhooks

        return Webhooks(self._options.get("webhook_secret"))

    @cached_property
    def _journal(self) -> Journal:
        from cutaway.client.journal import Journal

        return self._origin._journal if self._origin else Journal(self._session.home)  # noqa: SLF001 - one of us

    @cached_property
    def _file_operations(self) -> FileOperations:
        from cutaway.client.files import FileOperations

        origin = self._origin
        if origin is None or origin.server != self.server:
            return FileOperations(self._session)
        return FileOperations(self._session, origin._file_operations.uploaded)  # noqa: SLF001 - one of us

    def _from(self, origin: _Parts, changed: Options) -> Self:
        """This client as another one's variation: its connections, its journal, and what it knows of the server."""
        self._origin = origin
        if not changed.keys() & {"base_url", "dialect"}:
            self._session.knows(origin._session)
        return self

    async def _inquire(self) -> Finding:
        from cutaway.client.probe import Finding, inquire

        given = self._options.get("dialect")
        if given is None or isinstance(given, str):
            return await inquire(self._session, given)
        return Finding(given.name, "dialect= of the client")

    async def _asked(self, path: str, what: str, read: Callable[[Any], T], instead: str, call: Call) -> T:
        """What only a server that speaks cutaway can say of itself."""
        from cutaway.client.refusal import parsed
        from cutaway.errors import UnsupportedCapability

        dialect = await self._session.dialect()
        if dialect.name != "cutaway":
            raise UnsupportedCapability(
                f"{self._session.server} speaks {dialect.traits.title}, which has no {what}"
                + (f"; instead: {instead}" if instead else ""),
                capability=path.rpartition("/")[2],
                alternative=instead or None,
            )
        body = parsed(await self._session.call("GET", path, **sent(call)))
        return self._session.understood(body, what, lambda: read(body))

    async def _capabilities(self, call: Call) -> Capabilities:
        from cutaway.wire import Capabilities

        instead = "client.models.list()"
        return await self._asked(
            "/cutaway/capabilities", "list of capabilities", Capabilities.model_validate, instead, call
        )

    async def _queue(self, call: Call) -> QueueState:
        from cutaway.wire import QueueState

        return await self._asked("/cutaway/queue", "word on its queue", QueueState.model_validate, "", call)

    async def _styles(self, call: Call) -> Sequence[Style]:
        from cutaway.wire import Style

        def read(body: Any) -> Sequence[Style]:
            return [Style.model_validate(style) for style in body["data"]]

        return await self._asked("/cutaway/styles", "list of styles", read, "say the look in the prompt", call)

    async def _close(self) -> None:
        if self._origin is not None:
            return
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
    where that is safe. `dialect` names how the server speaks (docs/servers) and is found out if left out.
    With `emulate`, what the server lacks may be done another way, which `video.cutaway.emulated` tells.
    `default_headers` go with every request to this server, such as those of a gateway before it.
    `webhook_secret` is for `client.webhooks`. `io` must be one that blocks, such as
    `cutaway.client.io_stdlib.StdlibIO()` where httpx cannot be installed.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float | None = 60.0,
        max_retries: int = 2,
        dialect: str | Dialect | None = None,
        emulate: bool = False,
        default_headers: Mapping[str, str] | None = None,
        webhook_secret: str | None = None,
        io: IO | None = None,
    ) -> None:
        options = Options(
            base_url=base_url,
            api_key=api_key,
            timeout=timeout,
            max_retries=max_retries,
            dialect=dialect,
            emulate=emulate,
            default_headers=default_headers,
            webhook_secret=webhook_secret,
        )
        super().__init__(io or BlockingIO(), options, blocking=True)

    def with_options(self, **changed: Unpack[Options]) -> Cutaway:
        """A client like this one but for these options. It shares this one's connections, and ends with it."""
        options: dict[str, Any] = {**self._options, **changed}
        made = Cutaway(**options, io=self._session.io)
        return made._from(self, changed)

    @cached_property
    def videos(self) -> Videos:
        """Make, find, change and fetch videos."""
        from cutaway.client.operations import VideoOperations
        from cutaway.client.video import bound
        from cutaway.client.videos import Videos

        logic = VideoOperations(self._session, self._file_operations, self._journal, bound, emulate=self._emulate)
        return Videos(logic)

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

    def dialect(self) -> Finding:
        """How this server is spoken to, such as "sglang", and by what that is known.

        Raises:
            ConnectionFailed: nobody is there to be asked.
        """
        return run(self._inquire())

    @spelled_out(Call)
    def capabilities(self, **call: Unpack[Call]) -> Capabilities:
        """What the server speaks, its models, formats and styles.

        Raises:
            UnsupportedCapability: it speaks the plain Videos API and cannot say.
        """
        return run(self._capabilities(call))

    @spelled_out(Call)
    def queue(self, **call: Unpack[Call]) -> QueueState:
        """What the server is busy with, in the order of turns.

        Raises:
            UnsupportedCapability: it cannot say.
        """
        return run(self._queue(call))

    @spelled_out(Call)
    def styles(self, **call: Unpack[Call]) -> Sequence[Style]:
        """The looks that have a name here, and which models know them.

        Raises:
            UnsupportedCapability: it cannot say.
        """
        return run(self._styles(call))

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
    where that is safe. `dialect` names how the server speaks (docs/servers) and is found out if left out.
    With `emulate`, what the server lacks may be done another way, which `video.cutaway.emulated` tells.
    `default_headers` go with every request to this server, such as those of a gateway before it.
    `webhook_secret` is for `client.webhooks`.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float | None = 60.0,
        max_retries: int = 2,
        dialect: str | Dialect | None = None,
        emulate: bool = False,
        default_headers: Mapping[str, str] | None = None,
        webhook_secret: str | None = None,
        io: IO | None = None,
    ) -> None:
        options = Options(
            base_url=base_url,
            api_key=api_key,
            timeout=timeout,
            max_retries=max_retries,
            dialect=dialect,
            emulate=emulate,
            default_headers=default_headers,
            webhook_secret=webhook_secret,
        )
        super().__init__(io or AsyncIO(), options, blocking=False)

    def with_options(self, **changed: Unpack[Options]) -> AsyncCutaway:
        """A client like this one but for these options. It shares this one's connections, and ends with it."""
        options: dict[str, Any] = {**self._options, **changed}
        made = AsyncCutaway(**options, io=self._session.io)
        return made._from(self, changed)

    @cached_property
    def videos(self) -> AsyncVideos:
        """Make, find, change and fetch videos."""
        from cutaway.client.operations import VideoOperations
        from cutaway.client.video import bound_async
        from cutaway.client.videos import AsyncVideos

        logic = VideoOperations(self._session, self._file_operations, self._journal, bound_async, emulate=self._emulate)
        return AsyncVideos(logic)

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

    async def dialect(self) -> Finding:
        """How this server is spoken to, such as "sglang", and by what that is known.

        Raises:
            ConnectionFailed: nobody is there to be asked.
        """
        return await self._inquire()

    @spelled_out(Call)
    async def capabilities(self, **call: Unpack[Call]) -> Capabilities:
        """What the server speaks, its models, formats and styles.

        Raises:
            UnsupportedCapability: it speaks the plain Videos API and cannot say.
        """
        return await self._capabilities(call)

    @spelled_out(Call)
    async def queue(self, **call: Unpack[Call]) -> QueueState:
        """What the server is busy with, in the order of turns.

        Raises:
            UnsupportedCapability: it cannot say.
        """
        return await self._queue(call)

    @spelled_out(Call)
    async def styles(self, **call: Unpack[Call]) -> Sequence[Style]:
        """The looks that have a name here, and which models know them.

        Raises:
            UnsupportedCapability: it cannot say.
        """
        return await self._styles(call)

    async def close(self) -> None:
        """Close connections and journal. Jobs go on."""
        await self._close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
