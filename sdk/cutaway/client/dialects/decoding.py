"""What servers answer, brought back to the contract: statuses, errors, durations, pages and deletes.

Every function takes a body as it was parsed and gives one with the contract's names and types. All of it is lenient:
servers differ in their statuses, in how they write errors and in what they leave out, and what they add is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Final

from pydantic import ValidationError

from cutaway.wire import Details

STATUSES: Final[Mapping[str, str]] = {
    "queued": "queued",
    "pending": "queued",
    "submitted": "queued",
    "scheduled": "queued",
    "created": "queued",
    "in_progress": "in_progress",
    "processing": "in_progress",
    "running": "in_progress",
    "generating": "in_progress",
    "started": "in_progress",
    "completed": "completed",
    "complete": "completed",
    "succeeded": "completed",
    "success": "completed",
    "done": "completed",
    "failed": "failed",
    "failure": "failed",
    "error": "failed",
    "rejected": "failed",
    "cancelled": "failed",
    "canceled": "failed",
    "expired": "failed",
    "deleted": "failed",
}
"""What servers say, and which of the contract's four statuses it means."""

ENDINGS: Final[Mapping[str, str]] = {
    "cancelled": "cancelled",
    "canceled": "cancelled",
    "expired": "expired",
    "deleted": "deleted",
}
"""Statuses that become `failed` with this error code, unless the server gave a code itself."""

DURATIONS: Final = ("seconds", "duration")
"""Where servers write how long a video is, in seconds; the first one that is there counts."""


def video(body: Any, *, durations: tuple[str, ...] = DURATIONS) -> dict[str, Any]:
    """A job as the contract writes it; a status that nobody knows goes on.

    Raises:
        ValueError: the body is no job.
    """
    if not isinstance(body, Mapping):
        raise ValueError("no video: the body is not an object")
    identity = body.get("id") or body.get("video_id")
    if not isinstance(identity, str):
        raise ValueError("no video: the body has no id")
    said = str(body.get("status") or "queued").lower()
    job: dict[str, Any] = {**body, "id": identity, "object": "video"}
    job["status"] = STATUSES.get(said, "in_progress")
    job["error"] = error(body.get("error"), said) if job["status"] == "failed" else None
    job["seconds"] = next((seconds(body[name]) for name in durations if body.get(name) is not None), "")
    job["progress"] = 100 if job["status"] == "completed" else percent(body.get("progress"))
    job["created_at"] = whole(body.get("created_at"))
    for name in ("model", "size"):
        job[name] = body[name] if isinstance(body.get(name), str) else ""
    for name in ("completed_at", "expires_at"):
        if name in body:
            job[name] = whole(body[name]) or None
    for name in ("prompt", "remixed_from_video_id"):
        if not isinstance(body.get(name), str):
            job.pop(name, None)
    if "cutaway" in job and not _ours(job["cutaway"]):
        del job["cutaway"]
    return job


def page(body: Any, limit: int | None, job: Callable[[Any], dict[str, Any]] = video) -> dict[str, Any]:
    """A page of jobs, each read by `job`, with `has_more` and `last_id` also where the server left them out.

    Raises:
        ValueError: the body is no page, or something on it is no job.
    """
    if not isinstance(body, Mapping) or not isinstance(body.get("data"), list):
        raise ValueError("no page of videos: the body has no list named data")
    data = [job(entry) for entry in body["data"]]
    return {
        "object": "list",
        "data": data,
        "first_id": _text(body.get("first_id")) or (data[0]["id"] if data else None),
        "last_id": _text(body.get("last_id")) or (data[-1]["id"] if data else None),
        "has_more": bool(body.get("has_more", limit is not None and len(data) == limit)),
    }


def deleted(body: Any, video_id: str) -> dict[str, Any]:
    """The answer to a delete. Servers give the contract's object, the job, or nothing: the deed is done either way."""
    identity = _text(body.get("id")) if isinstance(body, Mapping) else ""
    return {"id": identity or video_id, "object": "video.deleted", "deleted": True}


def error(given: Any, said: str) -> dict[str, Any]:
    """A job's error as {"code", "message"}, however it was written; `said` is the status it ended with."""
    code = ENDINGS.get(said, "unknown")
    if isinstance(given, Mapping):
        return {**given, "code": str(given.get("code") or code), "message": str(given.get("message") or said)}
    return {"code": code, "message": str(given or f"the server reports the job as {said}")}


def blocked(job: dict[str, Any], words: str) -> dict[str, Any]:
    """A decoded job; one whose error has these words in it was stopped by a guardrail, and its code says so."""
    if job["error"] is None or words not in job["error"]["message"]:
        return job
    return {**job, "error": {**job["error"], "code": "moderation_blocked"}}


def seconds(value: Any) -> str:
    """A duration as the contract writes it: "4" for 4, 4.0 and "4", "2.96" for 2.96; "" for what is none."""
    if isinstance(value, str):
        return value
    length = number(value)
    if length is None:
        return ""
    return str(int(length)) if length == int(length) else str(length)


def percent(value: Any) -> int:
    """The progress of a job that is not done: 0 to 99."""
    return max(0, min(99, whole(value)))


def whole(value: Any) -> int:
    """A time in Unix seconds; 0 where the server gave none."""
    return int(number(value) or 0)


def number(value: Any) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if isinstance(value, int) or isfinite(value) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _ours(details: Any) -> bool:
    """Whether this is the `cutaway` object of an answer, handed on by something in between."""
    try:
        Details.model_validate(details)
    except ValidationError:
        return False
    return isinstance(details, Mapping)
