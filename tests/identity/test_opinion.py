"""A second opinion: offered only in doubt, once per visit, and counted as one more piece of evidence."""

from dataclasses import replace

import pytest

from custom_components.kith.household import Household
from custom_components.kith.identity.demand import Sureness
from custom_components.kith.identity.doubts import Doubtful
from custom_components.kith.identity.evidence import Doubt, Outcome
from custom_components.kith.identity.opinion import Opinion
from custom_components.kith.identity.presence import VISIT_GAP, Presence, Visit
from custom_components.kith.kith_engine.analysis import Box, Flaw
from custom_components.kith.sighting import Sighting, SightingKind

from .faces import CALIBRATION, EMPTY, FACTS, HEAD, after, axis, gallery, like, shown

MAYBE_ADA = like((0, 0.3))
"""Own evidence leans toward Ada, but is not enough."""
EITHER = like((0, 0.5), (1, 0.45))
"""Certainly one of the two."""
NOT_QUITE_A_STRANGER = like((0, 0.14))
"""Own evidence leans toward a stranger, but is not enough."""
ADA, GRACE, NOBODY = (
    Opinion("compreface", "ada", {"ada": 3.0}),
    Opinion("compreface", "grace", {"ada": -2.0, "grace": 3.0}),
    Opinion("compreface", None, {"ada": -3.0}),
)


class Asked:
    """A household with Ada and Grace, what it reported, and what it offered to ask."""

    def __init__(self, avoided: tuple[str, ...] = ()) -> None:
        self.household = Household(Presence())
        self.household.compare_with(gallery(ada=axis(0), grace=axis(1)), FACTS, avoided=avoided)
        self.sightings: list[Sighting] = []
        self.household.on_sighting.subscribe(self.sightings.append)
        self.doubts: list[Doubtful] = []
        self.household.on_doubt.subscribe(self._take)
        self.asks = True

    def _take(self, doubt: Doubtful) -> bool:
        self.doubts.append(doubt)
        return self.asks

    def show(self, vector, start: float = 0, frames: int = 5):
        for n in range(frames):
            view = self.household.observe("hall", shown(vector), after(start + n * 0.25))
        return view.verdicts[0]

    @property
    def named(self) -> list[str | None]:
        return [told.verdict.person_id for told in self.sightings if told.kind is SightingKind.RECOGNIZED]


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_a_doubt_is_offered_when_enough_frames_were_compared_and_once(asked: Asked) -> None:
    asked.show(MAYBE_ADA, frames=12)
    (doubt,) = asked.doubts
    assert (doubt.camera, doubt.captured, doubt.box) == ("hall", after(0.5), HEAD)
    assert doubt.verdict.outcome is Outcome.UNSURE
    assert doubt.verdict.frames == 3
    assert doubt.suspects == ("ada",)
    assert 0.5 < doubt.share < 1


def test_two_who_come_near_each_other_are_both_suspects(asked: Asked) -> None:
    asked.show(EITHER, frames=3)
    assert asked.doubts[0].suspects == ("ada", "grace")


def test_who_is_not_asked_about_is_offered_again(asked: Asked) -> None:
    asked.asks = False
    asked.show(MAYBE_ADA, frames=5)
    assert len(asked.doubts) == 3
    assert not asked.household.presence.visits["hall"].asked


@pytest.mark.parametrize("vector", [like((0, 0.8)), axis(5)])
def test_nothing_is_asked_about_who_is_decided(asked: Asked, vector) -> None:
    asked.show(vector, frames=12)
    assert [doubt for doubt in asked.doubts if doubt.share > 0] == []
    asked.doubts.clear()
    asked.show(vector, start=3, frames=12)
    assert asked.doubts == []


def test_nothing_is_asked_about_a_face_that_cannot_be_compared(asked: Asked) -> None:
    for n in range(10):
        asked.household.observe("hall", shown(flaws=(Flaw.TOO_SMALL,)), after(n * 0.25))
    asked.asks = False
    asked.show(MAYBE_ADA, start=2.5, frames=4)
    offered = len(asked.doubts)
    asked.household.observe("hall", shown(flaws=(Flaw.BLURRED,)), after(4))
    assert len(asked.doubts) == offered == 2


