"""The agent inside Resolve, over a socket: who is answered, who is hung up on, and when it ends."""

import json
import os
import random
import socket
import stat
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from film import cut_in, take_for

from cutaway.errors import HostUnavailable
from cutaway.hosts.base import Placed, PlacePlan
from cutaway.storyboard.board import board_of
from cutaway_davinci.agent import in_app
from cutaway_davinci.agent.address import NAME, Address, BadAddress
from cutaway_davinci.agent.operations import MOST, Operations
from cutaway_davinci.agent.parent import is_running
from cutaway_davinci.agent.seal import ANSWERING, ASKING, NotSigned, Seal, made_up
from cutaway_davinci.agent.trouble import Trouble
from cutaway_davinci.errors import Busy, NotConnected, NotResponding
from cutaway_davinci.host import LiveHost
from cutaway_davinci.loopback import LoopbackLink
from cutaway_davinci.testing import served as double
from cutaway_davinci.testing.editions import FREE, STUDIO
from cutaway_davinci.testing.handle import Handle
from cutaway_davinci.testing.resolve import ResolveDouble


@contextmanager
def serving(world, folder):
    """The script inside a Resolve, in a thread of this process."""
    ended = threading.Event()
    with in_app.Served(Operations(world.in_app()), folder) as served:

        def turns():
            while not ended.is_set():
                served.turn(0.02)

        thread = threading.Thread(target=turns)
        thread.start()
        try:
            yield served
        finally:
            ended.set()
            world.faults.release()
            thread.join()


@pytest.fixture
def world(tmp_path):
    world = ResolveDouble("21.0.4", studio=False)
    cut_in(world, tmp_path)
    yield world
    assert world.misuses == []


@pytest.fixture
def served(world, tmp_path):
    with serving(world, tmp_path) as served:
        yield served


@pytest.fixture
def link(tmp_path):
    link = LoopbackLink(tmp_path)
    yield link
    link.close()


def look(link, folder, deadline=10.0):
    return link.ask(
        "snapshot",
        {"folder": str(folder / "j"), "journal": str(folder / "j" / "{timeline}" / "placed.jsonl")},
        deadline=deadline,
    )


@contextmanager
def called(served):
    """A bare line to the script, and what it says first."""
    with socket.create_connection((in_app.LOOPBACK, served.address.port), 10) as line, line.makefile("rb") as said:
        yield line, said, said.readline().rstrip(b"\n")


def is_hung_up(said):
    try:
        return said.read(1) == b""
    except ConnectionError:
        return True


# -- who may --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edition", [FREE[0], FREE[-2], STUDIO[-1]], ids=str)
def test_a_take_goes_in_and_out_through_the_socket(edition, tmp_path):
    world = edition.world()
    cut_in(world, tmp_path)
    with serving(world, tmp_path):
        host = LiveHost(LoopbackLink(tmp_path), folder=tmp_path / "cutaway")
        snapshot = host.snapshot()
        card = board_of(snapshot.index).cards[0]
        (placed,) = host.place(PlacePlan(snapshot.digest, card, *take_for(card, tmp_path)))
        assert isinstance(placed, Placed)
        assert world.project.timelines[0].tracks["video"][0].items[1].start == 86448
        host.remove(placed)
        assert host.snapshot().digest == snapshot.digest
        host.close()
    assert world.misuses == []


def test_it_listens_on_this_machine_alone_and_its_secret_is_the_owners(served, tmp_path):
    assert served._listener.getsockname()[0] == "127.0.0.1"
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600
    assert len(served.address.secret) == 32


def test_the_free_edition_that_lost_python_is_refused_by_name(tmp_path):
    world = FREE[-1].world()
    with pytest.raises(Trouble, match=r"21\.1"):
        in_app.serve(Handle(world), str(tmp_path))
    assert not (tmp_path / NAME).exists()


def test_who_has_another_secret_is_hung_up_on_and_told_what_to_do(served, tmp_path, link, world):
    calls = len(world.calls)
    wrong = served.address._replace(secret=b"x" * 32)
    (tmp_path / NAME).write_text(json.dumps({"port": wrong.port, "secret": wrong.secret.hex(), "pid": wrong.pid}))
    with pytest.raises(NotConnected, match="Workspace > Scripts"):
        look(link, tmp_path)
    assert len(world.calls) == calls
    (tmp_path / NAME).write_text(
        json.dumps({"port": served.address.port, "secret": served.address.secret.hex(), "pid": 1})
    )
    assert look(link, tmp_path)["timeline"]["name"] == "cut"  # the file was set right: the next question is answered


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps a user's folders to the user")
def test_an_address_that_others_can_read_is_not_used(served, tmp_path, link):
    (tmp_path / NAME).chmod(0o644)
    with pytest.raises(NotConnected, match="read by others"):
        look(link, tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"port": 0, "secret": "00", "pid": 1}', '{"port": 99999999}'])
