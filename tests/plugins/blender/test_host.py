"""What Blender's host does beyond the contract of all hosts."""

import threading

import bpy
import pytest

from cutaway.errors import EditRefused, HostUnavailable, TimelineChanged
from cutaway.hosts.base import NotPlaced, Placed, PlacePlan
from cutaway.storyboard.asks import blending, extension, remake, shot_at
from cutaway.storyboard.board import board_of
from cutaway.storyboard.card import Take
from cutaway.timebase import FrameRange
from cutaway.timeline.edits import Room
from cutaway_blender import busy, compat, identity, journal
from cutaway_blender.errors import BlenderBusy, WrongThread
from cutaway_blender.host import BlenderHost


@pytest.fixture
def host(scene, editor, tmp_path):
    return BlenderHost(scene, folder=tmp_path / "cutaway")


@pytest.fixture
def put(host, filmed, tmp_path):
    """Makes a take of the right length for a card and places it."""
    count = iter(range(1000))

    def place(card, *, rate=24, sound=False, **changes):
        number = next(count)
        frames = card.placement.frames
        media = filmed(tmp_path / f"take{number}.{'mov' if sound else 'mkv'}", frames + 24, 30, rate, sound=sound)
        take = Take(path=media.name, available_frames=frames + 24, used_start=12, used_frames=frames, **changes)
        (result,) = host.place(PlacePlan(host.snapshot().digest, card, take, media))
        return result

    return place


def lying(editor):
    """Every strip: name, channel, left, right, first frame of content that is shown."""
    return sorted(
        (s.name, s.channel, *compat.span(s), compat.span(s)[0] - int(compat.content_start(s)))
        for s in compat.strips(editor)
    )


def gap_card(host, number=0):
    return board_of(host.snapshot().index).cards[number]


def test_a_remix_of_the_middle_lies_between_the_parts_of_its_shot(host, editor, shot, put):
    shot("a", 1, 1, 72)
    before, digest = lying(editor), host.snapshot().digest
    index = host.snapshot().index
    placed = put(remake(index, shot_at(index, 30), FrameRange(24, 48)))
    assert lying(editor) == [("a", 1, 1, 25, 0), ("a.001", 1, 49, 73, 48), ("take0", 1, 25, 49, 12)]
    host.remove(placed)
    assert lying(editor) == before
    assert host.snapshot().digest == digest


@pytest.mark.parametrize(
    ("part", "left"), [(FrameRange(0, 24), ("a", 1, 25, 73, 24)), (FrameRange(48, 72), ("a", 1, 1, 49, 0))]
)
def test_a_remix_of_an_end_trims_its_shot(host, editor, shot, put, part, left):
    shot("a", 1, 1, 72)
    digest, index = host.snapshot().digest, host.snapshot().index
    placed = put(remake(index, shot_at(index, 30), part))
    assert left in lying(editor)
    host.remove(placed)
    assert host.snapshot().digest == digest


def test_a_remix_of_a_whole_shot_lies_above_it_so_that_nothing_of_it_is_lost(host, editor, shot, put):
    shot("a", 1, 1, 48)
    shot("b", 2, 100, 24)
    digest, index = host.snapshot().digest, host.snapshot().index
    placed = put(remake(index, shot_at(index, 30)))
    assert placed.notes == ("the take lies on a channel above: it would take the place of all of 'a'",)
    assert ("take0", 3, 1, 49, 12) in lying(editor)
    assert ("a", 1, 1, 49, 0) in lying(editor)
    assert editor.channels[3].name == "Cutaway"
    host.remove(placed)
    assert host.snapshot().digest == digest
    assert editor.channels[3].name == "Channel 3"


def test_a_shot_that_an_effect_is_made_of_stays_whole(host, editor, shot, put):
    compat.new_effect(editor, "cross", "CROSS", 3, 37, 49, (shot("a", 1, 1, 48), shot("b", 2, 37, 48)))
    index = host.snapshot().index
    placed = put(remake(index, shot_at(index, 10), FrameRange(4, 20)))
    assert "it is a part of an effect" in placed.notes[0]
    assert [row for row in lying(editor) if row[0] in {"a", "b"}] == [("a", 1, 1, 49, 0), ("b", 2, 37, 85, 0)]


def test_an_extension_into_a_gap_and_one_that_moves_what_lies_behind(host, editor, shot, put):
    shot("a", 1, 1, 24)
    shot("b", 1, 49, 24)
    shot("other", 2, 60, 24)
    index = host.snapshot().index
    put(extension(index, shot_at(index, 0), 12))
    assert ("take0", 1, 25, 37, 12) in lying(editor)
    digest, index = host.snapshot().digest, host.snapshot().index
    placed = put(extension(index, shot_at(index, 50, 0), 24, room=Room.RIPPLE))
    assert lying(editor)[-3:] == [("other", 2, 60, 84, 0), ("take0", 1, 25, 37, 12), ("take1", 1, 73, 97, 12)]
    host.remove(placed)
    assert host.snapshot().digest == digest


