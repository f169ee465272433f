"""The OpenAPI document says what the server does: asked whatever it allows, and what it does not."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from PIL import Image

from cutaway.wire import ErrorAnswer, VideoCreate
from cutaway_runtime.server import openapi
from cutaway_runtime.server.openapi import document
from cutaway_runtime.server.spoken import speaks

SECONDS = os.environ.get("CUTAWAY_FUZZ_SECONDS", "")
"""How long the server is asked in each way; such a longer run thinks up other questions every time."""
QUICK = {"coverage": "10", "fuzzing,stateful": "6"}
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "use_after_free",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
]
"""All but those that want every value outside the document refused: what other clients send is understood as well."""
FORMS = {"application/json", "multipart/form-data", "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def drawn(runtime):
    answer = runtime.get("/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def operations(drawn: dict) -> dict[str, dict]:
    return {f"{method.upper()} {path}": op for path, ops in drawn["paths"].items() for method, op in ops.items()}


def test_every_operation_of_the_contract_is_there(drawn):
    assert {
        "POST /v1/videos", "GET /v1/videos", "GET /v1/videos/{video_id}", "DELETE /v1/videos/{video_id}",
        "GET /v1/videos/{video_id}/content", "POST /v1/videos/edits", "POST /v1/videos/extensions",
        "POST /v1/videos/{video_id}/remix", "POST /v1/videos/characters", "GET /v1/videos/characters/{character_id}",
    } <= operations(drawn).keys()  # fmt: skip


def test_every_operation_says_what_it_takes_and_answers(drawn):
    names = [op["operationId"] for op in operations(drawn).values()]
    assert len(set(names)) == len(names)
    for name, op in operations(drawn).items():
        assert op["summary"], name
        assert {"200", "400", "500"} <= op["responses"].keys(), name
        assert ("401" in op["responses"]) == (op.get("security") != []), name
        for status, response in op["responses"].items():
            if (name, status) == ("GET /ready", "503"):  # an answer as good as the other
                assert response["content"]["application/json"]["schema"]["$ref"].endswith("/Readiness")
            elif int(status) >= 400:
                assert response == {"$ref": f"#/components/responses/error_{status}"}
            else:
                assert status == "304" or response["content"], name


def test_errors_are_of_one_shape(drawn):
    for name, response in drawn["components"]["responses"].items():
        schema = response["content"]["application/json"]["schema"]
        assert schema == {"$ref": f"#/components/schemas/{ErrorAnswer.__name__}"}
        assert ("retry-after" in response["headers"]) == (name in {"error_429", "error_503"})
        assert ("x-should-retry" in response["headers"]) != ("retry-after" in response["headers"])
        assert "x-request-id" in response["headers"]


def test_bodies_come_in_three_forms_with_the_fields_of_the_model(drawn):
    for path in ("/v1/videos", "/v1/videos/edits", "/v1/videos/extensions", "/v1/videos/{video_id}/remix"):
        content = drawn["paths"][path]["post"]["requestBody"]["content"]
        assert content.keys() == FORMS
        for form in FORMS - {"application/json"}:
            assert content[form]["schema"]["properties"].keys() == VideoCreate.model_fields.keys()
            assert content[form]["encoding"]["cutaway"] == {"contentType": "application/json"}
        file = content["multipart/form-data"]["schema"]["properties"]["input_reference"]
        assert (file["type"], file["format"]) == ("string", "binary")
    assert "video" in drawn["paths"]["/v1/videos/edits"]["post"]["requestBody"]["content"]["multipart/form-data"][
        "schema"
    ]["required"]  # fmt: skip


def test_every_name_in_it_leads_somewhere(drawn):
    known = {op["operationId"]: op for op in operations(drawn).values()}

    def look(value: object) -> None:
        if isinstance(value, dict):
            if "$ref" in value:
                at = drawn
                for part in value["$ref"].removeprefix("#/").split("/"):
                    at = at[part]
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(drawn)
    links = known["videos_create"]["responses"]["200"]["links"]
    assert {"retrieve", "content", "delete", "remix"} <= links.keys()
    for op in known.values():
        for link in op["responses"]["200"].get("links", {}).values():
            taken = {parameter["name"] for parameter in known[link["operationId"]]["parameters"]}
            assert link["parameters"].keys() <= taken


def test_a_route_that_says_nothing_is_a_mistake():
    async def mute() -> None: ...

    with pytest.raises(TypeError, match=r"/mute.*@speaks"):
        document([APIRoute("/mute", mute)])
    said = document([APIRoute("/mute", speaks(ErrorAnswer)(mute))])
    assert said["paths"]["/mute"]["get"]["operationId"] == "server_mute"
    assert openapi.SAID[400] == said["components"]["responses"]["error_400"]["description"]


@pytest.mark.parametrize("phases", ["coverage", "fuzzing,stateful"])
def test_it_is_true(make_runtime, tmp_path, phases):
    """schemathesis: whatever is asked, no answer is a 5xx, and none is one that the document does not have."""
    runtime = make_runtime()
    still = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(still, "PNG")
    file = runtime.post("/v1/files", files={"file": ("a.png", still.getvalue())}).json()["id"]
    video = runtime.wait(runtime.create(size="64x48", num_frames=4)["id"])["id"]
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{runtime.client.base_url}/openapi.json",
        "--header", f"Authorization: {runtime.client.headers['authorization']}", "--checks", ",".join(CHECKS),
        "--phases", phases, "--max-time", SECONDS or QUICK[phases], "--max-examples", "1000" if SECONDS else "8",
        "--no-color", "--suppress-health-check", "all", "--request-timeout", "15",
    ]  # fmt: skip
    if not SECONDS:
        command += ["--seed", "7"]
        if phases == "coverage":  # the same body goes to all of them
            for name in ("videos_edit", "videos_extend", "videos_remix", "cutaway_estimate"):
                command += ["--exclude-operation-id", name]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "taming",
        "PYTHONPATH": str(Path(__file__).parent),
        "TAMING_VIDEO": video,
        "TAMING_FILE": file,
    }
    patience = 60 + float(SECONDS or QUICK[phases])
    asked = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=patience, check=False
    )
    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert " passed" in asked.stdout, "nothing was asked"
    assert "Traceback" not in runtime.log(), runtime.log()
