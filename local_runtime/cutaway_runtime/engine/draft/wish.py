"""What a prompt asks of footage that is already there.

A draft cannot repaint what is in a picture. It can change its light, its weather, its colours and its look, and a
`Wish` holds exactly that; every other word of the prompt ends in `unmatched`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cutaway_runtime.engine.draft.scene import RGB, TimeOfDay, Weather
from cutaway_runtime.engine.draft.words.tokens import Token, cut
from cutaway_runtime.engine.draft.words.vocabulary import Role


class Tone(StrEnum):
    """Ways to turn a grade that a scene description has no word for."""

    WARM = "warm"
    COLD = "cold"
    BRIGHT = "bright"
    DARK = "dark"
    VIVID = "vivid"
    MUTED = "muted"
    CONTRAST = "contrast"
    SOFT = "soft"
    MONO = "mono"
    MIRROR = "mirror"


TONES: Final[dict[Tone, tuple[str, ...]]] = {
    Tone.WARM: ("warm tones", "warm light", "warmer", "warm", "따뜻", "따스", "暖か", "温か", "暖色"),
    Tone.COLD: (
        "cold tones",
        "cold light",
        "colder",
        "cold",
        "cooler",
        "cool tones",
        "차갑",
        "차가운",
        "寒色",
        "冷た",
        "寒々",
    ),
    Tone.BRIGHT: ("brighter", "brighten", "lighter", "더 밝", "밝게", "明る"),
    Tone.DARK: ("darker", "darken", "dimmer", "moody", "더 어둡", "어둡게", "暗く"),
    Tone.VIVID: ("more colorful", "more colourful", "vivid", "saturated", "선명한 색", "채도를 높", "鮮やか"),
    Tone.MUTED: ("desaturated", "muted", "faded", "pale", "채도를 낮", "빛바랜", "淡い", "くすんだ"),
    Tone.CONTRAST: (
        "high contrast",
        "more contrast",
        "contrasty",
        "dramatic",
        "대비를 높",
        "극적",
        "高コントラスト",
        "ドラマチック",
    ),
    Tone.SOFT: ("soft light", "soft focus", "dreamy", "softer", "몽환", "부드럽", "柔らか", "夢のよう"),
    Tone.MONO: (
        "black and white",
        "black-and-white",
        "monochrome",
        "grayscale",
        "greyscale",
        "흑백",
        "白黒",
        "モノクロ",
    ),
    Tone.MIRROR: (
        "mirror it",
        "mirrored",
        "mirror image",
        "flip horizontally",
        "flipped",
        "좌우 반전",
        "거울상",
        "左右反転",
    ),
}
"""The words for each, English, Korean and Japanese; Korean and Japanese ones may take endings."""

FALLING: Final = frozenset({Weather.RAIN, Weather.SNOW, Weather.FOG, Weather.STORM, Weather.CLOUDY, Weather.CLEAR})
"""Weather that can be laid over footage; wind cannot."""


@dataclass(frozen=True)
class Wish:
    """The light, weather, colour and look asked for. `rgb` is for what stands out most in the picture.

    `understood` and `unmatched` are words of the prompt, in its own language.
    """

    time: TimeOfDay | None = None
    weather: Weather | None = None
    rgb: RGB | None = None
    color: str = ""
    """The prompt's word for `rgb`."""
    style: str = ""
    tones: tuple[Tone, ...] = ()
    understood: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()


def read_wish(prompt: str) -> Wish:
    """What a prompt asks of footage. Of two wishes of one kind the first counts, the other is unmatched."""
    rest, tones, understood = _tones(prompt)
    found: dict[str, object] = {}
    unmatched: list[str] = []
    for token in cut(rest):
        if token.kind not in {"known", "unknown"}:
            continue
        wanted = _wanted(token)
        kind = next(iter(wanted), None)
        if kind is None or (kind in found and found[kind] != wanted[kind]):
            unmatched.append(token.text)
            continue
        found.update(wanted)
        understood.append(token.text)
    return Wish(**found, tones=tones, understood=_once(understood), unmatched=_once(unmatched))  # type: ignore[arg-type]


def camera_words(prompt: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of a prompt that move a camera, and all others that name something."""
    named = [token for token in cut(prompt) if token.kind in {"known", "unknown"}]
    moves = [token.text for token in named if token.meaning(Role.CAMERA)]
    return _once(moves), _once([token.text for token in named if not token.meaning(Role.CAMERA)])


def _wanted(token: Token) -> dict[str, object]:
    """What one word asks for, under the name of its field; empty when footage cannot show it."""
    color, setting = token.meaning(Role.COLOR), token.meaning(Role.SETTING)
    if color is not None:
        red, green, blue = color.entry["rgb"]
        return {"rgb": (red, green, blue), "color": token.text}
    entry = setting.entry if setting is not None else {}
    if "time" in entry:
        return {"time": TimeOfDay(entry["time"])}
    if "style" in entry:
        return {"style": entry["style"]}
    if "weather" in entry and Weather(entry["weather"]) in FALLING:
        return {"weather": Weather(entry["weather"])}
    return {}


def _tones(prompt: str) -> tuple[str, tuple[Tone, ...], list[str]]:
    """The prompt without its words for tones, the tones, and those words."""
    rest = unicodedata.normalize("NFKC", prompt)
    tones: list[Tone] = []
    words: list[str] = []
    for tone, phrases in TONES.items():
        for phrase in phrases:
            pattern = rf"\b{phrase}\b" if phrase.isascii() else rf"{phrase}[가-힣ぁ-ん]*"
            for match in re.finditer(pattern, rest, re.IGNORECASE):
                tones.append(tone)
                words.append(match.group())
            rest = re.sub(pattern, " ", rest, flags=re.IGNORECASE)
    return rest, tuple(dict.fromkeys(tones)), words


def _once(words: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
