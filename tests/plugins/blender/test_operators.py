"""Every verb, run in Blender: what it asks for, where its placeholder lies, and what undo gives back."""

import json
from pathlib import Path

import bpy
import pytest

import cutaway_blender
from cutaway.media.decode import Clip
from cutaway.storyboard.card import CardState
from cutaway.storyboard.job import JobState
from cutaway_blender import busy, compat, home, identity, jobs, operators


def strips(scene=None):
    """Name -> channel and span, of what lies in a sequence."""
    editor = compat.editor(scene or bpy.context.scene)
    return {strip.name: (strip.channel, *compat.span(strip)) for strip in compat.strips(editor)}


def waiting():
    """The spans of the placeholders, in order, with their channels."""
    found = []
    for strip in compat.strips(compat.editor(bpy.context.scene)):
        if identity.written(strip).get("role") == identity.PLACEHOLDER:
            assert strip.mute
            assert strip.color_tag != "NONE"
            found.append((strip.channel, *compat.span(strip)))
    return sorted(found, key=lambda one: one[1])


def select(*names):
    for strip in compat.strips(compat.editor(bpy.context.scene)):
        strip.select = strip.name in names


def desk():
    return jobs.session()


def cards():
    return desk().host(bpy.context.scene).project.cards


def paused():
    """Nothing is sent: what is looked at is what was asked."""
    desk().queue.pause()


@pytest.fixture
def cut(extension, scene, shot, tmp_path):
    """Three shots of 24 frames with holes of 12 between them, the last two of other lengths; saved."""
    shot("a", 1, 1, 24)
    shot("b", 1, 37, 24)
    shot("c", 1, 73, 24, first=10)
    shot("d", 1, 97, 24)
    bpy.context.scene.frame_end = 120
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "cut.blend"))
    bpy.ops.ed.undo_push(message="opened")
    return strips()


def test_the_gap_at_the_playhead_is_filled_and_undo_gives_back_the_strips(cut, pumped):
    bpy.context.scene.frame_set(30)
    assert bpy.ops.cutaway.fill_gap(prompt="a red ball rolls in", model="bars") == {"FINISHED"}
    assert waiting() == [(1, 25, 37)]
    (card,) = cards()
    assert (card.kind, card.prompt, card.placement.start, card.placement.frames) == (
        "fill",
        "a red ball rolls in",
        24,
        12,
    )
    pumped(lambda: cards()[0].state is CardState.APPLIED)
    now = strips()
    assert len(now) == 5
    assert waiting() == []
    assert [span for name, span in now.items() if name not in cut] == [(1, 25, 37)]
    bpy.ops.ed.undo()
    assert waiting() == [(1, 25, 37)]
    bpy.ops.ed.undo()
    assert strips() == cut
    assert [card.id for card in cards()] == [card.id]  # undo does not lose the project
    assert jobs.faults == []


def test_the_gap_between_two_selected_strips(cut):
    paused()
    select("b", "c")
    bpy.ops.cutaway.fill_gap(prompt="x", model="bars")
    assert waiting() == [(1, 61, 73)]
    select("c", "d")
    with pytest.raises(RuntimeError, match="no gap lies between"):
        bpy.ops.cutaway.fill_gap(where="SELECTED", prompt="x")
    select("c")
    with pytest.raises(RuntimeError, match="select two strips"):
        bpy.ops.cutaway.fill_gap(where="SELECTED", prompt="x")


def test_all_gaps_are_one_step(cut):
    paused()
    bpy.ops.cutaway.fill_gap(where="ALL", prompt="rain")
    assert waiting() == [(1, 25, 37), (1, 61, 73)]
    bpy.ops.ed.undo()
    assert strips() == cut


def test_a_locked_card_is_not_asked_for_anew(cut):
    bpy.context.scene.frame_set(30)
    bpy.ops.cutaway.fill_gap(prompt="x", start=False)
    desk().known(bpy.context.scene).change(cards()[0].id, locked=True)
    with pytest.raises(RuntimeError, match="is locked"):
        bpy.ops.cutaway.fill_gap(prompt="y")
    assert (cards()[0].prompt, strips()) == ("x", cut)


def test_where_there_is_no_gap_it_says_so_and_nothing_is_done(cut):
    bpy.context.scene.frame_set(5)
    with pytest.raises(RuntimeError, match="no gap lies at"):
        bpy.ops.cutaway.fill_gap(prompt="x")
    assert cards() == ()
    assert strips() == cut


def test_a_card_can_wait_to_be_read(cut):
    bpy.context.scene.frame_set(30)
    bpy.ops.cutaway.fill_gap(start=False)
    assert [card.state for card in cards()] == [CardState.READY]
    assert waiting() == []
    assert strips() == cut
    bpy.context.window_manager.cutaway.prompt = "a cat"
    assert (cards()[0].prompt, cards()[0].state) == ("a cat", CardState.READY)


