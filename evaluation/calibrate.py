"""Learns what a pack's vectors are worth as evidence, and writes it into the pack's manifest.

    .venv/bin/python -m evaluation.calibrate MANIFEST --pack FOLDER

From Labeled Faces in the Wild (who is who; people who are also in the evaluation's set are left out), as they are and
as a camera would see them, and from the training faces (who looks like how many others; nobody is named there).
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.optimize import minimize

from custom_components.kith.identity.evidence import FRAMES_FOR_A_NAME
from custom_components.kith.identity.scores import (
    BEST,
    WORST,
    Direction,
    Probe,
    centred,
    crowd_around,
    direction_of,
    likelihood_ratios,
    probe_of,
    quality_terms,
)
from custom_components.kith.kith_engine.analysis import Face
from custom_components.kith.kith_engine.calibration import (
    QUALITY_TERMS,
    Calibration,
    decode_calibration,
    encode_calibration,
)
from custom_components.kith.kith_engine.embedding import Embedder
from custom_components.kith.kith_engine.manifest import Manifest, Role, read_manifest
from custom_components.kith.kith_engine.packs import Pack, verify

from .faces import CAMERA, CLEAN, probes
from .kith import faces_of, probes_of
from .sets import crops, identities, wild

CROWDING = 0.45
"""Part of the crowd's nearness that a cosine must exceed. More treats groups of people more alike and finds everybody
less often; at 0.45 the groups' false matches come near each other and little is lost."""
PLACES = 64
"""In the crowd: each the mean of dozens of people, so that it is nobody's face."""
CROWD = 5000
PRIOR = 0.03
"""Weight of one person's pairs against two people's: bends the fit towards the strong evidence that names somebody."""
TRIALS = 8000
STRANGERS = 12
"""Tracks of other people for each track of one person."""
LONGEST = 8
"""Frames of a track."""
REPEATED = 0.2
"""Share of tracks whose frames are of one photo: cameras repeat themselves."""
NEIGHBOURS = 0.2
"""Share of all people, the most alike to each person, from whom the tail is learnt: a household's strangers are of its
own town, not of the whole world."""
_RNG = 20261123


@dataclass(frozen=True, slots=True, eq=False)
class Wild:
    """Faces by look, with the person of each row. people: rows of each."""

    faces: dict[str, list[Face | None]]
    people: dict[str, NDArray[np.intp]]


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Comparisons of tracks with people: is it them, the cosine to them, both certainties' product, their crowd."""

    same: NDArray[np.bool_]
    cosine: NDArray[np.float64]
    certainty: NDArray[np.float64]
    crowd: NDArray[np.float64]


def calibrate(pack: Pack, start: Calibration) -> Calibration:
    """start: anything of the right size; only its constants are kept."""
    known = _read(pack)
    calibration = replace(start, crowding=CROWDING)
    for _ in range(3):  # what is common depends on quality, and quality on what is common
        calibration = _fit_quality(known, calibration)
    calibration = replace(calibration, crowd=_crowd(pack, calibration))
    calibration = _fit_ratio(_trials(known, calibration), calibration)
    return replace(calibration, tail=_fit_tail(_trials(known, calibration, running=True), calibration))


def _read(pack: Pack) -> Wild:
    photos = wild()
    named = {photo.person for photo in identities()}
    rows: dict[str, list[int]] = {}
    for row, photo in enumerate(photos):
        if photo.person not in named:
            rows.setdefault(photo.person, []).append(row)
    faces = {look: faces_of(probes(pack, photos, "wild", look)) for look in (CLEAN, *CAMERA)}
    return Wild(faces, {person: np.array(found) for person, found in rows.items()})


def _fit_quality(known: Wild, calibration: Calibration) -> Calibration:
    """One step: quality from how well each face points to its person's other photos, then what is common to each."""
    terms, reached, vectors = [], [], []
    for rows in known.people.values():
        for row in rows:
            others = [face for other in rows if other != row and (face := known.faces[CLEAN][other])]
            true = _true_direction([_vector(face, calibration) for face in others]) if len(others) > 1 else None
            for look in known.faces:
                if face := known.faces[look][row]:
                    terms.append(quality_terms(face))
                    vectors.append(face.embedding)
                    reached.append(
                        np.nan if true is None else _vector(face, calibration) @ true.vector / true.certainty
                    )
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


