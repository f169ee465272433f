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
from cutaway_runtime.engine.draft.words.figure import gait_of, posed
from cutaway_runtime.engine.draft.words.part import SCENERY, Part
from cutaway_runtime.engine.draft.words.vocabulary import Role, vocabulary

if TYPE_CHECKING:
    from cutaway_runtime.engine.draft.words.tokens import Token
    from cutaway_runtime.engine.draft.words.vocabulary import Meaning

MAX_SUBJECTS: Final = 8
SEVERAL: Final = 3
"""How many a plural without a number shows."""
SWARM: Final = 7
"""How many where they come in swarms."""
_SHINING: Final = frozenset(
    {"candle", "moon", "crescent-moon", "fireworks", "shooting-star", "lamp-post", "flashlight"}
)
"""What is seen by its own light."""
_SILENT: Final = frozenset({"stop", "suffix", "comma", "end"})
"""Kinds of tokens that say nothing of the picture by themselves."""
_BACKDROPS: Final = frozenset({Place.MOUNTAIN, Place.CITY, Place.VOLCANO, Place.SKY, Place.OCEAN})
INDOORS: Final = frozenset({Place.ROOM, Place.KITCHEN, Place.STAGE, Place.COURT, Place.CAVE, Place.STUDIO})
_ALONE: Final = INDOORS | {Place.UNDERWATER, Place.SPACE, Place.MOON}
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
    tones: list[tuple[dict[str, Any], Token]] = field(default_factory=list)
    """Words for the light of the whole picture: "warm colors", "cozy"."""
    denied: list[Meaning] = field(default_factory=list)
    """What the prompt says is not there."""
    loose: list[tuple[Role, dict[str, Any], Token]] = field(default_factory=list)
    """Modifiers, verbs and directions that found nothing to belong to: a revision gives them to the hero."""

    def tint(self, color: dict[str, Any], token: Token) -> None:
        """A colour of the place itself."""
        red, green, blue = color["rgb"]
        self.palette.append((red, green, blue))
        token.used = True

    def film(self, entry: dict[str, Any], token: Token) -> None:
        """A camera move, the first one named."""
        camera = Camera(entry["camera"])
        if self.camera in {None, camera}:
            self.camera = camera
            token.used = True

    def set(self, entry: dict[str, Any], token: Token) -> None:
        """Time, weather, look or style; the first of each kind counts."""
        if "time" in entry and self.time in {None, TimeOfDay(entry["time"])}:
            self.time = TimeOfDay(entry["time"])
        elif "weather" in entry and self.weather in {None, Weather(entry["weather"])}:
            self.weather = Weather(entry["weather"])
            self.snowy = self.snowy or bool(entry.get("snowy"))
        elif "tone" in entry:
            self.tones.append((entry, token))
            return
        elif "look" in entry:
            self.neon = self.neon or entry["look"] == "neon"
            self.wet = self.wet or entry["look"] == "wet"
        elif "style" in entry and self.style in {"", entry["style"]}:
            self.style = entry["style"]
        else:
            return
        token.used = True

    def terms(self, *, used: bool) -> tuple[str, ...]:
        said = (t.text for t in self.tokens if t.kind not in _SILENT and t.used is used)
        return tuple(dict.fromkeys(said))

    @property
    def understood(self) -> tuple[str, ...]:
        return self.terms(used=True)

    @property
    def unmatched(self) -> tuple[str, ...]:
        return self.terms(used=False)

    @property
    def absent(self) -> frozenset[str]:
        """Sprite keys of what the prompt says is not there."""
        return frozenset(m.entry["sprite"] for m in self.denied if m.role is Role.NOUN)

    def scene(self, only: list[Part] | None = None, inside: Place | None = None) -> Scene:
        """The scene, with every open question decided; the same reading always gives the same scene.

        `only` names the parts that become subjects, where not all of them do; `inside` is the place that is
        there already.
        """
        assumed: list[str] = []
        place, beyond = self.where()
        parts, props = self._heroes_and_props(self.parts if only is None else only)
        subjects = subjects_of(parts, assumed)
        if place is None and only is None:
            place = self._implied(subjects, assumed)
        self._warm(place or inside, assumed)
        if not subjects and place is None and self.palette:
            assumed.append("place: studio, in the colour named")
        return Scene(
            prompt=self.prompt,
            subjects=subjects,
            place=place or Place.STUDIO,
            beyond=beyond,
            time=self.time or self._hour(parts, props, place, assumed),
            weather=self.weather or Weather.CLEAR,
            camera=self.camera or Camera.STATIC,
            props=tuple(p for p in dict.fromkeys([*self.props, *props]) if p not in self.absent),
            neon=self.neon,
            wet=self.wet,
            palette=tuple(self.palette),
            style=self.style,
            understood=self.understood,
            unmatched=self.unmatched,
            assumed=tuple(assumed),
        )

    def _implied(self, subjects: tuple[Subject, ...], assumed: list[str]) -> Place | None:
        """Where this would be, when no word names a place; None leaves it in the studio."""
        place, reason = None, ""
        homes = [(s.noun, _HOMES[s.sprite]) for s in subjects if s.sprite in _HOMES]
        driven = [s.noun for s in subjects if s.gait is Gait.DRIVE]
        if self.weather is Weather.SNOW and self.snowy:
            place, reason = Place.SNOWFIELD, "where snow falls"
        elif homes:
            place, reason = homes[0][1], f"for the {homes[0][0]}"
        elif driven:
            place, reason = Place.ROAD, f"for the {driven[0]}"
        elif cozy := next((token for entry, token in self.tones if entry.get("indoors")), None):
            place, reason = Place.ROOM, f"because it is {cozy.text}"
        elif self.time or self.weather:
            place, reason = Place.FIELD, "under the open sky"
        if place is not None:
            assumed.append(f"place: {place.value}, {reason}")
        return place

    def _warm(self, place: Place | None, assumed: list[str]) -> None:
        """Warm light is the colour of the walls indoors, and of the evening outdoors where no hour is named."""
        for entry, token in self.tones:
            if place in INDOORS or place is None:
                red, green, blue = entry["tone"]
                self.palette = self.palette or [(red, green, blue)]
                token.used = True
            elif not entry.get("indoors") and self.time in {None, TimeOfDay.SUNSET} and place not in _ALONE:
                if self.time is None:
                    assumed.append(f"time: sunset, for the {token.text}")
                self.time, token.used = TimeOfDay.SUNSET, True

    def _hour(self, parts: list[Part], props: list[str], place: Place | None, assumed: list[str]) -> TimeOfDay:
        """When this would be, when no word says so: what shines is seen at night."""
        shining = [p.noun for p in parts if p.sprite in _SHINING or p.swarms or (p.sprite == "star" and p.plural)]
        shining += [s for p in parts for s in p.carries if s in _SHINING] + [s for s in props if s in _SHINING]
        reason = "for the neon" if self.neon else f"for the {shining[0]}" if shining else ""
        if not reason or self.weather is Weather.CLEAR or place in {Place.SPACE, Place.MOON}:
            return TimeOfDay.DAY
        assumed.append(f"time: night, {reason}")
        return TimeOfDay.NIGHT

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

    def _heroes_and_props(self, parts: list[Part]) -> tuple[list[Part], list[str]]:
        """Scenery that does nothing dresses the place of those who act; the rest are subjects, actors first."""
        acting = any(p.kind not in SCENERY for p in parts)
        leaders = {id(p.follows) for p in parts if p.follows}
        heroes, props = [], []
        for part in parts:
            busy = part.moves or part.rgb or part.follows or part.count or id(part) in leaders or part.swarms
            if acting and part.kind in SCENERY and part.character is None and not busy:
                props.append(part.sprite)
                show(part)
            else:
                heroes.append(part)
        heroes = sorted(heroes, key=lambda p: p.kind in SCENERY)[:MAX_SUBJECTS]
        for part in heroes:
            show(part)
        return heroes, props


