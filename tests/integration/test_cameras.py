"""Cameras that fail in every way, and what Kith asks of the engine."""

import asyncio
from dataclasses import replace

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.update_coordinator import UpdateFailed
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.cameras import source
from custom_components.kith.cameras.coordinator import CameraCoordinator
from custom_components.kith.kith_engine.analysis import Area, Look, Scope, Sensitivity
from custom_components.kith.kith_engine.errors import PictureError, PictureTooLargeError, SupersededError
from custom_components.kith.kith_engine.wire import LARGEST_PICTURE
from custom_components.kith.sighting import Sighting
from tests.identity.faces import EMPTY, FACTS, axis, gallery, shown

from .conftest import Scripted, Shown, eventually, face_of

DETECTED = "binary_sensor.hall_person_detected"


def camera_of(entry: MockConfigEntry) -> CameraCoordinator:
    [found] = entry.runtime_data.cameras.values()
    return found


def state(hass: HomeAssistant) -> str:
    return hass.states.get(DETECTED).state


class OfTheCamerasOwnError(Exception):
    """An error that is not one of Home Assistant's."""


@pytest.mark.parametrize("fault", [HomeAssistantError("Camera is off"), OfTheCamerasOwnError("boom"), b"", None])
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
    assert caplog.text.count("provided no picture") == 1, "told once, however often it was tried"


@pytest.mark.parametrize("error", [PictureError("<html> is not a picture"), PictureTooLargeError("too many pixels")])
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
    monkeypatch.setattr(source, "CAMERA_TIMEOUT", 0.05)
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
    await eventually(lambda: engine.asked)
    hall.frozen = True
    taken = hall.taken
    await eventually(lambda: hall.taken > taken + 3)
    asked = len(engine.asked)
    taken = hall.taken
    await eventually(lambda: hall.taken > taken + 10)
    assert len(engine.asked) == asked


async def test_the_engine_is_told_what_counts_at_this_camera(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    area = {"left": 0, "top": 0, "right": 100, "bottom": 30}
    camera = camera_of(entry)
    [subentry] = [one for one in entry.subentries.values() if one.subentry_type == "camera"]
    chosen = {**subentry.data, "sensitivity": "high", "smallest_face": 60, "ignored": [area]}
    hass.config_entries.async_update_subentry(entry, subentry, data=chosen)
    wanted = Scope(Sensitivity.HIGH, 60, (Area(0, 0, 1, 0.3),))
    await eventually(lambda: engine.scopes[-1] == wanted)
    camera.recognizes = False
    await eventually(lambda: engine.scopes[-1] == replace(wanted, faces=False))


async def test_the_picture_that_was_looked_at_is_there_when_it_is_told_what_it_shows(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, hall: Shown
) -> None:
    camera = camera_of(entry)
    seen: list[tuple[bool, bool, bool]] = []

    def note(sighting: Sighting) -> None:
        seen.append(
            (
                camera.last.picture == b"a picture%d" % hall.taken,
                camera.last.analysis is not None,
                camera.last.captured is not None,
            )
        )

    entry.runtime_data.household.on_sighting.subscribe(note)
    engine.answer = shown(face_of(0))
    await eventually(lambda: hass.states.get(DETECTED).attributes["outcome"] == "known")
    assert seen == [(True, True, True)] * 2, "a person, and her name"


async def test_a_picture_of_who_is_not_to_be_recognized_is_kept_nowhere(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    camera = camera_of(entry)
    engine.answer = shown(face_of(0))
    await eventually(lambda: camera.last.analysis is not None and camera.last.analysis.persons)
    entry.runtime_data.household.compare_with(gallery(ada=axis(0)), FACTS, avoided={"ada"})
    await eventually(lambda: camera.last.analysis is None)
    assert (camera.last.picture, camera.last.captured) == (b"", None)
    engine.answer = EMPTY  # she stands still: without motion, nobody is searched for, but she is there
    asked = len(engine.asked)
    await eventually(lambda: len(engine.asked) > asked + 3)
    assert (camera.last.picture, camera.last.captured) == (b"", None)


async def test_whatever_goes_wrong_at_the_engine_s_side_does_not_end_the_watching(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = entry.runtime_data.engine
    await eventually(lambda: state(hass) == "off")

    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of our own")

    with monkeypatch.context() as patch:
        patch.setattr(engine, "analyze", broken)
        await eventually(lambda: state(hass) == "unavailable")

    async def superseded(*_: object, **__: object) -> None:
        raise SupersededError("by another")

    await eventually(lambda: state(hass) == "off")
    with monkeypatch.context() as patch:
        patch.setattr(engine, "analyze", superseded)
        with pytest.raises(UpdateFailed):
            await camera_of(entry).scan()
    assert state(hass) == "off", "another picture of this camera was looked at"
