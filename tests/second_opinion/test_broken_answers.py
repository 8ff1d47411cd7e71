"""Any answer of a service, byte for byte, becomes an answer within bounds or an OpinionError, and nothing else."""

from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
import json
import math
from typing import Any, cast

import aiohttp
from hypothesis import given, settings, strategies as st
import pytest

from custom_components.kith.errors import OpinionError
from custom_components.kith.second_opinion.azure import AzureService
from custom_components.kith.second_opinion.compreface import CompreFaceService
from custom_components.kith.second_opinion.protocol import Answer, Enrolled, Meter, Said, Service
from custom_components.kith.second_opinion.weight import MOST_AGAINST, MOST_FOR

PERSON, OTHER = "0a" * 16, "0b" * 16
ID, OTHER_ID = "25985303-c537-4467-b41d-bdb45cd95ca1", "43897a75-8d6f-42cf-885e-74832febb055"
MOST_CALLS = 60
"""More than any of the bounded repetitions: nothing goes on forever."""
KEYS = (
    *("box", "candidates", "code", "confidence", "error", "faceAttributes", "faceId", "image_id", "innererror", "name"),
    *(
        "isIdentical",
        "message",
        "persistedFaceId",
        "personId",
        "qualityForRecognition",
        "result",
        "similarity",
        "status",
    ),
    *("subject", "subjects"),
)
WORDS = (
    *(
        "",
        ID,
        OTHER_ID,
        PERSON,
        OTHER,
        "high",
        "low",
        "running",
        "succeeded",
        "failed",
        "notStarted",
        "UnsupportedFeature",
    ),
    *("LargePersonGroupNotTrained", "LargePersonGroupTrainingNotFinished", "LargePersonGroupNotFound", "FaceNotFound"),
)

leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.floats(0, 1),
    st.sampled_from((0, 10, 20, 28, 43, 44)),
    st.sampled_from(WORDS),
    st.text(max_size=5),
)
anything = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=6)
    ),
    max_leaves=12,
)
share = st.floats(0, 1) | leaves
a_face = st.fixed_dictionaries({"faceId": st.just(ID), "faceAttributes": st.just({"qualityForRecognition": "high"})})
an_id = st.sampled_from((ID, OTHER_ID)) | leaves
nearly = st.one_of(
    st.lists(a_face, max_size=2),
    st.fixed_dictionaries({"isIdentical": st.booleans() | leaves, "confidence": share}),
    st.fixed_dictionaries({"status": st.sampled_from(("running", "succeeded", "failed"))}),
    st.lists(
        st.fixed_dictionaries(
            {"candidates": st.lists(st.fixed_dictionaries({"personId": an_id, "confidence": share}), max_size=3)}
        ),
        min_size=1,
        max_size=1,
    ),
    st.fixed_dictionaries({"result": st.lists(st.fixed_dictionaries({"similarity": share}), max_size=2)}),
    st.fixed_dictionaries(
        {
            "result": st.lists(
                st.fixed_dictionaries(
                    {
                        "subjects": st.lists(
                            st.fixed_dictionaries(
                                {"subject": st.sampled_from((PERSON, OTHER, "x")) | leaves, "similarity": share}
                            ),
                            max_size=4,
                        )
                    }
                ),
                min_size=1,
                max_size=2,
            )
        }
    ),
)
"""Makes sure that code behind the first checks is reached, too."""
bodies = st.one_of(
    st.binary(max_size=60),
    anything.map(lambda value: json.dumps(value).encode()),
    nearly.map(lambda value: json.dumps(value).encode()),
)
statuses = st.sampled_from((200, 200, 200, 201, 202, 400, 401, 403, 404, 405, 409, 413, 429, 500)) | st.integers(
    100, 999
)
headers = st.dictionaries(
    st.sampled_from(("Retry-After", "x-ms-error-code")), st.sampled_from(WORDS) | st.text(max_size=30), max_size=2
)


@dataclass
class Canned:
    """The parts of aiohttp's response that the client uses."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> Canned:
        return self

    async def iter_chunked(self, _size: int) -> AsyncIterator[bytes]:
        yield self.body


@dataclass
class Session:
    """Repeats these answers in turn."""

    answers: list[Canned]
    closed: bool = False
    taken: int = field(default=0)

    @asynccontextmanager
    async def request(self, *_: object, **_also: object) -> AsyncIterator[Canned]:
        self.taken += 1
        yield self.answers[(self.taken - 1) % len(self.answers)]


async def at_once(_seconds: float) -> None:
    """Does not wait."""


def at_the_end[T](work: Coroutine[Any, Any, T]) -> T:
    """The result of something that never has to wait, without a loop."""
    try:
        work.send(None)
    except StopIteration as end:
        return cast(T, end.value)
    raise AssertionError("it waits for something")


def sane(error: OpinionError) -> None:
    assert str(error).endswith(".")
    assert error.retry_after is None or 0 <= error.retry_after < math.inf


async def everything(service: Service, key: str, face_id: str) -> AsyncIterator[Answer]:
    """Everything that may be asked of a service, continuing after errors. Yields the opinions."""
    meter = Meter()
    one, two = Enrolled(PERSON, key, {"t": face_id}), Enrolled(OTHER, OTHER if key == PERSON else OTHER_ID, {})
    for suspects in ([one], [one, two]):
        with suppress(OpinionError):
            yield await service.ask(b"a face", suspects, meter)
    for work in (
        service.check(meter),
        service.add_person(PERSON, meter),
        service.add_face(key, b"a face", meter),
        service.remove_face(key, face_id, meter),
        service.remove_person(key, meter),
        service.knows(key, meter),
        service.learn(meter),
        service.leave([key], meter),
    ):
        try:
            found = await work
        except OpinionError as error:
            sane(error)
            continue
        assert found is None or isinstance(found, bool) or found == PERSON or len(str(found)) == len(ID)
    assert meter.calls <= MOST_CALLS


@pytest.mark.parametrize("kind", ["azure", "compreface"])
@settings(max_examples=400)
@given(st.lists(st.builds(Canned, statuses, headers, bodies), min_size=1, max_size=4))
def test_broken_answers_are_answers_within_bounds_or_opinion_errors(kind: str, answers: list[Canned]) -> None:
    session = cast(aiohttp.ClientSession, Session(answers))
    service: Service = CompreFaceService(session, "http://127.0.0.1", "key")
    key = PERSON
    if kind == "azure":
        service, key = AzureService(session, "http://127.0.0.1", "key", "kith", pause=at_once), ID

    async def look() -> None:
        async for answer in everything(service, key, OTHER_ID):
            assert all(MOST_AGAINST <= ratio <= MOST_FOR for ratio in answer.ratios.values())
            assert answer.score is None or 0 <= answer.score <= 1
            assert (answer.said is Said.PERSON) == (answer.person_id is not None)
            assert answer.said is not Said.NO_FACE or not answer.ratios
            assert answer.person_id is None or answer.ratios[answer.person_id] >= 0
            assert set(answer.ratios) <= {PERSON, OTHER}

    at_the_end(look())
