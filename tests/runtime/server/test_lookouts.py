"""Who looks into uploads: processes that may end, freeze or lie, and a server that goes on."""

import asyncio
import json
import signal
import sys

import pytest
from PIL import Image

from cutaway_runtime.server import lookouts as module
from cutaway_runtime.server.lookouts import Lookouts, Seen

SAYS = "import sys,json\nfor line in sys.stdin: print(json.dumps({'ends': 0, 'said': line}), flush=True)"
ENDS = "import sys; sys.stdin.readline()"
FREEZES = "import time; time.sleep(60)"
BABBLES = "print('x' * 10_000_000, flush=True); import time; time.sleep(60)"


def asked(code: str, path, *, times: int = 1, at_once: bool = False) -> list[Seen]:
    async def look() -> list[Seen]:
        posted = Lookouts([sys.executable, "-c", code], forks=True)
        try:
            looks = [posted.look(path, "png") for _ in range(times)]
            return await asyncio.gather(*looks) if at_once else [await one for one in looks]
        finally:
            await posted.close()

    return asyncio.run(look())


def test_a_question_is_answered_by_whoever_is_free(tmp_path):
    seen = asked(SAYS, tmp_path / "a.png", times=9, at_once=True)
    assert {json.loads(one.said)["path"] for one in seen} == {str(tmp_path / "a.png")}
    assert all(one.is_good for one in seen)


@pytest.mark.parametrize("code", [ENDS, FREEZES, BABBLES], ids=["ends", "freezes", "babbles"])
def test_one_that_does_not_answer_is_replaced_and_the_file_refused(code, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.5)
    seen = asked(code, tmp_path / "a.png")[0]
    assert (seen.is_good, seen.why_not) == (False, "it cannot be decoded")


def test_where_nothing_can_be_forked_a_file_has_a_process_that_starts_for_it(tmp_path):
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n")

    async def look(name: str) -> Seen:
        return await Lookouts(forks=False).look(tmp_path / name, "png")

    good, bad = asyncio.run(look("a.png")), asyncio.run(look("b.png"))
    assert json.loads(good.said)["width"] == 40
    assert not bad.is_good
    assert "the file begins like PNG" in bad.why_not


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_what_is_said_of_a_file_is_said_in_words():
    assert Seen(1, "it is damaged").why_not == "it is damaged"
    assert "longer than the 10 s" in Seen(-signal.SIGXCPU, "").why_not
    assert Seen(-signal.SIGSEGV, "rubbish").why_not == "it cannot be decoded"
    assert Seen(70, "rubbish").why_not == "it cannot be decoded"
