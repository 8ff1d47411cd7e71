"""How often Kith looks at a camera."""

from homeassistant.core import HomeAssistant
import pytest

from custom_components.kith.cameras import schedule
from custom_components.kith.cameras.choice import SourceChoice
from custom_components.kith.cameras.freshness import RENEWED_WITHIN
from custom_components.kith.cameras.pace import REMEMBERED, Pace
from custom_components.kith.engines.remote import RemoteEngine
from custom_components.kith.household import Household
from custom_components.kith.identity.presence import Presence
from custom_components.kith.kith_engine.analysis import Look, Scope
from custom_components.kith.settings import CameraSettings
from custom_components.kith.sighting import View
from tests.identity.faces import EMPTY, FACTS, NOON, after, axis, gallery, shown

from .conftest import Scripted, Shown, face_of

pytestmark = pytest.mark.one_release


def household() -> Household:
    found = Household(Presence())
    found.compare_with(gallery(ada=axis(0)), FACTS)
    return found


def test_the_pause_is_short_while_somebody_is_undecided_and_long_when_nothing_moves() -> None:
    observe = household().observe
    assert schedule.pause(observe("x", EMPTY, after(0)), after(0), 5.0) == 5.0
    assert schedule.pause(observe("x", shown(face_of(0)), after(1)), after(1), 5.0) == schedule.BURST_PAUSE
    observe("x", shown(face_of(0)), after(1.2))
    known = observe("x", shown(face_of(0)), after(1.4))
    assert schedule.pause(known, after(1.4), 5.0) == schedule.STAY_PAUSE, "she is known"


def test_who_shows_no_face_is_not_looked_at_harder_forever() -> None:
    observe = household().observe
    for n in range(30):
        view = observe("x", shown(), after(n))
    assert schedule.pause(view, after(1) + schedule.BURST_FOR, 5.0) == schedule.STAY_PAUSE


def test_nobody_is_hurried_where_faces_are_not_looked_for() -> None:
    view = household().observe("x", shown(), after(1))
    assert schedule.pause(view, after(1), 5.0, recognizes=False) == schedule.STAY_PAUSE


def test_a_woken_camera_is_looked_at_more_often_before_anybody_is_seen() -> None:
    view = household().observe("x", EMPTY, after(0))
    assert schedule.pause(view, after(0), 5.0, woken=True) == schedule.STAY_PAUSE
    assert schedule.pause(view, after(0), 0.5, woken=True) == 0.5, "never less often than usual"


@pytest.mark.parametrize(("burst", "pause"), [(0.0, 0.0), (3.0, 3.0), (9.0, 5.0)])
def test_a_burst_is_as_fast_as_its_source_and_never_slower_than_usual(burst: float, pause: float) -> None:
    view = household().observe("x", shown(face_of(0)), after(1))
    assert schedule.pause(view, after(1), 5.0, burst=burst) == pause


def test_a_camera_that_fails_in_a_hurry_is_asked_less_often_for_a_while() -> None:
    """One that fails whenever it is asked more than three times in a second."""
    pace, asked, failures, at = Pace(), [0.0], [], 0.0
    for _ in range(40):
        at += pace.pause(at)
        failed = len([one for one in asked if at - one < 1.0]) >= 3
        pace.note(at, failed=failed)
        asked.append(at)
        failures.append(failed)
    assert sum(failures[:20]) == 2
    assert not any(failures[20:])
    assert pace.pause(at) > schedule.BURST_PAUSE
    assert pace.pause(at + REMEMBERED) == schedule.BURST_PAUSE


def test_a_still_that_does_not_change_is_asked_for_as_often_as_the_owner_said() -> None:
    def pause(unchanged: float, *, woken: bool = False) -> float:
        return schedule.pause_for_proof(60.0, repeats=unchanged > 0, unchanged=unchanged, woken=woken)

    assert pause(0.0) == schedule.BURST_PAUSE
    assert pause(RENEWED_WITHIN) == schedule.STAY_PAUSE
    assert pause(RENEWED_WITHIN + 1) == pause(86400.0) == 60.0
    assert pause(86400.0, woken=True) == schedule.STAY_PAUSE, "a camera that sleeps gives its last picture first"


async def test_a_camera_that_stands_still_is_not_asked_each_second(
    hass: HomeAssistant, hall: Shown, engine: Scripted
) -> None:
    hall.frozen = True
    remote = RemoteEngine(hass, engine.url, "secret")
    await remote.start()
    choice = SourceChoice(hass, remote, "hall", CameraSettings("camera.hall", 60.0))
    await choice.look(Look.MOTION, Scope(), NOON, close=False)
    choice.stills._freshness.note(b"a picture", hass.loop.time() + RENEWED_WITHIN + 1, NOON)
    assert choice.pause(View(), NOON, woken=False, recognizes=True) == 60.0
    await choice.close()
    await remote.stop()


def test_a_failing_camera_is_asked_ever_less_often() -> None:
    pauses = [schedule.pause_after(failures, 2.0) for failures in range(1, 5000)]
    assert pauses[:4] == [2.0, 4.0, 8.0, 16.0]
    assert max(pauses) == schedule.LONGEST_RETRY_PAUSE
