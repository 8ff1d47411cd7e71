"""Faces without pictures: unit vectors at chosen angles, and analyses that contain them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from custom_components.kith.identity.gallery import EnrolledEmbedding, Gallery, Source, Template
from custom_components.kith.kith_engine.analysis import (
    Analysis,
    Body,
    Box,
    Embedding,
    EngineFacts,
    Face,
    Flaw,
    Person,
    Quality,
)
from custom_components.kith.kith_engine.calibration import Calibration
from custom_components.kith.kith_engine.wire import PROTOCOL

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NETWORK = "net-0123456789ab"
CALIBRATION = Calibration(
    quality=(0.8, *[0.0] * 12),  # every face is as good as any other
    common=np.zeros((2, 8), np.float32),
    crowd=-np.eye(1, 8, 7, dtype=np.float32),  # nobody lives near these faces
    crowding=0.5,
    gain=60.0,
    cost=20.0,
    tail=(4.0, 0.75),
)
FACTS = EngineFacts(
    PROTOCOL, "0.1.0", "test", "ncnn 1.0 (onnxruntime has no wheel for musl)", NETWORK, 8, CALIBRATION, 32
)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def axis(number: int) -> np.ndarray:
    """The ideal face of person `number`, orthogonal to everybody else's."""
    return np.eye(8, dtype=np.float32)[number]


def like(*parts: tuple[int, float]) -> np.ndarray:
    """A face with these cosines to these people; the rest of it is like nobody."""
    vector = sum((share * axis(number) for number, share in parts), np.zeros(8, np.float32))
    rest = 1 - float(vector @ vector)
    return (vector + np.sqrt(max(0.0, rest)) * axis(7)).astype(np.float32)


def template(vector: np.ndarray, name: str = "t", network: str = NETWORK, quality: float = 0.8) -> Template:
    made = EnrolledEmbedding(vector.astype(np.float32), network, quality)
    return Template(name, (made,), NOON, Source.PHOTO, 80.0)


def gallery(**people: np.ndarray) -> Gallery:
    return Gallery({who: (template(vector),) for who, vector in people.items()})


def face(
    vector: np.ndarray | None, box: Box, flaws: tuple[Flaw, ...] = (), person: int | None = 0, width: float = 60
) -> Face:
    quality = Quality(width, sharpness=1.0, yaw=0.0, light=120.0, flaws=flaws)
    embeddings = () if vector is None else (Embedding(vector, 10.0),)
    return Face(box, 0.9, np.zeros((5, 2), np.float32), quality, embeddings, person)


BODY = Box(100, 100, 200, 400)
HEAD = Box(130, 110, 170, 160)


def shown(vector: np.ndarray | None = None, *, flaws: tuple[Flaw, ...] = (), body: Box = BODY) -> Analysis:
    """One person in view: with this face, with an unusable one, or without one."""
    faces = () if vector is None and not flaws else (face(vector, HEAD, flaws),)
    return Analysis(1920, 1080, 0.2, looked=True, persons=(Person(body, 0.9),), faces=faces)


def together(*vectors: np.ndarray) -> Analysis:
    """Side by side in one picture."""
    persons, faces = [], []
    for place, vector in enumerate(vectors):
        left = 100 + 400 * place
        persons.append(Person(Box(left, 100, left + 100, 400), 0.9))
        faces.append(face(vector, Box(left + 30, 110, left + 70, 160), person=place))
    return Analysis(1920, 1080, 0.2, looked=True, persons=tuple(persons), faces=tuple(faces))


EMPTY = Analysis(1920, 1080, 0.0, looked=False)


def clothed(analysis: Analysis, *outfits: int | np.ndarray, dim: bool = False) -> Analysis:
    """The same, with what each person wears: an outfit's number, or its vector."""
    persons = [
        replace(person, body=Body(axis(outfit) if isinstance(outfit, int) else outfit, dim))
        for person, outfit in zip(analysis.persons, outfits, strict=True)
    ]
    return replace(analysis, persons=tuple(persons))
