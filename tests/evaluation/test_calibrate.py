"""What a calibration is learned from, with people made of numbers."""

from dataclasses import replace

import numpy as np
import pytest

from custom_components.kith.kith_engine.analysis import Box, Embedding, Face, Quality
from custom_components.kith.kith_engine.calibration import CERTAINTIES, Calibration
from evaluation.calibrate import neutral
from evaluation.doorman import asked_after
from evaluation.known import FRAMES, Person
from evaluation.moments import PROFILES
from evaluation.tails import USUAL, fit_covered, fit_stranger, fit_stretch, fit_tail
from evaluation.trials import CONDITIONS, LONGEST, Moment, Trials, draw, reached

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
    return draw(people, CALIBRATION, Moment.LIKEST)


@pytest.fixture(scope="module")
def ends(people: list[Person]) -> list[Trials]:
    return draw(people, CALIBRATION, Moment.END)


def test_every_condition_is_drawn_and_the_same_people_are_likelier(trials: list[Trials]) -> None:
    assert tuple(trial.condition for trial in trials) == CONDITIONS
    for trial in trials:
        if trial.same.any():
            assert trial.terms[trial.same, 0].mean() > trial.terms[~trial.same, 0].mean() + 0.1


def test_more_moments_and_more_photos_make_surer(ends: list[Trials]) -> None:
    certainty = {trial.condition: float(np.median(trial.certainty)) for trial in ends if len(trial.certainty)}
    for profile in map(str, PROFILES):
        mine = {(one.moments, one.photos): value for one, value in certainty.items() if one.profile == profile}
        assert mine[1, 1] < mine[2, 1] < mine[4, 1]
        assert mine[1, 1] < mine[1, 3]


def test_frames_of_one_moment_are_fewer_looks_than_frames_of_several(ends: list[Trials]) -> None:
    looks = {trial.condition: float(np.median(trial.looks)) for trial in ends if len(trial.looks)}
    for profile in map(str, PROFILES):
        mine = {(one.moments, one.photos): value for one, value in looks.items() if one.profile == profile}
        assert 1 <= mine[1, 1] < mine[2, 1] < mine[4, 1] <= LONGEST


def test_the_least_likely_moment_speaks_more_against_people_than_the_likeliest(
    people: list[Person], trials: list[Trials]
) -> None:
    for trial, least in zip(trials, draw(people, CALIBRATION, Moment.UNLIKEST), strict=True):
        if trial.same.any() and trial.condition.photos:
            assert _evidence(least.rows(least.same)).mean() < _evidence(trial.rows(trial.same)).mean()


GAIN = CALIBRATION.gain


def seen(moments: int = 1, count: int = 600_000) -> Trials:
    """As if a stranger's ratio scattered in proportion to what is seen, and more with every look."""
    rng = np.random.default_rng(moments)
    certainty = rng.uniform(CERTAINTIES[0], CERTAINTIES[-1], count)
    ratios = certainty * rng.exponential(2.0, count) * np.sqrt(moments)
    terms = np.stack([ratios / GAIN, np.zeros(count)], axis=1)
    nobody = np.zeros(count, np.bool_)
    return Trials(CONDITIONS[moments], nobody, terms, certainty, np.full(count, float(moments)), np.ones(count))


def _evidence(trial: Trials, calibration: Calibration = CALIBRATION) -> np.ndarray:
    return reached(trial.terms, trial.certainty, trial.looks, calibration)


def test_evidence_is_stretched_until_strangers_reach_it_equally_often() -> None:
    found = seen()
    calibration: Calibration = replace(CALIBRATION, stretch=fit_stretch([found], CALIBRATION))
    evidence = _evidence(found, calibration)
    low, usual = ((np.abs(found.certainty - middle) < 0.05) for middle in (0.3, USUAL))
    level = float(np.quantile(evidence[usual], 0.999))
    assert float((evidence[low] > level).mean()) == pytest.approx(0.001, rel=0.6)
    assert float((_evidence(found)[low] > level).mean()) < 0.0001
    assert min(calibration.stretch) == 1.0


def test_the_tail_tells_how_often_strangers_reach_a_level() -> None:
    found = seen()
    calibration: Calibration = replace(CALIBRATION, stretch=fit_stretch([found], CALIBRATION))
    offset, slope = fit_tail([found], calibration)
    level = float(np.quantile(_evidence(found, calibration), 1 - 3e-4))
    assert np.exp(-(offset + slope * level)) == pytest.approx(3e-4, rel=0.5)


def test_the_other_tail_tells_how_often_much_speaks_against_people() -> None:
    rng, count = np.random.default_rng(3), 20_000
    ratios = 4.0 - rng.exponential(2.0, count)
    terms, everybody = np.stack([ratios / GAIN, np.zeros(count)], axis=1), np.ones(count, np.bool_)
    found = Trials(CONDITIONS[1], everybody, terms, np.full(count, 0.6), np.ones(count), np.ones(count))
    offset, slope = fit_stranger([found], CALIBRATION)
    assert (offset, slope) == (pytest.approx(2.0, abs=0.2), pytest.approx(0.5, abs=0.1))


def test_covered_faces_reach_the_tails_as_often_as_bare_ones() -> None:
    rng, count = np.random.default_rng(4), 200_000

    def masked(ratios: np.ndarray) -> Trials:
        terms, everybody = np.stack([ratios / GAIN, np.zeros(count)], axis=1), np.ones(count, np.bool_)
        ones = np.ones(count)
        return Trials(CONDITIONS[1], everybody, terms, np.full(count, 0.6), ones, ones)

    strangers, residents = rng.exponential(0.5, count), 2.0 - rng.exponential(4.0, count)
    learned = replace(CALIBRATION, tail=(2.0, 1.0), stranger=(2.0, 0.5))
    more, less = fit_covered([masked(strangers)], [masked(residents)], learned)
    assert np.exp(-(2.0 + 1.0 * np.quantile(more * strangers, 1 - 1e-3))) == pytest.approx(1e-3, rel=0.7)
    assert np.exp(-(2.0 + 0.5 * np.quantile(-less * residents, 1 - 1 / 200))) == pytest.approx(1 / 200, rel=0.2)


def test_a_name_takes_more_while_there_are_few_frames() -> None:
    assert [asked_after(frames) for frames in (1, 2, 4, 12)] == pytest.approx([2, 1.5, 1.25, 1.083], abs=1e-3)
