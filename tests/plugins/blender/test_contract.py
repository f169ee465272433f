"""What every host must do, done by Blender. The suite itself is `tests/contracts/test_host.py`."""

import sys
from inspect import signature
from pathlib import Path

import pytest

from cutaway_blender import compat
from cutaway_blender.host import BlenderHost

sys.path.insert(0, str(Path(__file__).parents[2] / "contracts"))
import test_host as contract

first = contract.first
globals().update(
    {
        name: test
        for name, test in vars(contract).items()
        if name.startswith("test_") and "host" in signature(test).parameters
    }
)


@pytest.fixture
def host(scene, editor, tmp_path):
    """The cut of the suite as strips: files of 72 frames, the used part starting 12 in."""
    at = scene.frame_start
    for n, (name, frames) in enumerate(contract.ITEMS):
        if name:
            path = contract.filmed(tmp_path / f"{n}.mkv", 72, 10 + 60 * (n % 3))
            strip = compat.new_movie(editor, name, str(path), 1, 100_000)
            compat.show(strip, 12, frames)
            compat.move_to(strip, at)
        at += frames
    return BlenderHost(scene, folder=tmp_path / "cutaway")
