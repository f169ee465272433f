"""The supervisor with workers that misbehave: each is a small process that speaks the protocol, and then does not."""

import asyncio
import os
import signal
import sys
import time

import pytest

from cutaway.wire import OutputFormat, State, Verb, Video, VideoCreate
from cutaway_runtime.engine.catalog import BARS
from cutaway_runtime.jobs.intake import NewJob
from cutaway_runtime.jobs.queue import Queue
from cutaway_runtime.jobs.reserve import Reserve
from cutaway_runtime.jobs.shelf import Shelf, new_video_id
from cutaway_runtime.jobs.store import Store
from cutaway_runtime.plan.effective import resolve
from cutaway_runtime.worker import supervisor as module
from cutaway_runtime.worker.protocol import JobSpec
from cutaway_runtime.worker.supervisor import Supervisor

HEAD = """
import json, os, signal, sys, time
def say(**message):
    print(json.dumps(message), flush=True)
def hear():
    return json.loads(sys.stdin.readline() or os._exit(0))
def made(order, **more):
    home, name = os.path.split(order["spec"]["output"])
    folder = os.path.join(home, "attempt-%d" % order["attempt"])
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "w") as file:
        file.write("made in attempt %d" % order["attempt"])
    result = dict(num_frames=4, fps="24", bytes=1, sha256="00", engine="bars", revision="1", preview=True)
    return result | more
def lied(order, **more):
    result = made(order, **more)
    os.unlink(os.path.join(os.path.dirname(order["spec"]["output"]), "attempt-%d" % order["attempt"], "video.mp4"))
    return result
"""
OBEDIENT = """
say(kind="ready")
while True:
    order = hear()
    if order["kind"] == "run":
        say(kind="progress", phase="painting", step=1, total=4, percent=25)
        say(kind="finished", result=made(order))
"""
SLOW = """
say(kind="ready")
hear()
say(kind="progress", phase="painting", step=1, total=4, percent=25)
hear()
say(kind="stopped")
time.sleep(60)
"""
DEAF = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
say(kind="ready")
hear()
say(kind="progress", phase="painting", step=1, total=4, percent=25)
while True:
    say(kind="heartbeat")
    time.sleep(0.05)
"""
STUCK = """
if len(sys.argv) > 1:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
say(kind="ready")
order = hear()
say(kind="said", level=30, logger="cutaway_runtime.worker.take", text="about to\\nstop", trace="Traceback\\n  here")
for step in range(1, 4):
    say(kind="progress", phase="painting", step=step, total=9, percent=10 * step)
    time.sleep(0.02)
if order["attempt"] == 2:
    say(kind="finished", result=made(order))
while True:
    say(kind="heartbeat")
    time.sleep(0.05)
"""
SILENT = 'say(kind="ready"); hear(); time.sleep(60)'
MORTAL = 'say(kind="ready"); hear(); os._exit(7)'
BABBLING = 'say(kind="ready"); hear(); print("Segmentation fault? No.", flush=True); time.sleep(60)'
STILLBORN = """
if not os.path.exists(sys.argv[1]):
    sys.stderr.write("no module named wonder\\n")
    sys.exit(1)
"""
FAILING = """
say(kind="ready")
while True:
    if hear()["kind"] == "run":
        say(kind="failed", code="out_of_memory", message="too large")
"""
SPENT = """
say(kind="ready")
while True:
    order = hear()
    if order["kind"] == "run":
        say(kind="progress", phase="painting", step=1, total=4, percent=25)
        say(kind="finished", result=made(order, sha256=str(os.getpid())), spent="memory grew")
"""
FAULTY = """
say(kind="ready")
while True:
    if hear()["kind"] == "run":
        say(kind="failed", code="device_fault", message="the GPU reported a fault")
