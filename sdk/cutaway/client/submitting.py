"""A submission on its way to the server: its files uploaded, noted under its key, sent, and its answer noted.

The note is on disk before the request leaves, so that whatever happens then, this machine knows what it asked for.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from typing import TYPE_CHECKING, Any

from cutaway.client.dialects.base import Submission
from cutaway.client.refusal import parsed
from cutaway.client.submission import local_files, merged, replaced
from cutaway.errors import APIError, ConnectionFailed, NotFound, ServerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cutaway.client.dialects.base import Encoded
    from cutaway.client.files import FileOperations
    from cutaway.client.journal import Journal
    from cutaway.client.session import Session


class Submitting:
    """Sends what makes a job, for one client."""

    def __init__(self, session: Session, files: FileOperations, journal: Journal) -> None:
        self._session, self._files, self._journal = session, files, journal

    async def submit(self, submission: Submission, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The job a submission became, decoded; sent once more if the server has meanwhile dropped a file uploaded for
        an earlier one.
        """
        try:
            return await self._send(submission, asked)
        except NotFound as refused:
            if refused.code != "file_not_found" or not self._files.forget():
                raise
            return await self._send(submission, asked)

    async def _send(self, submission: Submission, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Send a submission under one key, noted before it leaves."""
        dialect = await self._session.dialect()
        if dialect.traits.keeps_files:
            submission = await self._uploaded(submission)
        encoded = dialect.encode(submission)
        headers = dict(asked.get("extra_headers", {}))
        key = _popped(headers, "idempotency-key") or new_key()
        json_body, fields = _with_extra(encoded, asked.get("extra_body", {}))
        self._journal.sending(key, self._session.server, _digest(encoded.path, json_body, fields))
        try:
            answer = await self._session.create(
                encoded.path,
                key,
                json=json_body,
                fields=fields,
                files=encoded.files,
                headers=headers,
                query=query_of(asked),
                timeout=asked.get("timeout"),
            )
        except (APIError, ConnectionFailed) as error:
            if not isinstance(error, ServerError):
                self._journal.refused(key)
            raise
        body = parsed(answer)
        video = self._session.understood(body, "video", lambda: dialect.decode_video(body))
        self._journal.accepted(key, video["id"])
        return video

    async def _uploaded(self, submission: Submission) -> Submission:
        """The submission with every local file uploaded and referred to."""
        places = iter([await self._files.reference(part) for part in local_files(submission.body)])
        body = replaced(submission.body, lambda _: next(places))
        return Submission(submission.operation, body, submission.video_id)


def new_key() -> str:
    """A UUID of version 7: milliseconds since 1970, then random bits, so that keys sort by time."""
    raw = int.from_bytes((time.time_ns() // 1_000_000).to_bytes(6, "big") + os.urandom(10), "big")
    raw = raw & ~(0xF << 76) | 0x7 << 76
    raw = raw & ~(0x3 << 62) | 0x2 << 62
    text = f"{raw:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _with_extra(encoded: Encoded, extra: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, dict[str, str]]:
    """The JSON body or the multipart fields of a request, with the caller's `extra_body` over it."""
    if encoded.json is not None:
        return merged(encoded.json, extra), {}
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in extra.items()}
    return None, {**encoded.fields, **texts}


def _digest(path: str, body: Mapping[str, Any] | None, fields: Mapping[str, str]) -> str:
    written = json.dumps([path, body, fields], sort_keys=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()


def _popped(headers: dict[str, str], name: str) -> str | None:
    for given_name in list(headers):
        if given_name.lower() == name:
            return headers.pop(given_name)
    return None


def query_of(call: Mapping[str, Any]) -> dict[str, str]:
    given_query = call.get("extra_query") or {}
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given_query.items()}
