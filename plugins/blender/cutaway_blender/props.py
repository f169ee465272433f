# SPDX-License-Identifier: GPL-3.0-or-later
"""The chosen card and its words, for the panel. Nothing of it is kept in the file: cards lie in their project.

A word that is typed goes to the card at once, and is written when the field is left. Reading, which happens while
the panel is drawn, looks at cards that are in memory and at nothing else.
"""

from typing import TYPE_CHECKING, Any, Final

import bpy

from . import compat, jobs

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway.storyboard.card import Card

MODES: Final = ("none", "keep", "generate")


def chosen(context: Any) -> "Card | None":
    """The chosen card of the sequence that is seen, as far as it is in memory."""
    desk = jobs.current()
    project = desk.known(compat.edit_scene(context)) if desk is not None else None
    wanted = context.window_manager.cutaway.card
    return next((card for card in project.cards if card.id == wanted), None) if project is not None else None


def _change(**fields: Any) -> None:
    desk, card = jobs.current(), chosen(bpy.context)
    project = desk.known(compat.edit_scene(bpy.context)) if desk is not None else None
    if card is None or project is None:
        return
    if card.locked:
        jobs.session().say("this card is locked; nothing was changed")
        return
    if fields.get("prompt") and card.state == "draft":
        fields["state"] = "ready"
    project.change(card.id, **fields)


def _text(name: str) -> "tuple[Callable[[Any], str], Callable[[Any, str], None]]":
    def get(_: Any) -> str:
        card = chosen(bpy.context)
        return str(getattr(card, name) or "") if card is not None else ""

    def put(_: Any, value: str) -> None:
        _change(**{name: value if name in {"prompt", "negative_prompt"} else value or None})

    return get, put


def _seed(_: Any) -> int:
    card = chosen(bpy.context)
    return -1 if card is None or card.seed is None else card.seed


def _set_seed(_: Any, value: int) -> None:
    _change(seed=None if value < 0 else value)


def _sound(_: Any) -> int:
    card = chosen(bpy.context)
    return MODES.index(card.sound) if card is not None else 0


def _set_sound(_: Any, value: int) -> None:
    _change(sound=MODES[value])


_PROMPT, _NEGATIVE, _MODEL, _STYLE = map(_text, ("prompt", "negative_prompt", "model", "style"))


class CutawayCard(bpy.types.PropertyGroup):  # type: ignore[misc]
    """What the panel edits."""

    card: bpy.props.StringProperty(name="Card", options={"SKIP_SAVE"})  # type: ignore[valid-type]
    prompt: bpy.props.StringProperty(name="Words", get=_PROMPT[0], set=_PROMPT[1])  # type: ignore[valid-type]
    negative_prompt: bpy.props.StringProperty(name="Not", get=_NEGATIVE[0], set=_NEGATIVE[1])  # type: ignore[valid-type]
    model: bpy.props.StringProperty(name="Model", get=_MODEL[0], set=_MODEL[1])  # type: ignore[valid-type]
    style: bpy.props.StringProperty(name="Style", get=_STYLE[0], set=_STYLE[1])  # type: ignore[valid-type]
    seed: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Seed", description="-1: another one each time", min=-1, get=_seed, set=_set_seed
    )
    sound: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Sound",
        items=[
            ("none", "None", "The take comes without sound"),
            ("keep", "Keep", "The sound there is is kept"),
            ("generate", "Generate", "The model makes it"),
        ],
        get=_sound,
        set=_set_sound,
    )


def register() -> None:
    """Makes the properties known to Blender."""
    bpy.utils.register_class(CutawayCard)
    manager: Any = bpy.types.WindowManager
    manager.cutaway = bpy.props.PointerProperty(type=CutawayCard)


def unregister() -> None:
    """Takes them away."""
    manager: Any = bpy.types.WindowManager
    del manager.cutaway
    bpy.utils.unregister_class(CutawayCard)
