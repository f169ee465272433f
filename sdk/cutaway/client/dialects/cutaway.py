"""cutaway's own runtime: the whole contract and its superset, always in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from cutaway.client.dialects.base import PATHS, Encoded, Fetch, Submission, Traits, below, local_media
from cutaway.wire import Variant


class CutawayDialect:
    """The local runtime, and any server that answers /v1/cutaway/capabilities."""

    name = "cutaway"
    traits = Traits(
        "cutaway",
        honours_keys=True,
        keeps_files=True,
        takes_frames=True,
        tells_events=True,
        cancels=True,
        characters=True,
        variants=frozenset(get_args(Variant)),
    )

    def encode(self, submission: Submission) -> Encoded:
        assert not local_media(submission.body), "local media are uploaded before a submission is encoded"
        path = PATHS[submission.operation].replace("{id}", submission.video_id or "")
        return Encoded(path, json=submission.body)

    def decode_video(self, body: Any) -> dict[str, Any]:
        if not isinstance(body, Mapping) or not isinstance(body.get("id"), str):
            raise ValueError("no video: the body has no id")
        return dict(body)

    def decode_page(self, body: Any, limit: int | None) -> dict[str, Any]:  # noqa: ARG002 - the page says it all
        if not isinstance(body, Mapping) or not isinstance(body.get("data"), list):
            raise ValueError("no page of videos: the body has no list named data")
        return {**body, "data": [self.decode_video(video) for video in body["data"]]}

    def decode_deleted(self, body: Any, video_id: str) -> dict[str, Any]:
        return dict(body) if isinstance(body, Mapping) else {"id": video_id}

    def content(self, video: Mapping[str, Any], variant: str) -> Fetch:
        return Fetch(below(video["id"], "/content"), {} if variant == "video" else {"variant": variant})
