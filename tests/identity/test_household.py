"""From analyses to sightings: once per visit, never mixed up, never out of order."""

from dataclasses import replace

import pytest

from custom_components.kith.household import Household
from custom_components.kith.household.scene import DETECTED_FOR
from custom_components.kith.identity.demand import Sureness
from custom_components.kith.identity.evidence import Outcome
from custom_components.kith.identity.gallery import Gallery
from custom_components.kith.identity.presence import RESTART_GAP, VISIT_GAP, Presence, Visit
from custom_components.kith.identity.stay import Place
from custom_components.kith.kith_engine.analysis import Box, Flaw, Person
from custom_components.kith.sighting import Sighting, SightingKind, View

from .faces import EMPTY, FACTS, NOON, after, axis, gallery, like, shown, template, together

ADA, GRACE = like((0, 0.8)), like((1, 0.8))
STRANGER = axis(5)


class Heard:
    """A household with Ada and Grace, and what it reported."""

    def __init__(self, enrolled: Gallery | None = None) -> None:
        self.household = Household(Presence())
        self.household.compare_with(enrolled or gallery(ada=axis(0), grace=axis(1)), FACTS)
        self.sightings: list[Sighting] = []
        self.household.on_sighting.subscribe(self.sightings.append)

    def show(self, vector, start: float, frames: int, camera: str = "hall", step: float = 0.25):
        for n in range(frames):
            view = self.household.observe(camera, shown(vector), after(start + n * step))
        return view

    @property
    def kinds(self) -> list[SightingKind]:
        return [sighting.kind for sighting in self.sightings]


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_a_visit_of_somebody_known_is_told_once_however_long_it_is(heard: Heard) -> None:
    view = heard.show(ADA, 0, 60)
    assert heard.kinds == [SightingKind.PERSON, SightingKind.RECOGNIZED]
    assert heard.sightings[1].verdict.person_id == "ada"
    assert heard.sightings[1].captured == after(0.25), "the second frame decides, and its time is told"
    assert heard.sightings[1].model == FACTS.embedding
    assert (view.outcome, view.detected) == (Outcome.KNOWN, True)


def test_who_comes_back_within_the_visit_is_not_announced_again(heard: Heard) -> None:
    heard.show(ADA, 0, 5)
    heard.household.observe("hall", EMPTY, after(10))
    heard.show(ADA, 20, 5)
    assert heard.kinds == [SightingKind.PERSON, SightingKind.RECOGNIZED]


def test_a_new_visit_is_announced(heard: Heard) -> None:
    heard.show(ADA, 0, 5)
    heard.household.observe("hall", EMPTY, after(10))
    heard.show(ADA, 2 + VISIT_GAP.total_seconds(), 5)
    assert heard.kinds == [SightingKind.PERSON, SightingKind.RECOGNIZED] * 2


def test_each_camera_tells_for_itself(heard: Heard) -> None:
    heard.show(ADA, 0, 4, camera="hall")
    heard.show(ADA, 2, 4, camera="door")
    assert [(s.kind, s.camera) for s in heard.sightings if s.kind is SightingKind.RECOGNIZED] == [
        (SightingKind.RECOGNIZED, "hall"),
        (SightingKind.RECOGNIZED, "door"),
    ]


def test_a_stranger_is_told_after_evidence_of_its_own(heard: Heard) -> None:
    view = heard.show(STRANGER, 0, 2)
    assert (heard.kinds, view.outcome) == ([SightingKind.PERSON], Outcome.UNSURE)
    view = heard.show(STRANGER, 1, 8)
    assert (heard.kinds, view.outcome) == ([SightingKind.PERSON, SightingKind.STRANGER], Outcome.STRANGER)


def test_a_person_whose_face_is_never_usable_is_a_person_and_nothing_else(heard: Heard) -> None:
    for n in range(20):
        view = heard.household.observe("hall", shown(flaws=(Flaw.TOO_SMALL,)), after(n * 0.25))
    assert (heard.kinds, view.outcome, view.detected) == ([SightingKind.PERSON], Outcome.UNUSABLE, True)


