"""Cameras that fail in every way, and how often Kith looks."""

import asyncio

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith import coordinator
from custom_components.kith.coordinator import CameraCoordinator
from custom_components.kith.household import Household
from custom_components.kith.identity.presence import Presence
from custom_components.kith.kith_engine.analysis import Look
from custom_components.kith.kith_engine.errors import PictureError, PictureTooLarge
from custom_components.kith.kith_engine.wire import LARGEST_PICTURE
from tests.identity.faces import EMPTY, FACTS, after, axis, gallery, shown

from .conftest import Scripted, Shown, eventually, face_of

DETECTED = "binary_sensor.hall_person_detected"


def watch(entry: MockConfigEntry) -> CameraCoordinator:
    [found] = entry.runtime_data.cameras.values()
    return found


def state(hass: HomeAssistant) -> str:
    return hass.states.get(DETECTED).state


class OfTheCamerasOwn(Exception):
    """Not one of Home Assistant's."""


@pytest.mark.parametrize("fault", [HomeAssistantError("Camera is off"), OfTheCamerasOwn("boom"), b"", None])
async def test_a_camera_without_a_picture_is_unavailable_and_comes_back(
    hass: HomeAssistant, entry: MockConfigEntry, hall: Shown, caplog: pytest.LogCaptureFixture, fault: object
) -> None:
    await eventually(lambda: state(hass) == "off")
    hall.picture = fault
    await eventually(lambda: state(hass) == "unavailable")
    taken = hall.taken
    await eventually(lambda: hall.taken > taken + 2)
    hall.picture = b"a picture"
    await eventually(lambda: state(hass) == "off")
    assert caplog.text.count("gave no picture") == 1, "told once, however often it was tried"


@pytest.mark.parametrize("error", [PictureError("<html> is not a picture"), PictureTooLarge("too many pixels")])
async def test_a_camera_that_gives_something_else_than_a_picture_is_unavailable(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, error: Exception
) -> None:
    engine.answer = error
    await eventually(lambda: state(hass) == "unavailable")
    engine.answer = EMPTY
    await eventually(lambda: state(hass) == "off")


async def test_a_picture_over_the_cap_is_not_even_sent(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, hall: Shown
) -> None:
    await eventually(lambda: state(hass) == "off")
    hall.picture = bytes(LARGEST_PICTURE + 1)
    await eventually(lambda: state(hass) == "unavailable")


async def test_a_camera_that_takes_too_long_is_unavailable_and_holds_up_nobody(
    hass: HomeAssistant, entry: MockConfigEntry, hall: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    await eventually(lambda: state(hass) == "off")
    monkeypatch.setattr(coordinator, "CAMERA_TIMEOUT", 0.05)
    forever = asyncio.Event()

    async def slow(width: int | None = None, height: int | None = None) -> bytes:
        await forever.wait()
        return b""

    monkeypatch.setattr(hall, "async_camera_image", slow)
    await eventually(lambda: state(hass) == "unavailable")


async def test_a_failing_camera_is_asked_ever_less_often(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    from homeassistant.helpers.update_coordinator import UpdateFailed

    found = watch(entry)
    pauses = [found._failed(UpdateFailed("x")) for _ in range(20)]
    assert pauses[:4] == [0.01, 0.02, 0.04, 0.08]
    assert max(pauses) <= coordinator.LONGEST_PAUSE


async def test_kith_looks_for_people_in_any_case_while_somebody_is_there(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    await eventually(lambda: engine.asked)
    assert {look for _, look in engine.asked} == {Look.MOTION}
    engine.answer = shown(face_of(0))
    await eventually(lambda: engine.asked[-1][1] is Look.PEOPLE)
    engine.answer = EMPTY
    await eventually(lambda: state(hass) == "off")
    await eventually(lambda: engine.asked[-1][1] is Look.MOTION)


async def test_the_pause_is_short_while_somebody_is_undecided_and_long_when_nothing_moves(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, household = watch(entry), Household(Presence())
    household.compare_with(gallery(ada=axis(0)), FACTS)
    await found.stop()
    for name, seconds in (("BURST_PAUSE", 0.2), ("STAY_PAUSE", 1.0)):
        monkeypatch.setattr(coordinator, name, seconds)
    found._interval = 5.0
    observe = household.observe
    assert found._pause(observe("x", EMPTY, after(0)), after(0)) == 5.0
    assert found._pause(observe("x", shown(face_of(0)), after(1)), after(1)) == 0.2
    observe("x", shown(face_of(0)), after(1.2))
    assert found._pause(observe("x", shown(face_of(0)), after(1.4)), after(1.4)) == 1.0, "she is known"
    for n in range(30):
        view = observe("y", shown(), after(n))
    assert found._pause(view, after(1.4) + coordinator.BURST_FOR) == 1.0, "no face comes: looking harder does not help"


async def test_a_frozen_camera_is_not_sent_to_the_engine_again(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, hall: Shown
) -> None:
    hall.frozen = True
    await eventually(lambda: engine.asked)
    taken = hall.taken
    await eventually(lambda: hall.taken > taken + 3)
    asked = len(engine.asked)
    taken = hall.taken
    await eventually(lambda: hall.taken > taken + 10)
    assert len(engine.asked) == asked


async def test_somebody_in_a_picture_that_never_changes_leaves_in_the_end(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, hall: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.answer = shown(face_of(0))
    await eventually(lambda: state(hass) == "on")
    hall.frozen = True
    monkeypatch.setattr(coordinator, "FROZEN_AFTER", coordinator.timedelta(seconds=0))
    await eventually(lambda: state(hass) == "off")
