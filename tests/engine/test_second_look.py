import json

import numpy as np
from PIL import Image
import pytest

from kith_engine.json_reader import ManifestReader
from kith_engine.network import Role, read_network
from kith_engine.packs import Pack
from kith_engine.picture import Picture
from kith_engine.second_look import SecondLook
from tests.pictures import astronaut, empty_room, encoded, frame

from .test_manifest import AGAIN

NETWORK = read_network(ManifestReader(json.loads(json.dumps(AGAIN)), "here"))
COLUMNS, ROWS, KINDS = 4, 2, 2
"""64 x 32 pixels in steps of 16, with anchors of 8 x 20 and 20 x 50."""
SURE = 4.0
"""A margin of the classes that is a score of 0.98."""


class Maps:
    """A network that always finds the same, given as (column, row, kind, margin, and the four numbers of a box)."""

    def __init__(self, *found: tuple[int, int, int, float, tuple[float, float, float, float]]) -> None:
        self.shown: list[np.ndarray] = []
        self._boxes = np.zeros((1, ROWS, COLUMNS, KINDS, 4), np.float32)
        self._scores = np.zeros((1, ROWS, COLUMNS, KINDS, 2), np.float32)
        self._scores[..., 0] = SURE
        for column, row, kind, margin, box in found:
            self._boxes[0, row, column, kind] = box
            self._scores[0, row, column, kind] = 1, 1 + margin

    def run(self, picture: np.ndarray) -> dict[str, np.ndarray]:
        self.shown.append(picture)
        boxes = self._boxes.reshape(1, ROWS, COLUMNS, 4 * KINDS)
        return {"scores": self._scores.reshape(1, ROWS, COLUMNS, 2 * KINDS), "boxes": boxes}


HERE = (0.0, 0.0, 0.0, 0.0)
"""As the anchor is."""


def found_by(session: Maps, size: tuple[int, int] = (64, 32)) -> list[list[float]]:
    persons = SecondLook(session, NETWORK).find(Picture(encoded(Image.new("RGB", size))))
    return [[person.box.left, person.box.top, person.box.right, person.box.bottom, person.score] for person in persons]


def test_where_nothing_is_sure_nobody_is() -> None:
    assert found_by(Maps()) == []
    assert found_by(Maps((1, 0, 0, 1.3, HERE))) == [], "a score of 0.79"


def test_a_box_starts_from_its_anchor_around_the_middle_of_its_cell() -> None:
    ((*box, score),) = found_by(Maps((2, 1, 0, SURE, HERE)))
    assert box == pytest.approx([36, 14, 44, 32])  # 24 +- 10 downwards, as far as the picture goes
    assert score == pytest.approx(1 / (1 + np.exp(-SURE)))


def test_a_box_moves_by_shares_of_its_anchor_and_grows_by_powers() -> None:
    moved = (0.5 / 0.1, -0.25 / 0.1, float(np.log(2)) / 0.2, float(np.log(0.5)) / 0.2)
    ((*box, _),) = found_by(Maps((1, 1, 0, SURE, moved)))
    # from (24, 24) by half of 8 and back by a quarter of 20; twice as wide, half as high
    assert box == pytest.approx([20, 14, 36, 24], abs=1e-3)


def test_the_whole_picture_is_stretched_and_boxes_are_stretched_back() -> None:
    session = Maps((2, 1, 0, SURE, HERE))
    ((*box, _),) = found_by(session, (640, 640))
    assert session.shown[0].shape == (1, 3, 32, 64)
    assert box == pytest.approx([360, 280, 440, 640])


def test_boxes_of_one_person_are_one_person_and_the_surest_comes_first() -> None:
    found = found_by(Maps((0, 0, 0, 2.0, HERE), (2, 0, 0, 3.0, HERE), (2, 0, 1, 2.5, (0.0, 0.0, -4.0, -4.0))))
    assert [round(left) for left, *_ in found] == [36, 4]


def test_a_box_without_end_ends_where_the_picture_does() -> None:
    ((*box, _),) = found_by(Maps((1, 1, 1, SURE, (0.0, 0.0, 1e9, 1e9))))
    assert box == [0, 0, 64, 32]


def test_a_box_beside_the_picture_is_nobody() -> None:
    assert found_by(Maps((0, 0, 0, SURE, (-100.0, 0.0, 0.0, 0.0)))) == []


@pytest.fixture(scope="module")
def published(pack: Pack) -> SecondLook:
    return SecondLook(pack.open(Role.SECOND_LOOK, 1), pack.manifest.network(Role.SECOND_LOOK))


def test_the_published_network_sees_somebody_where_they_stand(published: SecondLook) -> None:
    (person,) = published.find(Picture(frame(astronaut(), scale=1.2)))
    assert person.score > 0.85
    assert 380 <= person.box.left < 480
    assert 760 < person.box.right < 900


@pytest.mark.parametrize("size", [(1920, 1080), (640, 360), (512, 512)])
def test_the_published_network_sees_nobody_in_an_empty_room(published: SecondLook, size: tuple[int, int]) -> None:
    assert published.find(Picture(encoded(empty_room(size)))) == ()
