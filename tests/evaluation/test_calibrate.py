"""What a calibration is learned from, with people made of numbers."""

from dataclasses import replace

import numpy as np
import pytest

from custom_components.kith.identity.scores import in_proportion
from custom_components.kith.kith_engine.analysis import Box, Embedding, Face, Quality
from custom_components.kith.kith_engine.calibration import CERTAINTIES, Calibration
from evaluation.calibrate import USUAL, Reached, fit_stretch, fit_tail, neutral
from evaluation.known import FRAMES, Person
from evaluation.moments import PROFILES
from evaluation.trials import CONDITIONS, Trials, draw

DIMENSIONS = 32
CALIBRATION = replace(neutral(DIMENSIONS), crowd=-np.eye(1, DIMENSIONS, dtype=np.float32))


def _face(rng: np.random.Generator, true: np.ndarray, error: float) -> Face:
    vector = true + error * rng.normal(size=DIMENSIONS) / np.sqrt(DIMENSIONS)
    direction = (vector / np.linalg.norm(vector)).astype(np.float32)
    return Face(
        Box(0, 0, 50, 50), 0.9, np.zeros((5, 2), np.float32), Quality(50, 0.5, 0, 120), (Embedding(direction, 15.0),)
    )


@pytest.fixture(scope="module")
def people() -> list[Person]:
    """Thirty with four photos each, and a moment of each photo: its frames are nearly the same."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(30):
        true = rng.normal(size=DIMENSIONS)
        true /= np.linalg.norm(true)
        photos = [_face(rng, true, 1.0) for _ in range(4)]
        films = [[_face(rng, photo.embedding, 0.5) for _ in range(FRAMES)] for photo in photos]
        found.append(Person(photos, {str(profile): films for profile in PROFILES}))
    return found


@pytest.fixture(scope="module")
def trials(people: list[Person]) -> list[Trials]:
    return draw(people, CALIBRATION, running=True)


def test_every_condition_is_drawn_and_the_same_people_are_likelier(trials: list[Trials]) -> None:
    assert tuple(trial.condition for trial in trials) == CONDITIONS
    for trial in trials:
        if trial.same.any():
            assert trial.terms[trial.same, 0].mean() > trial.terms[~trial.same, 0].mean() + 0.1


def test_more_moments_and_more_photos_make_surer(trials: list[Trials]) -> None:
    certainty = {trial.condition: float(np.median(trial.certainty)) for trial in trials if len(trial.certainty)}
    for profile in map(str, PROFILES):
        mine = {(one.moments, one.photos): value for one, value in certainty.items() if one.profile == profile}
        assert mine[1, 1] < mine[2, 1] < mine[4, 1]
        assert mine[1, 1] < mine[1, 3]


def reached(count: int = 600_000) -> Reached:
    """As if a stranger's ratio scattered in proportion to what is seen."""
    rng = np.random.default_rng(2)
    certainties = rng.uniform(CERTAINTIES[0], CERTAINTIES[-1], count)
    ratios = certainties * rng.exponential(2.0, count)
    return Reached(ratios.astype(np.float32), certainties.astype(np.float32))


def test_evidence_is_stretched_until_strangers_reach_it_equally_often() -> None:
    found = reached()
    calibration: Calibration = replace(CALIBRATION, stretch=fit_stretch([found]))
    evidence = in_proportion(found.ratios, found.certainties, calibration)
    low, usual = ((np.abs(found.certainties - middle) < 0.05) for middle in (0.3, USUAL))
    level = float(np.quantile(evidence[usual], 0.999))
    assert float((evidence[low] > level).mean()) == pytest.approx(0.001, rel=0.6)
    assert float((found.ratios[low] > level).mean()) < 0.0001
    assert min(calibration.stretch) == 1.0


def test_the_tail_tells_how_often_strangers_reach_a_level() -> None:
    found = reached()
    calibration: Calibration = replace(CALIBRATION, stretch=fit_stretch([found]))
    offset, slope = fit_tail([found], calibration)
    evidence = in_proportion(found.ratios, found.certainties, calibration)
    level = float(np.quantile(evidence, 1 - 3e-4))
    assert np.exp(-(offset + slope * level)) == pytest.approx(3e-4, rel=0.5)
