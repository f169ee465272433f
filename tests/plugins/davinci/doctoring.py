"""What the tests of the doctor share: a Resolve that is served, a scene, and which outcomes were come to."""

import re
import sys

from film import cut_in

from cutaway_davinci.doctor.finding import Level
from cutaway_davinci.doctor.scene import Ran, Scene
from cutaway_davinci.doctor.sheet import CHECKS, Doctor
from cutaway_davinci.testing.served import Served

REACHED = set()
"""(check, verdict) that a test came to."""
GOOD = Ran(0, "offscreen")


def found(scene, check_id):
    """The finding of one check."""
    (check,) = [check for check in CHECKS if check.id == check_id]
    finding = Doctor(scene, longest=30)._found(check)
    REACHED.add((check_id, finding.verdict))
    assert "{" not in finding.found + finding.fix
    assert bool(finding.fix) == (finding.level in {Level.WARN, Level.FAIL}), (
        "what is wrong has a remedy, and nothing else"
    )
    return finding


def scene_of(machine, folder, served=None, **more):
    environment = served.environment if served else {"RESOLVE_SCRIPT_API": str(folder / "nowhere")}
    defaults = {"patience": 20.0, "trial": lambda *_, **__: GOOD, "variable": lambda name: ""}
    return Scene(
        machine,
        (sys.executable,),
        folder / "Videos/Cutaway",
        folder / "data",
        environment=environment,
        **defaults | more,
    )


class Bench:
    """A Resolve that is served, and the scene of the doctor that asks it."""

    def __init__(self, world, machine, folder, **more):
        self.world, self.machine, self.folder, self.more = world, machine, folder, more

    def __enter__(self):
        self.served = Served(self.world).__enter__()
        return scene_of(self.machine, self.folder, self.served, **self.more)

    def __exit__(self, *error):
        self.served.__exit__(*error)
        assert self.world.misuses == []


def with_cut(world, folder, rate=24, shown="24"):
    cut_in(world, folder, rate=rate, shown=shown)
    return world


def not_come_to(*ids):
    """Outcomes of these checks that no test came to so far."""
    return {(check.id, name) for check in CHECKS for name in check.verdicts if check.id in ids} - REACHED


def missed(path, run):
    """Tests of a file that were not run in this process."""
    return set(re.findall(r"def (test_\w+)", path.read_text("utf-8"))) - run
