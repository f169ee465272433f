"""The cast: which bodies a scene needs, how large they are, where they stand and what way they take."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cutaway_runtime.engine.draft.scene import Camera, Gait, Motion, Place, Weather
from cutaway_runtime.engine.draft.sprites import atlas
from cutaway_runtime.engine.draft.stage.actor import LUMINOUS, Actor
from cutaway_runtime.engine.draft.stage.backdrop import ALOFT, INDOORS, WOODED
from cutaway_runtime.engine.draft.stage.blocking import CROSSING, TARGETS, block
from cutaway_runtime.engine.draft.stage.path import AIRBORNE, Path
from cutaway_runtime.engine.draft.stage.puppet import puppet
from cutaway_runtime.engine.draft.stage.scenery import TREES, Drifting

if TYPE_CHECKING:
    from cutaway_runtime.engine.draft.scene import RGB, Subject
    from cutaway_runtime.engine.draft.sprites.atlas import Entry
    from cutaway_runtime.engine.draft.stage.cutout import Cutout
    from cutaway_runtime.engine.draft.stage.floor import Item
    from cutaway_runtime.engine.draft.stage.scenery import Site

_TALL: Final = {
    "person": (0.50, 1.7),
    "animal": (0.36, 0.8),
    "vehicle": (0.32, 1.9),
    "building": (0.62, 10.0),
    "plant": (0.42, 1.5),
    "sky": (0.32, 4.0),
    "food": (0.27, 0.25),
    "thing": (0.27, 0.5),
}
"""How high the usual one of each kind is drawn, as a fraction of the frame, and how high it really is, in metres."""
_WIDEST: Final = 0.44
"""Of the frame's width; more and there is no way left to go."""
_STILL_DEPTH: Final = {"building": 0.30, "plant": 0.55}
_HERO_DEPTH: Final = 0.80
_WATERY: Final = frozenset({Place.OCEAN, Place.LAKE, Place.RIVER})
_PASSING: Final = frozenset({Camera.PAN_LEFT, Camera.PAN_RIGHT, Camera.AERIAL, Camera.ORBIT})
"""Cameras that would carry off what crosses the picture: it keeps its way across the frame instead."""
_ZOOMING: Final = frozenset({Camera.PUSH_IN, Camera.PULL_OUT, Camera.AERIAL})
_IN_EVERY_SKY: Final = frozenset({"sun", "moon", "cloud"})
_SKIRTS: Final = frozenset({"dress", "kimono"})
_CROWD: Final = 5
_COATS: Final[tuple[RGB, ...]] = (
    (86, 104, 140),
    (120, 112, 104),
    (96, 130, 120),
    (150, 140, 128),
    (90, 84, 104),
    (140, 150, 168),
)
CROWD: Final = 24
"""More of a kind are not drawn one by one."""


def cast(site: Site) -> list[Item]:
    """The actors of the scene, hero first."""
    subjects = site.scene.subjects
    held = _held(subjects)
    taken = {index for things in held.values() for index in things}
    groups: dict[int, list[Actor]] = {}
    crowds: list[Actor] = []
    for index, subject in enumerate(subjects):
        if index in taken:
            continue
        if (
            index
            and subject.count >= _CROWD
            and subject.character is None
            and atlas.entry(subject.sprite).kind == "person"
        ):
            crowds.extend(_crowd(site, subject))
            continue
        carried = tuple((subjects[thing].sprite, subjects[thing].rgb) for thing in held.get(index, ()))
        groups[index] = _group(site, index, subject, carried)
    block(site, groups)
    return [*crowds, *(actor for group in groups.values() for actor in group), *_props(site)]


def _held(subjects: tuple[Subject, ...]) -> dict[int, list[int]]:
    """Small things that belong to somebody (they follow a body and do not move) go into its hands."""
    out: dict[int, list[int]] = {}
    for index, subject in enumerate(subjects):
        owner = subject.follows
        if owner is None or owner >= index or subject.count > 1 or subject.motion is not Motion.STILL:
            continue
        if subject.character is not None:
            continue
        thing, body = atlas.entry(subject.sprite), atlas.entry(subjects[owner].sprite)
        if (
            thing.kind in ("thing", "food")
            and thing.height_m <= 1.0
            and body.kind in ("person", "animal")
            and subjects[owner].count == 1
        ):
            out.setdefault(owner, []).append(index)
    return out


def _crowd(site: Site, subject: Subject) -> list[Actor]:
    """People in the background, each in another coat, going both ways."""
    entry, out = atlas.entry(subject.sprite), []
    count = min(subject.count, CROWD)
    for i in range(count):
        coat = _COATS[int(site.rng.integers(len(_COATS)))]
        body, steps = puppet(subject.sprite, subject.rgb or coat, site.light.key)
        depth = site.between(0.29, 0.36)
        motion = Motion.LEFT if i % 2 else Motion.RIGHT
        offset = (i + site.between(0.1, 0.9)) / count - 0.5
        path = Path(motion, Gait.WALK, 0.5, depth, 0.0, 0.25, offset, subject.speed, site.between(0, 1))
        tall = 0.24 * site.floor.unit * (entry.height_m / 1.7) ** 0.5
        out.append(
            Actor(site.floor, entry, body, Gait.WALK, path, tall / 0.32, site.between(0, 1), shadow=0.3, steps=steps)
        )
    return out


