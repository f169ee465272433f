"""The window: what a state shows, and what each thing that is done tells the desk."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from panel.window.paper import PaperDesk, a_cut, view
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QPushButton

from cutaway.storyboard.card import CardReference, CardState, Role
from cutaway.wire import Verb
from cutaway_panel.bridge import Bridge
from cutaway_panel.state import Applied, JobState, JobView, Mode, Notice, Problem
from cutaway_panel.theme import Look, Theme, current
from cutaway_panel.window.allowed import allowed, is_here
from cutaway_panel.window.cards import CardFilter, CardModel, Part, Show
from cutaway_panel.window.confirm import Confirm
from cutaway_panel.window.instance import Instance, raise_running
from cutaway_panel.window.notices import diagnostics
from cutaway_panel.window.panel import PanelWindow
from cutaway_panel.window.room import room_of
from cutaway_panel.window.settings import Settings


def shown(window):
    """Titles in the strip, in order."""
    model = window.strip.filter
    return [model.index(row, 0).data(Part.NUMBER) for row in range(model.rowCount())]


def settle(qtbot, window, desk):
    qtbot.waitUntil(lambda: window.bridge.state is desk.state)


# -- cards ---------------------------------------------------------------------------------------------


def test_only_rows_that_are_others_are_painted_anew():
    model, cards = CardModel(), a_cut()
    model.show_cards(cards)
    changed = []
    model.dataChanged.connect(lambda top, bottom: changed.append((top.row(), bottom.row())))
    other = replace(cards[3], title="another")
    model.show_cards((*cards[:3], other, *cards[4:]))
    assert changed == [(3, 3)]
    assert model.data(model.index(3)) == "another"


def test_roles_have_names():
    names = {bytes(name.data()).decode() for name in CardModel().roleNames().values()}
    assert {"view", "id", "number", "kind", "state", "badge", "takes"} <= names


@pytest.mark.parametrize(
    ("what", "numbers"),
    [
        ("all", [1, 2, 3, 4, 5, 6, 7]),
        ("gaps", [2, 4, 6]),
        ("open", [2, 4, 6]),
        ("ready", [2]),
        ("review", [4]),
        ("failed", [6]),
    ],
)
def test_a_filter_shows_its_cards(what, numbers):
    model, cards = CardModel(), CardFilter()
    model.show_cards(a_cut())
    cards.setSourceModel(model)
    cards.show_only(Show(what))
    assert [cards.index(row, 0).data(Part.NUMBER) for row in range(cards.rowCount())] == numbers


def test_words_of_a_prompt_find_its_card():
    model, cards = CardModel(), CardFilter()
    model.show_cards(a_cut())
    cards.setSourceModel(model)
    cards.show_only(Show.ALL, "Prompt 4")
    assert [cards.index(row, 0).data(Part.ID) for row in range(cards.rowCount())] == ["card4"]


def test_the_chosen_card_stays_chosen_when_the_cut_is_laid_out_anew(window, desk, qtbot):
    window.bridge.choose("card4")
    desk.show(*(replace(card, number=card.number + 1) for card in a_cut()), view(1, 336, 48))
    settle(qtbot, window, desk)
    assert window.strip.list.currentIndex().data(Part.ID) == "card4"
    assert [card.id for card in window.strip.selected] == ["card4"]


def test_how_long_the_room_for_a_card_is(desk):
    state = desk.state
    assert room_of(state, state.card("card2")).duration == 48
    assert room_of(state, view(9, 400, 48, kind="generate", state=CardState.DRAFT)) is None


# -- connection ----------------------------------------------------------------------------------------


def test_the_strip_says_where_the_cut_is_and_what_makes_the_takes(window):
    assert window.connection.facts() == [
        "Live", "DaVinci Resolve Studio 21.1", "Film", "Cut 3", "24 fps", "1920 × 1080", "01:00:00:00", "127.0.0.1:8000",
    ]  # fmt: skip
    assert window.windowTitle() == "Cut 3 — Cutaway"


def test_a_problem_is_told_with_what_to_do_and_goes_when_it_is_gone(window, desk, qtbot):
    fine = desk.state.connection
    desk.board.change(connection=replace(fine, problem=Problem("a dialog is open", "close it in Resolve")))
    settle(qtbot, window, desk)
    trouble = window.connection.trouble
    assert trouble.isVisible()
    assert trouble.accessibleName() == "a dialog is open close it in Resolve"
    again = next(button for button in trouble.findChildren(QPushButton) if button.text() == "Try again")
    qtbot.mouseClick(again, Qt.MouseButton.LeftButton)
    assert ("connect",) in desk.said
    desk.board.change(connection=fine)
    settle(qtbot, window, desk)
    assert not trouble.isVisible()


def test_without_a_cut_it_says_so(qtbot, home):
    window = PanelWindow(Bridge(PaperDesk()), Settings(home))
    qtbot.addWidget(window)
    window.show()
    assert window.strip.nothing.isVisible()
    assert "No cut is open" in window.strip.nothing.text()
    assert window.connection.mode.text() == "Not connected"
    assert not window.actions_["make"].isEnabled()
    window.close()


# -- the editor ----------------------------------------------------------------------------------------


def test_what_is_typed_becomes_one_edit(window, desk, qtbot):
    window.bridge.choose("card2")
    window.editor.fields.prompt.selectAll()
    qtbot.keyClicks(window.editor.fields.prompt, "a red ball")
    assert desk.said == []
    qtbot.waitUntil(lambda: bool(desk.said), timeout=2000)
    assert desk.said == [("edit", "card2", {"prompt": "a red ball"})]


def test_a_state_that_is_older_does_not_overwrite_what_is_typed(window, desk, qtbot):
    window.bridge.choose("card2")
    window.editor.fields.prompt.setPlainText("half a sen")
    card = desk.state.card("card2")
    desk.board.show(replace(card, takes=(), colour="#ff0000"))
    settle(qtbot, window, desk)
    assert window.editor.fields.prompt.toPlainText() == "half a sen"


def test_another_card_is_chosen_after_what_was_typed_was_told(window, desk):
    window.bridge.choose("card2")
    window.editor.fields.negative.setText("")
    window.editor.fields.prompt.setPlainText("new words")
    window.bridge.choose("card4")
    assert desk.said == [("edit", "card2", {"prompt": "new words"})]
    assert window.editor.fields.prompt.toPlainText() == "prompt 4"


def test_the_seed_is_kept_rolled_and_let_go(window, desk):
    window.bridge.choose("card2")
    form = window.editor.fields
    assert form.seed.text() == "new for each take"
    form.dice.click()
    rolled = desk.said[-1][2]["seed"]
    assert 0 <= rolled < 2**31
    desk.board.show(
        replace(desk.state.card("card2"), card=desk.state.card("card2").card.model_copy(update={"seed": 7}))
    )
    window.bridge._deliver()
    assert form.keep_seed.isChecked()
    assert form.seed.value() == 7
    form.keep_seed.click()
    assert desk.said[-1] == ("edit", "card2", {"seed": None})


def test_a_card_is_as_long_as_its_gap_until_it_is_set_free(window, desk, qtbot):
    window.bridge.choose("card2")
    form = window.editor.fields
    assert form.fits.isChecked()
    assert not form.frames.isEnabled()
    form.fits.click()
    assert form.frames.isEnabled()
    form.frames.setValue(30)
    qtbot.waitUntil(lambda: bool(desk.said), timeout=2000)
    assert desk.said[-1] == ("edit", "card2", {"frames": 30})
    form.fits.click()
    assert desk.said[-1] == ("edit", "card2", {"frames": 48})


def test_strength_is_asked_for_a_remix_only(window, desk, qtbot):
    window.bridge.choose("card2")
    assert not window.editor.fields.strength.isVisible()
    desk.show(*a_cut(), view(8, 400, 24, kind="remix", state=CardState.READY))
    settle(qtbot, window, desk)
    window.bridge.choose("card8")
    assert window.editor.fields.strength.isVisible()


def test_pictures_dropped_on_the_editor_become_references(window, desk, tmp_path):
    window.bridge.choose("card2")
    picture = tmp_path / "dawn.png"
    picture.touch()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(picture))])
    references = window.editor.fields.references
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    references.list.dropEvent(event)
    assert desk.said == [("edit", "card2", {"references": [CardReference(role=Role.FIRST, path=str(picture))]})]


def test_the_playhead_is_grabbed_as_what_is_chosen(window, desk):
    window.bridge.choose("card2")
    references = window.editor.fields.references
    references.role.setCurrentIndex(references.role.findData(Role.LAST))
    references.grab_button.click()
    assert desk.said == [("grab", "card2", Role.LAST)]


def test_a_locked_card_cannot_be_written_and_can_be_unlocked(window, desk, qtbot):
    desk.show(*(replace(card, locked=card.id == "card2") for card in a_cut()))
    settle(qtbot, window, desk)
    window.bridge.choose("card2")
    assert not window.editor.fields.prompt.isEnabled()
    window.editor.fields.locked.click()
    assert desk.said == [("edit", "card2", {"locked": False})]


# -- what is done --------------------------------------------------------------------------------------


WORDS = (
    ("card2", "make", ("make", "card2")),
    ("card2", "drop", ("drop", "card2")),
    ("card2", "reveal", ("reveal", 48)),
    ("card2", "lock", ("edit", "card2", {"locked": True})),
    ("card2", "grab_first", ("grab", "card2", Role.FIRST)),
    ("card3", "extend_tail", ("ask", Verb.EXTEND, {"at": 96, "track": 0, "edge": "tail"})),
    ("card3", "extend_head", ("ask", Verb.EXTEND, {"at": 96, "track": 0, "edge": "head"})),
    ("card3", "remix", ("ask", Verb.REMIX, {"at": 96, "track": 0, "edge": "tail"})),
    ("card3", "blend", ("ask", Verb.BLEND, {"at": 144, "track": 0})),
    ("card3", "remix_marked", ("ask", Verb.REMIX)),
    ("card3", "generate", ("ask", Verb.GENERATE)),
    ("card4", "star", ("star", "card4", "card4take0", True)),
    ("card4", "more_like", ("more_like", "card4", "card4take0")),
    ("card4", "delete_take", ("delete_take", "card4", "card4take0")),
    ("card4", "use_take", ("use_take", "card4", "card4take0")),
    ("card4", "sync", ("sync",)),
    ("card4", "board", ("board_from_selection",)),
)
"""A card, an action, and what the desk is told."""


def test_an_action_is_a_word_to_the_desk(window, desk):
    for card, action, told in WORDS:
        desk.said.clear()
        window.bridge.choose(card)
        assert window.actions_[action].isEnabled(), action
        window.actions_[action].trigger()
        assert desk.said == [told], action


def test_all_ready_cards_are_made_and_only_they(window, desk):
    window.actions_["make_all"].trigger()
    assert desk.said == [("make", "card2")]


def test_a_job_is_cancelled_or_tried_again_as_its_state_allows(window, desk, qtbot):
    window.bridge.choose("card6")
    desk.board.change(
        queue=(JobView("card6", "title 6", JobState.FAILED), JobView("card2", "title 2", JobState.RUNNING))
    )
    settle(qtbot, window, desk)
    assert not window.actions_["cancel"].isEnabled()
    window.actions_["retry"].trigger()
    window.bridge.choose("card2")
    assert not window.actions_["retry"].isEnabled()
    window.actions_["cancel"].trigger()
    assert desk.said == [("retry", "card6"), ("cancel", "card2")]


def test_what_means_nothing_now_cannot_be_chosen(desk):
    state = desk.state
    shot = allowed(state, state.card("card1"), (state.card("card1"),))
    assert {"extend_tail", "remix"} <= shot
    assert not {"make", "apply", "write", "cancel", "undo_apply"} & shot
    files = replace(state, connection=replace(state.connection, capabilities=frozenset(), mode=Mode.FILES))
    assert not {"reveal", "grab_first", "board", "apply_take"} & allowed(files, state.card("card4"), ())


def test_a_server_elsewhere_is_asked_only_after_a_question(window, desk, qtbot):
    desk.board.change(connection=replace(desk.state.connection, server="api.example.com"))
    settle(qtbot, window, desk)
    window.bridge.choose("card2")
    window.actions_["make"].trigger()
    question = window.findChild(Confirm)
    assert question.windowTitle() == "Make 1 take on api.example.com?"
    assert desk.said == []
    question.reject()
    window.actions_["make"].trigger()
    window.findChildren(Confirm)[-1].accept()
    assert desk.said == [("make", "card2")]


@pytest.mark.parametrize(
    ("server", "here"),
    [
        ("", True),
        ("localhost", True),
        ("127.0.0.1:8000", True),
        ("http://[::1]:8000/v1", True),
        ("api.example.com", False),
    ],
)
def test_which_servers_are_here(server, here):
    assert is_here(server) is here


# -- the cut is touched --------------------------------------------------------------------------------


def test_applying_says_first_what_would_change(window, desk, qtbot):
    window.bridge.choose("card4")
    window.actions_["apply"].trigger()
    qtbot.waitUntil(lambda: window.findChild(Confirm) is not None)
    question = window.findChild(Confirm)
    assert question.accessibleDescription() == "V1, 01:00:06:00, 48 frames\nthe gap becomes a clip\nno backup"
    assert [word for word in desk.said if word[0] == "apply"] == []
    question.accept()
    assert desk.said == [("apply", "card4", "card4take0", {"policy": "auto"})]


def test_a_refusal_is_told_and_nothing_can_be_done(window, desk, qtbot):
    desk.effect_ = replace(desk.effect_, refusal="the track is locked")
    window.bridge.choose("card4")
    window.actions_["apply_above"].trigger()
    qtbot.waitUntil(lambda: window.findChild(Confirm) is not None)
    question = window.findChild(Confirm)
    assert question.accessibleDescription() == "the track is locked"
    assert [button.text() for button in question.findChildren(QPushButton)] == ["Close"]
    assert desk.said == []


def test_who_does_not_want_to_be_asked_is_not_asked_again(window, desk, qtbot):
    from PySide6.QtWidgets import QCheckBox

    window.bridge.choose("card4")
    window.actions_["apply"].trigger()
    qtbot.waitUntil(lambda: window.findChild(Confirm) is not None)
    question = window.findChild(Confirm)
    question.findChild(QCheckBox).setChecked(True)
    question.accept()
    window.actions_["apply_above"].trigger()
    qtbot.waitUntil(lambda: len(desk.said) == 2)
    assert desk.said[-1] == ("apply", "card4", "card4take0", {"policy": "above"})


def test_the_apply_bar_asks_the_same_question(window, desk, qtbot):
    window.bridge.choose("card4")
    qtbot.waitUntil(window.apply_bar.apply_button.isEnabled)
    qtbot.mouseClick(window.apply_bar.apply_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.findChild(Confirm) is not None)
    assert [word for word in desk.said if word[0] == "apply"] == []


def test_edits_and_applies_are_undone_apart(window, desk, qtbot):
    applied = Applied("card4", "card4take0", "V1, 01:00:06:00", "patch 1")
    desk.board.change(edits=("prompt of 3", ""), applied=(applied,))
    settle(qtbot, window, desk)
    assert window.actions_["undo_edit"].text() == "&Undo prompt of 3"
    assert not window.actions_["redo_edit"].isEnabled()
    window.actions_["undo_edit"].trigger()
    window.actions_["undo_apply"].trigger()
    assert desk.said == [("undo_edit",), ("undo_apply",)]


# -- gaps, log, keys, settings -------------------------------------------------------------------------


def test_gaps_are_looked_for_as_was_chosen(window, desk):
    window.actions_["find_gaps"].trigger()
    gaps = window.gaps
    assert gaps.isVisible()
    gaps.least.setValue(12)
    gaps.every.setChecked(True)
    gaps.look()
    assert desk.said == [("find_gaps", {"tracks": None, "min_frames": 12, "every_gap": True, "placeholders": False})]


def test_gaps_of_some_tracks(window, desk, qtbot):
    desk.show(*a_cut(), replace(view(8, 0, 48), track=1, track_name="V2"))
    settle(qtbot, window, desk)
    box = next(box for track, box in window.gaps._tracks.items() if track == 0)
    box.setChecked(False)
    window.gaps.look()
    assert desk.said[-1][1]["tracks"] == [1]


def test_the_last_notice_and_all_of_them_are_told(window, desk, qtbot):
    desk.board.change(notices=(Notice("a take is there"), Notice("no room", "warning", "trim the shot behind")))
    settle(qtbot, window, desk)
    assert window.log.text.toPlainText() == "a take is there\nwarning: no room — trim the shot behind"
    assert window._last.text() == "warning: no room — trim the shot behind"
    desk.board.change(notices=(*desk.state.notices, Notice("lost", "error")))
    settle(qtbot, window, desk)
    assert window.log.text.toPlainText().splitlines()[-1] == "error: lost"
    assert len(window.log.text.toPlainText().splitlines()) == 3


def test_diagnostics_name_everything_but_the_home_folder(desk):
    desk.board.change(notices=(Notice(f"written to {Path.home()}/Films/cut.otio"),))
    text = diagnostics(desk.state)
    assert str(Path.home()) not in text
    assert "~/Films/cut.otio" in text
    for word in ("DaVinci Resolve Studio 21.1", "Cut 3", "24 fps", "PySide", "cutaway", "127.0.0.1:8000"):
        assert word in text or word == "PySide"


def test_the_list_of_keys_holds_every_action_that_has_some(window):
    window.actions_["keys"].trigger()
    listed = {window.keys.list.topLevelItem(n).text(0) for n in range(window.keys.list.topLevelItemCount())}
    wanted = {doing.text.replace("&", "").rstrip("…") for doing in window.actions_.table if doing.keys}
    assert wanted <= listed
    assert len(wanted) > 45
    window.keys.close()


def test_no_two_actions_have_the_same_keys(window):
    keys = [keys for doing in window.actions_.table for keys in doing.keys.split(" or ") if keys]
    assert sorted(keys) == sorted(set(keys))


def test_a_look_and_a_layout_are_remembered(qtbot, desk, home):
    settings = Settings(home)
    window = PanelWindow(Bridge(desk), settings)
    qtbot.addWidget(window)
    window.show()
    window.actions_["larger"].trigger()
    window.actions_["light"].trigger()
    window.resize(1200, 700)
    window.close()
    assert Settings(home).look() == Look(Theme.LIGHT, 1.1)
    again = PanelWindow(Bridge(desk), Settings(home))
    qtbot.addWidget(again)
    assert again.height() == 700
    assert again.actions_["light"].isChecked()
    again.actions_["dark"].trigger()
    again.actions_["smaller"].trigger()
    assert current() == Look()
    again.close()


def test_a_second_panel_raises_the_first(qtbot, home):
    assert not raise_running(home)
    first = Instance(home)
    note = json.loads((home.folder / "panel.json").read_text())
    assert set(note) == {"server", "pid"}
    with qtbot.waitSignal(first.asked) as asked:
        assert raise_running(home)
    assert asked.args == [""]
    with qtbot.waitSignal(first.asked) as asked:
        assert raise_running(home, home.folder / "other.otio")
    assert asked.args == [str((home.folder / "other.otio").resolve())]
    first.close()
    assert not (home.folder / "panel.json").exists()
    assert not raise_running(home)


def test_what_nobody_understands_does_nothing(qtbot, home):
    from PySide6.QtNetwork import QLocalSocket

    first = Instance(home)
    heard = []
    first.asked.connect(heard.append)
    socket = QLocalSocket()
    socket.connectToServer(json.loads((home.folder / "panel.json").read_text())["server"])
    assert socket.waitForConnected(1000)
    socket.write(b"format c:\n")
    qtbot.waitUntil(lambda: socket.state() == QLocalSocket.LocalSocketState.UnconnectedState)
    assert heard == []
    first.close()


def test_the_window_stays_above_others_when_it_shall(window):
    window.actions_["on_top"].trigger()
    assert window.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
    assert window.isVisible()
    assert window.settings.switch("on_top")


def test_cards_in_rows_fill_the_width(window, qtbot):
    window.actions_["rows"].trigger()
    qtbot.wait(30)
    model = window.strip.filter
    rows = {window.strip.list.visualRect(model.index(row, 0)).top() for row in range(model.rowCount())}
    assert len(rows) > 1
    assert shown(window) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("theme", list(Theme))
def test_cards_in_one_row_need_no_bar_at_their_side(theme, window, qtbot):
    window.resize(500, 700)
    window.wear_theme(theme)
    bars = window.strip.list.horizontalScrollBar(), window.strip.list.verticalScrollBar()
    qtbot.waitUntil(bars[0].isVisible)
    assert not bars[1].isVisible()


def test_the_question_is_closed_with_escape_and_nothing_is_done(window, qtbot):
    done = []
    question = Confirm(window, "Apply?", ["a line"], "Apply", lambda: done.append(1))
    question.open()
    qtbot.keyClick(question, Qt.Key.Key_Escape)
    assert done == []
    assert QApplication.activeModalWidget() is None
