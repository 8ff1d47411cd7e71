"""CompreFace 1.2.0 by its documents and its source; it sees by reading portraits' comments."""

from collections.abc import Iterable
from email import message_from_bytes
from email.message import Message
import math
import re
from typing import Any
from uuid import uuid4

from aiohttp import web

from .fakes import Call, Canned, Fake, WrongError, demand, json_of, matches, queried, without_body
from .portraits import seen

KEY = "00000000-1234-4000-8000-00000000abcd"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
EXTENSIONS = ("jpeg", "jpg", "ico", "png", "bmp", "gif", "tif", "tiff", "webp")
LARGEST_FILE = 5 << 20
SUBJECT = r"[^;/\\]{1,50}"
SHARE = r"0(\.\d+)?|1(\.0+)?"
WHOLE = r"\d+"


class RefusedError(Exception):
    """One of the published errors."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def refusal(status: int, code: int, message: str = "Something went wrong, please try again") -> Canned:
    return Canned(status, {"message": message, "code": code})


class FakeCompreFace(Fake):
    """subjects: by name, who is in each picture by image id. alike: how similar two people are; others are not."""

    base = ("api", "v1", "recognition")

    def __init__(self) -> None:
        super().__init__()
        self.key = KEY
        self.subjects: dict[str, dict[str, str]] = {}
        self.alike: dict[tuple[str, str], float] = {}

    def refuse(self, call: Call) -> web.Response:
        return refusal(400, 26).response()

    async def answer(self, call: Call) -> web.Response:
        try:
            self._let_in(call)
            return self._answer(call)
        except RefusedError as refused:
            return refusal(refused.status, refused.code, str(refused)).response()

    def _let_in(self, call: Call) -> None:
        key = call.headers.get("x-api-key")
        if key is None:
            raise RefusedError(400, 20, "Missing header in request: x-api-key")
        if not matches(UUID, key):
            raise RefusedError(400, 26, "UUID")
        if key != self.key:
            raise RefusedError(404, 10, f"Model Api key {key} is not found")

    def _answer(self, call: Call) -> web.Response:
        match call.method, *call.path:
            case "POST", "faces":
                return self._add_example(call)
            case "POST", "faces", image_id, "verify":
                return self._verify(call, image_id)
            case "POST", "recognize":
                return self._recognize(call)
            case "POST", "subjects":
                queried(call, {})
                return self._add_subject(json_of(call, {"subject": SUBJECT})["subject"])
        queried(call, {})
        without_body(call)
        return self._without_body(call)

    def _without_body(self, call: Call) -> web.Response:
        match call.method, *call.path:
            case "GET", "subjects":
                return _json({"subjects": list(self.subjects)})
            case "DELETE", "subjects", name if name:
                return self._delete_subject(name)
            case "DELETE", "faces", image_id if image_id:
                return self._delete_example(image_id)
            case "DELETE", "subjects" | "faces", *_:
                self.subjects.clear()  # like the real one
        raise WrongError("nothing that Kith may ask")

    def _name(self, name: str) -> str | None:
        """Names are compared case-insensitively."""
        return next((one for one in self.subjects if one.lower() == name.lower()), None)

    def _add_subject(self, name: str) -> web.Response:
        if self._name(name):
            raise RefusedError(400, 43, "Subject already exists")
        self.subjects[name] = {}
        return _json({"subject": name}, 201)

    def _delete_subject(self, name: str) -> web.Response:
        found = self._name(name)
        if found is None:
            raise RefusedError(404, 42, "Subject not found")
        del self.subjects[found]
        return _json({"subject": found})

    def _add_example(self, call: Call) -> web.Response:
        name = queried(call, {"subject": SUBJECT}, {"det_prob_threshold": SHARE})["subject"]
        picture = _picture(call)
        if picture["faces"] > 1:
            raise RefusedError(400, 31, "Found more than one face in the given image")
        image_id = str(uuid4())
        self.subjects.setdefault(self._name(name) or name, {})[image_id] = picture["who"]
        return _json({"image_id": image_id, "subject": name}, 201)

    def _delete_example(self, image_id: str) -> web.Response:
        demand(matches(UUID, image_id), "no id")
        for name, examples in self.subjects.items():
            if examples.pop(image_id, None):
                return _json({"image_id": image_id, "subject": name})
        raise RefusedError(404, 44, "Image not found")

    def _verify(self, call: Call, image_id: str) -> web.Response:
        demand(matches(UUID, image_id), "no id")
        queried(call, {}, {"limit": WHOLE, "det_prob_threshold": SHARE, "status": "true|false"})
        picture = _picture(call)
        who = next((one[image_id] for one in self.subjects.values() if image_id in one), None)
        score = 0.0 if who is None else self._similarity(picture["who"], who)
        return _json({"result": [{"box": _BOX, "similarity": score}]})

    def _recognize(self, call: Call) -> web.Response:
        optional = {"limit": WHOLE, "prediction_count": WHOLE, "det_prob_threshold": SHARE, "status": "true|false"}
        count = int(queried(call, {}, optional).get("prediction_count", 1))
        demand(count > 0, "a prediction_count of 0")
        picture = _picture(call)
        scored = sorted(
            ((self._similarity(picture["who"], who), name) for name, who in self._examples()),
            reverse=True,
        )
        subjects = [{"subject": name, "similarity": score} for score, name in scored[:count]]
        return _json({"result": [{"box": _BOX, "subjects": subjects}]})

    def _examples(self) -> Iterable[tuple[str, str]]:
        return [(name, who) for name, examples in self.subjects.items() for who in examples.values()]

    def _similarity(self, seen_one: str, enrolled: str) -> float:
        """Rounded as the server does it."""
        distance = 0.45 if seen_one == enrolled else 1.35
        score = (math.tanh((1.1 - distance) * 2.5) + 1) / 2
        return self.alike.get((seen_one, enrolled), round(score, 5))


_BOX = {"probability": 0.99987, "x_max": 101, "y_max": 120, "x_min": 22, "y_min": 15}


def _json(content: Any, status: int = 200) -> web.Response:
    return Canned(status, content).response()


def _picture(call: Call) -> dict[str, Any]:
    """Who is in the one part "file"; as strict as the server, and a bit stricter."""
    kind = call.headers.get("Content-Type", "")
    demand(re.fullmatch(r"multipart/form-data; boundary=[0-9A-Za-z'()+_,./:=?-]{1,70}", kind), kind)
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + call.body)
    parts = message.get_payload()
    demand(isinstance(parts, list) and len(parts) == 1, "not one part")
    assert isinstance(parts, list)
    part = parts[0]
    assert isinstance(part, Message)
    demand(part.get_param("name", header="Content-Disposition") == "file", "the part is not called file")
    name = part.get_filename()
    if not name or name.rsplit(".", 1)[-1].lower() not in EXTENSIONS:
        raise RefusedError(400, 21, "File extension is not allowed")
    demand(part.get_content_type() == "image/jpeg", "the part is no JPEG")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    demand(len(content) <= LARGEST_FILE, "larger than 5 MB")
    picture = seen(content)
    if picture is None or not picture["faces"]:
        raise RefusedError(400, 28, "No face is found in the given image")
    return picture
