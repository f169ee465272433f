"""A worker is replaced for what it holds on to, not for what it needs."""

from cutaway_runtime.worker import wear
from cutaway_runtime.worker.wear import Wear, memory_in_use

MIB = 1024**2


def watched(*readings):
    told = iter(readings)
    return Wear(lambda: next(told))


DRAFT, WAN = frozenset({"draft"}), frozenset({"draft", "wan"})


def test_memory_that_comes_back_is_no_wear():
    worn = watched(*[n * MIB for n in (500, 900, 1000, 1010, 1200, 1050)])
    assert [worn.after_job(DRAFT) for _ in range(6)] == [""] * 6


def test_memory_that_grows_job_by_job_is_told_with_its_numbers():
    worn = watched(*[n * MIB for n in (1000, 1000, 1000, 1200, 1300, 1400)])
    said = [worn.after_job(DRAFT) for _ in range(6)]
    assert said[:5] == [""] * 5
    assert said[5] == "memory grew from 1000 to 1400 MiB"


def test_another_model_begins_a_baseline_of_its_own():
    worn = watched(*[n * MIB for n in (1000, 1000, 1000, 9000, 9000, 9000, 9100)])
    assert [worn.after_job(engines) for engines in (DRAFT, DRAFT, DRAFT, WAN, WAN, WAN, WAN)] == [""] * 7


def test_after_many_jobs_it_is_replaced_anyway(monkeypatch):
    monkeypatch.setattr(wear, "JOBS", 3)
    worn = watched(0, 0, 0)
    assert [worn.after_job(DRAFT) for _ in range(3)] == ["", "", "it has done 3 jobs"]


def test_what_is_measured_is_this_process():
    before = memory_in_use()
    block = bytearray(64 * MIB)
    assert before == 0 or memory_in_use() - before > 48 * MIB
    del block
