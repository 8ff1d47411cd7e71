"""A face cut out of a picture, for people to look at."""

import io

from PIL import Image

from .analysis import Box
from .errors import PictureError
from .picture import Picture

MARGIN = 0.4
"""Share of the face's size added on each side: people recognize each other by hair and chin, too."""
LARGEST = 512
"""Pixels; smaller faces are not enlarged."""
_QUALITY = 90


def portrait(picture: Picture, box: Box) -> bytes:
    """A square JPEG, upright and without any metadata. Raises PictureError if the box is outside the picture."""
    width, height = picture.size
    reach = max(box.width, box.height) * (0.5 + MARGIN)
    across, down = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    inside = Box(max(0, across - reach), max(0, down - reach), min(width, across + reach), min(height, down + reach))
    if min(box.width, box.height) <= 0 or min(inside.width, inside.height) < 1:
        raise PictureError(f"the box is outside this picture of {width} x {height} pixels")
    scale = min(1.0, LARGEST / max(inside.width, inside.height))
    pixels = picture.crop(inside, max(1, round(inside.width * scale)), max(1, round(inside.height * scale)))
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "JPEG", quality=_QUALITY)
    return encoded.getvalue()
