"""Templates are compared with probes of their own network only, and with nobody who did not agree."""

import numpy as np
import pytest

from .faces import NETWORK, axis, gallery, like, template


def test_the_likest_template_of_each_person_counts_and_the_likest_person_comes_first() -> None:
    home = gallery(ada=axis(0), grace=axis(1)).with_templates("ada", [template(like((0, 0.2), (2, 0.9)))])
    ranks = home.index(NETWORK).rank(like((2, 0.8), (1, 0.3)))
    assert [who for who, _ in ranks.scores] == ["ada", "grace"]
    assert dict(ranks.scores)["ada"] == pytest.approx(
        0.8 * 0.9 + like((0, 0.2), (2, 0.9))[7] * like((2, 0.8), (1, 0.3))[7], abs=1e-5
    )
    assert ranks.margin == pytest.approx(ranks.scores[0][1] - ranks.scores[1][1])


def test_templates_of_another_network_are_never_compared() -> None:
    home = gallery(ada=axis(0)).with_templates("grace", [template(axis(1), network="other-network")])
    assert [who for who, _ in home.index(NETWORK).rank(axis(1)).scores] == ["ada"]


def test_who_is_not_allowed_is_not_in_the_gallery() -> None:
    assert set(gallery(ada=axis(0), grace=axis(1)).only(["grace"]).templates) == {"grace"}


def test_nobody_is_like_a_probe_in_an_empty_gallery() -> None:
    ranks = gallery().index(NETWORK).rank(axis(0))
    assert (ranks.best, ranks.margin) == (None, 0.0)


def test_taking_a_person_out_leaves_the_others() -> None:
    home = gallery(ada=axis(0), grace=axis(1)).without("ada")
    assert np.array_equal(home.templates["grace"][0].vector, axis(1))
    assert "ada" not in home.templates
