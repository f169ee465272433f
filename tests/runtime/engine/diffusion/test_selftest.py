"""The report that users send: it says what ran, and it does not call a blank picture a video."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "models"))

import tiny

from cutaway.media.decode import Clip
from cutaway_runtime.engine.diffusion import selftest
from cutaway_runtime.models.wan import Wan
from cutaway_runtime.registry.store import Store


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny.wan(tmp_path_factory.mktemp("wan"))


@pytest.fixture
def installed(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "home"))
    Store(tmp_path / "home").put(tiny.manifest_of(folder, "wan"))
    return tmp_path / "out"


def test_it_paints_everything_the_checkpoint_can_be_shown(installed, capsys):
    assert selftest.main(["tiny-wan", "--frames", "9", "--out", str(installed), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads((installed / "report.json").read_text())
    assert {made["pattern"] for made in told["trials"]} == {"text", "loose", "overlap"}
    for made in told["trials"]:
        assert (made["passed"], made["frames"], made["problem"]) == (True, 9, "")
        assert made["denoise_s"] > 0
        with Clip(installed / f"{made['pattern']}.mp4") as clip:
            assert (len(clip), clip.info.width, clip.info.height) == (9, 64, 48)
    assert str(installed.parent) not in json.dumps(told)  # it is sent: no path of this machine


def test_a_blank_picture_is_a_failure(installed, capsys, monkeypatch):
    monkeypatch.setattr(Wan, "decode", lambda *_: iter([np.zeros((9, 48, 64, 3), np.uint8)]))
    assert selftest.main(["tiny-wan", "--frames", "9", "--pattern", "text", "--out", str(installed)]) == 1
    assert "blank" in capsys.readouterr().out
    assert not json.loads((installed / "report.json").read_text())["passed"]


def test_what_breaks_is_reported_and_the_rest_goes_on(installed, capsys, monkeypatch):
    def only_footage(self, ask, embeds, steps):
        if not ask.canvas.known:
            raise RuntimeError("no kernel for this shape")
        return denoise(self, ask, embeds, steps)

    denoise = Wan.denoise
    monkeypatch.setattr(Wan, "denoise", only_footage)
    assert selftest.main(["tiny-wan", "--frames", "9", "--out", str(installed), "--json"]) == 1
    trials = {made["pattern"]: made for made in json.loads(capsys.readouterr().out)["trials"]}
    assert trials["text"]["problem"] == "RuntimeError: no kernel for this shape"
    assert trials["loose"]["passed"]
    assert not (installed / "text.mp4").exists()


def test_a_model_that_is_not_here_is_refused_before_anything_is_written(installed, capsys):
    assert selftest.main(["wan-2.1-vace-1.3b", "--out", str(installed)]) == 2
    assert "cutaway models pull wan-2.1-vace-1.3b" in capsys.readouterr().err
    assert not installed.exists()
