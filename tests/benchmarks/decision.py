"""What one compared face costs Home Assistant's process in a large household."""

from datetime import UTC, datetime
import time

import numpy as np

from custom_components.kith.identity.demand import Sureness, demand_of
from custom_components.kith.identity.evidence import FRAMES_WEIGHED, Frame, decide
from custom_components.kith.identity.gallery import EnrolledEmbedding, Gallery, Source, Template
from custom_components.kith.identity.scores import probe_of
from custom_components.kith.kith_engine.analysis import Box, Embedding, Face, Quality
from custom_components.kith.kith_engine.calibration import Calibration

from .effort import Effort

PEOPLE, TEMPLATES = 50, 20
ROUNDS = 500
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def measure(calibration: Calibration, effort: Effort) -> dict[str, float]:
    """Median milliseconds: to make a probe of a face and weigh it; and the whole decision over a full track."""
    rng = np.random.default_rng(0)
    dimensions = calibration.crowd.shape[1]

    def vector() -> np.ndarray:
        drawn = rng.normal(size=dimensions)
        return (drawn / np.linalg.norm(drawn)).astype(np.float32)

    gallery = Gallery(
        {
            str(who): tuple(
                Template("", (EnrolledEmbedding(vector(), "", 0.8),), _NOW, Source.PHOTO, 80) for _ in range(TEMPLATES)
            )
            for who in range(PEOPLE)
        }
    )
    index = gallery.index("", calibration)
    demand = demand_of(Sureness.NORMAL, PEOPLE, calibration)
    face = Face(
        Box(0, 0, 60, 60), 0.9, np.zeros((5, 2), np.float32), Quality(60, 0.5, 0, 120), (Embedding(vector(), 15.0),)
    )
    track = [Frame(_NOW, probe_of(face, calibration)) for _ in range(FRAMES_WEIGHED - 1)]

    def median(frames: list[Frame]) -> float:
        took = []
        for _ in range(effort.rounds(ROUNDS)):
            started = time.perf_counter()
            decide([*frames, Frame(_NOW, probe_of(face, calibration))], index, demand)
            took.append((time.perf_counter() - started) * 1000)
        return round(float(np.median(took)), 3)

    return {"one face": median([]), f"a track of {FRAMES_WEIGHED}": median(track)}
