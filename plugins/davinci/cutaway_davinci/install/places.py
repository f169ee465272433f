"""Where DaVinci Resolve and its scripts lie on a machine, and where the record of an install goes.

A machine is a value, so that a test can hand in any of three systems, with a home of its own.
"""

from __future__ import annotations

import os
import plistlib
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cutaway.home import Home
from cutaway_davinci.agent.connect import usual_places

if TYPE_CHECKING:
    from collections.abc import Mapping

SUBFOLDERS: Final = ("Utility", "Edit", "Color", "Deliver", "Comp", "Tool", "Views")
"""Folders of a scripts tree that Resolve lists in its menu. Utility is listed on every page."""
_VENDOR: Final = "Blackmagic Design/DaVinci Resolve"
_CONTAINERS: Final = ("com.blackmagic-design.DaVinciResolveLite", "com.blackmagic-design.DaVinciResolveAppStore")
"""The App Store's builds: the free one, and Studio."""


@dataclass(frozen=True)
class Machine:
    """One machine, as far as an install goes.

    Args:
        system: as `sys.platform` says it: "win32", "darwin", "linux".
        home: of the person.
        environment: variables; on Windows they say where the folders are.
        ours: cutaway's home folder.
        root: of the file system; another one in tests.
    """

    system: str
    home: Path
    environment: Mapping[str, str]
    ours: Path
    root: Path = field(default=Path("/"))

    @classmethod
    def here(cls) -> Machine:
        """This one."""
        return cls(sys.platform, Path.home(), os.environ, Home.find().folder)

    def shown(self) -> str:
        return {"win32": "Windows", "darwin": "macOS"}.get(self.system, "Linux")

    def rooted(self, path: Path | str) -> Path:
        """An absolute path of this machine; on Windows the variables have been rooted already."""
        return Path(path) if self.system == "win32" else self.root / str(path).lstrip("/")

    def _variable(self, name: str, otherwise: str) -> Path:
        return Path(self.environment.get(name) or otherwise)

    @property
    def own_scripts(self) -> Path:
        """The scripts tree of this person."""
        if self.system == "win32":
            roaming = self._variable("APPDATA", str(self.home / "AppData/Roaming"))
            return roaming / _VENDOR / "Support/Fusion/Scripts"
        if self.system == "darwin":
            return self.home / "Library/Application Support" / _VENDOR / "Fusion/Scripts"
        return self.home / ".local/share/DaVinciResolve/Fusion/Scripts"

    @property
    def shared_scripts(self) -> Path:
        """The scripts tree of everybody; on Linux the one below the Resolve that is there."""
        trees = self._shared_trees()
        return next((tree for tree in trees if tree.parents[1].is_dir()), trees[0])

    def _shared_trees(self) -> list[Path]:
        if self.system == "win32":
            return [self._variable("PROGRAMDATA", "C:/ProgramData") / _VENDOR / "Fusion/Scripts"]
        if self.system == "darwin":
            return [self.rooted("/Library/Application Support") / _VENDOR / "Fusion/Scripts"]
        return [self.rooted(home) / "Fusion/Scripts" for home in ("/opt/resolve", "/home/resolve")]

    def trees(self) -> list[Path]:
        """Every scripts tree in which an older copy may lie, and hide the new one or be hidden by it.

        On Windows also the one with "Roaming" twice, which Blackmagic's text named up to 21.0.
        """
        trees = [self.own_scripts, *self._shared_trees()]
        if self.system == "win32":
            roaming = self._variable("APPDATA", str(self.home / "AppData/Roaming"))
            trees.append(roaming / "Roaming" / _VENDOR / "Support/Fusion/Scripts")
        return trees

    def applications(self) -> list[Path]:
        """Resolves that are installed, but for those of the App Store."""
        if self.system == "win32":
            places = [self._variable("PROGRAMFILES", "C:/Program Files") / _VENDOR / "Resolve.exe"]
        elif self.system == "darwin":
            places = [self.rooted("/Applications/DaVinci Resolve/DaVinci Resolve.app")]
        else:
            places = [self.rooted(home) / "bin/resolve" for home in ("/opt/resolve", "/home/resolve")]
        return [place for place in places if place.exists()]

    def app_store(self) -> list[Path]:
        """Containers of Resolves from the App Store, and such an application itself."""
        if self.system != "darwin":
            return []
        places = [self.home / "Library/Containers" / name for name in _CONTAINERS]
        bought = [
            self.rooted("/Applications") / f"{name}.app" for name in ("DaVinci Resolve", "DaVinci Resolve Studio")
        ]
        places += [app for app in bought if (app / "Contents/_MASReceipt").exists()]
        return [place for place in places if place.exists()]

    def version_on_disk(self) -> str | None:
        """What the application's own files say; only macOS keeps it in a file of a known form."""
        for application in self.applications() if self.system == "darwin" else []:
            try:
                facts = plistlib.loads((application / "Contents/Info.plist").read_bytes())
            except (OSError, plistlib.InvalidFileException):
                continue
            if version := facts.get("CFBundleShortVersionString"):
                return str(version)
        return None

    def scripting(self) -> tuple[list[Path], list[Path]]:
        """Where Blackmagic's scripting folder and library may lie, likeliest first."""
        named_folder, named_library = (self.environment.get(f"RESOLVE_SCRIPT_{name}") for name in ("API", "LIB"))
        folders, libraries = usual_places(self.system, self.environment)
        return (
            [Path(named_folder)] if named_folder else [self.rooted(place) for place in folders],
            [Path(named_library)] if named_library else [self.rooted(place) for place in libraries],
        )

    def record(self, *, all_users: bool = False) -> Path:
        """Where it is noted what an install wrote."""
        return (self._shared_record_folder() if all_users else self.ours) / "davinci.json"

    def _shared_record_folder(self) -> Path:
        if self.system == "win32":
            return self._variable("PROGRAMDATA", "C:/ProgramData") / "cutaway"
        shared = "/Library/Application Support" if self.system == "darwin" else "/usr/local/share"
        return self.rooted(shared) / "cutaway"

    def everyones_home(self) -> str:
        """Cutaway's home folder of whoever starts the menu entry, as the menu script spells it out."""
        by_system = {"win32": "%LOCALAPPDATA%/cutaway", "darwin": "~/Library/Application Support/cutaway"}
        return by_system.get(self.system, "~/.local/share/cutaway")
