"""Pictures wider than 2:1 are looked at in tiles."""

from itertools import pairwise

import numpy as np
from PIL import Image
import pytest

from kith_engine.analysis import Box, Look, Person
from kith_engine.packs import Pack
from kith_engine.pipeline import Pipeline
from kith_engine.tiles import WIDEST, in_tiles, tiles
from tests.pictures import astronaut, empty_room, encoded

WIDE = Box(0, 0, 3840, 1080)


def test_usual_pictures_are_looked_at_whole() -> None:
    for width, height in ((1920, 1080), (640, 480), (1080, 1920), (2160, 1080)):
        frame = Box(0, 0, width, height)
        assert tiles(frame) == (frame,)


@pytest.mark.parametrize("width", [2200, 2520, 3840, 5120, 9000])
def test_tiles_cover_a_wide_picture_and_share_what_somebody_may_fill(width: int) -> None:
    found = tiles(Box(0, 0, width, 1080))
    assert found[0].left == 0
    assert found[-1].right == pytest.approx(width)
    for tile, following in pairwise(found):
        assert tile.right - following.left == pytest.approx(0.4 * 1080)
    assert all(tile.width / tile.height < WIDEST + 0.4 for tile in found)


def test_who_stands_where_two_tiles_meet_is_one_person() -> None:
    whole, cut = Box(1700, 200, 2000, 1000), Box(1704, 200, 1850, 1000)
    beside = Box(2300, 300, 2500, 900)

    def find(tile: Box) -> tuple[Person, ...]:
        return (Person(cut, 0.9),) if tile.left else (Person(whole, 0.7), Person(beside, 0.6))

    assert [person.box for person in in_tiles(WIDE, find)] == [whole, beside]
    assert in_tiles(WIDE, lambda _: ()) == ()


def test_what_one_tile_shows_of_somebody_is_no_second_person() -> None:
    whole, edge = Box(1700, 200, 2000, 1000), Box(1900, 200, 2000, 1000)

    def find(tile: Box) -> tuple[Person, ...]:
        return (Person(edge if tile.left else whole, 0.8),)

    assert [person.box for person in in_tiles(WIDE, find)] == [whole]


def test_somebody_far_away_in_a_double_picture_is_found(pack: Pack) -> None:
    room = np.concatenate([np.asarray(empty_room((1920, 1080)))] * 2, axis=1)
    picture = Image.fromarray(room)
    person = astronaut().resize((330, 330))
    for left in (300, 1755, 3100):  # in the first half, at the seam, in the second half
        shown = picture.copy()
        shown.paste(person, (left, 1080 - 330))
        found = Pipeline(pack).analyze(encoded(shown), "wide", Look.PEOPLE)
        assert len(found.persons) == 1, left
        box = found.persons[0].box
        assert left - 60 < box.left < box.right < left + 390
        assert found.faces, "where the person is"
