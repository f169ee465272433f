"""For schemathesis (`SCHEMATHESIS_HOOKS=taming`): of the legal bodies it thinks up, some are made to mean something.

A legal body names models, styles and footage that hardly ever exist, and shots of a minute. In every other one of
them the names are those of things that are there, and the shot is small, so that what lies behind the first look at
a body is reached as well. Illegal ones are sent as they are.
"""

import os
import zlib
from typing import Any

import schemathesis

VIDEO = os.environ["TAMING_VIDEO"]
FILE = os.environ["TAMING_FILE"]
REFERENCES = ({"id": VIDEO}, {"file_id": FILE}, FILE, {"id": VIDEO, "frame": -1})


@schemathesis.hook
def map_case(_context: schemathesis.HookContext, case: schemathesis.Case) -> schemathesis.Case:
    mode = case.meta.generation.mode if case.meta is not None else None
    dice = zlib.crc32(repr((case.body, case.path_parameters)).encode())
    places = case.path_parameters or {}
    key = (case.headers or {}).get("Idempotency-Key", "")
    if 0 < len(key) < 200 and key.isascii() and key.isprintable():  # one key for all would be answered with 422
        case.headers["Idempotency-Key"] = f"{key}{dice}"
    if case.method.upper() == "DELETE":  # not what the others begin with
        case.path_parameters = {name: "gone" if value in {VIDEO, FILE} else value for name, value in places.items()}
    elif mode == schemathesis.GenerationMode.POSITIVE and dice % 2:
        there = {"video_id": VIDEO, "file_id": FILE}
        case.path_parameters = {name: there.get(name, value) for name, value in places.items()}
        if isinstance(case.body, dict) and not {"file", "name"} & case.body.keys():
            tame(case.body, dice)
            if case.path.endswith(("/edits", "/extensions")):
                case.body["video"] = VIDEO
    return case


def tame(body: dict[str, Any], dice: int) -> None:
    body["prompt"] = str(body.get("prompt") or "bars")
    body |= {"model": "bars", "size": "64x48", "num_frames": 1 + dice % 5, "fps": ["24", 25, "24000/1001"][dice % 3]}
    body.pop("characters", None)
    if isinstance(body.get("input_reference"), (str, dict)):
        body["input_reference"] = FILE
    extras = body.get("cutaway")
    if isinstance(extras, dict):
        extras.pop("style", None)
        footage(extras, dice)


def footage(value: Any, dice: int, name: str = "") -> None:
    """Every reference inside is one of something that is there."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if key in {"last_frame", "image", "before", "after", "with", "clip"} or name == "references":
            value[key] = REFERENCES[(dice + len(str(key))) % len(REFERENCES)] if inner is not None else None
        else:
            footage(inner, dice, str(key))