def _crowd(pack: Pack, calibration: Calibration) -> NDArray[np.float32]:
    """(PLACES, d): spherical k-means (Dhillon & Modha 2001) over many people's faces."""
    rng = np.random.default_rng(_RNG)
    files = crops()
    embedder = Embedder(pack.open(Role.EMBEDDING, 2), pack.manifest.network(Role.EMBEDDING))
    chosen = rng.permutation(len(files))[:CROWD]
    pictures = (np.asarray(Image.open(files[number]).convert("RGB")) for number in chosen)
    best = BEST  # they are portraits
    vectors = np.stack([centred(embedder.embed(picture).direction, best, calibration) for picture in pictures])
    places = vectors[rng.choice(len(vectors), PLACES, replace=False)]
    for _ in range(40):
        nearest = np.argmax(vectors @ places.T, axis=1)
        sums = np.stack([vectors[nearest == place].sum(axis=0) for place in range(PLACES)])
        places = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)
    print(f"crowd: {PLACES} places, the smallest of {np.bincount(nearest, minlength=PLACES).min()} faces")
    return places.astype(np.float16).astype(np.float32)


def _trials(known: Wild, calibration: Calibration, *, running: bool = False) -> Trials:
    """running: of every track the moment when it was likest to them, as the sequential test meets it; with strangers
    who are like them.
    """
    rng = np.random.default_rng(_RNG + running)
    measured = {look: probes_of(faces, calibration) for look, faces in known.faces.items()}
    everybody = sorted(known.people)
    near = _neighbours([measured[CLEAN][known.people[person][0]] for person in everybody])
    often = [place for place, person in enumerate(everybody) if len(known.people[person]) > 1]
    rows: list[_Row] = []
    for _ in range(TRIALS):
        place = often[rng.integers(len(often))]
        mine = rng.permutation(known.people[everybody[place]])
        enrolled = mine[: min(int(rng.integers(1, 6)), len(mine) - 1)]
        them = direction_of([probe for row in enrolled if (probe := measured[CLEAN][row])])
        crowd = float(crowd_around(them.vector[None], calibration)[0])
        length, looks = int(rng.integers(1, LONGEST + 1)), (CAMERA if rng.random() < 0.5 else (CLEAN,))
        repeated = rng.random() < REPEATED
        others = rng.choice(near[place] if running else np.delete(np.arange(len(everybody)), place), STRANGERS)
        tracks = [(True, mine[len(enrolled) :]), *((False, known.people[everybody[other]]) for other in others)]
        for same, theirs in tracks:
            seen = _track(measured, rng.permutation(theirs), looks, length, repeated)
            steps = [_Row.of(same, seen[:end], them, crowd) for end in _ends(len(seen), running=running)]
            rows += sorted(steps, key=lambda row: row.ratio(calibration))[-1:]
    return Trials(
        np.array([row.same for row in rows]),
        np.array([row.cosine for row in rows]),
        np.array([row.certainty for row in rows]),
        np.array([row.crowd for row in rows]),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """One comparison; see Trials."""

    same: bool
    cosine: float
    certainty: float
    crowd: float

    @classmethod
    def of(cls, same: bool, seen: Sequence[Probe], them: Direction, crowd: float) -> _Row:
        now = direction_of(seen)
        return cls(same, float(now.vector @ them.vector), now.certainty * them.certainty, crowd)

    def ratio(self, calibration: Calibration) -> float:
        return self.certainty * (calibration.gain * (self.cosine - self.crowd) - calibration.cost * self.certainty)


def _neighbours(probes: Sequence[Probe | None]) -> list[NDArray[np.intp]]:
    """For each person those who are most alike, by one photo each."""
    size = next(len(probe.vector) for probe in probes if probe is not None)
    vectors = np.stack([np.zeros(size, np.float32) if probe is None else probe.vector for probe in probes])
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -1)
    return list(np.argsort(-alike, axis=1)[:, : int(NEIGHBOURS * len(vectors))])


