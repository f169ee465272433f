"""What forms and bodies mean, before anything is looked up: the table of what clients make of their arguments."""

import json

import pytest

from cutaway.wire import CharacterCreate, VideoCreate
from cutaway_runtime.jobs.shelf import Shelf
from cutaway_runtime.server.body import Arrived, Body
from cutaway_runtime.server.fields import read_as, request_of, values_of
from cutaway_runtime.server.refusal import Refusal


def form(*pairs: tuple[str, str]) -> tuple[VideoCreate, dict[str, str]]:
    return request_of(values_of(Body(pairs=list(pairs)), None)[0])


def meant(*pairs: tuple[str, str]) -> dict:
    """What a form asks for, beyond what nobody said."""
    return form(*pairs)[0].model_dump(exclude_unset=True, exclude_none=True, by_alias=True)


def said(**values: object) -> dict:
    return request_of(values)[0].model_dump(exclude_unset=True, exclude_none=True, by_alias=True)


def refused(*pairs: tuple[str, str]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        form(*pairs)
    assert caught.value.status == 400
    return caught.value


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("seed", "1")], {"seed": 1}),
        ([("strength", "0.25")], {"strength": 0.25}),
        ([("strict", "true")], {"strict": True}),
        ([("cutaway[loop]", "true")], {"cutaway": {"loop": True}}),
        ([("cutaway[loop]", "false")], {"cutaway": {"loop": False}}),
        ([("cutaway[steps]", "12"), ("cutaway[guidance]", "1.5")], {"cutaway": {"steps": 12, "guidance": 1.5}}),
        ([("cutaway[last_frame][id]", "a")], {"cutaway": {"last_frame": {"id": "a"}}}),
        ([("cutaway[fill][before][id]", "a"), ("cutaway[fill][after][id]", "b"), ("cutaway[fill][tail_frames]", "4")],
         {"cutaway": {"fill": {"before": {"id": "a"}, "after": {"id": "b"}, "tail_frames": 4}}}),
        ([("cutaway[tags][]", "x"), ("cutaway[tags][]", "y")], {"cutaway": {"tags": ["x", "y"]}}),
        ([("cutaway[references][]", "file_1"), ("cutaway[references][]", "video_2")],
         {"cutaway": {"references": [{"file_id": "file_1"}, {"id": "video_2"}]}}),
        ([("characters[][id]", "a"), ("characters[][id]", "b")], {"characters": [{"id": "a"}, {"id": "b"}]}),
        ([("characters[]", "a"), ("characters[]", "b")], {"characters": [{"id": "a"}, {"id": "b"}]}),
        ([("characters", "a")], {"characters": [{"id": "a"}]}),
        ([("characters", '[{"id": "a"}, "b"]')], {"characters": [{"id": "a"}, {"id": "b"}]}),
        ([("characters[0][id]", "a"), ("characters[1][id]", "b")], {"characters": [{"id": "a"}, {"id": "b"}]}),
        ([("cutaway[cards][0][at]", "0"), ("cutaway[cards][0][prompt]", "dawn"), ("cutaway[cards][1][at_s]", "2.5"),
          ("cutaway[cards][1][image][id]", "v")],
         {"cutaway": {"cards": [{"at": 0, "prompt": "dawn"}, {"at_s": 2.5, "image": {"id": "v"}}]}}),
        ([("cutaway[keyframes]", '[{"at": 0, "image": "v"}, {"at": -1, "image": {"file_id": "f"}}]')],
         {"cutaway": {"keyframes": [{"at": 0, "image": {"id": "v"}}, {"at": -1, "image": {"file_id": "f"}}]}}),
        ([("cutaway", '{"keyframes": [{"at": 0, "image": "v"}], "loop": true}')],
         {"cutaway": {"keyframes": [{"at": 0, "image": {"id": "v"}}], "loop": True}}),
        ([("cutaway[blend][with][id]", "v")], {"cutaway": {"blend": {"with": {"id": "v"}}}}),
        ([("input_reference[image_url]", "data:,x")], {"input_reference": {"url": "data:,x"}}),
        ([("input_reference[file_id]", "file_1")], {"input_reference": {"file_id": "file_1"}}),
        ([("video[video_url]", "data:,x")], {"video": {"url": "data:,x"}}),
        ([("video", '{"id": "v", "frame": 3}')], {"video": {"id": "v", "frame": 3}}),
        ([("video[id]", "v"), ("video[frame]", "-1")], {"video": {"id": "v", "frame": -1}}),
        ([("video", "file_1")], {"video": {"file_id": "file_1"}}),
        ([("video", "")], {}),
        ([("video", ""), ("video[id]", "v")], {"video": {"id": "v"}}),
        ([("seed", ""), ("size", ""), ("cutaway", ""), ("model", "")], {}),
        ([("seconds", "4")], {"seconds": 4.0}),
        ([("seconds", "2.96")], {"seconds": 2.96}),
        ([("fps", "24000/1001")], {"fps": "24000/1001"}),
        ([("size", "1280X720")], {"size": "1280x720"}),
        ([("prompt", '{"not": "an object"}')], {"prompt": '{"not": "an object"}'}),
        ([("prompt", "كلمة \u202e 🎬 \u200d")], {"prompt": "كلمة \u202e 🎬 \u200d"}),
    ],
)  # fmt: skip
def test_a_form(pairs, expected):
    told = meant(*pairs)
    told.pop("cutaway", None) if told.get("cutaway") == {} else None
    assert told == expected


