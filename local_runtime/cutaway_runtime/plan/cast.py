"""The characters of a request: who is meant, and how many of their pictures a model is shown.

    people = allotted(people, sent, model)      so that the pictures of all fit into `ModelInfo.references`

Of each character one picture at least is shown, or the request is refused: somebody whose look is lost is
somebody else. The engines of previews look at as many as there are. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

from cutaway.wire import MAX_REFERENCES, Adjustment
from cutaway_runtime.names import mentions
from cutaway_runtime.plan.request import PlanError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from cutaway.wire import ModelInfo

CHARACTER: Final = "character."
"""How the role of a character's still begins; the number of the character and that of the still follow."""


class Casting(BaseModel):
    """A character in a job. `pictures` of its stills are shown, the best ones first."""

    id: str
    name: str
    description: str = ""
    pictures: int = 1
    listed: bool = False
    """It is to be seen whatever the prompts say: it was listed, not only named."""


def role(person: int, picture: int) -> str:
    """The role of one still of one character of a job, both counted from 0."""
    return f"{CHARACTER}{person}.{picture}"


def allotted(
    people: Sequence[Casting], sent: int, model: ModelInfo, others: Collection[ModelInfo] = ()
) -> tuple[list[Casting], list[Adjustment]]:
    """The characters with as many pictures as the model takes beside the `sent` ones, and what was left out.

    Raises:
        PlanError: more characters than the model can be shown pictures, or than one request may have.
    """
    if len(people) > MAX_REFERENCES:
        raise PlanError(
            f"{len(people)} characters are meant; one video has at most {MAX_REFERENCES}", param="characters"
        )
    if model.preview or not people:
        return list(people), []
    room = model.references - sent
    if room < len(people):
        who = ", ".join(repr(one.name) for one in people)
        able = [i.id for i in others if i.installed and (i.preview or i.references >= sent + len(people))]
        beside = f", {sent} of them taken by cutaway.references" if sent else ""
        takes = f"takes {model.references or 'no'} reference pictures{beside}"
        instead = f" Name fewer characters, or use model {' or '.join(able)}" if able else " Name fewer characters"
        raise PlanError(
            f"{len(people)} characters are meant ({who}), each with a picture at least; model {model.id!r} {takes}."
            f"{instead}",
            code="unsupported_capability",
            param="characters",
        )
    shares = [1] * len(people)
    left = room - len(people)
    while left and any(share < one.pictures for share, one in zip(shares, people, strict=True)):
        for at, one in enumerate(people):
            if left and shares[at] < one.pictures:
                shares[at] += 1
                left -= 1
    why = f"model {model.id!r} takes {model.references} reference pictures; the others of this character are left out"
    told = [
        Adjustment(field=f"characters.{one.name}.pictures", requested=one.pictures, effective=share, reason=why)
        for one, share in zip(people, shares, strict=True)
        if share < one.pictures
    ]
    return [one.model_copy(update={"pictures": n}) for one, n in zip(people, shares, strict=True)], told


def meant(prompts: Sequence[str], names: Sequence[str]) -> list[int]:
    """Which of the names the prompts mean, in the order they are first named."""
    found = [mention.which for prompt in prompts for mention in mentions(prompt, names)]
    return list(dict.fromkeys(found))
