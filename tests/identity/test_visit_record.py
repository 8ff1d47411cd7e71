"""What is recorded about a visit, and what its result would be with another sureness."""

from dataclasses import replace

from custom_components.kith.identity.demand import Sureness, demand_of
from custom_components.kith.identity.evidence import Doubt, Outcome, Verdict
from custom_components.kith.identity.opinion import Opinion
from custom_components.kith.identity.presence import Follow, Seen
from custom_components.kith.identity.visit_record import (
    MOST_STEPS,
    Correction,
    EvidenceStep,
    VisitRecord,
    changes,
    joined,
    previous,
    replay,
    thinned,
)
from custom_components.kith.kith_engine.analysis import Flaw

from .faces import CALIBRATION, FACTS, NETWORK, after

DEMANDED = demand_of(Sureness.NORMAL, 2, CALIBRATION)


def step(second: float, name: float, frames: int, likely: str = "ada", stranger: float = -9.0) -> EvidenceStep:
    return EvidenceStep(after(second), likely, name, stranger, frames)


def known(who: str, frames: int = 4) -> Verdict:
    return Verdict(Outcome.KNOWN, who, 20.0, 9.0, likely=who, frames=frames)


def entry(name: str, begin: float, end: float, verdict: Verdict | None = None, **more: object) -> VisitRecord:
    told = VisitRecord(name, "hall", after(begin), after(end), verdict or known("ada"), people=2, embedding=NETWORK)
    return replace(told, **more)


def test_steps_are_thinned_where_nothing_happened() -> None:
    steps = [step(second, 1.0 if second < 90 else second, second) for second in range(100)]
    kept = thinned(steps)
    assert len(kept) == MOST_STEPS
    assert (kept[0], kept[-1]) == (steps[0], steps[-1])
    assert steps[89] in kept or steps[90] in kept, "where it turned"
    other = [step(second, 1.0, second, "grace" if second == 50 else "ada") for second in range(60)]
    assert other[50] in thinned(other), "a moment at which somebody else was likelier"


def test_what_was_decided_stays_when_somebody_turns_away() -> None:
    began = entry("v", 0, 1)
    went = began.after(Verdict(Outcome.UNSURE, likely="ada"), after(5), None)
    assert (went.verdict, went.end) == (began.verdict, after(5))
    assert went.after(known("grace"), after(6), None).verdict.person_id == "grace"


def test_somebody_lost_and_found_is_one_visit_and_two_people_are_two() -> None:
    first, again = entry("1", 0, 5), entry("2", 12, 20, known("ada", 9), face_id="f")
    other, later = entry("3", 2, 6, known("grace")), entry("4", 100, 105)
    left = joined([first, other, again, later])
    assert [(one.visit_id, one.verdict.person_id) for one in left] == [("1", "ada"), ("3", "grace"), ("4", "ada")]
    assert (left[0].begin, left[0].end, left[0].verdict.frames, left[0].face_id) == (after(0), after(20), 9, "f")


def test_a_body_found_again_is_one_visit_whatever_its_face_told_before() -> None:
    undecided = entry("1", 0, 5, Verdict(Outcome.UNSURE, likely="ada", frames=12), face_id="f")
    named = replace(entry("2", 12, 20, known("ada", 12)), continues="1")
    later = replace(entry("3", 25, 28, known("ada", 12)), continues="1")
    (one,) = joined([undecided, named, later])
    assert (one.visit_id, one.verdict.person_id, one.end, one.face_id) == ("1", "ada", after(28), "f")
    corrected = replace(undecided, correction=Correction(None, after(6)))
    assert len(joined([corrected, named])) == 2, "what the owner said of one part is not said of the other"


def test_a_followed_person_s_visit_is_listed_beside_others() -> None:
    followed = entry("2", 1, 3, Verdict(Outcome.UNUSABLE, follows=Follow("ada", Seen(after(-60), "hall"))))
    assert len(joined([entry("1", 0, 5, known("grace")), followed])) == 2
    assert followed.mentions == {"ada"}
    assert followed.without("ada").verdict.follows is None


def test_two_strangers_side_by_side_are_two_visits() -> None:
    stranger = Verdict(Outcome.STRANGER, frames=4)
    one, other = entry("1", 0, 6, stranger), entry("2", 2, 8, stranger)
    assert joined([one, other]) == [one, other]
    assert len(joined([one, other, entry("3", 20, 24, stranger)])) == 2


def test_two_people_who_were_likely_there_are_two_visits() -> None:
    ada, grace = (Verdict(Outcome.LIKELY, likely=who, frames=1) for who in ("ada", "grace"))
    one, other = entry("1", 0, 0, ada), entry("2", 5, 5, grace)
    assert (one.of, other.of) == ("ada", "grace")
    assert joined([one, other]) == [one, other]
    assert len(joined([one, entry("3", 8, 8, ada)])) == 1
    assert one.without("ada").verdict.outcome is Outcome.UNSURE


def test_a_back_is_told_only_where_nobody_else_was() -> None:
    back = entry("back", 1, 3, Verdict(Outcome.UNUSABLE))
    assert [one.visit_id for one in joined([entry("1", 0, 5), back])] == ["1"]
    assert joined([back]) == [back]
    blurred = entry("blurred", 1, 3, Verdict(Outcome.UNUSABLE, refused=((Flaw.BLURRED, 2),)))
    assert len(joined([entry("1", 0, 5), blurred])) == 2