def _ends(length: int, *, running: bool) -> Sequence[int]:
    return range(min(FRAMES_FOR_A_NAME, length), length + 1) if running and length else [length] * bool(length)


def _track(
    measured: dict[str, list[Probe | None]], rows: NDArray[np.intp], looks: Sequence[str], length: int, repeated: bool
) -> list[Probe]:
    chosen = rows[:1].repeat(2) if repeated else rows
    # twice round, each photo in another look the second time: few people have many photos
    order = [(looks[(place + turn) % len(looks)], row) for turn in range(2) for place, row in enumerate(chosen)]
    return [probe for look, row in order if (probe := measured[look][row])][:length]


def _fit_ratio(trials: Trials, calibration: Calibration) -> Calibration:
    """Prior-weighted logistic regression of "is it them?" on the two terms of the likelihood ratio."""
    design = np.stack([trials.certainty * (trials.cosine - trials.crowd), -(trials.certainty**2)], axis=1)
    sign = np.where(trials.same, 1.0, -1.0)
    weight = np.where(trials.same, PRIOR / trials.same.sum(), (1 - PRIOR) / (~trials.same).sum()) / PRIOR
    offset = np.log(PRIOR / (1 - PRIOR))

    def loss(numbers: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (design @ numbers + offset)
        pull = weight * sign / (1 + np.exp(np.clip(margin, -50, 50)))
        return float((weight * np.logaddexp(0, -margin)).sum()), -pull @ design

    gain, cost = minimize(loss, np.array([50.0, 20.0]), jac=True, method="L-BFGS-B").x
    print(f"likelihood ratio: gain {gain:.1f}, cost {cost:.1f}, from {len(sign)} comparisons")
    return replace(calibration, gain=round(float(gain), 2), cost=round(float(cost), 2))


def _fit_tail(trials: Trials, calibration: Calibration) -> tuple[float, float]:
    """How often a stranger's track reaches which ratio, as a straight line through the logarithms of the rare ones."""
    reached = likelihood_ratios(
        (trials.cosine - trials.crowd)[~trials.same].astype(np.float32),
        trials.certainty[~trials.same].astype(np.float32),
        calibration,
    )
    rates = np.geomspace(1e-2, 20 / len(reached), 20)
    levels = np.quantile(reached, 1 - rates)
    slope, offset = np.polyfit(levels, -np.log(rates), 1)
    print(
        f"tail: exp(-({offset:.2f} + {slope:.2f} r)), from {len(reached)} tracks of strangers, down to {rates[-1]:.0e}"
    )
    return round(float(offset), 3), round(float(slope), 3)


def neutral(dimensions: int) -> Calibration:
    """To begin with."""
    rows = np.zeros((2, dimensions), np.float32)
    quality = (0.7, *([0.0] * (QUALITY_TERMS - 1)))
    return Calibration(quality, rows, np.eye(1, dimensions, dtype=np.float32), CROWDING, 50.0, 20.0, (0.0, 1.0))


def main() -> None:
    parser = argparse.ArgumentParser(prog="evaluation.calibrate", description=__doc__)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--pack", type=Path, required=True, metavar="FOLDER")
    options = parser.parse_args()
    text: dict[str, Any] = json.loads(options.manifest.read_text(encoding="utf-8"))
    dimensions = next(network["output"]["dimensions"] for network in text["networks"] if network["role"] == "embedding")
    text["calibration"] = encode_calibration(neutral(dimensions))
    manifest: Manifest = read_manifest(json.dumps(text), str(options.manifest))
    verify(options.pack, manifest)
    found = calibrate(Pack(manifest, options.pack), neutral(dimensions))
    encoded = encode_calibration(found)
    decode_calibration(encoded, dimensions)
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
