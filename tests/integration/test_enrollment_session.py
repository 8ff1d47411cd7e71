"""What somebody in front of a camera is asked for, and which pictures are taken."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from custom_components.kith.enrollment.portrait import Portrait
from custom_components.kith.enrollment.session import (
    FIRST_WITHIN,
    INSTRUCTIONS,
    NEXT_WITHIN,
    OBSTACLES,
    WISH_FOR,
    EnrollmentSession,
    Wish,
)
from custom_components.kith.kith_engine.analysis import Flaw
from tests.identity.faces import HEAD, axis, face, template

from .test_translations import LANGUAGES


def portrait(yaw: float = 0.0, width: float = 100.0) -> Portrait:
    found = face(axis(0), HEAD)
    seen = replace(found, quality=replace(found.quality, yaw=yaw))
    return Portrait(replace(template(axis(0)), width=width, added=datetime(2026, 11, 23, tzinfo=UTC)), seen)


def show(session: EnrollmentSession, now: float, yaw: float = 0.0, width: float = 100.0) -> bool:
    """A picture that differs from all taken before."""
    found = portrait(yaw, width)
    if wanted := session.wants(found, now):
        session.take(found, now)
    return wanted


def test_five_looks_are_asked_for_one_after_the_other_and_then_it_is_enough() -> None:
    session = EnrollmentSession(0.0)
    heard = []
    for yaw, width in ((0.0, 100), (0.4, 100), (-0.4, 100), (0.1, 140), (0.0, 140)):
        heard.append(session.instruction)
        assert not session.over(1.0)
        assert show(session, 1.0, yaw, width)
    assert heard == ["straight", "left", "right", "closer", "smile"]
    assert session.taken == 5
    assert session.over(1.0)
    assert session.instruction in INSTRUCTIONS


def test_only_a_look_that_is_missing_is_taken() -> None:
    session = EnrollmentSession(0.0)
    assert show(session, 0)
    assert not show(session, 1), "straight again, but left was asked for"
    assert not show(session, 2, 0.22), "neither straight nor turned"
    assert show(session, 3, -0.5), "right, before it was asked for"
    assert session.instruction == "left"
    assert show(session, 4, 0.5)
    assert session.instruction == "closer"
    assert not show(session, 5, 0.0, 110)
    assert session.taken == 3


def test_who_cannot_do_what_is_asked_is_asked_for_something_else() -> None:
    session = EnrollmentSession(0.0)
    show(session, 0)
    for now in (1.0, 1 + WISH_FOR, 2 + WISH_FOR):
        assert session.instruction == "left"
        assert not show(session, now)
    assert session.instruction == "right"


def test_a_look_that_is_known_already_need_not_be_taken() -> None:
    session = EnrollmentSession(0.0)
    found = portrait(0.4)
    assert session.wants(found, 1)
    session.know(found, 1)
    assert (session.taken, session.instruction) == (0, "straight")
    assert not session.wants(found, 2), "left is done"
    session.know(found, 2)


def test_a_smile_is_waited_for() -> None:
    session = EnrollmentSession(0.0)
    for yaw, width in ((0.0, 100), (0.4, 100), (-0.4, 100), (0.0, 140)):
        show(session, 0, yaw, width)
    same = portrait(0.0, 140)
    for now in (1.0, 2.0, 1 + WISH_FOR):
        assert session.wants(same, now)
        session.know(same, now)
        assert not session.over(now)
    session.know(same, 2 + WISH_FOR)
    assert session.over(2 + WISH_FOR), "there was none"


def test_what_is_in_the_way_is_told_when_it_stays() -> None:
    session = EnrollmentSession(0.0)
    session.refuse("face_blurred")
    assert session.instruction == "straight", "one blink is none"
    session.refuse("face_blurred")
    assert session.instruction == "still"
    session.refuse("no_face")
    assert session.instruction == "straight"
    session.refuse("picture_unreadable")
    assert session.instruction == "nobody"
    show(session, 1, 0.22)
    assert session.instruction == "straight"


def test_it_ends_when_nobody_comes_and_sooner_when_somebody_went() -> None:
    session = EnrollmentSession(0.0)
    assert not session.over(FIRST_WITHIN)
    assert session.over(FIRST_WITHIN + 1)
    show(session, 10)
    assert not session.over(10 + NEXT_WITHIN)
    assert session.over(11 + NEXT_WITHIN)


@pytest.mark.parametrize("flaw", list(Flaw))
def test_every_flaw_has_an_instruction(flaw: Flaw) -> None:
    assert f"face_{flaw}" in OBSTACLES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_instruction_is_worded(language: str) -> None:
    assert LANGUAGES[language]["config_subentries"]["person"]["progress"].keys() == INSTRUCTIONS
    assert set(Wish) <= INSTRUCTIONS
