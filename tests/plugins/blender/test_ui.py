"""What the panels show: the values, and every panel really drawn into a layout that notes what it was given."""

import bpy
import pytest

from cutaway.storyboard.board import board_of
from cutaway.storyboard.card import Card, CardState, Placement, Seam, SeamReport, Take
from cutaway.storyboard.job import Job, JobState, Server, Worklist
from cutaway.wire import Verb
from cutaway_blender import jobs, menus, props, rows, ui
from cutaway_blender.settings import Settings


def card(n=0, **fields):
    return Card(id=f"card{n}", kind=Verb.FILL, placement=Placement(track=0, start=24 * n, frames=12), **fields)


def test_a_card_in_the_list_says_what_where_and_how_far():
    listed, more = rows.card_rows(
        [card(0, prompt="a red ball", state=CardState.READY), card(1, state=CardState.FAILED, error="no such model")],
        [Job("card0", JobState.RUNNING, progress=0.25)],
        chosen="card1",
        begin=1,
    )
    assert more == 0
    first, second = listed
    assert (first.title, first.where, first.state, first.progress) == ("fill a red ball", "1-12", "running", 0.25)
    assert (second.is_chosen, second.note, second.progress, second.where) == (True, "no such model", None, "25-36")


def test_of_many_cards_those_around_the_chosen_one_are_listed():
    listed, more = rows.card_rows([card(n) for n in range(100)], chosen="card70")
    assert (len(listed), more) == (rows.MOST, 60)
    assert any(row.is_chosen for row in listed)


def test_every_state_of_a_card_has_a_sign_that_blender_has(icons):
    assert set(rows.ICONS) == {state.value for state in CardState}
    assert set(rows.ICONS.values()) <= icons


def test_seams_in_words_and_figures():
    take = Take(path="t.mov", available_frames=12, used_frames=12, seed=7)
    take.seams = SeamReport(head=Seam(score=0.91, colour_shift=1.5), tail=Seam(score=0.2, motion_jump=6.0))
    there = card(takes=[take], applied_take=take.id)
    head, tail = rows.seam_lines(there)
    assert (head.text, head.alert) == ("in: good (0.91, colour 1.5)", False)
    assert (tail.text, tail.alert) == ("out: poor (0.20, motion 6.0 px)", True)
    (row,) = rows.take_rows(there)
    assert (row.is_active, row.is_applied, row.score, row.title) == (True, True, 0.2, "1  12 f  seed 7")
    assert rows.seam_lines(card()) == ()


def test_a_job_says_how_long_and_what_can_be_done():
    listed = rows.job_rows(
        Worklist((
            Job("card0", JobState.RUNNING, 0.5, elapsed=3, remaining=4.2),
            Job("card1", JobState.FAILED, elapsed=2, error="out of memory"),
        )),
        {"card0": "fill rain"},
    )  # fmt: skip
    assert [(row.title, row.time, row.can_cancel, row.can_retry) for row in listed] == [
        ("fill rain", "4 s left", True, False),
        ("card1", "2 s", False, True),
    ]


@pytest.mark.parametrize(
    ("settings", "server", "words", "alert"),
    [
        (Settings(), None, "not asked yet", False),
        (Settings(), Server("localhost", ("bars", "draft")), "answers: bars, draft", False),
        (Settings(), Server("localhost"), "no model installed", True),
        (Settings(), Server(problem="connection refused"), "connection refused", True),
        (Settings(base_url="https://a.example"), None, "Allow Online Access", True),
    ],
)
def test_the_connection_in_words(settings, server, words, alert):
    (line,) = [line for line in rows.connection(settings, server) if words in line.text]
    assert line.alert == alert


def test_drawing_makes_reads_and_asks_nothing(extension, scene, shot, drawn):
    shot("a", 1, 1, 24)
    for panel in ui.PANELS:
        drawn(panel)
    assert jobs.current() is None
    assert "cutaway_folder" not in scene
    assert not bpy.app.timers.is_registered(jobs.pump)
    assert ui.CUTAWAY_PT_card.poll(bpy.context) is False