def test_what_lies_behind_moves_on_its_track_or_everywhere_and_back(host, editor, shot, put):
    a, b = shot("a", 1, 1, 24), shot("b", 1, 25, 24)
    shot("c", 2, 25, 24)
    shot("before", 2, 1, 10)
    compat.new_effect(editor, "title", "TEXT", 5, 30, 40)
    compat.new_effect(editor, "glow", "GLOW", 3, 25, 49, (b,))
    del a
    before, digest = lying(editor), host.snapshot().digest
    index = host.snapshot().index
    placed = put(extension(index, shot_at(index, 0, 0), 24, room=Room.RIPPLE))
    moved = {row[0]: row[2] for row in lying(editor)}
    assert (moved["b"], moved["glow"], moved["c"], moved["title"], moved["take0"]) == (49, 49, 25, 30, 25)
    host.remove(placed)
    assert lying(editor) == before
    index = host.snapshot().index
    placed = put(extension(index, shot_at(index, 0, 0), 24, room=Room.RIPPLE_ALL))
    moved = {row[0]: row[2] for row in lying(editor)}
    assert (moved["b"], moved["glow"], moved["c"], moved["title"], moved["before"]) == (49, 49, 49, 54, 1)
    host.remove(placed)
    assert lying(editor) == before
    assert host.snapshot().digest == digest


def test_a_blend_takes_from_both_its_shots(host, editor, shot, put):
    shot("a", 1, 1, 48)
    shot("b", 1, 49, 48, 12)
    digest, index = host.snapshot().digest, host.snapshot().index
    placed = put(blending(index, shot_at(index, 0), 12))
    assert lying(editor) == [("a", 1, 1, 43, 0), ("b", 1, 55, 97, 18), ("take0", 1, 43, 55, 12)]
    host.remove(placed)
    assert host.snapshot().digest == digest


def test_a_hole_whose_channel_is_not_free_is_filled_above(host, editor, shot, put):
    shot("a", 1, 1, 24)
    shot("b", 1, 49, 24)
    if compat.can_sound():
        sound = compat.new_sound(editor, "noise", bpy.path.abspath(str(compat.strips(editor)["a"].filepath)), 1, 5000)
        compat.show(sound, 0, 10)
        compat.move_to(sound, 30)
    else:
        compat.new_effect(editor, "title", "TEXT", 1, 30, 40)
    card = gap_card(host)
    placed = put(card)
    if isinstance(placed, NotPlaced):  # a title in the channel is no gap any more: the card is smaller
        pytest.fail(str(placed.error))
    row = next(row for row in lying(editor) if row[0] == "take0")
    assert row[1] == 2 or not compat.can_sound()


def test_what_is_behind_a_take_that_moved_since_it_was_placed_can_still_be_taken_out(host, editor, shot, put):
    shot("a", 1, 1, 24)
    shot("b", 1, 49, 24)
    placed = put(gap_card(host))
    for strip in sorted(compat.strips(editor), key=lambda s: -compat.span(s)[0]):
        compat.move_to(strip, compat.span(strip)[0] + 100)
    host.remove(placed)
    assert [row[:3] for row in lying(editor)] == [("a", 1, 101), ("b", 1, 149)]


def test_a_take_that_was_trimmed_by_hand_is_not_taken_out(host, editor, shot, put):
    shot("a", 1, 1, 24)
    shot("b", 1, 49, 24)
    placed = put(gap_card(host))
    strip = compat.strips(editor)["take0"]
    compat.trim(strip, 25, 40)
    before = lying(editor)
    with pytest.raises(TimelineChanged, match="24 frames and has 15"):
        host.remove(placed)
    assert lying(editor) == before


def test_a_second_take_comes_and_the_first_one_is_back_when_it_is_removed(host, editor, shot, put, filmed, tmp_path):
    shot("a", 1, 1, 24)
    shot("b", 1, 49, 24)
    card = gap_card(host)
    first = put(card)
    strip = compat.strips(editor)["take0"]
    strip.blend_alpha = 0.5
    digest = host.snapshot().digest
    media = filmed(tmp_path / "better.mkv", 30, 90)
    take = Take(path=media.name, available_frames=30, used_start=3, used_frames=24)
    second = host.select_take(card, take, media)
    assert ("better", 1, 25, 49, 3) in lying(editor)
    assert compat.strips(editor)["better"].blend_alpha == 0.5
    with pytest.raises(TimelineChanged):
        host.remove(first)
    host.remove(second)
    assert host.snapshot().digest == digest
    host.remove(first)
    assert host.placements() == ()


