"""What others say is weak evidence: it hastens a name, gives none, and is worth what it was worth before."""

import math

import pytest

from custom_components.kith.household import Household
from custom_components.kith.identity.demand import Sureness
from custom_components.kith.identity.evidence import Outcome
from custom_components.kith.identity.hearsay import EXPECTED, MOST_SHARE, VALID_FOR, Hearsay, Reliability
from custom_components.kith.identity.presence import Presence
from custom_components.kith.sighting import View

from .faces import FACTS, NOON, after, axis, gallery, like, shown

NEARLY = like((0, 0.365))
"""Two frames of it lack a little for the name of Ada."""
TOO_LITTLE = like((0, 0.25))
UNLIKE = axis(5)


class Heard:
    def __init__(self, reliability: Reliability | None = None, avoided: tuple[str, ...] = ()) -> None:
        self.hearsay = Hearsay({"hall": reliability} if reliability else None)
        self.household = Household(Presence(), hearsay=self.hearsay)
        self.household.compare_with(gallery(ada=axis(0), grace=axis(1)), FACTS, Sureness.NORMAL, avoided)

    def show(self, vector, frames: int = 2, start: float = 0.0) -> View:
        for n in range(frames):
            view = self.household.observe("hall", shown(vector), after(start + n * 0.25))
        return view


@pytest.fixture
def heard() -> Heard:
    return Heard(Reliability(right=40))


def test_a_name_that_was_nearly_given_is_given_sooner(heard: Heard) -> None:
    assert heard.show(NEARLY).outcome is Outcome.UNSURE
    heard.hearsay.hear("hall", {"ada"}, after(1))
    view = heard.show(NEARLY, 1, start=1)
    assert (view.outcome, view.verdicts[0].person_id, view.verdicts[0].said) == (Outcome.KNOWN, "ada", True)


@pytest.mark.parametrize("vector", [TOO_LITTLE, UNLIKE, None])
def test_it_never_makes_a_name_by_itself(heard: Heard, vector) -> None:
    heard.hearsay.hear("hall", {"ada"}, NOON)
    for n in range(40):
        view = heard.household.observe("hall", shown(vector), after(n * 0.25))
        assert view.outcome not in (Outcome.KNOWN, Outcome.LIKELY)
    assert "ada" not in heard.household.presence.last


def test_what_kith_sees_counts_more(heard: Heard) -> None:
    heard.hearsay.hear("hall", {"grace"}, NOON)
    view = heard.show(like((0, 0.9)), 3)
    assert (view.verdicts[0].person_id, view.verdicts[0].said) == ("ada", False)


def test_a_word_counts_for_a_while_only_and_only_at_its_camera(heard: Heard) -> None:
    heard.hearsay.hear("hall", {"ada"}, NOON)
    assert heard.hearsay.ratios("hall", NOON - VALID_FOR).keys() == {"ada"}
    assert not heard.hearsay.ratios("hall", NOON + VALID_FOR * 1.01)
    assert not heard.hearsay.ratios("door", NOON)
    heard.hearsay.hear("hall", set(), after(1))
    assert heard.hearsay.ratios("hall", after(2)), "the entity fell silent, and the person is still there"
    heard.hearsay.hear("hall", {"ada"}, after(20))
    assert heard.hearsay.ratios("hall", after(45)), "said again"


def test_it_is_bounded_by_what_a_name_needs() -> None:
    trusted = Heard(Reliability(right=10**6))
    assert trusted.hearsay.cameras["hall"].ratio > 10
    trusted.hearsay.hear("hall", {"ada"}, NOON)
    with_it = trusted.show(NEARLY).verdicts[0].evidence
    without = Heard().show(NEARLY).verdicts[0].evidence
    comparison = trusted.household.comparison
    assert comparison is not None
    assert 0 < with_it - without <= MOST_SHARE * comparison.demand.name + 1e-6


def test_words_are_worth_what_they_were_worth(heard: Heard) -> None:
    unheard = Reliability()
    assert unheard.ratio == pytest.approx(math.log(EXPECTED))
    assert Reliability(right=9).ratio > unheard.ratio > Reliability(wrong=1).ratio > Reliability(wrong=9).ratio == 0


def test_a_camera_whose_words_agree_is_trusted_more_and_one_that_errs_less() -> None:
    heard = Heard()
    for turn, (said, seen) in enumerate([("ada", axis(0)), ("ada", axis(0)), ("ada", axis(1)), ("ada", UNLIKE)]):
        heard.hearsay.hear("hall", {said}, after(100 * turn))
        heard.show(like((int(seen.argmax()), 0.95)), 6, start=100 * turn)
    heard.hearsay.hear("hall", {"ada"}, after(1000))
    assert heard.hearsay.cameras["hall"] == Reliability(right=2, wrong=2)


def test_kiths_own_evidence_alone_says_whether_a_word_was_right(heard: Heard) -> None:
    heard.hearsay.cameras["hall"] = Reliability(right=40)
    heard.hearsay.hear("hall", {"ada"}, NOON)
    assert heard.show(NEARLY).outcome is Outcome.KNOWN
    heard.hearsay.hear("hall", {"grace"}, after(100))
    assert heard.hearsay.cameras["hall"] == Reliability(right=40), "it would praise itself"


def test_who_is_forgotten_is_no_word_any_more(heard: Heard) -> None:
    heard.hearsay.hear("hall", {"ada"}, NOON)
    heard.hearsay.hear("door", {"grace"}, NOON)
    heard.hearsay.tell("door", "ada")
    heard.household.forget("ada")
    assert not heard.hearsay.ratios("hall", NOON)
    assert heard.hearsay.ratios("door", NOON)
    assert not heard.hearsay._words["door"].told


def test_who_must_not_be_recognized_is_not_made_likelier() -> None:
    heard = Heard(Reliability(right=40), avoided=("ada",))
    heard.hearsay.hear("hall", {"ada"}, NOON)
    assert heard.show(like((1, 0.9)), 3).verdicts[0].person_id == "grace"
