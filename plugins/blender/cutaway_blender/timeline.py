# SPDX-License-Identifier: GPL-3.0-or-later
"""The strips of a scene as the timeline that everybody else works on.

    channel 3  | title |                            (in the metadata: it covers no hole)
    channel 2      | B |            ->    track 1   | gap | B |
    channel 1  | A |  ~ sound ~  |        track 0   | A | gap |        track 2   | gap | sound |

A channel with shots is a video track, one with sound an audio track, one with both is both; picture first, the
lowest channel first. Record frame 0 is the first frame of the scene. Shots are movies, stills, scenes, metas, clips
and plain colours. Effects and titles cover no hole: they stand in the metadata, and as items without media only in
a channel that has shots too. Placeholders of ours are not part of the cut. Reading changes nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from cutaway.timebase import Rate
from cutaway.timeline.dialects import BLENDER
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index

from . import compat, media
from .identity import PLACEHOLDER, TAKE, Identity, identities

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from fractions import Fraction

    from cutaway.timeline.index import Item

SHOTS: Final = frozenset({"MOVIE", "IMAGE", "SCENE", "META", "MOVIECLIP", "COLOR"})
MARK: Final = BLENDER.mark


@dataclass(frozen=True)
class Lying:
    """A strip of the sequence itself, of whatever type, where it lies: record frames, negative before the scene."""

    name: str
    type: str
    channel: int
    start: int
    end: int
    inputs: tuple[str, ...] = ()
    """The strips an effect is made of."""
    fixed: str = ""
    """Why it is not cut: "" where it may be."""
    card: str = ""
    """Of a placeholder: whose."""

    @property
    def is_shot(self) -> bool:
        return self.type in SHOTS


@dataclass(frozen=True)
class Listing:
    """One scene, read: its timeline, and what a host needs to find strips and channels again."""

    scene: str
    origin: int
    """The scene frame that record frame 0 is."""
    index: Index = field(repr=False)
    channels: tuple[int, ...]
    """Of each track."""
    who: Mapping[str, Identity] = field(repr=False)
    """Strip name -> identity, of every strip of the scene."""
    lying: tuple[Lying, ...] = field(repr=False)

    @property
    def digest(self) -> str:
        return self.index.document.digest

    @property
    def rate(self) -> Rate:
        return self.index.rate


def rate_of(scene: Any) -> Rate:
    """Frames per second of a scene, exact: 30 over a base of 1.001 is 30000/1001."""
    return Rate.parse(scene.render.fps / scene.render.fps_base)


def strip_name(item: Item) -> str | None:
    """The strip an item is, where it is one."""
    found = item.metadata.get(MARK)
    return found.get("strip") if isinstance(found, dict) else None


def read(scene: Any) -> Listing:
    """The timeline of a scene as it is now; an empty one where it has no sequence editor."""
    editor = compat.editor(scene)
    everything = list(compat.all_strips(editor)) if editor is not None else []
    who = identities(everything)
    writer = _Writer(scene, rate_of(scene), who)
    strips = list(compat.strips(editor)) if editor is not None else []
    strips = [strip for strip in strips if who[strip.name].role != PLACEHOLDER]
    tracks, channels = writer.tracks(strips, editor.channels if editor is not None else None)
    timeline = {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {MARK: {"effects": writer.effects}},
        "name": scene.name,
        "global_start_time": writer.time(scene.frame_start),
        "tracks": _composition("Stack.1", "tracks", tracks) | {"markers": writer.markers()},
    }
    index = _indexed(json.dumps(timeline, ensure_ascii=False), writer.rate)
    top = list(compat.strips(editor)) if editor is not None else []
    lying = tuple(_lying(top, who, scene.frame_start))
    return Listing(scene.name, scene.frame_start, index, tuple(channels), who, lying)


@lru_cache(maxsize=2)
def _indexed(text: str, rate: Rate) -> Index:
    """The same timeline again is not taken apart again."""
    return Index.of(Document.parse(text), rate=rate)


def _lying(strips: Sequence[Any], who: Mapping[str, Identity], origin: int) -> Iterable[Lying]:
    used = {one.name for strip in strips for one in compat.inputs_of(strip)}
    for strip in strips:
        left, right = compat.span(strip)
        identity = who[strip.name]
        why = "it is a part of an effect" if strip.name in used else ""
        why = why or ("it is retimed" if compat.retiming(strip) else "")
        why = why or (
            f"it is a {strip.type.lower()} strip"
            if strip.type not in {"MOVIE", "IMAGE", "SCENE", "COLOR", "SOUND"}
            else ""
        )
        yield Lying(
            strip.name, strip.type, strip.channel, left - origin, right - origin,
            tuple(one.name for one in compat.inputs_of(strip)), why,
            identity.card if identity.role == PLACEHOLDER else "",
        )  # fmt: skip


class _Writer:
    """Writes the strips of one scene, in record frames from `origin`."""

    def __init__(self, scene: Any, rate: Rate, who: Mapping[str, Identity]) -> None:
        self.scene = scene
        self.rate = rate
        self.who = who
        self.effects: list[dict[str, Any]] = []

    def tracks(
        self, strips: Iterable[Any], channels: Any, origin: int | None = None
    ) -> tuple[list[dict[str, Any]], list[int]]:
        """The tracks of strips, picture first, and the channel of each."""
        begin = self.scene.frame_start if origin is None else origin
        by_channel: dict[int, list[Any]] = {}
        for strip in sorted(strips, key=compat.span):
            by_channel.setdefault(strip.channel, []).append(strip)
        made: list[tuple[int, int, dict[str, Any]]] = []
        for channel in sorted(by_channel):
            here = by_channel[channel]
            sound = [strip for strip in here if strip.type == "SOUND"]
            picture = [strip for strip in here if strip.type != "SOUND"]
            self.effects += [self._effect(strip, begin) for strip in picture if strip.type not in SHOTS]
            settings = channels[channel] if channels is not None else None
            if any(strip.type in SHOTS for strip in picture):
                made.append((0, channel, self._track("Video", channel, settings, picture, begin)))
            if sound:
                made.append((1, channel, self._track("Audio", channel, settings, sound, begin)))
        made.sort(key=lambda one: one[:2])
        return [track for *_, track in made], [channel for _, channel, _ in made]

    def markers(self) -> list[dict[str, Any]]:
        """The timeline's markers, record time."""
        return [
            {
                "OTIO_SCHEMA": "Marker.2",
                "metadata": {},
                "name": marker.name,
                "color": "RED",
                "marked_range": self.range(marker.frame - self.scene.frame_start, 1),
            }
            for marker in sorted(self.scene.timeline_markers, key=lambda m: (m.frame, m.name))
        ]

    def time(self, frames: float | Fraction, rate: Fraction | None = None) -> dict[str, Any]:
        return {
            "OTIO_SCHEMA": "RationalTime.1",
            "rate": float(rate or self.rate.fraction),
            "value": round(float(frames), 6),
        }

    def range(
        self, start: float | Fraction, duration: float | Fraction, rate: Fraction | None = None
    ) -> dict[str, Any]:
        """A range whose start counts at a rate of its own; its duration always counts frames of the scene."""
        return {
            "OTIO_SCHEMA": "TimeRange.1",
            "start_time": self.time(start, rate),
            "duration": self.time(duration),
        }

    def _track(self, kind: str, channel: int, settings: Any, strips: Iterable[Any], begin: int) -> dict[str, Any]:
        children: list[dict[str, Any]] = []
        at = 0
        for strip in strips:
            left, right = (frame - begin for frame in compat.span(strip))
            if right <= max(at, 0):  # it ends before the scene begins, or under another one
                continue
            hidden = max(0, at - left)
            if left > at:
                children.append(_item("Gap.1", "", {}, self.range(0, left - at)))
            children.append(self._strip(strip, hidden, right - max(left, at)))
            at = right
        made = _composition("Track.1", settings.name if settings is not None else f"Channel {channel}", children)
        made["metadata"] = {MARK: {"channel": channel, "Locked": bool(settings is not None and settings.lock)}}
        made["enabled"] = not (settings is not None and settings.mute)
        return made | {"kind": kind}

    def _effect(self, strip: Any, begin: int) -> dict[str, Any]:
        left, right = compat.span(strip)
        inputs = [one.name for one in compat.inputs_of(strip)]
        told = {"name": strip.name, "type": strip.type, "channel": strip.channel, "enabled": not strip.mute}
        return told | {"start": left - begin, "frames": right - left, "inputs": inputs}

    def _strip(self, strip: Any, hidden: int, frames: int) -> dict[str, Any]:
        """A strip as an item; the first `hidden` frames of it lie before the scene begins."""
        metadata = self._metadata(strip)
        if strip.type == "META":
            tracks, _ = self.tracks(
                compat.strips(strip), getattr(strip, "channels", None), int(compat.content_start(strip))
            )
            made = _composition("Stack.1", strip.name, tracks)
            made |= {"metadata": metadata, "enabled": not strip.mute}
            return made | {"source_range": self.range(max(0.0, compat.offsets(strip)[0]) + hidden, frames)}
        shown = media.shown(strip, self.rate, hidden, frames)
        metadata[MARK] |= {"note": shown.note} if shown.note else {}
        span = self.range(shown.start, frames, shown.rate.fraction)
        made = _item("Clip.2", strip.name, metadata, span, enabled=not strip.mute)
        if shown.speed != 1:
            made["effects"] = [
                {
                    "OTIO_SCHEMA": "LinearTimeWarp.1",
                    "metadata": {},
                    "name": "",
                    "effect_name": "LinearTimeWarp",
                    "time_scalar": float(shown.speed),
                }
            ]
        reference: dict[str, Any] = {"OTIO_SCHEMA": "MissingReference.1", "metadata": {}, "name": strip.name}
        if shown.path:
            reference = {"OTIO_SCHEMA": "ExternalReference.1", "metadata": {}, "name": strip.name}
            reference["target_url"] = shown.path
            if shown.frames is not None:
                reference["available_range"] = {
                    "OTIO_SCHEMA": "TimeRange.1",
                    "start_time": self.time(0, shown.rate.fraction),
                    "duration": self.time(shown.frames, shown.rate.fraction),
                }
        elif strip.type not in {"SCENE", "MOVIECLIP", "MOVIE", "IMAGE", "SOUND"}:
            reference |= {"OTIO_SCHEMA": "GeneratorReference.1", "parameters": {}}
            reference["generator_kind"] = f"blender.{strip.type.lower()}"
        made["media_references"] = {"DEFAULT_MEDIA": reference}
        made["active_media_reference_key"] = "DEFAULT_MEDIA"
        return made

    def _metadata(self, strip: Any) -> dict[str, Any]:
        """What Blender alone knows of a strip, as far as it is seen, and who the strip is to us."""
        told = {"strip": strip.name, "type": strip.type, "channel": strip.channel}
        if strip.type == "SCENE" and strip.scene is not None:
            told["scene"] = strip.scene.name
        if strip.type != "SOUND":
            told["look"] = _look(strip)
        metadata: dict[str, Any] = {MARK: told}
        identity = self.who[strip.name]
        if identity.id:
            ours = {"schema": 1, "id": identity.id}
            ours |= {"derived_from": identity.derived_from} if identity.derived_from else {}
            if identity.role == TAKE:
                ours |= {"card": identity.card, "take": identity.take, "role": TAKE}
            elif identity.role:
                ours |= {"role": identity.role}
            metadata["cutaway"] = ours
        return metadata


