"""Pictures for tests: the one identifiable person is scikit-image's public-domain portrait of an astronaut."""

from functools import cache
import io

import numpy as np
from PIL import Image
from skimage import data


@cache
def astronaut() -> Image.Image:
    """512×512; one frontal face, about 110 px wide."""
    return Image.fromarray(data.astronaut())


def encoded(picture: Image.Image, kind: str = "JPEG", quality: int = 90) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, quality=quality)
    return buffer.getvalue()


@cache
def empty_room(size: tuple[int, int] = (1280, 720)) -> Image.Image:
    """A wall and a floor in soft light."""
    width, height = size
    rows = np.linspace(90, 150, height)[:, None] + np.linspace(-15, 15, width)[None, :]
    rows[int(height * 0.7) :] -= 45
    return Image.fromarray(np.repeat(rows[:, :, None], 3, axis=2).astype(np.uint8))


def frame(person: Image.Image | None = None, seed: int = 0, scale: float = 1.0) -> bytes:
    """A camera's frame with fresh noise: the room, and the person if there is one."""
    room = empty_room().copy()
    if person is not None:
        side = int(512 * scale)
        room.paste(person.resize((side, side), Image.Resampling.LANCZOS), (380, room.height - side))
    noise = np.random.default_rng(seed).normal(0, 2.0, (room.height, room.width, 1))
    return encoded(Image.fromarray(np.clip(np.asarray(room) + noise, 0, 255).astype(np.uint8)))
