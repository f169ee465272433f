"""A submission on its way to the server: its files uploaded, noted under its key, sent, and its answer noted.

The note is on disk before the request leaves, so that whatever happens then, this machine knows what it asked for.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from cutaway.client import keywords
from cutaway.client.dialects.base import Encoded, Submission, below
from cutaway.client.dialects.encoding import missing
from cutaway.client.refusal import parsed
from cutaway.client.request import FilePart, sha256_of
from cutaway.client.submission import local_files, merged, replaced
from cutaway.errors import APIError, BadRequest, ConnectionFailed, NotFound, SubmitUnknown, UnsupportedCapability

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cutaway.client.dialects.base import Dialect
    from cutaway.client.files import FileOperations
    from cutaway.client.journal import Entry, Journal
    from cutaway.client.session import Session

KEPT: Final = 64
"""Requests without an answer that are kept in memory, to be sent again under their keys."""
DID_NOTHING: Final = frozenset({501, 503})
"""Statuses from 500 on with which a server says that it has not begun."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it left, its entry in the journal, and what was emulated in it."""

    entry: Entry
    path: str
    content: Mapping[str, Any]
    emulated: list[str]


class Submitting:
    """Sends what makes a job, for one client."""

    def __init__(self, session: Session, files: FileOperations, journal: Journal) -> None:
        self._session, self._files, self._journal = session, files, journal
        self._unanswered: dict[str, Sent] = {}

    async def submit(self, submission: Submission, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The job a submission became, decoded; sent once more if the server has meanwhile dropped a file uploaded for
        an earlier one. `asked` holds the call's keywords without those left at None.

        Raises:
            SubmitUnknown: it left and no answer came; the job may exist.
        """
        try:
            return await self._submit(submission, asked)
        except NotFound as refused:
            if refused.code != "file_not_found" or not self._files.forget():
                raise
            return await self._submit(submission, asked)

    async def again(self, key: str) -> dict[str, Any] | None:
        """The job of a request that was never answered, sent again under its key; None if it is not kept here.

        Only for a server that honours keys: another would make a second job.
        """
        sent = self._unanswered.get(key)
        if sent is None:
            return None
        # The client's own patience, not that of the call: the bound that was too short would be so again.
        return await self._deliver(replace(sent, content={**sent.content, "timeout": None, "max_retries": None}))

    def entry(self, key: str | None) -> Entry | None:
        """The journal's entry of a request without an answer, the newest without a key, kept here even where the
        journal could not be written.
        """
        if key is None:
            return next((sent.entry for sent in reversed(self._unanswered.values())), None)
        sent = self._unanswered.get(key)
        return None if sent is None else sent.entry

    def settled(self, key: str) -> None:
        """There is nothing more to find out about it."""
        self._unanswered.pop(key, None)

    def answered(self, key: str, video: dict[str, Any]) -> dict[str, Any]:
        """The job of a request, decoded and noted; what was emulated in it is marked."""
        sent = self._unanswered.pop(key, None)
        self._journal.accepted(key, video["id"], _further_takes(video))
        if sent is None or not sent.emulated:
            return video
        from cutaway.client.emulation import marked, remembered

        session = self._session
        return marked(video, remembered(sent.emulated, session.home, session.server, video["id"]))

    async def _submit(self, submission: Submission, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Send a submission under one key, noted before it leaves."""
        if _only_asks(asked.get("extra_body", {})):
            raise BadRequest(
                "dry_run asks what a job would take and makes none: call client.videos.estimate() with the same words",
                code="invalid_request",
                param="cutaway.dry_run",
            )
        dialect = await self._session.dialect()
        submission, encoded, emulated = await self._encoded(dialect, submission, emulate=bool(asked.get("emulate")))
        headers = dict(asked.get("extra_headers", {}))
        key = _popped(headers, "idempotency-key") or new_key()
        json_body, fields = _with_extra(encoded, asked.get("extra_body", {}))
        wanted = submission.body
        entry = self._journal.sending(
            key,
            self._session.server,
            await self._session.io.aside(lambda: _digest(encoded.path, json_body, fields, encoded.files)),
            path=asked.get("save_to"),
            operation=submission.operation,
            prompt=str(wanted.get("prompt") or ""),
            model=str(wanted.get("model") or ""),
            size=str(wanted.get("size") or ""),
            account=self._session.account,
        )
        content = {
            "json": json_body,
            "fields": fields,
            "files": encoded.files,
            **keywords.sent(asked),
            "headers": headers,
        }
        return await self._deliver(Sent(entry, encoded.path, content, emulated))

    async def _deliver(self, sent: Sent) -> dict[str, Any]:
        key = sent.entry.key
        self._unanswered[key] = sent
        while len(self._unanswered) > KEPT:
            del self._unanswered[next(iter(self._unanswered))]
        try:
            answer = await self._session.create(sent.path, key, **sent.content)
            body = parsed(answer)
            dialect = await self._session.dialect()
            video = self._session.understood(body, "video", lambda: dialect.decode_video(body))
        except SubmitUnknown as unknown:
            unknown.digest = sent.entry.digest
            self._journal.unknown(key)
            raise
        except BaseException as error:
            # Ctrl-C and a cancelled task as well: the request may have left.
            if _made_nothing(error):
                self.settled(key)
                self._journal.refused(key)
            else:
                self._journal.unknown(key)
            raise
        return self.answered(key, video)

    async def _encoded(
        self, dialect: Dialect, submission: Submission, *, emulate: bool
    ) -> tuple[Submission, Encoded, list[str]]:
        """The submission in the server's words; where it has none and the caller allows it, done another way.

        Raises:
            UnsupportedCapability: the server cannot do what is asked.
        """
        if dialect.traits.keeps_files:
            submission = await self.uploaded(submission)
        try:
            return submission, dialect.encode(submission), []
        except UnsupportedCapability as refused:
            if not emulate:
                raise
            from cutaway.client.emulation import emulated

            submission, notes = await emulated(submission, refused, dialect, self.clip, self._session.io)
        if dialect.traits.keeps_files:
            submission = await self.uploaded(submission)
        return submission, dialect.encode(submission), notes

    async def clip(self, reference: Mapping[str, Any], folder: Path) -> Path:
        """The file of a clip that a submission names, saved in `folder`."""
        from cutaway.client import download

        if "url" in reference:
            return await download.save(self._session, download.Source(reference["url"], {}, "clip"), folder)
        dialect = await self._session.dialect()
        if not dialect.traits.retrieves:
            raise missing("retrieve", dialect.traits, self._session.server)
        body = parsed(await self._session.call("GET", below(reference["id"])))
        video = self._session.understood(body, "video", lambda: dialect.decode_video(body))
        place = dialect.content(video, "video")
        return await download.save(self._session, download.Source(place.url, place.query, "clip"), folder)

    async def uploaded(self, submission: Submission) -> Submission:
        """The submission with every local file uploaded and referred to."""
        places = iter([await self._files.reference(part) for part in local_files(submission.body)])
        body = replaced(submission.body, lambda _: next(places))
        return Submission(submission.operation, body, submission.video_id)


def _further_takes(video: Mapping[str, Any]) -> list[str]:
    """Ids of the other jobs that a request became."""
    details = video.get("cutaway")
    told = details.get("siblings") if isinstance(details, Mapping) else None
    return [other for other in told if isinstance(other, str)] if isinstance(told, list) else []


def _made_nothing(error: BaseException) -> bool:
    """Whether a create that ended so has certainly become no job."""
    if isinstance(error, APIError):
        return 300 <= error.status_code < 500 or error.status_code in DID_NOTHING
    return isinstance(error, ConnectionFailed) and not error.sent


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
    fields = dict(encoded.fields)
    for name, value in extra.items():
        fields[name] = value if isinstance(value, str) else json.dumps(_over(fields.get(name, ""), value))
    return None, fields


def _over(text: str, value: Any) -> Any:
    """An object over the one that a field holds as JSON; anything else replaces what was there."""
    if not isinstance(value, Mapping) or not text.startswith("{"):
        return value
    return merged(json.loads(text), value)


def _digest(path: str, body: Mapping[str, Any] | None, fields: Mapping[str, Any], files: Mapping[str, Any]) -> str:
    """SHA-256 of what is asked for: of a file its bytes count, not its place."""
    contents = [[name, [sha256_of(part) for part in _listed(given)]] for name, given in files.items()]
    written = json.dumps([path, body, fields, contents], sort_keys=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()


def _only_asks(extra: Mapping[str, Any]) -> bool:
    """Whether a body says that no job is to be made."""
    ours = extra.get("cutaway")
    return bool(extra.get("dry_run") or (isinstance(ours, Mapping) and ours.get("dry_run")))


def _popped(headers: dict[str, str], name: str) -> str | None:
    for given_name in list(headers):
        if given_name.lower() == name:
            return headers.pop(given_name)
    return None


def _listed(given: FilePart | Sequence[FilePart]) -> Sequence[FilePart]:
    return [given] if isinstance(given, FilePart) else given
