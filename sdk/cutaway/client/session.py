"""A conversation with one server: its address and key, what it speaks, and when to try again.

    GET, HEAD, DELETE      repeated after a lost answer and after 408, 429, 500, 502, 503, 504
    POST                   repeated only if it provably never left, or after 429/503 with retry-after
    POST that creates      carries one Idempotency-Key per call; where the server honours keys, repeated as
                           a GET is, and after 409; elsewhere `SubmitUnknown` says that the job may exist

`retry-after-ms`, `retry-after` and an `x-should-retry` of the server win over it, but for a yes that could make a
second job. Redirects are followed for GET and HEAD only, and another host than the server's never sees its key.
"""

# ruff: noqa: ASYNC109 - each timeout is handed to the IO, which bounds every single wait

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from random import uniform
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from cutaway._version import __version__
from cutaway.client import local
from cutaway.client.io import run
from cutaway.client.refusal import GATEWAY, TRANSIENT, refusal, retry_after, worth_repeating
from cutaway.client.request import Answer, FilePart, Request
from cutaway.errors import APIError, BadRequest, ConnectionFailed, SubmitUnknown
from cutaway.home import Home

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence

    from tenacity import RetryCallState

    from cutaway.client.dialects.base import Dialect
    from cutaway.client.io import IO, Stream

T = TypeVar("T")

BACKOFF = (0.5, 8.0)
"""Seconds before the first and before the last repetition; each pause is drawn between half and all of it."""

SECRET = frozenset({"authorization", "cookie", "x-api-key", "api-key"})
"""Headers that no other host than the server sees, whoever set them."""

_heard: ContextVar[list[Answer] | None] = ContextVar("heard", default=None)


