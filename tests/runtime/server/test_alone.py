"""Nothing here calls anybody: shown in a network that has nothing but loopback, and counts."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or shutil.which("unshare") is None,
    reason="a network of one's own needs Linux, root and unshare",
)
def test_a_server_at_work_makes_no_connection_of_its_own_accord(tmp_path):
    script = Path(__file__).with_name("alone.py")
    said = subprocess.run(
        ["unshare", "--net", sys.executable, str(script), str(tmp_path / "home")],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    counted = json.loads(said.stdout)
    assert counted["would_be_seen"], "this network counts nothing"
    assert counted["refused"] == [400] * len(counted["refused"])
    assert counted["begun"] == 1, "the one connection of the test itself"
    assert (counted["datagrams"], counted["nowhere"]) == (0, 0), "no look-up of a name, nothing sent into the void"
