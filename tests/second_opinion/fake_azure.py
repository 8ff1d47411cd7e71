"""Azure AI Face v1.2 by its specification, large person groups only; it sees by reading portraits.

The test controls its time: `wait` replaces the client's waiting.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from aiohttp import web

from .fakes import Call, Canned, Fake, WrongError, demand, json_of, matches, queried, without_body
from .portraits import seen

KEY = "0123456789abcdef0123456789abcdef"
UUIDS = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
GROUP_ID = r"[a-z0-9\-_]{1,64}"
NAME = r"[\s\S]{1,128}"
NOTE = r"[\s\S]{0,16384}"
RECOGNITION = r"recognition_0[1-4]"
DETECTION = r"detection_0[1-3]"
SMALLEST, LARGEST = 1024, 6 << 20
PNG = b"\x89PNG\r\n\x1a\n"
DATE = "2026-11-24T08:00:00.000Z"
THRESHOLD = 0.5


class RefusedError(Exception):
    """One of the published errors."""

    def __init__(self, status: int, code: str, message: str = "So it stands in the reference.") -> None:
        super().__init__(message)
        self.status, self.code = status, code


def refusal(status: int, code: str, message: str = "So it stands in the reference.") -> Canned:
    body = {"error": {"code": code, "message": message}}
    return Canned(status, body, "application/json; charset=utf-8", {"x-ms-error-code": code})


def not_approved() -> Canned:
    """As users of accounts without approval reported: the inner code matters."""
    inner = {
        "code": "UnsupportedFeature",
        "message": "Feature is not supported, missing approval for one or more of the following features: "
        "Identification,Verification. Please apply for access at https://aka.ms/facerecognition",
    }
    error = {"code": "InvalidRequest", "message": "Invalid request has been sent.", "innererror": inner}
    return Canned(403, {"error": error}, "application/json; charset=utf-8", {"x-ms-error-code": "InvalidRequest"})


@dataclass
class Person:
    """faces: who is in each picture, by id."""

    name: str
    faces: dict[str, str] = field(default_factory=dict)
    busy: bool = False


@dataclass
class Group:
    """trained: the known faces at the last training. due: when the training ends."""

    name: str
    model: str
    persons: dict[str, Person] = field(default_factory=dict)
    trained: dict[str, list[str]] | None = None
    due: float | None = None


class FakeAzure(Fake):
    """alike: how certain it is that one person is another; otherwise everybody is only themselves.

    for_kith: it also refuses published requests that would be wrong for Kith: old networks, attributes that nobody
    needs.
    """

    base = ("face", "v1.2")

    def __init__(self) -> None:
        super().__init__()
        self.key = KEY
        self.approved = True
        self.for_kith = True
        self.training_takes = 3.0
        self.training_fails = False
        self.groups: dict[str, Group] = {}
        self.alike: dict[tuple[str, str], float] = {}
        self.clock = 0.0
        self.waited: list[float] = []
        self._detected: dict[str, tuple[str, str, float]] = {}

    async def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.clock += seconds

    def forget_detected(self) -> None:
        self._detected.clear()

    def refuse(self, call: Call) -> web.Response:
        return refusal(400, "BadArgument").response()

    async def answer(self, call: Call) -> web.Response:
        try:
            self._let_in(call)
            return await self._answer(call)
        except RefusedError as refused:
            return refusal(refused.status, refused.code, str(refused)).response()

    def _let_in(self, call: Call) -> None:
        if call.headers.get("Ocp-Apim-Subscription-Key") != self.key:
            raise RefusedError(401, "401")

    async def _answer(self, call: Call) -> web.Response:
        match call.method, *call.path:
            case "POST", "detect" | "verify" | "identify" as what:
                if not self.approved:
                    return not_approved().response()
                return {"detect": self._detect, "verify": self._verify, "identify": self._identify}[what](call)
            case _, "largepersongroups", group_id, *rest:
                demand(matches(GROUP_ID, group_id), "no id of a group")
                return await self._in_group(call, group_id, tuple(rest))
        raise WrongError("nothing that Kith may ask")

    async def _in_group(self, call: Call, group_id: str, rest: tuple[str, ...]) -> web.Response:
        if (call.method, rest) == ("PUT", ()):
            return self._make(call, group_id)
        group = self.groups.get(group_id)
        if group is None:
            raise RefusedError(404, "LargePersonGroupNotFound")
        self._end_training(group)
        match call.method, *rest:
            case "POST", "persons":
                return self._create(call, group)
            case _, "persons", person_id, *below:
                demand(matches(UUIDS, person_id), "no id of a person")
                return await self._of_person(call, group, person_id, tuple(below))
        without_body(call)
        return self._of_group(call, group_id, rest)

    def _of_group(self, call: Call, group_id: str, rest: tuple[str, ...]) -> web.Response:
        group = self.groups[group_id]
        match call.method, *rest:
            case ("DELETE",):
                return _empty(self.groups.pop(group_id))
            case ("GET",):
                queried(call, {}, {"returnRecognitionModel": "true|false"})
                return _json({"name": group.name, "recognitionModel": group.model, "largePersonGroupId": group_id})
            case "POST", "train":
                return self._train(group)
            case "GET", "training":
                return self._training(group)
            case "GET", "persons":
                return self._list(call, group)
        raise WrongError("nothing that Kith may ask")

    async def _of_person(self, call: Call, group: Group, person_id: str, rest: tuple[str, ...]) -> web.Response:
        person = group.persons.get(person_id)
        if person is None:
            raise RefusedError(404, "PersonNotFound")
        match call.method, *rest:
            case ("GET",):
                without_body(call)
                return _json(_described(person_id, person))
            case ("DELETE",):
                without_body(call)
                return await self._change(group, person, lambda: _empty(group.persons.pop(person_id)))
            case "POST", "persistedfaces":
                return await self._change(group, person, lambda: self._add_face(call, group, person))
            case "DELETE", "persistedfaces", face_id:
                demand(matches(UUIDS, face_id), "no id of a face")
                without_body(call)
                if face_id not in person.faces:
                    raise RefusedError(404, "PersistedFaceNotFound")
                return await self._change(group, person, lambda: _empty(person.faces.pop(face_id)))
        raise WrongError("nothing that Kith may ask")

    async def _change(self, group: Group, person: Person, change: Callable[[], web.Response]) -> web.Response:
        """It takes a moment, during which this person, or a group in training, must not be changed."""
        if group.due is not None:
            raise RefusedError(409, "LargePersonGroupTrainingNotFinished")
        if person.busy:
            raise RefusedError(409, "ConcurrentOperationConflict")
        person.busy = True
        try:
            for _ in range(50):
                await asyncio.sleep(0)
            return change()
        finally:
            person.busy = False

    def _make(self, call: Call, group_id: str) -> web.Response:
        queried(call, {})
        made = json_of(call, {"name": NAME}, {"userData": NOTE, "recognitionModel": RECOGNITION})
        if group_id in self.groups:
            raise RefusedError(409, "LargePersonGroupExists")
        self.groups[group_id] = Group(made["name"], made.get("recognitionModel", "recognition_01"))
        return _empty()

    def _train(self, group: Group) -> web.Response:
        if group.due is not None:
            raise RefusedError(409, "LargePersonGroupTrainingNotFinished")
        group.due = self.clock + self.training_takes
        group.trained = group.trained or {}
        return Canned(202, b"", headers={"operation-Location": f"{self.url}/operationstatus"}).response()

    def _end_training(self, group: Group) -> None:
        if group.due is not None and self.clock >= group.due:
            group.due = None
            group.trained = {key: list(person.faces.values()) for key, person in group.persons.items()}

    def _training(self, group: Group) -> web.Response:
        if group.trained is None:
            raise RefusedError(404, "LargePersonGroupNotTrained")
        status = "running" if group.due is not None else "failed" if self.training_fails else "succeeded"
        dates = dict.fromkeys(("createdDateTime", "lastActionDateTime", "lastSuccessfulTrainingDateTime"), DATE)
        return _json({"status": status, **dates, "message": None})

    def _list(self, call: Call, group: Group) -> web.Response:
        found = queried(call, {}, {"start": UUIDS, "top": r"[1-9]\d{0,2}|1000"})
        after = sorted(key for key in group.persons if key > found.get("start", ""))
        return _json([_described(key, group.persons[key]) for key in after[: int(found.get("top", 1000))]])

    def _create(self, call: Call, group: Group) -> web.Response:
        queried(call, {})
        name = json_of(call, {"name": NAME}, {"userData": NOTE})["name"]
        person_id = str(uuid4())
        group.persons[person_id] = Person(name)
        return _json({"personId": person_id})

    def _add_face(self, call: Call, group: Group, person: Person) -> web.Response:
        optional = {"detectionModel": DETECTION, "targetFace": r"\d+(,\d+){3}", "userData": r"[\s\S]{0,1024}"}
        found = queried(call, {}, optional)
        demand(found.get("detectionModel") == "detection_03" or not self.for_kith, "an old network detects")
        picture = _picture(call)
        if picture is None or picture["faces"] != 1:
            raise RefusedError(400, "InvalidImage", "No face detected in the image, or more than 1 face.")
        demand(len(person.faces) < 248, "more faces than a person may have")
        face_id = str(uuid4())
        person.faces[face_id] = picture["who"]
        return _json({"persistedFaceId": face_id})

    def _detect(self, call: Call) -> web.Response:
        found = queried(
            call,
            {"returnFaceId": "true|false"},
            {
                "recognitionModel": RECOGNITION,
                "detectionModel": DETECTION,
                "returnFaceAttributes": r"[a-zA-Z]+(,[a-zA-Z]+)*",
                "faceIdTimeToLive": r"\d+",
                "returnRecognitionModel": "true|false",
                "returnFaceLandmarks": "true|false",
            },
        )
        lives = int(found.get("faceIdTimeToLive", 86400))
        demand(60 <= lives <= 86400, "it lives too long, or not long enough")
        model = found.get("recognitionModel", "recognition_01")
        demand(model in ("recognition_03", "recognition_04"), "no quality with this model")
        if self.for_kith:  # other attributes are approved even less often
            demand(found.get("returnFaceAttributes") == "qualityForRecognition", "more than is needed")
            demand(model == "recognition_04" and found.get("detectionModel") == "detection_03", "old networks")
            demand(lives == 60, "it could be forgotten sooner")
        picture = _picture(call)
        return _json([self._describe(picture, model, lives)] * picture["faces"] if picture else [])

    def _describe(self, picture: Mapping[str, Any], model: str, lives: int) -> dict[str, Any]:
        face_id = str(uuid4())
        self._detected[face_id] = (picture["who"], model, self.clock + lives)
        return {
            "faceId": face_id,
            "faceRectangle": {"width": 78, "height": 78, "left": 394, "top": 54},
            "faceAttributes": {"qualityForRecognition": picture["quality"]},
        }

    def _face(self, face_id: str, status: int, group: Group) -> str:
        who, model, until = self._detected.get(face_id, ("", "", -1.0))
        if self.clock >= until:
            raise RefusedError(status, "FaceNotFound")
        if model != group.model:
            raise RefusedError(400, "BadArgument", "'recognitionModel' is incompatible.")
        return who

    def _verify(self, call: Call) -> web.Response:
        queried(call, {})
        asked = json_of(call, {"faceId": UUIDS, "largePersonGroupId": GROUP_ID, "personId": UUIDS})
        group = self.groups.get(asked["largePersonGroupId"])
        if group is None:
            raise RefusedError(404, "LargePersonGroupNotFound")
        who = self._face(asked["faceId"], 404, group)
        person = group.persons.get(asked["personId"])
        if person is None:
            raise RefusedError(404, "PersonNotFound")
        score = self._confidence(who, list(person.faces.values()))
        return _json({"isIdentical": score >= THRESHOLD, "confidence": score})

    def _identify(self, call: Call) -> web.Response:
        queried(call, {})
        needed = {"faceIds": _face_ids, "largePersonGroupId": GROUP_ID}
        asked = json_of(call, needed, {"maxNumOfCandidatesReturned": _count, "confidenceThreshold": _share})
        group = self.groups.get(asked["largePersonGroupId"])
        if group is None:
            raise RefusedError(400, "LargePersonGroupNotFound")
        self._end_training(group)
        if not group.trained:
            raise RefusedError(400, "LargePersonGroupNotTrained")
        most = asked.get("maxNumOfCandidatesReturned", 10)
        return _json([self._candidates(face_id, group, most) for face_id in asked["faceIds"]])

    def _candidates(self, face_id: str, group: Group, most: int) -> dict[str, Any]:
        who, known = self._face(face_id, 400, group), group.trained or {}
        scored = sorted(((self._confidence(who, faces), key) for key, faces in known.items()), reverse=True)
        sure = [{"personId": key, "confidence": score} for score, key in scored if score >= THRESHOLD]
        return {"faceId": face_id, "candidates": sure[:most]}

    def _confidence(self, who: str, enrolled: list[str]) -> float:
        alone = [self.alike.get((who, one), 0.86 if who == one else 0.09) for one in enrolled]
        return max(alone, default=0.0)


def _described(person_id: str, person: Person) -> dict[str, Any]:
    return {"personId": person_id, "name": person.name, "persistedFaceIds": list(person.faces)}


def _empty(_removed: object = None) -> web.Response:
    return Canned(200).response()


def _json(content: Any) -> web.Response:
    return Canned(200, content, "application/json; charset=utf-8").response()


def _face_ids(value: Any) -> bool:
    return isinstance(value, list) and 1 <= len(value) <= 10 and all(str(UUID(one)) == one for one in value)


def _count(value: Any) -> bool:
    return isinstance(value, int) and 1 <= value <= 100


def _share(value: Any) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1


def _picture(call: Call) -> dict[str, Any] | None:
    """Who is in it; None if it finds no face, as in a drawing."""
    demand(call.headers.get("Content-Type") == "application/octet-stream", "pictures are sent as they are")
    if not SMALLEST <= len(call.body) <= LARGEST:
        raise RefusedError(400, "InvalidImageSize")
    if call.body.startswith(PNG):
        return None
    picture = seen(call.body)
    if picture is None:
        raise RefusedError(400, "InvalidImage")
    return picture if picture["faces"] else None
