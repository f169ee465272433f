"""A runtime of the test session's own, in a home that goes away with it."""

import os

import pytest

from cutaway import Cutaway
from cutaway.client import local

ROOT_VARIABLES = ("CUTAWAY_BASE_URL", "CUTAWAY_API_KEY", "CUTAWAY_DIALECT")


@pytest.fixture(scope="session")
def runtime(tmp_path_factory):
    """The environment in which documents and examples run; the runtime that they start is stopped at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUTAWAY_HOME", str(tmp_path_factory.mktemp("home")))
        for name in ROOT_VARIABLES:
            patch.delenv(name, raising=False)
        with Cutaway() as client:
            client.capabilities()
        yield dict(os.environ)
        local.stop()


@pytest.fixture(scope="session")
def footage(runtime, tmp_path_factory):
    """A folder with the two clips that the tutorials start from, made as the tutorial makes them, but small."""
    folder = tmp_path_factory.mktemp("footage")
    with Cutaway() as client:
        for name, when in (("a", ""), ("b", " at night")):
            prompt = f"a yellow taxi drives right through a city{when}"
            client.videos.create(prompt=prompt, num_frames=48, rate=24, size="320x180").wait().save(
                folder / f"{name}.mp4"
            )
    return folder
