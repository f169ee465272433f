"""Everything the SDK asks of the outside world: requests, streams, sleep and a clock.

The logic of the SDK is written once, as coroutines that await nothing but an `IO` and each other.
`AsyncIO` suspends while it waits, and while something is decoded or hashed. `BlockingIO` has the same
methods and never suspends, so `run` finishes a coroutine on top of it in one step: no event loop and no thread.

httpx is imported here and nowhere else, when the first request is made.
"""

from __future__ import annotations

import time
import weakref
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from cutaway.client.request import ABROAD, Answer, Request, repeated, same_server
from cutaway.errors import ConnectionFailed, RequestTimeout

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    import httpx

T = TypeVar("T")

CONNECT_TIMEOUT = 5.0
"""Seconds to reach a server; a loopback or a data centre answers in milliseconds."""
FOLLOWED = frozenset({"GET", "HEAD"})
"""Methods whose redirects are followed; a POST goes where it was sent or nowhere."""
HOME = "cutaway.home"
"""Where a request was meant to go, among the extensions that httpx hands from one to the next."""
LOOPBACK = ("all://127.0.0.1", "all://localhost", "all://[::1]")
"""This machine is reached directly, whatever proxy the environment names."""


class Stream(Protocol):
    """An answer whose body is read as it comes. Close it, also after an error."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in lower case."""
        ...

    async def read(self) -> bytes:
        """The next bytes, as many as there are; empty at the end.

        Raises:
            ConnectionFailed: the connection broke before the end.
        """
        ...

    async def close(self) -> None: ...


class IO(Protocol):
    """How requests leave this machine and how time passes.

    Errors: `ConnectionFailed` where no answer came (`.sent` is False if the request provably never
    left) and `RequestTimeout` where it did not come in time. An error status is an answer, not an error.
    """

    async def request(self, request: Request) -> Answer: ...

    async def stream(self, request: Request) -> Stream: ...

    async def sleep(self, seconds: float) -> None: ...

    async def aside(self, work: Callable[[], T]) -> T:
        """What `work` gives: long work on this machine, such as decoding a picture, that should hold nobody up."""
        ...

    async def close(self) -> None: ...

    def now(self) -> float:
        """Seconds on a clock that never goes back."""
        ...


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never suspends.

    Raises:
        RuntimeError: it suspended; something in it awaited more than a blocking IO.
    """
    try:
        coroutine.send(None)
    except StopIteration as finished:
        return finished.value  # type: ignore[no-any-return]
    finally:
        coroutine.close()
    raise RuntimeError("a blocking call had to wait for an event loop; use AsyncCutaway with an asynchronous IO")


class BlockingIO:
    """`IO` over httpx.Client: its coroutines finish without ever suspending."""

    def __init__(self) -> None:
        self._client: httpx.Client | None = None

    def _opened(self) -> httpx.Client:
        if self._client is None:
            import httpx

            hooks = {"request": [_parted]}
            self._client = httpx.Client(limits=_limits(), mounts=dict.fromkeys(LOOPBACK), event_hooks=hooks)
            weakref.finalize(self, self._client.close)  # a script may end, and a session be forgotten, without `close`
        return self._client

    async def request(self, request: Request) -> Answer:
        client = self._opened()
        with ExitStack() as files, _Translated(request):
            answer = client.send(_built(client, request, files), follow_redirects=request.method in FOLLOWED)
            return Answer(answer.status_code, dict(answer.headers), answer.content)

    async def stream(self, request: Request) -> Stream:
        client = self._opened()
        with ExitStack() as files, _Translated(request):
            built = _built(client, request, files)
            answer = client.send(built, stream=True, follow_redirects=request.method in FOLLOWED)
            return _BlockingStream(request, answer)

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)  # noqa: ASYNC251 - blocking is what this IO is for

    async def aside(self, work: Callable[[], T]) -> T:
        return work()

    async def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def now(self) -> float:
        return time.monotonic()


class AsyncIO:
    """`IO` over httpx.AsyncClient, for asyncio."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            import httpx

            async def parted(request: httpx.Request) -> None:
                _parted(request)

            hooks = {"request": [parted]}
            self._client = httpx.AsyncClient(limits=_limits(), mounts=dict.fromkeys(LOOPBACK), event_hooks=hooks)
        return self._client

    async def request(self, request: Request) -> Answer:
        client = self._opened()
        with ExitStack() as files, _Translated(request):
            built = _built(client, request, files)
            answer = await client.send(built, follow_redirects=request.method in FOLLOWED)
            return Answer(answer.status_code, dict(answer.headers), answer.content)

    async def stream(self, request: Request) -> Stream:
        client = self._opened()
        with ExitStack() as files, _Translated(request):
            built = _built(client, request, files)
            answer = await client.send(built, stream=True, follow_redirects=request.method in FOLLOWED)
            return _AsyncStream(request, answer)

    async def sleep(self, seconds: float) -> None:
        import asyncio

        await asyncio.sleep(seconds)

    async def aside(self, work: Callable[[], T]) -> T:
        import asyncio

        return await asyncio.to_thread(work)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    def now(self) -> float:
        return time.monotonic()


