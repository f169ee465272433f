"""The vocabulary as a page of the reference: docs/reference/draft-vocabulary.md.

python -m cutaway_runtime.engine.draft.words.page > docs/reference/draft-vocabulary.md
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from cutaway_runtime.engine.draft.words.vocabulary import LANGUAGES, entries, nouns, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEAD: Final = """\
# What the draft engine understands

`draft` draws what it knows by name and says what it does not: every word of a prompt that carries meaning
comes back either as understood or as unmatched. These are its words in English, Korean and Japanese. A
trailing `~` stands for any ending (달리~: 달린다, 달리는; 走~: 走る, 走って); English plurals and verb forms
need no entry. Upper and lower case, full and half width make no difference.

This page is generated from the tables in `local_runtime/cutaway_runtime/engine/draft/words`.
"""

_SECTIONS: Final = (
    ("Colours", "colors", "color"),
    ("Counts", "counts", "count"),
    ("Motions", "motions", "verb"),
    ("Directions", "directions", "motion"),
    ("Speed and size", "manner", ""),
    ("Relations", "relations", "relation"),
    ("Places", "places", "place"),
    ("Time of day, weather, look, style", "setting", ""),
    ("Camera", "camera", "camera"),
)
_KINDS: Final = {
    "person": "People",
    "animal": "Animals",
    "vehicle": "Vehicles",
    "plant": "Plants",
    "building": "Buildings",
    "thing": "Things",
    "food": "Food and drink",
    "sky": "Sky and fire",
}


def vocabulary_page() -> str:
    """The page as Markdown."""
    parts = [_HEAD]
    for title, name, label in _SECTIONS:
        rows = ((_meaning(entry, label), entry) for entry in entries(name))
        parts.append(f"## {title}\n\n{_table(rows)}")
    parts.append("## Subjects\n")
    sprites = vocabulary().sprites
    for kind, title in _KINDS.items():
        rows = ((key, words) for key, words in nouns().items() if sprites[key].kind == kind)
        parts.append(f"### {title}\n\n{_table(rows)}")
    return "\n".join(parts)


def _meaning(entry: dict[str, Any], label: str) -> str:
    if label == "color":
        red, green, blue = entry["rgb"]
        return f"{entry['color']} `#{red:02x}{green:02x}{blue:02x}`"
    if label:
        return str(entry[label])
    return ", ".join(f"{k} {v}" for k, v in entry.items() if k not in LANGUAGES and k != "snowy")


def _table(rows: Iterable[tuple[str, dict[str, Any]]]) -> str:
    lines = ["| meaning | English | 한국어 | 日本語 |", "|---|---|---|---|"]
    for meaning, words in rows:
        cells = " | ".join(", ".join(words.get(language, ())) for language in LANGUAGES)
        lines.append(f"| {meaning} | {cells} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(vocabulary_page())