class Session:
    """Sends requests below /v1 and returns good answers only. Making one opens nothing."""

    def __init__(
        self,
        io: IO,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout: float | None = 60.0,
        max_retries: int = 2,
        dialect: str | Dialect | None = None,
        home: Home | None = None,
        headers: Mapping[str, str] | None = None,
        blocking: bool = True,
    ) -> None:
        self.io = io
        self._headers = dict(headers or {})
        self._blocking = blocking
        self.home = home or Home.find()
        self.max_retries = max_retries
        self.timeout = timeout
        given = base_url or os.environ.get("CUTAWAY_BASE_URL")
        self._given_url = root_of(given) if given else None
        self._given_key = api_key or os.environ.get("CUTAWAY_API_KEY")
        self._address: tuple[str, str | None] | None = None
        self._dialect: Dialect | None = None if isinstance(dialect, str) else dialect
        self._dialect_name = dialect if isinstance(dialect, str) else None

    async def address(self) -> tuple[str, str | None]:
        """The server's root, without /v1, and the key; without a given address, those of the local runtime.

        Raises:
            RuntimeUnavailable: no address was given and the local runtime is not there and does not start.
        """
        if self._address is None:
            if self._given_url is None:
                url = await local.find_or_start(self.io, self.home)
                self._address = url, self._given_key or local.token(self.home)
            else:
                self._address = self._given_url, self._given_key or local.token_for(self._given_url, self.home)
        return self._address

    def knows(self, other: Session) -> None:
        """Take over what another session has found out about the same server: where it is and what it speaks."""
        if other._address is not None:
            url, key = other._address
            self._address = url, self._given_key or key
        self._dialect = self._dialect or other._dialect

    @property
    def server(self) -> str:
        """The server's name in messages and in the journal; the local runtime keeps one through all its ports."""
        return self._given_url or "local"

    @property
    def account(self) -> str:
        """Tells one key from another without telling it: servers show each key what was made with it."""
        key = self._given_key
        if self._address is not None:
            key = self._address[1]
        elif key is None:
            url = self._given_url
            key = local.token(self.home) if url is None else local.token_for(url, self.home)
        return hashlib.sha256(key.encode()).hexdigest()[:16] if key else ""

    async def dialect(self) -> Dialect:
        """What the server speaks: as given, cutaway for the local runtime, else found out once (`probe`)."""
        if self._dialect is None:
            from cutaway.client.probe import dialect_for

            self._dialect = await dialect_for(self, self._dialect_name)
        return self._dialect

    def finish(self, coroutine: Coroutine[Any, Any, T]) -> T | Coroutine[Any, Any, T]:
        """What a coroutine comes to, on the blocking face; the coroutine, to be awaited, on the other."""
        return run(coroutine) if self._blocking else coroutine

    @contextmanager
    def hearing(self) -> Iterator[list[Answer]]:
        """Every answer that `call` and `create` get meanwhile in this task, error answers as well, in order."""
        answers: list[Answer] = []
        before = _heard.set(answers)
        try:
            yield answers
        finally:
            _heard.reset(before)

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        fields: Mapping[str, str] | None = None,
        files: Mapping[str, FilePart | Sequence[FilePart]] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
        repeatable: bool | None = None,
    ) -> Answer:
        """A good answer to a request for `path` below /v1.

        `repeatable` is true of GET, HEAD and DELETE unless said otherwise. `timeout` and `max_retries` are
        the session's where they are None.

        Raises:
            APIError: the server refused, in one of its kinds.
            ConnectionFailed: no answer came, and repeating did not help or was not safe.
        """
        request = Request(
            method,
            path,
            query or {},
            headers or {},
            json,
            fields or {},
            files or {},
            self.timeout if timeout is None else timeout,
            repeatable=method in {"GET", "HEAD", "DELETE"} if repeatable is None else repeatable,
        )
        try:
            return await self._answered(request, max_retries, [])
        except _Refused as refused:
            raise refusal(refused.request, refused.answer) from None

    async def _answered(self, request: Request, max_retries: int | None, troubles: list[BaseException]) -> Answer:
        """A good answer; `troubles` gets what went wrong with each attempt.

        Raises:
            _Refused, ConnectionFailed: the last trouble.
        """

        async def attempt() -> Answer:
            addressed = await self._addressed(request)
            try:
                answer = await self.io.request(addressed)
            except ConnectionFailed as lost:
                self._forget_local(lost)
                raise
            if (heard := _heard.get()) is not None:
                heard.append(answer)
            if answer.status >= 300:
                raise _Refused(addressed, answer)
            return answer

        return await self._persist(request, attempt, max_retries, troubles)

    async def stream(
        self,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str],
        timeout: float | None,
        max_retries: int | None = None,
    ) -> Stream:
        """A good answer to a GET whose body is yet to be read. It is for the caller to close.

        `path` may be a whole address; the key goes to this server only. `timeout` bounds each read.
        """
        request = Request("GET", path, query or {}, headers, timeout=timeout, repeatable=True)

        async def attempt() -> Stream:
            addressed = await self._addressed(request)
            try:
                stream = await self.io.stream(addressed)
                if stream.status < 300:
                    return stream
                try:
                    body = b""
                    while chunk := await stream.read():
                        body += chunk
                finally:
                    await stream.close()
            except ConnectionFailed as lost:
                self._forget_local(lost)
                raise
            raise _Refused(addressed, Answer(stream.status, stream.headers, body))

        try:
            return await self._persist(request, attempt, max_retries, [])
        except _Refused as refused:
            raise refusal(refused.request, refused.answer) from None

    async def create(
        self,
        path: str,
        key: str,
        *,
        json: Any = None,
        fields: Mapping[str, str] | None = None,
        files: Mapping[str, FilePart | Sequence[FilePart]] | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Answer:
        """The answer to a POST that makes a job, sent under one key and never so that two jobs could come of it.

        Raises:
            SubmitUnknown: the request left, no answer came, and the job may exist.
        """
        traits = (await self.dialect()).traits
        honoured = traits.honours_keys
        if timeout is None and traits.retrieves:
            # Where the answer is the finished video, it takes as long as it takes.
            timeout = self.timeout
        request = Request(
            "POST",
            path,
            query or {},
            {**(headers or {}), "Idempotency-Key": key},
            json,
            fields or {},
            files or {},
            timeout,
            repeatable=honoured,
        )
        troubles: list[BaseException] = []
        try:
            return await self._answered(request, max_retries, troubles)
        except (ConnectionFailed, _Refused) as last:
            error = refusal(last.request, last.answer) if isinstance(last, _Refused) else last
            if _decides(last) or not any(map(_doubtful, troubles)):
                raise error from None
            raise _unknown(key, error, honoured=honoured) from error

    def understood(self, body: Any, what: str, read: Callable[[], T]) -> T:
        """What `read` makes of an answer's body.

        Raises:
            APIError: the body is not `what` was asked for.
        """
        from pydantic import ValidationError

        try:
            return read()
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            reason = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
            raise APIError(f"{self.server} did not answer with a {what}: {reason}", body=body) from error
        except ValueError as error:
            raise APIError(f"{self.server} did not answer with a {what}: {error}", body=body) from error

    async def close(self) -> None:
        await self.io.close()

    async def _addressed(self, request: Request) -> Request:
        url, key = await self.address()
        whole = request.url if "://" in request.url else f"{url}/v1{request.url}"
        usual, asked = {"User-Agent": f"cutaway/{__version__}"}, request.headers
        if urlsplit(whole)[:2] != urlsplit(url)[:2]:
            asked = {name: value for name, value in asked.items() if name.lower() not in SECRET}
        else:
            usual = _over(usual | ({"Authorization": f"Bearer {key}"} if key else {}), self._headers)
        return replace(request, url=whole, headers=_over(usual, asked))

    def _forget_local(self, lost: ConnectionFailed) -> None:
        """A local runtime that does not take connections has gone; the next attempt finds or starts another."""
        if not lost.sent and self._given_url is None:
            self._address = None

    async def _persist(
        self,
        request: Request,
        attempt: Callable[[], Awaitable[T]],
        max_retries: int | None,
        troubles: list[BaseException],
    ) -> T:
        """The result of `attempt`, repeated as the rules in this module's first lines allow."""
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

        def again(error: BaseException) -> bool:
            troubles.append(error)
            if isinstance(error, _Refused):
                return worth_repeating(request, error.answer)
            return isinstance(error, ConnectionFailed) and (request.repeatable or not error.sent)

        retrying = AsyncRetrying(
            sleep=self.io.sleep,
            stop=stop_after_attempt((self.max_retries if max_retries is None else max_retries) + 1),
            retry=retry_if_exception(again),
            wait=_pause,
            reraise=True,
        )
        return await retrying(attempt)


class _Refused(Exception):
    """An error answer on its way through the retry policy."""

    def __init__(self, request: Request, answer: Answer) -> None:
        super().__init__(answer.status)
        self.request, self.answer = request, answer


def _pause(state: RetryCallState) -> float:
    """Seconds before the next attempt: what the server asked for, else a growing time with jitter."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _Refused):
        asked = retry_after(error.answer.headers)
        if asked is not None:
            return asked
    first, longest = BACKOFF
    pause = min(longest, first * 2 ** (state.attempt_number - 1))
    return uniform(pause / 2, pause)  # noqa: S311 - jitter, not a secret


def _doubtful(trouble: BaseException) -> bool:
    """Whether a create that met with this may have become a job: it left, and nobody who knows has answered."""
    if isinstance(trouble, _Refused):
        return trouble.answer.status in GATEWAY
    return isinstance(trouble, ConnectionFailed) and trouble.sent


def _decides(last: ConnectionFailed | _Refused) -> bool:
    """Whether the last answer says that no attempt became a job: one that did would have been answered with it."""
    return isinstance(last, _Refused) and last.answer.status < 500 and last.answer.status not in TRANSIENT | {409}


def _unknown(key: str, error: Exception, *, honoured: bool) -> SubmitUnknown:
    why = "sends it again under its key" if honoured else "looks for it among the server's newest jobs"
    return SubmitUnknown(
        f"the request left and no answer came, so the job may exist; .recover() {why}, and so does "
        f"client.videos.recover({key!r}). Do not simply repeat the call: it may be made and paid for twice ({error})",
        key=key,
    )


def _over(below: Mapping[str, str], above: Mapping[str, str]) -> dict[str, str]:
    """Headers over others of the same names, whatever their case."""
    names = {name.lower() for name in above}
    return {**{name: value for name, value in below.items() if name.lower() not in names}, **above}


def root_of(base_url: str) -> str:
    """The address without a trailing slash and without /v1."""
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadRequest(
            f"a server's address looks like http://127.0.0.1:8000 or https://host/v1, not {base_url!r}",
            code="invalid_base_url",
            param="base_url",
        )
    return base_url.rstrip("/").removesuffix("/v1").rstrip("/")
