"""Which frames of a track count: all of the newest second, and the best faces of each earlier one."""

import pytest

from custom_components.kith.identity.demand import FRAMES_CALIBRATED, FRAMES_MEASURED
from custom_components.kith.identity.evidence import FRAMES_WEIGHED, Frame, Outcome
from custom_components.kith.identity.sampling import (
    BEST_OF_A_SECOND,
    MOST_AT_ONCE,
    OTHERS_KEPT,
    SECONDS_KEPT,
    Tally,
    sampled,
)
from custom_components.kith.identity.scores import Probe
from custom_components.kith.sighting import SightingKind

from .faces import after, axis, like
from .test_household import ADA, STRANGER, Heard

RATE = 15


def frame(seconds: float, quality: float = 0.8) -> Frame:
    return Frame(after(seconds), Probe(axis(0), quality), width=60)


def taken_in(frames: list[Frame]) -> list[Frame]:
    """One by one, as a track does."""
    kept: list[Frame] = []
    for one in frames:
        kept = sampled([*kept, one])
    return kept


def test_the_newest_second_counts_whole_and_earlier_ones_by_their_best_faces() -> None:
    film = [frame(n / RATE, 0.9 if n in (3, 7, 20) else 0.5) for n in range(40)]
    kept = taken_in(film)
    first = [one for one in kept if one.captured < after(1)]
    assert first == [film[3], film[7]]
    assert film[20] in kept
    assert kept[-MOST_AT_ONCE:] == film[-MOST_AT_ONCE:]
    assert len(taken_in([frame(n / RATE) for n in range(60 * RATE)])) == FRAMES_WEIGHED
    assert kept == sorted(kept, key=lambda one: one.captured)


def test_frames_that_come_slowly_all_count_up_to_twelve() -> None:
    film = [frame(n) for n in range(30)]
    assert taken_in(film) == film[-SECONDS_KEPT:]


def test_frames_without_a_face_push_out_none_that_has_one() -> None:
    faces, turned = [frame(n / RATE) for n in range(5)], [Frame(after(1 + n)) for n in range(300)]
    kept = taken_in(faces + turned)
    assert [one for one in kept if one.probe is not None] == faces
    assert len(kept) == len(faces) + OTHERS_KEPT
    assert kept[-1] == turned[-1]


def test_what_counted_is_remembered_after_it_is_gone() -> None:
    tally = Tally()
    counts = []
    for number in range(10 * RATE):
        tally.add(after(number / RATE))
        counts.append(tally.count)
    assert counts[RATE - 1] == MOST_AT_ONCE
    assert counts[-1] == 9 * BEST_OF_A_SECOND + MOST_AT_ONCE
    assert counts == sorted(counts)


def test_a_long_stay_is_a_few_frames_that_are_weighed_and_asks_for_more() -> None:
    heard = Heard()
    heard.show(STRANGER, 0, 40 * RATE, step=1 / RATE)
    [track] = heard.household._scenes["hall"].tracks.open
    assert len(track.frames) <= FRAMES_WEIGHED
    verdict = track.verdict
    assert (verdict.outcome, verdict.frames) == (Outcome.STRANGER, 39 * BEST_OF_A_SECOND + MOST_AT_ONCE)
    demand = heard.household.comparison.demand
    assert verdict.demanded == demand.of_a_stranger_after(verdict.frames)
    assert verdict.demanded > 1.2 * demand.of_a_stranger_after(FRAMES_CALIBRATED)
    assert demand.of_a_stranger_after(10 * FRAMES_MEASURED) <= demand.of_a_stranger_after(FRAMES_MEASURED)
    assert verdict.seconds == pytest.approx(40, abs=0.1)


def test_whoever_was_named_keeps_the_name_however_long_they_stay() -> None:
    heard = Heard()
    heard.show(ADA, 0, 10, step=1 / RATE)
    weaker = like((0, 0.42))
    view = heard.show(weaker, 1, 3600, step=1.0)
    assert view.verdicts[0].person_id == "ada"
    assert view.verdicts[0].demanded > 1.5 * heard.household.comparison.demand.name
    assert heard.kinds == [SightingKind.PERSON, SightingKind.RECOGNIZED]


def test_more_pictures_a_second_ask_for_no_more() -> None:
    fast, slow = Heard(), Heard()
    for heard, rate in ((fast, RATE), (slow, MOST_AT_ONCE)):
        heard.show(ADA, 0, rate, step=1 / rate)
    verdicts = [heard.household._scenes["hall"].tracks.open[0].verdict for heard in (fast, slow)]
    assert [verdict.frames for verdict in verdicts] == [MOST_AT_ONCE] * 2
    assert verdicts[0].demanded == verdicts[1].demanded


def test_who_turns_away_for_minutes_is_still_who_they_are() -> None:
    heard = Heard()
    heard.show(ADA, 0, 10, step=1 / RATE)
    view = heard.show(None, 1, 200, step=1.0)
    assert view.verdicts[0].person_id == "ada"
    assert heard.kinds == [SightingKind.PERSON, SightingKind.RECOGNIZED]


def test_who_was_named_counts_as_named_until_none_of_those_frames_is_left() -> None:
    heard = Heard()
    heard.show(ADA, 0, 10, step=1 / RATE)
    named = []
    for number in range(40):
        verdict = heard.show(like((0, 0.11)), 1 + number, 1).verdicts[0]
        [track] = heard.household._scenes["hall"].tracks.open
        named.append(track.history.named)
    assert named == sorted(named, reverse=True)
    assert SECONDS_KEPT < sum(named) < 40
    assert verdict.outcome is Outcome.UNSURE


def test_somebody_who_was_named_before_their_track_broke_is_no_scenery() -> None:
    faceless, before = Heard(), Heard()
    before.show(ADA, 0, 4)
    faceless.show(None, 5, 1)
    [track], [named] = (heard.household._scenes["hall"].tracks.open for heard in (faceless, before))
    assert not track.has_face
    track.continue_from(named)
    assert track.has_face
    assert track.began == named.started
