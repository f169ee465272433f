"""Blocking: who stands and goes where, once the cast is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cutaway_runtime.engine.draft.scene import Motion

if TYPE_CHECKING:
    from cutaway_runtime.engine.draft.stage.actor import Actor
    from cutaway_runtime.engine.draft.stage.scenery import Site

CROSSING: Final = (Motion.LEFT, Motion.RIGHT)
TARGETS: Final = frozenset({"hoop", "goal-net"})
"""What a ball is thrown through or into."""
_BURST: Final = 0.72
"""When, in the course of a shot, what explodes does so."""


def block(site: Site, groups: dict[int, list[Actor]]) -> None:
    """Give every group its place relative to the others, in place. Groups go by the number of their subject."""
    subjects = site.scene.subjects
    led = {index for index in groups if subjects[index].follows is not None and subjects[index].follows in groups}
    _line_up([group for index, group in groups.items() if index not in led])
    for index in sorted(led):
        lead = subjects[index].follows
        if lead is not None and lead < index:
            groups[index] = _led(site, groups[index], groups[lead])
            if subjects[index].sprite == "explosion":
                groups[lead] = [replace(actor, until=_BURST + 0.06) for actor in groups[lead]]
    _convoy([group for index, group in groups.items() if subjects[index].sprite != "explosion"])


def _led(site: Site, own: list[Actor], lead: list[Actor]) -> list[Actor]:
    """Those who follow somebody take the same way; what bursts does it where its cause is."""
    first = lead[0].path
    if own[0].entry.key == "explosion":
        path = replace(first, home_depth=first.home_depth + 0.01, gait=own[0].gait)
        return [replace(actor, path=path, height=actor.height * 1.5, since=_BURST, shadow=0.0) for actor in own[:1]]
    gap = first.half + own[0].path.half + 0.02
    motion = first.motion if first.motion is not Motion.STILL else own[0].path.motion
    side = first.tracked or (-1 if site.rng.random() < 0.5 else 1)
    beside = first.home_x + first.offset_x - side * gap - own[0].path.home_x
    shift = 0.0 if motion in CROSSING and not first.tracked else beside

    def behind(actor: Actor) -> Actor:
        path = replace(
            actor.path, motion=motion, offset_x=actor.path.offset_x + shift, tracked=first.tracked, speed=first.speed,
            phase=first.phase,
        )  # fmt: skip
        return replace(actor, path=path, pinned=lead[0].pinned)

    return [behind(actor) for actor in own]


def _convoy(groups: list[list[Actor]]) -> None:
    """What crosses the picture the same way goes in single file, the hero in front."""
    for motion in CROSSING:
        files = [group for group in groups if group[0].path.motion is motion and not group[0].path.tracked]
        if len(files) < 2:
            continue
        widths = [2 * group[0].path.half for group in files]
        total = sum(widths) + 0.02 * (len(files) - 1)
        squeeze = min(1.0, 0.62 / total)
        back = 1 if motion is Motion.LEFT else -1
        at = -total / 2
        for group, width in zip(files, widths, strict=True):
            shift = back * (at + width / 2) * squeeze
            at += width + 0.02
            for i, actor in enumerate(group):
                path = replace(actor.path, offset_x=actor.path.offset_x + shift, half=total * squeeze / 2)
                group[i] = replace(actor, path=path)


def _line_up(groups: list[list[Actor]]) -> None:
    """Several that stay about where they are stand side by side, the hero at the left of the middle or in it."""
    if any(group[0].entry.key in TARGETS for group in groups):
        return
    staying = [
        group
        for group in groups
        if group[0].path.motion not in (*CROSSING, Motion.CIRCLE)
        and group[0].entry.kind != "building"
        and not group[0].path.tracked
    ]
    for aloft in (False, True):
        level = [group for group in staying if (group[0].path.home_lift >= 0.2) is aloft]
        if len(level) > 1:
            _side_by_side(level)


def _side_by_side(standing: list[list[Actor]]) -> None:
    order = [*standing[1::2][::-1], standing[0], *standing[2::2]] if len(standing) > 2 else standing
    widths = [2 * group[0].path.half + 0.03 for group in order]
    squeeze = min(1.0, 0.94 / sum(widths))
    at = 0.5 - sum(widths) * squeeze / 2
    for group, width in zip(order, widths, strict=True):
        x = at + width * squeeze / 2
        at += width * squeeze
        for i, actor in enumerate(group):
            path = replace(actor.path, offset_x=actor.path.offset_x + x - actor.path.home_x)
            group[i] = replace(actor, path=path, height=actor.height * max(squeeze, 0.6))
