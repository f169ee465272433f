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
from cutaway_runtime.engine.draft.words import mention
from cutaway_runtime.engine.draft.words.aside import set_aside
from cutaway_runtime.engine.draft.words.figure import base_of
from cutaway_runtime.engine.draft.words.filming import films
from cutaway_runtime.engine.draft.words.line import MODIFIERS, Line
from cutaway_runtime.engine.draft.words.part import Part
from cutaway_runtime.engine.draft.words.reading import Named, Reading
from cutaway_runtime.engine.draft.words.recast import recast
from cutaway_runtime.engine.draft.words.ties import Ties
from cutaway_runtime.engine.draft.words.tokens import Called, Token, cut
from cutaway_runtime.engine.draft.words.troupe import EASTERN, Action, Troupe
from cutaway_runtime.engine.draft.words.vocabulary import Meaning, Role, vocabulary

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from cutaway_runtime.engine.draft.scene import Scene

_TOPICS: Final = frozenset({"이", "가", "은", "는", "들이", "들은", "が", "は"})
_TARGETS: Final = frozenset({"hoop", "goal-net"})
_ONWARD: Final = frozenset({"through", "across", "past", "into", "along"})
ANYBODY: Final = "person"
"""What a character is taken for of whom no word says what it is."""
_POINTING: Final = frozenset({"그", "이", "저", "この", "その", "あの"})
"""Korean and Japanese words for "that": the noun after them was named before."""


def read_prompt(prompt: str, cast: Sequence[Called] = (), listed: Collection[int] = ()) -> Scene:
    """The scene a prompt describes. Never fails: a prompt of which nothing is understood gives a slate.

    Args:
        prompt: in one language, or several.
        cast: those it may call by name.
        listed: which of them are to be seen, named or not.
    """
    return _Reader(prompt, cast, listed).read().scene()


def stand_in(name: str, description: str) -> str:
    """The drawing that is most like a character, as far as its words say: what it is, or what it is called."""
    for words in (description, name):
        subject = next(iter(read_prompt(words).subjects), None)
        if subject is not None:
            return base_of(subject.sprite)
    return ANYBODY


def revise(scene: Scene, prompt: str, cast: Sequence[Called] = ()) -> Scene:
    """The scene with what `prompt` names changed and everything else as it was.

    A colour, count, motion or size without a noun is the hero's; a noun the scene already has changes that
    subject; another noun takes its part, or joins it after "add", "also", "another". `understood`
    and `unmatched` speak of the new prompt; where nothing of it was understood, `understood` stays as it was.
    """
    return recast(scene, _Reader(prompt, cast).read())


