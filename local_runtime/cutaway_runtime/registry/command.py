"""`cutaway-runtime models ...`: the registry on the command line.

People read stdout, and a bar on stderr; with `--json` stdout has one JSON object, whatever happened. The exit
codes are those of `cutaway` itself.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from cutaway.errors import CutawayError
from cutaway.home import Home
from cutaway_runtime.registry import licence, shown
from cutaway_runtime.registry.add import add, add_lora, stills_for
from cutaway_runtime.registry.errors import RegistryError, UnknownModel
from cutaway_runtime.registry.known import LORAS, MANIFESTS
from cutaway_runtime.registry.progress import unwatched
from cutaway_runtime.registry.store import Store
from cutaway_runtime.registry.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cutaway_runtime.registry.manifest import Lora, Manifest
    from cutaway_runtime.registry.progress import Progress, Watch
    from cutaway_runtime.registry.store import Installed, InstalledLora

    Answer: TypeAlias = tuple[dict[str, Any], Iterable[str]]
    """The same for programs and for people."""

OK: Final = 0
UNEXPECTED: Final = 1
REFUSED: Final = 2
CHANGED: Final = 7
INTERRUPTED: Final = 130


def main(arguments: Sequence[str]) -> int:
    """Carry out what stands behind `cutaway-runtime models`; the exit code."""
    return run(_parser().parse_args(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cutaway-runtime models", description="The checkpoints of this machine.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    _verb(verbs, "list", _list, "what is installed, and what can be pulled")
    one = _verb(verbs, "show", _show, "what a model is, what its licence asks, what it will take")
    one.add_argument("id")
    one = _verb(verbs, "pull", _pull, "fetch a model from its hub")
    one.add_argument("what", metavar="ID|ORG/REPO")
    one.add_argument("--id", help="call it so; made from the repository's name if left out")
    one.add_argument("--revision", help="a branch, tag or commit; else the newest")
    one.add_argument("--variant", help="which weights, such as fp16")
    one.add_argument("--stills-for", metavar="ID", help="it paints the first picture for that installed model")
    one = _verb(verbs, "add", _add, "make a checkpoint known that lies on this machine")
    one.add_argument("paths", metavar="PATH", nargs="+", type=Path)
    one.add_argument("--id", help="call it so; made from the name of the file or folder if left out")
    one.add_argument("--base", metavar="ID", help="the installed model that has the other components of a single file")
    one.add_argument("--pipeline", metavar="CLASS", help="what it is, where that cannot be seen")
    one.add_argument("--variant", help="which weights, such as fp16")
    one.add_argument("--stills-for", metavar="ID", help="it paints the first picture for that installed model")
    one.add_argument("--lora-for", metavar="ID", help="it is a LoRA for that model")
    one.add_argument("--style", metavar="NAME", help="the style that paints with the LoRA; its id if left out")
    one.add_argument("--strength", type=float, default=1.0, help="of the LoRA")
    one = _verb(verbs, "verify", _verify, "compare every file with the hash it was installed with")
    one.add_argument("ids", metavar="ID", nargs="*", help="all if left out")
    one = _verb(verbs, "rm", _rm, "forget models, and delete what was pulled of them")
    one.add_argument("ids", metavar="ID", nargs="+")
    one = _verb(verbs, "accept", _accept, "agree to the licence of a model")
    one.add_argument("id")
    return parser


def _verb(verbs: Any, name: str, do: Any, about: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = verbs.add_parser(name, help=about)
    made.add_argument("--json", action="store_true", help="print one JSON object")
    made.set_defaults(do=do)
    return made


def run(options: argparse.Namespace) -> int:
    """Carry out one parsed command; the exit code. Nothing is raised."""
    try:
        told, lines = options.do(Store(Home.find().folder), options)
    except KeyboardInterrupt:
        return _fail(options, "Interrupted. What has come is kept; the same command goes on from there.", INTERRUPTED)
    except RegistryError as error:
        return _fail(options, str(error), error.exit_code, error)
    except (CutawayError, OSError) as error:
        return _fail(options, str(error), REFUSED if isinstance(error, CutawayError) else UNEXPECTED, error)
    code: int = told.pop("exit_code", OK)
    if options.json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines)
    return code


def _fail(options: argparse.Namespace, message: str, code: int, error: Exception | None = None) -> int:
    sys.stderr.write(f"{message}\n")
    if options.json:
        facts: dict[str, Any] = {
            "type": type(error).__name__ if error else "Interrupted",
            "message": message,
            "exit_code": code,
        }
        if isinstance(error, UnknownModel) and error.near:
            facts["nearest"] = list(error.near)
        sys.stdout.write(json.dumps({"error": facts}, ensure_ascii=False) + "\n")
    return code


def _list(store: Store, _options: argparse.Namespace) -> Answer:
    told = shown.listing(store)
    return told, shown.list_lines(told)


def _show(store: Store, options: argparse.Namespace) -> Answer:
    record, installed = _record(store, options.id)
    told = shown.whole(record, store.home, installed=installed)
    return told, shown.whole_lines(told)


def _pull(store: Store, options: argparse.Namespace) -> Answer:
    from cutaway_runtime.registry.hub import Hub
    from cutaway_runtime.registry.pull import pull

    with _bar(options) as watch:
        record = pull(
            store,
            options.what,
            Hub(),
            model_id=options.id,
            revision=options.revision,
            variant=options.variant,
            watch=watch,
        )
    return _installed(store, record, stills_for_=options.stills_for)


def _add(store: Store, options: argparse.Namespace) -> Answer:
    with _bar(options) as watch:
        if options.lora_for is not None:
            record: Manifest | Lora = add_lora(
                store,
                options.paths,
                model=options.lora_for,
                lora_id=options.id,
                style=options.style,
                strength=options.strength,
                watch=watch,
            )
        else:
            record = add(
                store,
                options.paths,
                model_id=options.id,
                base=options.base,
                pipeline=options.pipeline,
                variant=options.variant,
                watch=watch,
            )
    return _installed(store, record, stills_for_=options.stills_for)


def _installed(store: Store, record: Manifest | Lora, *, stills_for_: str | None) -> Answer:
    if stills_for_ is not None:
        stills_for(store, stills_for_, record.id)
    told = shown.whole(record, store.home, installed=True)
    return told, [f"{record.id} is installed: {len(record.files)} files, each with its hash.", *shown.whole_lines(told)]


def _verify(store: Store, options: argparse.Namespace) -> Answer:
    ids = options.ids or [one.manifest.id for one in store.installed()] + [one.lora.id for one in store.loras()]
    models, lines, whole = {}, [], True
    for name in ids:
        with _bar(options) as watch:
            findings = verify(_anything(store, name), watch)
        bad = [finding for finding in findings if not finding.good]
        whole = whole and not bad
        models[name] = [{"path": finding.path, "state": str(finding.state)} for finding in findings]
        lines.append(
            f"{name}: {len(findings)} files, {'all as installed' if not bad else f'{len(bad)} not as installed'}"
        )
        lines += [f"  {finding.path}: {finding.state}" for finding in bad]
        if bad:
            lines.append(f"  Install it anew: cutaway models pull {name}, or add its folder again")
    damaged = [] if options.ids else [str(error) for error in store.damaged()]
    code = OK if whole and not damaged else CHANGED
    return {"whole": code == OK, "models": models, "damaged": damaged, "exit_code": code}, [*lines, *damaged]


def _rm(store: Store, options: argparse.Namespace) -> Answer:
    freed = {name: store.remove(name) for name in options.ids}
    lines = [f"{name} is gone; {shown.gigabytes(count)} freed" for name, count in freed.items()]
    return {"removed": list(freed), "freed_bytes": sum(freed.values())}, lines


def _accept(store: Store, options: argparse.Namespace) -> Answer:
    record, _ = _record(store, options.id)
    note = licence.accept(record, store.home)
    conditions = [f"  - {condition}" for condition in record.licence.conditions]
    return note, [f"Accepted on {note['at']}: {record.licence.name}, {record.licence.url}", *conditions]


def _record(store: Store, name: str) -> tuple[Manifest | Lora, bool]:
    """An installed record, else a known one; and whether it is installed."""
    try:
        found = _anything(store, name)
    except UnknownModel:
        known = MANIFESTS.get(name) or LORAS.get(name)
        if known is None:
            raise
        return known, False
    return (found.manifest if hasattr(found, "manifest") else found.lora), True


def _anything(store: Store, name: str) -> Installed | InstalledLora:
    if any(found.lora.id == name for found in store.loras()):
        return store.lora(name)
    return store.get(name)


@contextmanager
def _bar(options: argparse.Namespace) -> Iterator[Watch]:
    """A bar on a terminal; silence elsewhere."""
    if options.json or not sys.stderr.isatty():
        yield unwatched
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(file=sys.stderr), transient=True) as bars:
        bar = bars.add_task("asking", total=None)

        def watch(step: Progress) -> None:
            bars.update(bar, completed=step.done, total=step.total, description=step.file[-48:])

        yield watch
