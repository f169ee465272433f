"""Two people with a key each: neither sees, changes or uses what the other one made; and what their plans allow."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout

import httpx
import pytest
from PIL import Image

from cutaway_runtime import access

BODY = {"model": "bars", "prompt": "bars", "size": "160x90", "num_frames": 8, "fps": "24"}
LONG = {**BODY, "num_frames": 1440, "size": "640x360"}


def command(runtime, *words: str) -> dict:
    """`cutaway-runtime keys|plans ...`, as JSON."""
    said = io.StringIO()
    with redirect_stdout(said):
        assert access.main([*words, "--json", "--data-dir", str(runtime.home)]) == 0
    return json.loads(said.getvalue())


class Person:
    """One key, and a client that sends it."""

    def __init__(self, runtime, name: str, plan: str = "pro") -> None:
        self.runtime = runtime
        self.made = command(runtime, "keys", "add", name, "--plan", plan)
        self.client = httpx.Client(
            base_url=runtime.client.base_url, headers={"authorization": f"Bearer {self.made['key']}"}, timeout=60
        )

    def ask(self, method: str, path: str, **more) -> httpx.Response:
        return self.client.request(method, path, **more)

    def create(self, body=BODY, **more) -> dict:
        answer = self.ask("POST", "/v1/videos", json=body, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def code(self, method: str, path: str, **more) -> tuple[int, str | None]:
        answer = self.ask(method, path, **more)
        return answer.status_code, None if answer.is_success else answer.json()["error"]["code"]

    def close(self) -> None:
        self.client.close()


@pytest.fixture(scope="module")
def people(runtime):
    ann, ben = Person(runtime, "ann"), Person(runtime, "ben")
    yield ann, ben
    ann.close()
    ben.close()


@pytest.fixture(scope="module")
def hers(runtime, people, tmp_path_factory):
    """What Ann made: a video, a file, a character."""
    ann, _ = people
    path = tmp_path_factory.mktemp("hers") / "face.png"
    Image.new("RGB", (64, 64), (200, 30, 30)).save(path)
    video = ann.create(headers={"idempotency-key": "one"})["id"]
    assert runtime.wait(video)["status"] == "completed"
    file = ann.ask("POST", "/v1/files", files={"file": ("face.png", path.read_bytes())}).json()["id"]
    character = ann.ask(
        "POST", "/v1/videos/characters", data={"name": "Mira"}, files={"video": ("face.png", path.read_bytes())}
    )
    assert character.status_code == 200, character.text
    return {"video_id": video, "file_id": file, "character_id": character.json()["id"]}


def routes(runtime) -> list[tuple[str, str]]:
    document = runtime.get("/openapi.json").json()
    return [(method.upper(), path) for path, methods in document["paths"].items() for method in methods]


def test_every_route_that_an_id_leads_to_is_closed_to_others(runtime, people, hers):
    ann, ben = people
    closed = [(method, path) for method, path in routes(runtime) if any(f"{{{name}}}" in path for name in hers)]
    assert len(closed) >= 10, closed
    for method, path in closed:
        answer = ben.ask(method, path.format(**hers), **({"json": {"prompt": "x"}} if method == "POST" else {}))
        assert answer.status_code == 404, (method, path, answer.text)
        unknown = {name: value[:-4] + "0000" for name, value in hers.items()}
        nobodys = ben.ask(method, path.format(**unknown), **({"json": {"prompt": "x"}} if method == "POST" else {}))
        seen, never = (
            text.replace(ids[name], "ID")
            for text, ids in ((answer.text, hers), (nobodys.text, unknown))
            for name in [next(n for n in hers if f"{{{n}}}" in path)]
        )
        assert seen == never, "what is somebody else's looks like what never was"
    for name, path in (
        ("video_id", "/v1/videos/"),
        ("file_id", "/v1/files/"),
        ("character_id", "/v1/videos/characters/"),
    ):
        assert ann.code("GET", path + hers[name])[0] == 200, "it is all still there"


def test_lists_show_only_ones_own(runtime, people, hers):
    ann, ben = people
    for path, name in (("/v1/videos", "video_id"), ("/v1/files", "file_id"), ("/v1/videos/characters", "character_id")):
        assert hers[name] in [one["id"] for one in ann.ask("GET", path).json()["data"]]
        assert hers[name] not in ben.ask("GET", path).text
        assert hers[name] in runtime.get(path).text, "the operator sees all"
        assert ben.code("GET", path, params={"after": hers[name]})[0] == 400, "nor can a page begin behind it"


def test_nobody_starts_from_what_is_not_theirs(people, hers):
    _, ben = people
    wishes = [
        ("/v1/videos", {**BODY, "input_reference": {"file_id": hers["file_id"]}}),
        ("/v1/videos", {**BODY, "input_reference": {"id": hers["video_id"], "frame": 0}}),
        ("/v1/videos", {**BODY, "characters": [hers["character_id"]]}),
        ("/v1/videos/edits", {"prompt": "x", "model": "bars", "video": {"id": hers["video_id"]}}),
        ("/v1/videos/extensions", {"prompt": "x", "model": "bars", "num_frames": 8, "video": {"id": hers["video_id"]}}),
        ("/v1/videos/characters", {"name": "Thief", "video": {"id": hers["video_id"], "frame": 0}}),
        ("/v1/cutaway/estimate", {**BODY, "input_reference": {"file_id": hers["file_id"]}}),
    ]
    for path, body in wishes:
        assert ben.ask("POST", path, json=body).status_code == 404, path


def test_one_key_string_of_two_people_makes_two_jobs(runtime, people, hers):
    ann, ben = people
    assert ann.create(headers={"idempotency-key": "one"})["id"] == hers["video_id"]
    bens = ben.create(headers={"idempotency-key": "one"})["id"]
    assert bens != hers["video_id"]
    found = ben.ask("GET", "/v1/videos", params={"idempotency_key": "one"}).json()["data"]
    assert [video["id"] for video in found] == [bens]
    runtime.wait(bens)


def test_a_name_may_be_taken_by_both(people, hers, tmp_path):
    _, ben = people
    Image.new("RGB", (64, 64), (30, 30, 200)).save(tmp_path / "face.png")
    made = ben.ask(
        "POST",
        "/v1/videos/characters",
        data={"name": "Mira"},
        files={"video": ("face.png", (tmp_path / "face.png").read_bytes())},
    )
    assert made.status_code == 200, made.text
    video = ben.create({**BODY, "prompt": "Mira waves"})
    assert video["cutaway"]["characters"] == [made.json()["id"]], "his own, not hers"


def test_the_queue_tells_how_long_it_is_and_not_whose(runtime, people):
    ann, ben = people
    long = ann.create(LONG)["id"]
    runtime.until(long, "preparing", "running")
    bens = ben.create()["id"]
    told = ben.ask("GET", "/v1/cutaway/queue").json()
    assert (told["running"], told["queued"]) == (1, 1)
    assert [(job["id"], job["position"]) for job in told["jobs"]] == [(bens, 1)]
    assert len(runtime.get("/v1/cutaway/queue").json()["jobs"]) == 2
    ann.ask("POST", f"/v1/videos/{long}/cancel")
    runtime.wait(bens)


def test_what_the_operator_looks_after_is_the_operators(people):
    ann, _ = people
    assert ann.code("GET", "/metrics") == (403, "operator_only")


def test_a_revoked_key_opens_nothing_and_a_new_one_in_its_place_everything(runtime):
    eve = Person(runtime, "eve")
    video = eve.create()["id"]
    fresh = command(runtime, "keys", "rotate", "eve")["key"]
    assert eve.code("GET", "/v1/videos") == (401, "invalid_api_key")
    eve.client.headers["authorization"] = f"Bearer {fresh}"
    assert eve.code("GET", f"/v1/videos/{video}")[0] == 200
    command(runtime, "keys", "revoke", "eve")
    assert eve.code("GET", f"/v1/videos/{video}") == (401, "invalid_api_key")
    assert runtime.wait(video)["status"] == "completed", "what was asked for is made all the same"
    eve.close()


def test_keys_are_kept_as_hashes(runtime, people):
    keys = [person.made["key"] for person in people]
    kept = b"".join(path.read_bytes() for path in runtime.home.glob("jobs.sqlite*"))
    assert not any(key.encode() in kept for key in keys)
    assert not any(key in json.dumps(command(runtime, "keys", "list")) for key in keys)
    assert not any(key in runtime.log() for key in keys)


def test_a_plan_allows_so_many_videos_a_month_and_gives_back_what_was_not_made(runtime):
    command(runtime, "plans", "set", "three", "--videos-a-month", "3")
    kim = Person(runtime, "kim", "three")
    first = kim.create()["id"]
    cancelled = kim.create(LONG)["id"]
    kim.create(headers={"idempotency-key": "again"})
    kim.create(headers={"idempotency-key": "again"})
    refused = kim.ask("POST", "/v1/videos", json=BODY)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "quota_exceeded")
    assert refused.headers["x-should-retry"] == "false"
    assert int(refused.headers["retry-after"]) > 0
    quota = kim.ask("GET", "/v1/cutaway/quota").json()
    assert (quota["plan"], quota["used"], quota["left"]) == ("three", 3, 0)
    kim.ask("POST", f"/v1/videos/{cancelled}/cancel")
    runtime.until(cancelled, "cancelled")
    assert kim.ask("GET", "/v1/cutaway/quota").json()["left"] == 1
    runtime.wait(kim.create()["id"])
    assert kim.code("POST", "/v1/videos", json=BODY) == (429, "quota_exceeded")
    kim.ask("DELETE", f"/v1/videos/{first}")
    assert kim.ask("GET", "/v1/cutaway/quota").json()["left"] == 0, "what was made stays counted"
    assert kim.code("POST", "/v1/videos", json={**BODY, "size": "161x90"})[0] == 400
    command(runtime, "plans", "set", "three", "--videos-a-month", "4")
    runtime.wait(kim.create()["id"])
    kim.close()


def test_many_at_once_get_exactly_what_is_left(runtime):
    command(runtime, "plans", "set", "five", "--videos-a-month", "5")
    lee = Person(runtime, "lee", "five")
    with ThreadPoolExecutor(16) as pool:
        statuses = [*pool.map(lambda _: lee.ask("POST", "/v1/videos", json=BODY).status_code, range(32))]
    assert (statuses.count(200), statuses.count(429)) == (5, 27)
    lee.close()


def test_a_plan_limits_how_many_wait_and_says_whose_turn_is_first(runtime):
    command(runtime, "plans", "set", "slow", "--max-waiting", "2", "--priority", "-1")
    slow, swift = Person(runtime, "slow", "slow"), Person(runtime, "swift")
    long = runtime.post("/v1/videos", json=LONG).json()["id"]
    runtime.until(long, "preparing", "running")
    later = [slow.create()["id"] for _ in range(2)]
    assert slow.code("POST", "/v1/videos", json=BODY) == (429, "queue_full")
    first = swift.create()["id"]
    places = {
        video_id: runtime.get(f"/v1/videos/{video_id}").json()["cutaway"]["queue_position"]
        for video_id in (first, *later)
    }
    assert [places[video_id] for video_id in (first, *later)] == [0, 1, 2]
    runtime.post(f"/v1/videos/{long}/cancel")
    ended = {video_id: runtime.wait(video_id) for video_id in (*later, first)}
    claimed = {video_id: video["completed_at"] for video_id, video in ended.items()}
    assert claimed[first] <= min(claimed[video_id] for video_id in later)
    for person in (slow, swift):
        person.close()
