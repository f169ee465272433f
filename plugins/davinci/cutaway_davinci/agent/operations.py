"""The named operations of the agent; there are no others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cutaway_davinci.agent.backup import backup, opened_again
from cutaway_davinci.agent.connect import checked, connected
from cutaway_davinci.agent.journal import Journal
from cutaway_davinci.agent.listing import listing
from cutaway_davinci.agent.looking import grab, reveal, selection
from cutaway_davinci.agent.placing import place, remove, settled
from cutaway_davinci.agent.session import Session
from cutaway_davinci.agent.trouble import REQUEST, UNREACHABLE, Trouble, half_answers

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

    def answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Carries out one operation.

        Raises:
            Trouble: it could not be.
        """
        known: dict[str, Callable[[Session, dict[str, Any]], dict[str, Any]]] = {
            "snapshot": snapshot,
            "selection": selection,
            "grab": grab,
            "reveal": reveal,
            "backup": backup,
            "place": place,
            "remove": remove,
        }
        if operation not in known:
            raise Trouble(REQUEST, "{!r} is none of {}".format(operation, ", ".join(known)))
        if self._session is None:
            self._session = Session(connected())
        try:
            with half_answers():
                return known[operation](self._session, asked)
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


def snapshot(session: Session, asked: dict[str, Any]) -> dict[str, Any]:
    """The timeline and what the journal says of it; what was cut short before is taken back first."""
    opened_again(session, asked["journal"])
    found = listing(session)
    key = found["timeline"]["key"]
    journal = asked["journal"].replace("{timeline}", key)
    if settled(session, journal, key):
        found = listing(session)
    live = [entry for entry in Journal(journal).entries(key).values() if entry["state"] == "done"]
    return dict(
        found,
        journal=journal,
        placed=live,
        application={"product": session.product, "version": session.shown, "studio": session.studio},
    )
