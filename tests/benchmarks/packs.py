"""The built-in networks against the recommended ones, without the rest of Kith: one frame with one face, in turns."""

from typing import Any

import numpy as np

from custom_components.kith.kith_engine.analysis import Look
from custom_components.kith.kith_engine.manifest import SHIPPED, load_manifest
from custom_components.kith.kith_engine.packs import Pack
from custom_components.kith.kith_engine.pipeline import Pipeline

from . import frames
from .effort import Effort
from .engine import ROUNDS, RecordingPack, again, forget


def measure(recommended: Pack, effort: Effort) -> dict[str, Any]:
    """Medians in ms on one thread, and their ratio. Without a second embedding: that is asked only in doubt."""
    packs = (Pack(load_manifest("compact"), SHIPPED), recommended)
    recordings = [RecordingPack(pack.manifest, pack.folder) for pack in packs]
    pipelines = [Pipeline(recording) for recording in recordings]
    pictures = frames.with_face(8)
    took: list[list[float]] = [[], []]
    for turn in range(effort.rounds(ROUNDS) + len(pictures)):
        for place, (pipeline, recording) in enumerate(zip(pipelines, recordings, strict=True)):
            forget(recording.sessions)
            found = pipeline.analyze(pictures[turn % len(pictures)], "hall", Look.PEOPLE)
            assert len(found.faces) == 1
            spent = again(recording.sessions)
            if turn >= len(pictures):  # the memory is warm
                took[place].append(spent)
    ours, theirs = (float(np.median(times)) for times in took)
    return {
        **{pack.manifest.name: round(time, 2) for pack, time in zip(packs, (ours, theirs), strict=True)},
        "ratio": round(float(np.median(np.array(took[0]) / np.array(took[1]))), 3),
    }
