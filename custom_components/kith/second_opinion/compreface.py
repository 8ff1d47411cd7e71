"""CompreFace 1.2, hosted by the owner: https://github.com/exadel-inc/CompreFace.

Follows docs/Rest-API-description.md and, for the errors, which are not documented, the source. A key belongs to one
collection, which others may use, too: Kith touches only subjects that it made, and never calls "delete all". CompreFace
keeps the enrolled photos, but nothing of a face that it is asked about.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
import re
from uuid import uuid4

import aiohttp

from ..errors import (
    OpinionDriftedError,
    OpinionError,
    OpinionOutdatedError,
    OpinionPhotoRefusedError,
    OpinionRefusedError,
    OpinionUnavailableError,
)
from .protocol import Answer, Enrolled, Meter, Said
from .rest import SERVICE_TIMEOUT, Reply, RequestBody, Rest, a_list, a_share, a_text, an_id, get, is_id, refusal
from .weight import answer_of, of_logistic

MODEL = "CompreFace"
"""It names its network only along with timings of the whole call."""
SURELY_A_FACE = "0.8"
"""The default; sent explicitly so that the server's setting has no effect."""
MOST_PREDICTIONS = 100
_SUBJECT = re.compile(r"[0-9A-Za-z_-]{1,50}")
"""Narrower than CompreFace allows: never empty, which would mean everybody, and never a path."""


class ExistsError(OpinionError):
    """The subject exists already."""


class CompreFaceGoneError(OpinionDriftedError):
    """There is no such subject or example."""


class HiccupError(OpinionUnavailableError):
    """It answers: something went wrong, please try again."""


_ERRORS: Mapping[tuple[int, int], type[OpinionError]] = {
    (400, 0): HiccupError,
    (400, 20): OpinionRefusedError,  # no key
    (400, 26): OpinionRefusedError,  # the key is no UUID (or a parameter is out of range: ours are not)
    (404, 10): OpinionRefusedError,  # the key is unknown, or of a service of another type; the message repeats it
    (400, 28): OpinionPhotoRefusedError,  # no face, or undecodable
    (400, 31): OpinionPhotoRefusedError,  # more than one face
    (400, 21): OpinionOutdatedError,  # the file's name
    (400, 33): OpinionOutdatedError,
    (400, 34): OpinionOutdatedError,
    (400, 43): ExistsError,
    (404, 42): CompreFaceGoneError,
    (404, 44): CompreFaceGoneError,
    (405, 32): OpinionUnavailableError,  # during a migration it is read-only
    (500, 41): OpinionUnavailableError,
}


