"""Microsoft's cloud service Azure AI Face v1.2, used by its published REST specification, without its SDK.

Everybody of a home is in one large person group, which no other home uses. Recognizing people needs Microsoft's
approval of the account (Limited Access): without it, every request for a face id is answered 403. The check finds this
out before anything about anybody is sent. Microsoft says that it keeps no picture, only features.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
import re

import aiohttp

from ..errors import OpinionPhotoRefusedError, OpinionUnavailableError
from .azure_errors import (
    AzureGoneError,
    AzureGroupGoneError,
    ConflictError,
    FaceForgottenError,
    GroupExistsError,
    UntrainedError,
    error_of,
)
from .azure_pictures import nobody, padded
from .protocol import Answer, Enrolled, Meter, Said
from .rest import SERVICE_TIMEOUT, Reply, RequestBody, Rest, a_list, a_share, a_text, an_id, get, is_id, wrong
from .weight import EVEN, answer_of, of_confidence

MODEL = "recognition_04"
"""Fixed when the group is made, and the same for every face; Azure's default is years older."""
DETECTION = "detection_03"
FACE_LIVES = 60
"""Seconds; the minimum. The default is a day."""
FIT_TO_COMPARE = ("medium", "high")
"""The qualities, of low, medium, and high, that Microsoft recommends for identification."""
CANDIDATES = 10
PAGE = 50
"""People per answer."""
MOST_PAGES = 20
"""A thousand people: more than a free account may have."""
CONFLICT_PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds before a conflicting call is repeated: training on a household takes a few."""
TRAINING_PAUSES = (1.0, 1.0, 2.0, 4.0, 8.0, 16.0, 16.0)
"""Seconds between checks of the training: few calls, and all within the time limit of a call."""
_GROUP = re.compile(r"[a-z0-9_-]{1,64}")
_PICTURE = "application/octet-stream"


class AzureService:
    """url: the resource's own, https://NAME.cognitiveservices.azure.com. group: the id of this home's group, which
    holds people by Kith's ids, not by name. pause: waits for some seconds.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        key: str,
        group: str,
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        patience: aiohttp.ClientTimeout = SERVICE_TIMEOUT,
    ) -> None:
        self._rest = Rest(session, url, {"Ocp-Apim-Subscription-Key": key}, patience)
        self._group = group
        self._pause = pause
        self._writing = asyncio.Lock()

    async def check(self, meter: Meter) -> None:
        """Sends a drawn face: an account that may get face ids may also compare them (Limited Access covers both)."""
        await self._detect(nobody(), meter)

    async def ask(self, face: bytes, suspects: Sequence[Enrolled], meter: Meter) -> Answer:
        try:
            try:
                return await self._look(padded(face), suspects, meter)
            except FaceForgottenError:  # it expired in between: try once more
                return await self._look(padded(face), suspects, meter)
        except OpinionPhotoRefusedError:
            return Answer(Said.NO_FACE, MODEL)

    async def add_person(self, person_id: str, meter: Meter) -> str:
        """Kith's person id is the name there, so a person whose answer got lost can be found."""
        try:
            found = await self._find(person_id, meter)
        except AzureGroupGoneError:
            await self._make_group(meter)
            found = None
        if found:
            return found
        reply = await self._write(meter, "POST", "persons", body=RequestBody.of({"name": person_id}))
        return an_id(get(reply.content, "personId"), "personId")

    async def add_face(self, key: str, face: bytes, meter: Meter) -> str:
        """The picture must have exactly one face; Azure refuses it if there is a second one."""
        body = RequestBody(padded(face), _PICTURE)
        query = {"detectionModel": DETECTION}
        reply = await self._write(meter, "POST", "persons", _id(key), "persistedfaces", query=query, body=body)
        return an_id(get(reply.content, "persistedFaceId"), "persistedFaceId")

    async def remove_face(self, key: str, face_id: str, meter: Meter) -> None:
        with suppress(AzureGoneError):
            await self._write(meter, "DELETE", "persons", _id(key), "persistedfaces", _id(face_id))

    async def remove_person(self, key: str, meter: Meter) -> None:
        with suppress(AzureGoneError):
            await self._write(meter, "DELETE", "persons", _id(key))

    async def knows(self, key: str, meter: Meter) -> bool:
        try:
            reply = await self._inside(meter, "GET", "persons", _id(key))
        except AzureGoneError:
            return False
        an_id(get(reply.content, "personId"), "personId")
        return True

    async def learn(self, meter: Meter) -> None:
        """Identifying needs training after each change; verifying does not."""
        await self._write(meter, "POST", "train")
        pauses = iter(TRAINING_PAUSES)
        while not await self._is_trained(meter):
            if (pause := next(pauses, None)) is None:
                raise OpinionUnavailableError("its training is not finished yet.")
            await self._pause(pause)

    async def leave(self, keys: Sequence[str], meter: Meter) -> None:
        """Nobody else uses the group: deleting it also erases people whom Kith no longer knows of."""
        with suppress(AzureGoneError):
            await self._write(meter, "DELETE")

    async def _look(self, face: bytes, suspects: Sequence[Enrolled], meter: Meter) -> Answer:
        face_id = await self._detect(face, meter)
        if face_id is None:
            return Answer(Said.NO_FACE, MODEL)
        if len(suspects) > 1:
            try:
                return await self._identify(face_id, suspects, meter)
            except UntrainedError:
                with suppress(ConflictError):  # training was already started
                    await self._inside(meter, "POST", "train")
        return await self._verify(face_id, suspects[0], meter)

    async def _detect(self, picture: bytes, meter: Meter) -> str | None:
        """The face id of the biggest face, or None if it is not good enough for comparing."""
        query = {
            "returnFaceId": "true",
            "recognitionModel": MODEL,
            "detectionModel": DETECTION,
            "returnFaceAttributes": "qualityForRecognition",
            "faceIdTimeToLive": str(FACE_LIVES),
        }
        reply = await self._send(meter, "POST", "detect", query=query, body=RequestBody(picture, _PICTURE))
        found = a_list(reply.content, "what it detected")
        if not found:
            return None
        quality = get(get(found[0], "faceAttributes"), "qualityForRecognition")
        return an_id(get(found[0], "faceId"), "faceId") if quality in FIT_TO_COMPARE else None

    async def _verify(self, face_id: str, suspect: Enrolled, meter: Meter) -> Answer:
        asked = {"faceId": face_id, "largePersonGroupId": self._group, "personId": _id(suspect.key)}
        reply = await self._send(meter, "POST", "verify", body=RequestBody.of(asked))
        same = get(reply.content, "isIdentical")
        score = a_share(get(reply.content, "confidence"), "confidence")
        if not isinstance(same, bool):
            raise wrong("isIdentical is not true or false")
        return _answer([suspect], {suspect.key: score}, suspect.key if same else None)

    async def _identify(self, face_id: str, suspects: Sequence[Enrolled], meter: Meter) -> Answer:
        """Uses the service's own threshold: below it, nobody is named. The likeliest person may not be a suspect."""
        asked = {"faceIds": [face_id], "largePersonGroupId": self._group, "maxNumOfCandidatesReturned": CANDIDATES}
        reply = await self._send(meter, "POST", "identify", body=RequestBody.of(asked))
        results = a_list(reply.content, "what it identified")
        if len(results) != 1:
            raise wrong("there is not one result for the one face")
        scores: dict[str, float] = {}
        for candidate in a_list(get(results[0], "candidates"), "candidates"):
            key = an_id(get(candidate, "personId"), "personId")
            scores[key] = a_share(get(candidate, "confidence"), "confidence")
        return _answer(suspects, scores, max(scores, key=scores.__getitem__, default=None))

    async def _find(self, name: str, meter: Meter) -> str | None:
        """The id of the person of this name. Azure lists people in the order of their ids."""
        query = {"top": str(PAGE)}
        for _ in range(MOST_PAGES):
            reply = await self._inside(meter, "GET", "persons", query=query)
            people = a_list(reply.content, "the people")
            for person in people:
                if get(person, "name") == name:
                    return an_id(get(person, "personId"), "personId")
            if len(people) < PAGE:
                return None
            query["start"] = an_id(get(people[-1], "personId"), "personId")
        raise wrong("there is no end of people")

    async def _make_group(self, meter: Meter) -> None:
        with suppress(GroupExistsError):
            await self._write(meter, "PUT", body=RequestBody.of({"name": "Kith", "recognitionModel": MODEL}))

    async def _is_trained(self, meter: Meter) -> bool:
        try:
            reply = await self._inside(meter, "GET", "training")
        except UntrainedError:
            return False
        match a_text(get(reply.content, "status"), "status"):
            case "succeeded":
                return True
            case "notStarted" | "running":
                return False
            case "failed":
                raise OpinionUnavailableError("its training failed.")
            case _:
                raise wrong("it reports an unknown training state")

    async def _write(
        self,
        meter: Meter,
        method: str,
        *path: str,
        query: Mapping[str, str] | None = None,
        body: RequestBody | None = None,
    ) -> Reply:
        """Write to the group, one call at a time: Azure reports a conflict for two changes of one person at once, and
        for a change during training. Raises ConflictError if the conflict persists.
        """
        async with self._writing:
            for pause in CONFLICT_PAUSES:
                try:
                    return await self._inside(meter, method, *path, query=query, body=body)
                except ConflictError:
                    await self._pause(pause)
            return await self._inside(meter, method, *path, query=query, body=body)

    async def _inside(
        self,
        meter: Meter,
        method: str,
        *path: str,
        query: Mapping[str, str] | None = None,
        body: RequestBody | None = None,
    ) -> Reply:
        if not _GROUP.fullmatch(self._group):  # an empty one would mean all groups
            raise AzureGroupGoneError("it cannot have a group with such a name.")
        return await self._send(meter, method, "largepersongroups", self._group, *path, query=query, body=body)

    async def _send(
        self,
        meter: Meter,
        method: str,
        *path: str,
        query: Mapping[str, str] | None = None,
        body: RequestBody | None = None,
    ) -> Reply:
        reply = await self._rest.send(meter, method, "face", "v1.2", *path, query=query, body=body)
        if not reply.fine:
            raise error_of(reply)
        return reply


def _answer(suspects: Sequence[Enrolled], scores: Mapping[str, float], nearest: str | None) -> Answer:
    return answer_of(suspects, scores, nearest, model=MODEL, unseen=EVEN, of=of_confidence)


def _id(key: str) -> str:
    if not is_id(key):
        raise AzureGoneError("it cannot have anything with such an ID.")
    return key
