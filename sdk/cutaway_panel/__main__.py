"""`python -m cutaway_panel [CUT]`: the command `cutaway panel` alone, with the server of the environment."""

from __future__ import annotations

import typer

from cutaway_panel.command import panel


def main() -> None:
    typer.run(panel)


if __name__ == "__main__":
    main()