def test_a_damaged_address_is_named(text, tmp_path, link):
    (tmp_path / NAME).write_text(text)
    (tmp_path / NAME).chmod(0o600)
    with pytest.raises(NotConnected, match="damaged"):
        look(link, tmp_path)


def test_without_an_address_it_is_said_how_to_start_the_script(tmp_path, link):
    with pytest.raises(NotConnected, match="Workspace > Scripts > Cutaway"):
        look(link, tmp_path)


def test_an_address_whose_script_has_ended_is_told_from_one_that_answers(tmp_path, link, world):
    with serving(world, tmp_path) as served:
        left = (tmp_path / NAME).read_text()
        assert in_app.is_served(tmp_path)
        assert served.address.pid == os.getpid()
    assert not (tmp_path / NAME).exists()
    (tmp_path / NAME).write_text(left)
    (tmp_path / NAME).chmod(0o600)
    assert not in_app.is_served(tmp_path)
    with pytest.raises(NotConnected, match="nothing listens"):
        look(link, tmp_path)


def test_somebody_else_at_the_old_port_is_not_believed(tmp_path, link):
    with socket.create_server((in_app.LOOPBACK, 0)) as other:
        address = Address.written(tmp_path, other.getsockname()[1])

        def answers():
            line = other.accept()[0]
            with line:
                line.sendall(made_up() + b"\n")
                line.recv(1 << 16)
                line.sendall(b"0" * 64 + b' {"id": 1, "answer": {}}\n')

        thread = threading.Thread(target=answers)
        thread.start()
        with pytest.raises(NotConnected, match="not the script"):
            link.ask("snapshot", {}, deadline=10)
        thread.join()
    assert Address.read(tmp_path) == address


# -- what is said ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "garbage",
    [
        b"\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 9 + b"\n",
        b"\xff" * 300 + b"\n",
        b"0" * 64 + b"\n" + b"{}\n",
        b"0" * 64 + b"\n" + b"0" * 64 + b' {"id": 1, "do": "snapshot", "with": {}}\n',
    ],
    ids=["nothing", "a browser", "tls", "noise", "unsigned", "signed wrong"],
)
def test_garbage_is_hung_up_on_and_holds_nobody_up(garbage, served, tmp_path, link, world):
    with called(served) as (line, said, _):
        line.sendall(garbage)
        assert is_hung_up(said)
    assert world.calls.count("Timeline.GetMarkers") == 0
    assert look(link, tmp_path)["timeline"]["name"] == "cut"


@pytest.mark.parametrize("seed", range(24))
def test_a_conversation_with_anything_in_it_changed_is_not_answered(seed, served, tmp_path, link, world):
    """One byte of what is said is another one, is missing, or is there twice."""
    chance = random.Random(seed)
    with called(served) as (line, said, greeting):
        own = made_up()
        request = json.dumps({"id": 1, "do": "reveal", "with": {"folder": str(tmp_path), "timecode": "01:00:00:10"}})
        spoken = own + b"\n" + Seal(served.address.secret, own, greeting).signed(ASKING, request.encode())
        at = chance.randrange(len(spoken) - 1)  # the last one is the end of the line
        other = bytes([(spoken[at] + chance.randrange(1, 256)) % 256])
        middle = chance.choice([b"", other, spoken[at : at + 1] * 2])
        line.sendall(spoken[:at] + middle + spoken[at + 1 :])
        line.shutdown(socket.SHUT_WR)
        assert is_hung_up(said)
    assert "Timeline.SetCurrentTimecode" not in world.calls
    assert look(link, tmp_path)["timeline"]["name"] == "cut"


def test_a_message_that_is_said_twice_is_hung_up_on(served, world):
    with called(served) as (line, said, greeting):
        own = made_up()
        message = Seal(served.address.secret, own, greeting).signed(ASKING, b'{"id": 1, "do": "fly", "with": {}}')
        line.sendall(own + b"\n" + message)
        assert json.loads(said.readline().partition(b" ")[2])["trouble"]["code"] == "request"
        line.sendall(message)
        assert is_hung_up(said)


def test_a_message_of_another_conversation_is_hung_up_on(served):
    with called(served) as (_, _, first), called(served) as (line, said, _):
        own = made_up()
        line.sendall(own + b"\n" + Seal(served.address.secret, own, first).signed(ASKING, b"{}"))
        assert is_hung_up(said)


def test_an_answer_is_not_taken_for_a_question():
    seal, other = Seal(b"k", b"a", b"b"), Seal(b"k", b"a", b"b")
    with pytest.raises(NotSigned):
        other.opened(ASKING, seal.signed(ANSWERING, b"{}"))