def _look(strip: Any) -> str:
    """How a strip is laid over what lies below it, in a line."""
    parts = [strip.blend_type, f"{strip.blend_alpha:.4g}"]
    if (transform := getattr(strip, "transform", None)) is not None:
        values = (transform.offset_x, transform.offset_y, transform.scale_x, transform.scale_y, transform.rotation)
        parts += [f"{value:.4g}" for value in values]
    if getattr(strip, "use_flip_x", False) or getattr(strip, "use_flip_y", False):
        parts.append(f"flip{int(strip.use_flip_x)}{int(strip.use_flip_y)}")
    if strip.type == "COLOR":
        parts += [f"{value:.3f}" for value in strip.color]
    parts += [modifier.type for modifier in strip.modifiers]
    return " ".join(parts)


def _composition(schema: str, name: str, children: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": schema,
        "metadata": {},
        "name": name,
        "source_range": None,
        "effects": [],
        "markers": [],
        "enabled": True,
        "children": children,
    }


def _item(schema: str, name: str, metadata: Any, span: Any, *, enabled: bool = True) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": schema,
        "metadata": metadata,
        "name": name,
        "source_range": span,
        "effects": [],
        "markers": [],
        "enabled": enabled,
    }


def marked(scene: Any) -> tuple[int, int] | None:
    """In and out as the editor marked them, scene frames, half-open; None where nothing is marked."""
    if not scene.use_preview_range:
        return None
    return scene.frame_preview_start, scene.frame_preview_end + 1
