"""An install and an uninstall: first a plan, which reads only, then its carrying out, which does what the plan says.

    plan = planned(Machine.here(), python=sys.executable)
    for step in plan.steps: print(step)          # the dry run
    plan.carry_out()

The record is written before the files, so that one which was interrupted can be taken back as well.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import cutaway_davinci
from cutaway import __version__
from cutaway.errors import CutawayError
from cutaway.home import Home
from cutaway_davinci.install.places import SUBFOLDERS, Machine
from cutaway_davinci.install.record import Record, hash_of
from cutaway_davinci.launcher import Origin, origin, scripts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MENU_FOLDER: Final = "Utility"
"""Listed in Resolve's menu on every page."""
_SCRIPTS: Final = frozenset({".py", ".lua"})


class InstallRefused(CutawayError):
    """Nothing was written; the message names the files in the way, or the folder that cannot be written."""


class AppStoreBuild(InstallRefused):
    """The only Resolve here is one of the App Store, which is shut off from the rest of the machine."""


class Doing(StrEnum):
    """What a step does to one path."""

    MAKE = "make"
    WRITE = "write"
    REMOVE = "remove"
    KEEP = "keep"  # it stays; the step says why


class Step(NamedTuple):
    """One path, and what is done with it."""

    doing: Doing
    path: Path
    why: str = ""

    def __str__(self) -> str:
        return f"{self.doing:<7} {self.path}" + (f"  ({self.why})" if self.why else "")


@dataclass(frozen=True)
class Plan:
    """What will be done, in this order. `contents` is what goes into the files that are written."""

    steps: tuple[Step, ...]
    record: Path
    contents: dict[Path, bytes] = field(default_factory=dict)
    private: Path | None = None
    """A folder that only its owner may look into."""

    @property
    def changes(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.doing is not Doing.KEEP)

    def carry_out(self) -> None:
        """Does every step.

        Raises:
            InstallRefused: a path cannot be written; what was done until then is in the record.
        """
        for step in self.changes:
            try:
                self._do(step)
            except OSError as error:
                raise InstallRefused(
                    f"cannot {step.doing} {step.path}: {error.strerror}. That folder has to be yours to write (with "
                    "--all-users: the administrator's); or name another scripts folder with --scripts-dir"
                ) from error

    def _do(self, step: Step) -> None:
        if step.doing is Doing.MAKE:
            if step.path == self.private:
                Home(step.path).create()
            step.path.mkdir(exist_ok=True)
        elif step.doing is Doing.WRITE:
            part = step.path.with_name(step.path.name + ".part")
            part.write_bytes(self.contents[step.path])
            part.replace(step.path)
        elif step.path.is_dir():
            with suppress(OSError):  # somebody put something in meanwhile
                step.path.rmdir()
        else:
            step.path.unlink(missing_ok=True)


def planned(machine: Machine, *, python: str, all_users: bool = False, scripts_dir: Path | None = None) -> Plan:
    """The plan of an install; carried out twice, it changes nothing the second time.

    Args:
        machine: where things lie.
        python: the interpreter that the menu entry starts the panel with.
        all_users: for everybody on this machine, instead of this person.
        scripts_dir: another scripts tree than the usual one.

    Raises:
        InstallRefused: a file that is not ours, or that somebody edited, lies where ours is to go.
        AppStoreBuild: there is no Resolve that reads scripts from outside of its container.
        UnreadableRecord: the record of an earlier install is damaged.
    """
    if machine.app_store() and not machine.applications() and scripts_dir is None:
        raise AppStoreBuild(
            f"the DaVinci Resolve of this machine comes from the App Store ({machine.app_store()[0]}): it is shut off "
            "from other programs, and cutaway cannot be started from it. Install Resolve from Blackmagic Design's "
            "web site, or work by files: cutaway davinci panel --otio CUT.otio"
        )
    path = machine.record(all_users=all_users)
    before = Record.read(path)
    tree = scripts_dir or (machine.shared_scripts if all_users else machine.own_scripts)
    contents = {tree / MENU_FOLDER / name: content for name, content in scripts(path).items()}
    if in_the_way := [str(file) for file in contents if file.exists() and _kind(file) is not Origin.OURS]:
        raise InstallRefused(
            f"{' and '.join(in_the_way)} {'is' if len(in_the_way) == 1 else 'are'} not as cutaway wrote it, or not "
            "cutaway's; move it away, and install again. Nothing was changed"
        )
    made = [*_missing(path.parent), *(one for one in _missing(tree / MENU_FOLDER) if one not in _missing(path.parent))]
    kept = [folder for folder in (before.folders if before else ()) if Path(folder).is_dir()]
    record = Record(
        cutaway=__version__,
        scope="all users" if all_users else "user",
        scripts=str(tree),
        python=python,
        packages=str(Path(cutaway_davinci.__file__).resolve().parents[1]),
        home=machine.everyones_home() if all_users else str(machine.ours),
        files={str(file): hash_of(content) for file, content in contents.items()},
        folders=(*kept, *map(str, made)),
    )
    contents = {path: record.text().encode(), **contents}
    return Plan(
        steps=(
            *(Step(Doing.MAKE, folder) for folder in made),
            *(Step(Doing.WRITE, file) for file, content in contents.items() if not _holds(file, content)),
            *_old_copies(machine, before, tree, set(contents)),
        ),
        record=path,
        contents=contents,
        private=machine.ours,
    )


