"""The pages about other servers: their code runs, each against a stub of its server."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cutaway.client.probe import named

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT / "tests") not in sys.path:
    sys.path.insert(0, str(ROOT / "tests"))

from servers.frame import StubServer  # noqa: E402

if TYPE_CHECKING:
    from cutaway.client.dialects.base import Traits

PAGES = {"sglang": "sglang", "vllm-omni": "vllm_omni", "fastvideo": "fastvideo", "tensorrt-llm": "trtllm"}
"""Of each page its dialect, which is the name of its stub too."""
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
        for name, value in (("HOME", str(tmp_path / "home")), ("BASE_URL", server.url), ("API_KEY", "secret")):
            monkeypatch.setenv(f"CUTAWAY_{name}", value)
        monkeypatch.delenv("CUTAWAY_DIALECT", raising=False)
        for number, code in enumerate(blocks(text), start=1):
            exec(compile(code, f"{page} block {number}", "exec"), {"__name__": "__main__"})
        assert (tmp_path / "harbour.mp4").read_bytes() == server.app.movie
        assert len(server.heard("POST", "/videos$")) == text.count("client.videos.create(")


@pytest.mark.parametrize(("page", "dialect"), PAGES.items())
def test_a_page_says_what_the_dialect_says(page: str, dialect: str) -> None:
    text = (ROOT / f"docs/servers/{page}.md").read_text("utf-8")
    traits: Traits = named(dialect, "http://gpu").traits
    assert f"CUTAWAY_DIALECT={dialect}" in text
    assert ("which ends the work on it" in text) == traits.delete_frees
    assert traits.honours_keys == ("no idempotency keys" not in text)
    assert traits.makes == {"create"}
    assert "edit, extend, remix" in text
