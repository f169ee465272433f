"""The queue: told in words and figures, ordered, paused, cancelled and tried again by keyboard."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent

from cutaway_panel.state import JobState
from cutaway_panel.takes import QueueView
from cutaway_panel.takes.queue_rows import MIME


@pytest.fixture
def queue(qtbot, bridge):
    view = QueueView(bridge)
    qtbot.addWidget(view)
    view.resize(420, 480)
    view.show()
    yield view
    view.hide()


def order(desk):
    return [job.card_id for job in desk.state.queue]


def choose(queue, row):
    queue.list.setCurrentIndex(queue.model.index(row))


def settled(qtbot, bridge):
    qtbot.waitUntil(lambda: bridge.state.revision == bridge.desk.state.revision, timeout=5000)


def row(queue, n):
    index = queue.model.index(n)
    return index.data(Qt.ItemDataRole.AccessibleTextRole), index.data(Qt.ItemDataRole.AccessibleDescriptionRole)


def test_a_job_says_how_far_it_is_and_how_long_it_takes(queue):
    assert row(queue, 0) == ("rain on the window, running 42 %", "31 s gone · 43 s left · estimate 1 min 10 s · free")
    assert row(queue, 1) == ("the door closes, waiting", "estimate 1 min 04 s")
    assert row(queue, 3) == ("the lamp flickers, waiting", "no estimate yet")
    assert row(queue, 4) == ("steps in the snow, failed", "the server has no model wan9; choose one of: wan2.2")
    assert row(queue, 5)[1] == "took 1 min 06 s · estimate 1 min 10 s · $0.12"


def test_in_short_nothing_is_promised_while_one_estimate_is_missing(qtbot, bridge, desk, queue):
    assert queue.summary.text() == "3 waiting · 1 under way · 1 done · 1 failed"
    desk.with_job("card5", estimate=20.0)
    settled(qtbot, bridge)
    assert queue.summary.text().endswith("about 3 min 11 s left")  # 43 + 64 + 64 + 20


def test_time_goes_on_between_two_states_and_never_below_nothing(queue):
    queue.model.since -= 20
    assert "51 s gone · 23 s left" in row(queue, 0)[1]
    queue.model.since -= 200
    assert "0.0 s left" in row(queue, 0)[1]


def test_the_order_is_changed_by_keys_among_those_that_wait(qtbot, bridge, desk, queue):
    choose(queue, 2)
    qtbot.keyClick(queue.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert order(desk)[:4] == ["card7", "card4", "card3", "card5"]
    settled(qtbot, bridge)
    assert queue.job.card_id == "card4"
    qtbot.keyClick(queue.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert order(desk)[:2] == ["card7", "card4"]  # what runs is not overtaken
    for _ in range(2):
        qtbot.keyClick(queue.list, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
        settled(qtbot, bridge)
    assert order(desk)[:4] == ["card7", "card3", "card5", "card4"]


def test_a_drop_changes_the_order_and_what_runs_cannot_be_dragged(qtbot, bridge, desk, queue):
    model = queue.model
    assert not model.flags(model.index(0)) & Qt.ItemFlag.ItemIsDragEnabled
    assert model.flags(model.index(3)) & Qt.ItemFlag.ItemIsDragEnabled
    data = model.mimeData([model.index(3)])
    model.dropMimeData(data, Qt.DropAction.MoveAction, 0, 0, model.index(-1))
    assert order(desk)[:4] == ["card7", "card5", "card3", "card4"]
    strange = QMimeData()
    strange.setData(MIME, b"card99")
    settled(qtbot, bridge)
    before = order(desk)
    assert not model.dropMimeData(strange, Qt.DropAction.MoveAction, 0, 0, model.index(-1))
    assert order(desk) == before


def test_a_card_dropped_between_two_rows_is_made_between_them(qapp, queue, desk):
    above = queue.list.visualRect(queue.model.index(1))
    data = queue.model.mimeData([queue.model.index(3)])
    where = QPoint(above.center().x(), above.bottom())
    move, left, none = Qt.DropAction.MoveAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    qapp.sendEvent(queue.list.viewport(), QDragEnterEvent(where, move, data, left, none))
    qapp.sendEvent(queue.list.viewport(), QDragMoveEvent(where, move, data, left, none))
    qapp.sendEvent(queue.list.viewport(), QDropEvent(QPointF(where), move, data, left, none))
    assert order(desk)[:4] == ["card7", "card3", "card5", "card4"]


def test_cancel_and_retry_only_where_they_mean_something(qtbot, bridge, desk, queue):
    choose(queue, 4)
    assert (queue.cancel.isEnabled(), queue.retry.isEnabled()) == (False, True)
    qtbot.keyClick(queue.list, Qt.Key.Key_Delete)
    assert desk.job("card6").state is JobState.FAILED
    qtbot.keyClick(queue.list, Qt.Key.Key_R)
    assert desk.job("card6").state is JobState.WAITING
    settled(qtbot, bridge)
    choose(queue, 0)
    assert (queue.cancel.isEnabled(), queue.retry.isEnabled()) == (True, False)
    qtbot.keyClick(queue.list, Qt.Key.Key_Delete)
    assert desk.job("card7").state is JobState.CANCELLED


def test_space_pauses_and_goes_on_and_both_are_said(qtbot, bridge, desk, queue):
    queue.list.setFocus()
    qtbot.keyClick(queue.list, Qt.Key.Key_Space)
    assert desk.state.paused
    settled(qtbot, bridge)
    assert queue.pause.text() == "Go on"
    assert queue.summary.text().startswith("Paused")
    qtbot.mouseClick(queue.pause, Qt.MouseButton.LeftButton)
    assert not desk.state.paused


def test_the_chosen_job_stays_chosen_when_others_come_before_it(qtbot, bridge, desk, queue):
    choose(queue, 2)
    desk.change(queue=desk.state.queue[1:])
    settled(qtbot, bridge)
    assert queue.job.card_id == "card4"


def test_enter_shows_the_card(qtbot, bridge, desk, queue):
    desk.change(queue=(replace(desk.state.queue[1], card_id="card2"),))
    settled(qtbot, bridge)
    choose(queue, 0)
    qtbot.keyClick(queue.list, Qt.Key.Key_Return)
    assert bridge.current == "card2"


def test_an_empty_queue_says_what_it_is_for(qtbot, bridge, desk, queue):
    desk.change(queue=())
    settled(qtbot, bridge)
    assert not queue.list.isVisible()
    assert "Nothing is queued" in queue.empty.text()
    assert not queue.cancel.isEnabled()
    assert not queue._clock.isActive()
