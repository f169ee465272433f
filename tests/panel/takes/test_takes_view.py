"""Takes: chosen, used, starred, noted, multiplied and deleted, all by keyboard, and told in words."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from cutaway_panel.pictures import PicturePool
from cutaway_panel.takes import TakeChoice, TakesView
from cutaway_panel.takes.screen import View


@pytest.fixture
def takes(qtbot, bridge):
    view = TakesView(bridge)
    qtbot.addWidget(view)
    view.resize(900, 460)
    view.show()
    view.activateWindow()
    qtbot.waitUntil(lambda: view.compare.shown == 0, timeout=5000)
    view.list.setFocus()
    yield view
    view.hide()


def card(desk):
    return desk.state.card("card1")


def press(qtbot, takes, *keys):
    for key in keys:
        qtbot.keyClick(takes.list, key)


def settled(qtbot, bridge):
    """Waits for the last state to be delivered."""
    qtbot.waitUntil(lambda: bridge.state.revision == bridge.desk.state.revision, timeout=5000)


def test_the_active_take_is_chosen_first(takes):
    assert takes.take.take.id == "take2"
    assert takes.list.currentIndex().row() == 1


def test_the_arrows_choose_and_every_view_follows(qtbot, bridge, takes):
    press(qtbot, takes, Qt.Key.Key_Down)
    assert TakeChoice.of(bridge).take.take.id == "take3"
    qtbot.waitUntil(lambda: takes.transport.label.text() == "take 3: 1", timeout=5000)


def test_a_row_says_everything_in_words(takes):
    model = takes.list.takes
    said = [model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(3)]
    assert said == ["Take 1, in the cut", "Take 2, active, starred", "Take 3"]
    about = model.index(2).data(Qt.ItemDataRole.AccessibleDescriptionRole)
    assert "from take 2" in about
    assert "worst seam seen, 0.41" in about
    assert "seed 43" in about
    assert "the ball is too bright" in model.index(0).data(Qt.ItemDataRole.AccessibleDescriptionRole)


def test_enter_uses_s_stars_and_m_asks_for_more(qtbot, bridge, desk, takes):
    press(qtbot, takes, Qt.Key.Key_Down, Qt.Key.Key_Return)
    assert [take.is_active for take in card(desk).takes] == [False, False, True]
    settled(qtbot, bridge)
    press(qtbot, takes, Qt.Key.Key_S)
    assert card(desk).takes[2].star
    settled(qtbot, bridge)
    press(qtbot, takes, Qt.Key.Key_S)
    assert not card(desk).takes[2].star
    before = len(desk.state.queue)
    press(qtbot, takes, Qt.Key.Key_M)
    assert len(desk.state.queue) == before + 1


def test_a_note_is_written_with_n_and_enter(qtbot, bridge, desk, takes):
    press(qtbot, takes, Qt.Key.Key_N)
    assert takes.note.hasFocus()
    qtbot.keyClicks(takes.note, "keep")
    qtbot.keyClick(takes.note, Qt.Key.Key_Return)
    assert card(desk).takes[1].note == "keep"
    settled(qtbot, bridge)
    assert "keep" in takes.list.takes.index(1).data(Qt.ItemDataRole.AccessibleDescriptionRole)


def test_letters_of_a_note_command_nothing(qtbot, desk, takes):
    press(qtbot, takes, Qt.Key.Key_N)
    qtbot.keyClicks(takes.note, "sm")
    assert not desk.state.card("card1").takes[0].star
    assert takes.note.text().endswith("sm")


def test_a_note_that_was_being_written_belongs_to_its_take(qtbot, bridge, desk, takes):
    press(qtbot, takes, Qt.Key.Key_N)
    qtbot.keyClicks(takes.note, "mine")
    TakeChoice.of(bridge).choose("take3")
    assert [take.note for take in card(desk).takes] == ["the ball is too bright", "mine", ""]
    assert takes.note.text() == ""


def test_delete_asks_nothing_and_the_next_take_is_looked_at(qtbot, bridge, desk, takes):
    press(qtbot, takes, Qt.Key.Key_Down, Qt.Key.Key_Delete)
    assert [take.take.id for take in card(desk).takes] == ["take1", "take2"]
    settled(qtbot, bridge)
    assert takes.take.take.id == "take2"
    assert takes.list.takes.rowCount() == 2


def test_keys_compare_and_move_the_split(qtbot, takes):
    press(qtbot, takes, Qt.Key.Key_W)
    assert takes.compare.screen_.view is View.WIPE
    press(qtbot, takes, Qt.Key.Key_BracketLeft)
    assert takes.compare.screen_.split == pytest.approx(0.49)
    press(qtbot, takes, Qt.Key.Key_BraceRight, Qt.Key.Key_BraceRight)
    assert takes.compare.screen_.split == pytest.approx(0.69)
    press(qtbot, takes, Qt.Key.Key_Backslash)
    assert takes.compare.screen_.split == 0.5
    for key, view in ((Qt.Key.Key_D, View.SIDE), (Qt.Key.Key_F, View.FLICKER), (Qt.Key.Key_1, View.SINGLE)):
        press(qtbot, takes, key)
        assert takes.compare.screen_.view is view


def test_b_names_the_take_to_compare_with(qtbot, takes):
    press(qtbot, takes, Qt.Key.Key_Down, Qt.Key.Key_B)
    assert takes.compare.take_b.take.id == "take3"
    assert takes.take.take.id == "take1"
    press(qtbot, takes, Qt.Key.Key_X)
    assert (takes.take.take.id, takes.compare.take_b.take.id) == ("take3", "take1")


def test_the_transport_works_from_the_list(qtbot, takes):
    press(qtbot, takes, Qt.Key.Key_Right, Qt.Key.Key_Right)
    assert takes.transport.playhead.frame == 2
    qtbot.waitUntil(lambda: takes.compare.shown == 2, timeout=5000)


def test_parameters_are_shown_on_demand(qtbot, takes):
    assert takes.parameters.isHidden()
    press(qtbot, takes, Qt.Key.Key_P)
    assert takes.parameters.text().splitlines()[:2] == ["Model: wan2.2-i2v-14b", "Seed: 42"]
    press(qtbot, takes, Qt.Key.Key_P)
    assert takes.parameters.isHidden()


def test_a_card_without_takes_says_what_to_do(bridge, takes):
    bridge.choose("card2")
    assert not takes.list.isVisible()
    assert "No takes yet" in takes.empty.text()
    assert not any(button.isEnabled() for button in takes.buttons.values())
    bridge.choose("")
    assert "Choose a card" in takes.empty.text()


def test_the_strip_of_a_take_is_painted_from_its_frames(qtbot, takes, seen, colours):
    rect = takes.list.visualRect(takes.list.takes.index(0))
    viewport = takes.list.viewport()
    at = (rect.left() + 30) / viewport.width(), (rect.top() + 30) / viewport.height()
    qtbot.waitUntil(lambda: seen(viewport, *at) == pytest.approx(colours(1, 6), abs=3), timeout=5000)


def test_strips_that_scrolled_out_of_sight_are_not_made(qtbot, desk, bridge):
    desk.hold.clear()
    first = desk.state.cards[0]
    many = tuple(
        replace(first.takes[0], take=first.takes[0].take.model_copy(update={"id": f"take{n}"}), number=n)
        for n in range(1, 61)
    )
    desk.change(cards=(replace(first, takes=many), *desk.state.cards[1:]))
    view = TakesView(bridge)
    qtbot.addWidget(view)
    view.resize(900, 400)
    view.show()
    settled(qtbot, bridge)
    pool = PicturePool.of(bridge)
    bar = view.list.verticalScrollBar()
    for at in range(0, bar.maximum(), 200):
        bar.setValue(at)
        view.list.grab()
    bar.setValue(bar.maximum())
    in_sight = {f"take{n}" for n in range(50, 61)}
    assert pool.waiting <= len(in_sight)
    assert {key.take_id for key in pool._waiting} <= in_sight
    view.hide()
    desk.hold.set()


def test_every_key_that_is_listed_is_unique(takes):
    listed = takes.keys()
    assert len({key for _, key in listed}) == len(listed)