def strangers(heard: Heard) -> list[Sighting]:
    return [sighting for sighting in heard.sightings if sighting.kind is SightingKind.STRANGER]


def test_bad_frames_of_somebody_recognized_are_no_stranger(heard: Heard) -> None:
    heard.show(ADA, 0, 4)
    view = heard.show(like((0, 0.05)), 6, 10)  # as unlike her photos as a stranger, but like herself just now
    assert view.outcome is Outcome.STRANGER
    assert strangers(heard) == []
    assert heard.household.presence.stranger is None


def test_a_stranger_beside_somebody_recognized_is_told_with_the_company(heard: Heard) -> None:
    for n in range(8):
        heard.household.observe("hall", together(ADA, STRANGER), after(n * 0.25))
    (stranger,) = strangers(heard)
    assert stranger.company == {"ada"}
    assert heard.household.presence.stranger_here(after(2))


def test_two_strangers_beside_somebody_recognized_are_told_each(heard: Heard) -> None:
    for n in range(8):
        heard.household.observe("hall", together(ADA, STRANGER, axis(4)), after(n * 0.25))
    assert len({stranger.track for stranger in strangers(heard)}) == len(strangers(heard)) == 2


def test_another_stranger_soon_after_is_told_and_the_same_one_is_not(heard: Heard) -> None:
    heard.show(ADA, 0, 4)
    heard.show(STRANGER, 10, 8)
    heard.household.observe("hall", EMPTY, after(16))
    heard.show(STRANGER, 20, 8)
    assert len(strangers(heard)) == 1
    heard.household.observe("hall", EMPTY, after(26))
    heard.show(axis(4), 30, 8)
    assert len(strangers(heard)) == 2


def test_who_was_told_before_a_restart_may_still_be_there(heard: Heard) -> None:
    for named in ({"ada"}, set()):
        heard.household.presence.visits["hall"] = Visit(after(0), named, stranger=not named, resumed=True)
        heard.show(STRANGER, 1, 8)
        assert strangers(heard) == []
        assert heard.household.presence.stranger_here(after(3)) is not bool(named)
        heard.household.drop_camera("hall")


def test_who_is_forgotten_leaves_no_trace_in_the_visit(heard: Heard) -> None:
    heard.show(ADA, 0, 4)
    heard.household.forget("ada")
    heard.show(STRANGER, 1, 8)
    (stranger,) = strangers(heard)
    assert stranger.company == frozenset()


def test_a_stranger_after_somebody_who_was_merged_is_told(heard: Heard) -> None:
    heard.show(GRACE, 0, 5)
    heard.household.observe("hall", EMPTY, after(6))
    heard.household.rename("grace", "ada")
    heard.household.compare_with(gallery(ada=axis(0)), FACTS)
    heard.household.forget("grace")
    heard.show(STRANGER, 12, 12)
    (stranger,) = strangers(heard)
    assert stranger.company == {"ada"}


def test_a_person_who_was_merged_and_not_named_is_missed_under_the_other_name(heard: Heard) -> None:
    missed: list[set[str]] = []
    heard.household.on_visit_ended.subscribe(lambda _named, others: missed.append(set(others)))
    heard.show(like((1, 0.4), (0, 0.3)), 0, 1)
    heard.household.observe("hall", EMPTY, after(10))
    heard.household.rename("grace", "ada")
    heard.household.forget("grace")
    heard.show(STRANGER, 10 + VISIT_GAP.total_seconds(), 1)
    assert missed[-1] == {"ada"}


def test_detection_holds_through_a_missed_frame_and_ends_soon_after_the_person_left(heard: Heard) -> None:
    heard.show(ADA, 0, 4)
    assert heard.household.observe("hall", EMPTY, after(2)).detected
    view = heard.household.observe("hall", EMPTY, after(0.8 + DETECTED_FOR.total_seconds()))
    assert (view.detected, view.outcome) == (False, Outcome.NOBODY)


