"""Pages, by the client's own paging."""

import pytest


@pytest.fixture(scope="module")
def made(client, done):
    """Seven jobs, in the order of their making; the last of them is over, so all are."""
    small = {"prompt": "bars", "model": "bars", "size": "160x90", "extra_body": {"num_frames": 1, "fps": "24"}}
    ids = [client.videos.create(**small).id for _ in range(7)]
    client.videos.poll(ids[-1], poll_interval_ms=50)
    return ids


def test_iterating_goes_over_every_page(client, made):
    newest = [video.id for _, video in zip(made, client.videos.list(limit=3), strict=False)]
    assert newest == made[::-1]
    everything = [video.id for video in client.videos.list(limit=3)]
    assert len(everything) == len(set(everything))
    assert set(made) < set(everything)


def test_pages_by_hand(client, made):
    page = client.videos.list(limit=3)
    assert [video.id for video in page.data] == made[:3:-1]
    assert (page.has_more, page.last_id, page.object) == (True, made[4], "list")
    following = page.get_next_page()
    assert [video.id for video in following.data] == made[3:0:-1]
    assert page.model_extra["first_id"] == made[6]


def test_oldest_first_from_where_one_was(client, made):
    page = client.videos.list(order="asc", after=made[2], limit=100)
    assert [video.id for video in page] == made[3:]
    assert page.has_more is False
    assert page.has_next_page() is False


def test_files_page_too(client, picture):
    ids = [client.files.create(file=("a.png", picture), purpose="vision").id for _ in range(3)]
    newest = [file.id for _, file in zip(ids, client.files.list(limit=1), strict=False)]
    assert newest == ids[::-1]
