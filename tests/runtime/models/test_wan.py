"""Wan: what the engine paints is what the bare pipelines paint."""

import sys
from pathlib import Path

import numpy as np
import pytest
from diffusers import WanPipeline, WanVideoToVideoPipeline
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

import tiny
from tiny import bare, painted

from cutaway.home import Home
from cutaway_runtime.canvas import Known
from cutaway_runtime.engine.diffusion.engine import Diffusion


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return tiny.wan(tmp_path_factory.mktemp("wan"))


def test_text_to_video_is_the_bare_call(checkpoint, tmp_path):
    engine = Diffusion(tiny.manifest_of(checkpoint, "wan"), checkpoint, home=Home(tmp_path))
    canvas = tiny.canvas(9)
    expected = bare(WanPipeline.from_pretrained(checkpoint), canvas, num_frames=9)
    assert np.array_equal(painted(engine, canvas), expected)
    assert expected.std() > 1  # not one flat colour


def test_remix_is_the_bare_call_with_the_footage_and_its_strength(checkpoint, tmp_path):
    engine = Diffusion(tiny.manifest_of(checkpoint, "wan"), checkpoint, home=Home(tmp_path))
    clip = tiny.footage(9)
    canvas = tiny.canvas(9, (Known(0, clip, 0.4),))
    pipe = WanVideoToVideoPipeline.from_pretrained(checkpoint)
    frames = [Image.fromarray(frame) for frame in clip.read(0, 9)]
    expected = bare(pipe, canvas, video=frames, strength=0.6)
    assert np.array_equal(painted(engine, canvas), expected)