def test_the_panels_of_a_cut_with_a_card(extension, scene, shot, drawn):
    shot("a", 1, 1, 24)
    shot("b", 1, 37, 24)
    desk = jobs.session()
    host = desk.host(scene)
    (gap,) = board_of(host.snapshot().index).cards
    take = Take(path="t.mov", available_frames=12, used_frames=12, seed=3)
    gap.prompt, gap.takes = "rain", [take]
    host.project.put(gap)
    desk.read(scene)
    desk.worklist = Worklist((Job(gap.id, JobState.RUNNING, 0.5),))
    desk.say("the last sentence")
    assert "[fill rain]" in drawn(ui.CUTAWAY_PT_cards)
    assert "running 50%" in drawn(ui.CUTAWAY_PT_cards)
    bpy.context.window_manager.cutaway.card = gap.id
    assert props.chosen(bpy.context).id == gap.id
    shown = drawn(ui.CUTAWAY_PT_card)
    assert "prompt=rain" in shown
    assert "[1  12 f  seed 3]*" in shown
    assert "no neighbour to meet" in shown
    assert drawn(ui.CUTAWAY_PT_jobs)[0].startswith("fill rain: running")
    assert drawn(ui.CUTAWAY_PT_jobs)[-1] == "the last sentence"


def test_what_is_typed_goes_to_the_card_and_not_to_a_locked_one(extension, scene, shot):
    shot("a", 1, 1, 24)
    shot("b", 1, 37, 24)
    bpy.ops.cutaway.refresh_cards()
    project = jobs.session().known(scene)
    words = bpy.context.window_manager.cutaway
    words.card = project.cards[0].id
    words.prompt, words.seed, words.sound, words.model = "snow", 9, "generate", "bars"
    there = project.cards[0]
    assert (there.prompt, there.seed, there.sound, there.model) == ("snow", 9, "generate", "bars")
    words.seed, words.model = -1, ""
    assert (there.seed, there.model) == (None, None)
    project.change(there.id, locked=True)
    words.prompt = "hail"
    assert there.prompt == "snow"
    assert "locked" in jobs.session().said[-1]


def test_the_tab_is_in_the_sequencer_and_not_beside_its_preview(extension, scene):
    area = bpy.context.window_manager.windows[0].screen.areas[0]
    before = area.type
    area.type = "SEQUENCE_EDITOR"
    try:
        for view, seen in (("SEQUENCER", True), ("PREVIEW", False)):
            area.spaces[0].view_type = view
            with bpy.context.temp_override(area=area, space_data=area.spaces[0]):
                assert ui.CUTAWAY_PT_cards.poll(bpy.context) is seen
    finally:
        area.type = before


def test_the_menus_name_verbs_that_there_are(extension, drawn):
    for name, entries in menus.MENUS:
        assert bool(drawn(entries)) == (name != "STATUSBAR_HT_header")


def test_the_status_bar_says_how_far_everything_is_and_nothing_where_nothing_is_made(extension, drawn):
    desk = jobs.session()
    (bar,) = [entries for name, entries in menus.MENUS if name == "STATUSBAR_HT_header"]
    desk.worklist = Worklist((Job("a", JobState.RUNNING, 0.5, remaining=4.0), Job("b", JobState.QUEUED, remaining=9.4)))
    assert drawn(bar) == ["Cutaway: 2 being made, 9 s left"]
    assert rows.status(desk.worklist)[1] == 0.25
    desk.worklist = Worklist((Job("a", JobState.DONE), Job("b", JobState.FAILED)))
    assert drawn(bar) == []


def test_a_line_is_as_long_as_the_sidebar_is_wide():
    assert rows.letters(200) < rows.letters(340) < rows.letters(500)
    assert rows.letters(680, 2.0) == rows.letters(340)
