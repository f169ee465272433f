"""What every test starts from."""

import signal

# A shell that runs the tests in the background ignores Ctrl-C for them, and every program they start inherits
# that. Some tests press Ctrl-C on such a program and mean it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
