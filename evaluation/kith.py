"""Kith in the evaluation: turns measured faces into the values that its decision takes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from custom_components.kith.identity.evidence import Frame
from custom_components.kith.identity.gallery import Gallery, Source, Template
from custom_components.kith.identity.photo_policy import enrolled_embeddings
from custom_components.kith.identity.scores import Probe, probe_of
from custom_components.kith.kith_engine.analysis import Box, Embedding, Face, Quality
from custom_components.kith.kith_engine.calibration import Calibration

from .probes import Probes

START = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(seconds=0.5)
"""Between two frames of a track."""
NETWORK = "measured"
_NOWHERE = np.zeros((5, 2), np.float32)


def faces_of(found: Probes) -> list[Face | None]:
    """One face per row; None if no face was found."""
    return [_face(found, row) if found.found[row] else None for row in range(len(found))]


def _face(found: Probes, row: int) -> Face:
    measured = (float(column[row]) for column in (found.width, found.sharpness, found.yaw, found.light))
    width, sharpness, yaw, light = measured
    quality = Quality(width, sharpness, yaw, light, covered=bool(found.covered[row]))
    side = float(found.width[row])
    embeddings = [Embedding(found.vectors[row], float(found.clarity[row]))]
    if found.second.shape[1]:
        embeddings.append(Embedding(found.second[row], float(found.second_clarity[row])))
    return Face(Box(0, 0, side, side), float(found.score[row]), _NOWHERE, quality, tuple(embeddings))


def probes_of(faces: Sequence[Face | None], calibration: Calibration) -> list[Probe | None]:
    return [None if face is None else probe_of(face, calibration) for face in faces]


def template(face: Face, calibration: Calibration) -> Template:
    return Template("", enrolled_embeddings(face, NETWORK, calibration), START, Source.PHOTO, face.quality.width)


def gallery_of(
    residents: Sequence[NDArray[np.intp]], faces: Sequence[Face | None], calibration: Calibration
) -> Gallery:
    """residents: (photos,) rows of each one's enrolled faces. They are called by their places."""
    gallery = Gallery()
    for place, rows in enumerate(residents):
        shown = [face for row in rows if (face := faces[row]) is not None]
        gallery = gallery.with_templates(str(place), [template(face, calibration) for face in shown])
    return gallery


def named(photo: Template, network: str) -> Template:
    """The template, marked with this network as a gallery requires."""
    first, *others = photo.embeddings
    return replace(photo, embeddings=(replace(first, network=network), *others))


def track(probes: Sequence[Probe | None], usable: NDArray[np.bool_]) -> list[Frame]:
    """Frames in order of time; faces that the pack's limits refuse are not compared."""
    return [
        Frame(START + number * STEP, probe if good else None)
        for number, (probe, good) in enumerate(zip(probes, usable, strict=True))
    ]
