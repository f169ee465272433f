"""An error answer becomes a typed exception, however the server wrote it, and says whether to try again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import time
from typing import TYPE_CHECKING, Any

from cutaway.client.request import Headers
from cutaway.errors import STATUS_ERRORS, APIError, ServerError

if TYPE_CHECKING:
    from cutaway.client.request import Answer, Request

TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses after which the same request may well succeed."""
GATEWAY = frozenset({502, 504})
"""Said by something in front of the server, which may or may not have received the request."""
MAX_RETRY_AFTER = 120.0
"""Seconds; a server that asks for a longer pause is not waited for."""


def refusal(request: Request, answer: Answer) -> APIError:
    """The exception for an answer of 300 and above: a redirect that comes here was not to be followed."""
    body = parsed(answer)
    message, code, param = _said(body)
    if answer.status < 400:
        place = answer.headers.get("location", "nowhere")
        message = f"the server sends this on to {place}, where nothing is posted: give that address as base_url"
    if not message:
        text = answer.body[:200].decode("utf-8", "replace").strip()
        message = text or "the server gave no reason"
    facts: dict[str, Any] = {
        "status_code": answer.status,
        "code": code,
        "param": param,
        "request_id": answer.headers.get("x-request-id"),
        "body": body,
        "headers": Headers(answer.headers),
        "retry_after": retry_after(answer.headers),
    }
    text = f"{message} ({request.method} {request.url}: {answer.status})"
    kind = STATUS_ERRORS.get(answer.status, ServerError if answer.status >= 500 else APIError)
    return kind(text, **facts)


def is_job(body: Any) -> bool:
    """Whether the body of an error answer is a job: so some servers, vLLM-Omni for one, tell of one that failed."""
    return isinstance(body, Mapping) and body.keys() >= {"id", "status"}


def parsed(answer: Answer) -> Any:
    """The body as JSON, or None."""
    try:
        return json.loads(answer.body)
    except ValueError:
        return None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The pause a server asks for, in seconds: `retry-after-ms`, or `retry-after` as seconds or as a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name)
        if text is None:
            continue
        try:
            return max(0.0, float(text) * unit)
        except ValueError:
            pass
        try:
            return max(0.0, parsedate_to_datetime(text).timestamp() - time())
        except ValueError:
            continue
    return None


def worth_repeating(request: Request, answer: Answer) -> bool:
    """Whether the same request may be sent again after this answer.

    The server's own word (`x-should-retry`) counts first; but behind its yes to a 5xx the deed may be done, so that a
    request that is not repeatable is sent again only where the server says that it did not take it: a yes to a 4xx,
    or 429 or 503 with a `retry-after`.
    """
    pause = retry_after(answer.headers)
    if pause is not None and pause > MAX_RETRY_AFTER:
        return False
    word = answer.headers.get("x-should-retry")
    if word == "false" or (word == "true" and (request.repeatable or answer.status < 500)):
        return word == "true"
    if request.method == "GET" and is_job(parsed(answer)):
        return False
    if request.repeatable:
        # 409 to a key: the first request with it is still being answered.
        return answer.status in TRANSIENT or (answer.status == 409 and "Idempotency-Key" in request.headers)
    return answer.status in {429, 503} and pause is not None


def _said(body: Any) -> tuple[str, str | None, str | None]:
    """Message, code and parameter of OpenAI's {"error": {...}}, {"error": "..."}, and FastAPI's {"detail": ...}."""
    if not isinstance(body, Mapping):
        return "", None, None
    error = body.get("error")
    if isinstance(error, Mapping):
        return str(error.get("message") or ""), _text(error.get("code")), _text(error.get("param"))
    if isinstance(error, str):
        return error, None, None
    detail = body.get("detail")
    if isinstance(detail, str):
        return detail, None, None
    if isinstance(detail, list) and detail and isinstance(detail[0], Mapping):
        where = ".".join(str(part) for part in detail[0].get("loc", ()) if part != "body")
        return f"{where}: {detail[0].get('msg', '')}", None, where or None
    return str(body.get("message") or ""), _text(body.get("code")), None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
