"""Themes: everything that is read can be read, and nothing is told by colour alone."""

import re
from dataclasses import fields

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from cutaway.storyboard.card import CardState
from cutaway.wire import Verb
from cutaway_panel.state import JobState
from cutaway_panel.theme import JOB_INK, LEVEL_INK, STATE_INK, TOKENS, Look, Theme, contrast, current, sign, wear
from cutaway_panel.theme.signs import STROKES
from cutaway_panel.theme.style import palette, sheet
from cutaway_panel.theme.tokens import PAIRS

COLOURS = {field.name for field in fields(TOKENS[Theme.DARK]) if field.type == "str"}
GROUNDS = {"window", "base", "raised", "hover", "chosen", "action"}


def test_contrast_is_counted_as_the_guidelines_do():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1


@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_can_be_read_on_its_ground(theme, ink, ground):
    tokens = TOKENS[theme]
    assert contrast(getattr(tokens, ink), getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("theme", Theme)
def test_the_focus_ring_can_be_seen_on_every_ground(theme):
    tokens = TOKENS[theme]
    assert all(contrast(tokens.focus, getattr(tokens, ground)) >= 3 for ground in ("window", "base", "raised"))


@pytest.mark.parametrize("theme", Theme)
def test_the_style_sheet_puts_together_only_pairs_that_were_looked_at(theme, tmp_path):
    """Wherever a rule sets both, the pair is one of those above."""
    tokens = TOKENS[theme]
    names = {}
    for name in sorted(COLOURS):
        names.setdefault(getattr(tokens, name), set()).add(name)
    text = sheet(tokens, tmp_path)
    pairs = re.findall(r"\{([^}]*)\}", text)
    known = {(getattr(tokens, ink), getattr(tokens, ground)) for ink, ground in PAIRS}
    found = 0
    for rule in pairs:
        ink = re.search(r"(?<![-\w])color: (#\w{6})", rule)
        ground = re.search(r"(?<![-\w])background: (#\w{6})", rule)
        if ink and ground and ink[1] in names:
            found += 1
            assert (ink[1], ground[1]) in known, rule
    assert found > 3


@pytest.mark.parametrize("theme", Theme)
def test_the_palette_can_be_read_too(theme):
    made = palette(TOKENS[theme])
    role = QPalette.ColorRole
    for ink, ground in (
        (role.WindowText, role.Window), (role.Text, role.Base), (role.ButtonText, role.Button),
        (role.HighlightedText, role.Highlight), (role.ToolTipText, role.ToolTipBase), (role.PlaceholderText, role.Base),
        (role.Link, role.Window), (role.Text, role.AlternateBase),
    ):  # fmt: skip
        assert contrast(made.color(ink).name(), made.color(ground).name()) >= 4.5, (ink, ground)


def test_every_state_has_an_ink_that_was_looked_at_and_a_sign_of_its_own():
    inks = {ink for ink, _ in PAIRS}
    assert set(STATE_INK) == set(CardState)
    assert set(JOB_INK) == set(JobState)
    assert {*STATE_INK.values(), *JOB_INK.values(), *LEVEL_INK.values()} <= inks
    strokes = [STROKES[state.value] for state in CardState]
    assert len(set(strokes)) == len(strokes)
    assert all(verb.value in STROKES for verb in Verb)


def test_a_sign_is_drawn_in_its_colour(qapp):
    image = sign("applied", 32, "#ff0000").toImage()
    drawn = {
        QColor(image.pixelColor(x, y)).name()
        for x in range(32)
        for y in range(32)
        if image.pixelColor(x, y).alpha() == 255
    }
    assert drawn == {"#ff0000"}
    assert sign("applied", 16, "#ff0000", 2.0).width() == 32


@pytest.mark.parametrize("name", STROKES)
def test_every_sign_leaves_a_mark(qapp, name):
    image = sign(name, 16, "#ffffff").toImage()
    assert sum(image.pixelColor(x, y).alpha() > 128 for x in range(16) for y in range(16)) > 8


def test_wearing_a_look_changes_colours_and_size_and_can_be_taken_back(qapp):
    wear(qapp, Look())
    size = QApplication.font().pointSizeF()
    wear(qapp, Look(Theme.LIGHT, 1.5, still=True))
    assert QApplication.font().pointSizeF() == pytest.approx(1.5 * size)
    assert QApplication.palette().color(QPalette.ColorRole.Window).name() == TOKENS[Theme.LIGHT].window
    assert current() == Look(Theme.LIGHT, 1.5, still=True)
    wear(qapp, Look())
    assert QApplication.font().pointSizeF() == pytest.approx(size)


def test_text_grows_and_shrinks_by_steps_and_stops_at_the_ends():
    scale, seen = 1.0, []
    while Look(scale=scale).larger() != scale:
        scale = Look(scale=scale).larger()
        seen.append(scale)
    assert seen == sorted(seen)
    assert scale == 2.0
    assert Look(scale=0.8).smaller() == 0.8
    assert Look(scale=1.0).smaller() == 0.9
