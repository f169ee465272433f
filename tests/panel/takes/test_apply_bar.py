"""Applying: what will change is said before, refusals in words, and the last one can be taken back."""

from dataclasses import replace

import pytest

from cutaway.hosts.base import Capability
from cutaway_panel.takes import ApplyBar, TakeChoice


@pytest.fixture
def bar(qtbot, bridge, desk):
    view = ApplyBar(bridge)
    qtbot.addWidget(view)
    view.apply_asked.connect(lambda card, take, policy: desk.apply(card, take, policy=policy))
    view.undo_asked.connect(desk.undo_apply)
    view.show()
    qtbot.waitUntil(lambda: view.effect is not None, timeout=5000)
    return view


def settled(qtbot, bridge, bar):
    qtbot.waitUntil(
        lambda: bridge.state.revision == bridge.desk.state.revision and bar.effect is not None, timeout=5000
    )


def test_where_and_what_are_said_before_anything_is_done(desk, bar):
    assert bar.where.text() == "Take 2: V1, 01:00:02:00, 24 frames (in gap)"
    assert "the hole between Alley and Door is filled with take 2" in bar.changes.text()
    assert "handles" in bar.changes.text()
    assert bar.apply_button.text() == "Apply take 2"
    assert desk.state.applied == ()


def test_apply_and_undo_of_the_last_one(qtbot, bridge, desk, bar):
    assert not bar.undo_button.isEnabled()
    bar.apply()
    assert [applied.take_id for applied in desk.state.applied] == ["take2"]
    settled(qtbot, bridge, bar)
    assert bar.undo_button.isEnabled()
    assert "card 2" in bar.undo_button.toolTip()
    bar.undo()
    assert desk.state.applied == ()
    settled(qtbot, bridge, bar)
    assert not bar.undo_button.isEnabled()


def test_while_nobody_knows_what_would_happen_nothing_can_be_applied(qtbot, bridge, desk, bar):
    TakeChoice.of(bridge).choose("take3")
    assert not bar.apply_button.isEnabled()
    bar.apply()
    assert desk.state.applied == ()
    assert "Looking where take 3 goes" in bar.where.text()
    qtbot.waitUntil(bar.apply_button.isEnabled, timeout=5000)
    assert bar.where.text().startswith("Take 3")


def test_an_answer_to_an_older_question_is_not_believed(qtbot, bridge, desk, bar):
    answers = []
    desk.effect = lambda card, take, then, **_: answers.append((take, then))
    TakeChoice.of(bridge).choose("take3")
    qtbot.waitUntil(lambda: len(answers) == 1, timeout=5000)
    TakeChoice.of(bridge).choose("take1")
    take, then = answers[0]
    del desk.effect
    desk.effect(*("card1", take), then)
    qtbot.waitUntil(lambda: bar.effect is not None, timeout=5000)
    assert bar.effect.take_id == "take1"


def test_a_refusal_is_said_in_words_and_holds_the_button(qtbot, bridge, desk, bar):
    locked = replace(desk.state.cards[0], locked=True)
    desk.change(cards=(locked, *desk.state.cards[1:]))
    qtbot.waitUntil(lambda: bar.refusal.text() != "", timeout=5000)
    assert bar.refusal.text() == "Cannot be applied: the track is locked; unlock V1 or choose another track"
    assert not bar.apply_button.isEnabled()
    bar.apply()
    assert desk.state.applied == ()


def test_the_policy_is_asked_for(qtbot, bridge, desk, bar):
    bar.policy.setCurrentIndex(bar.policy.findData("above"))
    qtbot.waitUntil(lambda: "track above" in bar.where.text(), timeout=5000)
    bar.apply()
    assert "above" in desk.state.applied[0].where


def test_takes_are_offered_only_where_the_application_has_them(qtbot, bridge, desk, bar):
    bar.policy.setCurrentIndex(bar.policy.findData("take"))
    connection = replace(desk.state.connection, capabilities=frozenset({Capability.LIVE}))
    desk.change(connection=connection)
    qtbot.waitUntil(lambda: bar.policy.currentData() == "auto", timeout=5000)
    assert not bar.policy.model().item(bar.policy.findData("take")).isEnabled()
    assert "no backup" in bar.backup.text()
    assert not bar.reveal_button.isEnabled()


def test_the_backup_is_promised_where_there_is_one_and_reveal_shows_the_place(desk, bar):
    assert "backup" in bar.backup.text()
    bar.reveal()
    assert desk.revealed == 48


def test_without_a_take_there_is_nothing_to_apply(qtbot, bridge, desk, bar):
    bridge.choose("card2")
    assert bar.where.text() == "Choose a take to put it into the cut."
    assert not bar.apply_button.isEnabled()
    qtbot.wait(200)
    assert bar.effect is None