def test_a_message_without_an_end_is_cut_off_at_its_size(served):
    with called(served) as (line, said, greeting):
        assert greeting
        line.sendall(made_up() + b"\n")
        with pytest.raises(OSError):  # noqa: PT012, PT011 - the pipe breaks while it is sent, or is reset when it is read
            for _ in range(64):
                line.sendall(b"0" * (MOST // 16))
            if is_hung_up(said):
                raise ConnectionError


@pytest.mark.parametrize("begun", [b"", b"0123", made_up() + b"\n" + b"0123"], ids=["nothing", "a line", "a message"])
def test_who_does_not_finish_is_hung_up_on(begun, served, monkeypatch, tmp_path, link):
    monkeypatch.setattr(in_app, "_PATIENCE", 0.1)
    with called(served) as (line, said, _):
        line.sendall(begun)
        assert is_hung_up(said)
    monkeypatch.undo()
    assert look(link, tmp_path)["timeline"]["name"] == "cut"


def test_who_is_on_the_line_may_stay_there_without_a_word(served, monkeypatch, tmp_path, link):
    monkeypatch.setattr(in_app, "_PATIENCE", 0.05)
    look(link, tmp_path)
    line = link._line
    time.sleep(0.3)
    look(link, tmp_path)
    assert link._line is line


def test_there_are_named_operations_only(served, tmp_path, link):
    for name in ("eval", "__class__", "answer", ""):
        with pytest.raises(Exception, match="is none of"):
            link.ask(name, {}, deadline=10)
    assert look(link, tmp_path)["timeline"]["name"] == "cut"


def test_one_is_talked_to_at_a_time_and_the_next_one_when_it_goes(served, tmp_path, link):
    look(link, tmp_path)
    other = LoopbackLink(tmp_path)
    with pytest.raises(Busy, match="another panel"):
        look(other, tmp_path)
    link.close()
    assert look(other, tmp_path)["timeline"]["name"] == "cut"
    other.close()


# -- what goes wrong ------------------------------------------------------------------------------------


def test_a_resolve_that_hangs_is_given_up_in_time_and_asked_again_when_it_answers(served, world, tmp_path, link):
    look(link, tmp_path)
    world.faults.hang("Timeline.GetMarkers")
    began = time.monotonic()
    for _ in range(2):  # the second question finds nobody who would say a number
        with pytest.raises(NotResponding, match="dialog"):
            look(link, tmp_path, deadline=0.3)
    assert time.monotonic() - began < 5
    world.faults.release()
    assert look(link, tmp_path)["timeline"]["name"] == "cut"


def test_a_script_that_resolve_holds_up_counts_as_running(served, world, tmp_path, link, monkeypatch):
    monkeypatch.setattr(in_app, "_PATIENCE", 0.3)
    world.faults.hang("Timeline.GetMarkers")
    with pytest.raises(NotResponding):
        look(link, tmp_path, deadline=0.2)
    assert in_app.is_served(tmp_path)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert not is_running(ended.pid)
    world.faults.release()


def test_a_script_that_was_started_anew_is_found_again(world, tmp_path, link):
    with serving(world, tmp_path):
        first = look(link, tmp_path)["digest"]
    with pytest.raises(HostUnavailable):
        look(link, tmp_path)
    with serving(world, tmp_path):
        assert look(link, tmp_path)["digest"] == first


def test_a_second_script_does_not_start_beside_the_first(served, world, tmp_path, link):
    address = (tmp_path / NAME).read_text()
    assert in_app.serve(world.in_app(), str(tmp_path)) is False
    look(link, tmp_path)
    assert in_app.serve(world.in_app(), str(tmp_path)) is False  # nor while the first is talked to
    assert (tmp_path / NAME).read_text() == address


SCRIPT = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", sys.argv[1], *sys.argv[2:]])
sys.stdin.read()
"""
INSIDE = """
import os, sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
import DaVinciResolveScript
from cutaway_davinci.agent.in_app import serve
serve(DaVinciResolveScript.scriptapp("Resolve"), sys.argv[3])
foreign = {name.partition(".")[0] for name in sys.modules} & {"cutaway", "pydantic", "httpx", "av", "numpy", "PySide6"}
open(os.path.join(sys.argv[3], "ended"), "w").write(",".join(sorted(foreign)))
"""


def test_it_ends_with_the_process_that_started_it_and_loads_nothing_of_the_others(tmp_path):
    world = ResolveDouble("20.3")
    cut_in(world, tmp_path)
    plugin = Path(in_app.__file__).parents[2]
    with double.Served(world) as far:
        resolve = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, INSIDE, str(double.MODULE / "Modules"), str(plugin), str(tmp_path)],
            stdin=subprocess.PIPE,
            env=os.environ | far.environment,
        )
        link = LoopbackLink(tmp_path)
        try:
            assert _within(20, lambda: _answers(link, tmp_path))
        finally:
            resolve.kill()
            resolve.communicate()
        assert _within(20, (tmp_path / "ended").exists)
        assert _within(5, lambda: (tmp_path / "ended").read_text() == "")
        link.close()
    assert not (tmp_path / NAME).exists()
    with pytest.raises(BadAddress):
        Address.read(tmp_path)


def _answers(link, folder):
    try:
        return look(link, folder)["timeline"]["name"] == "cut"
    except HostUnavailable:
        return False


def _within(seconds, so):
    until = time.monotonic() + seconds
    while not so():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
