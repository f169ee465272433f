"""Seams and provenance: figures in words and drawn, the frames that meet, and the whole slate to take along."""

import json
from dataclasses import replace

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QLineEdit

from cutaway.storyboard.card import SeamReport
from cutaway_panel.takes import ProvenanceView, SeamView, TakeChoice
from cutaway_panel.takes.gauge import Gauge
from cutaway_panel.takes.verdict import Figure


@pytest.fixture
def seams(qtbot, bridge):
    view = SeamView(bridge)
    qtbot.addWidget(view)
    view.resize(460, 800)
    view.show()
    return view


@pytest.fixture
def provenance(qtbot, bridge):
    view = ProvenanceView(bridge)
    qtbot.addWidget(view)
    view.resize(460, 560)
    view.show()
    qtbot.waitUntil(lambda: "looked for" not in said(view)["Content credentials"], timeout=5000)
    return view


def said(view):
    """What stands in the rows, by the accessible name of each."""
    fields = [*view.findChildren(QLabel), *view.findChildren(QLineEdit)]
    return {field.accessibleName(): field.text() for field in fields if field.accessibleName()}


def test_each_cut_has_its_verdict_and_its_figures(seams):
    assert seams.head.heading.text() == "Cut into the take: clean, 0.93"
    assert seams.tail.heading.text() == "Cut out of the take: seen, 0.41"
    assert seams.tail.sentence.text() == "This cut is seen: the colours shift (27.8 of 255)."
    values = [row[1].text() for row in seams.tail._rows]
    assert values == ["4.40 times its own", "27.8 of 255", "0.6 px a frame", "0.550", "18.7 dB"]


def test_the_four_frames_that_meet_are_those_at_the_cuts(qtbot, seams, seen, colours):
    wanted = {
        seams.head.frames: (colours("before", 47), colours(2, 6)),
        seams.tail.frames: (colours(2, 29), colours("after", 0)),
    }
    for pair, (left, right) in wanted.items():
        for x, colour in ((0.25, left), (0.75, right)):
            qtbot.waitUntil(lambda p=pair, at=x, c=colour: seen(p, at, 0.3) == pytest.approx(c, abs=3), timeout=5000)


def test_a_cut_that_is_none_and_one_that_was_not_measured_are_told_apart(qtbot, bridge, desk, seams):
    take = desk.state.cards[0].takes[1]
    bare = replace(take, take=take.take.model_copy(update={"seams": SeamReport(head=take.take.seams.head)}))
    card = replace(desk.state.cards[0], takes=(bare,), after="")
    desk.change(cards=(card, *desk.state.cards[1:]))
    qtbot.waitUntil(lambda: "No shot lies here" in seams.tail.sentence.text(), timeout=5000)
    assert not seams.tail.frames.isVisible()
    desk.change(cards=(replace(card, after="Door"), *desk.state.cards[1:]))
    qtbot.waitUntil(lambda: "Not measured" in seams.tail.sentence.text(), timeout=5000)


def test_the_pointer_of_a_gauge_lies_where_the_figure_is(qtbot):
    gauge = Gauge()
    qtbot.addWidget(gauge)
    gauge.resize(111, 18)
    columns = []
    for good in (0.0, 0.5, 1.0):
        gauge.show_figure(Figure("SSIM", f"{good}", good, "how alike"))
        columns.append(gauge.pointer())
    assert columns == [5, 55, 105]
    assert gauge.accessibleDescription() == "1.0. how alike"
    gauge.show_figure(Figure("PSNR", "not measured", None, "how alike"))
    assert gauge.pointer() is None


def test_the_slate_is_all_there_and_says_whether_credentials_are_in_the_file(provenance):
    rows = said(provenance)
    assert rows["Model"] == "wan2.2-i2v-14b"
    assert rows["Adjusted"] == "frames: 36 became 37 (4n + 1 frames)"
    assert rows["SHA-256"] == "9f" * 32
    assert rows["Content credentials"] == "none in the file"
    assert provenance.heading.text() == "Take 2 of card 2"


def test_the_slate_goes_to_the_clipboard_as_json(provenance):
    provenance.copy()
    kept = json.loads(QGuiApplication.clipboard().text())
    assert kept["take"]["slate"]["revision"] == "3f1c9a7"
    assert kept["number"] == 2


def test_another_take_has_another_slate(qtbot, bridge, provenance):
    TakeChoice.of(bridge).choose("take3")
    assert provenance.heading.text() == "Take 3 of card 2"
    assert said(provenance)["Made from"] == "take 2"
    bridge.choose("card2")
    assert "Choose a take" in provenance.heading.text()
    assert not provenance.copy_button.isEnabled()