def _group(site: Site, index: int, subject: Subject, held: tuple[tuple[str, RGB | None], ...]) -> list[Actor]:
    """All the bodies of one subject."""
    entry = atlas.entry(subject.sprite)
    light, floor = site.light, site.floor
    gait = _gait(site, subject, entry)
    if subject.character is not None:
        # Nothing that is known of the drawing but its size and its ways holds for the picture.
        entry = replace(entry, key="", faces="front", full_body=True)
    body, steps = _body(site, subject)
    camera = site.scene.camera
    count = max(1, min(subject.count, CROWD))
    share = _share(site, index, subject, entry, count)
    aspect = body.aspect
    widest = _WIDEST * floor.frame_width * (1.0 if count == 1 else 1.7 / count**0.62)
    tall = min(share * floor.unit, widest / aspect)
    home = _home_depth(site, index, subject, entry, gait)
    path = _path(
        site,
        index,
        subject,
        gait,
        entry,
        home,
        tall * aspect / floor.frame_width * (0.68 if camera in _ZOOMING else 0.5),
    )
    out = []
    for i in range(count):
        own = (
            path
            if count == 1
            else _place(site, path, i, count, tall * aspect / floor.frame_width, airborne=path.home_lift > 0)
        )
        wet = 0.30 if site.scene.wet or site.scene.place in _WATERY else 0.0
        grown = 1.0 if count == 1 else site.between(0.86, 1.14)
        out.append(
            Actor(
                afloat=site.scene.place in _WATERY and gait in (Gait.FLOAT, Gait.SWIM, Gait.STAND),
                floor=floor,
                entry=entry,
                cutout=body,
                gait=gait,
                path=own,
                height=tall / home * grown,
                phase=site.between(0, 1),
                factors=light.key,
                carries=(*((key, None) for key in subject.carries), *held),
                mirrored_at_rest=bool(site.rng.random() < 0.5) if entry.faces != "front" or count > 1 else False,
                shadow=_shadow(site, gait, own),
                reflected=wet,
                pinned=bool(own.tracked) or (camera in _PASSING and own.motion in (Motion.LEFT, Motion.RIGHT)),
                steps=steps,
                dark=light.lamps,
                dust=_dusty(site, gait, entry),
                glows=light.lamps and entry.key in LUMINOUS,
            )
        )
    return out


def _body(site: Site, subject: Subject) -> tuple[Cutout, tuple[Cutout, ...]]:
    """What is seen of a subject, and the further steps of its walk; a picture has none."""
    if subject.character is not None:
        return site.company[subject.character].cutout(site.light.key), ()
    return puppet(subject.sprite, subject.rgb, site.light.key, skirt=bool(_SKIRTS & set(subject.carries)))


def _gait(site: Site, subject: Subject, entry: Entry) -> Gait:
    """Fish swim on land too, but nothing drives through space without floating."""
    if site.scene.place in ALOFT and subject.gait in (Gait.STAND, Gait.WALK, Gait.RUN):
        return Gait.SWIM if site.scene.place is Place.UNDERWATER and entry.kind in ("animal", "person") else Gait.FLOAT
    return subject.gait


def _share(site: Site, index: int, subject: Subject, entry: Entry, count: int) -> float:
    """How much of the frame's height a body takes."""
    usual, metres = _TALL.get(entry.kind, _TALL["thing"])
    share = usual * (entry.height_m / metres) ** 0.16 * subject.scale**0.8
    if entry.key in TARGETS:
        return 0.74 if entry.key == "hoop" else 0.45
    kinds = {atlas.entry(s.sprite).kind for s in site.scene.subjects}
    if entry.kind == "person" and kinds & {"vehicle", "building"}:
        share *= 0.74
    if count > 1:
        share *= count**-0.27
    if index > 0:
        share *= 0.86
    if site.scene.camera is Camera.AERIAL:
        share *= 0.74
    return float(min(share, 0.74))


def _target(site: Site) -> str | None:
    """What the hero is thrown through or into, if the scene has such a thing."""
    return next((s.sprite for s in site.scene.subjects if s.sprite in TARGETS), None)


def _home_depth(site: Site, index: int, subject: Subject, entry: Entry, gait: Gait) -> float:
    if entry.key in TARGETS:
        return 0.5
    if entry.kind in _STILL_DEPTH and subject.motion is Motion.STILL:
        return _STILL_DEPTH[entry.kind]
    if gait in AIRBORNE or site.scene.place in ALOFT:
        return _HERO_DEPTH
    near = 0.76 if site.scene.place in (Place.ROAD, Place.STREET, Place.MOUNTAIN) else _HERO_DEPTH
    return near + site.jitter(0.02) - (0.14 if index else 0.0)