def test_a_late_answer_changes_nothing(heard: Heard) -> None:
    heard.show(ADA, 10, 4)
    before = list(heard.sightings)
    heard.show(GRACE, 0, 8)
    assert heard.sightings == before
    assert "grace" not in heard.household.presence.last


def test_after_the_clock_was_set_back_looking_goes_on(heard: Heard) -> None:
    heard.show(ADA, 3600, 5)
    view = heard.show(GRACE, 0, 5)
    assert view.verdicts[0].person_id == "grace"
    assert heard.household.presence.last["grace"].captured == after(1)


def test_pictures_of_who_is_not_to_be_recognized_are_dropped() -> None:
    heard = Heard()
    heard.household.compare_with(gallery(ada=axis(0), grace=axis(1)), FACTS, Sureness.NORMAL, {"grace"})
    view = heard.show(GRACE, 0, 10)
    assert view.outcome is Outcome.NOBODY
    assert heard.sightings == []
    assert heard.household.suitability == {}, "not even counted"
    assert "grace" not in heard.household.presence.last
    heard.show(ADA, 20, 4)
    assert heard.kinds == [SightingKind.PERSON, SightingKind.RECOGNIZED]


def test_who_stands_beside_somebody_who_is_not_to_be_recognized_waits_for_the_next_picture() -> None:
    heard = Heard()
    heard.household.compare_with(gallery(ada=axis(0), grace=axis(1)), FACTS, Sureness.NORMAL, {"grace"})
    ada, grace = shown(ADA), shown(GRACE, body=Box(500, 100, 600, 400))
    both = replace(ada, persons=ada.persons + grace.persons, faces=(*ada.faces, replace(grace.faces[0], person=1)))
    for n in range(6):
        heard.household.observe("hall", both, after(n / 4))
    assert heard.sightings == []


def test_nobody_is_a_stranger_while_somebody_s_photos_are_of_another_network() -> None:
    waiting = Gallery({"ada": (template(axis(0)),), "grace": (template(axis(1), network="old-0123456789ab"),)})
    heard = Heard(waiting)
    view = heard.show(STRANGER, 0, 10)
    assert heard.kinds == [SightingKind.PERSON]
    assert view.outcome is Outcome.UNSURE
    assert Heard().show(STRANGER, 0, 10).outcome is Outcome.STRANGER


def test_of_who_is_not_to_be_recognized_no_verdict_ever_speaks() -> None:
    weak = like((1, 0.2), (0, 0.15))
    assert Heard().show(weak, 0, 1).verdicts[0].likely == "grace"
    heard = Heard()
    heard.household.compare_with(gallery(ada=axis(0), grace=axis(1)), FACTS, Sureness.NORMAL, {"grace"})
    view = heard.show(weak, 0, 1)
    assert [verdict.outcome for verdict in view.verdicts] == [Outcome.UNUSABLE]
    assert view.verdicts[0].likely is None
    assert heard.show(like((0, 0.2), (1, 0.15)), 60, 1).verdicts[0].rival is None


def repeat(heard: Heard, start: float, until: float, *, current: bool = True) -> View:
    """The camera gives its last picture again, twice a second."""
    for half in range(round(2 * start), round(2 * until) + 1):
        view = heard.household.observe_repeat("hall", after(half / 2), current=current)
    return view


def test_the_same_picture_again_is_no_evidence_but_keeps_who_is_in_it(heard: Heard) -> None:
    heard.show(ADA, 0, 1)
    assert repeat(heard, 1, 10).detected
    assert heard.kinds == [SightingKind.PERSON], "one picture, shown for however long, is one frame"


def test_the_same_picture_again_does_not_keep_who_had_left_before_it(heard: Heard) -> None:
    heard.show(ADA, 0, 4)
    heard.household.observe("hall", EMPTY, after(2))
    assert repeat(heard, 2, 3).detected, "detectors miss a frame now and then"
    assert not repeat(heard, 3, 6).detected
    visit = heard.household.presence.visits["hall"]
    assert visit.last == after(0.75), "the last picture that shows anybody"


