"""What a route takes and answers, said beside it; `openapi` draws the document of it.

@router.post("", summary="Make a video")
@speaks(Video, takes=VideoCreate, answers={404, 409}, keyed=True)
async def create(request: Request) -> Response: ...
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pydantic import BaseModel

Endpoint = TypeVar("Endpoint", bound="Callable[..., object]")

_KEY: Final = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a query, or a header."""

    name: str
    schema: Mapping[str, Any]
    description: str
    place: str = "query"

    def drawn(self) -> dict[str, Any]:
        """As the document has it."""
        return {"name": self.name, "in": self.place, "description": self.description, "schema": dict(self.schema)}


PAGE: Final = (
    Parameter("after", {"type": "string"}, "The id to go on behind: `last_id` of the page before."),
    Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}, "How many."),
    Parameter("order", {"type": "string", "enum": ["asc", "desc"], "default": "desc"}, "By time of arrival."),
)
IDEMPOTENT: Final = Parameter(
    "Idempotency-Key", _KEY, "The same key again, within a day, gets the same job instead of another one.", "header"
)


@dataclass(frozen=True)
class Spoken:
    """What a route takes and answers."""

    gives: tuple[type[BaseModel] | str, ...]
    """Models, one of which is answered as JSON; or media types."""
    takes: type[BaseModel] | None
    needs: tuple[str, ...]
    """Fields of the body that this route cannot do without."""
    reads: tuple[Parameter, ...]
    answers: frozenset[int]
    keyed: bool
    open: bool
    instead: Mapping[int, type[BaseModel]]
    """Statuses above 399 whose body is no error."""


def speaks(
    *gives: type[BaseModel] | str,
    takes: type[BaseModel] | None = None,
    needs: Iterable[str] = (),
    reads: Iterable[Parameter] = (),
    answers: Iterable[int] = (),
    keyed: bool = False,
    open: bool = False,  # noqa: A002 - to everybody
    instead: Mapping[int, type[BaseModel]] | None = None,
) -> Callable[[Endpoint], Endpoint]:
    """What a route takes and answers, beside what they all do.

    Args:
        gives: models of a JSON answer, or media types of another one.
        takes: the model of the body, in each of the three media types.
        needs: fields of the body that this route cannot do without.
        reads: parameters beside those in the path.
        answers: statuses beside 200 and those that follow from the rest.
        keyed: an Idempotency-Key is understood.
        open: no key is wanted.
        instead: statuses above 399 that are answered with a model of their own.
    """
    said = Spoken(
        gives,
        takes,
        tuple(needs),
        tuple(reads),
        frozenset({*answers, *(instead or {})}),
        keyed,
        open,
        instead or {},
    )

    def marked(endpoint: Endpoint) -> Endpoint:
        endpoint.__spoken__ = said  # type: ignore[attr-defined]
        return endpoint

    return marked
