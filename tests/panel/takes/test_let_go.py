"""A view that is let go of while a thread works for it dies at once, and never by that thread."""

import gc
import threading
import weakref

from PySide6.QtCore import QTimer

from cutaway_panel.gui_thread import doors_open
from cutaway_panel.takes import ProvenanceView, provenance_view


def test_a_thread_that_looks_into_a_file_does_not_keep_its_view(qtbot, bridge, monkeypatch):
    looking, go_on = threading.Event(), threading.Event()

    def far_away(_path):
        looking.set()
        go_on.wait(20)
        return True

    monkeypatch.setattr(provenance_view, "manifest_in", far_away)
    view = ProvenanceView(bridge)
    bridge.choose("card1")
    assert looking.wait(20)
    let_go = weakref.ref(view)
    del view
    gc.collect()
    kept = let_go() is not None
    go_on.set()
    qtbot.wait(50)
    assert not kept, "the thread would be the last to let go of it"


def test_garbage_is_collected_on_the_windows_thread_alone(qtbot):
    doors_open()
    dropped = QTimer()
    dropped.start(10)
    dropped.itself = dropped
    died_on = []
    weakref.finalize(dropped, lambda: died_on.append(threading.current_thread()))
    del dropped

    def allocate():
        for _ in range(5 * gc.get_threshold()[0]):
            cycle = []
            cycle.append(cycle)

    busy = threading.Thread(target=allocate)
    busy.start()
    busy.join()
    assert died_on == []
    qtbot.waitUntil(lambda: bool(died_on), timeout=5000)
    assert died_on == [threading.main_thread()]
