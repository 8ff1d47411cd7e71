"""Cameras that fail in every way, and what Kith asks of the engine."""

import asyncio

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith import coordinator, shots
from custom_components.kith.kith_engine.analysis import Look
from custom_components.kith.kith_engine.errors import PictureError, PictureTooLarge
from custom_components.kith.kith_engine.wire import LARGEST_PICTURE
from tests.identity.faces import EMPTY, shown

from .conftest import Scripted, Shown, eventually, face_of

DETECTED = "binary_sensor.hall_person_detected"


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
    monkeypatch.setattr(shots, "CAMERA_TIMEOUT", 0.05)
    forever = asyncio.Event()

    async def slow(width: int | None = None, height: int | None = None) -> bytes:
        await forever.wait()
        return b""

    monkeypatch.setattr(hall, "async_camera_image", slow)
    await eventually(lambda: state(hass) == "unavailable")


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
    monkeypatch.setattr(coordinator, "FROZEN_AFTER", 0.0)
    await eventually(lambda: state(hass) == "off")
