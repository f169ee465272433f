# SPDX-License-Identifier: GPL-3.0-or-later
"""The desk of one Blender: a host for each scene, one queue for all cards, and what is to land where.

    desk = jobs.session()
    host = desk.host()                        # of the sequence the editor sees
    desk.make(host, card.id)                  # a take of a card; it lands in the cut when it is there
    desk.make(host, card.id, land=put_plate)  # or is given to a function of ours, on the main thread
    desk.job(card.id), desk.worklist          # what the queue told last

Everything here is called on the main thread. The queue has a thread of its own and tells by values; the pump
(`jobs`) brings them here and lands at most one take a call.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, TypeVar

import bpy

from cutaway.errors import CutawayError
from cutaway.hosts.assembly import put_take
from cutaway.storyboard.job import ENDED, Job, JobState, Server, Worklist
from cutaway.storyboard.queue import UNDER_WAY, CardQueue

from . import compat, home, identity, jobs, placeholders, prefs
from .host import BlenderHost

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway.storyboard.card import Card, Take
    from cutaway.storyboard.project import Project

    from .settings import Settings

    Land = Callable[[BlenderHost, Card, Take], object]

T = TypeVar("T")
TOLD: Final = 20
"""How many sentences are kept."""


class Session:
    """See the module."""

    def __init__(self) -> None:
        self.worklist = Worklist()
        self.said: list[str] = []
        """What happened, newest last, a sentence each."""
        self._hosts: dict[int, BlenderHost] = {}
        self._queue: CardQueue | None = None
        self._settings: Settings | None = None
        self._expected: OrderedDict[str, tuple[int, Land]] = OrderedDict()
        """Card -> the scene it belongs to, and what is done with its take."""
        self._arrived: list[str] = []
        self._given_up: list[tuple[int, str]] = []
        """Scene and card of what failed or was cancelled; its placeholder is still there."""
        self._projects: dict[int, Project] = {}
        self._asked_server = False
        self._aside: list[Thread] = []
        self._brought: list[Callable[[], object]] = []
        """What is to be done with results of `aside`, when Blender is not busy."""

    # -- hosts ---------------------------------------------------------------------------------------

    def host(self, scene: Any = None) -> BlenderHost:
        """The host of a scene; of the one whose sequence the editor sees, if not said. One for each."""
        scene = scene if scene is not None else compat.edit_scene(bpy.context)
        uid = int(scene.session_uid)
        if uid not in self._hosts:
            self._hosts[uid] = BlenderHost(scene)
        return self._hosts[uid]

    def read(self, scene: Any) -> Project:
        """The cards of a scene, read from their folder if they were not yet; from now on they are `known`."""
        project = self._projects[int(scene.session_uid)] = self.host(scene).project
        return project

    def known(self, scene: Any) -> Project | None:
        """The cards of a scene, if they were read: for drawing, which reads nothing."""
        return self._projects.get(int(scene.session_uid))

    def forget_scenes(self) -> None:
        """Another file is open: its scenes are others. What was to land in the old one stays with its cards."""
        self._hosts.clear()
        self._expected.clear()
        self._arrived.clear()
        self._given_up.clear()
        self._brought.clear()
        self._projects.clear()

    # -- what takes long, and is no job --------------------------------------------------------------------

    def aside(self, work: Callable[[], T], then: Callable[[T], object]) -> None:
        """Does something on a thread of its own, which gets no bpy value from here; `then` with its result by the pump.

        What cutaway refuses is said.
        """

        def done() -> None:
            try:
                found = work()
            except (CutawayError, OSError) as error:
                said = str(error)
                jobs.soon(lambda: self.say(said))
            else:
                jobs.soon(lambda: self._brought.append(lambda: then(found)))

        self._aside = [thread for thread in self._aside if thread.is_alive()]
        self._aside.append(Thread(target=done, name="cutaway-aside", daemon=True))
        self._aside[-1].start()
        jobs.wake()

    # -- the queue -------------------------------------------------------------------------------------

    @property
    def queue(self) -> CardQueue:
        """The queue, with the server that the preferences name now; another server is another queue."""
        now = prefs.settings()
        if self._queue is not None and now != self._settings:
            self._queue.close(jobs.JOIN)
            self._queue = None
        if self._queue is None:
            self._settings = now
            self._queue = CardQueue(now.open, self._hear, at_once=now.at_once)
        return self._queue

    @property
    def server(self) -> Server:
        """Who makes the takes, as far as it was asked."""
        return self.worklist.server

    @property
    def is_asking(self) -> bool:
        """Whether the server's answer is waited for."""
        return self._asked_server

    def ask_server(self) -> None:
        """Asks the server who it is; the answer comes to `server`, or why there is none."""
        self._asked_server = True
        self.worklist = Worklist(jobs=self.worklist.jobs)
        self.queue.ask_server()
        jobs.wake()

    def make(self, host: BlenderHost, *card_ids: str, land: Land | None = None) -> None:
        """One take of each card of a host's project.

        Args:
            host: its scene must still be there when the take is.
            card_ids: of cards that the project has already.
            land: called with host, card and take when it is there; puts it into the cut, if not said.
        """
        index = host.snapshot().index
        self.queue.follow(host.project, index, host.folders, take_format=host.info().take_format)
        for card_id in card_ids:
            self.expect(host, card_id, land)
            if self._ended(card_id):
                self.queue.retry(card_id)
            else:
                self.queue.add(card_id)
        jobs.wake()

    def expect(self, host: BlenderHost, card_id: str, land: Land | None = None) -> None:
        """What is to be done with the next take of a card."""
        self._expected[card_id] = (int(host.scene.session_uid), land or put_take)

    def cancel(self, card_id: str) -> None:
        """A card is not made; a placeholder of it goes."""
        self.queue.cancel(card_id)
        self._give_up(card_id)
        jobs.wake()

    def retry(self, host: BlenderHost, card_id: str, land: Land | None = None) -> None:
        """A card that failed or was cancelled is made again."""
        self.make(host, card_id, land=land)

    def clear(self) -> None:
        """What has ended is no longer listed."""
        self.queue.forget()
        jobs.wake()

    def job(self, card_id: str) -> Job | None:
        """What the queue says of a card."""
        return next((job for job in self.worklist.jobs if job.card_id == card_id), None)

    @property
    def is_waiting(self) -> bool:
        """Whether the pump has something to wait for."""
        if self._brought or any(thread.is_alive() for thread in self._aside):
            return True
        if self._queue is None:
            return False
        running = any(job.state not in ENDED for job in self.worklist.jobs)
        return bool(running or self._arrived or self._given_up or self._expected or self._asked_server)

    def say(self, sentence: str) -> None:
        """For the panel."""
        self.said.append(sentence)
        del self.said[:-TOLD]

    def close(self, timeout: float) -> bool:
        """Ends the queue's thread; whether it ended within so many seconds. Jobs at the server are found again."""
        queue, self._queue = self._queue, None
        return queue.close(timeout) if queue is not None else True

    # -- by the pump -----------------------------------------------------------------------------------

    def attach(self) -> None:
        """Takes up the jobs that the scenes of this file still wait for; what has a placeholder lands there."""
        for scene in bpy.data.scenes:
            if not scene.get(home.KEY) or not (home.folder_of(scene) / "project.json").is_file():
                continue
            host = self.host(scene)
            self.read(scene)
            waiting = {card.id for card in host.project.cards if card.job_id and card.state in UNDER_WAY}
            if not waiting:
                continue
            if obstacle := prefs.settings().obstacle:
                self.say(f"{len(waiting)} jobs of {scene.name} are waited for when {obstacle}")
                continue
            for card_id in waiting & awaited(scene):
                self.expect(host, card_id, placeholders.land)
            self.queue.follow(host.project, host.snapshot().index, host.folders)
        jobs.wake()

    def land_one(self) -> bool:
        """Lands the take that came first; False where there is none. Blender neither renders nor saves now."""
        if self._brought:
            try:
                self._brought.pop(0)()
            except CutawayError as error:
                self.say(str(error))
            return True
        swept = self._swept()
        if not self._arrived:
            return swept
        card_id = self._arrived.pop(0)
        uid, land = self._expected.pop(card_id, (0, None))
        scene = next((scene for scene in bpy.data.scenes if scene.session_uid == uid), None)
        if land is None or scene is None:
            return False
        host = self.host(scene)
        card = host.project.card(card_id)
        take = card.take()
        name = f"the plate behind {card.camera}" if card.camera else str(card.kind)
        if take is None:
            self.say(f"{name}: the take is not in the project any more")
            return True
        try:
            outcome = land(host, card, take)
        except CutawayError as error:
            self.say(f"{name} was not placed: {error}. The take stays with its card")
            self._given_up.append((uid, card_id))
            return True
        refusal = getattr(outcome, "refusal", "")
        placed = getattr(outcome, "placed", None)
        notes = "".join(f"; {note}" for note in placed.notes) if placed is not None else ""
        self.say(f"{name} was not placed: {refusal}" if refusal else f"{name} lies in its place{notes}")
        return True

    def _hear(self, now: Worklist) -> None:
        """On the queue's thread."""
        jobs.soon(lambda: self._take_up(now))

    def _take_up(self, now: Worklist) -> None:
        before = {job.card_id: job.state for job in self.worklist.jobs}
        self.worklist = now
        if now.server != Server() and self._asked_server:
            self._asked_server = False
            self.say(
                now.server.problem or f"{now.server.address} answers; models: {', '.join(now.server.models) or 'none'}"
            )
        for job in now.jobs:
            if job.state not in ENDED or before.get(job.card_id) is job.state:
                continue
            if job.state is JobState.DONE and job.card_id in self._expected:
                self._arrived.append(job.card_id)
            elif job.state is JobState.FAILED:
                self._give_up(job.card_id)
                self.say(f"a card failed: {job.error}")
            elif job.state is JobState.CANCELLED:
                self._give_up(job.card_id)

    def _give_up(self, card_id: str) -> None:
        """No take of a card is waited for any more."""
        if (expected := self._expected.pop(card_id, None)) is not None:
            self._given_up.append((expected[0], card_id))

    def _swept(self) -> bool:
        """Takes the placeholders away of what was given up; whether there were any."""
        given_up, self._given_up = self._given_up, []
        count = 0
        for uid, card_id in given_up:
            for scene in (scene for scene in bpy.data.scenes if scene.session_uid == uid):
                host = self.host(scene)
                with host.undo_step("Cutaway: no take"):
                    count += placeholders.remove(host, card_id)
        return count > 0

    def _ended(self, card_id: str) -> bool:
        """Whether the queue lists a card that failed or was cancelled."""
        job = self.job(card_id)
        return job is not None and job.state in {JobState.FAILED, JobState.CANCELLED}


def awaited(scene: Any) -> set[str]:
    """The cards that have a placeholder in the sequence of a scene."""
    editor = compat.editor(scene)
    if editor is None:
        return set()
    found = set()
    for strip in compat.strips(editor):
        values = identity.written(strip)
        if values.get("role") == identity.PLACEHOLDER:
            with suppress(KeyError):
                found.add(str(values["card"]))
    return found
