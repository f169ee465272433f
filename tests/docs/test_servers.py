"""The pages about other servers: their code runs, each against a stub of its server."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cutaway import errors
from cutaway.client.dialects.base import PATHS
from cutaway.client.probe import DIALECTS, named
from cutaway.client.submission import compose

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT / "tests") not in sys.path:
    sys.path.insert(0, str(ROOT / "tests"))

from servers.frame import StubServer  # noqa: E402

if TYPE_CHECKING:
    from cutaway.client.dialects.base import Dialect, Traits

PAGES = {
    "sglang": "sglang",
    "vllm-omni": "vllm_omni",
    "fastvideo": "fastvideo",
    "tensorrt-llm": "trtllm",
    "litellm": "litellm",
    "openrouter": "openrouter",
    "localai": "localai",
}
"""Of each page its dialect, which is the name of its stub too."""
BELOW = {"openrouter": "/api"}
"""Where a server does not lie at the root of its address."""
PNG = b"\x89PNG\r\n\x1a\n and the rest"


def blocks(text: str) -> list[str]:
    return [part.split("```")[0] for part in text.split("```python\n")[1:]]


@pytest.mark.parametrize("page", PAGES)
def test_the_code_of_a_page_runs_against_its_server(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("first.png", "last.png"):
        Path(name).write_bytes(PNG)
    monkeypatch.setattr("cutaway.client.waiting.POLL", (0.001, 0.01))
    text = (ROOT / f"docs/servers/{page}.md").read_text("utf-8")
    with StubServer(importlib.import_module(f"servers.{PAGES[page]}").app()) as server:
        for name, value in (
            ("HOME", str(tmp_path / "home")),
            ("BASE_URL", server.url + BELOW.get(page, "")),
            ("API_KEY", "secret"),
        ):
            monkeypatch.setenv(f"CUTAWAY_{name}", value)
        monkeypatch.delenv("CUTAWAY_DIALECT", raising=False)
        for number, code in enumerate(blocks(text), start=1):
            exec(compile(code, f"{page} block {number}", "exec"), {"__name__": "__main__"})
        assert (tmp_path / "harbour.mp4").read_bytes() == server.app.movie
        assert len(server.heard("POST")) == len(re.findall(r"client\.videos\.(create|extend|edit|remix)\(", text))


@pytest.mark.parametrize(("page", "dialect"), PAGES.items())
def test_a_page_says_what_the_dialect_says(page: str, dialect: str) -> None:
    text = (ROOT / f"docs/servers/{page}.md").read_text("utf-8")
    traits: Traits = named(dialect, "http://gpu").traits
    assert f"CUTAWAY_DIALECT={dialect}" in text
    assert ("which ends the work on it" in text) == (traits.deletes and traits.delete_frees)
    assert ("| delete" in text or "delete, cancel |" in text) == (not traits.deletes)
    assert traits.honours_keys == ("no idempotency keys" not in text)
    assert ("edit, extend, remix, blend" in text) == (traits.makes == {"create"})
    assert ("retrieve, list" in text) == (not traits.retrieves)


def test_the_code_of_the_page_about_any_other_server_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path))
    said: list[str] = []
    text = (ROOT / "docs/servers/other.md").read_text("utf-8")
    for code in blocks(text):
        exec(compile(code, "other", "exec"), {"__name__": "__main__", "print": lambda error: said.append(str(error))})
    assert len(said) == 1
    assert said[0].partition("; instead")[0] in text


# -- the table -----------------------------------------------------------------------------------


def takes(dialect: Dialect, **asked: object) -> bool:
    try:
        dialect.encode(compose("create", {"prompt": "a", **asked}))
    except errors.UnsupportedCapability:
        return False
    return True


def row(name: str) -> list[str]:
    """What a dialect is and does, in the table's words and order."""
    dialect, url = named(name, "http://there"), "https://x.org/a.png"
    traits = dialect.traits
    has = (
        traits.makes == set(PATHS),
        takes(dialect, num_frames=48, rate=24),
        takes(dialect, first_frame=url, last_frame=url),
        traits.lists,
    )
    deletes = "no" if not traits.deletes else "ends the work" if traits.delete_frees else "the record only"
    return [
        f"`{name}`",
        *("yes" if it else "no" for it in has),
        deletes,
        "yes" if traits.characters else "no",
    ]


def test_the_table_says_what_the_dialects_say() -> None:
    text = (ROOT / "docs/servers/README.md").read_text("utf-8")
    shown = [[cell.strip() for cell in line.strip("| ").split("|")] for line in text.splitlines() if "| `" in line]
    rows = [cells[1:] for cells in shown if cells[1] != "`dialect`" and len(cells) == 8]
    assert sorted(rows) == sorted(row(name) for name in DIALECTS)
