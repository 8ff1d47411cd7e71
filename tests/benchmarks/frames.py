"""1080p stills of the demo's hall: empty, with somebody without a face, and with somebody with a face."""

import io

import numpy as np
from PIL import Image, ImageDraw

from demo.figure import FACE_WIDTH, TALL, Pose, with_person
from demo.scenes import empty

SIZE = (1920, 1080)
POSE = Pose(middle=0.5, eyes=0.39, height=1.0)
QUALITY = 80
NOISE = 2.0
"""Standard deviation of the sensor noise: a byte-identical picture would not even be decoded."""


def _jpeg(picture: Image.Image, seed: int) -> bytes:
    noise = np.random.default_rng(seed).normal(0, NOISE, (picture.height, picture.width, 1))
    noisy = Image.fromarray(np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8))
    buffer = io.BytesIO()
    noisy.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def still(count: int) -> list[bytes]:
    return [_jpeg(empty("hall", SIZE), seed) for seed in range(count)]


def with_face(count: int) -> list[bytes]:
    return [_jpeg(with_person(empty("hall", SIZE), POSE), seed) for seed in range(count)]


def without_face(count: int) -> list[bytes]:
    """The same person, with hair in place of the face."""
    picture = with_person(empty("hall", SIZE), POSE)
    half = FACE_WIDTH * POSE.height * picture.height / TALL
    x, y = POSE.middle * picture.width, POSE.eyes * picture.height
    ImageDraw.Draw(picture).ellipse((x - half, y - half * 1.2, x + half, y + half * 1.2), (70, 48, 36))
    return [_jpeg(picture, seed) for seed in range(count)]
