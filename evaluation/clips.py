"""Short films: who is followed, and what is decided of them, frame by frame as a camera would give them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from custom_components.kith.household import Household, Kind, Sighting
from custom_components.kith.identity.gallery import Gallery
from custom_components.kith.identity.presence import Presence
from custom_components.kith.kith_engine.analysis import Look
from custom_components.kith.kith_engine.packs import Pack
from custom_components.kith.kith_engine.pipeline import Pipeline

from . import kith
from .sets import DATA

ENROLMENT = "head-pose-face-detection-female"
"""The clip of the one who is enrolled, in its second half she looks at the camera."""
NAME = "woman A"
PHOTOS = 5
RATE = 5.0
"""Frames a second that are looked at, as Kith does while somebody is undecided."""


@dataclass(frozen=True, slots=True)
class Film:
    """(h, w, 3) BGR frames, and how many of them a second has."""

    frames: list[NDArray[np.uint8]]
    rate: float

    @classmethod
    def read(cls, path: Path) -> Film:
        reader = cv2.VideoCapture(str(path))
        frames = []
        while (read := reader.read())[0]:
            frames.append(np.asarray(read[1], np.uint8))
        return cls(frames, float(reader.get(cv2.CAP_PROP_FPS)) or RATE)

    def looks(self) -> Iterator[tuple[timedelta, bytes]]:
        """When, and the picture."""
        step = max(1, round(self.rate / RATE))
        for number in range(0, len(self.frames), step):
            yield timedelta(seconds=number / self.rate), encoded(self.frames[number])


def encoded(frame: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(frame[..., ::-1]).save(stream, "JPEG", quality=90)
    return stream.getvalue()


def measure(pack: Pack) -> dict[str, Any]:
    pipeline = Pipeline(pack, threads=2)
    facts = pipeline.facts()
    gallery = _enrolled(pipeline)
    found: dict[str, Any] = {}
    for path in sorted((DATA / "clips").glob("*.mp4")):
        if path.stem != ENROLMENT:
            household = Household(Presence())
            household.compare_with(gallery.only(gallery.people), facts)
            found[path.stem] = _play(path, pipeline, household)
    return found


def _enrolled(pipeline: Pipeline) -> Gallery:
    film = Film.read(DATA / "clips" / f"{ENROLMENT}.mp4")
    half = film.frames[len(film.frames) // 2 :]
    calibration, templates = pipeline.facts().calibration, []
    for number in np.linspace(0, len(half) - 1, PHOTOS).astype(int):
        faces = pipeline.analyze(encoded(half[number]), "enrolment", Look.PORTRAIT).faces
        templates += [kith.template(face, calibration) for face in faces if face.embedding is not None]
    network = pipeline.facts().embedding
    return Gallery().with_templates(NAME, [kith.named(template, network) for template in templates])


def _play(path: Path, pipeline: Pipeline, household: Household) -> dict[str, Any]:
    told: list[tuple[float, Sighting]] = []
    now = timedelta()
    household.listen(lambda sighting: told.append((now.total_seconds(), sighting)))
    detected, usable, faces, outcomes = 0, 0, 0, []
    for now, picture in Film.read(path).looks():
        analysis = pipeline.analyze(picture, path.stem, Look.PEOPLE)
        view = household.observe(path.stem, analysis, kith.START + now)
        detected += bool(analysis.persons)
        faces += len(analysis.faces)
        usable += sum(face.quality.usable for face in analysis.faces)
        outcomes.append(str(view.outcome))
    return {
        "frames": len(outcomes),
        "with_person": detected,
        "faces": faces,
        "usable_faces": usable,
        "named": sorted({str(s.verdict.person_id) for _, s in told if s.kind is Kind.RECOGNIZED}),
        "strangers": sum(sighting.kind is Kind.STRANGER for _, sighting in told),
        "decisions": [_told(when, sighting) for when, sighting in told if sighting.kind is not Kind.PERSON],
    }


def _told(when: float, sighting: Sighting) -> dict[str, Any]:
    verdict = sighting.verdict
    return {
        "after": round(when, 2),
        "what": str(sighting.kind),
        "who": verdict.person_id,
        "frames": verdict.frames,
        "evidence": None if verdict.evidence is None else round(verdict.evidence, 1),
        "demanded": None if verdict.demanded is None else round(verdict.demanded, 1),
        "score": None if verdict.score is None else round(verdict.score, 2),
    }


def show(found: dict[str, Any]) -> None:
    print(f"\nclips: {NAME} is enrolled from {ENROLMENT}; {RATE:g} frames a second")
    for name, clip in found.items():
        people = f"{clip['with_person']} of {clip['frames']} frames with a person"
        faces = f"{clip['usable_faces']} of {clip['faces']} faces usable"
        print(f"  {name}: {people}, {faces}; {_sentences(clip['decisions'])}")


def _sentences(decisions: Sequence[dict[str, Any]]) -> str:
    told = [
        f"{decision['who'] or decision['what']} after {decision['after']:.1f} s by {decision['frames']} frames,"
        f" evidence {decision['evidence']} of {decision['demanded']}"
        for decision in decisions
    ]
    return "; ".join(told) or "nobody named, no stranger told"