def test_of_two_only_who_is_in_the_repeated_picture_stays(heard: Heard) -> None:
    both = shown(ADA)
    left = Box(900, 100, 1000, 400)
    heard.household.observe("hall", replace(both, persons=(*both.persons, Person(left, 0.9))), after(0))
    heard.household.observe("hall", both, after(1))
    assert len(repeat(heard, 1, 8).verdicts) == 1


def test_a_picture_that_is_not_current_keeps_nobody(heard: Heard) -> None:
    heard.show(ADA, 0, 4)
    assert not repeat(heard, 1, 5, current=False).detected


def test_who_stays_in_a_slow_camera_s_next_picture_is_the_same_person(heard: Heard) -> None:
    heard.show(ADA, 0, 2)
    repeat(heard, 1, 10)
    assert heard.show(ADA, 10, 1).outcome is Outcome.KNOWN, "what was known of the track still counts"


def test_a_visit_ends_although_a_picture_goes_on_repeating(heard: Heard) -> None:
    heard.show(ADA, 0, 4)
    heard.household.observe("hall", EMPTY, after(2))
    repeat(heard, 2, 60)
    heard.show(GRACE, 60, 4)
    recognized = [one.verdict.person_id for one in heard.sightings if one.kind is SightingKind.RECOGNIZED]
    assert recognized == ["ada", "grace"]


def test_a_picture_may_be_looked_at_again_harder(heard: Heard) -> None:
    heard.household.observe("hall", EMPTY, after(0))
    repeat(heard, 1, 5)
    assert heard.household.observe("hall", shown(ADA), after(0)).detected


def test_a_picture_that_is_looked_at_again_is_one_picture(heard: Heard) -> None:
    for _ in range(5):
        view = heard.household.observe("hall", shown(ADA), after(0))
    assert heard.kinds == [SightingKind.PERSON]
    assert view.verdicts[0].frames == 1
    assert heard.household.observe("hall", shown(ADA), after(1)).outcome is Outcome.KNOWN


def test_presence_is_told_when_somebody_arrives_and_then_in_steps(heard: Heard) -> None:
    told: list[int] = []
    heard.household.on_presence.subscribe(lambda: told.append(1))
    heard.show(ADA, 0, 200)
    assert heard.household.presence.here("ada", after(50))
    assert 2 <= len(told) <= 3, "fifty seconds in view: once on arrival, then every half minute"


def test_who_is_forgotten_is_not_known_any_more_even_in_view(heard: Heard) -> None:
    heard.show(ADA, 0, 5)
    heard.household.forget("ada")
    view = heard.show(ADA, 2, 5)
    assert heard.household.presence.last == {}
    assert all(verdict.person_id is None for verdict in view.verdicts)


def test_without_templates_nobody_is_named_and_nobody_is_a_stranger() -> None:
    heard = Heard(gallery())
    heard.show(ADA, 0, 20)
    assert heard.kinds == [SightingKind.PERSON]


def test_who_stopped_listening_hears_nothing(heard: Heard) -> None:
    ears: list[Sighting] = []
    heard.household.on_sighting.subscribe(ears.append)()
    heard.show(ADA, 0, 5)
    assert ears == []


def restarted(visit: Visit) -> Heard:
    """A household that remembers a visit to the hall from before its start."""
    heard = Heard()
    heard.household.presence.visits["hall"] = visit
    return heard


def test_nothing_is_told_again_of_who_stands_there_still_after_a_restart() -> None:
    heard = restarted(Visit(after(0), {"ada"}, resumed=True))
    heard.show(ADA, RESTART_GAP.total_seconds() - 1, 10)
    assert heard.kinds == []


def test_who_came_while_nobody_looked_is_told_after_a_restart() -> None:
    heard = restarted(Visit(after(0), {"ada"}, resumed=True))
    heard.show(GRACE, 60, 10)
    assert [sighting.verdict.person_id for sighting in heard.sightings] == ["grace"]


