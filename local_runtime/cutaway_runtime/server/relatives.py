"""The same wishes under the names that other servers of this contract have for them.

Code written for one of those need not be changed. What says something else than the field it stands for is left
where it is, so that it is reported as ignored, by the name it was sent under.
"""

from __future__ import annotations

from typing import Any, Final

from cutaway_runtime.server.body import parse_value
from cutaway_runtime.server.refusal import Refusal

NAMES: Final[dict[str, str]] = {
    "duration": "seconds",
    "num_inference_steps": "cutaway.steps",
    "guidance_scale": "cutaway.guidance",
    "loop": "cutaway.loop",
    "last_frame": "cutaway.last_frame",
    "end_image": "cutaway.last_frame",
    "first_frame": "input_reference",
    "start_image": "input_reference",
    "image_reference": "input_reference",
    "reference_url": "input_reference",
    "video_reference": "video",
    "video_url": "video",
    "num_outputs_per_prompt": "n",
}
"""Top-level names, and the field that each is another word for."""


NOT_HERE: Final[dict[str, str]] = {
    "mask": "no model here repaints a part of the picture; cutaway.range repaints some frames of a clip",
    "structure": "no model here is led by depth or edges; strength says how much of a clip is kept",
}
"""What would be missed too badly to be only reported as ignored, and what would do."""
ELSEWHERE: Final[dict[str, str]] = {
    "video_noise_mask": "mask",
    "control_reference": "structure",
    "control_type": "structure",
}
"""Other servers' names of the same."""


def refuse_missing(values: dict[str, Any]) -> None:
    """Raises `Refusal` for what changes all of a result and is not there. Asking for none of it is nothing."""
    extras = values.get("cutaway")
    for place, prefix in ((values, ""), (extras if isinstance(extras, dict) else {}, "cutaway.")):
        for name in (*NOT_HERE, *ELSEWHERE):
            value = place.get(name)
            if value in (None, "", "none"):
                place.pop(name, None)
            else:
                why = f"{prefix}{name}: {NOT_HERE[ELSEWHERE.get(name, name)]}"
                raise Refusal(400, "unsupported_capability", why, param=f"{prefix}{name}")


def adopted(values: dict[str, Any]) -> dict[str, str]:
    """Moves what is known by another name to the field it means.

    Returns:
        The name that was sent, by the field it became.
    """
    sent_as = {}
    extras = values.setdefault("cutaway", {})
    for name, meant in NAMES.items():
        value = _only(name, values.get(name))
        place, field = (extras, meant[8:]) if meant.startswith("cutaway.") else (values, meant)
        if value in (None, "") or isinstance(value, list) or not isinstance(place, dict):
            continue
        if place.get(field) in (None, ""):
            place[field] = value
            sent_as[meant] = name
        elif str(place[field]) != str(value):
            continue
        del values[name]
    if values.get("width") not in (None, "") and values.get("height") not in (None, ""):
        size = "x".join(str(_whole(side, values[side])) for side in ("width", "height"))
        if values.get("size") in (None, "", size):
            values["size"] = size
            sent_as["size"] = "width"
            del values["width"], values["height"]
    return sent_as


def _only(name: str, value: Any) -> Any:
    """A list of one is that one; a longer one has an order that only its own server knows."""
    if isinstance(value, str) and value.lstrip()[:1] == "[":
        value = parse_value(name, value)
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _whole(name: str, value: Any) -> int:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = 0.5
    if isinstance(value, bool) or not number.is_integer():
        raise Refusal(400, "invalid_request", f"{name}: pixels are counted in whole numbers", param=name)
    return int(number)
