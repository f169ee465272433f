"""The command line: thin, one file per family of verbs. Typer and rich come with the extra `cli`.

app         the app, its global options, errors on their way out
families    which file has which command, loaded when it is called for
exits       exit codes, as a table
options     options that several commands share; option_sets hands several of them on as one argument
screen      progress, the closing line, one JSON object
target      which server, and where the file goes
videos      create, extend, fill, remix, blend, loop
jobs        jobs, wait, save, resume, cancel, rm
timeline    timeline info, cards, draw, convert; cut says how a cut is named, opened and shown
cut_verbs   timeline fill, extend, remix, blend, loop; cut_edit is what they all take, cut_work carries them out
cut_takes   timeline takes, apply, undo
board       board new, render
runtime     serve, stop, models, doctor
sheet       a contact sheet of a video
render      a manifest of assets, made only where changed
"""

from __future__ import annotations

import sys
from importlib.util import find_spec


def main() -> None:
    """The console script `cutaway`."""
    if missing := [name for name in ("typer", "rich") if find_spec(name) is None]:
        sys.stderr.write(
            f"The command line needs {' and '.join(missing)}, which are an optional part of cutaway.\n"
            '    pip install "cutaway[cli]"        to talk to a server\n'
            '    pip install "cutaway[runtime]"    to make videos on this machine as well\n'
        )
        raise SystemExit(2)
    if "render" in sys.argv[1:]:
        from cutaway._version import __version__
        from cutaway.storyboard.render.stamp import answered

        if (code := answered(sys.argv[1:], __version__)) is not None:
            raise SystemExit(code)
    from cutaway.cli.app import run

    raise SystemExit(run())
