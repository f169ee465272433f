# SPDX-License-Identifier: GPL-3.0-or-later
"""Boards as sequences, and sequences as boards; a cut of another application as a sequence.

    scene_of_board(desk, Path("board.json"))     a scene: a strip for each shot, a card for each that is to be made
    board_of_scene(host)                         a board with the shots of a scene, their words and lengths
    scene_of_cut(Path("cut.otio"), like=scene)   a scene with the strips of a timeline

A shot that is still to be made is a colour strip, named by its words: it is a part of the cut and holds the place;
its take lies on a channel above it. RNA calls only, and a strip is made behind everything before it is moved.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from cutaway.errors import EditRefused, UnreadableTimeline
from cutaway.storyboard.asks import generation
from cutaway.storyboard.card import CardReference, CardState, Role
from cutaway.storyboard.footage import Footage
from cutaway.storyboard.sheet import Sheet
from cutaway.timebase import Rate, TimebaseError
from cutaway.timeline.adapters import open_any
from cutaway.timeline.index import Index, Kind
from cutaway.timeline.references import available_range

from . import compat, identity, timeline
from .identity import NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.storyboard.card import Card
    from cutaway.timeline.index import Item

    from .host import BlenderHost
    from .session import Session

    Written = tuple[str, int, int]
    """Words, first frame, the frame behind the last; scene frames."""

FAR: Final = 1000
STILLS: Final = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".exr", ".webp", ".bmp", ".tga"})


# -- a board -> a scene ------------------------------------------------------------------------------------


def scene_of_board(desk: Session, path: Path) -> BlenderHost:
    """A new scene with a board's rate and size; the host of it. One step of undo.

    Raises:
        UnreadableTimeline: the file is no board, or a file of it cannot be shown.
    """
    try:
        sheet = Sheet.parse(path.read_text("utf-8"), path=path)
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableTimeline(f"{path} cannot be read: {error}", path=path) from error
    missing = [shot.media for shot in sheet.shots if shot.media and not (path.parent / shot.media).is_file()]
    if missing:
        raise UnreadableTimeline(f"{path.name} names files that are not there: {', '.join(missing)}", path=path)
    scene = bpy.data.scenes.new(sheet.name)
    _set_rate(scene, sheet.rate)
    if sheet.look.size:
        scene.render.resolution_x, scene.render.resolution_y = map(int, sheet.look.size.split("x"))
    host = desk.host(scene)
    with host.undo_step("Cutaway: board"):
        to_make = []
        at = scene.frame_start
        editor = compat.editor(scene, create=True)
        for number, shot in enumerate(sheet.shots):
            name = shot.name or (Path(shot.media).stem if shot.media else shot.prompt) or f"shot {number + 1}"
            if shot.media:
                _movie(editor, name, str((path.parent / shot.media).resolve()), 1, at, shot.start, shot.frames)
            else:
                described(host, [(name, at, at + shot.frames)])
                to_make.append((number, shot, (shot.prompt, at, at + shot.frames)))
            at += shot.frames
        scene.frame_end = max(scene.frame_start, at - 1)
        host.touched()
    project = desk.read(scene)
    project.contents.look = sheet.look_in(path.parent)
    cards = asked(host, [written for *_, written in to_make])
    for card, (number, shot, _) in zip(cards, to_make, strict=True):
        card.prompt, card.negative_prompt, card.seed = shot.prompt, shot.negative_prompt, sheet.seed_of(number)
        card.style, card.model, card.characters = shot.style, shot.model, list(shot.characters)
        card.state = CardState.READY if shot.prompt else CardState.DRAFT
        if shot.first_frame:
            picture = str((path.parent / shot.first_frame).resolve())
            card.references = [CardReference(role=Role.FIRST, path=picture)]
    project.put(*cards)
    return host


def described(host: BlenderHost, written: Sequence[Written], channel: int = 1) -> None:
    """A colour strip for each shot that is only described, on the next channel that is free there."""
    editor = compat.editor(host.scene, create=True)
    for words, left, right in written:
        free = compat.free_channel(editor, channel, left, right)
        strip = compat.new_effect(editor, _short(words), "COLOR", free, left, right)
        strip.color, strip.color_tag, strip.select = _colour_of(words), "COLOR_05", False
        identity.named(strip)
    host.touched()


def asked(host: BlenderHost, written: Sequence[Written]) -> list[Card]:
    """A card for each shot that is described: in the gap that lies there, else above what lies there.

    Raises:
        EditRefused: nothing lies there, or before it, that the place could be remembered by.
    """
    index, begin = host.snapshot().index, host.scene.frame_start
    cards = []
    for words, left, right in written:
        card = generation(index, left - begin, right - left)
        card.prompt = words
        cards.append(card)
    return cards


def shown(scene: Any) -> None:
    """Has the window and its sequencers show a scene."""
    if bpy.context.window is not None:
        bpy.context.window.scene = scene
    compat.set_edit_scene(bpy.context.workspace, scene)


# -- a scene -> a board ------------------------------------------------------------------------------------


def board_of_scene(host: BlenderHost) -> Sheet:
    """The shots of the lowest channel with their lengths. Their words: of the card for that place, of the take that
    lies there, else the name of the strip.

    Raises:
        UnreadableTimeline: the sequence has no shot.
    """
    scene = host.scene
    index = host.snapshot().index
    look = host.project.look
    size = f"{scene.render.resolution_x}x{scene.render.resolution_y}"
    sheet = Sheet.of_cut(index, size=size, style=look.style, seed=look.seed)
    asked_at = {(card.placement.start, card.placement.frames): card for card in host.project.cards}
    at = 0
    for shot in sheet.shots:
        card = asked_at.get((at, shot.frames))
        if card is not None and card.prompt:
            shot.prompt, shot.negative_prompt = card.prompt, card.negative_prompt
            shot.style, shot.model, shot.characters = card.style, card.model, list(card.characters)
            shot.seed = card.seed if look.seed is None else None
        at += shot.frames
    return sheet


def written(path: Path, text: str) -> Path:
    """A file replaced whole.

    Raises:
        UnreadableTimeline: it cannot be written there.
    """
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise UnreadableTimeline(f"{path} cannot be written: {error.strerror}", path=path) from error
    return path


# -- a cut of another application -> a scene --------------------------------------------------------------------


def scene_of_cut(path: Path, *, like: Any) -> tuple[Any, tuple[str, ...]]:
    """A new scene with the clips of a timeline, as large as another one; and what could not be brought along.

    Raises:
        TimelineError: the file is no timeline.
    """
    index = Index.of(open_any(path))
    notes: list[str] = []
    scene = bpy.data.scenes.new(index.name or path.stem)
    _set_rate(scene, index.rate)
    scene.render.resolution_x, scene.render.resolution_y = like.render.resolution_x, like.render.resolution_y
    editor = compat.editor(scene, create=True)
    channel = 0
    with Footage(index) as footage:
        for track in index.tracks:
            channel += 1
            editor.channels[channel].name = track.name or editor.channels[channel].name
            for item in track.items:
                if item.kind is Kind.TRANSITION:
                    notes.append(f"{item.name or 'a transition'} was left out")
                elif item.kind is not Kind.GAP:
                    _brought(scene, channel, item, footage.path(item), notes, is_sound=not track.is_video)
    scene.frame_end = max(scene.frame_start, scene.frame_start + int(index.duration) - 1)
    bpy.ops.ed.undo_push(message="Cutaway: import")
    return scene, tuple(dict.fromkeys(notes))


def _brought(scene: Any, channel: int, item: Item, media: Path | None, notes: list[str], *, is_sound: bool) -> None:
    """One clip as a strip; a colour strip in its place, where Blender cannot show it as it was."""
    editor = compat.editor(scene)
    left, frames = round(item.record.start) + scene.frame_start, max(1, round(item.record.duration))
    name, first = item.name or "clip", _first(item)
    why = ""
    if media is None or not media.is_file():
        why = "its media is not here"
    elif item.speed != 1:
        why = f"it plays at {float(item.speed):g} times its speed"
    elif is_sound and not compat.can_sound():
        notes.append(f"{name} was left out: this Blender is built without audio")
        return
    else:
        try:
            strip = _strip(editor, name, media, channel, left, first, frames, is_sound=is_sound)
        except EditRefused as error:
            why = str(error)
        else:
            strip.mute = not item.enabled
            return
    if is_sound:
        notes.append(f"{name} was left out: {why}")
        return
    notes.append(f"{name} is a colour strip: {why}")
    strip = compat.new_effect(editor, _short(name), "COLOR", channel, left, left + frames)
    strip.color, strip.mute = _colour_of(name), not item.enabled


def _first(item: Item) -> int:
    """The first frame that is shown, counted from the first one of the file."""
    if item.source is None:
        return 0
    media = available_range(item.node)
    begin = media.start.value if media is not None else 0
    return max(0, round(item.source.start.value - begin))


# -- strips --------------------------------------------------------------------------------------------------


def _movie(editor: Any, name: str, media: str, channel: int, left: int, first: int, frames: int) -> Any:
    return _strip(editor, name, Path(media), channel, left, first, frames, is_sound=False)


def _strip(
    editor: Any, name: str, media: Path, channel: int, left: int, first: int, frames: int, *, is_sound: bool
) -> Any:
    """So many frames of a file from its frame `first` on; made behind everything, then moved.

    Raises:
        EditRefused: Blender does not read it, it is too short, or runs at another rate; nothing was made.
    """
    behind = max((compat.span(strip)[1] for strip in compat.strips(editor)), default=0) + FAR
    is_still = media.suffix.lower() in STILLS
    maker = compat.new_sound if is_sound else compat.new_image if is_still else compat.new_movie
    try:
        strip = maker(editor, _short(name), str(media), channel, behind)
    except RuntimeError as error:
        raise EditRefused(f"Blender cannot read {media.name}: {str(error).strip()}") from error
    has = compat.span(strip)[1] - compat.span(strip)[0]
    why = ""
    if not is_still and has < first + frames:
        why = f"{media.name} has {has} frames; frames {first} to {first + frames} were to be shown"
    elif not is_still and not is_sound:
        why = _other_rate(editor, strip, media)
    if why:
        compat.strips(editor).remove(strip)
        raise EditRefused(why)
    compat.show(strip, 0 if is_still else first, frames)
    compat.move_to(strip, left)
    strip.select = False
    identity.named(strip)
    return strip


def _other_rate(editor: Any, strip: Any, media: Path) -> str:
    """Why a movie cannot be shown frame by frame in this scene; "" where it can."""
    try:
        wanted, rate = timeline.rate_of(editor.id_data), Rate.parse(strip.fps)
    except TimebaseError:
        return f"Blender finds no picture in {media.name}"
    return "" if rate == wanted else f"{media.name} runs at {rate} frames per second, the scene at {wanted}"


def _set_rate(scene: Any, rate: Rate) -> None:
    """A rate as Blender keeps it: whole frames over a base."""
    exact = rate.fraction
    whole = -(-exact.numerator // exact.denominator)
    scene.render.fps, scene.render.fps_base = whole, float(whole / exact)


def _short(name: str) -> str:
    return name.encode()[:NAME].decode("utf-8", "ignore")


def _colour_of(words: str) -> tuple[float, float, float]:
    """A quiet colour, the same for the same words."""
    red, green, blue = hashlib.sha256(words.encode()).digest()[:3]
    return 0.12 + red / 1500, 0.12 + green / 1500, 0.16 + blue / 1500
