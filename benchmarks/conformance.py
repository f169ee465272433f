"""Servers x operations: what the stock openai client can do with each, and what cutaway's SDK can.

    make stock-clients
    python benchmarks/conformance.py --keep

Every cell is the outcome of running it. Where nothing else is given a server is a stub of tests/servers/, and the table
says so. The real ones, which are too large for a check of every change:

    python -m venv VENV && VENV/bin/pip install "litellm[proxy]==1.109.1"
    python benchmarks/conformance.py --keep --litellm VENV/bin/python --layer sglang=FOLDER --layer fastvideo=FOLDER

`--layer` names the folders in which a server's packages lie, parted as in PYTHONPATH; benchmarks/layers/ says which
packages, and what is stood in for. Ends with 1 where cutaway's own columns have a "no".
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RESULT = HERE / "results/conformance.md"
OPENAI = "3.54.0"

HEAD = """Written by `benchmarks/conformance.py`, every cell by running it. What ran is said at the head of each column:
the runtime, a server itself, its own HTTP layer with no model behind it, or a stub of tests/servers/ that refuses
what the server refuses."""
HEAD_SDK = """## cutaway's SDK

`native` is by the server's own means, `emulated` another way that the caller allowed and that is marked, `refused` an
`UnsupportedCapability` before anything was sent, which says what would do instead."""

Table = dict[str, dict[str, str]]
"""Of each row, each server's cell."""


def main() -> int:
    given = _arguments()
    if not (folder := HERE.parent / ".stock" / given.openai).exists():
        sys.exit(f"{folder} is not there: make stock-clients")
    prepare(given.openai)
    from contract.footage import film
    from contract.places import NAMES

    layers = dict(text.split("=", 1) for text in given.layer)
    with tempfile.TemporaryDirectory() as home:
        os.environ["CUTAWAY_HOME"] = home
        # A process for each: neither client has to bear two servers at once.
        pool = ProcessPoolExecutor(
            given.together, get_context("spawn"), prepare, (given.openai,), max_tasks_per_child=1
        )
        with pool:
            look = partial(column, layers=layers, litellm=given.litellm, footage=film(Path(home)))
            columns = list(pool.map(look, given.only or NAMES))
    titles: list[str] = []
    tables: tuple[Table, Table] = ({}, {})
    for title, cells in filter(None, columns):
        titles.append(title)
        for table, found in zip(tables, cells, strict=True):
            for row, cell in found.items():
                table.setdefault(row, {})[title] = cell
    text = written(titles, tables, given.openai)
    print(text)
    if given.keep:
        RESULT.write_text(text, "utf-8")
    if not titles:
        return 1
    ours = [cell for table in tables for row in table.values() for at, cell in row.items() if at.startswith("cutaway")]
    return int(any(cell.startswith("no") for cell in ours))


def prepare(openai_version: str) -> None:
    """The stock client of this version, the benchmark's own modules and the stubs can be imported."""
    sys.path[:0] = [str(HERE.parent / ".stock" / openai_version), str(HERE), str(HERE.parent / "tests")]
    warnings.simplefilter("ignore", DeprecationWarning)  # of the stock client, on each call


def column(
    name: str, *, layers: dict[str, str], litellm: str | None, footage: Any
) -> tuple[str, tuple[dict[str, str], dict[str, str]]] | None:
    """One server: its title, and its cells in both tables. None where it did not start, which is said."""
    from contract import places, sdk, stock

    opened = places.opened(name, layers, litellm)
    try:
        with opened() as place:
            old, new = stock.Stock(place, footage), sdk.SDK(place, footage)
            cells = ({row.title: row.cell(old) for row in stock.ROWS}, {row.title: row.cell(new) for row in sdk.ROWS})
            return f"{place.title} ({place.what})", cells
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return None


def written(titles: list[str], tables: tuple[Table, Table], openai_version: str) -> str:
    import machine

    heads = (
        f"## The stock openai client {openai_version}",
        HEAD_SDK,
    )
    lines = [
        "# Servers x operations",
        "",
        HEAD,
        "",
        *(f"    {line}" for line in machine.describe("openai", "pydantic").splitlines()),
    ]
    for head, table in zip(heads, tables, strict=True):
        lines += ["", head, "", f"| | {' | '.join(titles)} |", f"|---|{'---|' * len(titles)}"]
        lines += [f"| {row} | {' | '.join(cells.get(title, '') for title in titles)} |" for row, cells in table.items()]
        lines += ["", "yes, native or by another way: " + ", ".join(_counted(title, table) for title in titles)]
    return "\n".join(lines) + "\n"


def _counted(title: str, table: Table) -> str:
    cells = [row[title] for row in table.values() if title in row]
    good = [cell for cell in cells if not cell.startswith("no") and cell != "refused"]
    return f"{title.partition(' (')[0]} {len(good)} of {len(cells)}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--litellm", metavar="PYTHON", help="one in which litellm[proxy] is installed")
    parser.add_argument("--layer", action="append", default=[], metavar="NAME=FOLDERS", help="where its packages lie")
    parser.add_argument("--only", action="append", metavar="NAME", help="this server; more than once for more")
    parser.add_argument("--openai", default=OPENAI, help="version of the stock client, in .stock/")
    parser.add_argument("--together", type=int, default=3, help="servers at a time")
    parser.add_argument("--keep", action="store_true", help=f"write {RESULT.relative_to(HERE.parent)}")
    return parser.parse_args()


if __name__ == "__main__":
    start = time.monotonic()
    code = main()
    print(f"{time.monotonic() - start:.0f} s", file=sys.stderr)
    sys.exit(code)
