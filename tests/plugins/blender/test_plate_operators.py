"""The verbs of a plate, run in Blender with the real runtime, and what their panel says."""

import math
import re
from pathlib import Path

import bpy
import pytest

from cutaway.storyboard.card import Card, CardState, Placement, Take
from cutaway.storyboard.job import Job, JobState, Server
from cutaway.wire import ModelInfo, Verb
from cutaway_blender import jobs, offer, plate_clip, plate_view, plates, ui_plate
from cutaway_blender.settings import Settings

PAGE = Path(__file__).parents[3] / "docs" / "blender-plates.md"


@pytest.fixture
def camera(extension, scene, tmp_path):
    data = bpy.data.cameras.new("cam")
    camera = bpy.data.objects.new("cam", data)
    scene.collection.objects.link(camera)
    camera.location, camera.rotation_euler = (0, -6, 1), (math.radians(85), 0, 0)
    scene.camera = camera
    scene.frame_start, scene.frame_end = 5, 60
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.ed.undo_push(message="opened")
    return camera


@pytest.fixture
def made(camera, pumped):
    """A plate with one take, frames 10 to 21."""
    preview_range(10, 21)
    bpy.ops.cutaway.plate_make(prompt="colour bars", model="bars")
    pumped(lambda: kept()["take"])


def preview_range(first, last):
    scene = bpy.context.scene
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, first, last


def seen():
    """The one plate of the scene, looked up anew: undo makes another object of it."""
    (plate,) = plates.plates_of(bpy.context.scene)
    return plate


def kept():
    return plate_clip.about(seen())


def cards():
    return jobs.session().host(bpy.context.scene).project.cards


def test_a_plate_is_asked_for_over_the_preview_range_and_one_undo_takes_the_asking_back(camera):
    jobs.session().queue.pause()
    preview_range(10, 21)
    assert bpy.ops.cutaway.plate_make(prompt="a desert", model="bars", shown="depth", seed=3) == {"FINISHED"}
    assert (kept()["first"], kept()["frames"], kept()["take"]) == (10, 12, "")
    (card,) = cards()
    assert (card.prompt, card.seed, card.camera, card.size) == ("a desert", 3, "cam", "64x36")
    assert card.references[0].path.endswith("-depth.png")
    bpy.ops.ed.undo()
    assert plates.plates_of(bpy.context.scene) == []


def test_the_frames_of_the_scene_are_taken_where_they_are_wanted(camera):
    jobs.session().queue.pause()
    preview_range(10, 21)
    bpy.ops.cutaway.plate_make(prompt="a desert", span="SCENE", mode="compositor")
    assert (kept()["first"], kept()["frames"], kept()["mode"]) == (5, 56, "compositor")
    assert cards()[0].references == []


def test_what_a_model_is_shown_is_seen_first_and_nothing_is_asked(camera):
    area = bpy.context.window_manager.windows[0].screen.areas[0]
    before, area.type = area.type, "IMAGE_EDITOR"
    try:
        bpy.ops.cutaway.plate_preview(look="depth")
        assert area.spaces.active.image.name == "plate-preview-depth.png"
        assert tuple(area.spaces.active.image.size) == (64, 36)
    finally:
        area.type = before
    assert "Nothing was sent" in jobs.session().said[-1]
    assert jobs.session().worklist.jobs == ()
    assert cards() == ()
    assert plates.plates_of(bpy.context.scene) == []


def test_another_take_with_other_words_and_back_to_the_first(made, pumped):
    first = kept()["take"]
    bpy.ops.cutaway.plate_again(prompt="other bars", seed=4)
    pumped(lambda: kept()["take"] != first)
    (card,) = cards()
    assert (card.prompt, len(card.takes), card.takes[1].seed) == ("other bars", 2, 4)
    bpy.ops.cutaway.plate_take(by=1)
    assert kept()["take"] == first
    bpy.ops.ed.undo()
    assert kept()["take"] == card.takes[1].id
    bpy.ops.cutaway.plate_take(take=first)
    assert kept()["take"] == first
    with pytest.raises(RuntimeError, match="no take nowhere"):
        bpy.ops.cutaway.plate_take(take="nowhere")


def test_a_second_take_is_not_asked_for_while_one_is_on_its_way(camera, pumped):
    jobs.session().queue.pause()
    bpy.ops.cutaway.plate_make(prompt="a desert", model="bars")
    pumped(lambda: jobs.session().job(cards()[0].id) is not None)
    with pytest.raises(RuntimeError, match="is being made"):
        bpy.ops.cutaway.plate_again()
    with pytest.raises(RuntimeError, match="has no take yet"):
        bpy.ops.cutaway.plate_take()


