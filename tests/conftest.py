"""What every test starts from."""

import gc
import signal

import pytest

# A shell that runs the tests in the background ignores Ctrl-C for them, and every program they start inherits
# that. Some tests press Ctrl-C on such a program and mean it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module", autouse=True)
def libraries_stay():
    """What has been imported so far is not looked through for garbage again: with the model libraries that takes
    half a second each time memory is given back.
    """
    gc.collect()
    gc.freeze()
