"""The short films again: what each way of asking would send, and what a second opinion adds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
import math
from pathlib import Path
from typing import Any, Protocol

from custom_components.kith.household import Household
from custom_components.kith.identity.doubts import Doubtful
from custom_components.kith.identity.gallery import Gallery
from custom_components.kith.identity.opinion import Opinion
from custom_components.kith.identity.photo_policy import choose_face
from custom_components.kith.identity.presence import Presence
from custom_components.kith.kith_engine.analysis import Analysis, EngineFacts, Face, Look
from custom_components.kith.kith_engine.packs import Pack
from custom_components.kith.kith_engine.pipeline import Pipeline
from custom_components.kith.second_opinion.asking import LEAST_SHARE
from custom_components.kith.second_opinion.bigger_engine import answer_of, in_the_middle
from custom_components.kith.second_opinion.protocol import Said
from custom_components.kith.settings import ServiceKind
from custom_components.kith.sighting import Sighting, SightingKind

from . import clips, kith
from .sets import DATA

NEVER = math.inf
"""No doubt reaches this share."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One picture of a film, with the first engine's analysis. cuts: bytes of each of its faces, cropped."""

    captured: datetime
    encoded: bytes
    analysis: Analysis
    cuts: tuple[int, ...]


def measure(first: Pack, second: Pack) -> dict[str, Any]:
    """Results by film."""
    ours, theirs = Pipeline(first, threads=2), Pipeline(second, threads=2)
    gallery, asked = clips.enrolled(ours), _Bigger(ours, theirs)
    found: dict[str, Any] = {}
    for path in sorted((DATA / "clips").glob("*.mp4")):
        film = _analyzed(path, ours)
        play = Play(path.stem, gallery, ours.facts(), asked)
        ways = {"never": play.run(film, NEVER)}
        ways |= {str(band): play.run(film, least) for band, least in LEAST_SHARE.items()}
        found[path.stem] = _traffic(film) | {"ways": ways}
    return found


def _analyzed(path: Path, pipeline: Pipeline) -> list[Picture]:
    film = []
    for after, frame in clips.frames(path):
        encoded = clips.encoded(frame)
        analysis = pipeline.analyze(encoded, path.stem, Look.PEOPLE)
        cuts = tuple(len(pipeline.crop(encoded, face.box)) for face in analysis.faces)
        film.append(Picture(kith.START + after, encoded, analysis, cuts))
    return film


def _traffic(film: Sequence[Picture]) -> dict[str, int]:
    """whole: bytes of all pictures with somebody in them. cut: bytes of all faces in those."""
    shown = [picture for picture in film if picture.analysis.persons]
    return {
        "frames": len(shown),
        "whole": sum(len(picture.encoded) for picture in shown),
        "faces": sum(len(picture.cuts) for picture in shown),
        "cut": sum(sum(picture.cuts) for picture in shown),
    }


class _Bigger:
    """A bigger engine that knows the enrolled woman from the same photos."""

    def __init__(self, ours: Pipeline, theirs: Pipeline) -> None:
        self._ours, self._theirs, self._facts = ours, theirs, theirs.facts()
        templates = []
        for photo in clips.photos():
            for face in ours.analyze(photo, "enrollment", Look.PORTRAIT).faces:
                cut = theirs.analyze(ours.crop(photo, face.box), "enrollment", Look.PORTRAIT)
                if isinstance(chosen := choose_face(cut, self._facts.calibration), Face):
                    templates.append(kith.named(kith.template(chosen, self._facts.calibration), self._facts.embedding))
        self._gallery = Gallery().with_templates(clips.NAME, templates)

    def ask(self, picture: Picture, doubt: Doubtful) -> tuple[int, Opinion | None]:
        cut = self._ours.crop(picture.encoded, doubt.box)
        face = in_the_middle(self._theirs.analyze(cut, "opinion", Look.PORTRAIT))
        answer = answer_of(face, self._gallery.only(doubt.suspects), self._facts)
        said = None if answer.said is Said.NO_FACE else Opinion(ServiceKind.KITH, answer.person_id, answer.ratios)
        return len(cut), said


class Asked(Protocol):
    """A service that a household asks."""

    def ask(self, picture: Picture, doubt: Doubtful) -> tuple[int, Opinion | None]:
        """The number of bytes sent, and the answer."""


class Play:
    """One film in front of a household that may ask."""

    def __init__(self, name: str, gallery: Gallery, facts: EngineFacts, asked: Asked) -> None:
        self._name, self._gallery, self._facts, self._asked = name, gallery, facts, asked

    def run(self, film: Sequence[Picture], least: float) -> dict[str, Any]:
        """least: the share of the demanded evidence from which it asks."""
        household, told, doubts = Household(Presence()), list[Sighting](), list[Doubtful]()
        household.compare_with(self._gallery, self._facts)
        household.on_sighting.subscribe(told.append)

        def offered(doubt: Doubtful) -> bool:
            if doubt.share >= least:
                doubts.append(doubt)
            return doubt.share >= least

        household.on_doubt.subscribe(offered)
        calls = sent = 0
        for picture in film:
            household.observe(self._name, picture.analysis, picture.captured)
            while doubts:
                doubt = doubts.pop()
                size, opinion = self._asked.ask(picture, doubt)
                calls, sent = calls + 1, sent + size
                if opinion is not None:
                    household.advise(doubt, opinion)
        return {
            "visits": sum(sighting.kind is SightingKind.PERSON for sighting in told),
            "calls": calls,
            "sent": sent,
            "named": sorted(str(one.verdict.person_id) for one in told if one.kind is SightingKind.RECOGNIZED),
            "strangers": sum(one.kind is SightingKind.STRANGER for one in told),
        }
