"""What has been understood of a prompt so far, and the scene it makes.

The reader (`read.py`) walks over the tokens and fills a `Reading`; `Reading.scene` decides what was
left open: poses, default directions, the place a subject implies. What it decides by itself is
listed in `Scene.assumed`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from cutaway_runtime.engine.draft.scene import (
    RGB,
    Camera,
    Gait,
    Motion,
    Place,
    Scene,
    Subject,
    TimeOfDay,
    Weather,
)
from cutaway_runtime.engine.draft.words.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cutaway_runtime.engine.draft.words.tokens import Token

MAX_SUBJECTS: Final = 8
_MOVING: Final = frozenset({Gait.WALK, Gait.RUN, Gait.ROLL, Gait.DRIVE, Gait.JUMP, Gait.DANCE})
_PEOPLE: Final = ("person", "man", "woman", "child", "boy", "girl")
_GENERAL: Final = {"child": "person", "boy": "man", "girl": "woman", "man": "person", "woman": "person"}
_SCENERY: Final = frozenset({"plant", "building", "sky"})
_BACKDROPS: Final = frozenset({Place.MOUNTAIN, Place.CITY, Place.VOLCANO, Place.SKY, Place.OCEAN})
_INDOORS: Final = frozenset({Place.ROOM, Place.KITCHEN, Place.STAGE, Place.COURT, Place.CAVE, Place.STUDIO})
_ALONE: Final = _INDOORS | {Place.UNDERWATER, Place.SPACE, Place.MOON}
_HOMES: Final[dict[str, Place]] = {
    **dict.fromkeys(
        ("fish", "tropical-fish", "shark", "octopus", "whale", "squid", "jellyfish", "blowfish", "dolphin", "turtle"),
        Place.UNDERWATER,
    ),
    **dict.fromkeys(("boat", "ship", "cruise-ship", "ferry", "speedboat", "motorboat", "person-surfing"), Place.OCEAN),
    **dict.fromkeys(("man-surfing", "woman-surfing", "person-rowing", "canoe"), Place.OCEAN),
    **dict.fromkeys(("rocket", "airplane", "small-airplane", "helicopter", "hot-air-balloon", "parachute"), Place.SKY),
    **dict.fromkeys(("satellite", "planet", "earth", "comet"), Place.SPACE),
    **dict.fromkeys(("skier", "snowboarder", "penguin", "polar-bear"), Place.SNOWFIELD),
}


@dataclass(eq=False)
class Part:
    """A subject in the making; `tokens` are the words that made it and are seen when it is."""

    sprite: str
    noun: str
    tokens: list[Token]
    color: str | None = None
    rgb: RGB | None = None
    count: int | None = None
    scale: float | None = None
    speed: float | None = None
    verb: dict[str, Any] | None = None
    direction: str | None = None
    carries: list[str] = field(default_factory=list)
    follows: Part | None = None
    topic: bool = False
    """Marked as the one who acts (이/가/은/는, が/は)."""

    @property
    def kind(self) -> str:
        return vocabulary().sprites[self.sprite].kind

    @property
    def moves(self) -> bool:
        return self.verb is not None or self.direction is not None

    def paint(self, color: dict[str, Any], token: Token) -> bool:
        """Takes a colour unless it has one."""
        if self.rgb is not None:
            return False
        red, green, blue = color["rgb"]
        self.color, self.rgb = color["color"], (red, green, blue)
        self.tokens.append(token)
        return True


@dataclass
class Named:
    """A place of the prompt, with the word that named it."""

    place: Place
    entry: dict[str, Any]
    token: Token


@dataclass
class Reading:
    """Everything read from one prompt; what was not named is None."""

    prompt: str
    tokens: list[Token]
    parts: list[Part] = field(default_factory=list)
    places: list[Named] = field(default_factory=list)
    palette: list[RGB] = field(default_factory=list)
    props: list[str] = field(default_factory=list)
    time: TimeOfDay | None = None
    weather: Weather | None = None
    snowy: bool = False
    camera: Camera | None = None
    neon: bool = False
    wet: bool = False
    style: str = ""
    loose: list[tuple[str, dict[str, Any], Token]] = field(default_factory=list)
    """Modifiers, verbs and directions that found nothing to belong to: a revision gives them to the hero."""

    def terms(self, kinds: Iterable[str], *, used: bool) -> tuple[str, ...]:
        wanted = frozenset(kinds)
        return tuple(dict.fromkeys(t.text for t in self.tokens if t.kind in wanted and t.used is used))

    @property
    def understood(self) -> tuple[str, ...]:
        return self.terms(("known",), used=True)

    @property
    def unmatched(self) -> tuple[str, ...]:
        return self.terms(("known", "unknown"), used=False)

    def scene(self) -> Scene:
        """The scene, with every open question decided; the same reading always gives the same scene."""
        assumed: list[str] = []
        place, beyond = self.where()
        parts, props = self._heroes_and_props()
        subjects = subjects_of(parts, assumed)
        if place is None and self.weather is Weather.SNOW and self.snowy:
            place = Place.SNOWFIELD
            assumed.append("place: snowfield, where snow falls")
        if place is None:
            homes = [(s.noun, _HOMES[s.sprite]) for s in subjects if s.sprite in _HOMES]
            if homes:
                noun, place = homes[0]
                assumed.append(f"place: {place.value}, for the {noun}")
        if not subjects and place is None and self.palette:
            assumed.append("place: studio, in the colour named")
        return Scene(
            prompt=self.prompt,
            subjects=subjects,
            place=place or Place.STUDIO,
            beyond=beyond,
            time=self.time or TimeOfDay.DAY,
            weather=self.weather or Weather.CLEAR,
            camera=self.camera or Camera.STATIC,
            props=tuple(dict.fromkeys([*self.props, *props])),
            neon=self.neon,
            wet=self.wet,
            palette=tuple(self.palette),
            style=self.style,
            understood=self.understood,
            unmatched=self.unmatched,
            assumed=tuple(assumed),
        )

    def where(self) -> tuple[Place | None, Place | None]:
        """The place the subjects stand in and the one behind it; words for a third stay unmatched."""
        strong = [n for n in self.places if not n.entry.get("weak")]
        weak = [n for n in self.places if n.entry.get("weak")]
        ground = next((n for n in strong if n.place not in _BACKDROPS), None)
        first = ground or next((n for n in strong if n.place is not Place.SKY), None)
        first = first or next(iter(strong), None) or next(iter(weak), None)
        if first is None:
            return None, None
        place, beyond = first.place, None
        if place not in _ALONE:
            others = [n.place for n in (*strong, *weak) if n.place is not place and place.value not in _suits(n)]
            beyond = next((p for p in others if p not in _ALONE and p is not Place.SKY), None)
        for named in self.places:
            open_sky = named.place is Place.SKY and place not in _ALONE
            if named.place in {place, beyond} or open_sky or place.value in _suits(named):
                named.token.used = True
                self.props += [p for p in named.entry.get("props", ()) if p not in self.props]
                tone = named.entry.get("palette")
                if tone and named.place is place and not self.palette:
                    self.palette.append((tone[0], tone[1], tone[2]))
        return place, beyond

    def _heroes_and_props(self) -> tuple[list[Part], list[str]]:
        """Scenery that does nothing dresses the place of those who act; the rest are subjects, actors first."""
        acting = [p for p in self.parts if p.kind not in _SCENERY]
        props: list[str] = []
        if acting:
            plain = [p for p in self.parts if p.kind in _SCENERY and not (p.moves or p.rgb or p.follows or p.count)]
            leaders = {id(p.follows) for p in self.parts if p.follows}
            for part in plain:
                if id(part) not in leaders:
                    props.append(part.sprite)
                    _show(part)
                    self.parts.remove(part)
        ordered = sorted(self.parts, key=lambda p: p.kind in _SCENERY)[:MAX_SUBJECTS]
        for part in ordered:
            _show(part)
        return ordered, props


def _suits(named: Named) -> frozenset[str]:
    return frozenset(named.entry.get("suits", ()))


def _show(part: Part) -> None:
    for token in part.tokens:
        token.used = True


def subjects_of(parts: list[Part], assumed: list[str]) -> tuple[Subject, ...]:
    """The parts as subjects; what each does by default goes into `assumed`."""
    where = {id(part): n for n, part in enumerate(parts)}
    made = []
    for part in parts:
        subject = _subject(part, assumed)
        leader = where.get(id(part.follows)) if part.follows else None
        if leader is not None and leader != len(made):
            subject = replace(subject, follows=leader)
        made.append(subject)
    return tuple(made)


def posed(sprite: str, verb: dict[str, Any] | None) -> str:
    """The drawing of a person who does this: woman + walk -> woman-walking; anything else stays as it is."""
    if verb is None:
        return sprite
    if verb.get("becomes") and sprite in _PEOPLE:
        return str(verb["becomes"])
    pose = verb.get("pose") or {"walk": "walking", "run": "running"}.get(verb.get("gait", ""), "")
    base = sprite if sprite in _PEOPLE else ""
    while base and pose:
        if f"{base}-{pose}" in vocabulary().sprites:
            return f"{base}-{pose}"
        base = _GENERAL.get(base, "")
    return sprite


def gait_of(sprite: str, verb: dict[str, Any] | None, motion: Motion) -> Gait:
    """How this body moves when it moves so."""
    usual = Gait(vocabulary().sprites[sprite].gait)
    if verb is not None and verb.get("gait"):
        return Gait(verb["gait"])
    if motion is Motion.STILL and usual in _MOVING:
        return Gait.STAND
    if motion is not Motion.STILL and usual is Gait.STAND:
        return Gait.WALK if vocabulary().sprites[sprite].kind in {"person", "animal"} else Gait.FLOAT
    return usual


def _subject(part: Part, assumed: list[str]) -> Subject:
    verb = part.verb
    sprite = posed(part.sprite, verb)
    motion = Motion(part.direction) if part.direction else None
    if motion is None and verb is not None and verb.get("motion"):
        if verb["motion"] == "go":
            motion = Motion.RIGHT
            assumed.append(f"direction: to the right, for the {part.noun}")
        else:
            motion = Motion(verb["motion"])
    usual = Gait(vocabulary().sprites[sprite].gait)
    if motion is None and verb is None and usual in {Gait.FLY, Gait.SWIM} and part.kind in {"animal", "vehicle"}:
        motion = Motion.WANDER if part.kind == "animal" else Motion.RIGHT
        assumed.append(f"motion: the {part.noun} does not hang still")
    motion = motion or Motion.STILL
    carries = [*part.carries, *([verb["carries"]] if verb and verb.get("carries") else [])]
    return Subject(
        sprite=sprite,
        noun=part.noun,
        motion=motion,
        gait=gait_of(sprite, verb, motion),
        rgb=part.rgb,
        color=part.color,
        count=part.count or 1,
        scale=part.scale or 1.0,
        speed=part.speed or (verb or {}).get("speed", 1.0),
        carries=tuple(dict.fromkeys(carries)),
    )