class _BlockingStream:
    def __init__(self, request: Request, answer: httpx.Response) -> None:
        self._request, self._answer = request, answer
        self._chunks = answer.iter_raw()
        self.status, self.headers = answer.status_code, dict(answer.headers)

    async def read(self) -> bytes:
        with _Translated(self._request):
            return next(self._chunks, b"")

    async def close(self) -> None:
        self._answer.close()


class _AsyncStream:
    def __init__(self, request: Request, answer: httpx.Response) -> None:
        self._request, self._answer = request, answer
        self._chunks = answer.aiter_raw()
        self.status, self.headers = answer.status_code, dict(answer.headers)

    async def read(self) -> bytes:
        with _Translated(self._request):
            return await anext(self._chunks, b"")

    async def close(self) -> None:
        await self._answer.aclose()


def _limits() -> httpx.Limits:
    import httpx

    return httpx.Limits(max_connections=None, max_keepalive_connections=20)


def _built(client: httpx.Client | httpx.AsyncClient, request: Request, files: ExitStack) -> httpx.Request:
    """The request as httpx has it; files stay open until `files` is closed."""
    import httpx

    body: dict[str, Any] = {}
    if request.json is not None:
        body["json"] = request.json
    elif request.files:
        body["data"] = dict(request.fields)
        body["files"] = [
            (name, (part.filename, files.enter_context(part.opened()), part.media_type))
            for name, part in repeated(request.files)
        ]
    elif request.fields:
        body["files"] = [(name, (None, text.encode())) for name, text in repeated(request.fields)]
    built = client.build_request(
        request.method,
        request.full_url,
        headers=dict(request.headers),
        timeout=httpx.Timeout(request.timeout, connect=CONNECT_TIMEOUT),
        **body,
    )
    built.extensions[HOME] = str(built.url)
    return built


def _parted(request: httpx.Request) -> None:
    """Before each request and each redirect: another host than the one that was asked is told nothing in confidence."""
    if not same_server(request.extensions[HOME], str(request.url)):
        for name in set(request.headers) - ABROAD:
            del request.headers[name]


class _Translated:
    """Turns httpx's exceptions into ours."""

    def __init__(self, request: Request) -> None:
        self._request = request

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        import httpx

        if not isinstance(error, (httpx.TransportError, httpx.InvalidURL, httpx.TooManyRedirects)):
            return
        # httpx connects before it writes: these four never put a byte of the request on the wire.
        sent = not isinstance(
            error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)
        )
        reason = str(error) or type(error).__name__
        failure = RequestTimeout if isinstance(error, httpx.TimeoutException) else ConnectionFailed
        raise failure(f"{self._request}: no answer: {reason}", request=str(self._request), sent=sent) from error
