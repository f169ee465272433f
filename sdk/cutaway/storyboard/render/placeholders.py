"""Placeholders in a manifest's texts, and nothing more than that: no expressions, no conditions.

    ${{ matrix.colour }}     the value of one axis of the asset's matrix
    ${{ asset }}             the asset's name in the manifest
    ${{ id }}                the name of the one thing made: the asset's, with the matrix values behind it
    ${{ assets.NAME }}       where a clip or a picture is wanted: what the manifest makes under that id
    $${{ ... }}              the characters themselves

A text that is one placeholder and nothing else becomes the value as it is: a number stays a number.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PLACEHOLDER: Final = re.compile(r"(\$?)\$\{\{\s*(.*?)\s*\}\}")
ASSET: Final = re.compile(r"^\$\{\{\s*assets\.([\w.-]+)\s*\}\}$")
"""A text that stands for something the manifest makes."""


class UnknownPlaceholder(ValueError):
    """A placeholder that means nothing here."""


def filled(
    value: Any,
    known: Mapping[str, Any],
    place: tuple[str | int, ...] = (),
    *,
    refused: Callable[[str, Sequence[str | int]], Exception],
) -> Any:
    """`value` with every placeholder in its texts replaced, at any depth.

    `known` holds what placeholders stand for. References to assets stay as they are where they are the whole text.
    `refused` makes the error for one that means nothing, out of a message and the place of the text.
    """
    if isinstance(value, dict):
        return {name: filled(part, known, (*place, name), refused=refused) for name, part in value.items()}
    if isinstance(value, list):
        return [filled(part, known, (*place, number), refused=refused) for number, part in enumerate(value)]
    if not isinstance(value, str) or "${{" not in value or ASSET.match(value):
        return value
    try:
        return _filled_text(value, known)
    except UnknownPlaceholder as error:
        raise refused(str(error), place) from None


def _filled_text(text: str, known: Mapping[str, Any]) -> Any:
    whole = PLACEHOLDER.fullmatch(text)
    if whole and not whole[1]:
        return _value(whole[2], known)
    found = PLACEHOLDER.sub(lambda m: m[0][1:] if m[1] else _word(_value(m[2], known)), text)
    if "${{" in PLACEHOLDER.sub("", text):
        raise UnknownPlaceholder(f"{text!r} opens a placeholder with ${{{{ and does not close it with }}}}")
    return found


def _value(name: str, known: Mapping[str, Any]) -> Any:
    if name in known:
        return known[name]
    if name.startswith("assets."):
        raise UnknownPlaceholder(f"${{{{ {name} }}}} stands for a file, so it has to be the whole value")
    there = ", ".join(f"${{{{ {word} }}}}" for word in sorted(known))
    raise UnknownPlaceholder(f"${{{{ {name} }}}} means nothing here; there are {there}, and nothing is computed")


def _word(value: Any) -> str:
    """A value inside a text; truth values as YAML writes them."""
    return str(value).lower() if isinstance(value, bool) else str(value)
