"""Photos as a door camera would take them: small, blurred, noisy, dark, compressed, some in infrared.

On clean portraits of public figures, every rule looks perfect; in homes, the face is 30 px wide and lit by a street
lamp.
"""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

SMALLEST, LARGEST = 24, 64
"""Width of the face in pixels, evenly distributed on a logarithmic scale."""
AROUND = 1.6
"""Part of the picture kept around the face, in face widths to each side."""
MOST_BLUR = 1.2
"""Standard deviation in pixels of the small picture: cheap optics, or motion at dusk."""
DARKEST, BRIGHTEST = 2.4, 0.7
"""Gamma."""
LEAST_NOISE, MOST_NOISE = 1.0, 10.0
"""Standard deviation in gray levels."""
WORST, BEST = 35, 75
"""JPEG quality."""
INFRARED = 1 / 3
"""Share of gray pictures, as at night."""


def camera_like(
    pixels: NDArray[np.uint8], center: tuple[float, float], width: float, rng: np.random.Generator
) -> tuple[bytes, float]:
    """(h, w, 3) RGB with a face at this center and width in pixels → JPEG, and the face's width in it."""
    wanted = min(width, float(np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST)))))
    reach = AROUND * width
    left, top = (max(0, round(middle - reach)) for middle in center)
    right, bottom = (min(side, round(middle + reach)) for side, middle in zip(pixels.shape[1::-1], center, strict=True))
    scale = wanted / width
    image = Image.fromarray(pixels).crop((left, top, right, bottom))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    image = image.resize(size, Image.Resampling.BOX if scale < 0.5 else Image.Resampling.BILINEAR)
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0, MOST_BLUR)))
    if rng.random() < INFRARED:
        image = image.convert("L").convert("RGB")
    gamma = np.exp(rng.uniform(np.log(BRIGHTEST), np.log(DARKEST)))
    light = 255 * (np.asarray(image, np.float32) / 255) ** gamma
    light += rng.normal(0, rng.uniform(LEAST_NOISE, MOST_NOISE), light.shape)
    encoded = io.BytesIO()
    Image.fromarray(np.clip(light, 0, 255).astype(np.uint8)).save(
        encoded, "JPEG", quality=int(rng.integers(WORST, BEST + 1))
    )
    return encoded.getvalue(), wanted