@pytest.mark.parametrize("seconds", ["4", 4, 4.0, "4.0"])
def test_seconds_in_every_way_there_is(seconds):
    assert request_of({"seconds": seconds})[0].seconds == 4
    assert request_of({"seconds": 2.96})[0].seconds == 2.96


@pytest.mark.parametrize("seconds", [True, 0, -1, "0", "soon", "nan", "inf", "1e309", "", None, [4], 61])
def test_seconds_that_are_none(seconds):
    if seconds in ("", None):
        assert request_of({"seconds": seconds})[0].seconds is None
        return
    with pytest.raises(Refusal) as caught:
        request_of({"seconds": seconds})
    assert caught.value.param == "seconds"


@pytest.mark.parametrize(
    ("pairs", "param"),
    [
        ([("cutaway[keyframes][][at]", "0"), ("cutaway[keyframes][][at]", "8"), ("cutaway[keyframes][][id]", "a")],
         "cutaway.keyframes"),
        ([("characters[][id]", "a"), ("characters[]", "b")], "characters"),
        ([("a[][b][]", "1")], "a"),
        ([("cutaway[loop]", "true"), ("cutaway", "{}")], "cutaway"),
        ([("cutaway", "x"), ("cutaway[loop]", "true")], "cutaway"),
        ([("prompt", "a"), ("prompt", "b")], "prompt"),
        ([("characters[]", "a"), ("characters[id]", "b")], "characters"),
        ([("cutaway[references]", '[{"id": "a"}')], "cutaway.references"),
        ([("video", '{"id": "a", "id": "b"}')], "video"),
        ([("video[id]", "a"), ("video[file_id]", "b")], "video"),
        ([("a[b", "x")], "a[b"),
        ([("[a]", "x")], "[a]"),
    ],
)  # fmt: skip
def test_a_form_that_can_mean_two_things_is_refused_by_name(pairs, param):
    error = refused(*pairs)
    assert (error.param or "").startswith(param.split(".")[0])
    assert param in error.message or param.split(".")[-1] in error.message


def test_a_list_of_objects_in_brackets_is_told_how_to_be_sent():
    error = refused(("cutaway[keyframes][][at]", "0"), ("cutaway[keyframes][][image]", "v"))
    assert error.param == "cutaway.keyframes"
    assert "cutaway[keyframes]=[{...}, ...]" in error.message


# -- other servers' names ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"width": 832, "height": "480"}, {"size": "832x480"}),
        ({"width": 832.0, "height": 480, "size": "832x480"}, {"size": "832x480"}),
        ({"num_inference_steps": "8"}, {"cutaway": {"steps": 8}}),
        ({"guidance_scale": 3.5}, {"cutaway": {"guidance": 3.5}}),
        ({"num_inference_steps": 8, "cutaway": {"steps": "8"}}, {"cutaway": {"steps": 8}}),
        ({"image_reference": {"image_url": "data:,x"}}, {"input_reference": {"url": "data:,x"}}),
        ({"image_reference": '{"file_id": "file_1"}'}, {"input_reference": {"file_id": "file_1"}}),
        ({"image_reference": '[{"file_id": "file_1"}]'}, {"input_reference": {"file_id": "file_1"}}),
        ({"reference_url": "https://a.example/b.png"}, {"input_reference": {"url": "https://a.example/b.png"}}),
        ({"video_reference": '{"video_url": "data:,x"}'}, {"video": {"url": "data:,x"}}),
        ({"video_url": "data:,x"}, {"video": {"url": "data:,x"}}),
        ({"last_frame": "v"}, {"cutaway": {"last_frame": {"id": "v"}}}),
        ({"end_image": "v", "start_image": "w"},
         {"cutaway": {"last_frame": {"id": "v"}}, "input_reference": {"id": "w"}}),
        ({"loop": "true"}, {"cutaway": {"loop": True}}),
        ({"duration": 5}, {"seconds": 5.0}),
        ({"num_outputs_per_prompt": "3"}, {"n": 3}),
    ],
)  # fmt: skip
def test_the_names_that_other_servers_have(values, expected):
    told = said(**json.loads(json.dumps(values)))
    assert {name: value for name, value in told.items() if value != {}} == expected