def _path(site: Site, index: int, subject: Subject, gait: Gait, entry: Entry, depth: float, half: float) -> Path:
    """Its way; the hero about the middle, the others to the sides."""
    x = 0.5 + site.jitter(0.05)
    if index:
        side = 1 if index % 2 else -1
        x = 0.5 + side * (0.0 if subject.motion is Motion.CIRCLE else 0.27 + site.jitter(0.03))
    if _target(site) is not None:
        x = 0.5
    lift = 0.0
    ground = (site.floor.base - site.floor.row(depth)) / site.floor.unit
    if site.scene.place in ALOFT:
        lift = 0.36 - ground + site.jitter(0.04)
    elif gait in AIRBORNE and entry.kind != "building" and site.scene.place not in _WATERY:
        lift = (0.44 if gait is Gait.FLY else 0.34) + site.jitter(0.03)
    elif gait is Gait.FLY:
        lift = 0.46
    elif entry.kind == "sky" and gait is Gait.STAND and entry.key not in ("fire", "explosion"):
        lift = 0.42
    tracked = 0
    if site.scene.camera is Camera.TRACK and index == 0:
        tracked = -1 if subject.motion is Motion.LEFT else 1
    return Path(subject.motion, gait, x, depth, lift, half, 0.0, subject.speed, site.between(0, 1), tracked)


def _place(site: Site, path: Path, i: int, count: int, width: float, *, airborne: bool) -> Path:
    """One of several: a loose arc on the ground, a scattered flock in the air; a pack that crosses stays together."""
    room = 0.52 if path.motion in CROSSING else 0.88
    if airborne:
        columns = max(2, round(count**0.5 * 1.5))
        rows = -(-count // columns)
        row, column = divmod(i, columns)
        spread_x, spread_y = min(room, 1.35 * width * columns), min(0.52, 0.17 * rows)
        dx = ((column + 0.5 + 0.4 * (row % 2) + site.jitter(0.22)) / columns - 0.5) * spread_x
        dy = ((row + 0.5 + site.jitter(0.25)) / rows - 0.5) * spread_y
        return replace(
            path,
            offset_x=path.offset_x + dx,
            half=spread_x / 2,
            home_lift=path.home_lift + dy,
            home_depth=path.home_depth * (1 + site.jitter(0.06)),
            phase=site.between(0, 1),
        )
    step = min(width * 1.22, room / count)
    dx = (i - (count - 1) / 2) * step + site.jitter(0.01)
    rank = (i * 2) % 3 - 1 if count > 2 else i - 0.5
    depth = path.home_depth * (1 + 0.13 * rank + site.jitter(0.02))
    return replace(
        path,
        offset_x=path.offset_x + dx,
        half=(step * (count - 1) + width) / 2,
        home_depth=min(depth, 0.97),
        phase=site.between(0, 1) if path.motion is Motion.WANDER else path.phase,
    )


def _dusty(site: Site, gait: Gait, entry: Entry) -> bool:
    """Wheels and quick feet raise dust out of doors on dry ground."""
    dry = not site.scene.wet and site.scene.weather not in (Weather.RAIN, Weather.STORM)
    outside = site.scene.place not in INDOORS | ALOFT | _WATERY and site.scene.place is not Place.STADIUM
    return outside and dry and (gait is Gait.DRIVE or (gait is Gait.RUN and entry.kind in ("animal", "person")))


def _shadow(site: Site, gait: Gait, path: Path) -> float:
    if site.scene.place in ALOFT or (site.scene.place in _WATERY and gait in (Gait.FLOAT, Gait.SWIM)):
        return 0.0
    return 0.14 if path.home_lift > 0.2 else (0.5 if site.light.stars else 0.36)


def _props(site: Site) -> list[Item]:
    """Things that dress the place, at the sides and behind the hero; what belongs in the sky hangs there."""
    floor, light = site.floor, site.light
    out: list[Item] = []
    spots = (0.15, 0.85, 0.32, 0.68, 0.06, 0.94)
    grown = TREES if site.scene.place in WOODED else frozenset()
    has_sky = site.scene.place not in INDOORS and site.scene.place is not Place.SPACE
    for i, key in enumerate([key for key in site.scene.props if not (has_sky and key in (*_IN_EVERY_SKY, *grown))][:6]):
        entry = atlas.entry(key)
        body, _ = puppet(key, None, light.key)
        x = spots[i] + site.jitter(0.03)
        if entry.kind == "sky" or entry.gait in ("fly", "float"):
            size = floor.unit * 0.13
            y = floor.margin_y + floor.frame_height * site.between(0.22, 0.34)
            out.append(Drifting(body, 0.3, y, size, 0.0, 0.0, 1.0, floor.x(x), 1.0, size * 0.08))
            continue
        depth = 0.42 + 0.05 * i
        usual, metres = _TALL.get(entry.kind, _TALL["thing"])
        tall = min(0.5, usual * 0.62 * (entry.height_m / metres) ** 0.16) * floor.unit
        path = Path(Motion.STILL, Gait.STAND, x, depth, 0.0, 0.0)
        out.append(
            Actor(
                floor,
                entry,
                body,
                Gait.STAND,
                path,
                tall / depth,
                site.between(0, 1),
                light.key,
                shadow=0.3,
                glows=light.lamps and key in LUMINOUS,
            )
        )
    return out
