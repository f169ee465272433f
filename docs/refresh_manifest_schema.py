"""Rewrites docs/reference/manifest.schema.json from the models: `python docs/refresh_manifest_schema.py`."""

from __future__ import annotations

import json
from pathlib import Path

from cutaway.storyboard.render.manifest import schema

TARGET = Path(__file__).resolve().parent / "reference" / "manifest.schema.json"

if __name__ == "__main__":
    TARGET.write_text(json.dumps(schema(), indent=1, ensure_ascii=False) + "\n", "utf-8")