@pytest.mark.parametrize(
    ("values", "left"),
    [
        ({"size": "1280x720", "width": 832, "height": 480}, {"width", "height"}),
        ({"width": 832}, {"width"}),
        ({"cutaway": {"steps": 4}, "num_inference_steps": 8}, {"num_inference_steps"}),
        ({"input_reference": "v", "image_reference": {"file_id": "file_1"}}, {"image_reference"}),
        ({"image_reference": '[{"file_id": "file_1"}, {"file_id": "file_2"}]'}, {"image_reference"}),
        ({"seconds": 4, "duration": 5}, {"duration"}),
        ({"n": 2, "num_outputs_per_prompt": 3}, {"num_outputs_per_prompt"}),
        ({"flow_shift": 3, "guidance_scale_2": 1, "lora": "{}"}, {"flow_shift", "guidance_scale_2", "lora"}),
    ],
)
def test_what_contradicts_the_field_it_stands_for_is_left_to_be_reported(values, left):
    assert set(request_of(values)[0].model_extra) == left


def test_a_mistake_is_told_by_the_name_that_was_sent():
    for values, param in [
        ({"num_inference_steps": 0}, "num_inference_steps"),
        ({"image_reference": {}}, "image_reference"),
        ({"width": "wide", "height": 480}, "width"),
    ]:
        with pytest.raises(Refusal) as caught:
            request_of(values)
        assert caught.value.param == param
        assert param in caught.value.message


# -- files beside fields -----------------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path)


def part(shelf: Shelf, number: int, data: bytes, media_type: str = "application/octet-stream") -> Arrived:
    """A file part as it lies on the shelf; stock clients call bytes so."""
    arrived = Arrived(f"file_{number:024x}", "upload", media_type, len(data), "", data[:4096])
    shelf.file_folder(arrived.id).mkdir()
    shelf.file(arrived.id).write_bytes(data)
    return arrived


PICTURE = b"\x89PNG..."


def parts(shelf: Shelf, pairs: list, *files: tuple[str, bytes]) -> tuple[dict, list[str], list[str]]:
    """The values, what was overruled, and the files that stay."""
    body = Body(pairs=pairs, files=[(name, part(shelf, n, data)) for n, (name, data) in enumerate(files)])
    values, overruled = values_of(body, shelf)
    kept = [file.id for _name, file in body.files]
    assert sorted(path.name for path in shelf.files.iterdir()) == sorted(kept)
    return values, overruled, kept


ONE = "file_" + "0" * 24


@pytest.mark.parametrize(
    ("pairs", "files", "video", "overruled"),
    [
        ([], [("video", PICTURE)], {"file_id": ONE}, []),
        ([("video[id]", "v")], [("video", b"")], {"id": "v"}, []),
        ([("video[id]", "v")], [("video", PICTURE)], {"id": "v"}, ["video (file part)"]),
        ([("video", '{"id": "v"}')], [("video", PICTURE)], '{"id": "v"}', ["video (file part)"]),
        ([("video[id]", "v")], [("video", b'{"id": "w"}')], {"id": "v"}, ["video (file part)"]),
        ([], [("video", b' {"id": "w"}')], ' {"id": "w"}', []),
        ([("video", "v")], [("video", b'{"id": "w"}')], '{"id": "w"}', ["video (text)"]),
        ([("video", "v")], [("video", PICTURE)], {"file_id": ONE}, ["video (text)"]),
        ([("video", "v")], [("video", b"")], "v", []),
        ([("video", "")], [("video", PICTURE)], {"file_id": ONE}, []),
    ],
)
def test_which_of_two_references_counts(shelf, pairs, files, video, overruled):
    values, over, _kept = parts(shelf, pairs, *files)
    assert (values["video"], over) == (video, overruled)


def test_files_in_lists_and_inside_objects(shelf):
    values, _, kept = parts(
        shelf,
        [],
        ("cutaway[references][]", PICTURE),
        ("cutaway[references][]", PICTURE),
        ("cutaway[fill][before]", PICTURE),
        ("cutaway[cards][0][image]", PICTURE),
    )
    assert len(kept) == 4
    assert values["cutaway"]["references"] == [{"file_id": kept[0]}, {"file_id": kept[1]}]
    assert values["cutaway"]["fill"]["before"] == {"file_id": kept[2]}
    assert values["cutaway"]["cards"] == {"0": {"image": {"file_id": kept[3]}}}


def test_two_files_of_one_name_are_refused(shelf):
    with pytest.raises(Refusal) as caught:
        parts(shelf, [], ("video", PICTURE), ("video", PICTURE))
    assert caught.value.param == "video"


def test_any_model_of_the_wire_is_read_so():
    wanted = read_as(CharacterCreate, {"name": "Mo", "video": '{"id": "v"}', "cutaway": '{"description": "a cat"}'})
    assert (wanted.video.id, wanted.cutaway.description) == ("v", "a cat")
