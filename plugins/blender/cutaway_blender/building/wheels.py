# SPDX-License-Identifier: GPL-3.0-or-later
"""The wheels that an extension brings along: what cutaway needs, for each platform and Python, and cutaway itself.

    own_wheel(folder)                           # cutaway-0.1.0-py3-none-any.whl: the SDK and nothing else
    downloaded(folder, LINUX, python="3.13", versions={})

NumPy is Blender's own; opentimelineio, Qt and the runtime are not needed inside Blender. All platforms and Pythons get
the same versions, so that one extension behaves the same everywhere.
"""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from importlib.metadata import requires
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cutaway
from cutaway.errors import CutawayError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PYTHONS: Final = ("3.11", "3.13")
"""Of Blender 4.2 to 5.0, and from 5.1 on."""
BLENDERS_OWN: Final = frozenset({"numpy"})
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_NAME: Final = re.compile(r"^[A-Za-z0-9._-]+")


class BuildFailed(CutawayError):
    """The extension could not be made; the message says by whose word."""


@dataclass(frozen=True)
class Platform:
    """A platform as Blender calls it, and as wheels do: the tags that run there, newest first."""

    name: str
    tags: tuple[str, ...]


LINUX: Final = Platform("linux-x64", ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"))
WINDOWS: Final = Platform("windows-x64", ("win_amd64",))
MACOS: Final = Platform("macos-arm64", tuple(f"macosx_{major}_0_arm64" for major in (14, 13, 12, 11)))
PLATFORMS: Final = {platform.name: platform for platform in (LINUX, WINDOWS, MACOS)}


def requirements() -> list[str]:
    """What cutaway needs inside Blender: its base and the media extra, less what Blender brings."""
    found = []
    for line in requires("cutaway") or ():
        wanted, _, marker = (part.strip() for part in line.partition(";"))
        in_media = marker.replace("'", '"') == 'extra == "media"'
        if (not marker or in_media) and _name(wanted) not in BLENDERS_OWN:
            found.append(wanted)
    return found


def downloaded(folder: Path, platform: Platform, python: str, versions: Mapping[str, str]) -> list[Path]:
    """The wheels of a platform and a Python, downloaded by pip unless they lie there already.

    What is asked for has a folder of its own, which appears there whole: several builds may share one shelf.
    `versions` are those that are wanted, by name; those that are not named are the newest that fit.

    Raises:
        BuildFailed: the package index has no such wheel, or cannot be reached.
    """
    asked = [f"{name}=={version}" for name, version in versions.items()] or requirements()
    shelf = folder / f"{platform.name}-py{python}-{hashlib.sha256(' '.join(asked).encode()).hexdigest()[:8]}"
    if not shelf.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as making:
            new = Path(making) / shelf.name
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary=:all:"]
            command += ["--python-version", python, "--implementation", "cp", "--dest", str(new)]
            command += [f"--platform={tag}" for tag in platform.tags] + (["--no-deps"] if versions else []) + asked
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - pip
            if done.returncode:
                raise BuildFailed(f"no wheels for {platform.name} with Python {python}: {done.stderr.strip()[-2000:]}")
            try:
                new.rename(shelf)
            except OSError:  # another build was quicker, with the same
                if not shelf.is_dir():
                    raise
    return sorted(shelf.glob("*.whl"))


def versions_of(wheels: Iterable[Path]) -> dict[str, str]:
    """Name -> version, as the file names have them."""
    return dict(sorted((path.name.split("-")[0], path.name.split("-")[1]) for path in wheels))


def own_wheel(folder: Path) -> Path:
    """A wheel of the package `cutaway` alone, without command line; the same sources make the same bytes."""
    source = Path(cutaway.__file__).parent
    version = cutaway.__version__
    info = f"cutaway-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {line}\n" for line in requirements())
    files = {
        f"cutaway/{path.relative_to(source).as_posix()}": path.read_bytes()
        for path in sorted(source.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and path.relative_to(source).parts[0] != "cli"
    }
    files |= {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: cutaway\nVersion: {version}\n{needs}".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: cutaway\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    path = folder / f"cutaway-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data in files.items():
            wheel.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return path


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def _name(requirement: str) -> str:
    match = _NAME.match(requirement)
    return match[0].lower() if match else ""
