"""Rewrites the parts of the reference pages that are drawn from code: `python docs/refresh.py`, or `--check`.

Such a part stands between two comments, `<!-- drawn: NAME -->` and `<!-- /drawn -->`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi.routing import APIRoute

from cutaway import errors
from cutaway.cli.exits import Exit
from cutaway.wire import Pattern, Verb, state_diagram
from cutaway_davinci.doctor.sheet import CHECKS
from cutaway_runtime.engine.diffusion.keyframe_first import applies
from cutaway_runtime.engine.diffusion.routes import VERB_PATTERNS, WAYS, best, ranks, verbs
from cutaway_runtime.models import FAMILIES, family
from cutaway_runtime.server import characters, content, events, files, health, models, outlook, videos

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cutaway_runtime.models.base import Abilities

DOCS = Path(__file__).resolve().parent
PAGES = sorted([*DOCS.glob("reference/*.md"), *DOCS.glob("davinci/*.md")])
STILLS = "stills"
"""The family that paints pictures, not shots."""
PART = re.compile(r"(<!-- drawn: ([\w-]+) -->\n).*?(<!-- /drawn -->\n)", re.DOTALL)


def error_tree() -> str:
    """The tree in the docstring of `cutaway.errors`."""
    lines = [line[4:] for line in (errors.__doc__ or "").splitlines() if line.startswith("    ")]
    return "\n".join(["```text", *lines, "```", ""])


def exit_codes() -> str:
    rows = [f"| {int(code)} | `{code.name}` | {code.meaning} |" for code in Exit]
    return "\n".join(["| code | name | meaning |", "|---|---|---|", *rows, ""])


def job_states() -> str:
    """The table of transitions, as a diagram."""
    return f"```mermaid\n{state_diagram()}```\n"


def routes() -> str:
    """Every route of the runtime with its summary, as the server's own modules declare them."""
    rows = []
    for module in (videos, content, events, characters, files, models, outlook, health):
        for route in module.router.routes:
            if isinstance(route, APIRoute):
                methods = ", ".join(sorted(route.methods))
                rows.append(f"| `{methods} {route.path.replace(':path', '')}` | {route.summary} |")
    return "\n".join(["| route | |", "|---|---|", *rows, ""])


def model_verbs() -> str:
    """Each kind of checkpoint with the best rank it has for each verb, and what it takes and makes beside frames."""
    rows = []
    for name, kind, able in kinds():
        can = verbs(ranks(able.patterns))
        also = [
            str(able.references or ""),
            "yes" if able.makes_sound else "",
            "" if able.reads_prompt else "ignored",
        ]
        rows.append([name, f"`{kind}`", *(can.get(verb, "") for verb in Verb), *also])
    return table(["family", "checkpoint", *Verb, "references", "sound", "prompt"], rows)


def model_patterns() -> str:
    """Each kind of checkpoint with its rank for each pattern; a degraded one with the letter of what it loses."""
    rows = []
    for _, kind, able in kinds():
        cells = []
        for pattern in Pattern:
            way = best(pattern, able.patterns)
            letter = f" {lettered()[way.loses]}" if way is not None and way.loses else ""
            still = "composed \\*" if applies(pattern, able.patterns) else ""
            cells.append(still if way is None else f"{way.rank}{letter}")
        rows.append([f"`{kind}`", *cells])
    return table(["checkpoint", *(f"`{pattern}`" for pattern in Pattern)], rows)


def still_painters() -> str:
    """The classes of the checkpoints that paint a picture from words."""
    return "".join(f"- `{kind}`\n" for kind in sorted(family(STILLS).abilities))


def pattern_verbs() -> str:
    """Which verbs come down to which patterns."""
    rows = [[verb, ", ".join(f"`{pattern}`" for pattern in VERB_PATTERNS[verb])] for verb in Verb]
    return table(["verb", "patterns"], rows)


def model_ways() -> str:
    """Every way round a pattern that a model does not do by itself."""
    rows = []
    for pattern, ways in WAYS.items():
        for way in ways:
            lost = f"{lettered()[way.loses]}: {way.loses}" if way.loses else ""
            rows.append([f"`{pattern}`", f"`{way.shown}`", way.rank, way.method, lost])
    return table(["pattern", "shown instead", "rank", "how", "what is lost"], rows)


def davinci_doctor() -> str:
    """Every check of Resolve's doctor with everything it can find that has a remedy."""
    parts = []
    for check in CHECKS:
        found = [one for one in check.verdicts.values() if one.fix]
        head = f"### {check.id}: {check.what}\n\nAsks {check.asks}.\n\n"
        parts.append(
            head
            + table(["", "it says", "what to do"], ([one.level, plain(one.found), plain(one.fix)] for one in found))
        )
    return "\n".join(parts)


def plain(text: str) -> str:
    """A sentence with places for facts, for a table: the places in italics."""
    return re.sub(r"\{(\w+)[^}]*\}", r"*\1*", text).replace("|", "\\|")


def kinds() -> Iterator[tuple[str, str, Abilities]]:
    """(family, kind of checkpoint, its abilities) of those that paint shots, in alphabetical order."""
    for name in sorted(FAMILIES.keys() - {STILLS}):
        for kind, able in sorted(family(name).abilities.items()):
            yield name, kind, able


def lettered() -> dict[str, str]:
    """A letter for each thing that a degraded way loses."""
    lost = dict.fromkeys(way.loses for ways in WAYS.values() for way in ways if way.loses)
    return dict(zip(lost, "abcdefgh", strict=False))


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """In Markdown."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


DRAWN = {
    "routes": routes,
    "error-tree": error_tree,
    "exit-codes": exit_codes,
    "job-states": job_states,
    "model-verbs": model_verbs,
    "model-patterns": model_patterns,
    "still-painters": still_painters,
    "pattern-verbs": pattern_verbs,
    "model-ways": model_ways,
    "davinci-doctor": davinci_doctor,
}


def refreshed(text: str) -> str:
    """A page with its drawn parts as the code has them now."""
    return PART.sub(lambda part: part[1] + DRAWN[part[2]]() + part[3], text)


def main(*, check: bool) -> int:
    stale = []
    for page in PAGES:
        text = page.read_text("utf-8")
        if refreshed(text) != text:
            stale.append(page.name)
            if not check:
                page.write_text(refreshed(text), "utf-8")
    if stale:
        print("stale:" if check else "refreshed:", ", ".join(stale))
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))
