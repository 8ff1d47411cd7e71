"""Two networks that see the same face know more than one; a face that one has not seen counts for nothing there."""

from dataclasses import replace

import numpy as np
import pytest

from custom_components.kith.identity.gallery import EnrolledEmbedding, Gallery, Template
from custom_components.kith.identity.scores import Probe, direction_of, probe_of
from custom_components.kith.kith_engine.analysis import Embedding
from custom_components.kith.kith_engine.calibration import Calibration, Second

from .faces import CALIBRATION, HEAD, NETWORK, axis, face, gallery, template

OTHER = "other-0123456789ab"
ALONE = replace(CALIBRATION, crowd=-np.eye(1, 6, 5, dtype=np.float32), common=np.zeros((2, 6), np.float32))
SECOND = Second(OTHER, ALONE, (40.0, 40.0), (13.0, 13.0), 0.0)
BOTH: Calibration = replace(CALIBRATION, second=SECOND)


def seen_by_second(number: int) -> np.ndarray:
    return np.eye(6, dtype=np.float32)[number]


def enrolled(network: str = OTHER) -> Gallery:
    def both(number: int) -> Template:
        first = template(axis(number))
        second = EnrolledEmbedding(seen_by_second(number), network, 0.8)
        return replace(first, embeddings=(*first.embeddings, second))

    return Gallery({"ada": (both(0),), "grace": (both(1),)})


def ada(likeness: float, other: float | None) -> Probe:
    """A face with these similarities to Ada for the first and the second network."""
    vector = likeness * axis(0) + np.sqrt(1 - likeness**2) * axis(6)
    if other is None:
        return Probe(vector, 0.8)
    second = other * seen_by_second(0) + np.sqrt(1 - other**2) * seen_by_second(4)
    return Probe(vector, 0.8, Probe(second, 0.8))


def evidence(home: Gallery, *probes: Probe, calibration: Calibration = BOTH) -> float:
    return dict(home.index(NETWORK, calibration).weigh(direction_of(probes)).people)["ada"]


def test_a_second_network_that_agrees_makes_surer() -> None:
    home = enrolled()
    assert evidence(home, ada(0.5, 0.6)) > evidence(home, ada(0.5, None)) + 3


def test_a_second_network_that_disagrees_takes_a_name_back() -> None:
    home = enrolled()
    assert evidence(home, ada(0.5, None)) > 5
    assert evidence(home, ada(0.5, 0.0)) < 3


def test_frames_that_the_second_has_not_seen_count_by_the_first_alone() -> None:
    both = direction_of([ada(0.5, 0.6), ada(0.5, None)])
    assert both.second is not None
    assert both.second.vector == pytest.approx(direction_of([ada(0.5, 0.6)]).second.vector)
    assert direction_of([ada(0.5, None)]).second is None


def test_who_was_enrolled_before_there_was_a_second_is_compared_by_the_first() -> None:
    old = gallery(ada=axis(0), grace=axis(1))
    assert evidence(old, ada(0.5, 0.6)) == pytest.approx(evidence(old, ada(0.5, None)))


def test_vectors_of_another_second_network_are_never_met() -> None:
    home = enrolled("another-0123456789ab")
    assert evidence(home, ada(0.5, 0.6)) == pytest.approx(evidence(home, ada(0.5, None)))


def test_without_a_second_in_the_pack_its_vectors_are_left_alone() -> None:
    assert evidence(enrolled(), ada(0.5, 0.6), calibration=CALIBRATION) == pytest.approx(
        evidence(enrolled(), ada(0.5, None), calibration=CALIBRATION)
    )


def test_a_face_is_what_both_networks_made_of_it() -> None:
    alone = face(axis(0), HEAD)
    shown = replace(alone, embeddings=(*alone.embeddings, Embedding(seen_by_second(0), 10.0)))
    probe = probe_of(shown, BOTH)
    assert probe is not None
    assert probe.second is not None
    assert probe.second.vector == pytest.approx(seen_by_second(0))
    assert probe_of(shown, CALIBRATION).second is None
