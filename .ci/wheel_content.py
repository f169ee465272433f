"""What a wheel must carry besides modules, and what must stay out: `python .ci/wheel_content.py FILE.whl`."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "sdk/cutaway",
    "sdk/cutaway_panel",
    "local_runtime/cutaway_runtime",
    "plugins/davinci/cutaway_davinci",
    "plugins/blender/cutaway_blender",
)
KINDS = {
    "typing marks": "cutaway/py.typed cutaway_runtime/py.typed cutaway_panel/py.typed",
    "Alembic's migrations": "cutaway_runtime/jobs/migrations/*.py",
    "the draft's sprites": "cutaway_runtime/engine/draft/sprites/*",
    "the draft's words": "cutaway_runtime/engine/draft/words/*",
    "licences": "*/licenses/LICENSE */licenses/plugins/blender/LICENSE",
}
"""Globs of which each must match something: a moved folder or a build setting would lose it in silence."""


def source_files() -> set[str]:
    """Every file of the five packages as the wheel should name it."""
    found: set[str] = set()
    for package in PACKAGES:
        folder = ROOT / package
        for file in folder.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts and not file.name.startswith("."):
                found.add(file.relative_to(folder.parent).as_posix())
    return found


def main(wheel: Path) -> int:
    names = set(zipfile.ZipFile(wheel).namelist())
    wrong = [f"missing: {name}" for name in sorted(source_files() - names)]
    for what, globs in KINDS.items():
        for glob in globs.split():
            found = any(Path(name).match(glob) for name in names)
            wrong += [] if found else [f"missing: {what} ({glob})"]
    wrong += [f"does not belong there: {n}" for n in sorted(names) if n.startswith("tests/") or "__pycache__" in n]
    print(*wrong, f"{wheel.name}: {len(names)} files, {wheel.stat().st_size / 1e6:.1f} MB", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
