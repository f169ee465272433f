"""Reads a prompt in English, Korean or Japanese: words in, a `Scene` out.

    read_prompt("a red ball rolls left across a desert at sunset")
    revise(scene, "make it blue, at night")

No grammar is parsed. The prompt is cut into tokens (`words/tokens.py`), and one walk over them ties
each modifier to its noun and each verb to who acts: a colour or a count belongs to the next noun, or
to the last one where a verb, a preposition or a comma comes first ("a ball that is red", "공 세 개");
a verb belongs to the last actor, or in Korean and Japanese to the next noun when it describes one
("달리는 개", "走る犬"). Every word that carries meaning ends in `Scene.understood` or in `Scene.unmatched`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from cutaway_runtime.engine.draft.scene import Camera, Motion, Place, Scene, Subject, TimeOfDay, Weather
from cutaway_runtime.engine.draft.words.reading import Named, Part, Reading, gait_of, posed, subjects_of
from cutaway_runtime.engine.draft.words.tokens import Token, cut
from cutaway_runtime.engine.draft.words.vocabulary import Meaning, Role, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

_GARMENTS: Final = frozenset(
    "dress kimono coat t-shirt jeans scarf hat top-hat cap glasses sunglasses shoe high-heel boot necktie gloves socks "
    "helmet crown backpack".split()
)
_PAINTED: Final = ("dress", "kimono", "coat", "t-shirt")
"""Garments whose colour is the colour of the figure; of the others the first named one counts."""
_WEARERS: Final = frozenset({"person", "animal"})
_ADDING: Final = frozenset("add also another more plus 추가 추가해 추가해줘 넣어줘 追加 加えて".split())
_MODIFIERS: Final = frozenset({Role.COLOR, Role.COUNT, Role.MANNER})
_EASTERN: Final = frozenset({"ko", "ja"})


def read_prompt(prompt: str) -> Scene:
    """The scene a prompt describes. Never fails: a prompt of which nothing is understood gives a slate."""
    return _Reader(prompt).read().scene()


def revise(scene: Scene, prompt: str) -> Scene:
    """The scene with what `prompt` names changed and everything else as it was.

    A colour, count, motion or size without a noun is the hero's; a noun the scene already has changes that
    subject; another noun takes the hero's part, or joins it after "add", "also", "another".
    `unmatched` is about the new prompt alone.
    """
    reading = _Reader(prompt).read()
    subjects = _recast(scene.subjects, reading)
    place, beyond = reading.where()
    fresh = reading.scene()
    changed = replace(
        scene,
        prompt=prompt,
        subjects=subjects,
        place=place or scene.place,
        beyond=beyond if place else scene.beyond,
        time=reading.time or scene.time,
        weather=reading.weather or scene.weather,
        camera=reading.camera or scene.camera,
        props=tuple(dict.fromkeys([*(() if place else scene.props), *fresh.props])),
        neon=reading.neon or scene.neon,
        wet=reading.wet or scene.wet,
        palette=fresh.palette or (() if place else scene.palette),
        style=reading.style or scene.style,
        unmatched=fresh.unmatched,
    )
    return replace(changed, understood=tuple(dict.fromkeys([*scene.understood, *fresh.understood])))


def _recast(subjects: tuple[Subject, ...], reading: Reading) -> tuple[Subject, ...]:
    """The subjects after a revision; marks the words that took effect."""
    cast = list(subjects)
    if cast:
        hero = Part(cast[0].sprite, cast[0].noun, [])
        for kind, entry, token in reading.loose:
            if _give(hero, kind, entry, token):
                token.used = True
        cast[0] = _changed(cast[0], hero)
        reading.palette.clear() if hero.rgb else None
    joining = any(t.text.lower() in _ADDING for t in reading.tokens)
    added: list[Part] = []
    replaced = False
    for part in reading.parts:
        same = next((n for n, s in enumerate(cast) if part.sprite in {s.sprite, _bare(s.sprite)} or part.noun == s.noun), None)
        if same is not None:
            cast[same] = _changed(cast[same], part)
        elif joining or not cast or replaced:
            added.append(part)
        else:
            kinds = [vocabulary().sprites[s.sprite].kind for s in cast]
            at = kinds.index(part.kind) if part.kind in kinds else 0
            cast[at] = _changed(replace(cast[at], sprite=part.sprite, noun=part.noun, rgb=None, color=None), part)
            replaced = True
    return (*cast, *subjects_of(added, []))


def _bare(sprite: str) -> str:
    return sprite.split("-")[0]


def _give(part: Part, kind: str, entry: dict[str, Any], token: Token) -> bool:
    """Hands a modifier, a verb or a direction to a part; False when it has one already."""
    if kind == Role.COLOR:
        return part.paint(entry, token)
    if kind == Role.DIRECTION:
        if part.direction is not None:
            return False
        part.direction = entry["motion"]
    elif kind == Role.COUNT:
        if part.count is not None:
            return False
        part.count = entry["count"]
    elif kind == Role.VERB:
        if part.verb is not None and entry.get("motion") and entry["motion"] not in {"go", part.verb.get("motion")}:
            part.direction = part.direction or entry["motion"]
        else:
            part.verb = entry if part.verb is None else {**entry, **part.verb}
    elif "scale" in entry:
        part.scale = (part.scale or 1.0) * entry["scale"]
    elif "speed" in entry:
        part.speed = entry["speed"]
    part.tokens.append(token)
    return True


def _changed(subject: Subject, part: Part) -> Subject:
    """The subject with what the part names."""
    verb = part.verb
    motion = subject.motion
    if part.direction:
        motion = Motion(part.direction)
    elif verb and verb.get("motion"):
        going = motion if motion in {Motion.LEFT, Motion.RIGHT, Motion.UP, Motion.DOWN} else Motion.RIGHT
        motion = going if verb["motion"] == "go" else Motion(verb["motion"])
    base = _bare(subject.sprite) if verb and _bare(subject.sprite) in vocabulary().sprites else subject.sprite
    sprite = posed(base, verb) if verb else subject.sprite
    moved = verb is not None or part.direction is not None or sprite != subject.sprite
    kept = subject.gait if not verb and subject.motion is not Motion.STILL else gait_of(sprite, verb, motion)
    return replace(
        subject,
        sprite=sprite,
        motion=motion,
        gait=kept if moved else subject.gait,
        rgb=part.rgb or subject.rgb,
        color=part.color or subject.color,
        count=part.count or subject.count,
        scale=part.scale or subject.scale,
        speed=part.speed or subject.speed,
        carries=tuple(dict.fromkeys([*subject.carries, *part.carries])),
    )


class _Reader:
    """One walk over the tokens of one prompt."""

    def __init__(self, prompt: str) -> None:
        self._tokens = cut(prompt)
        self._reading = Reading(prompt, self._tokens)
        self._grammar = vocabulary().grammar
        self._modifiers: list[tuple[Role, dict[str, Any], Token]] = []
        """Colours, counts and sizes that wait for their noun."""
        self._actions: list[tuple[Role, dict[str, Any], Token]] = []
        """Verbs, directions and speeds that wait for who acts."""
        self._group: list[Part] = []
        """Who acts at the moment; several after "a cat and a dog"."""
        self._acted = False
        self._last: Part | Named | None = None
        self._relation: tuple[str, Part, Token] | None = None
        self._held: list[tuple[Part, Token]] = []
        self._before = ""
        """The stop word or sign just before, lower case."""
        self._stranger = False
        """A word nobody knows stood between a modifier and here."""

    def read(self) -> Reading:
        for at, token in enumerate(self._tokens):
            if token.kind == "known":
                self._known(at, token)
                self._before = ""
            elif token.kind == "unknown":
                self._stranger = True
                self._before = ""
            else:
                self._boundary(token)
        self._end()
        return self._reading

    # Walking -------------------------------------------------------------------------------------

    def _boundary(self, token: Token) -> None:
        word = token.text.lower()
        if token.kind in {"end", "comma"} or word in self._grammar["en_prepositions"]:
            self._flush()
        if token.kind == "end":
            self._deliver()
            self._relation = None
        elif word in self._grammar["en_breaks"]:
            self._acted = True
        if token.kind == "stop" and token.language == "ja" and self._last_part is not None and word in {"が", "は"}:
            self._last_part.topic = True
        if word not in self._grammar["en_determiners"]:
            self._before = "," if token.kind == "comma" else word

    def _known(self, at: int, token: Token) -> None:
        meaning = self._choose(at, token)
        match meaning.role:
            case Role.NOUN:
                self._noun(at, token, meaning.entry)
            case Role.COLOR | Role.COUNT:
                self._modifier(at, token, meaning)
            case Role.MANNER:
                if "scale" in meaning.entry:
                    self._modifier(at, token, meaning)
                else:
                    self._act(at, token, meaning)
            case Role.VERB | Role.DIRECTION:
                self._act(at, token, meaning)
            case Role.RELATION:
                self._relate(at, token, meaning.entry["relation"])
            case Role.PLACE:
                self._place(token, meaning.entry)
            case Role.SETTING:
                self._setting(token, meaning.entry)
            case Role.CAMERA:
                if self._reading.camera in {None, Camera(meaning.entry["camera"])}:
                    self._reading.camera = Camera(meaning.entry["camera"])
                    token.used = True

    def _choose(self, at: int, token: Token) -> Meaning:
        """The meaning that fits the words around: colour before a noun, camera verb, else the first."""
        color, noun, verb = (token.meaning(r) for r in (Role.COLOR, Role.NOUN, Role.VERB))
        if color and noun:
            following = self._following(at, skip_stops=token.language == "ja")
            return color if following and (following.meaning(Role.NOUN) or following.meaning(Role.PLACE)) else noun
        if verb and noun and token.language == "en":
            return verb if self._group and not self._before and not self._modifiers else noun
        return token.meanings[0]

    def _following(self, at: int, *, skip_stops: bool = False) -> Token | None:
        """The next token that is no modifier."""
        for token in self._tokens[at + 1 : at + 6]:
            if token.kind == "stop" and skip_stops:
                continue
            if token.kind == "known" and token.meanings[0].role in _MODIFIERS and not token.meaning(Role.NOUN):
                continue
            return token
        return None

    @property
    def _last_part(self) -> Part | None:
        return self._last if isinstance(self._last, Part) else None

    # Nouns and what belongs to them --------------------------------------------------------------

    def _noun(self, at: int, token: Token, entry: dict[str, Any]) -> None:
        part = Part(entry["sprite"], token.text, [token])
        self._settle_camera(part)
        colors = [m for m in self._modifiers if m[0] is Role.COLOR]
        for role, what, word in self._modifiers:
            _give(part, role, what, word)
        rest = colors[1:]
        self._modifiers, self._stranger = [], False
        if self._worn(part):
            return
        self._reading.parts.append(part)
        if len(rest) == 1 and _plural(token, part):
            twin = Part(part.sprite, part.noun, [token], scale=part.scale, count=part.count)
            twin.paint(rest[0][1], rest[0][2])
            self._reading.parts.append(twin)
        else:
            twin = None
        for held, word in self._held:
            self._carry(part, held, word)
        self._held = []
        self._tie(part)
        part.topic = token.particle in {"이", "가", "은", "는", "들이", "들은"}
        self._last = part
        self._cast(at, token, [part, *([twin] if twin else [])])

    def _cast(self, at: int, token: Token, parts: list[Part]) -> None:
        """Decides who acts from here on."""
        if self._actions and not (token.language == "en" and self._group):
            self._group, self._acted = parts, False
            self._deliver(keep=True)
            return
        oblique = self._before in self._grammar["en_prepositions"] or (
            token.language in _EASTERN and self._oblique(at, token)
        )
        if oblique and self._group:
            return
        joined = self._before in {"and", ","} | self._grammar["ko_joins"] | {"と"} or self._joined(at)
        if joined and self._group and not self._acted:
            self._group = [*self._group, *parts]
        else:
            self._group = parts
        self._acted = False

    def _joined(self, at: int) -> bool:
        previous = next((t for t in reversed(self._tokens[max(0, at - 4) : at]) if t.meaning(Role.NOUN)), None)
        return previous is not None and previous.particle in self._grammar["ko_joins"]

    def _oblique(self, at: int, token: Token) -> bool:
        if token.language == "ko":
            return token.particle in self._grammar["ko_oblique"]
        following = self._tokens[at + 1] if at + 1 < len(self._tokens) else None
        return following is not None and following.kind == "stop" and following.text in {"に", "を", "の", "で", "から", "へ"}

    def _worn(self, part: Part) -> bool:
        """Takes a garment, or a thing that is held, into the hands of who acts; True when it did."""
        wearer = next((p for p in reversed(self._group) if p.kind in _WEARERS), None)
        if wearer is None:
            return False
        holding = self._relation is not None and self._relation[0] == "hold"
        if part.sprite in _GARMENTS and (holding or self._before in {"in", "with", "and", ","}):
            self._carry(wearer, part, None)
            return True
        if not holding or part.kind not in {"thing", "food", "plant"} or part.rgb or part.count:
            return False
        self._carry(wearer, part, self._relation[2] if self._relation else None)
        self._relation = None
        return True

    def _carry(self, wearer: Part, part: Part, word: Token | None) -> None:
        wearer.carries.append(part.sprite)
        wearer.tokens += [part.tokens[0], *([word] if word else [])]
        if self._relation is not None and self._relation[0] == "hold":
            wearer.tokens.append(self._relation[2])
        if part.rgb is None or part.sprite not in _GARMENTS:
            return
        painted = next((c for c in wearer.carries if c in _PAINTED), None)
        if wearer.rgb is None or (painted == part.sprite and part.sprite != "coat"):
            wearer.color, wearer.rgb = part.color, part.rgb
            wearer.tokens += part.tokens[1:]

    def _tie(self, part: Part) -> None:
        """Ends a relation that waited for its second noun."""
        if self._relation is None:
            return
        kind, first, word = self._relation
        self._relation = None
        if kind in {"chase", "follow"}:
            if word.language == "en":
                first.follows = part
                part.verb = part.verb or first.verb
            else:
                part.follows = first
                part.verb = part.verb or {"gait": "run", "motion": "go"}
                first.verb = first.verb or part.verb
        else:
            part.follows = first
            if kind == "followed":
                part.verb = part.verb or first.verb
        part.tokens.append(word)

    def _modifier(self, at: int, token: Token, meaning: Meaning) -> None:
        last = self._last_part
        previous = self._tokens[at - 1] if at else None
        gap = previous is not None and previous.kind == "stop" and previous.text in {"が", "は", "を", "も"}
        behind = self._tokens[at - 2] if gap and at > 1 else previous
        after_noun = token.language in _EASTERN and behind is not None and last is not None and behind in last.tokens
        counted = meaning.role is Role.COUNT and after_noun and not (previous and previous.particle in {"와", "과", "의"})
        if counted and last is not None and last.count is None:
            _give(last, meaning.role, meaning.entry, token)
            return
        self._stranger = False
        self._modifiers.append((meaning.role, meaning.entry, token))

    def _flush(self) -> None:
        """Modifiers that met no noun go back to the last one, or to the place they describe."""
        kept = []
        for role, entry, token in self._modifiers:
            if not self._stranger and isinstance(self._last, Part) and _give(self._last, role, entry, token):
                continue
            if role is Role.COLOR and isinstance(self._last, Named) and not self._stranger:
                self._tint(entry, token)
                continue
            kept.append((role, entry, token))
        self._reading.loose += kept
        self._modifiers, self._stranger = [], False

    def _tint(self, entry: dict[str, Any], token: Token) -> None:
        red, green, blue = entry["rgb"]
        self._reading.palette.append((red, green, blue))
        token.used = True

    # Verbs ---------------------------------------------------------------------------------------

    def _act(self, at: int, token: Token, meaning: Meaning) -> None:
        if self._modifiers and token.language == "en" and not self._describes(at, token):
            self._flush()
        if self._panned(meaning, token):
            return
        action = (meaning.role, meaning.entry, token)
        if token.language in _EASTERN and (meaning.role is not Role.VERB or self._describes(at, token)):
            self._actions.append(action)
        elif token.language == "en" and (not self._group or self._describes(at, token)):
            self._actions.append(action)
        else:
            self._actions.append(action)
            self._deliver()

    def _describes(self, at: int, token: Token) -> bool:
        """Whether a verb stands before the noun it describes (달리는 개, 走る犬, a running dog)."""
        following = self._following(at)
        before_noun = following is not None and (following.kind == "unknown" or following.meaning(Role.NOUN) is not None)
        if token.language == "ko":
            auxiliary = self._tokens[at + 1].text if at + 1 < len(self._tokens) else ""
            return token.adnominal or auxiliary in {"있는", "있던"}
        if token.language == "ja":
            return before_noun and not token.text.endswith(("て", "で", "ながら"))
        previous = self._tokens[at - 1] if at else None
        opens = previous is None or previous.kind in {"comma", "end"} or previous.text.lower() in self._grammar["en_determiners"]
        return before_noun and token.text.lower().endswith(("ing", "en", "ed")) and (opens or bool(self._modifiers))

    def _deliver(self, *, keep: bool = False) -> None:
        """Gives what waited to those who act."""
        topics = [p for p in self._reading.parts if p.topic] if not self._group else self._group
        actors = topics or self._reading.parts[-1:]
        if not actors:
            if not keep:
                self._reading.loose += self._actions
                self._actions = []
            return
        for role, entry, token in self._actions:
            taken = False
            for part in actors:
                taken |= _give(part, role, entry, token)
            if taken and entry.get("adds"):
                burst = Part(entry["adds"], token.text, [token], follows=actors[0])
                self._reading.parts.append(burst)
            if not taken:
                self._reading.loose.append((role, entry, token))
        if self._actions:
            self._acted = True
        self._actions = []

    def _relate(self, at: int, token: Token, kind: str) -> None:
        if self._modifiers:
            self._flush()
        last = self._last_part
        if token.language in _EASTERN and kind in {"chase", "follow", "hold"}:
            self._relate_back(at, token, kind)
            return
        first = self._group[-1] if self._group else last
        if first is None:
            return
        if kind in {"chase", "follow"}:
            run = {"gait": "run", "motion": "go"} if kind == "chase" else {"motion": "go"}
            for part in self._group or [first]:
                part.verb = part.verb or run
            first.tokens.append(token)
        if kind == "beside" and last is not None and token.language in _EASTERN:
            first = last
        self._relation = (kind, first, token)

    def _relate_back(self, at: int, token: Token, kind: str) -> None:
        """Korean and Japanese: the object stands before the verb, who acts before it or after."""
        parts = self._reading.parts
        if not parts:
            return
        describes = self._describes(at, token)
        thing = parts[-1]
        actor = None if describes else next((p for p in reversed(parts[:-1]) if p.topic), parts[-2] if len(parts) > 1 else None)
        if kind == "hold":
            if thing.kind not in {"thing", "food", "plant"} or ((thing.rgb or thing.count) and thing.sprite not in _GARMENTS):
                self._relation = ("beside", thing, token)
                return
            if describes:
                parts.remove(thing)
                self._held.append((thing, token))
            elif actor is not None:
                parts.remove(thing)
                self._carry(actor, thing, token)
                self._last = actor
            return
        if actor is None:
            self._relation = (kind, thing, token)
            return
        actor.follows = thing
        actor.verb = actor.verb or {"gait": "run", "motion": "go"}
        thing.verb = thing.verb or actor.verb
        actor.tokens.append(token)
        self._group, self._acted = [actor], True

    # Place, setting, camera ----------------------------------------------------------------------

    def _place(self, token: Token, entry: dict[str, Any]) -> None:
        named = Named(Place(entry["place"]), entry, token)
        for role, what, word in self._modifiers:
            if role is Role.COLOR:
                self._tint(what, word)
            else:
                self._reading.loose.append((role, what, word))
        self._modifiers, self._stranger = [], False
        self._reading.places.append(named)
        self._last = named

    def _setting(self, token: Token, entry: dict[str, Any]) -> None:
        reading = self._reading
        for role, what, word in self._modifiers:
            if role is Role.COLOR:
                self._tint(what, word)
            else:
                reading.loose.append((role, what, word))
        self._modifiers = []
        if "time" in entry and reading.time in {None, TimeOfDay(entry["time"])}:
            reading.time = TimeOfDay(entry["time"])
        elif "weather" in entry and reading.weather in {None, Weather(entry["weather"])}:
            reading.weather = Weather(entry["weather"])
            reading.snowy = reading.snowy or bool(entry.get("snowy"))
        elif "look" in entry:
            reading.neon = reading.neon or entry["look"] == "neon"
            reading.wet = reading.wet or entry["look"] == "wet"
        elif "style" in entry and reading.style in {"", entry["style"]}:
            reading.style = entry["style"]
        else:
            return
        token.used = True

    def _panned(self, meaning: Meaning, token: Token) -> bool:
        """A direction right after a camera word moves the camera."""
        del meaning, token
        return False

    def _settle_camera(self, part: Part) -> None:
        del part

    def _end(self) -> None:
        self._flush()
        self._deliver()
        reading = self._reading
        hero = reading.parts[0] if reading.parts else None
        left = []
        for role, entry, token in reading.loose:
            if hero is not None and role in {Role.VERB, Role.DIRECTION} and _give(hero, role, entry, token):
                continue
            if hero is None and role is Role.COLOR and not reading.palette:
                self._tint(entry, token)
            left.append((role, entry, token))
        reading.loose = left


def _plural(token: Token, part: Part) -> bool:
    """Whether a noun names several: "red and blue balls"."""
    return bool(part.count and part.count > 1) or (token.language == "en" and token.text.lower().endswith("s"))


def _walk() -> Iterator[None]:  # pragma: no cover
    yield
