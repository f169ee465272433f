"""Makes the sprite atlas of the draft engine from a sheet of SVG drawings. Run by hand, never at run time.

    pip install resvg_py pillow numpy
    npm pack @svgmoji/noto@3.2.0 && tar xzf svgmoji-noto-3.2.0.tgz
    python local_runtime/sprites/build_sprites.py package/sprites/all.svg

The sheet is one `svg` of nested `svg` elements whose ids are code points. Each drawing that the
vocabulary (`words/sprites.json`) or the stage names is rasterised once, trimmed to its opaque box and
stored as WebP in `sprites/atlas.zip`, beside `index.json`, which says what each key looks like:

    {"dog": {"file": "1F415.webp", "width": 498, "height": 512, "foot": 0.47, "class": "animal", ...}}

`foot` is where the drawing stands, as a fraction of its width; its lowest row is the ground.
"""

from __future__ import annotations

import argparse
import copy
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import resvg_py
from PIL import Image

DRAFT = Path(__file__).parents[1] / "cutaway_runtime" / "engine" / "draft"
WORDS = DRAFT / "words" / "sprites.json"
ATLAS = DRAFT / "sprites" / "atlas.zip"
SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"

LARGE = 512
"""Pixels along the longer side of what may fill a third of the picture."""
SMALL = 256
LARGE_CLASSES = frozenset({"person", "animal", "vehicle", "building", "plant", "sky"})
SMALL_KEYS = frozenset({"mosquito", "housefly", "ant", "worm", "herb", "clover", "maple-leaf", "fallen-leaf", "leaf"})

STAGE: dict[str, dict[str, Any]] = {
    # What dresses a place and no prompt names.
    "herb": {"codepoint": "1F33F", "class": "plant", "height_m": 0.5},
    "pot": {"codepoint": "1F372", "class": "food", "height_m": 0.3},
    "lamp": {"codepoint": "1F4A1", "class": "thing", "height_m": 0.3},
    "office-1": {"codepoint": "1F3E2", "class": "building", "height_m": 25.0},
    "daisy": {"codepoint": "1F33C", "class": "plant", "height_m": 0.4},
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Rasterise the drawings the draft engine uses.")
    parser.add_argument("sheet", type=Path, help="sprites/all.svg of @svgmoji/noto")
    sheet = parser.parse_args().sheet
    drawings, shared = read_sheet(sheet)
    named = json.loads(WORDS.read_text(encoding="utf-8"))
    index: dict[str, dict[str, Any]] = {}
    files: dict[str, bytes] = {}
    sizes: dict[str, dict[str, Any]] = {}
    for key, facts in {**STAGE, **named}.items():
        entry = {name: facts[name] for name in FACTS if name in facts}
        if not facts.get("drawn"):
            code = facts["codepoint"]
            if code not in drawings:
                raise SystemExit(f"{key}: the sheet has no drawing {code}; leave it out of {WORDS.name} or draw it")
            baked = facts.get("baked", "")
            name = f"{code}{'-' + baked if baked else ''}.webp"
            if name not in files:
                small = facts["class"] not in LARGE_CLASSES or key in SMALL_KEYS
                picture = rasterise(drawings[code], shared, SMALL if small else LARGE, baked)
                files[name], sizes[name] = encode(picture), measure(picture)
            entry |= {"file": name, **sizes[name]}
        index[key] = entry
    write(ATLAS, files, index)
    print(f"{ATLAS.name}: {len(index)} keys, {len(files)} drawings, {ATLAS.stat().st_size / 1e6:.2f} MB")


FACTS = ("class", "gait", "height_m", "faces", "full_body", "drawn", "baked", "body", "tint")


def read_sheet(path: Path) -> tuple[dict[str, ET.Element], dict[str, ET.Element]]:
    """The drawings by code point, and every element with an id (a few drawings borrow a gradient of another)."""
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    root = ET.parse(path).getroot()
    drawings = {child.attrib["id"]: child for child in root if child.tag == f"{{{SVG}}}svg" and "id" in child.attrib}
    shared = {element.attrib["id"]: element for element in root.iter() if "id" in element.attrib}
    return drawings, shared


def rasterise(drawing: ET.Element, shared: dict[str, ET.Element], longest: int, baked: str) -> Image.Image:
    """RGBA, trimmed, `longest` pixels along its longer side; a baked slab of water is cut off at its surface."""
    text = complete(drawing, shared)
    rough = render(text, 512)
    box = rough.getbbox()
    if box is None:
        raise SystemExit(f"{drawing.attrib['id']} is empty")
    extent = max(box[2] - box[0], box[3] - box[1])
    picture = render(text, min(2048, round(512 * longest / extent)))
    picture = picture.crop(picture.getbbox())
    if baked == "water":
        picture = picture.crop((0, 0, picture.width, surface(picture)))
        picture = picture.crop(picture.getbbox())
    return picture


def complete(drawing: ET.Element, shared: dict[str, ET.Element]) -> str:
    """The drawing as a document of its own, with the gradients it borrows."""
    own = copy.deepcopy(drawing)
    while True:
        here = {element.attrib["id"] for element in own.iter() if "id" in element.attrib}
        text = ET.tostring(own, encoding="unicode")
        wanted = set(re.findall(r"url\(#([^)]+)\)", text)) | set(re.findall(r'href="#([^"]+)"', text))
        missing = sorted(name for name in wanted - here if name in shared)
        if not missing:
            return text
        for name in missing:
            own.append(copy.deepcopy(shared[name]))


def render(svg: str, size: int) -> Image.Image:
    png = resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size, skip_system_fonts=True)
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


def surface(picture: Image.Image) -> int:
    """The row at which a slab that spans the whole width begins, from below."""
    solid = (np.asarray(picture)[:, :, 3] > 128).mean(axis=1)
    row = picture.height
    while row > picture.height // 3 and solid[row - 1] > 0.93:
        row -= 1
    return row


def encode(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=86, alpha_quality=95, method=6)
    return out.getvalue()


def measure(picture: Image.Image) -> dict[str, Any]:
    alpha = np.asarray(picture)[:, :, 3].astype(float)
    lowest = alpha[-max(2, picture.height // 14) :].sum(axis=0)
    foot = float((lowest * (np.arange(picture.width) + 0.5)).sum() / lowest.sum() / picture.width)
    return {"width": picture.width, "height": picture.height, "foot": round(foot, 3)}


def write(path: Path, files: dict[str, bytes], index: dict[str, dict[str, Any]]) -> None:
    """The same bytes for the same drawings: entries sorted, no clock."""
    entries = {"index.json": json.dumps(index, indent=0, sort_keys=True).encode(), **files}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(entries):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), entries[name])


if __name__ == "__main__":
    main()
