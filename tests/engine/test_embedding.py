from dataclasses import replace

from hypothesis import given, strategies as st
import numpy as np
from PIL import Image, ImageFilter, ImageOps
import pytest

from kith_engine.embedding import SIDE, TEMPLATE, Embedder, align, similarity
from kith_engine.errors import EngineError
from kith_engine.manifest import load_manifest
from kith_engine.network import Role, Vectors
from kith_engine.packs import Pack
from kith_engine.picture import Picture
from tests.pictures import astronaut, encoded

LANDMARKS = np.array([[204, 102], [245, 102], [223, 125], [203, 144], [240, 142]], np.float32)
"""Of the astronaut: eyes, nose, corners of the mouth."""
NETWORK = load_manifest("compact").network(Role.EMBEDDING)


class Answer:
    """A network with a fixed answer."""

    def __init__(self, vector: list[float]) -> None:
        self._vector = np.array([vector], np.float32)

    def run(self, picture: np.ndarray) -> dict[str, np.ndarray]:
        return {"out": self._vector}


def embedder(pack: Pack) -> Embedder:
    return Embedder(pack.open(Role.EMBEDDING, 1), pack.manifest.network(Role.EMBEDDING))


@given(
    angle=st.floats(-3.1, 3.1),
    scale=st.floats(0.05, 20),
    shift=st.tuples(st.floats(-1000, 1000), st.floats(-1000, 1000)),
)
def test_a_turned_scaled_and_shifted_face_is_brought_back_exactly(
    angle: float, scale: float, shift: tuple[float, float]
) -> None:
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = similarity(TEMPLATE, TEMPLATE @ turn.T + shift)
    assert np.allclose(found, np.column_stack([turn, shift]), atol=1e-6 * (scale + 1000))


def test_a_mirrored_face_is_not_mirrored_back_by_alignment() -> None:
    linear = similarity(TEMPLATE, TEMPLATE * [-1, 1])[:, :2]
    assert np.linalg.det(linear) > 0


def test_the_landmarks_come_to_lie_on_the_template() -> None:
    matrix = similarity(TEMPLATE, LANDMARKS.astype(np.float64))
    landed = np.column_stack([TEMPLATE, np.ones(5)]) @ matrix.T
    assert np.abs(landed - LANDMARKS).max() < 4  # of 41 between the eyes: no face equals the template


@pytest.mark.parametrize("factor", [0.5, 2, 4, 8])
def test_one_face_at_any_size_is_aligned_to_the_same_picture(factor: float) -> None:
    side = round(512 * factor)
    small = align(Picture(encoded(astronaut(), quality=100)), LANDMARKS)
    other = align(
        Picture(encoded(astronaut().resize((side, side), Image.Resampling.LANCZOS), quality=100)), LANDMARKS * factor
    )
    assert small.shape == (SIDE, SIDE, 3)
    assert np.abs(small.astype(float) - other.astype(float)).mean() < 5


def test_vectors_have_length_one(pack: Pack) -> None:
    vector = embedder(pack).embed(align(Picture(encoded(astronaut())), LANDMARKS)).vector
    assert vector.shape == (256,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_one_person_is_more_alike_in_two_photos_than_to_anybody_else(pack: Pack) -> None:
    network = embedder(pack)
    first = network.embed(align(Picture(encoded(astronaut())), LANDMARKS)).vector
    dim = astronaut().rotate(9, Image.Resampling.BICUBIC, center=(224, 120)).point(lambda level: level * 0.6)
    angle = np.deg2rad(-9)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = ((LANDMARKS - [224, 120]) @ turn.T + [224, 120]).astype(np.float32)
    assert first @ network.embed(align(Picture(encoded(dim, quality=60)), turned)).vector > 0.8
    assert first @ network.embed(np.random.default_rng(0).integers(0, 255, (SIDE, SIDE, 3), np.uint8)).vector < 0.4


def test_a_face_and_its_mirrored_picture_are_the_same_to_a_pack_that_adds_both(compact: Pack) -> None:
    aligned = align(Picture(encoded(astronaut())), LANDMARKS)
    mirrored = np.asarray(ImageOps.mirror(Image.fromarray(aligned)))
    network = embedder(compact)
    assert network.embed(aligned).vector @ network.embed(mirrored).vector == pytest.approx(1, abs=1e-5)


def test_the_less_is_seen_of_a_face_the_less_clear_it_is(pack: Pack) -> None:
    network = embedder(pack)
    sharp = network.embed(align(Picture(encoded(astronaut())), LANDMARKS))
    fog = astronaut().filter(ImageFilter.GaussianBlur(12))
    assert network.embed(align(Picture(encoded(fog)), LANDMARKS)).clarity < 0.9 * sharp.clarity


@pytest.mark.parametrize("vector", [[0.0, 0.0], [float("nan"), 1.0], [float("inf"), 1.0]])
def test_a_network_that_gives_no_direction_is_an_error_and_not_a_match(vector: list[float]) -> None:
    network = Embedder(Answer(vector), NETWORK)
    with pytest.raises(EngineError, match="no usable vector"):
        network.embed(np.zeros((SIDE, SIDE, 3), np.uint8))


def test_without_the_mirror_flag_the_network_runs_once() -> None:
    runs = []

    class Counted(Answer):
        def run(self, picture: np.ndarray) -> dict[str, np.ndarray]:
            runs.append(picture)
            return super().run(picture)

    plain = replace(NETWORK, output=replace(NETWORK.output, mirror=False))
    Embedder(Counted([3.0, 4.0]), plain).embed(np.zeros((SIDE, SIDE, 3), np.uint8))
    assert len(runs) == 1


WIDE = ((0.315569, 0.461574), (0.682623, 0.461574), (0.500262, 0.640505), (0.349472, 0.824692), (0.653437, 0.824692))
"""Where a network may want eyes, nose and mouth: its faces were 96 x 112 before they were stretched to a square."""


def test_a_network_with_a_template_of_its_own_is_fed_as_if_the_face_were_aligned_to_it() -> None:
    shown = []

    class Shown(Answer):
        def run(self, picture: np.ndarray) -> dict[str, np.ndarray]:
            shown.append(picture)
            return super().run(picture)

    wanted = replace(NETWORK.input, side=128, multiple=128, order="RGB", mean=(0, 0, 0), deviation=(1, 1, 1))
    network = replace(NETWORK, input=wanted, output=Vectors(2, mirror=False, template=WIDE))
    picture = Picture(encoded(astronaut(), "PNG"))
    Embedder(Shown([3.0, 4.0]), network).embed(align(picture, LANDMARKS))
    (seen,) = shown
    assert seen.shape == (1, 3, 128, 128)
    direct = picture.warp(similarity(np.array(WIDE) * 128, LANDMARKS.astype(np.float64)), 128)
    apart = np.abs(seen[0].transpose(1, 2, 0) - direct).mean()
    assert apart < 6, "two ways to resample the same pixels"
    plain = np.asarray(Image.fromarray(align(picture, LANDMARKS)).resize((128, 128)))
    assert np.abs(plain.astype(float) - direct).mean() > 2 * apart
