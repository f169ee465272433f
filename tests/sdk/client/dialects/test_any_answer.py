"""Whatever a server answers is a video, a page, or plainly neither: never another exception, never half of one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cutaway import wire
from cutaway.client.probe import DIALECTS, named

OTHERS = [name for name in DIALECTS if name != "cutaway"]
NUMBERS = st.integers() | st.floats()
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = [
    "id", "video_id", "object", "status", "error", "progress", "seconds", "duration", "duration_s", "num_frames", "fps",
    "created_at", "created", "completed_at", "expires_at", "model", "size", "prompt", "remixed_from_video_id", "cutaway",
    "url", "urls", "data",
]  # fmt: skip
JOBS = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, ANYTHING)).flatmap(
    lambda body: st.just(body) | st.just({**body, "id": "v"}) | st.just({**body, "id": "v", "status": "failed"})
)


@pytest.mark.parametrize("name", OTHERS)
@settings(max_examples=25, deadline=None)
@given(body=JOBS | ANYTHING)
@example(body={"id": "v", "created_at": float("nan"), "completed_at": float("inf"), "progress": float("nan")})
@example(body={"id": "v", "status": "failed", "error": {"code": ["x"], "message": {}}})
@example(body={"id": "v", "num_frames": 48, "fps": 0, "duration_s": float("inf")})
@example(body={"id": "v", "data": [{"url": 3}], "created": "now"})
def test_a_jobs_body(name: str, body: Any) -> None:
    try:
        decoded = named(name, "http://there").decode_video(body)
    except ValueError as error:
        assert str(error).startswith("no video")  # noqa: PT017 - the message is what is asserted
        return
    video = wire.Video.model_validate(decoded)
    assert video.id
    assert (video.error is not None) == (video.status == "failed")
    assert (video.progress == 100) == (video.status == "completed")


@pytest.mark.parametrize("name", OTHERS)
@settings(max_examples=10, deadline=None)
@given(
    body=st.fixed_dictionaries(
        {"data": st.lists(JOBS, max_size=3) | ANYTHING}, optional={"has_more": ANYTHING, "last_id": ANYTHING}
    )
    | ANYTHING
)
def test_a_pages_body(name: str, body: Any) -> None:
    try:
        page = named(name, "http://there").decode_page(body, 3)
    except ValueError as error:
        assert str(error).startswith("no ")  # noqa: PT017
        return
    wire.VideoPage.model_validate(page)


@pytest.mark.parametrize("name", OTHERS)
@settings(max_examples=10, deadline=None)
@given(body=ANYTHING | st.fixed_dictionaries({"id": ANYTHING}))
def test_a_deletes_body(name: str, body: Any) -> None:
    deleted = wire.VideoDeleted.model_validate(named(name, "http://there").decode_deleted(body, "v"))
    assert deleted.deleted
