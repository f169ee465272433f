"""States reach the window on its own thread, not more often than it can paint, the last one always."""

from dataclasses import replace
from threading import Thread, current_thread, main_thread

from cutaway_panel.bridge import Bridge


def test_states_come_on_the_thread_of_the_window_and_the_last_one_always(qtbot, desk):
    bridge = Bridge(desk)
    seen = []
    bridge.changed.connect(lambda state: seen.append((state.revision, current_thread() is main_thread())))

    def many():
        for n in range(500):
            desk.board.change(paused=n % 2 == 0)

    thread = Thread(target=many)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(seen) and seen[-1][0] == desk.state.revision)
    assert all(on_window for _, on_window in seen)
    assert len(seen) < 20
    assert bridge.state is desk.state
    bridge.close()


def test_a_state_is_delivered_again_after_the_window_was_busy(qtbot, desk):
    bridge = Bridge(desk)
    for paused in (True, False):
        with qtbot.waitSignal(bridge.changed, timeout=1000):
            desk.board.change(paused=paused)
        assert bridge.state.paused is paused
    bridge.close()


def test_the_chosen_card_is_told_once_and_forgotten_when_it_is_gone(qtbot, desk):
    bridge = Bridge(desk)
    told = []
    bridge.current_changed.connect(told.append)
    bridge.choose("card2")
    bridge.choose("card2")
    assert told == ["card2"]
    assert bridge.card is desk.state.card("card2")
    desk.show(*(card for card in desk.state.cards if card.id != "card2"))
    qtbot.waitUntil(lambda: told == ["card2", ""])
    assert bridge.card is None
    bridge.close()


def test_after_it_is_closed_nothing_comes(qtbot, desk):
    bridge = Bridge(desk)
    seen = []
    bridge.changed.connect(seen.append)
    bridge.close()
    desk.board.change(connection=replace(desk.state.connection, timeline="another"))
    qtbot.wait(80)
    assert seen == []
