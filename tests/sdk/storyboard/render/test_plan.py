"""What a run would do, decided from manifest, lock, cache and, only where needed, the server."""

import asyncio
import hashlib
from dataclasses import replace

import pytest

from cutaway.errors import UnsupportedCapability
from cutaway.storyboard.render.budget import Budget, Limit, cost
from cutaway.storyboard.render.cache import FolderCache
from cutaway.storyboard.render.expansion import expanded
from cutaway.storyboard.render.hashes import Hashes
from cutaway.storyboard.render.ledger import Ledger
from cutaway.storyboard.render.lock import Lock, Locked
from cutaway.storyboard.render.manifest import Prices
from cutaway.storyboard.render.offer import Offer
from cutaway.storyboard.render.pace import Pace
from cutaway.storyboard.render.plan import Choice, LockDrift, Planner
from cutaway.storyboard.render.unit import Pin
from cutaway.storyboard.render.yaml_source import ManifestError, read
from cutaway.wire import Capabilities, ModelInfo


def offer(version="1", **models):
    known = [ModelInfo(id="draft", preview=True), *(ModelInfo(id=name, **facts) for name, facts in models.items())]
    return Offer("here", Capabilities(version=version, models=known, default_models={"generate": "draft"}))


class Plans:
    """Plans a manifest again and again; a unit is `rendered` by a file that says so."""

    def __init__(self, folder):
        self.folder, self.server, self.asked = folder, offer(), 0
        self.cache = FolderCache(folder / "cache")

    def steps(self, text, choice=None):
        path = self.folder / "assets.yaml"
        path.write_text("version: 1\nassets:\n" + text)

        async def asked():
            self.asked += 1
            return self.server

        hashes = Hashes(self.folder / "hashes.json")
        self.lock = Lock(path)
        self.planner = Planner(expanded(read(path)), self.folder / "out", self.lock.entries, self.cache, hashes, asked)
        steps = asyncio.run(self.planner.steps(choice or Choice()))
        return {step.unit.id: step for step in steps}

    def rendered(self, steps):
        entries = {}
        for name, step in steps.items():
            path = self.folder / "out" / step.unit.output
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(step.key.encode())
            sha256 = hashlib.sha256(step.key.encode()).hexdigest()
            entries[name] = Locked(step.digest, step.key, *step.pin, files={step.unit.output: sha256})
        self.lock.write(entries)


@pytest.fixture
def plans(tmp_path):
    return Plans(tmp_path)


def actions(steps):
    return {name: (str(step.action), step.why) for name, step in steps.items()}


def test_what_was_rendered_is_fresh_and_no_server_is_asked(plans):
    plans.rendered(plans.steps("  a: x\n  b: y\n"))
    plans.asked = 0
    assert actions(plans.steps("  a: x\n  b: y\n")) == {"a": ("fresh", ""), "b": ("fresh", "")}
    assert plans.asked == 0


def test_one_changed_prompt_is_one_thing_to_make(plans):
    plans.rendered(plans.steps("  a: x\n  b: y\n"))
    assert actions(plans.steps("  a: x\n  b: z\n")) == {"a": ("fresh", ""), "b": ("make", "changed")}


def test_what_is_made_from_a_changed_thing_has_changed(plans):
    text = "  a: {}\n  b: {{extend: '${{{{ assets.a }}}}', frames: 2}}\n"
    plans.server = offer(grow={"preview": True})
    plans.rendered(plans.steps(text.format("x").replace("frames: 2", "frames: 2, model: grow")))
    steps = plans.steps(text.format("y").replace("frames: 2", "frames: 2, model: grow"))
    assert actions(steps) == {"a": ("make", "changed"), "b": ("make", "changed")}


def test_a_new_version_on_the_server_changes_nothing_until_it_is_asked_for(plans):
    plans.rendered(plans.steps("  a: x\n"))
    plans.server = offer(version="2")
    assert actions(plans.steps("  a: x\n"))["a"] == ("fresh", "")
    assert actions(plans.steps("  a: x\n", Choice(update=True)))["a"] == ("make", "another model or revision")


def test_what_has_to_be_made_again_gets_the_key_of_what_the_server_has_now(plans):
    before = plans.steps("  a: x\n")
    plans.rendered(before)
    (plans.folder / "out/a.mp4").unlink()
    assert plans.steps("  a: x\n")["a"].key == before["a"].key
    plans.server = offer(version="2")
    again = plans.steps("  a: x\n")["a"]
    assert (str(again.action), again.pin) == ("make", Pin("draft", "runtime:2"))
    assert again.key != before["a"].key
    with pytest.raises(LockDrift, match=r"runtime:1.*runtime:2"):
        plans.steps("  a: x\n", Choice(locked=True))


def test_a_file_that_somebody_changed_is_not_fresh(plans):
    plans.rendered(plans.steps("  a: x\n"))
    (plans.folder / "out/a.mp4").write_bytes(b"another")
    assert actions(plans.steps("  a: x\n"))["a"] == ("make", "a.mp4 is another file and not in the cache")


def test_only_takes_what_is_needed_along(plans):
    plans.server = offer(grow={"preview": True})
    text = "  a: x\n  b: y\n  long: {loop: '${{ assets.a }}', model: grow}\n"
    assert list(plans.steps(text, Choice(only=("lo*",)))) == ["a", "long"]
    assert list(plans.steps(text, Choice(only=("b", "nothing")))) == ["b"]


