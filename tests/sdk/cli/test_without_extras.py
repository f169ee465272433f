"""Without Typer the command says how to get it."""

import subprocess
import sys

NO_TYPER = """
import sys
sys.modules["typer"] = None
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name in {"typer", "rich"} else found(name, *rest)
from cutaway.cli import main
main()
"""


def test_the_command_without_its_extra_says_how_to_install_it():
    ended = subprocess.run([sys.executable, "-c", NO_TYPER], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert 'pip install "cutaway[cli]"' in ended.stderr
    assert ended.stdout == ""
