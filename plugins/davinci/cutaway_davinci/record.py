"""A transcript of the Resolve that runs here, and what the double answers otherwise.

    record(connected(), Path("resolve.jsonl"))      # a minute; nobody may touch Resolve meanwhile
    for line in compared(Path("resolve.jsonl")): print(line)

Nothing of the editor's is in it: `transcripts.recorder` says what is written, `transcripts.script` what is asked.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cutaway_davinci.transcripts.footage import written_footage
from cutaway_davinci.transcripts.replay import Difference, differences
from cutaway_davinci.transcripts.script import SOURCE, recorded


def record(resolve: Any, path: Path, *, source: str = SOURCE, footage: Path | None = None) -> Path:
    """Writes a transcript. A file that is there is kept until the new one is whole.

    Args:
        resolve: the application, as a script gets it.
        path: of the transcript.
        source: what is being asked; tests say that it is the double.
        footage: a folder in which the clips stay, to be used again.

    Raises:
        NotRecorded: a project is open that was never saved, or none of our own could be made.
    """
    part = path.with_name(f"{path.name}.part")
    with tempfile.TemporaryDirectory(prefix="cutaway-transcript-", ignore_cleanup_errors=True) as folder:
        media, out = footage or Path(folder) / "media", Path(folder) / "out"
        written_footage(media)
        out.mkdir()
        try:
            with part.open("w", encoding="utf-8") as lines:
                date = datetime.now(UTC).date().isoformat()
                recorded(resolve, lines, media=media, out=out, source=source, date=date)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    return path


def compared(path: Path, *, footage: Path | None = None) -> list[Difference]:
    """What the double of the same version and edition answers otherwise; empty where it is true.

    Raises:
        NotATranscript: the file is none.
    """
    with tempfile.TemporaryDirectory(prefix="cutaway-transcript-") as folder:
        return differences(path, Path(folder), footage=footage)
