"""The characters that a request means, found among those that were made here.

A character is meant where a prompt says its name (`names`), where `characters` lists its id or its name,
and where the video that is made anew was made with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cutaway.wire import Adjustment, Verb
from cutaway_runtime.jobs.ledger import NoSuchJob
from cutaway_runtime.names import folded, strangers
from cutaway_runtime.plan.cast import Casting, meant, role
from cutaway_runtime.server.refusal import Refusal
from cutaway_runtime.worker.protocol import JobSpec, Source

if TYPE_CHECKING:
    from cutaway.wire import Character, VideoCreate
    from cutaway_runtime.jobs.ledger import Ledger
    from cutaway_runtime.jobs.shelf import Shelf

STILL: str = "png"
"""The container of every still."""


@dataclass(frozen=True)
class Cast:
    """Who is in a video: the characters, their stills by role, and what there is to tell."""

    people: list[Casting] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    adjustments: list[Adjustment] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [person.id for person in self.people]


def cast_of(ledger: Ledger, shelf: Shelf, wanted: VideoCreate, verb: Verb) -> Cast:
    """The characters of a request, those that are listed first.

    Raises:
        Refusal: 404, a listed one is not here.
    """
    here = ledger.characters()
    by_id = {character.id: character for character in here}
    listed = [_listed(name.id, here, by_id) for name in wanted.characters]
    prompts = [wanted.prompt, *(card.prompt for card in wanted.cutaway.cards)]
    names = [character.name for character in here]
    # A prompt that a language model writes out may lose the names.
    sure = {character.id for character in listed} if not wanted.cutaway.expand_prompt else set(by_id)
    chosen = {c.id: c for c in [*listed, *(here[which] for which in meant(prompts, names))]}
    people = [_casting(character, listed=character.id in sure) for character in chosen.values()]
    earlier = _of_the_take(ledger, wanted) if verb is Verb.REMIX else []
    people += [one for one in earlier if one.id in by_id and one.id not in chosen]
    sources = {
        role(number, picture): Source(path=shelf.name(shelf.character_still(person.id, picture)), container=STILL)
        for number, person in enumerate(people)
        for picture in range(person.pictures)
    }
    reason = "no character here is called that; it is read as a word. Make one: POST /v1/videos/characters"
    unknown = list(dict.fromkeys(name for prompt in prompts for name in strangers(prompt, names)))
    told = [Adjustment(field="characters", requested=f"@{name}", reason=reason) for name in unknown]
    return Cast(people, sources, told)


def _listed(asked: str, here: list[Character], by_id: dict[str, Character]) -> Character:
    """The character with this id or, failing that, this name."""
    found = by_id.get(asked) or next((one for one in here if folded(one.name) == folded(asked)), None)
    if found is None:
        message = f"there is no character {asked!r} here; GET /v1/videos/characters lists those there are"
        raise Refusal(404, "character_not_found", message, param="characters")
    return found


def _casting(character: Character, *, listed: bool) -> Casting:
    details = character.cutaway
    return Casting(
        id=character.id,
        name=character.name,
        description=details.description if details else "",
        pictures=details.pictures if details else 1,
        listed=listed,
    )


def _of_the_take(ledger: Ledger, wanted: VideoCreate) -> list[Casting]:
    """The characters of the video that is made anew."""
    try:
        job = ledger.job(wanted.video.id if wanted.video is not None and wanted.video.id else "")
    except NoSuchJob:
        return []
    return JobSpec.model_validate_json(job.spec).effective.cast