def stale(machine: Machine, but: Path) -> Iterator[Path]:
    """Copies of ours, edited or not, in any scripts tree but `but`: Resolve would show two, or the older one."""
    for tree in machine.trees():
        if tree != but:
            yield from _ours_in(tree)


def removal(
    machine: Machine, *, all_users: bool = False, may_remove: Callable[[Path], bool] = lambda _: False
) -> Plan | None:
    """The plan of an uninstall: the recorded files, the folders that were made for them, the record. None: no record.

    Args:
        machine: where things lie.
        all_users: the install for everybody.
        may_remove: asked for each file that is not as it was written.

    Raises:
        UnreadableRecord: the record is damaged.
    """
    path = machine.record(all_users=all_users)
    record = Record.read(path)
    if record is None:
        return None
    steps = [_removed(Path(file), written, may_remove) for file, written in record.files.items()]
    steps.append(Step(Doing.REMOVE, path))
    gone = {step.path for step in steps if step.doing is Doing.REMOVE}
    kept = {step.path for step in steps if step.doing is Doing.KEEP}
    for folder in sorted(map(Path, record.folders), key=lambda one: -len(one.parts)):
        if not folder.is_dir():
            continue
        if left := {entry for entry in folder.iterdir() if entry not in gone}:
            if others := left - kept:
                steps.append(Step(Doing.KEEP, folder, f"{min(others).name} is in it"))
            kept.add(folder)
        else:
            steps.append(Step(Doing.REMOVE, folder))
            gone.add(folder)
    return Plan(tuple(step for step in steps if step.doing is Doing.KEEP or step.path.exists()), path)


def _removed(file: Path, written: str, may_remove: Callable[[Path], bool]) -> Step:
    if not file.exists() or hash_of(file.read_bytes()) == written or may_remove(file):
        return Step(Doing.REMOVE, file)
    return Step(Doing.KEEP, file, "not as cutaway wrote it; delete it by hand if you do not want it")


def _old_copies(machine: Machine, before: Record | None, tree: Path, new: set[Path]) -> Iterator[Step]:
    """Our own older files, under whatever name: in this tree, in every other, and where the last install wrote."""
    trees = dict.fromkeys([tree, *machine.trees(), *([Path(before.scripts)] if before else [])])
    for one in trees:
        for file in _ours_in(one):
            if file in new:
                continue
            if _kind(file) is Origin.EDITED:
                yield Step(Doing.KEEP, file, "an older copy that somebody edited; Resolve lists it as well")
            elif not os.access(file.parent, os.W_OK):
                yield Step(
                    Doing.KEEP, file, "an older copy that only an administrator can remove; it may hide this one"
                )
            else:
                yield Step(Doing.REMOVE, file, "an older copy")


def _ours_in(tree: Path) -> Iterator[Path]:
    for folder in (tree, *(tree / name for name in SUBFOLDERS)):
        if folder.is_dir():
            files = sorted(file for file in folder.iterdir() if file.suffix in _SCRIPTS and file.is_file())
            yield from (file for file in files if _kind(file) is not Origin.FOREIGN)


def _kind(file: Path) -> Origin:
    """Whose it is; what cannot be read is nobody's we know."""
    try:
        return origin(file)
    except OSError:
        return Origin.FOREIGN


def _holds(file: Path, content: bytes) -> bool:
    return file.is_file() and file.read_bytes() == content


def _missing(folder: Path) -> list[Path]:
    """What has to be made for a folder to be there, outermost first."""
    return [one for one in reversed([folder, *folder.parents]) if not one.exists()]
