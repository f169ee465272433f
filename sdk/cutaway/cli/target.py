"""Which server a command speaks to, and where its file goes. Both are settled before anything is sent."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from cutaway.wire import MEDIA_TYPE, OutputFormat

if TYPE_CHECKING:
    from cutaway.client.client import AsyncCutaway, Cutaway
    from cutaway.client.videos import Video

FORMATS_OF: Final[dict[str, list[OutputFormat]]] = {}
for _format, (_, _suffix) in MEDIA_TYPE.items():
    FORMATS_OF.setdefault(_suffix, []).append(_format)

VIDEO_ID: Final = re.compile(r"^video_[A-Za-z0-9_=-]+$")


@dataclass(frozen=True)
class Target:
    """The server of one command, as the global options name it."""

    base_url: str | None = None
    api_key: str | None = None
    dialect: str | None = None

    @classmethod
    def of(cls, ctx: typer.Context) -> Target:
        return ctx.obj if isinstance(ctx.obj, cls) else cls()

    def client(self, *, max_retries: int = 2) -> Cutaway:
        from cutaway import Cutaway

        return Cutaway(base_url=self.base_url, api_key=self.api_key, dialect=self.dialect, max_retries=max_retries)

    def async_client(self) -> AsyncCutaway:
        from cutaway import AsyncCutaway

        return AsyncCutaway(base_url=self.base_url, api_key=self.api_key, dialect=self.dialect)

    @property
    def address(self) -> str | None:
        """The server that was named, by option or environment; None for the runtime of this machine."""
        return self.base_url or os.environ.get("CUTAWAY_BASE_URL") or None

    def command(self, *words: str | Path) -> str:
        """A command line that reaches the same server; it never shows the key."""
        same = ["--base-url", self.base_url] if self.base_url else []
        same += ["--dialect", self.dialect] if self.dialect else []
        return shlex.join(["cutaway", *same, *(str(word) for word in words)])


def clip(given: str) -> Path | dict[str, str]:
    """A source clip as the client takes it: a file, or a reference to a video that the server holds.

    Raises:
        typer.BadParameter: neither.
    """
    path = Path(given)
    if path.is_file():
        return path
    if VIDEO_ID.match(given):
        return {"id": given}
    what = "is a folder" if path.is_dir() else "does not exist"
    raise typer.BadParameter(f"{given} {what}; name a file, or a video by its id (`cutaway jobs` lists them)")


def picture(given: str) -> Path:
    """A file that must exist."""
    path = Path(given)
    if path.is_file():
        return path
    raise typer.BadParameter(f"{given} {'is a folder' if path.is_dir() else 'does not exist'}; name a picture")


def destination(output: Path | None, asked: OutputFormat | None, *, detach: bool = False) -> OutputFormat:
    """The format a result has: the one asked for, else the one the file's suffix means.

    Raises:
        typer.BadParameter: no file was named, its folder cannot be written, or its suffix says another format.
    """
    if output is None:
        if not detach:
            raise typer.BadParameter("say where the video goes with -o FILE, or leave it on the server with --detach")
        return asked or OutputFormat.MP4
    writable(output)
    possible = FORMATS_OF.get(output.suffix.lower())
    if possible is None:
        known = ", ".join(f"{suffix} ({' or '.join(kinds)})" for suffix, kinds in FORMATS_OF.items())
        raise typer.BadParameter(f"{output.name}: cutaway writes {known}")
    if asked is not None and asked not in possible:
        raise typer.BadParameter(f"{output.name}: a {asked} file ends in {MEDIA_TYPE[asked][1]}")
    return asked or possible[0]


def writable(output: Path) -> Path:
    """The file's folder exists and can be written, found out before an hour of rendering."""
    folder = output.parent
    if output.is_dir():
        raise typer.BadParameter(f"{output} is a folder; name a file")
    if not folder.is_dir():
        raise typer.BadParameter(
            f"the folder {folder} does not exist; make it first: mkdir -p {shlex.quote(str(folder))}"
        )
    if not os.access(folder, os.W_OK):
        raise typer.BadParameter(f"the folder {folder} cannot be written")
    return output


def matching(output: Path, job: Video) -> Path:
    """The file's suffix is the one of the job's format.

    Raises:
        typer.BadParameter: it is another one.
    """
    kind = job.cutaway.format if job.cutaway else OutputFormat.MP4
    suffix = MEDIA_TYPE[kind][1]
    if output.suffix.lower() != suffix:
        raise typer.BadParameter(f"{output.name}: {job.id} is a {kind} video, whose file ends in {suffix}")
    return output