"""


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(module, "SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(module, "TERM_AFTER", 0.3)
    monkeypatch.setattr(module, "KILL_AFTER", 0.2)


@pytest.fixture
def run(tmp_path, quick):
    """Runs a story with a queue, a shelf and a supervisor of the given worker."""

    def run(worker: str, story, *options: str):
        async def told():
            shelf = Shelf(tmp_path)
            queue = Queue(Store(tmp_path / "jobs.sqlite"), Reserve(tmp_path, 0))
            queue.home = tmp_path
            command = (sys.executable, "-c", HEAD + worker, *options)
            supervisor = Supervisor(queue, shelf, command=command, stuck_seconds=0.6, first_seconds=5)
            supervisor.start()
            try:
                async with asyncio.timeout(30):
                    return await story(queue, supervisor)
            finally:
                await supervisor.close()
                await queue.close()

        return asyncio.run(told())

    return run


async def submitted(queue: Queue) -> str:
    video_id = new_video_id()
    output = Shelf(queue.home).video(video_id, OutputFormat.MP4)
    request = VideoCreate(prompt="x", size="160x90", num_frames=4)
    effective = resolve(request, Verb.GENERATE, {}, BARS, seed=0)
    spec = JobSpec(job_id=video_id, effective=effective, request=request, output=str(output))
    await queue.submit(NewJob(Video(id=video_id, prompt="x", model="bars"), spec.model_dump_json(), "d"))
    return video_id


async def over(queue: Queue, video_id: str) -> Video:
    while True:
        job = await queue.changed(video_id, 5)
        if job.over:
            return job.video()


async def happens(what) -> None:
    while not what():  # noqa: ASYNC110 - nobody tells of it
        await asyncio.sleep(0.01)


async def until(queue: Queue, video_id: str, state: State) -> None:
    while (await queue.changed(video_id, 5)).state is not state:
        pass


def test_one_worker_does_job_after_job(run):
    async def story(queue, supervisor):
        pids = set()
        for _ in range(3):
            video = await over(queue, await submitted(queue))
            assert (video.status, video.progress, video.seconds) == ("completed", 100, "0.166667")
            assert video.cutaway.sha256 == "00"
            pids.add(supervisor.worker_pid)
        assert len(pids) == 1

    run(OBEDIENT, story)


def test_a_failure_is_passed_on_and_the_worker_kept(run):
    async def story(queue, supervisor):
        first = await over(queue, await submitted(queue))
        pid = supervisor.worker_pid
        assert (first.status, first.error.code, first.error.message) == ("failed", "out_of_memory", "too large")
        await over(queue, await submitted(queue))
        assert supervisor.worker_pid == pid

    run(FAILING, story)


def test_a_worker_that_is_spent_is_replaced_and_no_job_notices(run):
    async def story(queue, supervisor):
        first, second = [await over(queue, await submitted(queue)) for _ in range(2)]
        assert [v.status for v in (first, second)] == ["completed", "completed"]
        assert [v.cutaway.attempt for v in (first, second)] == [1, 1]
        assert first.cutaway.sha256 != second.cutaway.sha256  # each worker gave its pid

    run(SPENT, story)


@pytest.mark.parametrize(
    ("worker", "why"),
    [
        (MORTAL, "exit code 7"),
        (SILENT, "said nothing"),
        (BABBLING, "no report"),
        (FAULTY, "the GPU reported a fault"),
    ],
)
def test_a_worker_that_is_lost_costs_three_attempts_and_no_more(run, worker, why):
    async def story(queue, _supervisor):
        video = await over(queue, await submitted(queue))
        assert (video.status, video.error.code) == ("failed", "worker_lost")
        assert why in video.error.message
        assert video.cutaway.attempt == 3

    run(worker, story)


def test_a_cancel_is_heard(run):
    async def story(queue, supervisor):
        video_id = await submitted(queue)
        await until(queue, video_id, State.RUNNING)
        await queue.cancel(video_id)
        supervisor.cancel(video_id)
        pid = supervisor.worker_pid
        assert (await over(queue, video_id)).cutaway.state is State.CANCELLED
        assert supervisor.worker_pid == pid, "it listened, so it lives"

    run(SLOW, story)


def test_a_worker_that_does_not_listen_is_killed(run):
    async def story(queue, supervisor):
        video_id = await submitted(queue)
        await until(queue, video_id, State.RUNNING)
        pid = supervisor.worker_pid
        start = time.monotonic()
        await queue.cancel(video_id)
        supervisor.cancel(video_id)
        video = await over(queue, video_id)
        assert time.monotonic() - start >= 0.5, "after it was told, and after it was asked"
        assert (video.status, video.error.code) == ("failed", "cancelled")
        assert supervisor.worker_pid != pid

    run(DEAF, story)


def test_a_cancel_while_a_worker_starts(run, tmp_path):
    first = """
if not os.path.exists(sys.argv[1]):
    open(sys.argv[1], "w").close()
    say(kind="ready")
    sys.exit()