@pytest.mark.parametrize(
    ("edge", "frames", "place"), [("tail", 6, (1, 61, 67)), ("head", 6, (1, 31, 37)), ("tail", 0, (1, 61, 73))]
)
def test_a_strip_is_extended_into_the_gap(cut, edge, frames, place):
    paused()
    select("b")
    bpy.ops.cutaway.extend_strip(edge=edge, frames=frames, prompt="on and on")
    assert waiting() == [place]
    bpy.ops.ed.undo()
    assert strips() == cut


def test_an_extension_without_room_is_refused_before_anything_is_asked(cut):
    select("c")
    with pytest.raises(RuntimeError, match="needs a gap beside it"):
        bpy.ops.cutaway.extend_strip(edge="tail", frames=4)
    assert desk().worklist.jobs == ()


def test_a_rippled_extension_waits_above_and_moves_what_is_behind(cut, pumped):
    select("c")
    bpy.ops.cutaway.extend_strip(edge="tail", frames=4, room="ripple", prompt="x", model="bars")
    assert waiting() == [(2, 97, 101)]
    pumped(lambda: cards()[0].state is CardState.APPLIED)
    assert strips()["d"] == (1, 101, 125)
    assert waiting() == []


def test_a_part_from_in_to_out_is_remixed(cut, pumped):
    scene = bpy.context.scene
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 45, 52
    select("b")
    bpy.ops.cutaway.remix_strip(prompt="in snow", model="bars")
    assert waiting() == [(2, 45, 53)]
    pumped(lambda: cards()[0].state is CardState.APPLIED)
    assert sorted(span for span in strips().values() if 37 <= span[1] < 61) == [(1, 37, 45), (1, 45, 53), (1, 53, 61)]
    bpy.ops.ed.undo()
    bpy.ops.ed.undo()
    assert strips() == cut


def test_two_strips_that_meet_are_blended(cut):
    paused()
    select("c", "d")
    bpy.ops.cutaway.blend_strips(frames=8, prompt="x")
    assert waiting() == [(2, 93, 101)]
    select("b", "c")
    with pytest.raises(RuntimeError, match="do not meet"):
        bpy.ops.cutaway.blend_strips(frames=8)


def test_a_strip_is_looped(cut):
    paused()
    select("b")
    bpy.ops.cutaway.loop_strip(prompt="x")
    assert [card.kind for card in cards()] == ["loop"]
    assert waiting() == [(2, 37, 61)]


def test_a_shot_at_the_playhead(cut):
    paused()
    bpy.context.scene.frame_set(27)
    bpy.ops.cutaway.generate_at_playhead(prompt="x", frames=6)
    bpy.context.scene.frame_set(40)
    bpy.ops.cutaway.generate_at_playhead(prompt="y", frames=6)
    assert waiting() == [(1, 27, 33), (2, 40, 46)]


def test_markers_become_cards(cut):
    scene = bpy.context.scene
    for frame, name in ((25, "a door opens"), (30, "she comes in"), (61, "night")):
        scene.timeline_markers.new(name, frame=frame)
    scene.timeline_markers.new("behind the end", frame=400)
    bpy.ops.cutaway.board_of_markers()
    asked = [(card.prompt, card.placement.start, card.placement.frames) for card in cards()]
    assert asked == [("a door opens", 24, 5), ("she comes in", 29, 7), ("night", 60, 12)]
    assert strips() == cut


def test_text_strips_of_an_empty_cut_become_a_board(extension, scene, editor):
    for n, words in enumerate(("waves at night", "a lamp is lit")):
        text = compat.new_effect(editor, "title", "TEXT", 3, 1 + 20 * n, 21 + 20 * n)
        text.text = words
    bpy.ops.cutaway.board_of_markers(source="TEXT")
    assert [(card.prompt, card.placement.span) for card in cards()] == [
        ("waves at night", cards()[0].placement.span),
        ("a lamp is lit", cards()[1].placement.span),
    ]
    assert [(card.placement.start, card.placement.frames) for card in cards()] == [(0, 20), (20, 20)]
    assert {name: span for name, span in strips(scene).items() if span[0] == 1} == {
        "waves at night": (1, 1, 21),
        "a lamp is lit": (1, 21, 41),
    }


def test_a_scene_without_markers_says_so(cut):
    with pytest.raises(RuntimeError, match="no markers with words"):
        bpy.ops.cutaway.board_of_markers()