class CompreFaceService:
    """key: of a service of the type "recognition". A subject is one of Kith's people, by id and never by name."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        key: str,
        *,
        patience: aiohttp.ClientTimeout = SERVICE_TIMEOUT,
    ) -> None:
        self._rest = Rest(session, url, {"x-api-key": key}, patience)

    async def check(self, meter: Meter) -> None:
        await self._subjects(meter)

    async def ask(self, face: bytes, suspects: Sequence[Enrolled], meter: Meter) -> Answer:
        try:
            if len(suspects) == 1 and suspects[0].faces:
                return await self._verify(face, suspects[0], meter)
            return await self._recognize(face, suspects, meter)
        except OpinionPhotoRefusedError:
            return Answer(Said.NO_FACE, MODEL)

    async def add_person(self, person_id: str, meter: Meter) -> str:
        subject = _subject(person_id)
        with suppress(ExistsError):
            await self._send(meter, "POST", "subjects", body=RequestBody.of({"subject": subject}))
        return subject

    async def add_face(self, key: str, face: bytes, meter: Meter) -> str:
        query = {"subject": _subject(key), "det_prob_threshold": SURELY_A_FACE}
        reply = await self._send(meter, "POST", "faces", query=query, body=_file(face))
        return an_id(get(reply.content, "image_id"), "image_id")

    async def remove_face(self, key: str, face_id: str, meter: Meter) -> None:
        with suppress(CompreFaceGoneError):
            await self._send(meter, "DELETE", "faces", _example(face_id))

    async def remove_person(self, key: str, meter: Meter) -> None:
        """Also erases the subject's examples and their pictures (SubjectDao.deleteSubjectByName)."""
        with suppress(CompreFaceGoneError):
            await self._send(meter, "DELETE", "subjects", _subject(key))

    async def knows(self, key: str, meter: Meter) -> bool:
        """Checking subjects is enough: its database allows no example without one."""
        return key.lower() in {subject.lower() for subject in await self._subjects(meter)}

    async def learn(self, meter: Meter) -> None:
        """It trains by itself."""

    async def leave(self, keys: Sequence[str], meter: Meter) -> None:
        for key in keys:
            await self.remove_person(key, meter)

    async def _verify(self, face: bytes, suspect: Enrolled, meter: Meter) -> Answer:
        """Compares with one example, to need one call per doubt: the newest (template ids begin with their time). Faces
        change over the years, and all examples passed Kith's own test of being fit for comparing.
        """
        example = _example(suspect.faces[max(suspect.faces)])
        query = {"limit": "1", "det_prob_threshold": SURELY_A_FACE}
        reply = await self._send(meter, "POST", "faces", example, "verify", query=query, body=_file(face))
        results = a_list(get(reply.content, "result"), "result")
        if not results:
            return Answer(Said.NO_FACE, MODEL)
        score = a_share(get(results[0], "similarity"), "similarity")
        if score == 0:  # no two faces are this unlike: it means that it does not have the example
            raise CompreFaceGoneError("it no longer has the photo to compare with.")
        return _answer([suspect], {suspect.key: score}, nearest=suspect.key, farthest=score)

    async def _recognize(self, face: bytes, suspects: Sequence[Enrolled], meter: Meter) -> Answer:
        """CompreFace predicts examples, not subjects (EuclideanDistanceClassifier.predict), and may list all of one
        subject's before another's. So ask for enough to cover all of the suspects' examples and one that is not theirs.
        """
        examples = sum(len(suspect.faces) for suspect in suspects)
        query = {
            "limit": "1",
            "prediction_count": str(min(max(examples, 1) + 1, MOST_PREDICTIONS)),
            "det_prob_threshold": SURELY_A_FACE,
        }
        reply = await self._send(meter, "POST", "recognize", query=query, body=_file(face))
        results = a_list(get(reply.content, "result"), "result")
        if not results:
            return Answer(Said.NO_FACE, MODEL)
        scores: dict[str, float] = {}
        for predicted in a_list(get(results[0], "subjects"), "subjects"):
            subject = a_text(get(predicted, "subject"), "subject")
            scores[subject] = max(a_share(get(predicted, "similarity"), "similarity"), scores.get(subject, 0.0))
        if not scores:
            raise CompreFaceGoneError("it no longer knows anybody.")
        return _answer(suspects, scores, nearest=max(scores, key=scores.__getitem__), farthest=min(scores.values()))

    async def _subjects(self, meter: Meter) -> list[str]:
        reply = await self._send(meter, "GET", "subjects")
        return [a_text(one, "a subject") for one in a_list(get(reply.content, "subjects"), "subjects")]

    async def _send(
        self,
        meter: Meter,
        method: str,
        *path: str,
        query: Mapping[str, str] | None = None,
        body: RequestBody | None = None,
    ) -> Reply:
        """Raises OpinionError unless it worked; repeats the call once after a hiccup."""
        for _ in range(2):
            reply = await self._rest.send(meter, method, "api", "v1", "recognition", *path, query=query, body=body)
            if reply.fine:
                return reply
            error = _error(reply)
            if not isinstance(error, HiccupError):
                break
        raise error


def _answer(suspects: Sequence[Enrolled], scores: Mapping[str, float], nearest: str, farthest: float) -> Answer:
    """farthest: nobody without a score of their own has a higher one."""
    # the similarity is (tanh((a - distance) * b) + 1) / 2, with a and b for each network (EuclideanDistanceClassifier)
    return answer_of(suspects, scores, nearest, model=MODEL, unseen=farthest, of=of_logistic)


def _error(reply: Reply) -> OpinionError:
    code = reply.content.get("code") if isinstance(reply.content, Mapping) else None
    kind = _ERRORS.get((reply.status, code)) if isinstance(code, int) else None
    return refusal(reply, kind, code if kind else None)


def _subject(key: str) -> str:
    if not _SUBJECT.fullmatch(key):
        raise CompreFaceGoneError("it cannot have anybody with such a key.")
    return key


def _example(face_id: str) -> str:
    if not is_id(face_id):
        raise CompreFaceGoneError("it cannot have a photo with such an ID.")
    return face_id


def _file(face: bytes) -> RequestBody:
    """A form upload; CompreFace accepts or refuses a picture by its file name's extension."""
    boundary = uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="face.jpg"\r\n'
    content = f"{head}Content-Type: image/jpeg\r\n\r\n".encode() + face + f"\r\n--{boundary}--\r\n".encode()
    return RequestBody(content, f"multipart/form-data; boundary={boundary}")
