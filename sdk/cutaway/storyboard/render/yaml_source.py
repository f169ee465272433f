"""The manifest's text: its values, and the line on which each of them stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from cutaway.errors import CutawayError, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Place: TypeAlias = tuple[str | int, ...]
"""The way to a value: ("assets", "hero", "prompt")."""

MAX_BYTES: Final = 4 * 1024 * 1024
MAX_VALUES: Final = 200_000
"""Anchors that repeat each other make a small file describe more values than fit into memory."""


class ManifestError(CutawayError):
    """Something in a manifest that cannot be rendered; `path`, `line` (from 1) and `asset` say where."""

    def __init__(self, message: str, *, path: Path, line: int | None = None, asset: str | None = None) -> None:
        place = f"{path}:{line}" if line else str(path)
        super().__init__(f"{place}: {f'asset {asset}: ' if asset else ''}{message}")
        self.path, self.line, self.asset = path, line, asset


@dataclass(frozen=True)
class Source:
    """A manifest as it was read. `value` holds plain Python values."""

    path: Path
    value: Any
    lines: dict[Place, int] = field(repr=False)

    def line(self, place: Sequence[str | int]) -> int | None:
        """The line of a value, or of the nearest thing around it that has one."""
        for end in range(len(place), -1, -1):
            if tuple(place[:end]) in self.lines:
                return self.lines[tuple(place[:end])]
        return None

    def error(self, message: str, place: Sequence[str | int] = (), *, asset: str | None = None) -> ManifestError:
        return ManifestError(message, path=self.path, line=self.line(place), asset=asset)


def read(path: Path) -> Source:
    """A manifest's values.

    Raises:
        ManifestError: not there, not YAML, or a key that stands twice.
        MissingExtra: YAML cannot be read without the extra `render`.
    """
    try:
        import yaml
    except ImportError as error:
        raise MissingExtra("render", needed_for="reading a manifest") from error
    text = _text(path)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise ManifestError("the manifest is empty; begin with `version: 1` and `assets:`", path=path)
        lines: dict[Place, int] = {}
        _note(path, node, (), lines)
        return Source(path, loader.construct_document(node), lines)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        hint = ""
        if mark and any("${{" in line for line in text.splitlines()[max(0, mark.line - 1) : mark.line + 1]):
            hint = "; inside { } or [ ], a text with ${{ }} in it is put in quotes"
        raise ManifestError(f"not YAML: {problem}{hint}", path=path, line=mark.line + 1 if mark else None) from error
    except (ValueError, RecursionError, OverflowError) as error:
        raise ManifestError(f"a value that cannot be read: {error}", path=path) from error
    finally:
        loader.dispose()


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ManifestError(f"cannot be read: {error.strerror or error}", path=path) from error
    if len(data) > MAX_BYTES:
        raise ManifestError(f"larger than {MAX_BYTES // 2**20} MiB; split it into several manifests", path=path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ManifestError("not UTF-8; save it in that encoding", path=path, line=line) from error


def _note(path: Path, node: Any, place: Place, lines: dict[Place, int]) -> None:
    """Writes down the line of a value and of everything in it."""
    lines[place] = node.start_mark.line + 1
    if len(lines) > MAX_VALUES or len(place) > 50:
        raise ManifestError("describes more values than a manifest may (anchors that repeat each other?)", path=path)
    if node.id == "sequence":
        for number, part in enumerate(node.value):
            _note(path, part, (*place, number), lines)
    elif node.id == "mapping":
        seen: set[str] = set()
        for key, part in node.value:
            line = key.start_mark.line + 1
            if key.id != "scalar":
                raise ManifestError("a key is a plain word here", path=path, line=line)
            if key.value in seen:
                raise ManifestError(f"{key.value!r} stands here twice; keep one", path=path, line=line)
            if key.tag != "tag:yaml.org,2002:merge":
                seen.add(key.value)
            _note(path, part, (*place, key.value), lines)
            lines[*place, key.value] = line
