"""Learns what a pack's vectors are worth as evidence, and writes it into the pack's manifest.

    .venv/bin/python -m evaluation.calibrate MANIFEST --pack FOLDER

From Labeled Faces in the Wild (who is who; people who are also in the evaluation's set are left out), as they are and
as a camera would see them, and from the training faces (who looks like how many others; nobody is named there).
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.optimize import minimize

from custom_components.kith.identity.scores import (
    BEST,
    WORST,
    Direction,
    centered,
    probe_of,
    quality_terms,
)
from custom_components.kith.kith_engine.analysis import Face
from custom_components.kith.kith_engine.calibration import (
    QUALITY_TERMS,
    Calibration,
    Second,
    encode_calibration,
)
from custom_components.kith.kith_engine.embedding import Embedder
from custom_components.kith.kith_engine.manifest import Manifest, read_manifest
from custom_components.kith.kith_engine.network import Network, Role, Vectors
from custom_components.kith.kith_engine.packs import Pack, verify

from .known import Person, known_people
from .sets import crops
from .tails import fit_covered, fit_stranger, fit_stretch, fit_tail
from .trials import Moment, Trials, draw

CROWDING = 0.3
"""Part of the crowd's nearness, around either face, that a cosine must exceed. More treats groups of people more alike
and finds everybody less often: at 0.45, strangers of every group were named about equally often, but across the room a
tenth more residents were missed, and of the East Asian ones a third more."""
PLACES = 256
"""In the crowd: each the mean of a dozen people at least, mostly of dozens, so that it is nobody's face. With 64, they
say too little about a face's own neighborhood."""
EVEN = ((25.0, 25.0), (10.0, 10.0), 0.0)
"""Gains, costs and bias of two networks, to begin with."""
CHANCES = 0.3
"""By cross-validation within the people that a calibration learns from (with the crowd in 64 places and around enrolled
faces only), strangers are named after four moments as often as after one, far or near, within a factor of 2 (2.3
without), and when one comparison in 1,000 is wrong, 5.4, 1.7, and 1.5 % of the residents are missed after 1, 2, and 4
moments (5.3, 1.5, and 1.4 % without). With 0.6 it was a factor of 1.7, and 5.4, 1.7, and 1.7 %, but the evaluation's
strangers were named less often after four moments than after one."""
PRIOR = 0.03
"""Weight of one person's pairs against two people's: bends the fit towards the strong evidence that names somebody."""
_RNG = 20261123


def calibrate(pack: Pack, start: Calibration) -> Calibration:
    """start: anything of the right size; only its constants are kept."""
    people, first = known_people(pack), pack.manifest.network(Role.EMBEDDING)
    calibration = _calibrate(pack, first, people, replace(start, second=None, covered=(1.0, 1.0)))
    if pack.manifest.optional(Role.MOUTH):
        calibration = replace(calibration, covered=_fit_covered(known_people(pack, masked=True), calibration))
    if (second := pack.manifest.second) is None:
        return calibration
    assert isinstance(second.output, Vectors)
    seen = [person.changed(_seen_by_second) for person in people]
    alone = _calibrate(pack, second, seen, neutral(second.output.dimensions))
    return replace(calibration, second=_fit_second(people, calibration, Second(second.identity, alone, *EVEN)))


def _calibrate(pack: Pack, network: Network, people: Sequence[Person], calibration: Calibration) -> Calibration:
    """For one network."""
    calibration = replace(calibration, crowding=CROWDING, crowding_seen=CROWDING)
    for _ in range(3):  # what is common depends on quality, and quality on what is common
        calibration = _fit_quality(people, calibration)
    calibration = replace(calibration, crowd=_crowd(pack, network, calibration))
    gain, cost = _fit_weights(draw(people, calibration, Moment.END))
    calibration = replace(calibration, gain=round(gain, 2), cost=round(cost, 2))
    calibration = replace(calibration, stretch=fit_stretch(_strangers(people, calibration), calibration))
    calibration = replace(calibration, chances=CHANCES)
    calibration = replace(calibration, tail=fit_tail(_strangers(people, calibration), calibration))
    return replace(calibration, stranger=fit_stranger(draw(people, calibration, Moment.UNLIKEST), calibration))


