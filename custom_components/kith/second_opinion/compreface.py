"""CompreFace 1.2, which somebody hosts themselves: https://github.com/exadel-inc/CompreFace.

By its docs/Rest-API-description.md; the errors, of which that names none, by its source. A key belongs to one
collection, which others may use, too: only subjects that Kith made are ever touched, and "delete all" is never called.
It keeps the photos that it was enrolled with, but nothing of a face that it is asked about.
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
from .rest import TIMEOUT, Body, Reply, Rest, a_list, a_share, a_text, an_id, get, is_id, refusal
from .weight import EVEN, of_logistic, ratios

MODEL = "CompreFace"
"""Which network it compares with, it tells only along with how long everything took."""
SURELY_A_FACE = "0.8"
"""Its default; named, so that another setting of the server changes nothing."""
MOST_PREDICTIONS = 100
_SUBJECT = re.compile(r"[0-9A-Za-z_-]{1,50}")
"""Narrower than what it takes: no subject of Kith's is empty, which would stand for everybody, or a path."""


class ExistsError(OpinionError):
    """The subject is there already."""


class CompreFaceGoneError(OpinionDriftedError):
    """There is no such subject or example."""


class HiccupError(OpinionUnavailableError):
    """It says: something went wrong, please try again."""


_ERRORS: Mapping[tuple[int, int], type[OpinionError]] = {
    (400, 0): HiccupError,
    (400, 20): OpinionRefusedError,  # no key
    (400, 26): OpinionRefusedError,  # the key is no UUID (or a parameter is out of range: ours are not)
    (404, 10): OpinionRefusedError,  # the key is unknown, or a service's of another type; the message repeats it
    (400, 28): OpinionPhotoRefusedError,  # no face, or not to be decoded
    (400, 31): OpinionPhotoRefusedError,  # more than one face
    (400, 21): OpinionOutdatedError,  # the file's name
    (400, 33): OpinionOutdatedError,
    (400, 34): OpinionOutdatedError,
    (400, 43): ExistsError,
    (404, 42): CompreFaceGoneError,
    (404, 44): CompreFaceGoneError,
    (405, 32): OpinionUnavailableError,  # it migrates, and only reads meanwhile
    (500, 41): OpinionUnavailableError,
}


class CompreFaceService:
    """key: of a service of the type "recognition". A subject there is a person of Kith's, by id and never by name."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        key: str,
        *,
        patience: aiohttp.ClientTimeout = TIMEOUT,
    ) -> None:
        self._rest = Rest(session, url, {"x-api-key": key}, patience)

    async def check(self, meter: Meter) -> None:
        await self._subjects(meter)

    async def ask(self, face: bytes, suspects: Sequence[Enrolled], meter: Meter) -> Answer:
        try:
            if len(suspects) == 1 and suspects[0].faces:
                return await self._verify(face, suspects[0], meter)
            return await self._recognise(face, suspects, meter)
        except OpinionPhotoRefusedError:
            return Answer(Said.NO_FACE, MODEL)

    async def add_person(self, person_id: str, meter: Meter) -> str:
        subject = _subject(person_id)
        with suppress(ExistsError):
            await self._send(meter, "POST", "subjects", body=Body.of({"subject": subject}))
        return subject

    async def add_face(self, key: str, face: bytes, meter: Meter) -> str:
        query = {"subject": _subject(key), "det_prob_threshold": SURELY_A_FACE}
        reply = await self._send(meter, "POST", "faces", query=query, body=_file(face))
        return an_id(get(reply.content, "image_id"), "image_id")

    async def remove_face(self, key: str, face_id: str, meter: Meter) -> None:
        with suppress(CompreFaceGoneError):
            await self._send(meter, "DELETE", "faces", _example(face_id))

    async def remove_person(self, key: str, meter: Meter) -> None:
        """Its examples and their pictures go with it (SubjectDao.deleteSubjectByName)."""
        with suppress(CompreFaceGoneError):
            await self._send(meter, "DELETE", "subjects", _subject(key))

    async def knows(self, key: str, meter: Meter) -> bool:
        """There is no example without a subject: its database would not have it."""
        return key.lower() in {subject.lower() for subject in await self._subjects(meter)}

    async def learn(self, meter: Meter) -> None:
        """It does so by itself."""

    async def leave(self, keys: Sequence[str], meter: Meter) -> None:
        for key in keys:
            await self.remove_person(key, meter)

    async def _verify(self, face: bytes, suspect: Enrolled, meter: Meter) -> Answer:
        """Against one example, for one call a doubt: the newest (ids of templates begin with their time). Faces change
        with the years, and all examples have passed Kith's own test of being fit for comparing.
        """
        example = _example(suspect.faces[max(suspect.faces)])
        query = {"limit": "1", "det_prob_threshold": SURELY_A_FACE}
        reply = await self._send(meter, "POST", "faces", example, "verify", query=query, body=_file(face))
        results = a_list(get(reply.content, "result"), "result")
        if not results:
            return Answer(Said.NO_FACE, MODEL)
        score = a_share(get(results[0], "similarity"), "similarity")
        if score == 0:  # no two faces are so unlike: this is what it says of an example that it does not have
            raise CompreFaceGoneError("it does not have the photo any more that it was to compare with.")
        return _answer([suspect], {suspect.key: score}, nearest=suspect.key, farthest=score)

    async def _recognise(self, face: bytes, suspects: Sequence[Enrolled], meter: Meter) -> Answer:
        """It predicts examples rather than subjects (EuclideanDistanceClassifier.predict), one subject's all before
        another's maybe: so many are asked for that the suspects' all can be among them, and one that is not theirs.
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
            raise CompreFaceGoneError("it knows nobody any more.")
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
        body: Body | None = None,
    ) -> Reply:
        """Raises OpinionError unless it worked; what just went wrong there is tried once more."""
        for _ in range(2):
            reply = await self._rest.send(meter, method, "api", "v1", "recognition", *path, query=query, body=body)
            if reply.fine:
                return reply
            error = _error(reply)
            if not isinstance(error, HiccupError):
                break
        raise error


def _answer(suspects: Sequence[Enrolled], by_key: Mapping[str, float], nearest: str, farthest: float) -> Answer:
    """nearest: the key of whom the face is most like, one of the suspects or not; farthest: of others, none is more
    like it than so.
    """
    scores = {suspect.person_id: by_key[suspect.key] for suspect in suspects if suspect.key in by_key}
    named = next((one.person_id for one in suspects if one.key == nearest and by_key[nearest] >= EVEN), None)
    # the similarity is (tanh((a - distance) * b) + 1) / 2, with a and b of each network (EuclideanDistanceClassifier)
    asked = [suspect.person_id for suspect in suspects]
    return Answer(
        Said.NOBODY if named is None else Said.PERSON,
        MODEL,
        named,
        max(scores.values(), default=None),
        ratios(asked, scores, named, unseen=farthest, of=of_logistic),
    )


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
        raise CompreFaceGoneError("it cannot have a photo with such an id.")
    return face_id


def _file(face: bytes) -> Body:
    """As a form would send it: by the extension of the name it tells whether it takes the picture."""
    boundary = uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="face.jpg"\r\n'
    content = f"{head}Content-Type: image/jpeg\r\n\r\n".encode() + face + f"\r\n--{boundary}--\r\n".encode()
    return Body(content, f"multipart/form-data; boundary={boundary}")
