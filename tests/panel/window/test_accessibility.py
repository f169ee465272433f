"""Whoever cannot see the window, or has no mouse, gets all of it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QFont
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from cutaway_panel.theme import Look, wear
from cutaway_panel.window.cards import CardModel
from cutaway_panel.window.confirm import Confirm
from cutaway_panel.window.start import StartWindow


def spoken(widget):
    """What a screen reader says of a widget."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface is not None else ""


def inner(widget):
    """Parts that Qt makes inside its own widgets, which speak with their parent's name."""
    parent = widget.parentWidget()
    of_spin = isinstance(widget, QLineEdit) and isinstance(parent, QAbstractSpinBox)
    return of_spin or (parent is not None and isinstance(parent.parentWidget(), QComboBox))


def reachable(window):
    """Every widget that the Tab key can reach."""
    for widget in window.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not inner(widget) and not isinstance(widget, QScrollArea):
            yield widget


def test_every_widget_that_takes_the_keyboard_has_a_name(window, qtbot):
    window.bridge.choose("card4")
    qtbot.wait(50)
    nameless = [
        f"{type(widget).__name__} in {type(widget.parentWidget()).__name__}"
        for widget in reachable(window)
        if not spoken(widget).strip()
    ]
    assert nameless == []
    assert sum(1 for _ in reachable(window)) > 40


def test_every_item_of_every_list_says_what_it_is(window, qtbot):
    window.bridge.choose("card4")
    window.stage.setCurrentIndex(1)
    qtbot.wait(50)
    said = 0
    for view in window.findChildren(QAbstractItemView):
        model = view.model()
        for row in range(model.rowCount() if model is not None else 0):
            index = model.index(row, 0)
            text = index.data(Qt.ItemDataRole.AccessibleTextRole) or index.data(Qt.ItemDataRole.DisplayRole)
            assert text, (type(view).__name__, row)
            said += 1
    assert said >= 7


def test_a_card_says_its_number_kind_state_and_takes(window, desk):
    model = CardModel()
    model.show_cards(desk.state.cards)
    assert model.data(model.index(3), Qt.ItemDataRole.AccessibleTextRole) == "4, fill, title 4, review, 2 takes"
    described = model.data(model.index(5), Qt.ItemDataRole.AccessibleDescriptionRole)
    assert "V1, 01:00:10:00 to 01:00:12:00" in described
    assert "the model refused the prompt" in described


def test_the_screen_reader_finds_all_cards(window):
    interface = QAccessible.queryAccessibleInterface(window.strip.list)
    assert interface.childCount() == 7
    assert interface.child(1).text(QAccessible.Text.Name).startswith("2, fill")


def test_a_label_of_a_field_leads_to_it(window):
    window.bridge.choose("card2")
    buddies = {label.buddy() for label in window.editor.findChildren(QLabel) if label.buddy() is not None}
    form = window.editor.fields
    assert {
        form.negative,
        form.style_,
        form.model,
        form.seed,
        form.frames,
        form.head,
        form.strength,
        form.sound,
    } <= buddies


def test_tab_goes_through_all_parts_and_comes_back(window, qtbot):
    window.bridge.choose("card2")
    window.strip.list.setFocus()
    seen = []
    for _ in range(200):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        if focus is window.strip.list:
            break
        seen.append(focus)
    assert QApplication.focusWidget() is window.strip.list, "Tab never came back to the cards"
    form = window.editor.fields
    parts = (form.prompt, form.negative, form.make)
    assert [seen.index(part) for part in parts] == sorted(seen.index(part) for part in parts)
    for part in (window.editor, window.stage, window.side, window.connection):
        assert any(part.isAncestorOf(focus) for focus in seen), part.accessibleName()


@pytest.mark.parametrize("scale", [0.8, 1.0, 2.0])
def test_at_every_size_of_text_the_fields_stay_inside_the_window(window, qtbot, scale):
    wear(QApplication.instance(), Look(scale=scale))
    window.bridge.choose("card2")
    qtbot.wait(30)
    form = window.editor.fields
    for widget in (form.prompt, form.seed, form.dice, form.fits, form.references):
        right = widget.mapTo(window, widget.rect().topRight()).x()
        assert right <= window.editor.mapTo(window, window.editor.rect().topRight()).x()
    assert window.strip.list.height() >= window.strip.delegate.sizeHint(None, None).height()
    wear(QApplication.instance(), Look())


def test_from_right_to_left_the_cut_still_runs_from_left_to_right(window, qtbot):
    application = QApplication.instance()
    application.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        qtbot.wait(30)
        cards = window.strip.list
        left, right = (cards.visualRect(cards.model().index(row, 0)).left() for row in (0, 1))
        assert left < right
        sync, mode = window.connection.sync, window.connection.mode
        assert sync.mapTo(window, sync.rect().center()).x() < mode.mapTo(window, mode.rect().center()).x()
    finally:
        application.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def test_the_question_and_the_first_page_speak_too(qtbot, window):
    question = Confirm(window, "Apply?", ["V1, 48 frames"], "Apply")
    qtbot.addWidget(question)
    assert question.accessibleName() == "Apply?"
    assert "48 frames" in question.accessibleDescription()
    start = StartWindow()
    qtbot.addWidget(start)
    for shown in (question, start):
        assert all(spoken(widget).strip() for widget in reachable(shown))


def test_states_are_told_in_words_beside_their_colour(window, desk):
    badges = [card.badge for card in desk.state.cards if card.state is not None]
    assert badges == ["ready", "review", "failed"]
    window.bridge.choose("card6")
    assert window.editor.badge.text() == "failed"
    assert window.editor.problem.text() == "the model refused the prompt"


def test_timecode_is_set_in_figures_of_one_width(window):
    assert window.connection.start.font().styleHint() in {QFont.StyleHint.Monospace, QFont.StyleHint.TypeWriter} or (
        window.connection.start.fontMetrics().horizontalAdvance("0")
        == window.connection.start.fontMetrics().horizontalAdvance("1")
    )
