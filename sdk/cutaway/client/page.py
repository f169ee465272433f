"""A list of videos that goes on by itself: iterate it, or take it page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cutaway.client.io import run
from cutaway.wire import Video as WireVideo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator, Mapping, Sequence

    from cutaway.client.video import AsyncVideo, Video

    # The videos after a given id, and what their page says about itself.
    Fetch = Callable[[str | None], Coroutine[Any, Any, tuple[Sequence[Video], Mapping[str, Any]]]]
    AsyncFetch = Callable[[str | None], Coroutine[Any, Any, tuple[Sequence[AsyncVideo], Mapping[str, Any]]]]

V = TypeVar("V", bound=WireVideo)


class _Facts(Generic[V]):
    """What both faces share: the videos of one page, and where it stands among the others."""

    def __init__(self, data: Sequence[V], facts: Mapping[str, Any]) -> None:
        self.data = data
        self.first_id: str | None = facts.get("first_id")
        self.last_id: str | None = facts.get("last_id")
        self.has_more: bool = bool(facts.get("has_more"))

    def has_next_page(self) -> bool:
        """Whether the server says that there is more behind this page."""
        return self.has_more and self.last_id is not None

    def _after(self) -> str:
        """The id behind which the next page begins."""
        if self.last_id is None or not self.has_more:
            raise RuntimeError("this is the last page; ask has_next_page() before get_next_page()")
        return self.last_id

    def _unseen(self, data: Sequence[V], facts: Mapping[str, Any]) -> tuple[Sequence[V], Mapping[str, Any]]:
        """A page, or an empty last one in the place of the same videos again, as a server sends that does not page."""
        return ([], {**facts, "has_more": False}) if facts.get("last_id") == self.last_id else (data, facts)


class Page(_Facts["Video"]):
    """One page of videos; iterating it goes on through all the following ones."""

    def __init__(self, fetch: Fetch, data: Sequence[Video], facts: Mapping[str, Any]) -> None:
        super().__init__(data, facts)
        self._fetch = fetch

    def get_next_page(self) -> Page:
        """The page after this one; it may turn out to be empty.

        Raises:
            RuntimeError: this is the last one, as `has_next_page()` says.
        """
        return Page(self._fetch, *self._unseen(*run(self._fetch(self._after()))))

    def iter_pages(self) -> Iterator[Page]:
        """This page and all the following ones."""
        page = self
        yield page
        while page.has_next_page():
            page = page.get_next_page()
            if page.data:
                yield page

    def __iter__(self) -> Iterator[Video]:
        for page in self.iter_pages():
            yield from page.data


class AsyncPage(_Facts["AsyncVideo"]):
    """One page of videos; iterating it goes on through all the following ones."""

    def __init__(self, fetch: AsyncFetch, data: Sequence[AsyncVideo], facts: Mapping[str, Any]) -> None:
        super().__init__(data, facts)
        self._fetch = fetch

    async def get_next_page(self) -> AsyncPage:
        """The page after this one; it may turn out to be empty.

        Raises:
            RuntimeError: this is the last one, as `has_next_page()` says.
        """
        return AsyncPage(self._fetch, *self._unseen(*await self._fetch(self._after())))

    async def iter_pages(self) -> AsyncIterator[AsyncPage]:
        """This page and all the following ones."""
        page = self
        yield page
        while page.has_next_page():
            page = await page.get_next_page()
            if page.data:
                yield page

    async def __aiter__(self) -> AsyncIterator[AsyncVideo]:
        async for page in self.iter_pages():
            for video in page.data:
                yield video


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
