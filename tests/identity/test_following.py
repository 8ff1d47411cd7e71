"""By what they wear, a broken track goes on, and a named person is followed to the next camera; nobody is named."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from custom_components.kith.identity.appearance import AT_ONCE
from custom_components.kith.identity.evidence import Outcome
from custom_components.kith.identity.outfit import ENOUGH
from custom_components.kith.identity.presence import FOLLOWED_FOR, VISIT_GAP, Seen
from custom_components.kith.kith_engine.analysis import Analysis, Box, Flaw
from custom_components.kith.sighting import SightingKind, View

from .faces import EMPTY, FACTS, after, axis, clothed, gallery, shown, together
from .test_household import ADA, GRACE, STRANGER, Heard

BLACK, RED = 3, 4
THERE = Box(1500, 100, 1600, 400)
"""Beyond any reach of where people usually stand."""
TURNED = (Flaw.TURNED_AWAY,)
MINUTE = 60.0


class Watched(Heard):
    """The same, with people in clothes."""

    def see(
        self,
        camera: str,
        start: float,
        *outfits: int,
        face: np.ndarray | None = None,
        frames: int = 4,
        box: Box | None = None,
    ) -> View:
        """People side by side, or one of them with a face or elsewhere."""
        for number in range(frames):
            view = self.household.observe(
                camera, clothed(self.picture(face, box, len(outfits)), *outfits), after(start + number * 0.25)
            )
        return view

    @staticmethod
    def picture(face: np.ndarray | None, box: Box | None, people: int) -> Analysis:
        if people > 1:
            return replace(together(*[axis(7)] * people), faces=())
        return shown(face, body=box) if box else shown(face)

    def leave(self, camera: str, at: float) -> None:
        self.household.observe(camera, EMPTY, after(at))

    @property
    def followed(self) -> list[tuple[str, str]]:
        """Who was followed to which camera."""
        return [
            (sighting.verdict.follows.person_id, sighting.camera)
            for sighting in self.sightings
            if sighting.kind is SightingKind.FOLLOWED and sighting.verdict.follows is not None
        ]

    def where(self, person_id: str = "ada") -> Seen | None:
        return self.household.presence.last.get(person_id)


@pytest.fixture
def home() -> Watched:
    return Watched()


def test_the_name_stays_with_who_is_lost_and_found_again(home: Watched) -> None:
    home.see("hall", 0, RED, face=ADA)
    home.leave("hall", 6)
    view = home.see("hall", 8, RED, box=THERE, frames=ENOUGH - 1)
    assert view.outcome is Outcome.UNUSABLE, "too little was seen of the body"
    view = home.see("hall", 9, RED, box=THERE)
    assert (view.outcome, view.verdicts[0].person_id) == (Outcome.KNOWN, "ada")
    assert home.kinds == [SightingKind.PERSON, SightingKind.RECOGNIZED], "she was announced already"
    assert home.where() == Seen(after(9.75), "hall")


def test_evidence_from_before_and_after_a_break_adds_up(home: Watched) -> None:
    home.see("hall", 0, RED, face=ADA, frames=1)
    home.see("hall", 0.25, RED)
    home.leave("hall", 6)
    home.see("hall", 8, RED, box=THERE)
    view = home.see("hall", 9, RED, face=ADA, box=THERE, frames=1)
    assert (view.outcome, view.verdicts[0].frames) == (Outcome.KNOWN, 2)


def test_other_clothes_are_somebody_else(home: Watched) -> None:
    home.see("hall", 0, RED, face=ADA)
    home.leave("hall", 6)
    assert home.see("hall", 8, BLACK, box=THERE).outcome is Outcome.UNUSABLE


def test_who_is_away_for_longer_than_a_visit_is_not_linked(home: Watched) -> None:
    home.see("hall", 0, RED, face=ADA)
    view = home.see("hall", 2 + VISIT_GAP.total_seconds(), RED, box=THERE)
    assert view.outcome is Outcome.UNUSABLE


def test_two_alike_at_a_camera_are_a_doubt(home: Watched) -> None:
    home.see("hall", 0, RED, face=ADA)
    home.see("hall", 5.5, RED, box=THERE)
    assert home.see("hall", 11, RED, RED).outcome is Outcome.UNUSABLE
    assert home.followed == []


def test_who_was_in_one_picture_with_them_is_not_them(home: Watched) -> None:
    both = clothed(together(ADA, axis(7)), RED, RED)
    for number in range(4):
        home.household.observe("hall", replace(both, faces=both.faces[:1]), after(number * 0.25))
    for number in range(4, 40):
        beside = clothed(shown(body=both.persons[1].box), RED)
        view = home.household.observe("hall", beside, after(number * 0.25))
    assert view.outcome is Outcome.UNUSABLE


def test_a_face_that_says_otherwise_breaks_the_link(home: Watched) -> None:
    home.see("hall", 0, RED, face=ADA)
    home.leave("hall", 6)
    home.see("hall", 8, RED, box=THERE)
    assert home.where() == Seen(after(8.75), "hall")
    view = home.see("hall", 9, RED, face=GRACE, box=THERE)
    assert view.verdicts[0].person_id == "grace"
    assert home.where() == Seen(after(0.75), "hall"), "she was last there before the track broke"
    assert home.sightings[-1].corrects is None, "what was said about her was right"


def test_a_name_that_rested_on_both_sides_of_a_wrong_link_is_corrected(home: Watched) -> None:
    home.see("hall", 0, RED, face=ADA, frames=1)
    home.see("hall", 0.25, RED)
    home.leave("hall", 6)
    home.see("hall", 8, RED, box=THERE)
    home.see("hall", 9, RED, face=ADA, box=THERE, frames=1)
    assert home.where() == Seen(after(9), "hall")
    home.see("hall", 9.25, RED, face=GRACE, box=THERE, frames=8)
    assert home.sightings[-1].verdict.person_id == "grace"
    assert home.sightings[-1].corrects.person_id == "ada"
    assert home.where() is None


def test_a_named_person_is_followed_to_the_next_camera(home: Watched) -> None:
    home.see("hall", 0, RED, face=ADA)
    home.leave("hall", 6)
    view = home.see("kitchen", MINUTE, RED)
    root = Seen(after(0.75), "hall")
    assert home.where() == Seen(after(MINUTE + 0.75), "kitchen", root)
    assert home.followed == [("ada", "kitchen")]
    assert (view.outcome, view.verdicts[0].person_id) == (Outcome.UNUSABLE, None), "nobody is named"
    assert [one.kind for one in home.sightings].count(SightingKind.RECOGNIZED) == 1
    assert home.sightings[-1].captured == after(MINUTE + 0.5)


def test_the_face_that_follows_is_a_new_root(home: Watched) -> None:
    home.see("hall", 0, RED, face=ADA)
    home.see("kitchen", MINUTE, RED)
    home.see("kitchen", MINUTE + 1, RED, face=ADA)
    assert home.where() == Seen(after(MINUTE + 1.75), "kitchen")
    assert home.kinds[-1] is SightingKind.RECOGNIZED


@pytest.mark.parametrize("turned", [GRACE, STRANGER])
def test_a_face_that_says_otherwise_takes_it_back(home: Watched, turned: np.ndarray) -> None:
    home.see("hall", 0, RED, face=ADA)
    home.see("kitchen", MINUTE, RED)
    assert home.where().camera == "kitchen"
    home.see("kitchen", MINUTE + 1, RED, face=turned)
    assert home.where() == Seen(after(0.75), "hall")


def test_even_a_single_face_that_leans_elsewhere_is_a_doubt(home: Watched) -> None:
    home.see("hall", 0, RED, face=ADA)
    home.see("kitchen", MINUTE, RED, face=GRACE, frames=1)
    home.see("kitchen", MINUTE + 0.25, RED)
    assert home.followed == []


def test_two_people_in_black_are_a_doubt(home: Watched) -> None:
    home.see("hall", 0, BLACK, face=ADA, frames=12)
    home.see("garden", 0, BLACK, frames=12)
    home.see("kitchen", MINUTE, BLACK)
    assert home.followed == []
    assert home.where().camera == "hall"


def test_so_are_two_who_are_both_named(home: Watched) -> None:
    home.see("hall", 0, BLACK, face=ADA)
    home.see("hall", 40, BLACK, face=GRACE)
    home.see("kitchen", 2 * MINUTE, BLACK)
    assert home.followed == []


def test_a_stranger_dressed_alike_is_a_doubt(home: Watched) -> None:
    home.see("hall", 0, BLACK, face=ADA)
    home.see("door", 20, BLACK, face=STRANGER, frames=8)
    home.see("kitchen", MINUTE, BLACK)
    assert ("ada", "kitchen") not in home.followed


def test_a_doubt_that_comes_later_takes_it_back(home: Watched) -> None:
    home.see("hall", 0, BLACK, face=ADA)
    for number in range(20):
        home.see("kitchen", MINUTE + number, BLACK)
        if number == 4:
            assert home.where().camera == "kitchen"
        if number > 4:
            home.see("garden", MINUTE + number + 0.1, BLACK)
    assert home.where() == Seen(after(0.75), "hall")


def test_who_is_still_there_did_not_go_on(home: Watched) -> None:
    for number in range(8):
        home.see("hall", number, RED, face=ADA)
        home.see("kitchen", number + 0.1, RED)
    assert home.followed == []


def test_whoever_is_seen_at_two_cameras_by_the_face_is_one(home: Watched) -> None:
    for number in range(8):
        home.see("hall", number, RED, face=ADA)
        home.see("door", number + 0.1, RED, face=ADA)
    home.see("kitchen", MINUTE, RED)
    assert home.followed == [("ada", "kitchen")]


def test_she_may_have_been_seen_before_she_was_named(home: Watched) -> None:
    home.see("garden", 0, RED)
    home.see("hall", 20, RED, face=ADA)
    home.see("kitchen", MINUTE, RED)
    assert home.followed == [("ada", "kitchen")]


def test_other_clothes_end_the_chain(home: Watched) -> None:
    home.see("hall", 0, BLACK, face=ADA)
    home.see("hall", 40, RED, face=ADA)
    home.see("kitchen", 2 * MINUTE, BLACK)
    assert home.followed == []


def test_the_chain_ends_ten_minutes_after_the_face(home: Watched) -> None:
    home.see("hall", 0, RED, face=ADA)
    for minute in range(1, 15):
        home.see("kitchen", minute * MINUTE, RED)
    last = home.where()
    assert last.root == Seen(after(0.75), "hall")
    assert last.captured <= last.root.captured + FOLLOWED_FOR
    assert not home.household.presence.here("ada", last.root.captured + FOLLOWED_FOR)


def test_it_is_told_once_in_a_visit(home: Watched) -> None:
    home.see("hall", 0, RED, face=ADA)
    home.see("kitchen", MINUTE, RED, frames=40)
    assert home.followed == [("ada", "kitchen")]
    home.see("kitchen", 3 * MINUTE, RED)
    assert home.followed == [("ada", "kitchen")] * 2


def test_without_consent_nobody_is_followed(home: Watched) -> None:
    home.see("hall", 0, RED, face=ADA)
    home.household.compare_with(gallery(grace=axis(1)), FACTS)
    home.see("kitchen", MINUTE, RED)
    assert home.followed == []


def test_consent_withdrawn_ends_it_at_once(home: Watched) -> None:
    home.see("hall", 0, RED, face=ADA)
    home.see("kitchen", MINUTE, RED)
    before = home.where()
    home.household.compare_with(gallery(grace=axis(1)), FACTS)
    home.see("kitchen", MINUTE + 1, RED)
    assert home.where() == before


def test_whoever_is_forgotten_is_followed_no_more(home: Watched) -> None:
    home.see("hall", 0, RED, face=ADA)
    home.see("kitchen", MINUTE, RED)
    home.household.forget("ada")
    view = home.see("kitchen", MINUTE + 1, RED)
    assert home.where() is None
    assert view.verdicts[0].follows is None


def test_without_an_engine_all_chains_end(home: Watched) -> None:
    home.see("hall", 0, RED, face=ADA)
    home.household.compare_with(gallery(ada=axis(0)), None)
    home.household.compare_with(gallery(ada=axis(0)), FACTS)
    home.see("kitchen", MINUTE, RED)
    assert home.followed == []


def test_a_camera_that_is_not_watched_any_more_roots_nothing(home: Watched) -> None:
    home.see("hall", 0, RED, face=ADA)
    home.household.drop_camera("hall")
    home.see("kitchen", MINUTE, RED)
    assert home.followed == []


def test_bodies_are_asked_for_only_while_somebody_is_in_view(home: Watched) -> None:
    assert not home.household.wants_bodies("hall", after(0))
    home.see("hall", 0, RED, face=ADA, frames=1)
    assert home.household.wants_bodies("hall", after(0.25))
    home.see("hall", 0.25, RED, frames=ENOUGH)
    assert not home.household.wants_bodies("hall", after(1))
    assert home.household.wants_bodies("hall", after(2))
    home.leave("hall", 6)
    assert not home.household.wants_bodies("hall", after(6))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["hall", "kitchen", "garden"]),
        st.floats(0.3, 200),
        st.integers(3, 4),
        st.sampled_from([None, None, ADA, GRACE, STRANGER]),
        st.integers(1, 6),
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(STEPS)
def test_whatever_happens_a_chain_keeps_its_rules(
    steps: Sequence[tuple[str, float, int, np.ndarray | None, int]],
) -> None:
    home, now = Watched(), 0.0
    for camera, pause, outfit, face, frames in steps:
        now += pause
        view = home.see(camera, now, outfit, face=face, frames=frames)
        now += (frames - 1) * 0.25
        for verdict in view.verdicts:
            if verdict.follows is not None:
                assert verdict.person_id is None, "it names nobody"
                assert after(now) - verdict.follows.root.captured <= FOLLOWED_FOR
    named = [one for one in home.sightings if one.verdict.person_id is not None]
    assert all(one.verdict.frames >= 2 for one in named), "only faces name"
    for one in home.sightings:
        if one.kind is SightingKind.FOLLOWED:
            follow = one.verdict.follows
            assert one.verdict.outcome.inconclusive or one.verdict.outcome is Outcome.UNUSABLE
            roots = {(seen.verdict.person_id, seen.camera) for seen in named if seen.captured <= one.captured}
            assert (follow.person_id, follow.root.camera) in roots, "every chain begins with a face"
    for person_id, seen in home.household.presence.last.items():
        if seen.root is not None:
            assert seen.captured - seen.root.captured <= FOLLOWED_FOR
            assert not home.household.presence.here(person_id, seen.root.captured + FOLLOWED_FOR)


@settings(max_examples=30)
@given(st.floats(AT_ONCE.total_seconds() + 0.5, 6), st.floats(0, 500), st.integers(ENOUGH, 8))
def test_a_doubt_stays_a_doubt(overlap: float, pause: float, frames: int) -> None:
    """Ada and somebody else in the same clothes were in view at the same time: neither is followed."""
    home = Watched()
    steps = int(overlap / 0.25) + 1
    for number in range(steps):
        home.household.observe("hall", clothed(shown(ADA), BLACK), after(number * 0.25))
        home.household.observe("garden", clothed(shown(), BLACK), after(number * 0.25 + 0.1))
    home.see("kitchen", overlap + 10 + pause, BLACK, frames=frames)
    assert home.followed == []