time.sleep(0.5)
"""

    async def story(queue, supervisor):
        await happens(lambda: supervisor.starts == 1 and supervisor.worker_pid is None)
        video_id = await submitted(queue)
        await until(queue, video_id, State.PREPARING)
        await queue.cancel(video_id)
        supervisor.cancel(video_id)
        assert (await over(queue, video_id)).cutaway.state is State.CANCELLED

    run(first + MORTAL, story, str(tmp_path / "started"))


def test_no_job_pays_for_a_worker_that_cannot_be_started(run, tmp_path, monkeypatch, caplog):
    """Not one of the whole queue; and it goes on by itself once there is a worker."""
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.05)
    (tmp_path / "worker.log").write_text("what an earlier worker wrote of a prompt")
    healed = tmp_path / "wonder"

    async def story(queue, supervisor):
        ids = [await submitted(queue) for _ in range(3)]
        await happens(lambda: supervisor.starts == 3)
        assert supervisor.stands_still
        assert [(job.state, job.attempt) for job in map(queue.job, ids)] == [(State.QUEUED, 0)] * 3
        healed.touch()
        videos = [await over(queue, video_id) for video_id in ids]
        assert [(video.status, video.cutaway.attempt) for video in videos] == [("completed", 1)] * 3
        assert [video.cutaway.warnings for video in videos] == [[]] * 3
        assert not supervisor.stands_still

    run(STILLBORN + OBEDIENT, story, str(healed))
    assert "no module named wonder" in caplog.text
    assert "prompt" not in caplog.text
    assert caplog.text.count("the queue stands still") == 1


def test_a_worker_that_dies_while_the_server_ends_costs_no_attempt(run):
    async def story(queue, supervisor):
        video_id = await submitted(queue)
        await until(queue, video_id, State.RUNNING)
        waiting = await submitted(queue)
        supervisor.closing = True
        os.kill(supervisor.worker_pid, signal.SIGKILL)
        await asyncio.sleep(0.3)
        await supervisor.close()
        for one in (video_id, waiting):
            job = queue.job(one)
            assert (job.state, job.attempt) == (State.QUEUED, 0)
        assert supervisor.starts == 1

    run(DEAF, story)


def test_a_job_whose_end_could_not_be_written_is_done_again(run, monkeypatch):
    """A full disk at the worst moment: nothing stays in progress for ever."""
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.05)
    full = iter([True, True, False])
    for name in ("complete", "give_back"):
        real = getattr(Store, name)

        def sometimes(self, *args, real=real):
            if next(full, False):
                raise OSError("database or disk is full")
            return real(self, *args)

        monkeypatch.setattr(Store, name, sometimes)

    async def story(queue, _supervisor):
        video = await over(queue, await submitted(queue))
        assert (video.status, video.cutaway.attempt) == ("completed", 2)
        assert next(full, None) is None, "both failures happened"

    run(OBEDIENT, story)


def test_closing_puts_the_job_down(run, tmp_path):
    async def story(queue, supervisor):
        video_id = await submitted(queue)
        await until(queue, video_id, State.RUNNING)
        await supervisor.close()
        job = queue.job(video_id)
        assert (job.state, job.attempt) == (State.QUEUED, 0)
        assert supervisor.worker_pid is None

    run(DEAF, story)


@pytest.mark.parametrize("options", [(), ("deaf",)], ids=["asked", "killed"])
def test_a_worker_that_lives_and_does_not_get_on_is_ended_and_the_job_begun_again(run, options, caplog):
    async def story(queue, supervisor):
        video_id = await submitted(queue)
        await until(queue, video_id, State.RUNNING)
        pid, start = supervisor.worker_pid, time.monotonic()
        video = await over(queue, video_id)
        assert 0.5 < time.monotonic() - start < 4, "not before its time, and not only at the bound of a first step"
        assert (video.status, video.cutaway.attempt) == ("completed", 2)
        assert video.cutaway.warnings == ["attempt 1 of 3 was lost: the worker made no progress for 1 s"]
        assert supervisor.worker_pid != pid
        recorded = [recorded.video for recorded in queue.ledger.events(video_id)]
        again = next(i for i, video in enumerate(recorded) if '"attempt":2' in video)
        assert "made no progress" in recorded[again - 1], "the event of the job that is queued again says why"
        return video_id

    video_id = run(STUCK, story, *options)
    assert f"job {video_id}: the worker made no progress for 1 s" in caplog.messages
    said = next(record for record in caplog.records if record.name == "cutaway_runtime.worker.take")
    assert (said.getMessage(), said.exc_text) == (f"job {video_id}: about to\nstop", "Traceback\n  here")


def test_a_file_that_is_not_there_completes_nothing(run, monkeypatch):
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.05)

    async def story(queue, _supervisor):
        video = await over(queue, await submitted(queue))
        assert (video.status, video.error.code, video.cutaway.attempt) == ("failed", "worker_lost", 3)
        assert "FileNotFoundError" in video.error.message

    run(OBEDIENT.replace("made(", "lied("), story)