def test_a_replay_is_the_same_test_with_another_demand() -> None:
    short = DEMANDED.name - 0.5
    told = entry("v", 0, 2, Verdict(Outcome.UNSURE, likely="ada"), steps=(step(0, short, 1), step(1, short, 2)))
    assert replay(told, Sureness.NORMAL, CALIBRATION).outcome is Outcome.UNSURE
    assert replay(told, Sureness.RELAXED, CALIBRATION).person_id == "ada"
    faded = replace(told, steps=(step(0, 30.0, 2), step(1, 0.0, 3)))
    assert replay(faded, Sureness.STRICT, CALIBRATION).person_id == "ada", "what was told counts"
    faceless = entry("v", 0, 2, Verdict(Outcome.UNUSABLE))
    assert replay(faceless, Sureness.STRICT, CALIBRATION).outcome is Outcome.UNUSABLE
    stranger = replace(told, steps=(step(0, -9.0, 3, stranger=DEMANDED.of_a_stranger_after(3) + 0.1),))
    assert replay(stranger, Sureness.NORMAL, CALIBRATION).outcome is Outcome.STRANGER
    assert replay(stranger, Sureness.STRICT, CALIBRATION).outcome is Outcome.UNSURE


def test_what_would_change_is_told_of_the_network_that_compares_now() -> None:
    short = DEMANDED.name - 0.5
    told = entry("v", 0, 2, Verdict(Outcome.UNSURE, likely="ada"), steps=(step(0, short, 2),))
    other, faceless = replace(told, embedding="other"), replace(told, embedding=None, steps=())
    count, found = changes([told, other, faceless], Sureness.NORMAL, Sureness.RELAXED, FACTS)
    assert (count, [one.entry for one in found], found[0].would.person_id) == (2, [told], "ada")


def test_evidence_by_another_calibration_is_in_another_unit() -> None:
    """Where one side does not say which it is, as an older version did not, the network decides."""
    now, before, unknown = (entry("v", 0, 2, calibration_digest=digest) for digest in ("now", "before", ""))
    facts = replace(FACTS, calibration_digest="now")
    assert [one.is_comparable(facts) for one in (now, before, unknown)] == [True, False, True]
    assert [one.is_comparable(FACTS) for one in (now, before, unknown)] == [True, True, True]
    assert changes([now, before, unknown], Sureness.NORMAL, Sureness.RELAXED, facts)[0] == 2


def test_everybody_of_whom_an_entry_says_something_is_known() -> None:
    told = entry(
        "v",
        0,
        2,
        replace(known("ada"), rival="grace"),
        steps=(step(0, 1.0, 1, "linus"),),
        correction=Correction("carl", after(3)),
    )
    assert told.mentions == {"ada", "grace", "linus", "carl"}
    renamed = told.renamed("linus", "ada").renamed("carl", "ada").renamed("grace", "eve").renamed("ada", "eve")
    assert renamed.mentions == {"eve"}
    redacted = told
    for who in ("ada", "grace", "linus"):
        redacted = redacted.without(who)
    assert redacted.mentions == {"carl"}
    assert (redacted.verdict.outcome, redacted.verdict.frames) == (Outcome.UNSURE, told.verdict.frames)
    assert entry("v", 0, 1, Verdict(Outcome.UNUSABLE), correction=Correction(None, after(1))).mentions == set()


def test_the_visit_before_is_one_in_which_it_was_they() -> None:
    wrong = entry("2", 50, 60, correction=Correction(None, after(70)))
    right, last = entry("1", 0, 10), entry("3", 100, 110)
    newest_first = [last, wrong, right]
    assert previous(newest_first, "ada", last.begin) == right
    assert previous(newest_first, "ada", right.begin) is None
    assert previous(newest_first, "grace", last.begin) is None


def test_whose_visit_it_was() -> None:
    unsure = Verdict(Outcome.UNSURE, likely="carl", rival="ada", doubt=Doubt.TWO_ALIKE, frames=3)
    assert entry("v", 0, 1).of == "ada"
    assert entry("v", 0, 1, unsure).of == "carl"
    assert entry("v", 0, 1, Verdict(Outcome.STRANGER, likely="carl")).of is None
    assert entry("v", 0, 1, unsure, correction=Correction("ada", after(2))).of == "ada"
    without = entry("v", 0, 1, unsure, correction=Correction("ada", after(2))).without("carl")
    assert (without.mentions, without.verdict.doubt) == ({"ada"}, Doubt.WEAK)
    asked = replace(known("ada"), opinion=Opinion("azure", "carl"))
    assert entry("v", 0, 1, asked).without("carl").verdict.opinion is None


def test_who_was_followed_is_told_until_a_face_or_the_owner_decides() -> None:
    follow = Follow("ada", Seen(after(0), "hall"))
    walked = entry("v", 5, 9, Verdict(Outcome.UNUSABLE, follows=follow))
    assert (walked.followed, walked.named, walked.of) == ("ada", None, None)
    assert replace(walked, verdict=replace(walked.verdict, outcome=Outcome.STRANGER)).followed is None
    assert replace(walked, correction=Correction("grace", after(20))).followed is None
    assert entry("w", 5, 9).followed is None
