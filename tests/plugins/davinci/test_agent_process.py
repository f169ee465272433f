"""The agent as a process of its own, and a Resolve that is another one and hangs."""

import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from film import cut_in, take_for

from cutaway.hosts.base import NotPlaced, Placed, PlacePlan
from cutaway.storyboard.board import board_of
from cutaway_davinci.errors import DialogOpen, NotConnected, NotResponding, VersionLimit
from cutaway_davinci.host import LiveHost
from cutaway_davinci.link import AgentProcess
from cutaway_davinci.testing.editions import FREE
from cutaway_davinci.testing.resolve import ResolveDouble
from cutaway_davinci.testing.served import Served


def host_of(served, folder, deadline=30.0):
    return LiveHost(AgentProcess(environment=served.environment), folder=folder / "cutaway", deadline=deadline)


@pytest.fixture
def world(tmp_path):
    world = ResolveDouble("21.1.1")
    cut_in(world, tmp_path)
    yield world
    assert world.misuses == []


@pytest.fixture
def served(world):
    with Served(world) as served:
        yield served


@pytest.fixture
def host(served, tmp_path):
    host = host_of(served, tmp_path)
    yield host
    host.close()


def plan_for(host, folder):
    snapshot = host.snapshot()
    card = board_of(snapshot.index).cards[0]
    take, media = take_for(card, folder)
    return PlacePlan(snapshot.digest, card, take, media)


def test_a_take_goes_in_and_out_over_two_processes(host, world, tmp_path):
    before = host.snapshot().digest
    (result,) = host.place(plan_for(host, tmp_path))
    assert isinstance(result, Placed)
    assert world.project.timelines[0].tracks["video"][0].items[1].start == 86448
    assert host.frame_at(50, tmp_path / "frame.png").stat().st_size > 0
    host.remove(result)
    assert host.snapshot().digest == before


@pytest.mark.parametrize("name", ["MediaPool.AppendToTimeline", "Timeline.AddMarker"])
def test_a_resolve_that_hangs_is_given_up_in_time_and_the_timeline_is_as_before(name, host, world, tmp_path):
    plan = plan_for(host, tmp_path)
    host.deadline = 0.75  # a take may need four times that
    world.faults.hang(name)
    began = time.monotonic()
    (result,) = host.place(plan)
    assert isinstance(result, NotPlaced)
    assert isinstance(result.error, NotResponding)
    assert time.monotonic() - began < 30
    host.deadline = 30
    assert host.snapshot().digest == plan.digest  # while the first call still hangs
    world.faults.release()
    (result,) = host.place(plan)
    assert isinstance(result, Placed)


def test_an_agent_that_was_killed_is_started_again(host):
    first = host.snapshot().digest
    process = host.link._process
    process.kill()
    process.wait()
    assert host.snapshot().digest == first
    assert host.link._process.pid != process.pid


def test_a_resolve_that_was_quit_and_started_again_is_found_again(world, tmp_path):
    with Served(world) as served:
        host = host_of(served, tmp_path)
        first = host.snapshot().digest
    try:
        for _ in range(2):
            with pytest.raises(NotConnected):
                host.snapshot()
        with Served(world, served.port):
            assert host.snapshot().digest == first
    finally:
        host.close()


def test_a_resolve_that_answered_nothing_for_a_while_is_asked_anew(host, world, tmp_path):
    first = host.snapshot().digest
    world.faults.modal = True
    with pytest.raises((DialogOpen, NotConnected)):
        host.snapshot()
    world.faults.modal = False
    assert host.snapshot().digest == first
    assert isinstance(host.place(plan_for(host, tmp_path))[0], Placed)


def test_closing_leaves_no_process(served, tmp_path):
    host = host_of(served, tmp_path)
    host.info()
    process = host.link._process
    host.close()
    assert process.poll() is not None


@pytest.mark.parametrize("edition", FREE, ids=str)
def test_the_free_edition_lets_no_process_in_and_the_way_by_files_is_named(edition, tmp_path):
    with Served(edition.world()) as served:
        host = host_of(served, tmp_path)
        with pytest.raises(NotConnected, match="File > Export > Timeline"):
            host.snapshot()
        host.close()


def test_a_studio_that_is_shut_to_processes_says_where_the_setting_is(tmp_path):
    with Served(ResolveDouble("21.1.1", external_scripting=False)) as served:
        host = host_of(served, tmp_path)
        with pytest.raises(NotConnected, match="External scripting"):
            host.info()
        host.close()


def test_an_old_resolve_is_refused_by_its_version(tmp_path):
    with Served(ResolveDouble("18.1.3")) as served:
        host = host_of(served, tmp_path)
        with pytest.raises(VersionLimit, match=r"18\.1\.3"):
            host.info()
        host.close()


def test_a_machine_without_resolve_is_told_where_it_was_looked_for(tmp_path):
    link = AgentProcess(environment={"RESOLVE_SCRIPT_API": str(tmp_path / "nowhere")})
    with pytest.raises(NotConnected, match="nowhere"):
        LiveHost(link, folder=tmp_path).info()
    link.close()


def test_an_interpreter_that_is_not_there_is_named(tmp_path):
    link = AgentProcess(python=str(tmp_path / "python"))
    with pytest.raises(NotConnected, match="does not start"):
        LiveHost(link, folder=tmp_path).info()
