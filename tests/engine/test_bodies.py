"""Bodies: whose are compared, in which light, and that the published network knows clothes again."""

import numpy as np
from PIL import Image
import pytest

from kith_engine.analysis import Box, Look, Person, Scope
from kith_engine.bodies import DARK, GRAY, LEAST_HEIGHT, LEAST_WIDTH, BodyNetwork, is_dim, is_whole
from kith_engine.network import Role
from kith_engine.packs import Pack
from kith_engine.picture import Picture
from kith_engine.pipeline import Pipeline
from tests.pictures import empty_room, encoded

ROOM = Picture(encoded(empty_room()))
WHOLE = Box(400, 100, 500, 400)


@pytest.mark.parametrize(
    "box",
    [
        Box(400, 100, 400 + LEAST_WIDTH - 1, 400),
        Box(400, 100, 500, 100 + LEAST_HEIGHT - 1),
        Box(2, 100, 102, 400),
        Box(1200, 100, 1279, 400),
        Box(400, 1, 600, 300),
        Box(400, 520, 520, 719),
    ],
)
def test_who_is_small_or_cut_off_is_not_compared(box: Box) -> None:
    assert is_whole(ROOM, WHOLE, [])
    assert is_whole(ROOM, Box(400, 1, 500, 300), []), "the hair may be missing"
    assert not is_whole(ROOM, box, [])


def test_nor_is_who_stands_behind_somebody() -> None:
    assert is_whole(ROOM, WHOLE, [Box(480, 100, 580, 400)])
    assert not is_whole(ROOM, WHOLE, [Box(450, 100, 550, 400)])


def test_what_is_dark_or_gray_is_dim() -> None:
    picture = np.full((8, 8, 3), 128, np.uint8)
    picture[..., 0] += GRAY
    assert not is_dim(picture)
    assert is_dim(np.full((8, 8, 3), 128, np.uint8))
    assert is_dim((picture * ((DARK - 5) / 130)).astype(np.uint8))


class Always:
    """A network that gives the same whatever it is shown."""

    def __init__(self, vector: list[float]) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self._vector = np.array([vector], np.float32)

    def run(self, picture: np.ndarray) -> dict[str, np.ndarray]:
        self.shapes.append(picture.shape)
        return {"body": self._vector}


def network(pack: Pack, session: Always) -> BodyNetwork:
    return BodyNetwork(session, pack.manifest.network(Role.BODY))


def test_each_whole_body_is_stretched_and_its_vector_has_length_one(pack: Pack) -> None:
    session = Always([3.0, 4.0])
    found = network(pack, session).add(ROOM, [Person(WHOLE, 0.9), Person(Box(0, 0, 50, 300), 0.8)])
    assert session.shapes == [(1, 3, 256, 128)]
    assert found[0].body.vector.tolist() == pytest.approx([0.6, 0.8])
    assert found[0].body.dim, "the room is gray"
    assert found[1] == Person(Box(0, 0, 50, 300), 0.8)
    assert found[1].body is None


@pytest.mark.parametrize("vector", [[0.0, 0.0], [float("nan"), 1.0]])
def test_a_vector_without_direction_is_none(pack: Pack, vector: list[float]) -> None:
    (found,) = network(pack, Always(vector)).add(ROOM, [Person(WHOLE, 0.9)])
    assert found.body is None


def dressed(color: tuple[int, int, int], place: Box) -> Picture:
    """Somebody drawn, with trousers and a pullover of this color."""
    room = empty_room()
    height = place.height
    for share, until, paint in ((0, 0.17, (224, 182, 150)), (0.17, 0.55, color), (0.55, 1.0, (40, 50, 90))):
        part = (
            round(place.left),
            round(place.top + share * height),
            round(place.right),
            round(place.top + until * height),
        )
        room.paste(Image.new("RGB", (part[2] - part[0], part[3] - part[1]), paint), part[:2])
    return Picture(encoded(room))


def test_the_published_network_knows_a_pullover_again(pack: Pack) -> None:
    again = pack.manifest.network(Role.BODY)
    bodies = BodyNetwork(pack.open_network(again, 1), again)
    seen = [
        bodies.add(dressed(color, place), [Person(place, 0.9)])[0].body.vector
        for color, place in (((200, 40, 40), WHOLE), ((200, 40, 40), Box(700, 200, 820, 540)), ((40, 160, 60), WHOLE))
    ]
    assert seen[0] @ seen[1] > seen[0] @ seen[2]
    assert seen[0] @ seen[1] > 0.6


def test_the_pipeline_asks_only_when_asked(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline, session = Pipeline(pack), Always([3.0, 4.0])
    monkeypatch.setattr(pipeline, "_people", lambda _frame, moved: (Person(WHOLE, 0.9),))
    monkeypatch.setattr(pipeline, "_bodies", network(pack, session))
    picture = encoded(empty_room())
    (person,) = pipeline.analyze(picture, "door", Look.PEOPLE).persons
    assert person.body is None
    asked = pipeline.analyze(picture, "door", Look.PEOPLE, Scope(bodies=True))
    assert asked.persons[0].body is not None
    assert "bodies" in asked.timings
    assert len(session.shapes) == 1


def test_a_pack_without_it_gives_none(compact: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = Pipeline(compact)
    monkeypatch.setattr(pipeline, "_people", lambda _frame, moved: (Person(WHOLE, 0.9),))
    (person,) = pipeline.analyze(encoded(empty_room()), "door", Look.PEOPLE, Scope(bodies=True)).persons
    assert person.body is None
