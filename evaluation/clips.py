"""Short films, frame by frame at their own pace: does Kith follow and decide what one sees in them?"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
import io
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from custom_components.kith.household import Household
from custom_components.kith.identity.evidence import Frame
from custom_components.kith.identity.gallery import Gallery
from custom_components.kith.identity.presence import Presence
from custom_components.kith.identity.tracks import Tracks
from custom_components.kith.kith_engine.analysis import Analysis, Look
from custom_components.kith.kith_engine.packs import Pack
from custom_components.kith.kith_engine.pipeline import Pipeline
from custom_components.kith.sighting import Sighting, SightingKind, View

from . import kith
from .sets import DATA

ENROLLMENT = "head-pose-face-detection-female"
"""The clip of the enrolled woman; in its second half she looks at the camera."""
NAME = "woman A"
PHOTOS = 5
RATE = 10.0
"""Frames per second of a film that does not say."""
MOSTLY = 0.9
"""Share of the frames with somebody in which a person must be found."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What one sees in a film. named: NAME is in it. strangers: somebody else is near enough to be called a stranger.

    faces: somebody shows a face. people: first and last frame of each person's walk, if they come one by one with an
    empty picture in between.
    """

    named: bool = False
    strangers: bool = False
    faces: bool = True
    people: tuple[tuple[int, int], ...] = ()


EXPECTED = {
    ENROLLMENT: Expected(named=True),
    "face-demographics-walking-and-pause": Expected(named=True, strangers=True),
    "face-demographics-walking": Expected(),
    "classroom": Expected(),
    "worker-zone-detection": Expected(faces=False, people=((0, 70),)),
    "one-by-one-person-detection": Expected(
        faces=False, people=((66, 190), (235, 450), (506, 690), (748, 865), (924, 1195), (1250, 1350))
    ),
}
"""From data/clips/README.md; other films have no expectations."""
BORDER = 16
"""Frames around a walk's ends that do not count, as the ends were noted by eye."""


def measure(pack: Pack) -> dict[str, Any]:
    pipeline = Pipeline(pack, threads=2)
    gallery = enrolled(pipeline)
    found: dict[str, Any] = {}
    for path in sorted((DATA / "clips").glob("*.mp4")):
        household = Household(Presence())
        household.compare_with(gallery, pipeline.facts())
        played = _play(path, pipeline, household)
        found[path.stem] = played.figures()
        if path.stem in EXPECTED:
            found[path.stem]["expected"] = came_true(EXPECTED[path.stem], found[path.stem])
    return found


def enrolled(pipeline: Pipeline) -> Gallery:
    facts, templates = pipeline.facts(), []
    for photo in photos():
        faces = pipeline.analyze(photo, "enrollment", Look.PORTRAIT).faces
        templates += [kith.template(face, facts.calibration) for face in faces if face.embedding is not None]
    gallery = Gallery().with_templates(NAME, [kith.named(template, facts.embedding) for template in templates])
    return gallery.only(gallery.people)


