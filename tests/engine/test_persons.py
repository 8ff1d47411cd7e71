import io

import numpy as np
from PIL import Image
import pytest

from kith_engine.manifest import load_manifest
from kith_engine.network import Role
from kith_engine.packs import Pack
from kith_engine.persons import PersonFinder
from kith_engine.picture import Picture
from tests.pictures import astronaut, empty_room, encoded, frame

NETWORK = load_manifest("standard").network(Role.PERSON)


class Rows:
    """A network that always finds the same, given as (stride, column, row, width, height in pixels, score)."""

    def __init__(self, *found: tuple[int, int, int, float, float, float], label: int = 0) -> None:
        self._rows = np.zeros((1, 3549, 85), np.float32)
        starts, side = {8: 0, 16: 52 * 52, 32: 52 * 52 + 26 * 26}, 416
        for stride, column, row, width, height, score in found:
            place = self._rows[0, starts[stride] + row * (side // stride) + column]
            place[2:4] = np.log([width / stride, height / stride])
            place[4], place[5 + label] = 1.0, score

    def run(self, picture: np.ndarray) -> dict[str, np.ndarray]:
        assert picture.shape == (1, 3, 416, 416)
        return {"output": self._rows}


@pytest.fixture(scope="module")
def finder(pack: Pack) -> PersonFinder:
    return PersonFinder(pack.open(Role.PERSON, 1), NETWORK)


def found_by(session: Rows, size: tuple[int, int]) -> list[list[float]]:
    persons = PersonFinder(session, NETWORK).find(Picture(encoded(Image.new("RGB", size))))
    return [[person.box.left, person.box.top, person.box.right, person.box.bottom, person.score] for person in persons]


def test_somebody_in_the_room_is_found_where_they_stand(finder: PersonFinder) -> None:
    (person,) = finder.find(Picture(frame(astronaut(), scale=1.2)))
    assert person.score > 0.6
    assert 380 <= person.box.left < 460
    assert 780 < person.box.right < 880
    assert person.box.bottom > 700


@pytest.mark.parametrize("size", [(1920, 1080), (640, 360), (1080, 1920), (512, 512)])
def test_an_empty_room_has_nobody_in_it(finder: PersonFinder, size: tuple[int, int]) -> None:
    assert finder.find(Picture(encoded(empty_room(size)))) == ()


@pytest.mark.parametrize("size", [(3840, 2160), (1920, 1080), (640, 360), (320, 180)])
def test_one_person_is_at_the_same_place_whatever_the_resolution(finder: PersonFinder, size: tuple[int, int]) -> None:
    room = Image.open(io.BytesIO(frame(astronaut(), scale=1.2)))
    (person,) = finder.find(Picture(encoded(room.resize(size))))
    assert person.box.left / size[0] == pytest.approx(0.32, abs=0.03)
    assert person.box.right / size[0] == pytest.approx(0.65, abs=0.03)


def test_boxes_are_read_from_each_stride_and_mapped_to_full_size() -> None:
    session = Rows((8, 10, 5, 20, 40, 0.9), (32, 6, 4, 64, 96, 0.8))
    # 832 x 416 is halved; a cell's center is its corner plus the network's offset, here zero
    assert np.allclose(found_by(session, (832, 416)), [[140, 40, 180, 120, 0.9], [320, 160, 448, 352, 0.8]], atol=1e-3)


def test_what_is_less_likely_than_the_pack_demands_is_nobody() -> None:
    assert found_by(Rows((8, 10, 5, 20, 40, 0.39)), (416, 416)) == []


def test_a_dog_is_nobody() -> None:
    assert found_by(Rows((8, 10, 5, 20, 40, 0.9), label=16), (416, 416)) == []


def test_two_boxes_of_one_person_are_one_person() -> None:
    assert len(found_by(Rows((8, 10, 5, 40, 80, 0.9), (8, 11, 5, 40, 80, 0.7)), (416, 416))) == 1


def test_a_box_ends_where_the_picture_ends() -> None:
    ((left, top, right, bottom, _),) = found_by(Rows((32, 0, 0, 400, 4000, 0.9)), (416, 300))
    assert (left, top, right, bottom) == (0, 0, 200, 300)


def test_a_box_in_the_padding_beside_the_picture_is_nobody() -> None:
    assert found_by(Rows((8, 10, 50, 8, 8, 0.9)), (416, 208)) == []
