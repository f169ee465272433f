"""What cutaway's SDK can do with a server: by its own means, by another way that was allowed, or a typed refusal."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contract.row import Row, Wrong, must

from cutaway import Cutaway, errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from contract.footage import Footage
    from contract.places import Place

STATUSES = {"queued", "in_progress", "completed", "failed"}
MP4 = b"ftyp"
NATIVE, EMULATED, REFUSED = "native", "emulated", "refused"


class SDK:
    """The rows, for one server. The address is all that the client is told: what speaks there it finds out."""

    def __init__(self, place: Place, footage: Footage) -> None:
        self.place, self.footage = place, footage
        self.api = Cutaway(place.url, place.key)

    def tried(self, ask: Callable[..., Any]) -> str:
        """`ask` as it is; where the server has no such thing, with `emulate=True`; waited for to its end."""
        word = NATIVE
        try:
            video = ask()
        except errors.UnsupportedCapability:
            try:
                video = ask(emulate=True)
            except errors.UnsupportedCapability:
                return REFUSED
            word = EMULATED
        self.ended(video)
        told = list(video.cutaway.emulated) if video.cutaway else []
        must(bool(told) == (word == EMULATED), f"{word}, but says {told}")
        return word

    def ended(self, video: Any) -> Any:
        if video.status == "completed":  # a server whose create is the whole job
            return video
        done = self.api.videos.poll(video.id, poll_interval_ms=50, wait_timeout=60)
        must(done.status == "completed", f"ends as {done.status}")
        return done

    def made(self, **more: Any) -> Any:
        return self.api.videos.create(**{"prompt": "a grey film", **self.place.words, **more})

    def done(self) -> Any:
        return self.ended(self.made())

    # -- rows ----------------------------------------------------------------------------------

    def found(self) -> str:
        name = self.api.dialect().dialect
        must(name == self.place.dialect, f"taken for {name}")
        return name

    def create(self) -> str:
        return self.tried(self.made)

    def fields(self) -> str:
        video = self.done()
        wrong = [
            name
            for name, kind in (("created_at", int), ("progress", int), ("seconds", str), ("size", str), ("model", str))
            if not isinstance(getattr(video, name), kind) or getattr(video, name) in ("", 0)
        ]
        must(not wrong, f"no {', no '.join(wrong)}")
        return NATIVE

    def pages(self) -> str:
        ids = [self.made().id for _ in range(3)]
        try:
            listed = [video.id for _, video in zip(range(200), self.api.videos.list(limit=2), strict=False)]
        except errors.UnsupportedCapability:
            return REFUSED
        must(set(ids) <= set(listed), f"{len(set(ids) & set(listed))} of {len(ids)}")
        must(len(listed) == len(set(listed)), "the same video twice")
        return NATIVE

    def delete(self) -> str:
        video = self.done()
        try:
            gone = self.api.videos.delete(video.id)
        except errors.UnsupportedCapability:
            return REFUSED
        must(gone.deleted is True, f"deleted is {gone.deleted}")
        return NATIVE

    def cancel(self) -> str:
        video = self.made(**{name: text for name, text in self.place.doomed.items() if name != "prompt"})
        try:
            self.api.videos.cancel(video.id)
        except errors.UnsupportedCapability:
            self.place.after()
            return REFUSED
        try:
            self.api.videos.poll(video.id, poll_interval_ms=50, wait_timeout=60)
        except errors.JobCancelled:
            return NATIVE
        raise Wrong("it went on")

    def save(self) -> str:
        with tempfile.TemporaryDirectory() as folder:
            path = self.done().save(Path(folder, "a.mp4"))
            must(path.read_bytes()[4:8] == MP4, "no MP4")
        return NATIVE

    def variant(self, name: str) -> str:
        video = self.done()
        try:
            content = self.api.videos.download_content(video.id, variant=name)  # type: ignore[arg-type]
        except errors.UnsupportedCapability:
            return REFUSED
        must(content.content[:4] in {b"\xff\xd8\xff\xe0", b"RIFF", b"\x89PNG"}, "no picture")
        return NATIVE

    def first_frame(self) -> str:
        return self.tried(lambda **more: self.made(first_frame=self.footage.still, **more))

    def last_frame(self) -> str:
        return self.tried(
            lambda **more: self.made(first_frame=self.footage.still, last_frame=self.footage.still, **more)
        )

    def exact_frames(self) -> str:
        words = {name: text for name, text in self.place.words.items() if name != "seconds"}
        ask = {"prompt": "a grey film", **words, "num_frames": 33, "rate": 24}
        return self.tried(lambda **more: self.api.videos.create(**ask, **more))

    def seed(self) -> str:
        return self.tried(lambda **more: self.made(seed=7, negative_prompt="blur", **more))

    def edit(self) -> str:
        words = self._words()
        return self.tried(
            lambda **more: self.api.videos.edit(prompt="at night", video=self.footage.clip, **words, **more)
        )

    def edit_by_id(self) -> str:
        video, words = self.done(), self._words()
        return self.tried(lambda **more: self.api.videos.edit(prompt="at night", video=video, **words, **more))

    def extend(self) -> str:
        words = self._words() | self._length()
        return self.tried(lambda **more: self.api.videos.extend(prompt="on", video=self.footage.clip, **words, **more))

    def remix(self) -> str:
        video = self.done()
        return self.tried(lambda **more: self.api.videos.remix(video.id, prompt="at night", **more))

    def fill(self) -> str:
        words = self._words() | self._length()
        clip = self.footage.clip
        return self.tried(lambda **more: self.api.videos.fill(clip, clip, prompt="between", **words, **more))

    def blend(self) -> str:
        words = self._words()
        clip = self.footage.clip
        return self.tried(lambda **more: self.api.videos.blend(clip, clip, prompt="into", **words, **more))

    def loop(self) -> str:
        words = self._words()
        return self.tried(lambda **more: self.api.videos.loop(self.footage.clip, prompt="round", **words, **more))

    def characters(self) -> str:
        more = {"target_model_names": self.place.words["model"]} if self.place.dialect == "litellm" else {}
        try:
            made = self.api.videos.create_character(name="Grace", video=self.footage.clip, extra_body=more)
            must(self.api.videos.get_character(made.id).name == "Grace", "another name")
        except errors.UnsupportedCapability:
            return REFUSED
        return NATIVE

    def failed_job(self) -> str:
        self.place.before()
        try:
            video = self.made(**self.place.doomed)
        finally:
            self.place.after()
        try:
            self.api.videos.poll(video.id, poll_interval_ms=50, wait_timeout=60)
        except (errors.JobFailed, errors.JobCancelled) as error:
            job = error.job
            must(job is not None and job.error is not None and bool(job.error.message), "no reason")
            return type(error).__name__
        raise Wrong("returned as a result")

    def unknown_id(self) -> str:
        try:
            self.api.videos.retrieve("video_none")
        except errors.UnsupportedCapability:
            return REFUSED
        except errors.NotFound:
            return "NotFound"
        raise Wrong("an answer")

    def lost_answer(self) -> str:
        from servers.frame import StubServer
        from servers.relay import Relay

        relay = Relay(self.place.url)
        path = self.place.url.removeprefix(relay.origin)
        with StubServer(relay) as between:
            client = self.api.with_options(base_url=between.url + path, dialect=self.place.dialect)
            between.trouble(method="POST", drop="unanswered")
            try:
                client.videos.create(**{"prompt": "lost and found", **self.place.words})
                word = "one job, its id"
            except errors.SubmitUnknown as unknown:
                try:
                    unknown.recover()
                    word = "one job, found by recover()"
                except errors.CutawayError as error:
                    word = f"one job; {type(error).__name__}"
        jobs = len(set(relay.made))
        must(jobs == 1, f"{jobs} jobs")
        return word

    def progress(self) -> str:
        seen: list[Any] = []
        self.made().wait(timeout=60, on_progress=seen.append)
        must(bool(seen), "nothing told")
        return "yes"

    def estimate(self) -> str:
        try:
            told = self.api.videos.estimate(prompt="a grey film", **self.place.words)
        except errors.UnsupportedCapability:
            return REFUSED
        must(told.num_frames is not None, "no frames")
        return NATIVE

    def _length(self) -> dict[str, Any]:
        words = self.place.words
        return {"seconds": words["seconds"]} if "seconds" in words else {"num_frames": 24}

    def _words(self) -> dict[str, Any]:
        return {"model": self.place.words["model"]} if "model" in self.place.words else {}


ROWS = (
    Row("what speaks there is found out", SDK.found),
    Row("create, wait", SDK.create),
    Row("every field, of its type", SDK.fields),
    Row("progress told while waiting", SDK.progress),
    Row("list, over pages", SDK.pages),
    Row("delete", SDK.delete),
    Row("cancel", SDK.cancel),
    Row("save, verified", SDK.save),
    Row("thumbnail", lambda client: SDK.variant(client, "thumbnail")),
    Row("last frame as a picture", lambda client: SDK.variant(client, "last_frame")),
    Row("create from a picture", SDK.first_frame),
    Row("first and last picture", SDK.last_frame),
    Row("frames and rate", SDK.exact_frames),
    Row("seed, negative prompt", SDK.seed),
    Row("edit an upload", SDK.edit),
    Row("edit a video made there", SDK.edit_by_id),
    Row("extend an upload", SDK.extend),
    Row("remix", SDK.remix),
    Row("fill a gap", SDK.fill),
    Row("blend", SDK.blend),
    Row("loop a clip", SDK.loop),
    Row("characters", SDK.characters),
    Row("estimate", SDK.estimate),
    Row("a failed job is raised, with a reason", SDK.failed_job),
    Row("an unknown id", SDK.unknown_id),
    Row("a create whose answer is lost", SDK.lost_answer),
)