def test_another_lens_is_noticed_and_refitted_in_one_step(made, drawn):
    bpy.context.scene.camera.data.lens = 20
    bpy.ops.ed.undo_push(message="lens")
    before = plates.corners_of(seen())
    assert "Camera changed since this plate" in drawn(ui_plate.CUTAWAY_PT_plate_there)
    bpy.ops.cutaway.plate_refit()
    assert "Camera changed since this plate" not in drawn(ui_plate.CUTAWAY_PT_plate_there)
    assert max(x for x, _, _ in plates.corners_of(seen())) > max(x for x, _, _ in before)
    bpy.ops.ed.undo()
    assert plates.corners_of(seen()) == before
    assert len(cards()[0].takes) == 1


def test_a_scene_deeper_than_the_camera_sees_is_said(made):
    far = bpy.data.objects.new("far", bpy.data.meshes.new("far"))
    far.data.from_pydata([(0, 5000, 0), (1, 5000, 0), (0, 5000, 1)], [], [(0, 1, 2)])
    bpy.context.scene.collection.objects.link(far)
    bpy.ops.cutaway.plate_refit()
    assert "raise the camera's clip end" in jobs.session().said[-1]


def test_mode_and_loop_are_steps_of_undo_and_the_scene_gets_back_what_was_changed(made):
    bpy.ops.cutaway.plate_mode(mode="compositor")
    assert (kept()["mode"], bpy.context.scene.render.film_transparent) == ("compositor", True)
    bpy.ops.cutaway.plate_mode(mode="plane")
    assert (kept()["mode"], bpy.context.scene.render.film_transparent) == ("plane", False)
    bpy.ops.cutaway.plate_loop(how="JOIN")
    (shown,) = bpy.context.scene.camera.data.background_images
    assert (kept()["cyclic"], shown.image_user.use_cyclic) == (True, True)
    bpy.ops.ed.undo()
    assert kept()["cyclic"] is False


def test_a_take_is_dissolved_into_a_loop_here_and_the_take_it_was_is_kept(made, pumped, drawn):
    first = kept()["take"]
    bpy.ops.cutaway.plate_loop(how="DISSOLVE")
    pumped(lambda: kept()["take"] != first)
    (card,) = cards()
    source, loop = card.takes
    assert (loop.parent, loop.used_frames) == (source.id, 12 - 3)
    (shown,) = bpy.context.scene.camera.data.background_images
    assert (shown.image_user.frame_duration, shown.image_user.use_cyclic) == (9, True)
    assert any("loop of 9" in text for text in drawn(ui_plate.CUTAWAY_PT_plate_there))
    with pytest.raises(RuntimeError, match="a loop already"):
        bpy.ops.cutaway.plate_loop(how="DISSOLVE")
    bpy.ops.cutaway.plate_take(take=source.id)
    (shown,) = bpy.context.scene.camera.data.background_images
    assert (shown.image_user.frame_duration, shown.image_user.use_cyclic) == (12, False)


def test_a_loop_is_asked_of_the_server(made, pumped):
    first = kept()["take"]
    bpy.ops.cutaway.plate_loop(how="ASK")
    pumped(lambda: kept()["take"] != first)
    (card,) = cards()
    assert card.loops
    assert (kept()["cyclic"], card.take().used_frames) == (True, 12)


def test_a_plate_follows_the_clip_that_was_previewed_and_no_other(camera, pumped, tmp_path):
    preview_range(10, 21)
    asked = {"prompt": "bars", "model": "bars", "shown": "depth", "clip": True}
    with pytest.raises(RuntimeError, match="preview the depth clip of frames 10 to 21 first"):
        bpy.ops.cutaway.plate_make(**asked)
    bpy.ops.cutaway.plate_preview(look="depth", clip=True)
    assert "frames 10 to 21" in jobs.session().said[-1]
    with pytest.raises(RuntimeError, match="ends where the clip ends"):
        bpy.ops.cutaway.plate_make(**asked, loops=True)
    bpy.ops.cutaway.plate_make(**asked)
    (shown,) = bpy.context.scene.camera.data.background_images
    assert (shown.image.source, shown.image_user.frame_duration) == ("MOVIE", 12)
    pumped(lambda: kept()["take"])
    (card,) = cards()
    assert (card.kind, card.references[0].role) == (Verb.REMIX, "motion")
    assert card.take().used_frames == 12


