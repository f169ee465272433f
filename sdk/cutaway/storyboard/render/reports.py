"""What a run came to, for programs: report.json, and report.xml in the shape that continuous integration reads.

Neither holds a time of day: a run that makes nothing always writes the same two files.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import TYPE_CHECKING, Any, Final

from cutaway.storyboard.render.outcome import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA: Final = 1
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WHITE: Final = {ord(space): f"&#{ord(space)};" for space in "\t\n\r"}
"""White space that an XML reader would make plain spaces of."""


def totals(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many ended in which way, and how many are below the gate."""
    counted = {str(result): sum(outcome.result is result for outcome in outcomes) for result in Result}
    return counted | {"below_gate": sum(outcome.below_gate for outcome in outcomes)}


def report(name: str, outcomes: Sequence[Outcome], **facts: Any) -> dict[str, Any]:
    """The object of report.json and of `--json`."""
    return {
        "object": "render.report",
        "schema": SCHEMA,
        "name": name,
        **facts,
        "totals": totals(outcomes),
        "jobs_submitted": sum(outcome.made_jobs for outcome in outcomes),
        "seconds_of_work": round(sum(outcome.seconds or 0.0 for outcome in outcomes), 3),
        "assets": [row(outcome) for outcome in outcomes],
    }


def row(outcome: Outcome) -> dict[str, Any]:
    locked = outcome.locked
    return {
        "id": outcome.id,
        "asset": outcome.asset,
        "kind": outcome.kind,
        "result": str(outcome.result),
        "why": outcome.why,
        "output": outcome.output,
        "files": dict(locked.files) if locked else {},
        "error": outcome.error or None,
        "prompt": outcome.prompt,
        "model": locked.model if locked else None,
        "revision": locked.revision if locked else None,
        "provenance": locked.provenance if locked else None,
        "seed": locked.seed if locked else None,
        "preview": locked.preview if locked else None,
        "frames": locked.frames if locked else None,
        "rate": locked.rate if locked else None,
        "seam": locked.seam if locked else None,
        "below_gate": outcome.below_gate,
        "seconds": outcome.seconds,
        "job": outcome.job or None,
        "key": locked.key if locked else None,
        "notes": outcome.notes,
    }


def json_text(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def junit(name: str, outcomes: Sequence[Outcome]) -> str:
    """One test case for each unit: it passes where its file is there and no join is below the gate."""
    failed = sum(outcome.failed for outcome in outcomes)
    skipped = sum(outcome.result is Result.SKIPPED for outcome in outcomes)
    seconds = sum(outcome.seconds or 0.0 for outcome in outcomes)
    head = f'tests="{len(outcomes)}" failures="{failed}" skipped="{skipped}" errors="0" time="{seconds:.3f}"'
    cases = "".join(_case(outcome) for outcome in outcomes)
    suite = f"<testsuite name={_attribute(name)} {head}>\n{cases}</testsuite>\n"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites {head}>\n{suite}</testsuites>\n'


def _case(outcome: Outcome) -> str:
    head = (
        f"<testcase classname={_attribute(outcome.asset)} name={_attribute(outcome.id)} "
        f'time="{outcome.seconds or 0.0:.3f}"'
    )
    if outcome.failed:
        kind = "seam" if outcome.below_gate else "failed"
        return f'  {head}><failure type="{kind}" message={_attribute(outcome.error)}/></testcase>\n'
    if outcome.result is Result.SKIPPED:
        return f"  {head}><skipped message={_attribute(outcome.error)}/></testcase>\n"
    return f"  {head}/>\n"


def _attribute(text: str) -> str:
    shown = escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text))
    return f'"{shown.translate(_WHITE)}"'