def test_the_same_suspect_is_asked_about_once_in_a_visit_even_after_a_restart(asked: Asked) -> None:
    asked.show(MAYBE_ADA)
    asked.household.observe("hall", EMPTY, after(10))
    asked.show(MAYBE_ADA, start=12)
    assert len(asked.doubts) == 1
    visits = asked.household.presence.visits
    again = Asked()
    again.household.presence.visits["hall"] = Visit(visits["hall"].last, resumed=True, asked=visits["hall"].asked)
    again.show(MAYBE_ADA, start=20)
    assert again.doubts == []
    asked.show(MAYBE_ADA, start=20 + VISIT_GAP.total_seconds())
    assert len(asked.doubts) == 2, "another visit"


def test_one_track_is_asked_about_once_even_if_somebody_else_becomes_likelier(asked: Asked) -> None:
    asked.show(like((0, 0.3), (1, 0.28)), frames=3)
    asked.show(like((0, 0.28), (1, 0.34)), start=0.75, frames=5)
    assert [doubt.suspects[0] for doubt in asked.doubts] == ["ada"]


def test_who_was_named_in_this_visit_is_not_asked_about(asked: Asked) -> None:
    asked.show(like((0, 0.8)))
    asked.household.observe("hall", EMPTY, after(10))
    asked.show(MAYBE_ADA, start=11)
    assert asked.doubts == []


def test_it_is_asked_with_a_face_that_is_about_as_good_as_any_before(asked: Asked) -> None:
    """A face's value depends on its sharpness here."""
    calibration = replace(CALIBRATION, quality=(0.4, 0.0, 0.0, 0.4, *[0.0] * 9))
    asked.household.compare_with(gallery(ada=axis(0), grace=axis(1)), replace(FACTS, calibration=calibration))
    for n, sharpness in enumerate((1.0, 1.0, 0.6, 0.6, 0.95)):
        analysis = shown(MAYBE_ADA)
        (face,) = analysis.faces
        blurred = replace(face, quality=replace(face.quality, sharpness=sharpness))
        asked.household.observe("hall", replace(analysis, faces=(blurred,)), after(n * 0.25))
    assert [doubt.captured for doubt in asked.doubts] == [after(1.0)]


def test_nobody_hears_of_who_is_not_to_be_recognized() -> None:
    asked = Asked(avoided=("ada",))
    asked.household.compare_with(gallery(ada=axis(0), grace=axis(1)), FACTS, Sureness.NORMAL, ("ada",))
    asked.show(like((1, 0.3)))
    assert [doubt.suspects for doubt in asked.doubts] == [("grace",)]
    other = Asked(avoided=("grace",))
    for n in range(6):
        other.household.observe("hall", shown(like((0, 0.25), (1, 0.2))), after(n * 0.25))
    assert all("grace" not in doubt.suspects for doubt in other.doubts)


def test_agreement_makes_a_name_of_a_doubt_and_the_sighting_says_who_was_asked(asked: Asked) -> None:
    asked.show(MAYBE_ADA)
    assert asked.named == []
    asked.household.advise(asked.doubts[0], ADA)
    assert asked.named == ["ada"]
    told = asked.sightings[-1].verdict
    assert told.opinion is ADA
    assert told.evidence == pytest.approx(asked.doubts[0].verdict.evidence + 3, abs=0.2)
    assert asked.household.presence.last["ada"].camera == "hall"
    asked.show(MAYBE_ADA, start=2)
    assert asked.named == ["ada"], "and it stays, and is told once"


def test_an_opinion_counts_once_however_many_frames_follow(asked: Asked) -> None:
    asked.show(MAYBE_ADA)
    asked.household.advise(asked.doubts[0], replace(ADA, ratios={"ada": 0.5}))
    assert asked.show(MAYBE_ADA, start=2, frames=20).outcome is Outcome.UNSURE


