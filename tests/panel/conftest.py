"""What has a window in it is collected where windows live."""

import gc

import pytest


@pytest.fixture(scope="module", autouse=True)
def collected_here():
    """The panel has switched the collector off, and sweeps on its own thread; tests of other things want it back."""
    yield
    gc.collect()
    gc.enable()
