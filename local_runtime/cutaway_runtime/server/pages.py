"""Lists, a page at a time: which page a query asks for, and the page as an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from fastapi.responses import JSONResponse, Response

from cutaway_runtime.jobs.ledger import UnknownCursor
from cutaway_runtime.server.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fastapi import Request

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Read(Protocol[T_co]):
    """Reads a page of something, and says whether there is more behind it."""

    def __call__(self, *, after: str | None, limit: int, newest_first: bool) -> tuple[Sequence[T_co], bool]: ...


def listed(request: Request, read: Read[T], shown: Callable[[T], dict[str, Any]]) -> Response:
    """The page that a request asks for; each thing as `shown` shows it, with its id.

    Raises:
        Refusal: 400, there is no such page.
    """
    after, limit, newest_first = _asked(request)
    try:
        found, more = read(after=after, limit=limit, newest_first=newest_first)
    except UnknownCursor:
        message = f"there is nothing with the id {after!r} to start after"
        raise Refusal(400, "invalid_request", message, param="after") from None
    return page([shown(one) for one in found], more=more)


def page(data: list[dict[str, Any]], *, more: bool, headers: dict[str, str] | None = None) -> Response:
    """A page as an answer."""
    ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {"first_id": None, "last_id": None}
    return JSONResponse({"object": "list", "data": data, **ends, "has_more": more}, headers=headers)


def _asked(request: Request) -> tuple[str | None, int, bool]:
    """`after`, `limit` and whether the newest come first."""
    query = request.query_params
    text, order = query.get("limit") or "20", query.get("order") or "desc"
    limit = int(text) if text.isdecimal() and len(text) < 5 else 0
    if not 1 <= limit <= 100:
        raise Refusal(400, "invalid_request", f"limit is a whole number from 1 to 100, not {text!r}", param="limit")
    if order not in {"asc", "desc"}:
        raise Refusal(400, "invalid_request", f"order is asc or desc, not {order!r}", param="order")
    return query.get("after") or None, limit, order == "desc"
