"""People are followed from frame to frame by their position and their face."""

from dataclasses import replace

import numpy as np

from custom_components.kith.identity.evidence import Frame
from custom_components.kith.identity.track import Track
from custom_components.kith.identity.tracks import LOST_AFTER, MOST_TRACKS, Tracks
from custom_components.kith.kith_engine.analysis import Analysis, Box, Face, Person

from .faces import NOON, after, axis, face, like, shown


def moved(box: Box, right: float) -> Box:
    return Box(box.left + right, box.top, box.right + right, box.bottom)


LEFT = Box(100, 100, 200, 400)
RIGHT = Box(700, 100, 800, 400)


def two(first: Face | None, second: Face | None, boxes: tuple[Box, Box] = (LEFT, RIGHT)) -> Analysis:
    persons = tuple(Person(box, 0.9) for box in boxes)
    return Analysis(1920, 1080, 0.3, looked=True, persons=persons, faces=tuple(f for f in (first, second) if f))


def follow(tracks: Tracks, analysis: Analysis, seconds: float) -> list[Track]:
    given = tracks.follow(analysis, after(seconds))
    for track, box, seen in given:
        track.add(box, seen, Frame(after(seconds)))
    return [track for track, _, _ in given]


def test_who_walks_on_keeps_the_track() -> None:
    tracks = Tracks()
    first = follow(tracks, shown(body=LEFT), 0)
    assert [follow(tracks, shown(body=moved(LEFT, 120 * n)), n * 0.4) for n in (1, 2, 3)] == [first] * 3


def test_two_people_keep_a_track_each() -> None:
    tracks = Tracks()
    a, b = follow(tracks, two(None, None), 0)
    assert follow(tracks, two(None, None, (moved(LEFT, 30), moved(RIGHT, -30))), 0.3) == [a, b]
    assert a is not b


def test_two_people_who_changed_places_are_told_by_their_faces() -> None:
    tracks = Tracks()
    a, b = follow(tracks, two(face(axis(0), LEFT, person=0), face(axis(1), RIGHT, person=1)), 0)
    assert follow(tracks, two(face(axis(1), LEFT, person=0), face(axis(0), RIGHT, person=1)), 0.3) == [b, a]


def test_another_face_in_the_same_place_is_another_person() -> None:
    tracks = Tracks()
    (first,) = follow(tracks, shown(axis(0)), 0)
    (second,) = follow(tracks, shown(axis(1)), 0.3)
    assert second is not first


def test_who_follows_in_the_same_place_is_told_apart_though_one_picture_is_poor() -> None:
    """One look of somebody else may resemble the one before; the next do not."""
    tracks = Tracks()
    for number in range(8):
        (first,) = follow(tracks, shown(axis(0)), 0.25 * number)
    (unclear,) = follow(tracks, shown(like((0, 0.4), (1, 0.9))), 2.0)
    (second,) = follow(tracks, shown(axis(1)), 2.25)
    assert unclear is first
    assert second is not first


def test_a_poor_picture_that_is_looked_at_again_counts_once() -> None:
    tracks = Tracks()
    (first,) = follow(tracks, shown(axis(0)), 0)
    poor = shown(like((0, 0.3)))
    for _ in range(3):
        assert follow(tracks, poor, 0.25) == [first]
    assert first.face is not None
    assert first.face @ axis(0) > 0.8


def test_a_head_that_turns_stays_the_same_person() -> None:
    tracks = Tracks()
    turns = np.linspace(0, np.pi / 2, 16)
    looks = [like((0, float(np.cos(turn))), (1, float(np.sin(turn)))) for turn in turns]
    seen = [follow(tracks, shown(look), 0.25 * number) for number, look in enumerate(looks)]
    assert seen == [seen[0]] * len(looks)


def test_who_was_away_for_too_long_gets_a_new_track() -> None:
    tracks = Tracks()
    (first,) = follow(tracks, shown(), 0)
    (second,) = follow(tracks, shown(), LOST_AFTER.total_seconds() + 0.1)
    assert second is not first
    assert tracks.open == [second]


def test_the_larger_of_two_faces_in_one_box_is_the_persons() -> None:
    small, large = face(axis(0), Box(0, 0, 10, 10)), face(axis(1), Box(0, 0, 40, 40))
    analysis = Analysis(640, 480, 0.1, looked=True, persons=(Person(LEFT, 0.9),), faces=(small, large))
    [(_, _, chosen)] = Tracks().follow(analysis, NOON)
    assert chosen is large


def test_the_same_person_in_a_picture_of_another_size_stays_one_track() -> None:
    """A close-up of the same view."""
    tracks = Tracks()
    first = follow(tracks, replace(shown(body=LEFT), width=480, height=270), 0)
    assert follow(tracks, Analysis(0, 0, 0.0, looked=False), 0.5) == []
    larger = Box(4 * LEFT.left, 4 * LEFT.top, 4 * LEFT.right, 4 * LEFT.bottom)
    assert follow(tracks, shown(body=larger), 1) == first


def crowd(count: int, first: int = 0) -> Analysis:
    """People in a row, each far from the next."""
    boxes = [Box(1000.0 * number, 0, 1000.0 * number + 100, 300) for number in range(first, first + count)]
    return Analysis(1920, 1080, 0.3, looked=True, persons=tuple(Person(box, 0.9) for box in boxes))


def test_each_in_a_crowd_keeps_the_track() -> None:
    tracks = Tracks()
    first = follow(tracks, crowd(64), 0)
    assert follow(tracks, crowd(64), 0.3) == first


def test_an_engine_that_sees_new_people_in_every_frame_fills_no_memory() -> None:
    tracks = Tracks()
    for number in range(20):
        newest = follow(tracks, crowd(64, 64 * number), number * 0.1)
    assert len(tracks.open) == MOST_TRACKS
    assert tracks.open[-64:] == newest