def test_colours_are_matched_when_that_is_asked_for_and_it_says_what_was_before(made, drawn):
    scene = bpy.context.scene
    assert scene.view_settings.view_transform == "AgX"
    assert "[Match Plate Colours]" in drawn(ui_plate.CUTAWAY_PT_plate_there)
    bpy.ops.cutaway.plate_match_colours()
    assert bpy.context.scene.view_settings.view_transform == "Standard"
    assert "it was AgX, look None" in jobs.session().said[-1]
    assert "[Match Plate Colours]" not in drawn(ui_plate.CUTAWAY_PT_plate_there)
    bpy.ops.ed.undo()
    assert bpy.context.scene.view_settings.view_transform == "AgX"


def test_a_plate_is_removed_and_comes_back_by_undo_and_its_takes_stay(made):
    host = jobs.session().host(bpy.context.scene)
    bpy.ops.cutaway.plate_remove()
    assert plates.plates_of(bpy.context.scene) == []
    assert len(bpy.context.scene.camera.data.background_images) == 0
    (take,) = cards()[0].takes
    assert (host.project.takes_folder / take.path).is_file()
    bpy.ops.ed.undo()
    assert kept()["take"] == take.id


def test_what_is_being_made_is_cancelled_with_its_plate(camera, pumped):
    jobs.session().queue.pause()
    bpy.ops.cutaway.plate_make(prompt="a desert", model="bars")
    pumped(lambda: jobs.session().job(cards()[0].id) is not None)
    bpy.ops.cutaway.plate_remove()
    pumped(lambda: jobs.session().job(cards()[0].id).state is JobState.CANCELLED)
    assert cards()[0].state is not CardState.APPLIED


def test_where_it_cannot_be_it_says_why_and_makes_nothing(camera):
    with pytest.raises(RuntimeError, match="no plate yet"):
        bpy.ops.cutaway.plate_refit()
    with pytest.raises(RuntimeError, match="needs words"):
        bpy.ops.cutaway.plate_make(prompt=" ")
    camera.data.type = "PANO"
    with pytest.raises(RuntimeError, match="panoramic"):
        bpy.ops.cutaway.plate_make(prompt="sea")
    bpy.context.scene.camera = None
    with pytest.raises(RuntimeError, match="no camera"):
        bpy.ops.cutaway.plate_make(prompt="sea")
    assert cards() == ()
    assert plates.plates_of(bpy.context.scene) == []


def test_nothing_is_asked_of_a_server_that_blender_may_not_reach(camera, monkeypatch, drawn):
    monkeypatch.setenv("CUTAWAY_BASE_URL", "https://video.example/v1")
    monkeypatch.setattr("cutaway_blender.compat.online_access", lambda: False)
    with pytest.raises(RuntimeError, match="Allow Online Access"):
        bpy.ops.cutaway.plate_make(prompt="sea")
    assert plates.plates_of(bpy.context.scene) == []
    shown = " ".join(drawn(ui_plate.CUTAWAY_PT_plate))
    assert "The words leave this machine, to video.example" in shown
    assert "Allow Online Access" in shown


def test_the_selected_camera_is_meant_else_that_of_the_scene(camera, scene):
    other = bpy.data.objects.new("other", bpy.data.cameras.new("other"))
    scene.collection.objects.link(other)
    assert plate_view.camera_of(bpy.context) == camera
    bpy.context.view_layer.objects.active = other
    other.select_set(True)
    assert plate_view.camera_of(bpy.context) == other
    other.select_set(False)
    assert plate_view.camera_of(bpy.context) == camera


def test_the_plate_of_the_current_frame_is_meant(camera, scene, filmed, tmp_path):
    early, late = (
        plates.place(scene, camera, filmed(tmp_path / f"{first}.mkv", frames=12), first=first, frames=12)
        for first in (5, 30)
    )
    for frame, plate in ((5, early), (16, early), (17, late), (30, late), (50, late)):
        scene.frame_set(frame)
        assert plate_view.plate_of(scene, camera) == plate


def test_what_is_wanted_in_words(camera, scene):
    scene.render.fps, scene.render.fps_base = 30, 1.001
    scene.render.resolution_x, scene.render.resolution_percentage = 128, 50
    assert plate_view.wanted(scene, camera).lines == (
        "Camera: cam",
        "Frames: 5 to 60 (56)",
        "Size: 64 x 18",
        "Rate: 29.97 fps, 1.87 s",
    )


@pytest.mark.parametrize(
    ("address", "shown", "words"),
    [
        ("", "clay", "Nothing leaves this machine: the words and the clay picture"),
        ("http://127.0.0.1:99/v1", "NONE", "Nothing leaves this machine: the words go to 127.0.0.1"),
        (
            "https://v.example/v1",
            "depth",
            "The words and the depth picture of the first frame leave this machine, to v",
        ),
    ],
)
def test_what_leaves_this_machine_in_words(address, shown, words):
    assert plate_view.leaves(Settings(base_url=address), shown).startswith(words)