def _strangers(people: Sequence[Person], calibration: Calibration) -> list[Trials]:
    """Visits of strangers, each when it was likest to somebody."""
    return [trial.rows(~trial.same) for trial in draw(people, calibration, Moment.LIKEST)]


def _fit_covered(masked: Sequence[Person], calibration: Calibration) -> tuple[float, float]:
    """masked: people with masks before the cameras, and without in their photos."""
    enrolled = [trial.rows(trial.same) for trial in draw(masked, calibration, Moment.UNLIKEST)]
    return fit_covered(_with_photos(_strangers(masked, calibration)), _with_photos(enrolled), calibration)


def _with_photos(trials: Sequence[Trials]) -> list[Trials]:
    return [trial for trial in trials if trial.condition.photos]


def _seen_by_second(face: Face) -> Face:
    """As if the second network were the only one."""
    return replace(face, embeddings=face.embeddings[1:])


def _fit_second(people: Sequence[Person], calibration: Calibration, second: Second) -> Second:
    """Both networks' weights together, scaled and shifted until strangers reach them as often as the first's."""
    together = draw(people, replace(calibration, second=second), Moment.END)
    gain, cost, other_gain, other_cost = _fit_weights(together)
    second = replace(second, gains=(gain, other_gain), costs=(cost, other_cost))
    both = replace(calibration, second=second)
    offset, slope = fit_tail(_strangers(people, both), both)
    wanted_offset, wanted_slope = calibration.tail
    scale = slope / wanted_slope
    return replace(
        second,
        gains=(round(scale * gain, 2), round(scale * other_gain, 2)),
        costs=(round(scale * cost, 2), round(scale * other_cost, 2)),
        bias=round((offset - wanted_offset) / wanted_slope, 3),
    )


def _fit_quality(people: Sequence[Person], calibration: Calibration) -> Calibration:
    """One step: quality from how well each face points to its person's other photos, then what is common to each."""
    terms, reached, vectors = [], [], []
    for person in people:
        for place, photo in enumerate(person.photos):
            others = [face for other, face in enumerate(person.photos) if other != place]
            true = _true_direction([_vector(face, calibration) for face in others]) if len(others) > 1 else None
            for face in (photo, *person.moments_of(place)):
                terms.append(quality_terms(face, face.embeddings[0].clarity))
                vectors.append(face.embedding)
                reached.append(np.nan if true is None else _vector(face, calibration) @ true.vector / true.certainty)
    design, goal = np.array(terms), np.array(reached)
    told = np.isfinite(goal)
    quality = np.linalg.lstsq(design[told], goal[told], rcond=None)[0]
    foretold = np.clip(design @ quality, WORST, BEST)
    print(f"quality: explains {1 - np.mean((goal - foretold)[told] ** 2) / goal[told].var():.2f} of the variance")
    common = np.linalg.lstsq(np.stack([np.ones_like(foretold), foretold], axis=1), np.array(vectors), rcond=None)[0]
    return replace(
        calibration, quality=tuple(quality.round(5).tolist()), common=common.astype(np.float16).astype(np.float32)
    )


def _vector(face: Face, calibration: Calibration) -> NDArray[np.float32]:
    probe = probe_of(face, calibration)
    assert probe is not None  # every measured face has a vector
    return probe.vector


def _true_direction(vectors: Sequence[NDArray[np.float32]]) -> Direction:
    """Without knowing any quality: n faces agree with each other like its square on the average."""
    count = len(vectors)
    total = np.sum(vectors, axis=0)
    length = float(np.linalg.norm(total))
    agreement = (length**2 - count) / (count * (count - 1))
    quality = float(np.sqrt(np.clip(agreement, WORST, 1)))
    return Direction(total / np.float32(length), min(1.0, quality * count / length))


