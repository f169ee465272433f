"""The bare contract, as OpenAI published it and other servers copied it.

Follows the types of the `openai` package 3.54.0 (`openai/resources/videos.py`, `openai/types/video*.py`). Encoding is
strict and decoding lenient, since the servers that nobody knows are spoken to in this dialect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cutaway.client.dialects import decoding, encoding
from cutaway.client.dialects.base import Encoded, Fetch, Submission, Traits

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS: Final = {name: name for name in ("prompt", "model", "seconds", "size", "input_reference", "video", "characters")}
"""All that the contract has words for."""


class OpenAIDialect:
    """Any server with the plain Videos API; `server` is its address and `title` its kind, for messages."""

    name = "openai"
    traits = Traits("the plain Videos API", characters=True, variants=frozenset({"video", "thumbnail", "spritesheet"}))

    def __init__(self, server: str = "this server", *, title: str = traits.title) -> None:
        self.server = encoding.Server(server, title)

    def encode(self, submission: Submission) -> Encoded:
        path = encoding.path_of(submission, self.traits, self.server)
        return encoding.sent(path, plain(submission.body, self.server))

    def decode_video(self, body: Any) -> dict[str, Any]:
        return decoding.video(body)

    def decode_page(self, body: Any, limit: int | None) -> dict[str, Any]:
        return decoding.page(body, limit)

    def decode_deleted(self, body: Any, video_id: str) -> dict[str, Any]:
        return decoding.deleted(body, video_id)

    def content(self, video: Mapping[str, Any], variant: str) -> Fetch:
        place = encoding.content(video, variant, self.traits, self.server)
        # Resellers put a signed address of their storage beside the contract's fields.
        url = str(video.get("url") or "")
        return Fetch(url) if variant == "video" and url.startswith(("https://", "http://")) else place


def plain(body: Mapping[str, Any], server: encoding.Server) -> dict[str, Any]:
    """A body in the contract's own words; also for those whose Videos API is no wider.

    Raises:
        UnsupportedCapability: the contract has no word for something in it.
    """
    written = encoding.translated(encoding.flattened(body), WORDS, server)
    if "seconds" in written:
        written["seconds"] = str(encoding.whole_seconds(written["seconds"], server))
    if "input_reference" in written:
        written["input_reference"] = encoding.picture("input_reference", written["input_reference"], server)
    if "video" in written:
        written["video"] = encoding.clip("video", written["video"], server)
    return written