def test_contradiction_leaves_it_open(asked: Asked) -> None:
    asked.show(MAYBE_ADA)
    asked.household.advise(asked.doubts[0], GRACE)
    verdict = asked.show(MAYBE_ADA, start=2, frames=1)
    assert (verdict.outcome, verdict.doubt) == (Outcome.UNSURE, Doubt.CONTRADICTED)
    asked.household.advise(asked.doubts[0], replace(GRACE, ratios={"ada": -9.0, "grace": 30.0}))
    assert asked.named == [], "whatever a service says, own evidence spoke for somebody else"


def test_of_two_who_are_alike_the_opinion_tells_which(asked: Asked) -> None:
    asked.show(EITHER)
    asked.household.advise(asked.doubts[0], Opinion("azure", "ada", {"ada": 3.0, "grace": -2.0}))
    assert asked.named == ["ada"]


def test_nobody_is_named_by_a_service_alone(asked: Asked) -> None:
    asked.show(NOT_QUITE_A_STRANGER, frames=3)
    assert asked.doubts[0].share < 0
    asked.household.advise(asked.doubts[0], replace(ADA, ratios={"ada": 30.0}))
    verdict = asked.show(NOT_QUITE_A_STRANGER, start=1, frames=1)
    assert (asked.named, verdict.outcome, verdict.doubt) == ([], Outcome.UNSURE, Doubt.CONTRADICTED)


def test_agreement_on_nobody_makes_a_stranger(asked: Asked) -> None:
    asked.show(NOT_QUITE_A_STRANGER, frames=3)
    asked.household.advise(asked.doubts[0], Opinion("compreface", None, {"ada": -4.0, "grace": -4.0}))
    assert [told.kind for told in asked.sightings] == [SightingKind.PERSON, SightingKind.STRANGER]


def test_nobody_known_is_made_a_stranger_by_a_service(asked: Asked) -> None:
    asked.show(MAYBE_ADA)
    asked.household.advise(asked.doubts[0], Opinion("compreface", None, {"ada": -30.0, "grace": -30.0}))
    verdict = asked.show(MAYBE_ADA, start=2, frames=1)
    assert (verdict.outcome, verdict.doubt) == (Outcome.UNSURE, Doubt.CONTRADICTED)


def test_an_answer_counts_while_the_visit_lasts_even_when_the_person_has_walked_on(asked: Asked) -> None:
    asked.show(MAYBE_ADA)
    asked.household.observe("hall", EMPTY, after(10))
    asked.household.advise(asked.doubts[0], ADA)
    assert asked.named == ["ada"]


@pytest.mark.parametrize(("seconds", "named"), [(20, ["ada"]), (40, [])])
def test_an_answer_comes_too_late_if_others_have_been_there_alone_for_long(
    asked: Asked, seconds: int, named: list[str]
) -> None:
    asked.show(MAYBE_ADA)
    for later in range(10, seconds + 1, 10):
        asked.household.observe("hall", shown(body=Box(1500, 100, 1600, 400)), after(later))
    asked.household.advise(asked.doubts[0], ADA)
    assert asked.named == named


def test_an_answer_that_comes_too_late_or_to_another_gallery_changes_nothing(asked: Asked) -> None:
    asked.show(MAYBE_ADA)
    asked.household.observe("hall", EMPTY, after(2 + VISIT_GAP.total_seconds()))
    asked.household.advise(asked.doubts[0], ADA)
    asked.show(MAYBE_ADA, start=60)
    asked.household.compare_with(gallery(ada=axis(0), grace=axis(2)), FACTS)
    asked.household.advise(asked.doubts[1], ADA)
    asked.show(MAYBE_ADA, start=120)
    asked.household.drop_camera("hall")
    asked.household.advise(asked.doubts[2], ADA)
    assert asked.named == []


def test_who_is_forgotten_is_not_remembered_as_asked_about(asked: Asked) -> None:
    asked.show(MAYBE_ADA)
    assert asked.household.presence.people == {"ada"}
    asked.household.forget("ada")
    assert asked.household.presence.people == set()


def test_who_listens_stops_listening(asked: Asked) -> None:
    heard: list[Doubtful] = []
    stop = asked.household.on_doubt.subscribe(lambda doubt: bool(heard.append(doubt)))
    asked.asks = False
    asked.show(MAYBE_ADA, frames=3)
    stop()
    asked.show(MAYBE_ADA, start=1, frames=3)
    assert len(heard) == 1
