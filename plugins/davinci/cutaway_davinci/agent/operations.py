"""The named operations of the agent; there are no others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cutaway_davinci.agent.backup import backup, opened_again
from cutaway_davinci.agent.connect import checked, connected
from cutaway_davinci.agent.journal import Journal
from cutaway_davinci.agent.laying import lies
from cutaway_davinci.agent.listing import listing, same_file
from cutaway_davinci.agent.lock import writing
from cutaway_davinci.agent.looking import grab, reveal, selection
from cutaway_davinci.agent.placing import place, remove, settled
from cutaway_davinci.agent.probe import examine
from cutaway_davinci.agent.session import Session
from cutaway_davinci.agent.trouble import BUSY, DIALOG, REQUEST, UNREACHABLE, Trouble, half_answers

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 1 << 20
"""Characters of one request."""


class Operations:
    """Answers requests on one Resolve.

    Args:
        resolve: where it is given, as to a script of the Scripts menu; else it is looked for at the first request.
    """

    def __init__(self, resolve: Any | None = None) -> None:
        self._session = Session(checked(resolve)) if resolve is not None else None
        self._was_given = resolve is not None

    def answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Carries out one operation.

        Raises:
            Trouble: it could not be.
        """
        if operation not in _READING and operation not in _WRITING:
            raise Trouble(REQUEST, "{!r} is none of {}".format(operation, ", ".join((*_READING, *_WRITING))))
        if self._session is None:
            self._session = Session(connected())
        session = self._session
        if not self._was_given:
            self._session = None  # looked for again, unless it answers: Resolve may have been quit meanwhile
        try:
            answer = _carried_out(session, operation, asked)
        except Trouble as trouble:
            if trouble.code not in {UNREACHABLE, DIALOG}:
                self._session = session
            raise
        self._session = session
        return answer


def _carried_out(session: Session, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        with half_answers():
            if operation in _READING:
                return _READING[operation](session, asked)
            with writing(asked["folder"]):
                return _WRITING[operation](session, asked)
    except KeyError as error:
        raise Trouble(REQUEST, f"{operation} lacks {error}") from error


def replied(operations: Operations, line: str) -> dict[str, Any]:
    """What is said to one line: an answer, or what is wrong, under the id that the line has."""
    name = None
    try:
        try:
            request = json.loads(line[:MOST])
            name, do, asked = request["id"], request["do"], request["with"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Trouble(REQUEST, "a request is one line of JSON with id, do and with") from None
        return {"id": name, "answer": operations.answer(do, asked)}
    except Trouble as trouble:
        return {"id": name, "trouble": {"code": trouble.code, "message": trouble.message}}
    except Exception as error:  # noqa: BLE001 - a script module that dies is said, not died of
        message = f"{type(error).__name__}: {error}. Restart Resolve if this stays"
        return {"id": name, "trouble": {"code": UNREACHABLE, "message": message}}


def about(session: Session, asked: dict[str, Any]) -> dict[str, Any]:
    """Which Resolve this is; asks nothing of its project."""
    del asked
    return {"product": session.product, "version": session.shown, "studio": session.studio}


def opened(session: Session, asked: dict[str, Any]) -> dict[str, Any]:
    """Which timeline of which project is open; cheap enough to be asked again and again."""
    del asked
    return {"project": session.project().GetUniqueId(), "timeline": session.timeline().GetUniqueId()}


def snapshot(session: Session, asked: dict[str, Any]) -> dict[str, Any]:
    """The timeline and what the journal says of it; what was cut short before is taken back first.

    What another process of ours has begun is not cut short, but under way: it is left to it.
    """
    found = _settled(session, asked)
    key = found["timeline"]["key"]
    journal = asked["journal"].replace("{timeline}", key)
    entries = list(Journal(journal).entries(key).values())
    live = [_as_shown(found, entry, entries) for entry in entries if entry["state"] == "done"]
    return dict(found, journal=journal, placed=live, application=about(session, {}))


def _as_shown(found: dict[str, Any], entry: dict[str, Any], entries: list[dict[str, Any]]) -> dict[str, Any]:
    """An entry with the take that its item shows: in Resolve's take selector the editor may have chosen another."""
    there = lies(found, entry["item"])
    path = (there["media"] or {}).get("path", "") if there is not None else entry["media"]
    shown = entry if same_file(path, entry["media"]) else None
    for other in entries:
        if shown is None and other["card"] == entry["card"] and same_file(path, other["media"]):
            shown = other
    return dict(entry, take=shown["take"]) if shown is not None else entry


def _settled(session: Session, asked: dict[str, Any]) -> dict[str, Any]:
    """The listing of the timeline, once what was cut short is taken back."""
    try:
        with writing(asked["folder"], patience=0):
            opened_again(session, asked["journal"])
            found = listing(session)
            key = found["timeline"]["key"]
            return listing(session) if settled(session, asked["journal"].replace("{timeline}", key), key) else found
    except Trouble as trouble:
        if trouble.code != BUSY:
            raise
    return listing(session)


_READING: dict[str, Callable[[Session, dict[str, Any]], dict[str, Any]]] = {
    "about": about,
    "examine": examine,
    "opened": opened,
    "snapshot": snapshot,
    "selection": selection,
}
_WRITING: dict[str, Callable[[Session, dict[str, Any]], dict[str, Any]]] = {
    "grab": grab,
    "reveal": reveal,
    "backup": backup,
    "place": place,
    "remove": remove,
}
