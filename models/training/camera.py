"""What a home's camera makes of a picture: small, blurred, noisy, dark, gray, and compressed."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

GRAY_SHARE = 1 / 3
"""Share of the pictures that are infrared, as at night."""
WORST_JPEG, BEST_JPEG = 35, 75
MOST_BLUR = 1.2
"""Standard deviation in pixels of the camera's picture."""
BRIGHTEST, DARKEST = 0.6, 2.4
"""Gamma."""
MOST_NOISE = 10.0
"""Standard deviation in gray levels."""
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def as_camera(image: Image.Image, rng: np.random.Generator, strength: float = 1.0) -> Image.Image:
    """Turns an RGB picture at the camera's own resolution into what that camera would send.

    strength: 1 for the whole range of what cameras do, or a fraction of it.
    """
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0, MOST_BLUR) * strength))
    pixels = _lit(np.asarray(image).astype(np.float32), rng, strength)
    if rng.random() < GRAY_SHARE:
        pixels = np.repeat((pixels @ _LUMA)[..., None], 3, axis=-1)
    pixels = _noisy(pixels, rng, strength)
    return _compressed(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), rng)


def _lit(pixels: NDArray[np.float32], rng: np.random.Generator, strength: float) -> NDArray[np.float32]:
    """Darker or brighter gamma, contrast, and a color cast."""
    gamma = np.exp(rng.uniform(np.log(BRIGHTEST), np.log(DARKEST)) * strength)
    pixels = 255 * (pixels / 255) ** np.float32(gamma)
    contrast = 1 + rng.uniform(-0.4, 0.3) * strength
    cast = 1 + rng.normal(0, 0.06, 3).astype(np.float32) * strength
    middle = pixels.mean()
    return ((pixels - middle) * contrast + middle * (1 + rng.uniform(-0.15, 0.15) * strength)) * cast


def _noisy(pixels: NDArray[np.float32], rng: np.random.Generator, strength: float) -> NDArray[np.float32]:
    """Grain; a third of the time the same in all channels, like that of a dark sensor after denoising."""
    height, width, channels = pixels.shape
    depth = 1 if rng.random() < 0.33 else channels
    grain = rng.standard_normal((height, width, depth), dtype=np.float32)
    return pixels + grain * np.float32(rng.uniform(0, MOST_NOISE) * strength)


def _compressed(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=int(rng.integers(WORST_JPEG, BEST_JPEG + 1)))
    return Image.open(file).convert("RGB")
