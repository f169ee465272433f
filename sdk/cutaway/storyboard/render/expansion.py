"""Assets, matrices and boards become units, in an order in which each comes behind what it needs.

product: {matrix: {colour: [red, blue]}, prompt: a ${{ matrix.colour }} car}
    ->  product-red, product-blue
trailer: {board: {shots: [...]}}
    ->  trailer-01, trailer-02, ... and the timeline trailer.otio that plays them
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ValidationError

from cutaway.storyboard.render import manifest as m
from cutaway.storyboard.render.placeholders import ASSET, filled
from cutaway.storyboard.render.unit import PICTURE, SUFFIX, Made, Unit, own_seed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cutaway.storyboard.render.yaml_source import ManifestError, Source

MAX_UNITS: Final = 10_000
METHOD: Final = {
    "generate": "create", "extend": "extend", "remix": "edit", "loop": "loop", "blend": "blend", "fill": "fill",
    "cut": "cut",
}  # fmt: skip
RENAMED: Final = {
    "frames": "num_frames", "looped": "loop", "part": "output", "overlap": "overlap_frames", "image": "first_frame",
    "last_image": "last_frame",
}  # fmt: skip
"""Words of a manifest whose argument is called otherwise."""
MEDIA: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "generate": {"image": ("first_frame",), "last_image": ("last_frame",)},
    "extend": {"extend": ("video",)},
    "remix": {"remix": ("video",)},
    "loop": {"loop": ("video",)},
    "blend": {"blend": ("first", "second")},
    "fill": {"fill": ("before", "after")},
    "cut": {"cut": ("cut",)},
}
"""Keys that name clips and pictures, and the arguments they become."""
FORMAT_OF: Final = {".mp4": ("mp4",), ".mov": ("prores", "dnxhr"), ".mkv": ("ffv1",)}


@dataclass(frozen=True)
class Board:
    """A timeline that plays units one behind the other, written when all of them are there."""

    id: str
    output: str
    shots: tuple[str, ...]


@dataclass(frozen=True)
class Expanded:
    """A manifest as units; each comes behind those it needs."""

    name: str
    units: tuple[Unit, ...]
    boards: tuple[Board, ...]
    prices: m.Prices | None
    source: Source

    def unit(self, unit_id: str) -> Unit:
        return next(unit for unit in self.units if unit.id == unit_id)


def expanded(source: Source) -> Expanded:
    """The units of a manifest.

    Raises:
        ManifestError: with the line, the asset, what was found and what to do.
    """
    return _Expander(source).expanded()


class _Expander:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.units: dict[str, Unit] = {}
        self.boards: list[Board] = []
        self.outputs: dict[str, str] = {}

    def expanded(self) -> Expanded:
        value = self.source.value
        if not isinstance(value, dict):
            raise self.source.error("a manifest is a mapping with `version: 1` and `assets:`")
        raw_assets = value.get("assets")
        if not isinstance(raw_assets, dict) or not raw_assets:
            raise self.source.error("`assets:` names at least one thing to be made, as a mapping", ("assets",))
        head = {**value, "assets": {"head": {"prompt": "of no asset"}}}
        manifest: m.Manifest = self._checked(m.Manifest, head, ())
        defaults = self.source.value.get("defaults") or {}
        for name, raw in raw_assets.items():
            self._asset(name, raw, defaults)
        return Expanded(
            manifest.name or self.source.path.stem,
            tuple(self._ordered()),
            tuple(self.boards),
            manifest.prices,
            self.source,
        )

    # -- an asset ------------------------------------------------------------------------------

    def _asset(self, name: Any, raw: Any, defaults: dict[str, Any]) -> None:
        place: tuple[str | int, ...] = ("assets", str(name))
        if not isinstance(name, str) or not re.match(m.ASSET_NAME, name):
            raise self.source.error(f"{name!r} is no name for an asset; use letters, digits, dots and dashes", place)
        if isinstance(raw, str):
            raw = {"prompt": raw}
        if not isinstance(raw, dict):
            raise self.source.error("an asset is a mapping such as {prompt: ...}, or a prompt", place, asset=name)
        for axes in self._combinations(name, raw.get("matrix")):
            unit_id = "-".join([name, *(slug(value) for value in axes.values())])
            self._combination(name, unit_id, raw, defaults, axes)
            if len(self.units) > MAX_UNITS:
                raise self.source.error(f"the matrices come to more than {MAX_UNITS} files", place, asset=name)

    def _combinations(self, name: str, matrix: Any) -> Iterator[dict[str, Any]]:
        if matrix is None:
            yield {}
            return
        if not isinstance(matrix, dict) or not matrix:
            raise self._refused(name, "matrix is a mapping of names to lists: {colour: [red, blue]}", "matrix")
        for axis, values in matrix.items():
            plain = isinstance(values, list) and all(isinstance(value, str | bool | int | float) for value in values)
            if not plain or not values:
                raise self._refused(
                    name, f"matrix.{axis} is a list of texts or numbers, not {values!r}", "matrix", axis
                )
            if len({slug(value) for value in values}) < len(values):
                raise self._refused(name, f"two values of matrix.{axis} come to the same name", "matrix", axis)
        for values in itertools.product(*matrix.values()):
            yield dict(zip(matrix, values, strict=True))

    def _refused(self, asset: str, message: str, *inside: str | int) -> ManifestError:
        return self.source.error(message, ("assets", asset, *inside), asset=asset)

    def _combination(
        self, name: str, unit_id: str, raw: dict[str, Any], defaults: dict[str, Any], axes: dict[str, Any]
    ) -> None:
        known = {"asset": name, "id": unit_id, **{f"matrix.{axis}": value for axis, value in axes.items()}}
        own = {key: part for key, part in raw.items() if key != "matrix"}
        own = filled(own, known, refused=lambda text, at: self._refused(name, text, *at))
        shared = filled(defaults, known, refused=lambda text, at: self.source.error(text, ("defaults", *at)))
        try:
            kind = m.kind_of(own)
        except ValueError as error:
            raise self._refused(name, str(error)) from None
        asset: m.Asset = self._checked(m.Asset, own, ("assets", name), name)
        takes = m.TAKES[kind] | m.ALWAYS
        if foreign := sorted(asset.model_fields_set - takes):
            raise self._refused(
                name, f"a {kind} takes no {foreign[0]!r}; it takes {', '.join(sorted(takes))}", foreign[0]
            )
        settings: m.Settings = self._checked(m.Settings, shared, ("defaults",))
        values = _set(settings, takes - m.OWN.get(kind, frozenset())) | _set(asset, takes)
        values = {key: value for key, value in values.items() if value is not False}
        if {"frames", "seconds"} <= values.keys():  # the asset's own length wins over that of the defaults
            values.pop("seconds" if "frames" in asset.model_fields_set else "frames")
        for choice in m.NEEDS.get(kind, ()):
            if not any(values.get(key) is not None for key in choice):
                raise self._refused(name, f"a {kind} needs {' or '.join(choice)}")
        if kind == "board":
            assert asset.board is not None
            self._board(name, unit_id, asset.board, values)
        else:
            self._unit(name, unit_id, kind, values)

    def _board(self, name: str, unit_id: str, board: m.Shots, values: dict[str, Any]) -> None:
        """A unit for each shot, and the timeline. A seed of the board is the first of a family."""
        pattern = PurePosixPath(values.pop("output", None) or f"{unit_id}.otio")
        if pattern.suffix != ".otio":
            raise self._refused(
                name, f"the output of a board is its timeline and ends in .otio, not {pattern}", "output"
            )
        del values["board"]
        shots: list[str] = []
        first, asked = values.pop("seed", None), Counter[str]()
        for number, shot in enumerate(board.shots):
            shot_id = f"{unit_id}-{number + 1:02}"
            own = _set(shot, frozenset(m.Shot.model_fields))
            if {"frames", "seconds"} & own.keys():
                values = {key: value for key, value in values.items() if key not in {"frames", "seconds"}}
            # Without a family each shot's seed follows from its words, so that it survives a new order of the shots.
            words = f"{unit_id} {shot.prompt} {asked[shot.prompt]}"
            family = {"seed": own_seed(words) if first is None else first + number}
            asked[shot.prompt] += 1
            described = [f"{c.name}: {c.description}" for c in board.characters if c.name in shot.prompt]
            own["prompt"] = ". ".join([shot.prompt.rstrip(". "), *described]) if described else shot.prompt
            suffix = SUFFIX[values.get("format", "mp4")]
            output = str(pattern.with_suffix("") / f"{number + 1:02}{suffix}")
            at = ("board", "shots", number)
            self._unit(name, shot_id, "generate", values | family | own | {"output": output}, board=unit_id, at=at)
            shots.append(shot_id)
        self._taken(name, str(pattern), unit_id)
        self.boards.append(Board(unit_id, str(pattern), tuple(shots)))

    def _unit(
        self,
        name: str,
        unit_id: str,
        kind: str,
        values: dict[str, Any],
        *,
        board: str | None = None,
        at: tuple[str | int, ...] = (),
    ) -> None:
        if unit_id in self.units:
            other = self.units[unit_id]
            raise self._refused(name, f"{unit_id!r} is made already, by the asset in line {other.line}; rename one")
        inputs: dict[str, Path | Made] = {}
        for key, arguments in MEDIA[kind].items():
            given = values.pop(key, None)
            if given is not None:
                listed = [given] if isinstance(given, str) else list(given)
                for argument, text in zip(arguments, listed, strict=True):
                    inputs[argument] = self._input(name, text, key)
        for number, text in enumerate(values.pop("references", None) or ()):
            inputs[f"{PICTURE}{number}"] = self._input(name, text, "references")
        output, values = self._output(name, unit_id, kind, values)
        arguments_ = {RENAMED.get(key, key): value for key, value in values.items()}
        if kind == "fill" and (context := arguments_.pop("context_frames", None)) is not None:
            arguments_ |= {"tail_frames": context, "head_frames": context}
        arguments_ = {"prompt": "", "seed": own_seed(unit_id)} | arguments_
        self.units[unit_id] = Unit(
            unit_id,
            name,
            kind,
            self.source.line(("assets", name, *at)) or 1,
            output,
            METHOD[kind],
            arguments_,
            inputs,
            board,
        )

    def _input(self, name: str, text: str, key: str) -> Path | Made:
        """A file beside the manifest, or something that the manifest makes."""
        if made := ASSET.match(text):
            if key in {"image", "last_image", "references", "cut"}:
                what = "a timeline" if key == "cut" else "a picture"
                raise self._refused(name, f"{key}: {what} is wanted, and {text} is a clip; name a file", key)
            return Made(made[1])
        path = self.source.path.parent / text
        if not path.is_file():
            what = "a folder" if path.is_dir() else "not there"
            raise self._refused(
                name, f"{key}: {text} is {what}; paths are read from the manifest's folder, {path.parent}", key
            )
        return path

    def _output(self, name: str, unit_id: str, kind: str, values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Where a unit's file goes, and its values with the format that this means."""
        format_ = values.get("format")
        suffix = ".otio" if kind == "cut" else SUFFIX[format_ or "mp4"]
        given = values.pop("output", None)
        output = PurePosixPath(str(given) if given is not None else f"{unit_id}{suffix}")
        if output.is_absolute() or ".." in output.parts or "\\" in str(output) or ":" in str(output):
            raise self._refused(name, f"output {output} leaves the output folder; name a path below it", "output")
        if kind != "cut":
            possible = FORMAT_OF.get(output.suffix.lower())
            if possible is None:
                known = ", ".join(FORMAT_OF)
                raise self._refused(name, f"output {output}: the file ends in one of {known}", "output")
            if format_ is not None and format_ not in possible:
                raise self._refused(name, f"output {output}: a {format_} file ends in {SUFFIX[format_]}", "output")
            values = {**values, "format": format_ or possible[0]}
        elif output.suffix != ".otio":
            raise self._refused(name, f"the output of a cut is a timeline and ends in .otio, not {output}", "output")
        self._taken(name, str(output), unit_id)
        return str(output), values

    def _taken(self, name: str, output: str, unit_id: str) -> None:
        folded = output.casefold()
        if folded.split("/")[0] in RESERVED:
            raise self._refused(name, f"output {output}: that name is taken by the reports", "output")
        if folded in self.outputs:
            raise self._refused(
                name,
                f"{unit_id} and {self.outputs[folded]} both write {output}; put ${{{{ id }}}} into the pattern",
                "output",
            )
        self.outputs[folded] = unit_id

    # -- the order -----------------------------------------------------------------------------

    def _ordered(self) -> Iterator[Unit]:
        done: set[str] = set()

        def visit(unit: Unit, path: tuple[str, ...]) -> Iterator[Unit]:
            if unit.id in done:
                return
            if unit.id in path:
                raise self._refused(unit.asset, f"needs itself: {' <- '.join([*path, unit.id])}")
            for needed in unit.needs:
                there = self.units.get(needed)
                if there is None or there.kind == "cut":
                    hint = _nearest(needed, list(self.units))
                    raise self._refused(
                        unit.asset, f"the manifest makes no clip with the id {needed!r}{hint}", *_where(unit)
                    )
                yield from visit(there, (*path, unit.id))
            done.add(unit.id)
            yield unit

        for unit in self.units.values():
            yield from visit(unit, ())

    def _checked(self, model: type[Any], value: Any, place: Sequence[str | int], asset: str | None = None) -> Any:
        """A value as a model, or the first thing that is wrong with it, with its line."""
        try:
            return model.model_validate(value)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            inside = first["loc"]
            where = ".".join(str(part) for part in inside)
            said = first["msg"].removeprefix("Value error, ")
            if first["type"] == "extra_forbidden":
                holder = _model_at(model, inside[:-1])
                said = f"is not a word of the manifest{_nearest(str(inside[-1]), list(holder.model_fields))}"
            elif first["type"] not in {"value_error", "missing"}:
                said = f"{said[:1].lower()}{said[1:]}, not {first['input']!r}"
            raise self.source.error(f"{where}: {said}" if where else said, (*place, *inside), asset=asset) from None