def photos() -> list[bytes]:
    """Photos of the enrolled woman."""
    shown = [frame for _, frame in frames(DATA / "clips" / f"{ENROLLMENT}.mp4")]
    half = shown[len(shown) // 2 :]
    return [encoded(half[number]) for number in np.linspace(0, len(half) - 1, PHOTOS).astype(int)]


def frames(path: Path) -> Iterator[tuple[timedelta, NDArray[np.uint8]]]:
    """The time and the (h, w, 3) BGR picture of each frame."""
    reader = cv2.VideoCapture(str(path))
    rate = float(reader.get(cv2.CAP_PROP_FPS)) or RATE
    for number in count():
        there, frame = reader.read()
        if not there:
            return
        yield timedelta(seconds=number / rate), np.asarray(frame, np.uint8)


def encoded(frame: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(frame[..., ::-1]).save(stream, "JPEG", quality=90)
    return stream.getvalue()


@dataclass(slots=True)
class Walk:
    """One track, in seconds from the film's start. faces: frames with a face that could be compared."""

    start: float
    end: float
    frames: int = 0
    faces: int = 0


class _Played:
    """What was seen and reported while a film ran."""

    def __init__(self) -> None:
        self.now = timedelta()
        self._tracks = Tracks()
        self._walks: dict[int, Walk] = {}
        self._detected: list[bool] = []
        self._faces: list[bool] = []
        self._verdicts: Counter[str] = Counter()
        self._names_at_once = 0
        self._told: list[tuple[float, Sighting]] = []

    def hear(self, sighting: Sighting) -> None:
        if sighting.kind is not SightingKind.PERSON:
            self._told.append((self.now.total_seconds(), sighting))

    def add(self, analysis: Analysis, view: View) -> None:
        seconds = self.now.total_seconds()
        for track, box, face in self._tracks.follow(analysis, kith.START + self.now):
            track.add(box, face, Frame(kith.START + self.now))
            walk = self._walks.setdefault(track.number, Walk(seconds, seconds))
            walk.end, walk.frames = seconds, walk.frames + 1
            walk.faces += face is not None and face.embedding is not None
        self._detected.append(bool(analysis.persons))
        self._faces += [face.quality.usable for face in analysis.faces]
        self._verdicts.update(str(verdict.outcome) for verdict in view.verdicts)
        names = [verdict.person_id for verdict in view.verdicts if verdict.person_id is not None]
        self._names_at_once = max(self._names_at_once, len(names))

    def figures(self) -> dict[str, Any]:
        named = {
            str(sighting.verdict.person_id) for _, sighting in self._told if sighting.kind is SightingKind.RECOGNIZED
        }
        return {
            "frames": len(self._detected),
            "with_person": sum(self._detected),
            "faces": len(self._faces),
            "usable_faces": sum(self._faces),
            "tracks": [asdict(walk) for walk in self._walks.values()],
            "verdicts": dict(self._verdicts),
            "named": sorted(named),
            "names_at_once": self._names_at_once,
            "strangers": sum(sighting.kind is SightingKind.STRANGER for _, sighting in self._told),
            "decisions": [_told(when, sighting) for when, sighting in self._told],
            "detected": self._detected,
        }


def _play(path: Path, pipeline: Pipeline, household: Household) -> _Played:
    played = _Played()
    household.on_sighting.subscribe(played.hear)
    for played.now, frame in frames(path):
        analysis = pipeline.analyze(encoded(frame), path.stem, Look.PEOPLE)
        played.add(analysis, household.observe(path.stem, analysis, kith.START + played.now))
    return played


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


def came_true(expected: Expected, found: Mapping[str, Any]) -> dict[str, bool]:
    """Each expectation as a sentence, and whether it held."""
    held: dict[str, bool] = {}
    if expected.named:
        held[f"{NAME} is named, nobody else, never two people at once"] = (
            found["named"] == [NAME] and found["names_at_once"] == 1
        )
    else:
        held["nobody is named"] = not found["named"]
    if not expected.strangers:
        held["nobody is called a stranger"] = not found["strangers"]
    if not expected.faces:
        held["no face is usable"] = not found["usable_faces"]
    if expected.people:
        walks = [found["detected"][first + BORDER : last + 1 - BORDER] for first, last in expected.people]
        held["whoever is there is detected"] = all(np.mean(walk) >= MOSTLY for walk in walks)
    between = [found["detected"][out + 1 + BORDER : back - BORDER] for (_, out), (back, _) in pairwise(expected.people)]
    if between:
        held["nobody is detected where nobody is"] = not any(map(any, between))
    return held


def show(found: dict[str, Any]) -> None:
    print(f"\nclips: {NAME} is enrolled from {ENROLLMENT}")
    for name, clip in found.items():
        share = clip["with_person"] / max(1, clip["frames"])
        print(f"  {name}: {clip['frames']} frames, {100 * share:.0f} % with a person")
        print(f"    faces      {clip['faces']}, {clip['usable_faces']} of them usable")
        print(f"    tracks     {_walks(clip['tracks'])}")
        print(f"    decisions  {_sentences(clip['decisions'])}")
        for sentence, held in clip.get("expected", {}).items():
            print(f"    {'✓' if held else '✗ not so:'} {sentence}")


def _walks(tracks: Sequence[dict[str, Any]]) -> str:
    return "; ".join(
        f"{track['start']:.1f}–{track['end']:.1f} s ({track['faces']} of {track['frames']} frames compared)"
        for track in tracks
    )


def _sentences(decisions: Sequence[dict[str, Any]]) -> str:
    told = [
        f"{decision['who'] or decision['what']} after {decision['after']:.1f} s by {decision['frames']} frames,"
        f" evidence {decision['evidence']} of {decision['demanded']}"
        for decision in decisions
    ]
    return "; ".join(told) or "nobody named, no stranger told"
