"""A revision: what a second prompt changes in a scene that exists."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cutaway_runtime.engine.draft.scene import Motion, Place, Scene, Subject, Weather
from cutaway_runtime.engine.draft.words.figure import GARMENTS, base_of, gait_of, posed
from cutaway_runtime.engine.draft.words.part import Part
from cutaway_runtime.engine.draft.words.reading import INDOORS, Reading, show
from cutaway_runtime.engine.draft.words.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

_ADDING: Final = frozenset(
    {"add", "also", "another", "more", "plus", "추가", "추가해", "추가해줘", "넣어줘", "追加", "加えて"}
)
_SIDEWAYS: Final = frozenset({Motion.LEFT, Motion.RIGHT, Motion.UP, Motion.DOWN})


def recast(scene: Scene, reading: Reading) -> Scene:
    """The scene with what the reading names changed and everything else as it was.

    What found no noun goes to the hero. A noun the scene already has changes that subject; another takes
    the part of the first subject of its kind, or joins the scene after a word like "add".
    """
    subjects, newcomers = _subjects(scene.subjects, reading)
    place, beyond = reading.where()
    if place is Place.SKY and scene.place not in INDOORS:
        place = None  # the sky over the place that is there
    fresh = reading.scene(newcomers, inside=scene.place)
    kept = () if place else scene.props
    gone = frozenset(value for m in reading.denied for key, value in m.entry.items() if key in {"weather", "look"})
    return replace(
        scene,
        prompt=reading.prompt,
        subjects=_present((*subjects, *fresh.subjects), reading.absent),
        place=place or (fresh.place if not scene.subjects else scene.place),
        beyond=beyond if place else scene.beyond,
        time=reading.time or scene.time,
        weather=reading.weather or (Weather.CLEAR if scene.weather in gone else scene.weather),
        camera=reading.camera or scene.camera,
        props=tuple(p for p in dict.fromkeys([*kept, *fresh.props]) if p not in reading.absent),
        neon=reading.neon or (scene.neon and "neon" not in gone),
        wet=reading.wet or (scene.wet and "wet" not in gone),
        palette=tuple(reading.palette) or (() if place else scene.palette),
        style=reading.style or scene.style,
        understood=fresh.understood or scene.understood,
        unmatched=fresh.unmatched,
        assumed=fresh.assumed,
    )


def _present(subjects: Sequence[Subject], absent: frozenset[str]) -> tuple[Subject, ...]:
    """The subjects without what a prompt takes away: "without the dog", "no umbrella"."""
    there = [n for n, s in enumerate(subjects) if base_of(s.sprite) not in absent]
    return tuple(
        replace(
            subjects[n],
            carries=tuple(c for c in subjects[n].carries if c not in absent),
            follows=there.index(leader) if (leader := subjects[n].follows) in there and leader is not None else None,
        )
        for n in there
    )


def _subjects(old: Sequence[Subject], reading: Reading) -> tuple[list[Subject], list[Part]]:
    """The old subjects, changed, and the parts that join them."""
    cast = list(old)
    if cast:
        hero = Part(cast[0].sprite, cast[0].noun, [], character=cast[0].character)
        for role, entry, token in reading.loose:
            hero.take(role, entry, token)
        if hero.rgb is not None and not reading.places:
            reading.palette.clear()
        show(hero)
        cast[0] = _changed(cast[0], hero)
    joining = any(token.text.lower() in _ADDING for token in reading.tokens)
    newcomers: list[Part] = []
    recast_already = False
    for part in reading.parts:
        same = next((n for n, s in enumerate(cast) if _is(part, s)), None)
        wearer = next((n for n, s in enumerate(cast) if vocabulary().sprites[s.sprite].kind == "person"), None)
        if part.sprite in GARMENTS and wearer is not None:
            figure = Part(cast[wearer].sprite, cast[wearer].noun, [], character=cast[wearer].character)
            figure.carry(part, None)
            show(part)
            cast[wearer] = _changed(cast[wearer], figure)
            continue
        if joining or not cast or (same is None and recast_already):
            newcomers.append(part)
            continue
        show(part)
        if same is None:
            kinds = [vocabulary().sprites[s.sprite].kind for s in cast]
            same = kinds.index(part.kind) if part.kind in kinds else 0
            recast_already = True
            cast[same] = _replaced(cast[same], part)
        cast[same] = _changed(cast[same], part)
    return cast, newcomers


def _is(part: Part, subject: Subject) -> bool:
    """Whether the part speaks of this subject: by its picture, or by what it is."""
    if part.character is not None:
        return part.character == subject.character
    return base_of(part.sprite) == base_of(subject.sprite)


def _replaced(subject: Subject, part: Part) -> Subject:
    """Another figure does what the old one did, in its own way."""
    sprites = vocabulary().sprites
    sprite = posed(part.sprite, {"gait": subject.gait.value})
    alike = sprites[sprite].kind == sprites[subject.sprite].kind
    gait = subject.gait if alike else gait_of(sprite, None, subject.motion)
    return replace(subject, sprite=sprite, noun=part.noun, gait=gait, rgb=None, color=None, character=part.character)


def _changed(subject: Subject, part: Part) -> Subject:
    """The subject with what the part names."""
    verb = part.verb
    motion = subject.motion
    if part.direction:
        motion = Motion(part.direction)
    elif verb and verb.get("motion"):
        going = motion if motion in _SIDEWAYS else Motion.RIGHT
        motion = going if verb["motion"] == "go" else Motion(verb["motion"])
    sprite, gait = subject.sprite, subject.gait
    if verb:
        sprite = posed(base_of(subject.sprite), verb)
        gait = gait_of(sprite, verb, motion)
    elif motion is not subject.motion and (subject.motion is Motion.STILL or motion is Motion.STILL):
        gait = gait_of(sprite, None, motion)
    return replace(
        subject,
        sprite=sprite,
        motion=motion,
        gait=gait,
        rgb=part.rgb or subject.rgb,
        color=part.color or subject.color,
        count=part.count or subject.count,
        scale=part.scale or subject.scale,
        speed=part.speed or subject.speed,
        carries=tuple(dict.fromkeys([*subject.carries, *part.carries])),
    )