RESERVED: Final = frozenset({"report.json", "report.xml", "index.html", "contact.png", "posters", ".cutaway"})
"""Names in the output folder that are not an asset's."""


def slug(value: Any) -> str:
    """A matrix value as a part of a name: what is no letter, digit or dot becomes a dash."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return re.sub(r"[^\w.]+", "-", text).strip("-.") or "-"


def _set(model: BaseModel, takes: frozenset[str]) -> dict[str, Any]:
    """What was given, of what the kind takes."""
    given = {key: getattr(model, key) for key in model.model_fields_set & takes if key != "matrix"}
    return {key: value for key, value in given.items() if value is not None}


def _where(unit: Unit) -> tuple[str, ...]:
    return () if unit.kind == "generate" else (unit.kind,)


def _nearest(word: str, words: list[str]) -> str:
    near = difflib.get_close_matches(word, words, 1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(words)[:20])}"


def _model_at(model: type[BaseModel], place: Sequence[str | int]) -> type[BaseModel]:
    """The model that describes a place inside another one."""
    nested: dict[str, type[BaseModel]] = {
        "defaults": m.Settings,
        "prices": m.Prices,
        "board": m.Shots,
        "shots": m.Shot,
        "characters": m.Character,
    }
    for part in reversed([str(part) for part in place]):
        if part in nested:
            return nested[part]
    return model
