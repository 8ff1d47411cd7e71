"""Can this face be compared, and if not, why? Measures a face, and names its flaws by the pack's limits."""

import numpy as np
from numpy.typing import NDArray

from .analysis import Box, Flaw, Quality
from .embedding import SIDE, TEMPLATE, similarity
from .manifest import Limits

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""ITU-R BT.601, JPEG's Y."""
_RIM = 20
"""Pixels of the aligned face left out on each side: hair, hats and background are not the face."""
_STEPS = np.arange(_RIM, SIDE - _RIM, 4) + 2.0
_INNER = np.stack([*np.meshgrid(_STEPS, _STEPS), np.ones((_STEPS.size, _STEPS.size))], axis=-1).reshape(-1, 3)
"""Points all over the aligned face, (n, 3), homogeneous: x, y, 1."""


def assess(
    box: Box, landmarks: NDArray[np.float32], aligned: NDArray[np.uint8], size: tuple[int, int], limits: Limits
) -> Quality:
    """Measure one face. box, landmarks: at full size. aligned: (112, 112, 3) RGB. size: of the picture."""
    luminance = aligned.astype(np.float32) @ _LUMA
    inner = luminance[_RIM:-_RIM, _RIM:-_RIM]
    light, spread = float(inner.mean()), float(inner.std())
    sharp = sharpness(luminance)
    turn = yaw(landmarks)
    flaws = {
        Flaw.TOO_SMALL: box.width < limits.smallest_face,
        Flaw.CUT_OFF: hidden(landmarks, size) > limits.most_hidden,
        Flaw.TURNED_AWAY: abs(turn) > limits.most_yaw,
        Flaw.TOO_DARK: light < limits.darkest or (spread < limits.least_contrast and light < 128),
        Flaw.TOO_BRIGHT: light > limits.brightest or (spread < limits.least_contrast and light >= 128),
        Flaw.BLURRED: sharp < limits.least_sharpness,
    }
    return Quality(box.width, sharp, turn, light, tuple(flaw for flaw, found in flaws.items() if found))


def sharpness(luminance: NDArray[np.float32]) -> float:
    """(112, 112) aligned face → how much of its contrast is fine detail: 0 for fog, about 1 for a crisp one.

    Standard deviation of the Laplacian over that of the luminance, so that a dim face is not called blurred; at half
    size, because the aligned picture of a small face is an enlargement without finer detail.
    """
    half = luminance.reshape(SIDE // 2, 2, SIDE // 2, 2).mean(axis=(1, 3))
    face = half[_RIM // 2 : -_RIM // 2, _RIM // 2 : -_RIM // 2]
    center = face[1:-1, 1:-1]
    laplacian = face[:-2, 1:-1] + face[2:, 1:-1] + face[1:-1, :-2] + face[1:-1, 2:] - 4 * center
    return float(laplacian.std() / max(float(face.std()), 1.0))


def yaw(landmarks: NDArray[np.float32]) -> float:
    """(5, 2) → how far the head is turned: 0 frontal, about 1 profile, negative to the picture's left.

    The position of the nose between the eyes, along the line through them: it leaves the middle as the head turns.
    """
    left, right, nose = landmarks[0], landmarks[1], landmarks[2]
    across = right - left
    return float(
        np.clip(np.dot(nose - (left + right) / 2, across) / max(float(np.dot(across, across)), 1e-6) * 2, -2, 2)
    )


def hidden(landmarks: NDArray[np.float32], size: tuple[int, int]) -> float:
    """Share of the aligned face that lies beyond the picture's edge, 0 to 1."""
    points = _INNER @ similarity(TEMPLATE, landmarks.astype(np.float64)).T
    return float(1 - np.all((points >= 0) & (points <= size), axis=-1).mean())
