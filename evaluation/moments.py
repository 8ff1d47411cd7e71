"""One moment before a camera: a few frames of one pose, one light and one distance, each a little different.

A visit is one moment, or a few. Photos of other days would be new evidence in every frame; frames of one moment mostly
repeat one another, and a rule that counts frames must be judged by such.
"""

from collections.abc import Iterator
from dataclasses import dataclass
import io
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from .camera import AROUND, BEST, BRIGHTEST, DARKEST, INFRARED, LEAST_NOISE, MOST_NOISE, WORST

FRAMES = 8
"""Of one moment."""
MOST_BLUR, MOST_SHAKE = 0.9, 0.4
"""Standard deviations in pixels of the small picture: the lens' share, and each frame's own."""
TILT = 4.0
"""Standard deviation of the head's lean from frame to frame, in degrees."""
SHIFT = 0.03
"""Standard deviation of its place, in widths of the face."""
MOST_APPROACH = 1.35
"""How much wider the last frame's face may be than the first's."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Where a camera hangs. narrowest, widest: of the face in pixels, as the moment begins; every width between is as
    likely, on a logarithmic scale. worst: how much of the worst light, noise and blur there is.
    """

    name: str
    narrowest: float
    widest: float
    worst: float

    def __str__(self) -> str:
        return self.name


ROOM = Profile("across the room", 24, 64, 1.0)
DOOR = Profile("at the door", 64, 160, 0.5)
PROFILES = (ROOM, DOOR)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What all frames of a moment share. width: of the face in the first one, in pixels. noise: standard deviation in
    gray levels. quality: of the JPEG. approach: how much wider the face is in the last frame.
    """

    width: float
    gamma: float
    noise: float
    quality: int
    infrared: bool
    blur: float
    approach: float

    @classmethod
    def draw(cls, profile: Profile, rng: np.random.Generator) -> Self:
        worst = profile.worst
        return cls(
            width=float(np.exp(rng.uniform(np.log(profile.narrowest), np.log(profile.widest)))),
            gamma=float(np.exp(worst * rng.uniform(np.log(BRIGHTEST), np.log(DARKEST)))),
            noise=rng.uniform(LEAST_NOISE, LEAST_NOISE + worst * (MOST_NOISE - LEAST_NOISE)),
            quality=int(rng.integers(WORST, BEST + 1)),
            infrared=bool(rng.random() < INFRARED),
            blur=worst * rng.uniform(0, MOST_BLUR),
            approach=rng.uniform(1, MOST_APPROACH),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """An RGB photo, and where in it a face is: its middle and its width in pixels."""

    photo: Image.Image
    middle: tuple[float, float]
    width: float


def film(subject: Subject, profile: Profile, rng: np.random.Generator, frames: int = FRAMES) -> Iterator[bytes]:
    """So many frames, two at least, as JPEG."""
    conditions = Conditions.draw(profile, rng)
    for number in range(frames):
        wanted = conditions.width * conditions.approach ** (number / (frames - 1))
        yield _frame(subject, min(1.0, wanted / subject.width), conditions, rng)


def _frame(subject: Subject, scale: float, conditions: Conditions, rng: np.random.Generator) -> bytes:
    tilt, shift = rng.normal(0, TILT), rng.normal(0, SHIFT * subject.width, 2)
    photo, middle, reach = subject.photo, subject.middle, AROUND * subject.width
    moved = photo.rotate(tilt, Image.Resampling.BILINEAR, center=middle, translate=tuple(shift.tolist()))
    left, top = (max(0, round(place - reach)) for place in middle)
    right, bottom = (min(side, round(place + reach)) for side, place in zip(photo.size, middle, strict=True))
    seen = moved.crop((left, top, right, bottom))
    size = (max(1, round(seen.width * scale)), max(1, round(seen.height * scale)))
    seen = seen.resize(size, Image.Resampling.BOX if scale < 0.5 else Image.Resampling.BILINEAR)
    seen = seen.filter(ImageFilter.GaussianBlur(conditions.blur + rng.uniform(0, MOST_SHAKE)))
    if conditions.infrared:
        seen = seen.convert("L").convert("RGB")
    light = 255 * (np.asarray(seen, np.float32) / 255) ** conditions.gamma
    light += rng.normal(0, conditions.noise, light.shape)
    encoded = io.BytesIO()
    Image.fromarray(np.clip(light, 0, 255).astype(np.uint8)).save(encoded, "JPEG", quality=conditions.quality)
    return encoded.getvalue()


_CLOTHS = ((160, 200, 220), (235, 235, 230), (30, 30, 35))
"""Surgical blue, white, black."""
_OUTLINE = ((0.0, 0.38), (0.95, 0.45), (0.85, 1.3), (0.35, 1.75), (-0.35, 1.75), (-0.85, 1.3), (-0.95, 0.45))
"""Of a mask, from the point between the eyes: across in distances between them, down in distances to the mouth."""


def masked(photo: Image.Image, landmarks: NDArray[np.float32], rng: np.random.Generator) -> Image.Image:
    """The same RGB photo with a mask over nose and mouth. landmarks: (5, 2), see kith_engine/landmarks.py."""
    eyes, mouth = landmarks[:2].mean(axis=0), landmarks[3:].mean(axis=0)
    across, down = landmarks[1] - landmarks[0], mouth - eyes
    corners = [tuple(map(float, eyes + right * across + below * down)) for right, below in _OUTLINE]
    cover = Image.new("L", photo.size)
    ImageDraw.Draw(cover).polygon(corners, fill=255)
    apart = float(np.linalg.norm(across))
    cover = cover.filter(ImageFilter.GaussianBlur(0.03 * apart))
    cloth = Image.new("RGB", photo.size, _CLOTHS[rng.integers(len(_CLOTHS))])
    light = photo.convert("L").filter(ImageFilter.GaussianBlur(0.3 * apart)).convert("RGB")
    shaded = Image.blend(cloth, light, 0.3)
    return Image.composite(shaded, photo, cover)
