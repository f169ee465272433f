"""Everything has a name, can be reached by Tab, is seen when it has the focus, and waits for nobody."""

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QListView, QSlider, QWidget

from cutaway_panel.takes import ApplyBar, PlayerView, ProvenanceView, QueueView, SeamView, TakesView
from cutaway_panel.theme import Look, Theme, wear

VIEWS = (ApplyBar, PlayerView, ProvenanceView, QueueView, SeamView, TakesView)


@pytest.fixture(params=VIEWS, ids=lambda view: view.__name__)
def view(request, qtbot, bridge):
    made = request.param(bridge)
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    yield made
    made.hide()


def test_every_view_and_every_control_has_a_name(view):
    assert view.accessibleName()
    for kind in (QAbstractButton, QComboBox, QLineEdit, QListView, QSlider):
        for control in view.findChildren(kind):
            if control.isVisible() and not control.objectName().startswith("qt_"):
                assert control.accessibleName() or getattr(control, "text", str)(), control


def test_every_control_is_reached_by_tab(view):
    for kind in (QAbstractButton, QComboBox, QListView):
        for control in view.findChildren(kind):
            if control.isVisible() and control.isEnabled() and not control.objectName().startswith("qt_"):
                assert control.focusPolicy() & Qt.FocusPolicy.TabFocus, control.accessibleName()


def test_every_view_is_painted_in_every_theme(qapp, qtbot, bridge):
    views = [kind(bridge) for kind in VIEWS]
    for made in views:
        qtbot.addWidget(made)
        made.resize(700, 400)
        made.show()
    try:
        for theme in Theme:
            wear(qapp, Look(theme=theme))
            for made in views:
                image = made.grab().toImage()
                ground = image.pixelColor(2, image.height() - 3).name()
                assert ground == Look(theme=theme).tokens.window, (made, theme)
                colours = {image.pixel(x, y) for x in range(0, 700, 7) for y in range(0, 400, 5)}
                assert len(colours) > 2, (made, theme)
    finally:
        wear(qapp, Look(theme=Theme.DARK))
        for made in views:
            made.hide()


def test_no_view_waits_for_the_desk_to_paint_itself(qtbot, desk, bridge):
    desk.hold.clear()
    paused = []
    for kind in VIEWS:
        begun = time.perf_counter()
        made: QWidget = kind(bridge)
        qtbot.addWidget(made)
        made.show()
        made.grab()
        paused.append(time.perf_counter() - begun)
        made.hide()
    desk.hold.set()
    assert max(paused) < 5  # the desk would have held its thread for ten seconds


def test_tab_goes_in_and_out_of_every_view_even_where_it_is_empty(qtbot, bridge, view):
    for card in ("card1", "card2", ""):
        bridge.choose(card)
        at, found = view, []
        for _ in range(500):
            at = at.nextInFocusChain()
            proxy = at.focusProxy()
            assert proxy is None or proxy.isVisible() or not at.isVisible(), at
            if at is view:
                break
            found.append(at)
        assert at is view
