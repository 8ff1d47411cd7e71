"""The engine's stages against their lower bound: the networks themselves, and decoding."""

from collections.abc import Callable
from dataclasses import dataclass, field
import io
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from custom_components.kith.kith_engine.analysis import Look
from custom_components.kith.kith_engine.network import Network
from custom_components.kith.kith_engine.packs import Pack
from custom_components.kith.kith_engine.pipeline import Pipeline
from custom_components.kith.kith_engine.runtimes import InferenceSession

from . import frames
from .effort import Effort

ROUNDS = 40
type Row = dict[str, Any]


class Recorded:
    """A session that records its inputs, so that it can be run again on exactly these."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.inputs: list[NDArray[np.float32]] = []

    def run(self, picture: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        self.inputs.append(picture)
        return self.session.run(picture)


@dataclass(frozen=True)
class RecordingPack(Pack):
    """A pack whose sessions are recorded, whatever its networks."""

    sessions: list[Recorded] = field(default_factory=list)

    def open_network(self, network: Network, threads: int) -> InferenceSession:
        self.sessions.append(Recorded(super().open_network(network, threads)))
        return self.sessions[-1]


def milliseconds(job: Callable[[], object]) -> float:
    started = time.perf_counter()
    job()
    return (time.perf_counter() - started) * 1000


def forget(sessions: list[Recorded]) -> None:
    for session in sessions:
        session.inputs.clear()


def again(sessions: list[Recorded]) -> float:
    """Milliseconds that the networks alone need for the recorded inputs."""
    inputs = [(session.session, given) for session in sessions for given in session.inputs]
    return sum(milliseconds(lambda s=s, given=given: s.run(given)) for s, given in inputs)


def decode_eighth(encoded: bytes) -> None:
    image = Image.open(io.BytesIO(encoded))
    image.draft("L", (image.width // 8, image.height // 8))
    image.load()


def decode_scaled(encoded: bytes) -> None:
    """The quarter-size decoding that the person network needs."""
    image = Image.open(io.BytesIO(encoded))
    image.draft("RGB", (image.width // 4, image.height // 4))
    image.load()


def decode_cropped(encoded: bytes) -> None:
    """The full-size part that a face needs; Pillow must decode the whole picture for it."""
    image = Image.open(io.BytesIO(encoded))
    image.crop((image.width // 3, 0, image.width // 2, image.height // 2)).load()


def measure(pack: Pack, effort: Effort) -> list[Row]:
    """One row for each kind of frame: medians and 95th percentiles in ms, and the ratio to the floor."""
    recording = RecordingPack(pack.manifest, pack.folder)
    pipeline = Pipeline(recording)
    kinds = (
        ("still", frames.still(8), Look.MOTION, (decode_eighth,)),
        ("person without face", frames.without_face(8), Look.PEOPLE, (decode_scaled, decode_cropped)),
        ("person with face", frames.with_face(8), Look.PEOPLE, (decode_scaled, decode_cropped)),
    )
    return [_measure(pipeline, recording.sessions, effort.rounds(ROUNDS), *kind) for kind in kinds]


def _measure(
    pipeline: Pipeline,
    sessions: list[Recorded],
    rounds: int,
    name: str,
    pictures: list[bytes],
    look: Look,
    decoders: tuple[Callable[[bytes], None], ...],
) -> Row:
    for picture in pictures:
        pipeline.analyze(picture, name, look)  # makes the scene known and warms the memory
    whole, raw, floor, stages = [], [], [], {}
    for turn in range(rounds):
        picture = pictures[turn % len(pictures)]
        forget(sessions)
        started = time.perf_counter()
        analysis = pipeline.analyze(picture, name, look)
        whole.append((time.perf_counter() - started) * 1000)
        raw.append(again(sessions))
        floor.append(raw[-1] + sum(milliseconds(lambda d=d, p=picture: d(p)) for d in decoders))
        for stage, took in analysis.timings.items():
            stages.setdefault(stage, []).append(took)
    return {
        "frame": name,
        "whole": _summary(whole),
        "stages": {stage: _summary(took) for stage, took in stages.items()},
        "raw_networks": _summary(raw),
        "floor": _summary(floor),
        "whole_to_floor": round(float(np.median(np.array(whole) / np.array(floor))), 2),
        "persons": len(analysis.persons),
        "faces": len(analysis.faces),
    }


def _summary(values: list[float]) -> dict[str, float]:
    return {"median": round(float(np.median(values)), 2), "p95": round(float(np.percentile(values, 95)), 2)}
