"""A drawn moment: one light, one distance, and frames that differ a little."""

import io
import itertools

import numpy as np
from PIL import Image
import pytest

from evaluation.moments import DOOR, FRAMES, ROOM, Conditions, Profile, Subject, film, masked
from tests.pictures import astronaut

SUBJECT = Subject(astronaut(), (224.0, 112.0), 90.0)


def filmed(profile: Profile, seed: int) -> list[np.ndarray]:
    frames = film(SUBJECT, profile, np.random.default_rng(seed))
    return [np.asarray(Image.open(io.BytesIO(frame)).convert("RGB"), np.float32) for frame in frames]


def test_a_moment_has_its_frames_and_the_same_seed_shows_them_again() -> None:
    once, again = filmed(ROOM, 1), filmed(ROOM, 1)
    assert len(once) == FRAMES
    assert all(np.array_equal(one, other) for one, other in zip(once, again, strict=True))
    assert not any(np.array_equal(one, other) for one, other in itertools.pairwise(once))


def test_the_face_grows_and_never_beyond_the_photo() -> None:
    widths = [frame.shape[1] for frame in filmed(ROOM, 2)]
    assert widths == sorted(widths)
    assert max(frame.shape[1] for frame in filmed(DOOR, 3)) <= 3.2 * SUBJECT.width + 1


@pytest.mark.parametrize("profile", [ROOM, DOOR])
def test_conditions_are_those_of_the_place(profile: Profile) -> None:
    drawn = [Conditions.draw(profile, np.random.default_rng(seed)) for seed in range(200)]
    widths = [conditions.width for conditions in drawn]
    assert profile.narrowest <= min(widths) < 1.1 * profile.narrowest
    assert 0.9 * profile.widest < max(widths) <= profile.widest
    assert np.mean([conditions.infrared for conditions in drawn]) == pytest.approx(1 / 3, abs=0.1)


def test_light_is_better_at_the_door() -> None:
    room, door = ([Conditions.draw(place, np.random.default_rng(seed)) for seed in range(50)] for place in (ROOM, DOOR))
    assert max(one.noise for one in door) < max(one.noise for one in room)
    assert max(one.gamma for one in door) < max(one.gamma for one in room)


def test_infrared_is_gray_in_every_frame_of_a_moment() -> None:
    gray = next(seed for seed in range(20) if Conditions.draw(DOOR, np.random.default_rng(seed)).infrared)
    for frame in filmed(DOOR, gray):
        assert np.abs(frame - frame.mean(axis=2, keepdims=True)).mean() < 8


def test_a_mask_covers_mouth_and_nose_and_leaves_the_eyes() -> None:
    landmarks = np.array([[205, 100], [244, 100], [224, 122], [210, 140], [240, 140]], np.float32)
    before, after = (
        np.asarray(photo, np.float32)
        for photo in (SUBJECT.photo, masked(SUBJECT.photo, landmarks, np.random.default_rng(0)))
    )
    changed = np.abs(before - after).mean(axis=2)
    assert changed[135:145, 215:235].mean() > 20
    assert changed[90:103, 200:250].max() == 0