def test_a_copy_of_a_take_is_nobodys_and_the_original_can_still_be_taken_out(host, editor, shot, put):
    shot("a", 1, 1, 24)
    shot("b", 1, 49, 24)
    placed = put(gap_card(host))
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    area.type = "SEQUENCE_EDITOR"
    compat.set_edit_scene(window.workspace, bpy.context.scene)
    for strip in compat.strips(editor):
        strip.select = strip.name == "take0"
    region = next(r for r in area.regions if r.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region, scene=bpy.context.scene):
        bpy.ops.sequencer.duplicate()
    copy = next(s for s in compat.strips(editor) if s.name.startswith("take0."))
    copy.channel = 4
    assert [one.handle for one in host.placements()] == [placed.handle]
    host.remove(placed)
    assert [row[0] for row in lying(editor)] == ["a", "b", copy.name]


def test_placements_survive_save_load_rename_and_undo(host, scene, editor, shot, put, tmp_path):
    shot("a", 1, 1, 24)
    shot("b", 1, 49, 24)
    before = host.snapshot().digest
    bpy.ops.ed.undo_push(message="cut")
    placed = put(gap_card(host))
    compat.strips(editor)["take0"].name = "mine"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "cut.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "cut.blend"))
    with pytest.raises(HostUnavailable):
        host.snapshot()
    again = BlenderHost(bpy.data.scenes["cut"], folder=tmp_path / "cutaway")
    assert [(one.card_id, one.handle, one.span) for one in again.placements()] == [
        (placed.card_id, placed.handle, placed.span)
    ]
    again.remove(again.placements()[0])
    assert again.snapshot().digest == before


def test_a_placement_is_one_step_of_blenders_undo(host, editor, shot, put, scene):
    shot("a", 1, 1, 24)
    shot("b", 1, 49, 24)
    shot("c", 1, 97, 24)
    bpy.ops.ed.undo_push(message="cut")
    before = host.snapshot().digest
    with host.undo_step("two takes"):
        one, two = (put(card) for card in board_of(host.snapshot().index).cards)
    after = host.snapshot().digest
    assert isinstance(one, Placed)
    assert isinstance(two, Placed)
    bpy.ops.ed.undo()
    assert host.snapshot().digest == before
    assert host.placements() == ()
    bpy.ops.ed.redo()
    assert host.snapshot().digest == after
    assert len(host.placements()) == 2


def test_a_take_at_another_rate_is_refused_and_nothing_is_left_behind(host, editor, shot, put):
    shot("a", 1, 1, 24)
    shot("b", 1, 49, 24)
    before = host.snapshot().digest
    result = put(gap_card(host), rate=30)
    assert isinstance(result.error, EditRefused)
    assert "30" in str(result.error)
    assert host.snapshot().digest == before
    assert len(compat.strips(editor)) == 2
    assert journal.entries(host.scene) == []


def test_a_file_that_is_none_is_refused(host, editor, shot, tmp_path):
    shot("a", 1, 1, 24)
    shot("b", 1, 49, 24)
    media = tmp_path / "broken.mov"
    media.write_bytes(b"no film at all")
    card = gap_card(host)
    take = Take(path=media.name, available_frames=24, used_frames=24)
    (result,) = host.place(PlacePlan(host.snapshot().digest, card, take, media))
    assert isinstance(result.error, EditRefused)
    assert [row[0] for row in lying(editor)] == ["a", "b"]


def test_the_sound_of_a_take_lies_beside_it_and_goes_with_it(host, editor, shot, put):
    shot("a", 2, 1, 24)
    shot("b", 2, 49, 24)
    digest = host.snapshot().digest
    card = gap_card(host).model_copy(update={"sound": "keep"})
    placed = put(card, sound=True)
    assert isinstance(placed, Placed)
    if not compat.can_sound():
        assert placed.notes == ("this Blender is built without audio; the take is placed without its sound",)
        assert host.info().notes
    else:
        assert placed.notes == ("its sound lies on channel 1",)
        assert ("take0 sound", 1, 25, 49, 12) in lying(editor)
    host.remove(placed)
    assert host.snapshot().digest == digest


def test_a_placeholder_is_no_part_of_the_cut_and_goes_when_its_take_comes(host, editor, shot, put):
    shot("a", 1, 1, 24)
    shot("b", 1, 49, 24)
    digest, card = host.snapshot().digest, gap_card(host)
    strip = compat.new_effect(editor, "waiting", "COLOR", 1, 25, 49)
    identity.named(strip, card=card.id, role=identity.PLACEHOLDER)
    assert host.snapshot().digest == digest
    placed = put(card)
    assert [row[:3] for row in lying(editor)] == [("a", 1, 1), ("b", 1, 49), ("take0", 1, 25)]
    assert placed.notes == ()


