"""Claim: cutaway with a client costs at most 1.15 x the CPU of `import httpx, pydantic`; its import alone 0.3 x.

    python benchmarks/weight.py                     # makes a throw-away environment per library, from the index
    python benchmarks/weight.py --rounds 21 --keep  # more rounds; stores the table under results/
    python benchmarks/weight.py --env openai=/path/to/python ...   # uses an interpreter that is there

Every figure is one fresh interpreter: user plus system time of the whole process, start-up included, as the
kernel counts it. The libraries take turns within each round, so that whatever else the machine does hits all
of them; the table gives medians. CPU time and not wall time, because a shared machine stretches only the latter.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import NamedTuple

from machine import describe, keep

ROOT = Path(__file__).resolve().parents[1]
MIN_ROUNDS = 11
LIMIT_CLIENT, LIMIT_IMPORT = 1.15, 0.3


class Library(NamedTuple):
    """What to install, and the statements that are timed."""

    name: str
    install: tuple[str, ...]
    load: str
    client: str = ""
    request: str = ""
    """A first request to a port where nobody listens: nothing late is left to import after it."""


def _refused(make: str, call: str) -> str:
    return f"{make}\ntry:\n    {call}\nexcept Exception as error:\n    pass\nelse:\n    raise SystemExit('answered')"


NOBODY = "http://127.0.0.1:9"
LIBRARIES = (
    Library(
        "httpx + pydantic",
        ("httpx>=0.28,<1", "pydantic>=2.11,<3"),
        "import httpx, pydantic",
        request=_refused("import httpx, pydantic", f"httpx.Client().get('{NOBODY}/v1/videos/a')"),
    ),
    Library(
        "cutaway",
        (str(ROOT),),
        "import cutaway",
        f"import cutaway; cutaway.Cutaway(base_url='{NOBODY}', api_key='k')",
        _refused(
            f"import cutaway; client = cutaway.Cutaway(base_url='{NOBODY}', api_key='k', max_retries=0)",
            "client.videos.retrieve('a')",
        ),
    ),
    Library(
        "openai",
        ("openai",),
        "import openai",
        "import openai; openai.OpenAI(api_key='k')",
        _refused(
            f"import openai; client = openai.OpenAI(base_url='{NOBODY}/v1', api_key='k', max_retries=0)",
            "client.videos.retrieve('a')",
        ),
    ),
    Library(
        "runwayml",
        ("runwayml",),
        "import runwayml",
        "import runwayml; runwayml.RunwayML(api_key='k')",
        _refused(
            f"import runwayml; client = runwayml.RunwayML(base_url='{NOBODY}', api_key='k', max_retries=0)",
            "client.tasks.retrieve('a')",
        ),
    ),
    Library("fal-client", ("fal-client",), "import fal_client", "import fal_client; fal_client.SyncClient(key='k')"),
)
"""fal-client has no address to point elsewhere, so it makes no request here."""

_INVENTORY = """
import importlib.metadata, json
leave_out = {"pip", "setuptools", "wheel"}
found = [d for d in importlib.metadata.distributions() if d.metadata["Name"].lower() not in leave_out]
files = [f.locate() for d in found for f in d.files or [] if f.suffix != ".pyc"]
size = sum(f.stat().st_size for f in files if f.is_file())
print(json.dumps({d.metadata["Name"].lower(): d.version for d in found} | {"": size}))
"""


def environment(library: Library, folder: Path) -> Path:
    """A fresh environment that holds one library and what it needs; answers its interpreter."""
    home = folder / library.name.replace(" ", "")
    venv.create(home, with_pip=True)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    subprocess.run([python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", *library.install], check=True)
    return python


def cpu_ms(python: Path, code: str) -> float:
    """User plus system milliseconds of one interpreter that runs `code`.

    `-P` and an empty working folder keep the checkout off the path: what is timed is what was installed.
    """
    with tempfile.TemporaryDirectory() as empty:
        child = subprocess.Popen([python, "-P", "-W", "ignore", "-c", code], cwd=empty, env=_environ())
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{code!r} ended with {child.returncode}")
    return (usage.ru_utime + usage.ru_stime) * 1000


def _environ() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COVERAGE"))}


def measure(pythons: dict[str, Path], rounds: int) -> dict[tuple[str, str], list[float]]:
    """CPU milliseconds of every statement in every round, the statements taking turns."""
    cases = [("bare interpreter", "import", pythons[LIBRARIES[0].name], "pass")]
    for library in LIBRARIES:
        statements = {"import": library.load, "client": library.client, "request": library.request}
        cases += [(library.name, what, pythons[library.name], code) for what, code in statements.items() if code]
    for _, _, python, code in cases:
        cpu_ms(python, code)  # writes the bytecode
    taken: dict[tuple[str, str], list[float]] = {(name, what): [] for name, what, _, _ in cases}
    for turn in range(rounds):
        for name, what, python, code in cases[turn % len(cases) :] + cases[: turn % len(cases)]:
            taken[name, what].append(cpu_ms(python, code))
    return taken


def table(pythons: dict[str, Path], taken: dict[tuple[str, str], list[float]], rounds: int) -> tuple[str, bool]:
    """The result as text, and whether the claim holds."""
    base = statistics.median(taken["httpx + pydantic", "import"])
    sizes: dict[str, int] = {}
    lines = [
        f"CPU ms (user + system) of one interpreter, median of {rounds} interleaved rounds",
        "",
        f"{'library':<22}{'import':>9}{'x base':>8}{'client':>10}{'x base':>8}{'1st request':>13}{'MB':>7}{'dists':>7}",
    ]
    bare = statistics.median(taken["bare interpreter", "import"])
    lines.append(f"{'bare interpreter':<22}{bare:>9.1f}{bare / base:>8.2f}")
    for library in LIBRARIES:
        found = json.loads(subprocess.check_output([pythons[library.name], "-c", _INVENTORY], env=_environ()))
        sizes[library.name] = found.pop("")
        own = library.name if library.name in found else library.name.split(" ")[0]
        label = f"{library.name} {found.get(own, '')}" if library.name != "httpx + pydantic" else library.name
        alone = statistics.median(taken[library.name, "import"])
        line = f"{label:<22}{alone:>9.1f}{alone / base:>8.2f}"
        if library.client:
            client = statistics.median(taken[library.name, "client"])
            line += f"{client:>10.1f}{client / base:>8.2f}"
        else:
            line += f"{'':>18}"
        request = f"{statistics.median(taken[library.name, 'request']):.1f}" if library.request else ""
        line += f"{request:>13}"
        lines.append(line + f"{sizes[library.name] / 1e6:>7.1f}{len(found):>7}")
    import_ratio = statistics.median(taken["cutaway", "import"]) / base
    client_ratio = statistics.median(taken["cutaway", "client"]) / base
    kept = import_ratio <= LIMIT_IMPORT and client_ratio <= LIMIT_CLIENT
    lines += [
        "",
        f"import alone  {import_ratio:.2f} x base (claim: at most {LIMIT_IMPORT})",
        f"with client   {client_ratio:.2f} x base (claim: at most {LIMIT_CLIENT})",
        f"installed     {sizes['cutaway'] / sizes['httpx + pydantic']:.2f} x base",
        f"the claim {'holds' if kept else 'DOES NOT HOLD'}",
    ]
    return "\n".join(lines), kept


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=MIN_ROUNDS, help=f"interleaved rounds, at least {MIN_ROUNDS}")
    parser.add_argument("--env", action="append", default=[], metavar="LIBRARY=PYTHON", help="an interpreter to use")
    parser.add_argument("--keep", action="store_true", help="store the table under results/")
    options = parser.parse_args()
    if options.rounds < MIN_ROUNDS:
        parser.error(f"a median needs at least {MIN_ROUNDS} rounds")
    given = {name: Path(path) for name, _, path in (pair.partition("=") for pair in options.env)}
    unknown = given.keys() - {library.name for library in LIBRARIES}
    if unknown:
        parser.error(f"no library {sorted(unknown)}; there are {[library.name for library in LIBRARIES]}")
    head = describe()
    with tempfile.TemporaryDirectory(prefix="cutaway-weight-") as folder:
        pythons = {lib.name: given.get(lib.name) or environment(lib, Path(folder)) for lib in LIBRARIES}
        text, kept = table(pythons, measure(pythons, options.rounds), options.rounds)
    if options.keep:
        keep("weight", f"{head}\n\n{text}")
    else:
        print(f"{head}\n\n{text}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
