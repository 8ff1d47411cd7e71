import numpy as np
from PIL import Image
import pytest

from kith_engine.analysis import Box, Person
from kith_engine.faces import MOST_REGIONS, FaceFinder
from kith_engine.manifest import load_manifest
from kith_engine.network import Role
from kith_engine.packs import Pack
from kith_engine.picture import Picture
from tests.pictures import astronaut, empty_room, encoded

NETWORK = load_manifest("standard").network(Role.FACE)
FACE = Box(180, 63, 268, 174)
"""Of the astronaut, in the portrait's 512 pixels."""
BODY = Box(10, 18, 370, 508)


class Watched:
    """A network that records the sizes of its inputs."""

    def __init__(self, pack: Pack) -> None:
        self._session = pack.open(Role.FACE, 1)
        self.sizes: list[tuple[int, int]] = []

    def run(self, picture: np.ndarray) -> dict[str, np.ndarray]:
        assert picture.shape[2] % 32 == picture.shape[3] % 32 == 0
        self.sizes.append(picture.shape[2:])
        return self._session.run(picture)


@pytest.fixture
def session(pack: Pack) -> Watched:
    return Watched(pack)


@pytest.fixture
def finder(session: Watched) -> FaceFinder:
    return FaceFinder(session, NETWORK)


def placed(box: Box, side: float, left: float, top: float) -> Box:
    """A box of the portrait after drawing it at this size and place."""
    scale = side / 512
    return Box(left + box.left * scale, top + box.top * scale, left + box.right * scale, top + box.bottom * scale)


def scene(*places: tuple[int, int, int], size: tuple[int, int] = (1920, 1080)) -> tuple[Picture, list[Person]]:
    """The astronaut at each (side, left, top), and the people that the person network would report."""
    room = empty_room(size).copy()
    for side, left, top in places:
        room.paste(astronaut().resize((side, side), Image.Resampling.LANCZOS), (left, top))
    return Picture(encoded(room)), [Person(placed(BODY, *place), 0.9) for place in places]


@pytest.mark.parametrize("side", [180, 300, 512, 900])
def test_a_face_is_found_at_full_size_wherever_somebody_stands(finder: FaceFinder, side: int) -> None:
    picture, persons = scene((side, 700, 100))
    (face,) = finder.find(picture, persons)
    assert face.person == 0
    assert face.box.overlap(placed(FACE, side, 700, 100)) > 0.75
    eyes = face.landmarks[:2].mean(axis=0)
    assert eyes == pytest.approx([700 + 224 * side / 512, 100 + 102 * side / 512], abs=side * 0.02)
    assert face.landmarks[0, 0] < face.landmarks[1, 0]


def test_where_nobody_is_nobody_looks(finder: FaceFinder, session: Watched) -> None:
    picture, _ = scene((512, 700, 100))
    assert finder.find(picture, []) == []
    assert session.sizes == []


def test_a_face_outside_of_everybody_is_not_looked_for(finder: FaceFinder) -> None:
    picture, _ = scene((512, 1300, 100))
    assert finder.find(picture, [Person(Box(50, 50, 500, 1000), 0.9)]) == []


def test_each_of_two_people_gets_their_own_face(finder: FaceFinder) -> None:
    picture, persons = scene((512, 100, 300), (400, 1100, 200))
    faces = finder.find(picture, persons)
    assert sorted(face.person for face in faces) == [0, 1]
    for face in faces:
        person = persons[face.person].box
        assert person.left < face.box.left < face.box.right < person.right


def test_one_face_in_two_overlapping_boxes_is_one_face(finder: FaceFinder) -> None:
    picture, (person,) = scene((512, 700, 100))
    wider = Person(Box(person.box.left - 150, person.box.top - 20, person.box.right + 40, person.box.bottom), 0.6)
    (face,) = finder.find(picture, [wider, person])
    assert face.person == 1


def test_a_face_that_nobody_has_is_nobodys(finder: FaceFinder) -> None:
    """The face belongs to an overlooked person in another's box and must not become the other's second face."""
    picture, _ = scene((512, 700, 100), (300, 1060, 300))
    faces = finder.find(picture, [Person(Box(700, 110, 1350, 1070), 0.9)])
    assert sorted(str(face.person) for face in faces) == ["0", "None"]


def test_a_face_that_fills_the_picture_is_found(finder: FaceFinder) -> None:
    close = astronaut().crop((165, 40, 285, 190)).resize((1440, 1800), Image.Resampling.BICUBIC)
    picture = Picture(encoded(close))
    assert len(finder.find(picture, [Person(picture.frame, 0.9)])) == 1
    assert len(finder.find_all(picture)) == 1


def test_a_portrait_needs_no_person(finder: FaceFinder) -> None:
    (face,) = finder.find_all(Picture(encoded(astronaut())))
    assert face.person is None
    assert face.box.overlap(FACE) > 0.9


def test_an_empty_room_has_no_face(finder: FaceFinder) -> None:
    assert finder.find_all(Picture(encoded(empty_room()))) == []


def test_no_region_is_larger_for_the_network_than_the_pack_says(finder: FaceFinder, session: Watched) -> None:
    picture, persons = scene((1000, 500, 50))
    finder.find(picture, persons)
    assert max(max(size) for size in session.sizes) <= NETWORK.input.side


def test_in_a_crowd_only_the_nearest_are_looked_at(finder: FaceFinder, session: Watched) -> None:
    picture = Picture(encoded(empty_room((1920, 1080))))
    crowd = [Person(Box(index * 60, 100, index * 60 + 50, 200), 0.9) for index in range(30)]
    finder.find(picture, crowd)
    assert len(session.sizes) <= MOST_REGIONS
