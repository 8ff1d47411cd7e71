"""Faces without pictures: unit vectors at chosen angles, and the analyses that hold them."""

from datetime import UTC, datetime, timedelta

import numpy as np

from custom_components.kith.identity.gallery import Gallery, Source, Template
from custom_components.kith.kith_engine.analysis import (
    Analysis,
    Box,
    Decision,
    EngineFacts,
    Face,
    Flaw,
    Person,
    Quality,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NETWORK = "net-0123456789ab"
RULE = Decision(known=0.5, margin=0.1, stranger=0.3)
FACTS = EngineFacts(1, "0.1.0", "test", "none", NETWORK, 8, RULE, 32)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def axis(number: int) -> np.ndarray:
    """The ideal face of person `number`: at right angles to everybody else's."""
    return np.eye(8, dtype=np.float32)[number]


def like(*parts: tuple[int, float]) -> np.ndarray:
    """A face with these cosines to these people; the rest of it is like nobody."""
    vector = sum((share * axis(number) for number, share in parts), np.zeros(8, np.float32))
    rest = 1 - float(vector @ vector)
    return (vector + np.sqrt(max(0.0, rest)) * axis(7)).astype(np.float32)


def template(vector: np.ndarray, name: str = "t", network: str = NETWORK) -> Template:
    return Template(name, vector.astype(np.float32), network, NOON, Source.PHOTO, 80.0)


def gallery(**people: np.ndarray) -> Gallery:
    return Gallery({who: (template(vector),) for who, vector in people.items()})


def face(
    vector: np.ndarray | None, box: Box, flaws: tuple[Flaw, ...] = (), person: int | None = 0, width: float = 60
) -> Face:
    quality = Quality(width, sharpness=1.0, yaw=0.0, light=120.0, flaws=flaws)
    return Face(box, 0.9, np.zeros((5, 2), np.float32), quality, vector, person)


BODY = Box(100, 100, 200, 400)
HEAD = Box(130, 110, 170, 160)


def shown(vector: np.ndarray | None = None, *, flaws: tuple[Flaw, ...] = (), body: Box = BODY) -> Analysis:
    """One person in view: with this face, with an unusable one, or with none."""
    faces = () if vector is None and not flaws else (face(vector, HEAD, flaws),)
    return Analysis(1920, 1080, 0.2, looked=True, persons=(Person(body, 0.9),), faces=faces)


EMPTY = Analysis(1920, 1080, 0.0, looked=False)
