"""The fake Azure accepts the requests that Microsoft published as examples, and answers in the published forms."""

from collections.abc import AsyncIterator
import json
import os
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from .fake_azure import KEY, FakeAzure, Group, Person, not_approved, refusal
from .fakes import Canned
from .portraits import portrait

EXAMPLES = Path(os.environ.get("KITH_DATA", Path(__file__).parents[3] / "shared" / "data")) / "azure_face"
GROUPS = ("your_large_person_group_id", "your_large_person_group")
PERSONS = ("25985303-c537-4467-b41d-bdb45cd95ca1", "815df99c-598f-4926-930a-a734b3fd651c")
FACE = "43897a75-8d6f-42cf-885e-74832febb055"
GROUP, PERSON_PATH = (
    "largepersongroups/{largePersonGroupId}",
    "largepersongroups/{largePersonGroupId}/persons/{personId}",
)
QUERY = {
    *("returnFaceId", "returnFaceLandmarks", "returnFaceAttributes", "recognitionModel", "returnRecognitionModel"),
    *("detectionModel", "faceIdTimeToLive", "start", "top", "targetFace", "userData"),
}
OPERATIONS = {
    "Detect": ("POST", "detect"),
    "FaceRecognitionOperations_IdentifyFromLargePersonGroup": ("POST", "identify"),
    "FaceRecognitionOperations_VerifyFromLargePersonGroup": ("POST", "verify"),
    "PersonGroupOperations_AddLargePersonGroupPersonFaceFromStream": ("POST", f"{PERSON_PATH}/persistedfaces"),
    "PersonGroupOperations_CreateLargePersonGroup": ("PUT", GROUP),
    "PersonGroupOperations_CreateLargePersonGroupPerson": ("POST", f"{GROUP}/persons"),
    "PersonGroupOperations_DeleteLargePersonGroup": ("DELETE", GROUP),
    "PersonGroupOperations_DeleteLargePersonGroupPerson": ("DELETE", PERSON_PATH),
    "PersonGroupOperations_DeleteLargePersonGroupPersonFace": ("DELETE", f"{PERSON_PATH}/persistedfaces/{{face}}"),
    "PersonGroupOperations_GetLargePersonGroup": ("GET", GROUP),
    "PersonGroupOperations_GetLargePersonGroupPersons": ("GET", f"{GROUP}/persons"),
    "PersonGroupOperations_GetLargePersonGroupTrainingStatus": ("GET", f"{GROUP}/training"),
    "PersonGroupOperations_TrainLargePersonGroup": ("POST", f"{GROUP}/train"),
}
"""The request of each example."""
LEFT_OUT = {"faceLandmarks", "recognitionModel", "userData"}
"""Answers have these only if they were asked for or given, which Kith does not do."""


def example(name: str) -> dict[str, Any]:
    path = EXAMPLES / f"{name}.json"
    if not path.exists():
        pytest.skip(f"no published examples at {EXAMPLES}: set KITH_DATA")
    read: dict[str, Any] = json.loads(path.read_text())
    return read


@pytest.fixture
async def fake(loopback: None) -> AsyncIterator[FakeAzure]:
    """With the people and faces of the examples."""
    fake = FakeAzure()
    fake.for_kith = False
    for group in GROUPS:
        people = {one: Person("ada", {FACE: "ada"}) for one in PERSONS}
        fake.groups[group] = Group("a name", "recognition_03", people, {one: ["ada"] for one in PERSONS})
    async with fake.listening() as fake:
        yield fake


@pytest.mark.parametrize("name", OPERATIONS)
async def test_the_fake_knows_the_published_form(http: aiohttp.ClientSession, fake: FakeAzure, name: str) -> None:
    published = example(name)
    parameters = published["parameters"]
    parameters |= parameters.pop("body", {})  # one example nests what the others do not
    parameters.pop("apiVersion")
    if name == "PersonGroupOperations_CreateLargePersonGroup":
        fake.groups.clear()
    if "faceId" in parameters or "faceIds" in parameters:
        parameters |= await detected(http, fake, parameters)
    method, path = OPERATIONS[name]
    status, answer = await send(http, fake, method, path, parameters)
    (expected, response), *_ = published["responses"].items()
    assert status == int(expected)
    assert shape(answer) == shape(response.get("body"))


async def detected(http: aiohttp.ClientSession, fake: FakeAzure, parameters: dict[str, Any]) -> dict[str, Any]:
    """A current face id in place of the published one."""
    asked = example("Detect")["parameters"]
    asked.pop("apiVersion")
    _, found = await send(http, fake, "POST", "detect", asked)
    key = found[0]["faceId"]
    return {"faceId": key} if "faceId" in parameters else {"faceIds": [key]}


async def send(
    http: aiohttp.ClientSession, fake: FakeAzure, method: str, path: str, parameters: dict[str, Any]
) -> tuple[int, Any]:
    """The specification, not the examples, says what is in the path, the query, or the body."""
    in_path = {key: value for key, value in parameters.items() if f"{{{key}}}" in path}
    left = {key: value for key, value in parameters.items() if key not in in_path and key != "persistedFaceId"}
    headers, body = {"Ocp-Apim-Subscription-Key": KEY}, None
    if left.pop("imageContent", None):
        headers["Content-Type"], body = "application/octet-stream", portrait("ada")
    elif method == "PUT" or (method == "POST" and left):
        headers["Content-Type"], body = "application/json", json.dumps(left).encode()
        left = {}
    assert set(left) <= QUERY
    query = {key: json.dumps(value) if isinstance(value, bool) else str(value) for key, value in left.items()}
    url = f"{fake.url}/face/v1.2/{path.format(**in_path, face=FACE)}"
    skipped = ("Content-Type",) if body is None else ()
    async with http.request(method, url, params=query, data=body, headers=headers, skip_auto_headers=skipped) as reply:
        text = await reply.text()
        assert method != "POST" or not path.endswith("/train") or "operation-Location" in reply.headers
        return reply.status, json.loads(text) if text else None


def shape(value: Any, key: str = "") -> Any:
    """The names and kinds in a value, without what is only there if it was asked for."""
    if isinstance(value, dict):
        if key == "faceAttributes":
            value = {name: one for name, one in value.items() if name == "qualityForRecognition"}
        return {name: shape(one, name) for name, one in value.items() if name not in LEFT_OUT}
    if isinstance(value, list):
        return [shape(one) for one in value[:1]]
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)


@pytest.mark.parametrize(
    ("name", "canned"),
    [
        ("missing_approval", not_approved()),
        ("bad_key", refusal(401, "401")),
        ("rate_limit", refusal(429, "429")),
        ("not_trained", refusal(400, "LargePersonGroupNotTrained")),
        ("no_face", refusal(400, "InvalidImage")),
    ],
)
def test_the_fake_s_errors_are_as_they_were_seen(name: str, canned: Canned) -> None:
    seen = example("errors_observed")[name]
    assert (canned.status, shape(canned.body)) == (seen["status"], shape(seen["body"]))
    assert codes(canned.body["error"]) == codes(seen["body"]["error"])


def codes(error: dict[str, Any]) -> list[str]:
    return [error["code"], *(codes(error["innererror"]) if "innererror" in error else [])]
