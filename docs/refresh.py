"""Rewrites the parts of the reference pages that are drawn from code: `python docs/refresh.py`, or `--check`.

Such a part stands between two comments, `<!-- drawn: NAME -->` and `<!-- /drawn -->`.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, is_typeddict

from fastapi.routing import APIRoute

from cutaway import Cutaway, Video, errors, webhooks
from cutaway.cli.exits import Exit
from cutaway.client import keywords
from cutaway.client.casting import VideoCasting
from cutaway.client.files import Files
from cutaway.client.making import VideoMaking
from cutaway.client.models import Models
from cutaway.client.page import Page
from cutaway.client.recovery import VideoRecovery
from cutaway.client.video import VideoFrame
from cutaway.client.videos import Videos
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


def python_verbs() -> str:
    """Every verb of the clients: its own parameters, what it does, and which other keywords it takes."""
    parts = []
    for place, kind, names in VERBS:
        for name in names:
            whole = inspect.signature(getattr(kind, name))
            shared = keywords_of(kind, name)
            own = [part for part in whole.parameters.values() if part.name not in {"self", *shared}]
            call = re.sub(r"(: |-> )['\"](.*?)['\"](?=[,) ]|$)", r"\1\2", str(whole.replace(parameters=own)))
            if shared:
                inside, _, back = call.rpartition(")")
                call = f"{inside}{', ' if own else ''}...){back}"
            more = linked(shared)
            said = as_markdown(inspect.getdoc(getattr(kind, name)) or "")
            parts.append(f"#### `{place}.{name}{call}`\n\n{said}\n\n" + (f"Also: {more}.\n\n" if more else ""))
    return "\n" + "".join(parts)


def keywords_of(kind: Any, name: str) -> tuple[str, ...]:
    """The keywords that a verb has from the largest table of `cutaway.client.keywords` that it has whole."""
    known = set(inspect.signature(getattr(kind, name)).parameters)
    tables = [tuple(value.__annotations__) for value in vars(keywords).values() if is_typeddict(value)]
    return max((table for table in tables if "timeout" in table and known.issuperset(table)), key=len, default=())


def linked(names: tuple[str, ...]) -> str:
    """Keywords of a verb beside those of every call; those of every video by the name of their table."""
    every, call = keywords.Making.__annotations__, keywords.Post.__annotations__
    if not set(every) <= set(names):
        return ", ".join(f"`{name}`" for name in names if name not in keywords.Call.__annotations__)
    own = [f"`{name}`" for name in names if name not in every and name not in call]
    return ", ".join([*own, "and [those of every video](#of-every-video)"])


def python_keywords() -> str:
    """Every group of keywords with the sentence beneath each, as `cutaway.client.keywords` has them."""
    parts = []
    for block in ast.parse(inspect.getsource(keywords)).body:
        if not isinstance(block, ast.ClassDef):
            continue
        rows = [
            [f"`{ast.unparse(line.target)}`", f"`{ast.unparse(line.annotation)}`".replace("|", "\\|"), sentence(below)]
            for line, below in itertools.pairwise(block.body)
            if isinstance(line, ast.AnnAssign)
        ]
        title, _, more = (ast.get_docstring(block) or "").partition(".\n")
        if rows:
            said = f"{more.strip()}\n\n" if more else ""
            parts.append(f"#### {title.strip('.')}\n\n{said}{table(['keyword', 'type', ''], rows)}")
    return "\n" + "\n".join(parts)


def sentence(below: ast.stmt) -> str:
    """What stands beneath a keyword, on one line."""
    assert isinstance(below, ast.Expr), ast.unparse(below)
    return " ".join(ast.literal_eval(below.value).split())


def as_markdown(text: str) -> str:
    """A docstring for a page: its drawings as blocks, what it raises as a list."""
    said, _, raised = text.partition("\nRaises:\n")
    said = re.sub(
        r"\n\n((?: {4}.*(?:\n|$))+)", lambda block: f"\n\n```text\n{textwrap.dedent(block[1]).rstrip()}\n```\n", said
    )
    errors_ = re.findall(r"^ {4}([\w, ]+): ((?:.|\n(?! {4}\w))*)", raised, re.MULTILINE)
    lines = [
        f"- raises {', '.join(f'`{one}`' for one in kinds.split(', '))}: {' '.join(why.split())}"
        for kinds, why in errors_
    ]
    return said.strip() + ("\n\n" + "\n".join(lines) if lines else "")


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


VERBS = (
    (
        "client.videos",
        VideoMaking,
        ("create", "create_and_poll", "estimate", "edit", "extend", "remix", "fill", "blend", "loop"),
    ),
    ("client.videos", Videos, ("retrieve", "list", "poll", "cancel", "delete", "download_content")),
    ("client.videos", VideoCasting, ("create_character", "get_character", "list_characters", "delete_character")),
    ("client.videos", VideoRecovery, ("resume", "recover", "forget", "journal")),
    ("video", Video, ("wait", "save", "frame", "refresh", "cancel", "delete")),
    ("video.frame(n)", VideoFrame, ("pixels",)),
    ("page", Page, ("has_next_page", "get_next_page", "iter_pages")),
    ("client.files", Files, ("create", "retrieve", "delete")),
    ("client.models", Models, ("list",)),
    ("client", Cutaway, ("capabilities", "queue", "styles", "dialect", "with_options", "close")),
    ("cutaway.webhooks", webhooks, ("unwrap", "verify_signature")),
)
"""What the page on the SDK shows: where a verb is called, the class that has it, its name."""

DRAWN = {
    "python-verbs": python_verbs,
    "python-keywords": python_keywords,
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
