"""What the figures were taken on: processor, cores, memory, Python, packages, date. No names, no paths."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def processor() -> str:
    """The processor's own name for itself, or the architecture where it has none."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load() -> str:
    """Load average of the last minute, beside which the figures must be read."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def describe(*packages: str) -> str:
    """A few lines for the head of a result table."""
    lines = [
        f"date       {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"processor  {processor()}, {cores()} cores, load {load()} at the start",
        f"system     {platform.system()} {platform.machine()}, Python {platform.python_version()}",
    ]
    found = []
    for package in packages:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} (not installed)")
    if found:
        lines.append("packages   " + ", ".join(found))
    return "\n".join(lines)


def keep(name: str, text: str) -> Path:
    """Prints a result and stores it, dated, as `results/<date>-<name>.txt`."""
    print(text)
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y-%m-%d}-{name}.txt"
    path.write_text(text + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    print(describe("cutaway", "httpx", "pydantic", "numpy", "av", "opencv-python-headless"))
