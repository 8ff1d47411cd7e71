"""A face marked as not somebody: it counts, but never more than the person's own photos."""

from custom_components.kith.identity.demand import Sureness, demand_of
from custom_components.kith.identity.gallery import Gallery
from custom_components.kith.identity.marks import contradicted, refuted
from custom_components.kith.identity.scores import direction_of

from .faces import CALIBRATION, NETWORK, axis, like, template

ADA = Gallery({"ada": tuple(template(like((0, 0.9), (6, 0.435)), f"t{number}") for number in range(4))})
HERSELF = template(like((0, 0.85), (6, 0.525)), "herself")
"""A true visit of Ada."""
ALIKE = template(like((0, 0.3), (1, 0.953)), "alike")
"""A stranger mistaken for her."""
NAMED = demand_of(Sureness.NORMAL, 1, CALIBRATION).name


def weighed(gallery: Gallery, face: object) -> tuple[float, float]:
    """The evidence for Ada and for a stranger."""
    weights = gallery.index(NETWORK, CALIBRATION).weigh(direction_of([face.probe(CALIBRATION)]))
    return weights.people[0][1], weights.stranger


def test_one_wrong_mark_does_not_make_somebody_unrecognizable() -> None:
    evidence, _ = weighed(ADA.with_negative("ada", HERSELF), HERSELF)
    assert evidence >= NAMED
    evidence, stranger = weighed(ADA.with_stranger(HERSELF), HERSELF)
    assert evidence >= NAMED
    assert stranger < 0


def test_a_mark_that_nothing_contradicts_keeps_the_name_away() -> None:
    before, _ = weighed(ADA, ALIKE)
    after, _ = weighed(ADA.with_negative("ada", ALIKE), ALIKE)
    assert before > 0
    assert after < 0
    assert weighed(ADA.with_stranger(ALIKE), ALIKE)[0] < 0


def test_a_mark_that_her_own_photos_contradict_is_questioned() -> None:
    grace = ADA.with_templates("grace", [template(axis(2), "grace")])
    assert contradicted(HERSELF, "ada", ADA, CALIBRATION) == "ada"
    assert contradicted(HERSELF, None, grace, CALIBRATION) == "ada"
    assert contradicted(HERSELF, "grace", grace, CALIBRATION) is None
    assert contradicted(ALIKE, "ada", ADA, CALIBRATION) is None
    assert contradicted(HERSELF, None, Gallery(), CALIBRATION) is None


def test_a_later_answer_lifts_the_marks_that_it_refutes() -> None:
    other = template(axis(3), "other")
    marked = ADA.with_negative("ada", HERSELF).with_negative("ada", other).with_stranger(ALIKE)
    assert refuted([template(like((0, 0.84), (6, 0.54)), "now")], "ada", marked, CALIBRATION) == ["herself"]
    assert refuted([ALIKE], "ada", marked, CALIBRATION) == ["alike"]