def _crowd(pack: Pack, network: Network, calibration: Calibration) -> NDArray[np.float32]:
    """(PLACES, d): spherical k-means (Dhillon & Modha 2001) over many people's faces."""
    rng = np.random.default_rng(_RNG)
    files = crops()
    embedder = Embedder(pack.open_network(network, 2), network)
    pictures = (np.asarray(Image.open(file).convert("RGB")) for file in files)
    best = BEST  # they are portraits
    vectors = np.stack([centered(embedder.embed(picture).vector, best, calibration) for picture in pictures])
    places = vectors[rng.choice(len(vectors), PLACES, replace=False)]
    for _ in range(40):
        nearest = np.argmax(vectors @ places.T, axis=1)
        sums = np.stack([vectors[nearest == place].sum(axis=0) for place in range(PLACES)])
        places = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)
    print(f"crowd: {PLACES} places, the smallest of {np.bincount(nearest, minlength=PLACES).min()} faces")
    return places.astype(np.float16).astype(np.float32)


def _fit_weights(trials: Sequence[Trials]) -> tuple[float, ...]:
    """Prior-weighted logistic regression of "is it them?" on the terms of the likelihood ratio.

    Every condition counts as much as any other, however many people can be shown under it.
    """
    terms = np.concatenate([trial.terms for trial in trials])
    sign = np.concatenate([np.where(trial.same, 1.0, -1.0) for trial in trials])
    weight = np.concatenate([_balanced(trial.same) for trial in trials]) / len(trials)
    offset = np.log(PRIOR / (1 - PRIOR))

    def loss(numbers: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (terms @ numbers + offset)
        pull = weight * sign / (1 + np.exp(np.clip(margin, -50, 50)))
        return float((weight * np.logaddexp(0, -margin)).sum()), -pull @ terms

    begin = np.tile([50.0, 20.0], terms.shape[1] // 2) / (terms.shape[1] // 2)
    found = minimize(loss, begin, jac=True, method="L-BFGS-B").x
    print(f"likelihood ratio: gains {found[::2].round(1)}, costs {found[1::2].round(1)}, from {len(sign)} comparisons")
    return tuple(float(number) for number in found)


def _balanced(same: NDArray[np.bool_]) -> NDArray[np.float64]:
    balanced: NDArray[np.float64] = np.where(same, PRIOR / max(1, same.sum()), (1 - PRIOR) / max(1, (~same).sum()))
    return balanced / PRIOR


def neutral(dimensions: int) -> Calibration:
    """To begin with."""
    rows = np.zeros((2, dimensions), np.float32)
    quality = (0.7, *([0.0] * (QUALITY_TERMS - 1)))
    return Calibration(quality, rows, np.eye(1, dimensions, dtype=np.float32), CROWDING, 50.0, 20.0, (0.0, 1.0))


def _unlearned(networks: Sequence[dict[str, Any]]) -> Calibration:
    """For the embeddings of this manifest."""
    first, *others = [network for network in networks if network["role"] == Role.EMBEDDING]
    calibration = neutral(first["output"]["dimensions"])
    for other in others:
        name, alone = f"{other['file']}@{other['sha256'][:12]}", neutral(other["output"]["dimensions"])
        calibration = replace(calibration, second=Second(name, alone, *EVEN))
    return calibration


def main() -> None:
    parser = argparse.ArgumentParser(prog="evaluation.calibrate", description=__doc__)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--pack", type=Path, required=True, metavar="FOLDER")
    options = parser.parse_args()
    text: dict[str, Any] = json.loads(options.manifest.read_text(encoding="utf-8"))
    text["calibration"] = encode_calibration(_unlearned(text["networks"]))
    manifest: Manifest = read_manifest(json.dumps(text), str(options.manifest))
    verify(options.pack, manifest)
    encoded = encode_calibration(calibrate(Pack(manifest, options.pack), manifest.calibration))
    read_manifest(json.dumps({**text, "calibration": encoded}), str(options.manifest))
    written = options.manifest.read_text(encoding="utf-8")
    options.manifest.write_text(_replaced(written, encoded), encoding="utf-8")


def _replaced(text: str, calibration: dict[str, Any]) -> str:
    """The manifest is written by hand: only the calibration in it changes."""
    before = (
        text[: text.index('  "calibration"')]
        if '  "calibration"' in text
        else text.rstrip().removesuffix("}").rstrip() + ",\n"
    )
    lines = ",\n".join(f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in calibration.items())
    return before + '  "calibration": {\n' + lines + "\n  }\n}\n"


if __name__ == "__main__":
    main()
