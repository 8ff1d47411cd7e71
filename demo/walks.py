"""What a demo camera sees as time passes: nobody, or somebody who comes, stays, and leaves."""

from collections.abc import Callable
from dataclasses import dataclass
import math

from PIL import Image

from .figure import Pose, with_person
from .scenes import empty

type Scene = Callable[[float], Image.Image]
"""Maps the seconds since the scene began to the picture, without sensor noise."""

EYE_LEVEL = {"front_door": 0.42, "hall": 0.39}
"""Height of the horizon in each scene: the eyes of somebody as tall as the camera are there, near or far."""
LIGHT = {"front_door": (0.95, 0.97), "hall": (0.9, 1.05)}
"""Light and tint of each scene, as in Pose."""
STEPS_PER_SECOND = 1.8


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands: `middle` as in Pose; the figure's height as a share of the picture's."""

    middle: float
    height: float


def nobody(camera: str) -> Scene:
    return lambda _seconds: empty(camera)


def walk(camera: str, start: Place, end: Place, seconds: float) -> Scene:
    """Walk from one place to another in this many seconds, then stand there, never quite still."""

    def scene(now: float) -> Image.Image:
        share = min(1.0, now / seconds)
        walking = 1.0 if share < 1 else 0.15  # standing people also sway
        stride = math.sin(math.tau * STEPS_PER_SECOND * now)
        height = start.height * (end.height / start.height) ** share  # an even pace looks like this in perspective
        light, tint = LIGHT[camera]
        pose = Pose(
            middle=start.middle + (end.middle - start.middle) * share + 0.004 * math.sin(1.3 * now),
            eyes=EYE_LEVEL[camera] + 0.008 * walking * stride * height,
            height=height,
            lean=1.6 * walking * math.sin(math.pi * STEPS_PER_SECOND * now) + 1.2 * math.sin(0.9 * now),
            light=light,
            tint=tint,
        )
        return with_person(empty(camera), pose)

    return scene
