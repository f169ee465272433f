"""Reads a prompt in English, Korean or Japanese: words in, a `Scene` out.

    read_prompt("a red ball rolls left across a desert at sunset")
    revise(scene, "make it blue, at night")

No grammar is parsed. The prompt is cut into tokens (`words/tokens.py`), and one walk over them ties
each modifier to its noun and each verb to who acts: a colour or a count belongs to the next noun, or
to the last one where a verb, a preposition or a comma comes first ("a ball that is red", "공 세 개");
a verb belongs to the last actor, or to the next noun when it describes one ("달리는 개", "走る犬",
"a running dog"). Every word that carries meaning ends in `Scene.understood` or in `Scene.unmatched`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cutaway_runtime.engine.draft.scene import Place
from cutaway_runtime.engine.draft.words.figure import GARMENTS
from cutaway_runtime.engine.draft.words.filming import films
from cutaway_runtime.engine.draft.words.line import MODIFIERS, Line
from cutaway_runtime.engine.draft.words.reading import SCENERY, Named, Part, Reading
from cutaway_runtime.engine.draft.words.recast import recast
from cutaway_runtime.engine.draft.words.tokens import Token, cut
from cutaway_runtime.engine.draft.words.vocabulary import Meaning, Role, vocabulary

if TYPE_CHECKING:
    from cutaway_runtime.engine.draft.scene import Scene

_RUN: Final = {"gait": "run", "motion": "go"}
_GO: Final = {"motion": "go"}
_EASTERN: Final = frozenset({"ko", "ja"})
_HANDY: Final = frozenset({"thing", "food", "plant"})
_TOPICS: Final = frozenset({"이", "가", "은", "는", "들이", "들은", "が", "は"})
_TARGETS: Final = frozenset({"hoop", "goal-net"})
_ONWARD: Final = frozenset({"through", "across", "past", "into", "along"})
_SIMILES: Final = frozenset({"like", "as"})


def read_prompt(prompt: str) -> Scene:
    """The scene a prompt describes. Never fails: a prompt of which nothing is understood gives a slate."""
    return _Reader(prompt).read().scene()


def revise(scene: Scene, prompt: str) -> Scene:
    """The scene with what `prompt` names changed and everything else as it was.

    A colour, count, motion or size without a noun is the hero's; a noun the scene already has changes that
    subject; another noun takes its part, or joins it after "add", "also", "another". `understood`
    and `unmatched` speak of the new prompt; where nothing of it was understood, `understood` stays as it was.
    """
    return recast(scene, _Reader(prompt).read())


class _Reader:
    """One walk over the tokens of one prompt."""

    def __init__(self, prompt: str) -> None:
        self._tokens = cut(prompt)
        self._line = Line(self._tokens)
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
        """The last stop word or sign before the words at hand; articles and modifiers do not count."""
        self._definite = False
        self._stranger = False
        """A word nobody knows stood between a modifier and here."""
        self._simile = False
        self._filming = False
        """A camera word was just read: the verb after it is the camera's."""

    def read(self) -> Reading:
        for at, token in enumerate(self._tokens):
            if token.kind == "stop" and self._line.upright(at, token):
                token.kind, token.meanings = "known", (Meaning(Role.DIRECTION, {"motion": token.text.lower()}),)
            if token.kind == "known" and not self._simile:
                self._known(at, token)
            elif token.kind in {"stop", "comma", "end"}:
                self._boundary(at, token)
            else:
                self._stranger = True
        self._end()
        return self._reading

    @property
    def _last_part(self) -> Part | None:
        return self._last if isinstance(self._last, Part) else None

    # Walking -------------------------------------------------------------------------------------

    def _boundary(self, at: int, token: Token) -> None:
        word = "," if token.kind == "comma" else token.text.lower()
        if token.language == "ja" and word in {"が", "は"} and self._last_part is not None:
            self._last_part.topic = True
        if word in self._grammar["en_determiners"]:
            self._definite = word not in {"a", "an", "another", "some"}
            return
        if token.kind != "stop" or word in self._grammar["en_prepositions"]:
            self._flush()
            self._simile = word in _SIMILES and (
                word == "like" or self._line.starts("if", at) or self._line.starts("though", at)
            )
        if token.kind == "end":
            self._deliver()
        if token.kind == "end" or word in self._grammar["en_breaks"]:
            self._acted, self._filming = True, False
        if token.kind != "stop" or token.language == "en":
            self._relation = None if word != "and" else self._relation
        if word in _ONWARD and self._group:
            self._group[-1].underway = True
        self._before, self._definite = word, False

    def _known(self, at: int, token: Token) -> None:
        meaning = self._choose(at, token)
        if self._line.likened(at, token):
            return
        match meaning.role:
            case Role.NOUN:
                camera = meaning.entry["sprite"] == "camera"
                if not (camera and films(self._reading, self._line, self._tokens, at)):
                    self._noun(at, token, meaning.entry)
            case Role.COLOR | Role.COUNT:
                self._modifier(at, token, meaning)
            case Role.MANNER if "scale" in meaning.entry:
                self._modifier(at, token, meaning)
            case Role.VERB | Role.DIRECTION | Role.MANNER:
                self._act(at, token, meaning)
            case Role.RELATION:
                self._relate(at, token, meaning.entry["relation"])
            case _:
                self._stage(token, meaning)
        if meaning.role not in MODIFIERS:
            words = token.text.lower().split()
            self._before = words[-1] if words and words[-1] in self._grammar["en_prepositions"] else ""
            self._definite = False

    def _stage(self, token: Token, meaning: Meaning) -> None:
        """Place, setting and camera: what surrounds those who act."""
        if meaning.role is Role.CAMERA:
            self._reading.film(meaning.entry, token)
            token.used = token.used or self._filming
            self._filming = True
            return
        self._describe()
        if meaning.role is Role.PLACE:
            self._last = Named(Place(meaning.entry["place"]), meaning.entry, token)
            self._reading.places.append(self._last)
        if setting := token.meaning(Role.SETTING):
            self._reading.set(setting.entry, token)

    def _choose(self, at: int, token: Token) -> Meaning:
        """The meaning that fits the words around: a colour before a noun, a verb after one, else the first."""
        color, noun, verb = (token.meaning(r) for r in (Role.COLOR, Role.NOUN, Role.VERB))
        if color and noun:
            following = self._line.following(at, skip_stops=token.language == "ja")
            return color if following and (following.meaning(Role.NOUN) or following.meaning(Role.PLACE)) else noun
        if verb and noun and token.language == "en":
            return verb if self._group and not self._before and not self._modifiers else noun
        return token.meanings[0]

    # Nouns and what belongs to them --------------------------------------------------------------

    def _noun(self, at: int, token: Token, entry: dict[str, Any]) -> None:
        known = self._mentioned(token, entry)
        part = known or Part(entry["sprite"], token.text, [token], plural=self._line.plural(token))
        colors = [m for m in self._modifiers if m[0] is Role.COLOR]
        for role, what, word in self._modifiers:
            part.take(role, what, word)
        self._modifiers, self._stranger = [], False
        if known is not None:
            known.tokens.append(token)
            self._last, self._relation = known, None
            self._cast(at, token, [known])
            return
        if self._worn(part):
            return
        cast = [part]
        if len(colors) == 2 and (part.plural or (part.count or 1) > 1):
            twin = Part(part.sprite, part.noun, [token], scale=part.scale, count=part.count, plural=part.plural)
            twin.paint(colors[1][1], colors[1][2])
            cast.append(twin)
        self._compounded(at, part)
        self._reading.parts += cast
        for held, word in self._held:
            part.carry(held, word)
        self._held = []
        part.topic = token.particle in _TOPICS
        if part.sprite in _TARGETS and self._group and self._group[-1].kind == "thing":
            self._group[-1].direction = self._group[-1].direction or "down"  # a ball falls through a hoop
        self._last = part
        if not self._tied(part):
            self._cast(at, token, cast)

    def _compounded(self, at: int, part: Part) -> None:
        """Two nouns that name one body ("golden retriever puppy"), and a kite, which is flown by its flyer."""
        last, previous = self._last_part, self._line.at(at - 1)
        if last is None or part.noun == last.noun:
            return
        if previous in last.tokens and previous is last.tokens[0] and last.kind == part.kind == "animal":
            if previous.language == "en":
                part.tokens += last.tokens
                part.rgb, part.color = part.rgb or last.rgb, part.color or last.color
                part.count, part.scale = part.count or last.count, part.scale or last.scale
                self._reading.parts.remove(last)
                self._group = [p for p in self._group if p is not last]
        elif (
            part.sprite == "kite" and last.kind == "person" and last.verb is not None and last.verb.get("gait") == "fly"
        ):
            part.verb, last.verb, part.follows = last.verb, None, last

    def _mentioned(self, token: Token, entry: dict[str, Any]) -> Part | None:
        """The part that this noun speaks of again: "the SUV", "the pups" after "wolf pups"."""
        again = self._definite if token.language == "en" else self._relation is None and not self._modifiers
        if not again:
            return None
        noun = token.text.lower()
        for part in reversed(self._reading.parts[-8:]):
            if part.sprite == entry["sprite"] or (token.language == "en" and part.noun.lower().split()[-1:] == [noun]):
                return part
        return None

    def _cast(self, at: int, token: Token, parts: list[Part]) -> None:
        """Decides who acts from here on."""
        if self._actions and not (token.language == "en" and self._group):
            self._group, self._acted = parts, False
            self._deliver()
            self._acted = False
            return
        aside = self._before in self._grammar["en_prepositions"] or self._line.oblique(at, token)
        if aside and self._group:
            return
        if token.language in _EASTERN and parts[0].kind in SCENERY and self._alive() and not self._acted:
            return
        joined = self._before in {"and", "と"} | self._grammar["ko_joins"] or self._line.joined(at)
        joined = joined or (self._before == "," and self._line.listed(at))
        self._group = [*self._group, *parts] if joined and self._group and not self._acted else parts
        self._acted = False

    def _alive(self) -> bool:
        return any(part.kind in {"person", "animal"} for part in self._group)

    def _worn(self, part: Part) -> bool:
        """Gives a garment, or a thing that is held, to who acts; True when it did."""
        wearer = next((p for p in reversed(self._group) if p.kind in {"person", "animal"}), None)
        if wearer is None:
            return False
        holding = self._relation is not None and self._relation[0] == "hold"
        word = self._relation[2] if self._relation and holding else None
        if part.sprite in GARMENTS and (holding or self._before in {"in", "with", "and", ","}):
            wearer.carry(part, word)
            return True
        if not holding or part.kind not in _HANDY or part.rgb or part.count:
            return False
        wearer.carry(part, word)
        self._relation = None
        return True

    def _tied(self, part: Part) -> bool:
        """Ends a relation that waited for its second noun; True when that noun is not the one who acts."""
        if self._relation is None:
            return False
        kind, first, word = self._relation
        self._relation = None
        if kind == "ride":
            rider, mount = (first, part) if word.language == "en" else (part, first)
            self._mount(rider, mount, word)
            return word.language == "en"
        part.tokens.append(word)
        if kind in {"chase", "follow"} and word.language == "en":
            first.follows, first.pursues = part, True
            part.verb = part.verb or first.verb
            return True
        part.follows, part.pursues = first, kind not in {"beside", "hold"}
        if kind in {"chase", "follow"}:
            part.verb = part.verb or _RUN
            return False
        return word.language == "en"

    def _mount(self, rider: Part, mount: Part, word: Token) -> None:
        """Somebody rides: one drawing for both where there is one, else side by side."""
        rider.verb = rider.verb or _GO
        rider.tokens.append(word)
        if mount.sprite not in {"bicycle", "horse"} or rider.kind != "person":
            rider.follows, rider.pursues = mount, True
            return
        if mount.sprite == "bicycle":
            rider.verb = {"pose": "biking", "gait": "drive", "motion": "go"}
        else:
            rider.sprite = "jockey"
        rider.tokens += mount.tokens
        self._reading.parts.remove(mount)

    def _modifier(self, at: int, token: Token, meaning: Meaning) -> None:
        previous = self._line.at(at - 1)
        if meaning.role is Role.COUNT and self._last_part is not None and token.language in _EASTERN:
            marked = previous is not None and previous.kind == "stop" and previous.text in {"が", "は", "を", "も"}
            noun = self._line.at(at - 2) if marked else previous
            linked = previous is not None and previous.particle in {"와", "과", "의", "에서", "에"}
            if noun in self._last_part.tokens and not linked and self._last_part.take(*_as_action(meaning, token)):
                return
        self._stranger = False
        self._modifiers.append(_as_action(meaning, token))

    def _flush(self) -> None:
        """Modifiers that met no noun go back to the last one, or to the place they describe."""
        for role, entry, token in self._modifiers:
            if isinstance(self._last, Part) and not self._stranger and self._last.take(role, entry, token):
                continue
            if isinstance(self._last, Named) and not self._stranger and role is Role.COLOR:
                self._reading.tint(entry, token)
            else:
                self._reading.loose.append((role, entry, token))
        self._modifiers, self._stranger = [], False

    def _describe(self) -> None:
        """Modifiers before a place or a time of day colour the picture itself: "a pink sky"."""
        for role, entry, token in self._modifiers:
            if role is Role.COLOR:
                self._reading.tint(entry, token)
            else:
                self._reading.loose.append((role, entry, token))
        self._modifiers, self._stranger = [], False

    # Verbs ---------------------------------------------------------------------------------------

    def _act(self, at: int, token: Token, meaning: Meaning) -> None:
        describes = meaning.role is Role.VERB and self._line.describes(at, token, modified=bool(self._modifiers))
        if self._modifiers and not describes and token.language == "en":
            self._flush()
        if meaning.role is Role.VERB and self._filming and meaning.entry.get("motion") == "go":
            token.used = True
            return
        if (
            meaning.role is Role.VERB
            and (weather := self._line.weather_before(at))
            and meaning.entry.get("motion") == "down"
        ):
            token.used = weather.used
            return
        if meaning.role is Role.DIRECTION and self._line.preposition(at, token):
            token.kind = "stop"
            return
        if meaning.entry.get("place"):
            self._reading.places.append(Named(Place(meaning.entry["place"]), meaning.entry, token))
        if describes and self._of_a_place(at, token):
            if self._last_part is not None and self._last_part.take(*_as_action(meaning, token)):
                self._group, self._acted = [], True
            return
        self._actions.append(_as_action(meaning, token))
        waits = describes or (token.language in _EASTERN and meaning.role is not Role.VERB)
        if not waits and (self._group or token.language in _EASTERN):
            self._deliver()

    def _of_a_place(self, at: int, token: Token) -> bool:
        """A Korean clause that describes a place keeps its own actor: "벚꽃이 흩날리는 공원"."""
        following = self._line.following(at)
        place = following is not None and following.meaning(Role.PLACE) is not None
        return token.language == "ko" and place and self._last_part is not None and self._last_part.topic

    def _deliver(self) -> None:
        """Gives what waited to those who act."""
        actors = self._group or [p for p in self._reading.parts if p.topic] or self._reading.parts[-1:]
        if not actors:
            return
        for role, entry, token in self._actions:
            taken = [part.take(role, entry, token) for part in actors]
            if entry.get("adds"):
                self._reading.parts.append(Part(entry["adds"], token.text, [token], follows=actors[0]))
            elif not any(taken) and role is not Role.VERB:
                self._reading.loose.append((role, entry, token))
            self._acted = True
        self._actions = []

    def _relate(self, at: int, token: Token, kind: str) -> None:
        if token.language in _EASTERN and kind != "beside":
            self._relate_back(at, token, kind)
            return
        if self._modifiers:
            self._flush()
        first = self._last_part if token.language in _EASTERN else next(iter(self._group[-1:]), self._last_part)
        if kind == "beside" or token.text.lower() == "with":
            token.kind = "stop"
        if first is None:
            return
        if kind in {"chase", "follow", "ride"}:
            for part in self._group or [first]:
                part.verb = part.verb or (_RUN if kind == "chase" else _GO)
            first.tokens.append(token)
        self._relation = (kind, first, token)

    def _relate_back(self, at: int, token: Token, kind: str) -> None:
        """Korean and Japanese: the object stands before the verb, who acts before it or after."""
        parts = self._reading.parts
        if not parts:
            return
        thing, describes = parts[-1], self._line.describes(at, token, modified=bool(self._modifiers))
        others = [p for p in parts[:-1] if p.topic] or parts[-2:-1]
        actor = None if describes or not others else others[-1]
        if kind == "hold" and thing.kind in _HANDY and (thing.sprite in GARMENTS or not (thing.rgb or thing.count)):
            if actor is None:
                self._held.append((thing, token))
            else:
                actor.carry(thing, token)
                self._last, self._group = actor, [actor]
            parts.remove(thing)
        elif actor is None:
            self._relation = ("beside" if kind == "hold" else kind, thing, token)
        elif kind == "ride":
            self._mount(actor, thing, token)
            self._group = [actor]
            self._deliver()
        else:
            actor.follows, actor.pursues = thing, kind != "hold"
            if kind != "hold":
                actor.verb = actor.verb or _RUN
            actor.tokens.append(token)
            self._group = [actor]
            self._deliver()

    # The end --------------------------------------------------------------------------

    def _end(self) -> None:
        self._flush()
        self._deliver()
        reading = self._reading
        hero = next(iter(reading.parts), None)
        left = []
        for role, entry, token in [*reading.loose, *self._actions]:
            if hero is not None and role in {Role.VERB, Role.DIRECTION} and hero.take(role, entry, token):
                continue
            if hero is None and role is Role.COLOR and not reading.palette:
                reading.tint(entry, token)
            left.append((role, entry, token))
        reading.loose = left


def _as_action(meaning: Meaning, token: Token) -> tuple[Role, dict[str, Any], Token]:
    return meaning.role, meaning.entry, token