def test_long_after_a_restart_a_visit_is_a_new_one() -> None:
    heard = restarted(Visit(after(0), {"ada"}, resumed=True))
    heard.show(ADA, RESTART_GAP.total_seconds() + 1, 10)
    assert heard.kinds == [SightingKind.PERSON, SightingKind.RECOGNIZED]


def test_a_visit_that_went_on_after_a_restart_ends_like_any_other() -> None:
    heard = restarted(Visit(after(0), {"ada"}, resumed=True))
    heard.show(ADA, 60, 5)
    heard.show(ADA, 62 + VISIT_GAP.total_seconds(), 5)
    assert heard.kinds == [SightingKind.PERSON, SightingKind.RECOGNIZED]


def test_a_name_that_turns_out_wrong_is_corrected_and_its_presence_taken_back(heard: Heard) -> None:
    heard.show(like((0, 0.45)), 0, 3)
    assert heard.sightings[-1].verdict.person_id == "ada"
    heard.show(like((1, 0.8), (0, 0.1)), 0.75, 12)
    corrected = heard.sightings[-1]
    assert (corrected.kind, corrected.verdict.person_id) == (SightingKind.RECOGNIZED, "grace")
    assert corrected.corrects is not None
    assert corrected.corrects.person_id == "ada"
    assert set(heard.household.presence.last) == {"grace"}
    elsewhere = Box(1400, 100, 1500, 400)
    for n in range(4):  # now she really comes: in the same visit, and for the first time
        heard.household.observe("hall", shown(ADA, body=elsewhere), after(4 + n * 0.25))
    assert heard.sightings[-1].verdict.person_id == "ada"


def test_who_was_seen_elsewhere_before_is_still_known_to_have_been_there(heard: Heard) -> None:
    heard.show(ADA, 0, 3, camera="door")
    heard.show(like((0, 0.45)), 100, 3)
    heard.show(like((1, 0.8), (0, 0.1)), 100.75, 12)
    assert heard.household.presence.last["ada"].camera == "door"


def test_who_was_seen_elsewhere_since_stays_there(heard: Heard) -> None:
    heard.household.presence.places = {"door": Place.ENTRANCE}
    heard.show(like((0, 0.45)), 0, 3)
    assert heard.sightings[-1].verdict.person_id == "ada"
    heard.show(ADA, 0.8, 3, camera="door")
    heard.show(like((1, 0.8), (0, 0.1)), 1.6, 12)
    assert heard.sightings[-1].corrects is not None, "it was Grace in the hall"
    assert heard.household.presence.last["ada"].camera == "door"
    assert heard.household.presence.at_home("ada")


def test_a_stranger_who_turns_out_to_be_known_is_corrected(heard: Heard) -> None:
    heard.show(STRANGER, 0, 4)
    heard.show(like((0, 0.7), (5, 0.3)), 1, 14)
    assert heard.kinds == [SightingKind.PERSON, SightingKind.STRANGER, SightingKind.RECOGNIZED]
    assert heard.sightings[-1].corrects is not None
    assert heard.sightings[-1].corrects.outcome is Outcome.STRANGER


def test_how_sure_kith_must_be_decides(heard: Heard) -> None:
    doubtful = like((0, 0.33))
    enrolled = gallery(ada=axis(0), grace=axis(1))
    heard.household.compare_with(enrolled, FACTS, Sureness.STRICT)
    assert heard.show(doubtful, 0, 6).outcome is Outcome.UNSURE
    heard.household.compare_with(enrolled, FACTS, Sureness.RELAXED)
    assert heard.show(doubtful, 10, 6).outcome is Outcome.KNOWN


def test_each_cameras_faces_are_counted_with_what_is_wrong_with_them(heard: Heard) -> None:
    heard.show(ADA, 0, 3)
    heard.household.observe("hall", shown(flaws=(Flaw.TOO_SMALL,)), after(1))
    told = heard.household.suitability["hall"]
    assert (told.faces, told.usable, told.limit) == (4, 3, Flaw.TOO_SMALL)