class _Reader:
    """One walk over the tokens of one prompt."""

    def __init__(self, prompt: str, cast: Sequence[Called] = (), listed: Collection[int] = ()) -> None:
        self._tokens = cut(prompt, cast)
        self._unnamed = [(number, one) for number, one in enumerate(cast) if number in listed]
        self._line = Line(self._tokens)
        self._reading = Reading(prompt, self._tokens)
        self._grammar = vocabulary().grammar
        self._reading.denied = set_aside(self._tokens)
        self._troupe = Troupe(self._reading, self._line)
        self._ties = Ties(self._reading, self._troupe, self._line)
        self._modifiers: list[Action] = []
        """Colours, counts and sizes that wait for their noun."""
        self._opened = False
        """An article or "with" came before the modifiers: they belong to a noun that is still to come."""
        self._listing = False
        """A comma stood between such modifiers: "a small, round creature"."""
        self._last: Part | Named | None = None
        self._before = ""
        """The last stop word or sign before the words at hand; articles and modifiers do not count."""
        self._definite = False
        self._stranger = False
        """A word nobody knows stood between a modifier and here."""
        self._filming = False
        """A camera word was just read: the verb after it is the camera's."""

    def read(self) -> Reading:
        for at, token in enumerate(self._tokens):
            if token.kind == "stop" and self._line.upright(at, token):
                token.kind, token.meanings = "known", (Meaning(Role.DIRECTION, {"motion": token.text.lower()}),)
            elif self._line.heads(at, token):
                token.kind, token.meanings = "known", (Meaning(Role.VERB, {"motion": "go"}),)
            if token.kind == "known":
                self._known(at, token)
            elif token.kind in {"stop", "comma", "end"}:
                self._boundary(token)
            elif token.kind == "unknown" and not self._hide(at, token):
                self._stranger = True
        self._enter_unnamed()
        self._end()
        return self._reading

    def _enter_unnamed(self) -> None:
        """Those who are there though no word says so."""
        there = {part.character for part in self._reading.parts}
        for number, one in self._unnamed:
            if number not in there:
                self._reading.parts.append(Part(one.sprite, one.name, [], character=number))

    @property
    def _last_part(self) -> Part | None:
        return self._last if isinstance(self._last, Part) else None

    # Walking -------------------------------------------------------------------------------------

    def _boundary(self, token: Token) -> None:
        word = "," if token.kind == "comma" else token.text.lower()
        if token.language == "ja" and word in {"が", "は"} and self._last_part is not None:
            self._last_part.topic = True
        if word in self._grammar["en_determiners"]:
            self._definite = word not in {"a", "an", "another", "some"}
            self._opened = not self._modifiers or self._opened
            return
        if word == "," and self._opened and self._modifiers:
            self._listing, self._before = True, word
            return
        if token.kind != "stop" or word in self._grammar["en_prepositions"]:
            self._flush()
        if token.kind == "end":
            self._troupe.deliver()
        if token.kind == "end" or word in self._grammar["en_breaks"]:
            self._troupe.acted, self._filming = True, False
        if word != "and" and (token.kind != "stop" or token.language == "en"):
            self._ties.drop()
        if word in _ONWARD and self._troupe.actors:
            self._troupe.actors[-1].underway = True
        self._before, self._definite = word, word in _POINTING
        self._opened = self._opened and bool(self._modifiers)

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
            return verb if self._troupe.actors and not self._before and not self._modifiers else noun
        return token.meanings[0]

    # Nouns and what belongs to them --------------------------------------------------------------

    def _noun(self, at: int, token: Token, entry: dict[str, Any]) -> None:
        plural = self._line.plural(token)
        known = self._mentioned(token, entry, plural=plural)
        part = known or Part(entry["sprite"], token.text, [token], plural=plural, character=entry.get("character"))
        colors = [m for m in self._modifiers if m[0] is Role.COLOR]
        for role, what, word in self._modifiers:
            part.take(role, what, word)
        self._settle()
        if known is not None:
            known.tokens.append(token)
            self._last = known
            self._ties.drop()
            self._troupe.enter(at, token, [known], self._before)
            return
        if self._ties.wear(part, self._before):
            return
        cast = [part]
        if len(colors) == 2 and (part.plural or (part.count or 1) > 1):
            twin = Part(part.sprite, part.noun, [token], scale=part.scale, count=part.count, plural=part.plural)
            twin.paint(colors[1][1], colors[1][2])
            cast.append(twin)
        self._compounded(at, part)
        self._reading.parts += cast
        self._ties.equip(part)
        part.topic = token.particle in _TOPICS
        thrown = self._troupe.actors[-1:] if part.sprite in _TARGETS else []
        if thrown and thrown[0].kind == "thing":
            thrown[0].direction = thrown[0].direction or "down"  # a ball falls through a hoop
        self._last = part
        if not self._ties.close(part):
            self._troupe.enter(at, token, cast, self._before)

    def _mentioned(self, token: Token, entry: dict[str, Any], *, plural: bool) -> Part | None:
        """The part that this noun speaks of again: "the SUV", "the pups" after "wolf pups"."""
        if "character" in entry:
            return next((part for part in self._reading.parts if part.character == entry["character"]), None)
        parts, noun, english = self._reading.parts, token.text.lower(), token.language == "en"
        if piece := mention.belonging(parts, entry["sprite"], noun, held=self._ties.holding):
            return piece
        if not (self._definite if english else not (self._ties.waiting or self._modifiers)):
            return None
        same = mention.again(parts, entry["sprite"], noun, english=english)
        if same is None and self._definite and not self._modifiers:
            same = mention.general(parts, noun, plural=plural)
        return same

    def _compounded(self, at: int, part: Part) -> None:
        """Two nouns that name one body ("golden retriever puppy"), and a kite, which is flown by its flyer."""
        last, previous = self._last_part, self._line.at(at - 1)
        if last is None or part.noun == last.noun:
            return
        kindred = last.kind == part.kind and (part.kind == "animal" or part.character is not None)
        if previous in last.tokens and previous is last.tokens[0] and kindred and last.character is None:
            if previous.language == "en":
                part.tokens += last.tokens
                if part.character is None:
                    part.rgb, part.color = part.rgb or last.rgb, part.color or last.color
                part.count, part.scale = part.count or last.count, part.scale or last.scale
                self._reading.parts.remove(last)
                self._troupe.leave(last)
        elif (
            part.sprite == "kite" and last.kind == "person" and last.verb is not None and last.verb.get("gait") == "fly"
        ):
            part.verb, last.verb, part.follows = last.verb, None, last

    def _modifier(self, at: int, token: Token, meaning: Meaning) -> None:
        previous = self._line.at(at - 1)
        if meaning.role is Role.COUNT and self._last_part is not None and token.language in EASTERN:
            marked = previous is not None and previous.kind == "stop" and previous.text in {"が", "は", "を", "も"}
            noun = self._line.at(at - 2) if marked else previous
            linked = previous is not None and previous.particle in {"와", "과", "의", "에서", "에"}
            if noun in self._last_part.tokens and not linked and self._last_part.take(*_as_action(meaning, token)):
                return
        self._stranger = False
        self._modifiers.append(_as_action(meaning, token))

    def _settle(self) -> None:
        self._modifiers, self._stranger, self._opened, self._listing = [], False, False, False

    def _hide(self, at: int, token: Token) -> bool:
        """A colour of fur, feathers or skin is that of the whole animal; True when one was."""
        if token.text.lower() not in self._grammar["hides"]:
            return False
        if not self._modifiers:
            following = self._line.at(at + 1)
            token.used = token.language == "ko" and following is not None and following.meaning(Role.COLOR) is not None
            return token.used
        if token.language == "en":
            bearer = self._troupe.wearer or self._last_part
            for role, entry, word in self._modifiers:
                if role is Role.COLOR and bearer is not None and bearer.paint(entry, word):
                    token.used = True
            self._settle()
        else:
            token.used = self._modifiers[-1][0] is Role.COLOR
        return token.used

    def _flush(self) -> None:
        """Modifiers that met no noun go back to the last one, or to the place they describe."""
        for role, entry, token in self._modifiers:
            near = not self._stranger and not self._listing
            if isinstance(self._last, Part) and near and self._last.take(role, entry, token):
                continue
            if isinstance(self._last, Named) and near and role is Role.COLOR:
                self._reading.tint(entry, token)
            else:
                self._reading.loose.append((role, entry, token))
        self._settle()

    def _describe(self) -> None:
        """Modifiers before a place or a time of day colour the picture itself: "a pink sky"."""
        for role, entry, token in self._modifiers:
            if role is Role.COLOR:
                self._reading.tint(entry, token)
            else:
                self._reading.loose.append((role, entry, token))
        self._settle()

    # Verbs ---------------------------------------------------------------------------------------

    def _act(self, at: int, token: Token, meaning: Meaning) -> None:
        describes = meaning.role is Role.VERB and self._line.describes(at, token, modified=bool(self._modifiers))
        if self._modifiers and not describes and token.language == "en":
            self._flush()
        if self._nobodys(at, token, meaning):
            return
        if meaning.entry.get("place"):
            self._reading.places.append(Named(Place(meaning.entry["place"]), meaning.entry, token))
        if describes and self._of_a_place(at, token):
            if self._last_part is not None and self._last_part.take(*_as_action(meaning, token)):
                self._troupe.actors, self._troupe.acted = [], True
            return
        if describes and token.language == "en" and self._line.of_a_stranger(at):
            return
        if not describes and self._companion(at, token, meaning):
            return
        self._troupe.actions.append(_as_action(meaning, token))
        waits = describes or (token.language in EASTERN and meaning.role is not Role.VERB)
        if not waits and (self._troupe.actors or token.language in EASTERN):
            self._troupe.deliver()

    def _nobodys(self, at: int, token: Token, meaning: Meaning) -> bool:
        """A verb of the camera or of the weather, or a direction that only points at what follows."""
        if meaning.role is Role.VERB:
            weather = self._line.weather_before(at) if meaning.entry.get("motion") == "down" else None
            filmed = self._filming and meaning.entry.get("motion") == "go"
            token.used = filmed or (weather is not None and weather.used)
            return filmed or weather is not None
        if meaning.role is Role.DIRECTION and self._line.preposition(at, token):
            token.kind = "stop"
            return True
        return False

    def _companion(self, at: int, token: Token, meaning: Meaning) -> bool:
        """Gives "dancing" in "with fairies dancing" to the fairies; True when nobody else does it, too."""
        last, actors = self._last_part, self._troupe.actors
        if last is None or last in actors or last.kind not in {"person", "animal"} or last.moves:
            return False
        if meaning.role is not Role.VERB or not (token.language == "en" and token.text.lower().endswith("ing")):
            return False
        between = [t for t in (self._line.at(at - n) for n in (1, 2, 3)) if t is not None and t.kind != "suffix"][:2]
        near = between[0] in last.tokens or (between[0].kind == "unknown" and between[-1] in last.tokens)
        return near and last.take(*_as_action(meaning, token)) and any(part.verb for part in actors)

    def _of_a_place(self, at: int, token: Token) -> bool:
        """A Korean clause that describes a place keeps its own actor: "벚꽃이 흩날리는 공원"."""
        following = self._line.following(at)
        place = following is not None and following.meaning(Role.PLACE) is not None
        return token.language == "ko" and place and self._last_part is not None and self._last_part.topic

    def _relate(self, at: int, token: Token, kind: str) -> None:
        if token.language in EASTERN and kind != "beside":
            previous = self._line.at(at - 1)
            token.used = kind == "hold" and previous is not None and previous.text in self._grammar["hides"]
            actor = self._ties.back(at, token, kind, modified=bool(self._modifiers))
            self._last = actor or self._last
            return
        if self._modifiers:
            self._flush()
        self._ties.open(token, kind, self._last_part)
        self._opened = token.text.lower() == "with"

    # The end --------------------------------------------------------------------------

    def _end(self) -> None:
        self._flush()
        self._troupe.deliver()
        reading = self._reading
        hero = next(iter(reading.parts), None)
        left = []
        for role, entry, token in [*reading.loose, *self._troupe.actions]:
            if hero is not None and role in {Role.VERB, Role.DIRECTION} and hero.take(role, entry, token):
                continue
            if hero is None and role is Role.COLOR and not reading.palette:
                reading.tint(entry, token)
            left.append((role, entry, token))
        reading.loose = left


def _as_action(meaning: Meaning, token: Token) -> Action:
    return meaning.role, meaning.entry, token