def test_selection_playhead_and_marks(host, scene, editor, shot):
    scene.frame_start = 11
    a, b = shot("a", 1, 11, 24), shot("b", 3, 40, 24)
    a.select, b.select = False, True
    scene.frame_set(20)
    scene.use_preview_range = True
    scene.frame_preview_start, scene.frame_preview_end = 15, 30
    chosen = host.selection()
    assert chosen.spans == ((1, FrameRange(29, 53)),)
    assert (chosen.playhead, chosen.marked) == (9, FrameRange(4, 20))
    host.reveal(12)
    assert scene.frame_current == 23


def test_the_picture_is_what_is_composited_and_the_scene_is_left_as_it_was(host, scene, editor, shot, tmp_path):
    from cutaway.media.decode import Clip

    shot("a", 1, 1, 24)
    colour = compat.new_effect(editor, "red", "COLOR", 2, 1, 24)
    colour.color = (1, 0, 0)
    colour.blend_type, colour.blend_alpha = "ALPHA_OVER", 0.5
    scene.render.filepath = "/tmp/never.png"
    scene.view_settings.view_transform = "AgX"
    before = (scene.render.engine, scene.render.filepath, scene.frame_current, len(bpy.data.scenes))
    with Clip(host.frame_at(10, tmp_path / "frame.png")) as still:
        pixel = still.read(0, 1)[0, 18, 32]
    assert abs(int(pixel[0]) - 137) <= 2  # half of 20, half of 255
    assert abs(int(pixel[1]) - 10) <= 2
    assert (scene.render.engine, scene.render.filepath, scene.frame_current, len(bpy.data.scenes)) == before
    assert scene.view_settings.view_transform == "AgX"


def test_another_thread_is_told_so(host):
    told = []

    def look():
        try:
            host.snapshot()
        except HostUnavailable as error:
            told.append(error)

    thread = threading.Thread(target=look, name="worker")
    thread.start()
    thread.join()
    assert isinstance(told[0], WrongThread)
    assert "'worker'" in str(told[0])


def test_nothing_is_done_while_blender_saves_or_renders(host, scene, shot, tmp_path):
    shot("a", 1, 1, 24)
    told = []

    def look(*_):
        try:
            host.snapshot()
        except BlenderBusy as error:
            told.append(str(error))

    busy.register()
    bpy.app.handlers.save_pre.append(look)
    bpy.app.handlers.render_pre.append(look)
    try:
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "cut.blend"))
        scene.render.filepath = str(tmp_path / "frame.png")
        bpy.ops.render.render(write_still=True)
    finally:
        busy.unregister()
    assert [text.split(";")[0] for text in told] == ["Blender is saving", "Blender is rendering"]
    assert host.snapshot().digest


def test_two_hundred_takes_are_placed_and_taken_out_one_by_one(host, editor, shot, filmed, tmp_path):
    for n in range(51):
        shot(f"s{n}", 1, 1 + 12 * n, 6)
    before = host.snapshot().digest
    media = filmed(tmp_path / "take.mkv", 6)
    cards = board_of(host.snapshot().index).cards
    assert len(cards) == 50
    for turn in range(4):
        plans = [
            PlacePlan(
                before, card, Take(id=f"{turn}{n:031x}", path=media.name, available_frames=6, used_frames=6), media
            )
            for n, card in enumerate(cards)
        ]
        results = host.place(*plans)
        assert all(isinstance(one, Placed) for one in results)
        assert [one.span.start for one in results] == [12 * n + 6 for n in range(50)]
        assert len(compat.strips(editor)) == 101
        with host.undo_step("all out"):
            for placed in results:
                host.remove(placed)
        assert host.snapshot().digest == before


def test_cards_lie_beside_a_saved_file_and_a_copied_scene_has_its_own(scene, editor, tmp_path, monkeypatch):
    monkeypatch.setenv("BLENDER_USER_RESOURCES", str(tmp_path / "user"))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "cut.blend"))
    host = BlenderHost(bpy.context.scene)
    assert host.project.folder == tmp_path / "cutaway" / "cut"
    assert host.project is BlenderHost(bpy.context.scene).project
    bpy.context.scene.name = "renamed"
    assert host.project.folder == tmp_path / "cutaway" / "cut"
    copy = bpy.context.scene.copy()
    assert BlenderHost(copy).project.folder != host.project.folder
    assert host.project.folder == tmp_path / "cutaway" / "cut"


def test_cards_of_a_file_that_was_never_saved_lie_in_the_users_folder(scene, editor):
    folder = BlenderHost(scene).project.folder
    assert folder.name.startswith("cut-")
    assert folder.is_relative_to(bpy.utils.user_resource("DATAFILES", path="cutaway"))
