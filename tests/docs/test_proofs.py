"""What docs name as a proof is there, and is one."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(?:python )?((?:tests|benchmarks)/[\w/.-]+)`")


def shown_by(page: str) -> list[list[str]]:
    """The paths of the last column of every row."""
    rows = [line for line in (ROOT / "docs" / page).read_text("utf-8").splitlines() if line.startswith("| ")]
    return [NAMED.findall(row.rstrip(" |").rpartition("|")[2]) or [row] for row in rows if "shown by" not in row]


@pytest.mark.parametrize("page", ["promises.md", "security.md"])
def test_every_promise_names_a_proof_that_exists(page):
    rows = shown_by(page)
    assert len(rows) > 10
    for paths in rows:
        for path in paths:
            place = ROOT / path
            assert place.exists() or paths[0].rstrip(" |").endswith("the same"), f"{page}: {path}"
            if place.is_dir():
                assert list(place.rglob("test_*.py")), f"{page}: {path} holds no test"
