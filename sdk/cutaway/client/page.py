"""A list of videos that goes on by itself: iterate it, or take it page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cutaway.client.io import run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping, Sequence

    from cutaway.client.video import AsyncVideo, Video

    # The videos after a given id, and what their page says about itself.
    Fetch = Callable[[str | None], Awaitable[tuple[Sequence[Video], Mapping[str, Any]]]]
    AsyncFetch = Callable[[str | None], Awaitable[tuple[Sequence[AsyncVideo], Mapping[str, Any]]]]


class Page:
    """One page of videos; iterating it goes on through all the following ones."""

    def __init__(self, fetch: Fetch, data: Sequence[Video], facts: Mapping[str, Any]) -> None:
        self._fetch = fetch
        self.data = data
        self.first_id: str | None = facts.get("first_id")
        self.last_id: str | None = facts.get("last_id")
        self.has_more: bool = bool(facts.get("has_more"))

    def next_page(self) -> Page | None:
        """The page after this one, or None after the last."""
        return run(self._next())

    async def _next(self) -> Page | None:
        if not self.has_more or self.last_id is None:
            return None
        data, facts = await self._fetch(self.last_id)
        # A server that does not page answers with the same videos again.
        return Page(self._fetch, data, facts) if data and facts.get("last_id") != self.last_id else None

    def __iter__(self) -> Iterator[Video]:
        page: Page | None = self
        while page is not None:
            yield from page.data
            page = page.next_page()


class AsyncPage:
    """One page of videos; iterating it goes on through all the following ones."""

    def __init__(self, fetch: AsyncFetch, data: Sequence[AsyncVideo], facts: Mapping[str, Any]) -> None:
        self._fetch = fetch
        self.data = data
        self.first_id: str | None = facts.get("first_id")
        self.last_id: str | None = facts.get("last_id")
        self.has_more: bool = bool(facts.get("has_more"))

    async def next_page(self) -> AsyncPage | None:
        """The page after this one, or None after the last."""
        if not self.has_more or self.last_id is None:
            return None
        data, facts = await self._fetch(self.last_id)
        # A server that does not page answers with the same videos again.
        return AsyncPage(self._fetch, data, facts) if data and facts.get("last_id") != self.last_id else None

    async def __aiter__(self) -> AsyncIterator[AsyncVideo]:
        page: AsyncPage | None = self
        while page is not None:
            for video in page.data:
                yield video
            page = await page.next_page()


class AsyncPages:
    """What listing gives: await it for the first page, or iterate it for every video."""

    def __init__(self, fetch: AsyncFetch, after: str | None) -> None:
        self._fetch, self._after = fetch, after

    async def _first(self) -> AsyncPage:
        return AsyncPage(self._fetch, *await self._fetch(self._after))

    def __await__(self) -> Generator[Any, None, AsyncPage]:
        return self._first().__await__()

    async def __aiter__(self) -> AsyncIterator[AsyncVideo]:
        async for video in await self._first():
            yield video
