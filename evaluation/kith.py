"""Kith's own side of the evaluation: measured faces as the values that its decision takes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from custom_components.kith.identity.enrollment import second_of
from custom_components.kith.identity.evidence import Frame
from custom_components.kith.identity.gallery import Source, Template
from custom_components.kith.identity.scores import Probe, probe_of, quality_of
from custom_components.kith.kith_engine.analysis import Box, Face, Quality
from custom_components.kith.kith_engine.calibration import Calibration

from .probes import Probes

START = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(seconds=0.5)
"""Between two frames of a track."""
NETWORK = "measured"
_NOWHERE = np.zeros((5, 2), np.float32)


def faces_of(found: Probes) -> list[Face | None]:
    """One for each row; None where no face was found."""
    return [_face(found, row) if found.found[row] else None for row in range(len(found))]


def _face(found: Probes, row: int) -> Face:
    measured = (float(column[row]) for column in (found.width, found.sharpness, found.yaw, found.light))
    width, sharpness, yaw, light = measured
    quality = Quality(width, sharpness, yaw, light)
    side = float(found.width[row])
    score, clarity = float(found.score[row]), float(found.clarity[row])
    seen = Face(Box(0, 0, side, side), score, _NOWHERE, quality, found.vectors[row], clarity)
    if not found.second.shape[1]:
        return seen
    return replace(seen, second=found.second[row], second_clarity=float(found.second_clarity[row]))


def probes_of(faces: Sequence[Face | None], calibration: Calibration) -> list[Probe | None]:
    return [None if face is None else probe_of(face, calibration) for face in faces]


def template(face: Face, calibration: Calibration) -> Template:
    assert face.embedding is not None
    quality = quality_of(face, calibration)
    second = second_of(face, calibration)
    return Template("", face.embedding, NETWORK, START, Source.PHOTO, face.quality.width, quality, second)


def named(photo: Template, network: str) -> Template:
    """Of this network, as a gallery wants to know."""
    return replace(photo, embedding=network)


def track(probes: Sequence[Probe | None], usable: NDArray[np.bool_]) -> list[Frame]:
    """Frames in time order; a face that the pack's limits refuse is not compared."""
    return [
        Frame(START + number * STEP, probe if good else None)
        for number, (probe, good) in enumerate(zip(probes, usable, strict=True))
    ]