def test_without_an_engine_nothing_is_said_of_anybody(heard: Heard) -> None:
    heard.household.compare_with(gallery(ada=axis(0)), None)
    assert heard.show(ADA, 0, 5).outcome is Outcome.UNUSABLE


def likely(heard: Heard) -> list[Sighting]:
    return [sighting for sighting in heard.sightings if sighting.kind is SightingKind.LIKELY]


def test_a_clear_picture_of_an_event_is_likely_somebody_and_says_nothing_of_presence(heard: Heard) -> None:
    view = heard.household.observe("bell", shown(ADA), NOON, apart=True)
    assert (heard.kinds, view.outcome) == ([SightingKind.PERSON, SightingKind.LIKELY], Outcome.LIKELY)
    (told,) = likely(heard)
    assert (told.likely, told.verdict.person_id, told.verdict.frames) == ("ada", None, 1)
    assert not heard.household.presence.last
    assert not heard.household.presence.visits["bell"].named


def test_pictures_of_events_never_add_up_to_a_name_and_are_told_each(heard: Heard) -> None:
    for n in range(6):
        heard.household.observe("bell", shown(ADA), after(n), apart=True)
    assert heard.kinds == [SightingKind.PERSON, SightingKind.LIKELY] * 6
    assert not heard.household.presence.last


def test_two_people_in_one_picture_are_likely_both(heard: Heard) -> None:
    heard.household.observe("bell", together(ADA, GRACE), NOON, apart=True)
    assert {told.likely for told in likely(heard)} == {"ada", "grace"}


def test_who_passed_in_one_clear_frame_was_likely_there(heard: Heard) -> None:
    heard.show(ADA, 0, 1)
    assert not likely(heard), "a name may still come"
    heard.household.observe("hall", EMPTY, after(10))
    (told,) = likely(heard)
    assert (told.likely, told.captured) == ("ada", NOON)
    heard.show(ADA, 12, 1)
    heard.household.observe("hall", EMPTY, after(20))
    assert len(likely(heard)) == 1, "once a visit"


def test_who_is_named_in_the_visit_was_not_only_likely_there(heard: Heard) -> None:
    heard.show(ADA, 0, 4)
    heard.household.observe("hall", EMPTY, after(8))
    heard.show(ADA, 10, 1)
    heard.household.observe("hall", EMPTY, after(20))
    assert heard.kinds == [SightingKind.PERSON, SightingKind.RECOGNIZED]


def test_who_comes_back_and_is_named_is_who_was_likely_there(heard: Heard) -> None:
    """Automations that took the likely sighting do not take the name as another."""
    heard.show(ADA, 0, 1)
    heard.household.observe("hall", EMPTY, after(10))
    heard.show(ADA, 12, 4)
    assert heard.kinds == [SightingKind.PERSON, SightingKind.LIKELY, SightingKind.RECOGNIZED]
    assert heard.sightings[-1].confirms


def test_somebody_else_who_comes_after_is_not_who_was_likely_there(heard: Heard) -> None:
    heard.show(ADA, 0, 1)
    heard.household.observe("hall", EMPTY, after(10))
    heard.show(GRACE, 12, 4)
    assert (heard.sightings[-1].verdict.person_id, heard.sightings[-1].corrects) == ("grace", None)


def test_who_is_forgotten_is_not_remembered_as_likely(heard: Heard) -> None:
    heard.household.observe("bell", shown(ADA), NOON, apart=True)
    heard.household.forget("ada")
    assert not heard.household.presence.visits["bell"].likely


def test_an_old_picture_of_an_event_ends_no_visit(heard: Heard) -> None:
    heard.household.observe("bell", shown(ADA), after(5), apart=True)
    heard.household.observe("bell", shown(GRACE), after(3), apart=True)
    assert [told.likely for told in likely(heard)] == ["ada"]