def test_what_a_model_makes_of_it_and_what_it_costs_in_words(camera, scene):
    wanted = plate_view.Wanted("cam", 1, 50, 1280, 720, 24.0)
    listed = ModelInfo(
        id="wan", verbs={"generate": "native"}, sizes=["832x480", "480x832"], frame_multiple=4, frame_offset=1
    )
    free = ModelInfo(id="draft", verbs={"generate": "native"})
    server = Server("here", ("wan", "draft"), offers=(listed, free))
    assert plate_view.made_of(wanted, None, Settings()) == ()
    assert plate_view.made_of(wanted, server, Settings(price=0.5)) == (
        "wan makes 832 x 480, 53 frames; the take has yours",
        "Price: 1.04 (2.08 s at 0.5 a second)",
    )
    assert plate_view.made_of(wanted, server, Settings(), model="draft") == ("draft makes exactly that",)
    assert plate_view.made_of(wanted, server, Settings(), model="other") == ()


def test_the_nearest_that_a_model_accepts():
    model = ModelInfo(
        id="m", size_multiple=32, max_side=1024, frame_multiple=4, frame_offset=1, max_frames=49, window_context=9
    )
    made = offer.nearest(model, 1920, 1080, 100)
    assert (made.width, made.height, made.frames, made.windows) == (1024, 576, 101, 3)
    assert offer.nearest(model, 512, 288, 49).is_exact
    assert not offer.nearest(model, 500, 288, 49).is_exact


def test_how_far_a_plate_is(camera, scene, filmed, tmp_path):
    takes = [Take(path=f"{n}.mov", available_frames=12, used_frames=12, seed=n) for n in (7, 8)]
    card = Card(kind=Verb.GENERATE, placement=Placement(track=0, start=0, frames=12), prompt="sea", takes=takes)
    media = filmed(tmp_path / "a.mkv", frames=12)
    plate = plates.place(scene, camera, media, first=5, frames=12, card=card.id, take=takes[1].id)
    now = plate_view.stage(scene, plate, card, None)
    assert (now.title, now.where, now.state, now.progress) == ("sea", "5-16", "take 2 of 2", None)
    assert now.takes == ((takes[0].id, "1  seed 7", False), (takes[1].id, "2  seed 8", True))
    now = plate_view.stage(scene, plate, card, Job(card.id, JobState.RUNNING, 0.25))
    assert (now.state, now.progress) == ("running", 0.25)
    now = plate_view.stage(scene, plate, card, Job(card.id, JobState.FAILED, error="out of memory"))
    assert (now.state, now.progress, now.error) == ("take 2 of 2", None, "out of memory")


@pytest.mark.parametrize(
    ("transform", "exposure", "words"),
    [("Standard", 0.0, ""), ("Standard", 1.0, "exposure 1"), ("AgX", 0.0, "AgX"), ("Filmic", 0.0, "Filmic")],
)
def test_what_the_view_does_to_a_plate_in_words(transform, exposure, words, scene):
    scene.view_settings.view_transform, scene.view_settings.exposure = transform, exposure
    assert words in plate_view.colour_note(scene)
    assert bool(words) == bool(plate_view.colour_note(scene))


def test_drawing_makes_reads_and_asks_nothing(camera, scene, drawn):
    assert "Camera: cam" in drawn(ui_plate.CUTAWAY_PT_plate)
    assert ui_plate.CUTAWAY_PT_plate_there.poll(bpy.context) is False
    scene.camera = None
    assert drawn(ui_plate.CUTAWAY_PT_plate) == ["Add a camera: a plate lies behind it"]
    assert jobs.current() is None
    assert "cutaway_folder" not in scene
    assert not bpy.app.timers.is_registered(jobs.pump)


def test_the_panel_of_a_plate_with_a_take(made, drawn):
    shown = drawn(ui_plate.CUTAWAY_PT_plate_there)
    assert "colour bars" in shown
    assert "Frames 10-21: take 1 of 1" in shown
    assert "[Plane]*" in shown
    assert "[Another Take]" in shown


def test_the_script_of_the_page_makes_a_plate_and_saves_it(camera, tmp_path):
    (code,) = re.findall(r"^```py\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    quick = code.replace("bl_ext.user_default.cutaway", "cutaway_blender").replace(
        "frames=24", 'frames=6, model="bars"'
    )
    assert quick.count("bars") == 1
    exec(compile(quick, str(PAGE), "exec"), {})
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    assert (kept()["first"], kept()["frames"], bool(kept()["take"])) == (5, 6, True)
