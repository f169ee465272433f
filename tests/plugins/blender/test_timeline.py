"""Strips as a timeline."""

from fractions import Fraction

import bpy
import pytest

from cutaway.storyboard.footage import Footage
from cutaway.timebase import FrameRange
from cutaway.timeline.index import Kind
from cutaway_blender import compat, identity, timeline


def items(scene, track=0):
    index = timeline.read(scene).index
    return [(i.kind, i.name, i.record.start, i.record.end) for i in index.tracks[track].items]


def test_a_scene_without_a_sequence_is_an_empty_cut():
    scene = bpy.data.scenes.new("bare")
    assert timeline.read(scene).index.tracks == ()
    assert scene.sequence_editor is None


def test_channels_are_tracks_and_the_first_frame_of_the_scene_is_frame_0(scene, shot):
    scene.frame_start = 11
    shot("a", 1, 11, 48, 12)
    shot("b", 1, 83, 24)
    shot("c", 4, 59, 24)
    listing = timeline.read(scene)
    assert listing.channels == (1, 4)
    assert items(scene) == [
        (Kind.CLIP, "a", 0, 48),
        (Kind.GAP, "", 48, 72),
        (Kind.CLIP, "b", 72, 96),
    ]
    assert items(scene, 1) == [(Kind.GAP, "", 0, 48), (Kind.CLIP, "c", 48, 72)]
    assert listing.index.start == 11


def test_what_a_clip_shows_of_its_file_is_what_it_shows_in_blender(scene, shot):
    shot("a", 1, 1, 48, 12)
    index = timeline.read(scene).index
    with Footage(index) as footage:
        item = index.tracks[0].items[0]
        assert [footage.source_frame(item, n) for n in (0, 20, 47)] == [12, 32, 59]
        assert footage.handles(item) == (12, 12)
        assert abs(int(footage.frames(item, FrameRange(20, 21), 64, 36)[0, 0, 0, 0]) - 42) <= 1


def test_strips_from_before_the_scene_show_from_its_first_frame_on(scene, shot):
    scene.frame_start = 20
    shot("a", 1, 10, 48, 12)
    shot("gone", 2, 1, 10)
    index = timeline.read(scene).index
    assert items(scene) == [(Kind.CLIP, "a", 0, 38)]
    with Footage(index) as footage:
        assert footage.source_frame(index.tracks[0].items[0], 0) == 22


@pytest.mark.parametrize(
    ("fps", "base", "rate"),
    [(24, 1.0, Fraction(24)), (30, 1.001, Fraction(30000, 1001)), (24, 1.001, Fraction(24000, 1001)), (25, 1.0, 25)],
)
def test_the_rate_is_exact(scene, fps, base, rate):
    scene.render.fps, scene.render.fps_base = fps, base
    assert timeline.read(scene).rate.fraction == rate


def test_a_file_of_another_rate_plays_frame_by_frame_and_says_at_which_speed(scene, editor, filmed, tmp_path):
    compat.new_movie(editor, "fast", str(filmed(tmp_path / "fast.mkv", 60, rate=30)), 1, 1)
    index = timeline.read(scene).index
    item = index.tracks[0].items[0]
    assert item.speed == Fraction(24, 30)
    with Footage(index) as footage:
        assert [footage.source_frame(item, n) for n in (0, 1, 30, 59)] == [0, 1, 30, 59]


def test_a_strip_that_runs_backwards_starts_with_its_last_frame(scene, shot):
    strip = shot("a", 1, 1, 48, 12)
    strip.use_reverse_frames = True
    index = timeline.read(scene).index
    item = index.tracks[0].items[0]
    assert item.speed == -1
    with Footage(index) as footage:  # 72 frames, 12 hidden at either end
        assert [footage.source_frame(item, n) for n in (0, 47)] == [59, 12]


def test_retiming_keys_become_one_speed(scene, editor, shot):
    strip = shot("a", 1, 1, 72)
    strip.select, editor.active_strip = True, strip
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    area.type = "SEQUENCE_EDITOR"
    compat.set_edit_scene(window.workspace, scene)
    region = next(r for r in area.regions if r.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region, scene=scene):
        bpy.ops.sequencer.retiming_segment_speed_set(speed=200.0)
    item = timeline.read(scene).index.tracks[0].items[0]
    assert item.speed == Fraction(71, 36)
    assert item.record.end == compat.span(strip)[1] - 1 < 40


def test_mute_and_lock_are_said(scene, editor, shot):
    shot("a", 1, 1, 10).mute = True
    shot("b", 2, 1, 10)
    editor.channels[2].mute = True
    editor.channels[2].lock = True
    editor.channels[2].name = "second"
    first, second = timeline.read(scene).index.tracks
    assert (first.enabled, first.locked, first.items[0].enabled) == (True, False, False)
    assert (second.enabled, second.locked, second.items[0].enabled, second.name) == (False, True, True, "second")


