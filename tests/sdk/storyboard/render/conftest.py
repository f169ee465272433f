"""A runtime of these tests' own, and manifests rendered in this process as the command line does."""

import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from cutaway import Cutaway
from cutaway.cli.app import run
from cutaway.client import local

HEAD = "version: 1\ndefaults: {model: bars, size: 64x36, rate: 24, frames: 6}\nassets:\n"


@pytest.fixture(scope="module")
def runtime(tmp_path_factory):
    """A home with a running runtime in it; stopped at the end."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("CUTAWAY_HOME", str(home))
        for name in ("CUTAWAY_BASE_URL", "CUTAWAY_API_KEY"):
            patch.delenv(name, raising=False)
        with Cutaway() as client:
            client.capabilities()
        yield home
        local.stop()
        assert local.find() is None


@dataclass
class Ended:
    code: int
    stdout: str
    stderr: str

    @property
    def object(self):
        return json.loads(self.stdout)

    def results(self, result):
        """The ids that ended so."""
        return [row["id"] for row in self.object["assets"] if row["result"] == result]


class Folder:
    """A folder with a manifest in it, rendered into `out`."""

    def __init__(self, path):
        self.path, self.out = path, path / "out"
        self.manifest = path / "assets.yaml"

    def write(self, assets, head=HEAD):
        self.manifest.write_text(head + assets, encoding="utf-8")
        return self

    def render(self, *words, out=None, cache=None):
        cache = cache or str(self.path / "cache")
        given = ["render", str(self.manifest), "-o", str(out or self.out), "--cache", cache, "--json", *words]
        with redirect_stdout(StringIO()) as stdout, redirect_stderr(StringIO()) as stderr:
            code = run(given)
        return Ended(int(code), stdout.getvalue(), stderr.getvalue())

    @property
    def lock(self):
        return json.loads((self.path / "cutaway.lock").read_text())["manifests"]["assets.yaml"]


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


@pytest.fixture
def clip(runtime, tmp_path):
    """Makes a clip of bars below the test's folder."""

    def made(name, frames=12, seed=0):
        with Cutaway() as client:
            video = client.videos.create(
                prompt="bars", model="bars", num_frames=frames, rate=24, size="64x36", seed=seed
            )
            return Path(video.wait().save(tmp_path / name))

    return made
