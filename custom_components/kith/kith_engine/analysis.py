"""What the engine says about one picture. These values go over the wire (see wire.py)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .calibration import Calibration

MOST_FOUND = 64
"""Persons, and faces, in one picture: a home's camera, not a stadium's. What Home Assistant does with an answer takes
time for each of them, and answers may come from another host."""
MOST_EMBEDDINGS = 2
"""Embeddings of one face: a pack has one or two networks for them."""


class Look(StrEnum):
    """How hard to look."""

    MOTION = "motion"
    """For people only if the picture changed since this camera's last one: use it where nothing happens."""
    PEOPLE = "people"
    """For people in any case: use it where somebody is in view."""
    PORTRAIT = "portrait"
    """For faces all over the picture, people or not: use it for a photo to enroll. Never superseded."""


class Sensitivity(StrEnum):
    """How easily a person is detected: a lower one detects fewer coats and statues, and misses more people."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle as shares of the picture, 0 to 1."""

    EDGES: ClassVar = ("left", "top", "right", "bottom")

    left: float
    top: float
    right: float
    bottom: float

    def holds(self, across: float, down: float) -> bool:
        """Is this point, in shares of the picture, in the area?"""
        return self.left <= across <= self.right and self.top <= down <= self.bottom


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of a camera's pictures counts.

    smallest_face: in pixels, if the pack's own limit is lower. ignored: motion and people in there do not count. faces:
    whether to look for faces at all. second: whether to ask the pack's second network, too. bodies: whether to ask its
    body network, if it has one.
    """

    sensitivity: Sensitivity = Sensitivity.NORMAL
    smallest_face: int = 0
    ignored: tuple[Area, ...] = ()
    faces: bool = True
    second: bool = False
    bodies: bool = False


WHOLE = Scope()
"""The whole picture counts."""


class Flaw(StrEnum):
    """Why a face cannot be compared."""

    TOO_SMALL = "too_small"
    BLURRED = "blurred"
    TURNED_AWAY = "turned_away"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    CUT_OFF = "cut_off"


@dataclass(frozen=True, slots=True)
class Box:
    """Corners in pixels of the whole picture at full size; a detector's guess may reach beyond its edge."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return max(0.0, self.width) * max(0.0, self.height)

    def scaled(self, across: float, down: float) -> Box:
        """In a picture that is so many times as wide and as high."""
        return Box(self.left * across, self.top * down, self.right * across, self.bottom * down)

    def overlap(self, other: Box) -> float:
        """Intersection over union, 0 to 1."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return shared / (self.area + other.area - shared)


class Body(NamedTuple):
    """What the body network makes of a person.

    vector: (d,) float32 of length 1. dim: seen in the dark or by infrared, where colors tell little.
    """

    vector: NDArray[np.float32]
    dim: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """A detected person. body: None if it was not asked for, or cannot be compared."""

    box: Box
    score: float
    body: Body | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a face is for comparing: the measurements, and its flaws.

    width: face box in pixels at full size. sharpness: see quality.py. yaw: 0 frontal to about 1 profile; negative turns
    to the picture's left. light: mean luminance of the face, 0 to 255. covered: mouth or nose is behind a mask or a
    scarf; such a face can be compared, but half of what tells people apart is hidden.
    """

    width: float
    sharpness: float
    yaw: float
    light: float
    flaws: tuple[Flaw, ...] = ()
    covered: bool = False

    @property
    def usable(self) -> bool:
        return not self.flaws


class Embedding(NamedTuple):
    """What an embedding network makes of a face.

    vector: (d,) float32 of length 1. clarity: how long the network's vector was. Networks trained to tell people apart
    give short vectors where they see little of a face (Meng et al. 2021, MagFace); in the network's own units.
    """

    vector: NDArray[np.float32]
    clarity: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One face: where, how good, and what the network makes of it.

    landmarks: (5, 2) float32, x and y in pixels of the whole picture: the eyes, the nose, the mouth's corners, in the
    order of the alignment template (left in the picture first).
    embeddings: one per network that was asked, in the pack's order; none if the quality has flaws.
    person: index in the Analysis's persons, or None (a portrait has none).
    """

    box: Box
    score: float
    landmarks: NDArray[np.float32]
    quality: Quality
    embeddings: tuple[Embedding, ...] = ()
    person: int | None = None

    @property
    def embedding(self) -> NDArray[np.float32] | None:
        """(d,) by the pack's first network; None if there is none."""
        return self.embeddings[0].vector if self.embeddings else None


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything that the engine found in one picture.

    width, height: of the picture at full size. motion: share of the picture that changed, 0 to 1, None if it was not
    asked for. looked: whether people were looked for at all. timings: milliseconds by stage, in order; a stage that did
    not run is absent. restless: where a small part of this camera's picture changes all the time, if it does.
    """

    width: int
    height: int
    motion: float | None
    looked: bool
    persons: tuple[Person, ...] = ()
    faces: tuple[Face, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    restless: Area | None = None


@dataclass(frozen=True, slots=True, eq=False)
class EngineFacts:
    """What an engine says about itself in `hello`.

    embedding: name of the embedding network with its digest; vectors of different names are never compared.
    calibration: what its vectors are worth as evidence. streams: it can decode video. calibration_digest: tells
    calibrations apart; empty if the engine is older than that.
    """

    protocol: int
    version: str
    pack: str
    runtime: str
    embedding: str
    dimensions: int
    calibration: Calibration
    smallest_face: int
    streams: bool = False
    calibration_digest: str = ""