def _suits(named: Named) -> frozenset[str]:
    return frozenset(named.entry.get("suits", ()))


def show(part: Part) -> None:
    """Its words can be seen in the picture."""
    for token in part.tokens:
        token.used = True


def subjects_of(parts: list[Part], assumed: list[str]) -> tuple[Subject, ...]:
    """The parts as subjects; what each does by default goes into `assumed`."""
    where = {id(part): n for n, part in enumerate(parts)}
    for part in parts:
        if part.follows is not None and part.pursues:
            for one, other in ((part, part.follows), (part.follows, part)):
                one.verb, one.direction = one.verb or other.verb, one.direction or other.direction
    made: list[Subject] = []
    for part in parts:
        subject = _subject(part, assumed)
        leader = where.get(id(part.follows)) if part.follows else None
        if leader is not None and leader != len(made):
            subject = replace(subject, follows=leader)
        made.append(subject)
    return tuple(made)


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
    if motion is None and part.underway and usual is not Gait.STAND:
        motion = Motion.RIGHT
        assumed.append(f"direction: to the right, for the {part.noun}")
    hovers = usual in {Gait.FLY, Gait.SWIM} and part.kind in {"animal", "vehicle"}
    if motion is None and (part.swarms or (verb is None and hovers)):
        motion = Motion.RIGHT if part.kind == "vehicle" else Motion.WANDER
        assumed.append(f"motion: the {part.noun} {'do' if part.plural else 'does'} not hang still")
    motion = motion or Motion.STILL
    several = SWARM if part.swarms else SEVERAL
    if part.plural and part.count is None:
        assumed.append(f"count: {several}, for the {part.noun}")
    carries = [*part.carries, *([verb["carries"]] if verb and verb.get("carries") else [])]
    return Subject(
        sprite=sprite,
        noun=part.noun,
        motion=motion,
        gait=gait_of(sprite, verb, motion),
        rgb=part.rgb,
        color=part.color,
        count=part.count or (several if part.plural else 1),
        scale=part.scale or 1.0,
        speed=part.speed or (verb or {}).get("speed", 1.0),
        carries=tuple(dict.fromkeys(carries)),
        character=part.character,
    )