def test_drift_names_what_differs(plans):
    plans.rendered(plans.steps("  a: x\n  b: y\n  c: z\n"))
    plans.steps("  a: x\n  b: other\n  d: z\n")
    assert plans.planner.drift() == [
        "b is asked for otherwise than in the lock",
        "d is not in the lock",
        "c is in the lock and not in the manifest",
    ]


def test_where_a_result_comes_from_decides_where_it_counts():
    assert offer().pin(None, "generate") == Pin("draft", "runtime:1")
    assert offer(veo={"revision": "r7"}).pin("veo", "generate") == Pin("veo", "revision:r7")
    assert offer(veo={}).pin("veo", "generate") == Pin("veo", "server:here")
    assert Offer("https://api.example", None).pin("veo", "fill") == Pin("veo", "server:https://api.example")
    with pytest.raises(UnsupportedCapability):
        offer().pin(None, "blend")


def test_pictures_go_to_a_model_that_takes_them_where_none_is_named():
    def painter(references):
        return {"verbs": {"generate": "native"}, "references": references, "revision": "r1"}

    offered = offer(one=painter(1), three=painter(3))
    assert offered.pin(None, "generate").model == "draft"
    assert [offered.pin(None, "generate", count).model for count in (1, 2, 4)] == ["one", "three", "draft"]
    assert offered.pin("one", "generate", 2).model == "one", "what was named is asked, and refuses for itself"


def test_a_lock_serves_several_manifests_and_is_not_written_in_vain(tmp_path):
    entry = Locked("d", "k", "draft", "runtime:1", seed=4, files={"a.mp4": "s"}, preview=True)
    one, two = Lock(tmp_path / "one.yaml"), Lock(tmp_path / "two.yaml")
    assert one.write({"a": entry})
    assert two.write({"b": entry})
    assert Lock(tmp_path / "one.yaml").entries == {"a": entry}
    assert not Lock(tmp_path / "one.yaml").write({"a": entry})


@pytest.mark.parametrize(
    "text", ["", "[]", '{"cutaway_lock": 9, "manifests": {}}', '{"cutaway_lock": 1, "manifests": 3}']
)
def test_a_lock_that_is_none_is_an_error_and_is_left_alone(tmp_path, text):
    (tmp_path / "cutaway.lock").write_text(text)
    with pytest.raises(ManifestError, match=r"cutaway\.lock"):
        Lock(tmp_path / "a.yaml")
    assert (tmp_path / "cutaway.lock").read_text() == text


def test_a_ledger_remembers_attempt_and_job_for_one_server(tmp_path):
    ledger = Ledger(tmp_path, "here")
    entry = ledger.entry("k" * 64)
    assert (entry.attempt, entry.job, entry.open) == (0, None, False)
    ledger.write(entry.next_attempt())
    assert ledger.entry("k" * 64).idempotency_key != entry.idempotency_key
    assert Ledger(tmp_path, "elsewhere").entry("k" * 64) == entry
    uploaded = replace(entry, files={"sha": "file_1"})
    assert replace(entry, files={"sha": "file_2"}).idempotency_key != uploaded.idempotency_key
    next(tmp_path.glob("*.json")).write_text("{")
    assert ledger.entry("k" * 64) == entry


def test_hashes_are_those_of_the_content_as_it_is(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    hashes = Hashes(tmp_path / "hashes.json")
    assert hashes.of(path) == hashlib.sha256(b"one").hexdigest()
    path.write_bytes(b"two")
    assert hashes.of(path) == hashlib.sha256(b"two").hexdigest()


def test_an_estimate_has_measured_ground_or_there_is_none(tmp_path):
    pace = Pace(tmp_path / "pace.json", "here")
    assert pace.estimate("draft", "generate", 10.0) is None
    pace.learn("draft", "generate", 10.0, 4.0)
    pace.learn("draft", "generate", 30.0, 8.0)
    pace.remember()
    again = Pace(tmp_path / "pace.json", "here")
    assert again.estimate("draft", "generate", 20.0) == pytest.approx(6.0)
    assert again.estimate("draft", "generate", None) == pytest.approx(6.0)
    assert again.estimate("draft", "fill", 20.0) is None
    assert Pace(tmp_path / "pace.json", "elsewhere").estimate("draft", "generate", 20.0) is None


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("600", Limit(600)),
        ("90s", Limit(90)),
        ("10m", Limit(600)),
        ("1.5h", Limit(5400)),
        ("5.00 USD", Limit(5, "USD")),
    ],
)
def test_a_budget_is_seconds_or_money(text, limit):
    assert Limit.parse(text) == limit


@pytest.mark.parametrize("text", ["", "-1", "5 $", "1d", "ten", "inf"])
def test_a_budget_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="a budget is written"):
        Limit.parse(text)


def test_a_budget_counts_what_is_under_way_and_what_was_spent():
    budget = Budget(Limit(10))
    assert budget.reserve(6)
    assert not budget.reserve(5)
    assert budget.exceeded
    budget.settle(6, 3)
    assert budget.reserve(7)
    budget.settle(7, 7)
    assert not budget.reserve(None)


def test_a_price_is_the_manifest_s_or_there_is_none():
    prices = Prices(per_second={"veo": 0.4})
    assert cost(prices, "veo", 5) == pytest.approx(2.0)
    assert cost(prices, "sora", 5) is None
    assert cost(prices, "veo", None) is None
    assert cost(None, "veo", 5) is None