@pytest.fixture
def filled(cut, pumped):
    """The first gap filled, with two takes; the second one lies there."""
    bpy.context.scene.frame_set(30)
    bpy.ops.cutaway.fill_gap(prompt="one", model="bars")
    pumped(lambda: cards()[0].state is CardState.APPLIED)
    bpy.ops.cutaway.make_card()
    assert waiting() == [(2, 25, 37)]
    pumped(lambda: len(cards()[0].takes) == 2 and not desk().is_waiting)
    assert waiting() == []
    return cards()[0]


def test_takes_are_switched_compared_taken_out_and_put_back(filled, cut):
    card = filled
    second, place = card.applied_take, (1, 25, 37)
    assert second == card.takes[1].id
    bpy.ops.cutaway.switch_take(by=1)
    assert cards()[0].applied_take == card.takes[0].id
    bpy.ops.cutaway.switch_take(by=-1)
    assert cards()[0].applied_take == second
    bpy.ops.cutaway.switch_take(take=card.takes[0].id)
    assert [span for name, span in strips().items() if name not in cut] == [place]

    before = strips()
    bpy.ops.cutaway.compare_takes()
    halves = {name: span for name, span in strips().items() if name not in before}
    assert sorted(halves.values()) == [(2, 25, 37), (3, 25, 37)]
    left, right = (compat.strips(compat.editor(bpy.context.scene))[name] for name in sorted(halves))
    assert (left.crop.max_x, left.crop.min_x) == (32, 0)
    assert (right.crop.max_x, right.crop.min_x) == (0, 32)
    assert len(desk().host(bpy.context.scene).snapshot().index.video_tracks) == 1  # no part of the cut
    bpy.ops.cutaway.compare_takes()
    assert strips() == before

    bpy.ops.cutaway.undo_apply()  # back to the second, to the second, to the first, out
    while any(one.card_id == card.id for one in desk().host(bpy.context.scene).placements()):
        bpy.ops.cutaway.undo_apply()
    assert strips() == cut
    assert (cards()[0].state, cards()[0].applied_take) == (CardState.REVIEW, None)
    with pytest.raises(RuntimeError, match="no take of this card lies in the cut"):
        bpy.ops.cutaway.undo_apply()
    bpy.ops.cutaway.apply_take()
    assert [span for name, span in strips().items() if name not in cut] == [place]
    assert cards()[0].state is CardState.APPLIED
    bpy.ops.ed.undo()
    assert strips() == cut


def test_a_placeholder_that_was_taken_away_is_no_place_to_land(cut, pumped):
    bpy.context.scene.frame_set(30)
    bpy.ops.cutaway.fill_gap(prompt="x", model="bars")
    bpy.ops.ed.undo()
    assert strips() == cut
    pumped(lambda: not desk().is_waiting)
    assert strips() == cut
    assert len(cards()[0].takes) == 1
    assert "taken away" in desk().said[-1]
    bpy.ops.cutaway.apply_take(card=cards()[0].id)
    assert len(strips()) == 5


def test_a_job_is_cancelled_retried_and_cleared(cut, pumped):
    paused()
    bpy.context.scene.frame_set(30)
    bpy.ops.cutaway.fill_gap(prompt="x", model="bars")
    pumped(lambda: desk().worklist.jobs)
    bpy.ops.cutaway.cancel_job()
    pumped(lambda: not desk().is_waiting)
    assert desk().worklist.jobs[0].state is JobState.CANCELLED
    assert strips() == cut
    with pytest.raises(RuntimeError, match="not being made"):
        bpy.ops.cutaway.cancel_job()
    bpy.ops.cutaway.retry_job()
    assert waiting() == [(1, 25, 37)]
    desk().queue.resume()
    pumped(lambda: cards()[0].state is CardState.APPLIED)
    bpy.ops.cutaway.clear_jobs()
    pumped(lambda: desk().worklist.jobs == ())


def test_the_placeholder_of_what_failed_goes_and_the_error_is_said(cut, pumped):
    bpy.context.scene.frame_set(30)
    bpy.ops.cutaway.fill_gap(prompt="x", model="no-such-model")
    assert waiting() == [(1, 25, 37)]
    pumped(lambda: not desk().is_waiting)
    assert strips() == cut
    assert desk().worklist.jobs[0].state is JobState.FAILED
    assert "no-such-model" in desk().said[-1]


def test_a_card_that_is_being_made_is_not_dropped(cut, pumped):
    paused()
    bpy.context.scene.frame_set(30)
    bpy.ops.cutaway.fill_gap(prompt="x")
    pumped(lambda: desk().worklist.jobs)
    with pytest.raises(RuntimeError, match="cancel it first"):
        bpy.ops.cutaway.drop_card()
    bpy.ops.cutaway.cancel_job()
    pumped(lambda: not desk().is_waiting)
    bpy.ops.cutaway.drop_card()
    assert cards() == ()