def test_titles_and_effects_cover_no_hole(scene, editor, shot):
    a, b = shot("a", 1, 1, 48), shot("b", 2, 37, 48)
    compat.new_effect(editor, "cross", "CROSS", 3, 37, 49, (a, b))
    compat.new_effect(editor, "title", "TEXT", 4, 1, 25)
    listing = timeline.read(scene)
    assert listing.channels == (1, 2)
    told = listing.index.timeline.value_of("metadata")["blender"]["effects"]
    assert [(one["name"], one["start"], one["frames"], one["inputs"]) for one in told] == [
        ("cross", 36, 12, ["a", "b"]),
        ("title", 0, 24, []),
    ]


def test_a_title_between_shots_of_one_channel_is_no_gap(scene, editor, shot):
    shot("a", 1, 1, 24)
    compat.new_effect(editor, "title", "TEXT", 1, 25, 49)
    shot("b", 1, 49, 24)
    assert [row[0] for row in items(scene)] == [Kind.CLIP] * 3


def test_metas_are_nested_and_scenes_have_no_media(scene, editor, shot):
    shot("outside", 3, 1, 24)
    meta = compat.new_meta(editor, "meta", 1, 1)
    shot("inside", 2, 1, 40).move_to_meta(meta)
    compat.trim(meta, 1, 41)
    compat.new_scene(editor, "other", bpy.data.scenes.new("other"), 2, 41)
    index = timeline.read(scene).index
    assert [(i.kind, i.name, i.record.start, i.record.end) for i in index.tracks[0].items] == [
        (Kind.NESTED, "meta", 0, 40)
    ]
    assert index.tracks[1].items[1].metadata["blender"]["scene"] == "other"


def test_a_channel_with_sound_and_picture_is_two_tracks(scene, editor, shot, tmp_path):
    if not compat.can_sound():
        pytest.skip("this bpy is built without audio")
    import wave

    with wave.open(str(tmp_path / "tone.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes(b"\0\0" * 48000)
    shot("a", 1, 1, 24)
    compat.new_sound(editor, "tone", str(tmp_path / "tone.wav"), 1, 25)
    listing = timeline.read(scene)
    assert [track.kind for track in listing.index.tracks] == ["Video", "Audio"]
    assert listing.channels == (1, 1)
    assert [(i.name, i.record.start, i.record.end) for i in listing.index.tracks[1].items] == [
        ("", 0, 24),
        ("tone", 24, 48),
    ]


def test_looking_changes_nothing_and_every_change_is_seen(scene, shot):
    strip = shot("a", 1, 1, 48)
    digest = timeline.read(scene).digest
    assert timeline.read(scene).digest == digest
    seen = {digest}
    for change in (
        lambda: setattr(strip, "mute", True),
        lambda: compat.trim(strip, 1, 40),
        lambda: compat.move_to(strip, 5),
        lambda: setattr(strip, "channel", 2),
        lambda: setattr(strip, "blend_alpha", 0.5),
        lambda: setattr(scene, "frame_start", 2),
        lambda: scene.timeline_markers.new("here", frame=9),
    ):
        change()
        seen.add(timeline.read(scene).digest)
    assert len(seen) == 8


class TestIdentity:
    def test_it_survives_rename_save_and_load(self, scene, shot, tmp_path):
        own = identity.named(shot("a", 1, 1, 24))
        strips = compat.all_strips(scene.sequence_editor)
        strips[0].name = "renamed"
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "cut.blend"))
        bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "cut.blend"))
        strips = compat.all_strips(bpy.context.scene.sequence_editor)
        assert identity.identities(strips)["renamed"].id == own

    def test_a_copy_is_somebody_else_and_nobodys_take(self, scene, editor, shot):
        original = shot("a", 1, 1, 48)
        own = identity.named(original, card="c", take="t", role=identity.TAKE)
        original.split(frame=25, split_method="SOFT")
        assert len(compat.strips(editor)) == 2
        found = identity.identities(compat.strips(editor))
        assert found["a"] == identity.Identity(own, "c", "t", identity.TAKE)
        copy = found["a.001"]
        assert copy.id not in {own, ""}
        assert (copy.card, copy.role, copy.derived_from) == ("", "", own)
        assert identity.identities(compat.strips(editor)) == found
        assert identity.settled(compat.strips(editor)) == 1
        assert identity.identities(compat.strips(editor))["a.001"].id == copy.id
        compat.strips(editor)["a"].name = "b"
        compat.strips(editor)["a.001"].name = "a"  # it takes the name of the original, and stays what it is
        assert identity.identities(compat.strips(editor))["a"].id == copy.id

    def test_it_goes_and_comes_back_with_undo(self, scene, shot):
        shot("a", 1, 1, 24)
        bpy.ops.ed.undo_push(message="before")
        own = identity.named(compat.strips(scene.sequence_editor)["a"])
        bpy.ops.ed.undo_push(message="named")
        bpy.ops.ed.undo()
        again = compat.strips(bpy.context.scene.sequence_editor)
        assert identity.identities(again)["a"].id == ""
        bpy.ops.ed.redo()
        again = compat.strips(bpy.context.scene.sequence_editor)
        assert identity.identities(again)["a"].id == own
