"""A bigger engine in the evaluation: the same people and visitors, as its network sees what is sent to it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from custom_components.kith.identity.gallery import Gallery
from custom_components.kith.identity.opinion import Opinion
from custom_components.kith.identity.photo_policy import GOOD_ENOUGH
from custom_components.kith.kith_engine.analysis import EngineFacts, Face
from custom_components.kith.kith_engine.calibration import Calibration
from custom_components.kith.kith_engine.packs import Pack
from custom_components.kith.kith_engine.wire import PROTOCOL
from custom_components.kith.second_opinion.bigger_engine import answer_of
from custom_components.kith.second_opinion.protocol import Said
from custom_components.kith.settings import ServiceKind

from . import kith
from .homes import Home
from .probes import CAMERA, CLEAN, Probes, probes
from .sets import Photo


@dataclass(frozen=True, slots=True, eq=False)
class Bigger:
    """photos: of everybody, for enrolling. shown: (2 n) the same photos as cameras would see them; None if it does not
    compare them. sizes: bytes sent for each of those.
    """

    facts: EngineFacts
    photos: list[Face | None]
    shown: list[Face | None]
    sizes: NDArray[np.int64]

    @classmethod
    def read(cls, pack: Pack, photos: Sequence[Photo], name: str) -> Bigger:
        clean = probes(pack, photos, name, CLEAN, cut=True)
        shown = Probes.joined([probes(pack, photos, name, look, cut=True) for look in CAMERA])
        return cls(facts_of(pack.manifest.calibration), _usable(clean), _usable(shown), shown.size.astype(np.int64))

    def enroll(self, home: Home) -> Gallery:
        """From the same photos, except those that it refuses."""
        gallery = Gallery()
        for place, rows in enumerate(home.residents):
            faces = [face for row in rows if (face := self.photos[row]) is not None]
            made = [kith.template(face, self.facts.calibration) for face in faces]
            if taken := [template for template in made if template.quality >= GOOD_ENOUGH]:
                gallery = gallery.with_templates(str(place), taken)
        return gallery

    def opinion(self, gallery: Gallery, row: int, suspects: Sequence[str]) -> Opinion | None:
        """None if it sees no face that it would compare."""
        answer = answer_of(self.shown[row], gallery.only(suspects), self.facts)
        return None if answer.said is Said.NO_FACE else Opinion(ServiceKind.KITH, answer.person_id, answer.ratios)


def facts_of(calibration: Calibration) -> EngineFacts:
    """Facts of an engine whose faces were measured beforehand."""
    return EngineFacts(PROTOCOL, "", "", "", kith.NETWORK, calibration.crowd.shape[1], calibration, 0)


def _usable(found: Probes) -> list[Face | None]:
    return [face if good else None for face, good in zip(kith.faces_of(found), found.usable, strict=True)]
