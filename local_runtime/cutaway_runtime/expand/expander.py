"""Which language model writes prompts out, and what it wrote before.

    CUTAWAY_EXPANDER_URL          an OpenAI-compatible server, such as http://127.0.0.1:11434/v1, with
    CUTAWAY_EXPANDER_MODEL        the name of its model and
    CUTAWAY_EXPANDER_KEY          its key, if it wants one
    CUTAWAY_EXPANDER_MODEL_PATH   or a folder with a small model of one's own
    CUTAWAY_EXPANDER_TIMEOUT      seconds to wait for either

An answer is kept in the home folder under its question and the model's identity, so that a job which is tried again,
or sent again with the same seed, is painted from the same words.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from cutaway.home import FILE_MODE, FOLDER_MODE, Home
from cutaway_runtime.expand.chat import ChatModel
from cutaway_runtime.expand.instruction import LONG_ENOUGH, Brief, ExpansionFailed, description, messages
from cutaway_runtime.expand.local import LocalModel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SECONDS: Final = 60.0
KEPT: Final = 2000
"""Answers in the home folder; the oldest go."""


class LanguageModel(Protocol):
    """Something that answers a chat."""

    @property
    def identity(self) -> str:
        """What an answer depends on, beside the question. Raises `ExpansionFailed`."""
        ...

    def answer(self, messages: Sequence[dict[str, str]], check: Callable[[], None]) -> str:
        """What it says. Raises `ExpansionFailed`, and whatever `check` raises."""
        ...


@dataclass(frozen=True)
class Expander:
    """A language model and the folder of what it wrote."""

    model: LanguageModel
    folder: Path

    @classmethod
    def configured(cls, environment: Mapping[str, str] = os.environ, home: Home | None = None) -> Expander:
        """The one that the environment names.

        Raises:
            ExpansionFailed: it names none, or two.
        """
        url = environment.get("CUTAWAY_EXPANDER_URL", "").strip()
        path = environment.get("CUTAWAY_EXPANDER_MODEL_PATH", "").strip()
        if bool(url) == bool(path):
            which = "both are set; unset one" if url else "neither is set for this runtime"
            raise ExpansionFailed(
                f"a language model is named by CUTAWAY_EXPANDER_URL or by CUTAWAY_EXPANDER_MODEL_PATH, and {which}"
            )
        seconds = _seconds(environment.get("CUTAWAY_EXPANDER_TIMEOUT", ""))
        model: LanguageModel
        if url:
            name = environment.get("CUTAWAY_EXPANDER_MODEL", "").strip() or "default"
            model = ChatModel(url, name, environment.get("CUTAWAY_EXPANDER_KEY") or None, seconds)
        else:
            model = LocalModel(Path(path).expanduser(), seconds)
        return cls(model, (home or Home.find()).folder / "expansions")

    def expand(self, brief: Brief, check: Callable[[], None]) -> str:
        """What to paint instead of the prompt; the same for the same brief.

        Args:
            brief: with the prompt as it was sent.
            check: called while the model works; what it raises comes out.

        Raises:
            ExpansionFailed: there is nothing to write out, or the model wrote nothing that can be used.
        """
        if not brief.prompt.strip():
            raise ExpansionFailed("there is no prompt")
        if len(brief.prompt.encode()) >= LONG_ENOUGH:
            raise ExpansionFailed("it is long enough as it is")
        asked = messages(brief)
        question = json.dumps([self.model.identity, asked], ensure_ascii=False)
        file = self.folder / f"{hashlib.sha256(question.encode()).hexdigest()}.json"
        known = _known(file)
        if known is not None:
            return known
        told = description(brief, self.model.answer(asked, check))
        self._keep(file, {"model": self.model.identity, "prompt": brief.prompt, "expanded": told})
        return told

    def _keep(self, file: Path, said: dict[str, str]) -> None:
        """Written down whole or not at all; a disk that is full costs only the repeat."""
        part = file.with_suffix(f".{os.getpid()}.part")
        with suppress(OSError):
            self.folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            part.touch(mode=FILE_MODE)
            part.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
            part.replace(file)
            for old in sorted(self.folder.glob("*.json"), key=lambda one: one.stat().st_mtime_ns)[:-KEPT]:
                old.unlink()


def _known(file: Path) -> str | None:
    """The answer in a file; None where there is none, or a damaged one."""
    try:
        said = json.loads(file.read_text("utf-8"))["expanded"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return said if isinstance(said, str) and said else None


def _seconds(text: str) -> float:
    try:
        seconds = float(text) if text.strip() else SECONDS
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise ExpansionFailed(f"CUTAWAY_EXPANDER_TIMEOUT is a number of seconds up to 3600, not {text!r}")
    return seconds
