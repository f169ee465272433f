"""Rewrites the parts of the reference pages that are drawn from code: `python docs/refresh.py`, or `--check`.

Such a part stands between two comments, `<!-- drawn: NAME -->` and `<!-- /drawn -->`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from fastapi.routing import APIRoute

from cutaway import errors
from cutaway.cli.exits import Exit
from cutaway.wire import state_diagram
from cutaway_runtime.server import content, events, files, models, videos

REFERENCE = Path(__file__).resolve().parent / "reference"
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
    for module in (videos, content, events, files, models):
        for route in module.router.routes:
            if isinstance(route, APIRoute):
                methods = ", ".join(sorted(route.methods))
                rows.append(f"| `{methods} {route.path.replace(':path', '')}` | {route.summary} |")
    return "\n".join(["| route | |", "|---|---|", *rows, ""])


DRAWN = {"routes": routes, "error-tree": error_tree, "exit-codes": exit_codes, "job-states": job_states}


def refreshed(text: str) -> str:
    """A page with its drawn parts as the code has them now."""
    return PART.sub(lambda part: part[1] + DRAWN[part[2]]() + part[3], text)


def main(*, check: bool) -> int:
    stale = []
    for page in sorted(REFERENCE.glob("*.md")):
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
