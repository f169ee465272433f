"""What every test starts from."""

import gc
import os
import shutil
import signal
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
try:
    from PySide6 import QtGui  # noqa: F401 (of Qt, what needs most of the system)
except ImportError as problem:
    NO_QT = str(problem)
    collect_ignore = ["panel"]
else:
    NO_QT = ""
    pytest_plugins = ["pytestqt.plugin"]  # loaded by itself, it would end every run where Qt cannot be loaded

# A shell that runs the tests in the background ignores Ctrl-C for them, `nohup` the closing of the terminal, and every
# program they start inherits that. Some tests send such a program one of the two and mean it.
for number, usual in ((signal.SIGINT, signal.default_int_handler), (getattr(signal, "SIGHUP", None), signal.SIG_DFL)):
    if number is not None and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)

# Servers and projects put on the disk what must survive a power cut, thousands of times in a run, and the tests cut no
# power: their folders lie in memory where that can be had. On a busy disk the suite waits for minutes otherwise.
MEMORY = Path("/dev/shm")
MUCH = 2 * 2**30
"""Bytes that must be free there; a whole run takes some three hundred million."""
if (
    os.access(MEMORY, os.W_OK)
    and shutil.disk_usage(MEMORY).free > MUCH
    and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.hookimpl(wrapper=True)
def pytest_collection(session):
    """What is imported here stays: nothing of it is looked through for garbage meanwhile (a sixth of the time)."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_modifyitems(items):
    """Files with slow tests come first: of two workers, none is left alone with a long file at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_terminal_summary(terminalreporter):
    if NO_QT:
        terminalreporter.write_line(
            f"tests/panel was left out, Qt cannot be loaded: {NO_QT}. What it needs of the system: .ci/system",
            yellow=True,
        )


@pytest.fixture(scope="module", autouse=True)
def libraries_stay():
    """What has been imported so far is not looked through for garbage again: with the model libraries that takes
    half a second each time memory is given back.
    """
    gc.collect()
    gc.freeze()
