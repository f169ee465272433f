"""Answers as they came: status, headers and bytes, for whoever needs more than what a verb gives.

    answer = client.videos.with_raw_response.create(prompt="a red ball")
    answer.headers["x-request-id"], answer.parse().id

Each verb keeps its keywords and types. Verbs that hold several conversations with a server (`create_and_poll`, `poll`,
`resume`, `recover`) have no single answer and are not here.
"""

from __future__ import annotations

import json
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from cutaway.client.request import Headers
from cutaway.errors import APIError, UnsupportedCapability

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from cutaway.client.files import AsyncFiles, Files
    from cutaway.client.models import AsyncModels, Models
    from cutaway.client.request import Answer
    from cutaway.client.session import Session
    from cutaway.client.videos import AsyncVideos, Videos

P = ParamSpec("P")
T = TypeVar("T")


class RawAnswer(Generic[T]):
    """An answer as it came, and what the verb makes of it."""

    def __init__(self, answer: Answer, meaning: T | APIError) -> None:
        self.status_code = answer.status
        self.headers = Headers(answer.headers)
        self.content = answer.body
        self._meaning = meaning

    @property
    def request_id(self) -> str | None:
        """The server's own name for this exchange, to be quoted to its operator."""
        return self.headers.get("x-request-id")

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: it is none.
        """
        return json.loads(self.content)

    def parse(self) -> T:
        """What the verb itself would have given.

        Raises:
            APIError: the answer is not what was asked for.
        """
        if isinstance(self._meaning, APIError):
            raise self._meaning
        return self._meaning

    def __repr__(self) -> str:
        kind = self.headers.get("content-type", "")
        return f"<{type(self).__name__} {self.status_code} {kind} {len(self.content)} bytes>"


def heard(session: Session, verb: Callable[P, T]) -> Callable[P, RawAnswer[T]]:
    """The verb, giving its last answer."""

    @wraps(verb)
    def raw(*args: P.args, **asked: P.kwargs) -> RawAnswer[T]:
        with session.hearing() as answers:
            try:
                meaning: T | APIError = verb(*args, **asked)
            except APIError as error:
                meaning = _not_understood(error)
            return RawAnswer(_last(answers), meaning)

    return _told_alike(raw, verb)


def heard_async(session: Session, verb: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[Any, Any, RawAnswer[T]]]:
    """The asynchronous verb, giving its last answer."""

    @wraps(verb)
    async def raw(*args: P.args, **asked: P.kwargs) -> RawAnswer[T]:
        with session.hearing() as answers:
            try:
                meaning: T | APIError = await verb(*args, **asked)
            except APIError as error:
                meaning = _not_understood(error)
            return RawAnswer(_last(answers), meaning)

    return _told_alike(raw, verb)


def _told_alike(raw: Callable[P, T], verb: Callable[P, Any]) -> Callable[P, T]:
    """`raw` with the signature of its verb, but for what comes back."""
    shape = signature(verb)
    raw.__signature__ = shape.replace(return_annotation=f"RawAnswer[{shape.return_annotation}]")  # type: ignore[attr-defined]
    return raw


def _last(answers: Sequence[Answer]) -> Answer:
    if not answers:
        raise UnsupportedCapability(
            "there is no answer to look at: this server had sent it before",
            capability="raw answer",
            alternative="the same verb without with_raw_response",
        )
    return answers[-1]


def _not_understood(error: APIError) -> APIError:
    """An answer that is not what was asked for can still be looked at; a refusal is raised as ever."""
    if error.status_code:
        raise error
    return error


class RawVideos:
    """The verbs on videos, each giving its answer as it came."""

    def __init__(self, videos: Videos, session: Session) -> None:
        self.create = heard(session, videos.create)
        self.estimate = heard(session, videos.estimate)
        self.edit = heard(session, videos.edit)
        self.extend = heard(session, videos.extend)
        self.remix = heard(session, videos.remix)
        self.fill = heard(session, videos.fill)
        self.blend = heard(session, videos.blend)
        self.loop = heard(session, videos.loop)
        self.retrieve = heard(session, videos.retrieve)
        self.list = heard(session, videos.list)
        self.delete = heard(session, videos.delete)
        self.cancel = heard(session, videos.cancel)
        self.download_content = heard(session, videos.download_content)
        self.create_character = heard(session, videos.create_character)
        self.get_character = heard(session, videos.get_character)
        self.list_characters = heard(session, videos.list_characters)
        self.delete_character = heard(session, videos.delete_character)


class AsyncRawVideos:
    """The verbs on videos, each giving its answer as it came."""

    def __init__(self, videos: AsyncVideos, session: Session) -> None:
        self.create = heard_async(session, videos.create)
        self.estimate = heard_async(session, videos.estimate)
        self.edit = heard_async(session, videos.edit)
        self.extend = heard_async(session, videos.extend)
        self.remix = heard_async(session, videos.remix)
        self.fill = heard_async(session, videos.fill)
        self.blend = heard_async(session, videos.blend)
        self.loop = heard_async(session, videos.loop)
        self.retrieve = heard_async(session, videos.retrieve)
        self.list = heard_async(session, videos.list)
        self.delete = heard_async(session, videos.delete)
        self.cancel = heard_async(session, videos.cancel)
        self.download_content = heard_async(session, videos.download_content)
        self.create_character = heard_async(session, videos.create_character)
        self.get_character = heard_async(session, videos.get_character)
        self.list_characters = heard_async(session, videos.list_characters)
        self.delete_character = heard_async(session, videos.delete_character)


class RawFiles:
    """The verbs on files, each giving its answer as it came."""

    def __init__(self, files: Files, session: Session) -> None:
        self.create = heard(session, files.create)
        self.retrieve = heard(session, files.retrieve)
        self.delete = heard(session, files.delete)


class AsyncRawFiles:
    """The verbs on files, each giving its answer as it came."""

    def __init__(self, files: AsyncFiles, session: Session) -> None:
        self.create = heard_async(session, files.create)
        self.retrieve = heard_async(session, files.retrieve)
        self.delete = heard_async(session, files.delete)


class RawModels:
    """The verbs on models, each giving its answer as it came."""

    def __init__(self, models: Models, session: Session) -> None:
        self.list = heard(session, models.list)


class AsyncRawModels:
    """The verbs on models, each giving its answer as it came."""

    def __init__(self, models: AsyncModels, session: Session) -> None:
        self.list = heard_async(session, models.list)
