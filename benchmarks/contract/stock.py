"""What the stock openai client can do with a server: one function a row, which returns or says what is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openai
from contract.row import Row, Wrong, must

if TYPE_CHECKING:
    from contract.footage import Footage
    from contract.places import Place

STATUSES = {"queued", "in_progress", "completed", "failed"}
MP4 = b"ftyp"


class Stock:
    """The rows, for one server. `api` has the default settings, `once` repeats nothing."""

    def __init__(self, place: Place, footage: Footage) -> None:
        self.place, self.footage = place, footage
        self.api = openai.OpenAI(base_url=f"{place.url}/v1", api_key=place.key)
        self.once = self.api.with_options(max_retries=0)

    def made(self, **more: Any) -> Any:
        return self.once.videos.create(**{"prompt": "a grey film", **self.place.words, **more})

    def done(self, **more: Any) -> Any:
        video = self.once.videos.poll(self.made(**more).id, poll_interval_ms=50)
        must(video.status == "completed", f"the wait ends with {video.status!r}")
        return video

    def create(self) -> None:
        video = self.made()
        must(bool(video.id) and video.status in STATUSES, f"status {video.status!r}")

    def wait(self) -> None:
        self.done()

    def fields(self) -> None:
        video = self.once.videos.retrieve(self.done().id)
        wrong = [
            name
            for name, kind in (("created_at", int), ("completed_at", int), ("progress", int), ("seconds", str))
            if type(getattr(video, name, None)) is not kind
        ]
        wrong += [name for name in ("model", "size", "prompt") if not isinstance(getattr(video, name, None), str)]
        must(not wrong, f"no {', no '.join(wrong)}")

    def pages(self) -> None:
        ids = [self.made().id for _ in range(3)]
        listed = []
        for video in self.once.videos.list(limit=2):
            listed.append(video.id)
            if len(listed) > 200:
                break
        must(len(listed) == len(set(listed)), "the same video twice")
        must(set(ids) <= set(listed), f"{len(listed)} of {len(ids)} and more")

    def delete(self) -> None:
        gone = self.once.videos.delete(self.done().id)
        must(gone.deleted is True, f"deleted is {gone.deleted}")

    def download(self) -> None:
        content = self.once.videos.download_content(self.done().id).content
        must(content[4:8] == MP4, f"{len(content)} bytes that are no MP4")

    def ranges(self) -> None:
        video = self.done()
        ranged = {"Range": "bytes=10-19"}
        with self.once.videos.with_streaming_response.download_content(video.id, extra_headers=ranged) as stream:
            must(stream.status_code == 206, f"{stream.status_code}, whole")

    def variant_video(self) -> None:
        content = self.once.videos.download_content(self.done().id, variant="video").content
        must(content[4:8] == MP4, "no MP4")

    def thumbnail(self) -> None:
        content = self.once.videos.download_content(self.done().id, variant="thumbnail").content
        must(content.startswith((b"\xff\xd8", b"RIFF", b"\x89PNG")), "the video instead")

    def first_picture(self) -> None:
        self.done(input_reference=self.footage.still)

    def edit_upload(self) -> None:
        self._finish(self.once.videos.edit(prompt="at night", video=self.footage.clip, extra_body=self._model()))

    def edit_by_id(self) -> None:
        reference = {"video": {"id": self.done().id}}
        self._finish(self.once.videos.edit(prompt="at night", video=b"", extra_body=self._model() | reference))

    def extend_upload(self) -> None:
        video = self.once.videos.extend(
            prompt="on", seconds=self._seconds(), video=self.footage.clip, extra_body=self._model()
        )
        self._finish(video)

    def extend_by_id(self) -> None:
        reference = {"video": {"id": self.done().id}}
        video = self.once.videos.extend(
            prompt="on", seconds=self._seconds(), video=b"", extra_body=self._model() | reference
        )
        self._finish(video)

    def remix(self) -> None:
        self._finish(self.once.videos.remix(self.done().id, prompt="at night", extra_body=self._model()))

    def characters(self) -> None:
        more = {"target_model_names": self.place.words["model"]} if self.place.dialect == "litellm" else {}
        made = self.once.videos.create_character(name="Ada", video=self.footage.clip, extra_body=more)
        must(self.once.videos.get_character(made.id).name == "Ada", "another name")

    def unknown_id(self) -> None:
        try:
            self.once.videos.retrieve("video_none")
        except openai.NotFoundError as error:
            body = error.body if isinstance(error.body, dict) else {}
            must(bool(body.get("message")), "404 without a message")
            must(bool(error.code), "404 without a code")
        else:
            raise Wrong("an answer")

    def bad_size(self) -> None:
        try:
            self.made(size="much")
        except openai.BadRequestError as error:
            must(bool(error.code), "400 without a code")
        else:
            raise Wrong("accepted")

    def failed_job(self) -> None:
        self.place.before()
        try:
            video = self.made(**self.place.doomed)
        finally:
            self.place.after()
        video = self.api.videos.poll(video.id, poll_interval_ms=50)
        must(video.status == "failed", f"status {video.status!r}")
        must(video.error is not None and bool(video.error.message), "no error.message")
        must(bool(video.error.code), "no error.code")

    def lost_answer(self) -> None:
        from servers.frame import StubServer
        from servers.relay import Relay

        relay = Relay(self.place.url)
        with StubServer(relay) as between:
            between.trouble(method="POST", drop="unanswered")
            path = self.place.url.removeprefix(relay.origin)
            client = self.api.with_options(base_url=f"{between.url}{path}/v1")
            client.videos.create(**{"prompt": "lost", **self.place.words})
        jobs = len(set(relay.made))
        must(jobs == 1, f"{jobs} jobs")

    def own_key(self) -> None:
        key = {"Idempotency-Key": "the-same"}
        ids = {self.made(prompt="keyed", extra_headers=key).id for _ in range(2)}
        must(len(ids) == 1, f"{len(ids)} jobs")

    def cancel(self) -> None:
        words = {name: value for name, value in self.place.doomed.items() if name != "prompt"}
        video = self.made(**words)
        try:
            self.once.post(f"/videos/{video.id}/cancel", cast_to=openai.types.Video)
        finally:
            self.place.after()
        ended = self.once.videos.poll(video.id, poll_interval_ms=50)
        must(ended.status == "failed", f"status {ended.status!r}")

    def exact_frames(self) -> str:
        video = self.done(extra_body={"num_frames": 33, "fps": 24})
        told = json.dumps(video.to_dict())
        return "yes" if any(text in told for text in ('"num_frames": 33', '"1.375"')) else "taken, and not told"

    def _finish(self, video: Any) -> None:
        ended = self.once.videos.poll(video.id, poll_interval_ms=50)
        must(ended.status == "completed", f"ends as {ended.status!r}")

    def _model(self) -> dict[str, Any]:
        return {"model": self.place.words["model"]} if "model" in self.place.words else {}

    def _seconds(self) -> Any:
        return self.place.words.get("seconds", "4")


ROWS = (
    Row("create", Stock.create),
    Row("create_and_poll", Stock.wait),
    Row("retrieve: every field, of its type", Stock.fields),
    Row("list, over pages", Stock.pages),
    Row("delete", Stock.delete),
    Row("download_content", Stock.download),
    Row('download_content(variant="video")', Stock.variant_video),
    Row('download_content(variant="thumbnail")', Stock.thumbnail),
    Row("download a range", Stock.ranges),
    Row("create from a picture", Stock.first_picture),
    Row("frames and rate, by extra_body", Stock.exact_frames),
    Row("edit an upload", Stock.edit_upload),
    Row("edit by id", Stock.edit_by_id),
    Row("extend an upload", Stock.extend_upload),
    Row("extend by id", Stock.extend_by_id),
    Row("remix", Stock.remix),
    Row("create_character, get_character", Stock.characters),
    Row("a failed job is returned, with a reason", Stock.failed_job),
    Row("an unknown id is NotFoundError with a code", Stock.unknown_id),
    Row("a bad size is BadRequestError with a code", Stock.bad_size),
    Row("a create whose answer is lost: one job", Stock.lost_answer),
    Row("an Idempotency-Key is honoured", Stock.own_key),
    Row("cancel, by the client's own post", Stock.cancel),
)
