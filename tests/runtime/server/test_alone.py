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
    said = json.loads(said.stdout)
    assert said["would_be_seen"], "this network counts nothing"
    assert said["refused"] == [400] * len(said["refused"])
    assert said["counted"] == {
        "connections begun": 1,  # the one of the test itself
        "datagrams sent": 0,  # no look-up of a name
        "packets that had nowhere to go": 0,
    }
