"""Where files lie, and what is kept of them: a name that holds wherever the folder is."""

import json

import pytest

from cutaway.wire import OutputFormat
from cutaway_runtime.jobs.shelf import Shelf, new_character_id, new_file_id, new_video_id
from cutaway_runtime.worker.protocol import located


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "now")


@pytest.fixture
def paths(shelf):
    films = [shelf.video(new_video_id(), made) for made in OutputFormat]
    return [*films, shelf.file(new_file_id()), shelf.character_still(new_character_id(), 11)]


def test_a_name_leads_back_to_its_file_wherever_the_folder_is(shelf, paths, tmp_path):
    moved = Shelf(tmp_path / "later")
    for path in paths:
        name = shelf.name(path)
        assert shelf.data_dir.name not in name
        assert shelf.named(name) == path
        assert moved.named(name) == moved.data_dir / path.relative_to(shelf.data_dir)


@pytest.mark.parametrize("before", ["/srv/old/", "C:\\Users\\Kim\\.cutaway\\", "/srv/videos/files/", "../../"])
def test_whole_paths_of_earlier_versions_are_read_as_what_lies_below(shelf, paths, before):
    for path in paths:
        name = shelf.name(path)
        old = name.replace("/", "\\") if "\\" in before else name
        assert shelf.named(before + old) == path


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "token",
        "videos/../token",
        "videos/video_1/video.mp4",
        "videos/{video}/../../token",
        "videos/{video}/sidecar.json",
        "videos/{video}/video.mp4/",
        "videos/{video}/video.mp4\n",
        "files/{video}/content",
    ],
)
def test_what_no_file_is_called_is_refused(shelf, name):
    with pytest.raises(ValueError, match="is no file of this runtime"):
        shelf.named(name.format(video=new_video_id()))


def test_a_worker_is_told_where_the_files_of_a_job_are_now(shelf, paths):
    film, *_, upload, still = paths
    kept = {
        "job_id": "video",
        "output": shelf.name(film),
        "sources": {"video": {"path": f"/gone/{shelf.name(upload)}"}, "who": {"path": shelf.name(still)}},
        "request": {"prompt": "videos/x: …"},
    }
    told = json.loads(located(json.dumps(kept), shelf.named))
    assert (told.pop("output"), told.pop("sources")) == (
        str(film),
        {"video": {"path": str(upload)}, "who": {"path": str(still)}},
    )
    assert told == {name: kept[name] for name in ("job_id", "request")}
