"""Are faces found where there is one, and none where nobody is?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from custom_components.kith.kith_engine.faces import FaceFinder
from custom_components.kith.kith_engine.network import Detection, Role
from custom_components.kith.kith_engine.packs import Pack
from custom_components.kith.kith_engine.picture import Picture

from . import sets
from .probes import CAMERA, CLEAN, probes

LOOKS = {"clean": (CLEAN,), "camera": CAMERA}


def measure(pack: Pack) -> dict[str, Any]:
    """Shares of the photos, and of the scenes without people, in which a face is found."""
    network = pack.manifest.network(Role.FACE)
    assert isinstance(network.output, Detection)
    shares = {look: float(rows.mean()) for look, rows in found(pack).items()}
    strengths = mistaken(pack)
    return {
        "threshold": network.output.threshold,
        "photos": sum(map(len, _photos().values())),
        "found": shares,
        "empty": len(strengths),
        "mistaken": sum(strength > 0 for strength in strengths),
    }


def found(pack: Pack) -> dict[str, NDArray[np.bool_]]:
    """For each look: (n,) whether a face is found in the photo."""
    return {
        look: np.concatenate([probes(pack, rows, name, one).found for name, rows in _photos().items() for one in looks])
        for look, looks in LOOKS.items()
    }


def mistaken(pack: Pack) -> list[float]:
    """The score of the most certain face in each scene without people; 0 if there is none."""
    finder = FaceFinder.of(pack, 2)
    empty = [scene for scene in sets.scenes() if not scene.boxes]
    found = (finder.find_all(Picture(scene.path.read_bytes())) for scene in empty)
    return [max((face.score for face in faces), default=0.0) for faces in found]


def _photos() -> dict[str, list[sets.Photo]]:
    return {"wild": sets.wild(), "identities": sets.identities(), "strangers": sets.strangers()}


def show(found: dict[str, Any]) -> None:
    print(f"\nfaces: found in {found['photos']} photos of one face, at a score of {found['threshold']}")
    for look, share in found["found"].items():
        print(f"  {look:<8}{100 * share:6.2f} %")
    print(f"  in {found['mistaken']} of {found['empty']} scenes without people, too")