def test_cards_follow_their_places(cut):
    bpy.ops.cutaway.refresh_cards()
    assert [card.placement.start for card in cards()] == [24, 60]
    bpy.ops.cutaway.refresh_cards()
    assert len(cards()) == 2
    bpy.ops.cutaway.jump_to_card(card=cards()[1].id)
    assert bpy.context.scene.frame_current == 61
    assert bpy.context.window_manager.cutaway.card == cards()[1].id
    bpy.ops.cutaway.choose_card(card=cards()[0].id)
    assert bpy.context.window_manager.cutaway.card == cards()[0].id
    with pytest.raises(RuntimeError, match="no card"):
        bpy.ops.cutaway.choose_card(card="nothing")


def test_the_picture_at_the_playhead_becomes_a_reference(cut):
    bpy.ops.cutaway.refresh_cards()
    bpy.context.scene.frame_set(40)
    bpy.ops.cutaway.grab_reference(card=cards()[0].id, role="style")
    (reference,) = cards()[0].references
    assert reference.role == "style"
    with Clip(Path(reference.path)) as still:
        assert (
            abs(int(still.read(0, 1)[0, 18, 32, 0]) - 13) <= 1
        )  # the shot begins with grey 10; this is its fourth frame
    bpy.context.scene.frame_set(30)
    with pytest.raises(RuntimeError, match="nothing is shown"):
        bpy.ops.cutaway.grab_reference(card=cards()[0].id)


def test_the_connection_says_what_is_there_and_again(cut, pumped):
    for _ in range(2):
        bpy.ops.cutaway.test_connection()
        assert desk().is_asking
        pumped(lambda: not desk().is_asking)
        assert "bars" in desk().server.models
        assert "answers" in desk().said[-1]


@pytest.fixture
def elsewhere(scene, monkeypatch):
    """The extension with another server."""

    def at(address):
        monkeypatch.setenv("CUTAWAY_BASE_URL", address)
        cutaway_blender.register()

    yield at
    cutaway_blender.unregister()


def test_a_server_that_is_not_there_is_named(elsewhere, pumped):
    elsewhere("http://127.0.0.1:9")
    bpy.ops.cutaway.test_connection()
    pumped(lambda: not desk().is_asking)
    assert "127.0.0.1:9" in desk().server.problem
    assert desk().said[-1] == desk().server.problem


def test_a_server_that_may_not_be_asked_is_not_asked(elsewhere):
    elsewhere("https://video.example")
    with pytest.raises(RuntimeError, match="Allow Online Access"):
        bpy.ops.cutaway.test_connection()
    assert not desk().is_asking


def test_a_sequence_without_strips_is_told_so(extension, scene):
    assert not bpy.ops.cutaway.fill_gap.poll()
    with pytest.raises(RuntimeError, match="no strips yet"):
        bpy.ops.cutaway.fill_gap(prompt="x")


def test_nothing_runs_while_blender_renders(cut):
    busy._doing.add("rendering")
    try:
        for name in operators.VERBS:
            assert not getattr(bpy.ops.cutaway, name).poll(), name
    finally:
        busy._doing.clear()


def test_jobs_go_on_in_a_file_that_was_saved_and_opened_again(cut, tmp_path, pumped):
    bpy.context.scene.frame_set(30)
    bpy.ops.cutaway.fill_gap(prompt="x", model="bars")
    pumped(lambda: cards()[0].job_id)
    bpy.ops.wm.save_mainfile()
    cutaway_blender.unregister()
    home._projects.clear()
    cutaway_blender.register()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "cut.blend"))
    assert waiting() == [(1, 25, 37)]
    pumped(lambda: jobs.current() and not jobs.session().is_waiting)
    assert waiting() == []
    assert [card.state for card in cards()] == [CardState.APPLIED]
    assert len(strips()) == 5


def test_the_cut_is_written_as_otio_and_comes_back_as_a_scene(cut, tmp_path):
    path = tmp_path / "out.otio"
    bpy.ops.cutaway.export_otio(filepath=str(path))
    assert json.loads(path.read_text())["OTIO_SCHEMA"] == "Timeline.1"
    bpy.ops.cutaway.import_otio(filepath=str(path))
    scene = bpy.context.scene
    assert scene.name != "cut"
    assert sorted(strips(scene).values()) == sorted(cut.values())
    editor = compat.editor(scene)
    assert compat.offsets(next(s for s in compat.strips(editor) if s.name.startswith("c")))[0] == 10
    with pytest.raises(RuntimeError, match=r"nothing\.otio"):
        bpy.ops.cutaway.import_otio(filepath=str(tmp_path / "nothing.otio"))


def test_every_verb_is_registered_and_tells_what_it_does(extension):
    for name in operators.VERBS:
        known = getattr(bpy.ops.cutaway, name).get_rna_type()
        assert known.name
        assert known.description
    assert identity.NAME < 63
