"""The main job with nothing replaced: real networks, child process, and pictures, and the loop never stalls."""

import asyncio
from collections.abc import AsyncIterator, Callable

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from PIL import ImageFilter
import psutil
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.kith.const import DOMAIN, EVENT_RECOGNIZED
from tests.pictures import astronaut, encoded, frame

from .conftest import Shown, camera_subentry, eventually, person_subentry

FRAMES = 12


@pytest.fixture(params=["compact", "standard"])
async def home(
    hass: HomeAssistant,
    hall: Shown,
    brought: Callable[[str, HomeAssistant], None],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[MockConfigEntry]:
    """Kith with its own engine and the built-in or the published networks; Eileen is added, but not enrolled."""
    if request.param == "standard":
        request.getfixturevalue("models")
    else:
        monkeypatch.setenv("KITH_MODEL_MIRROR", "/nobody/needs/it")
    brought(request.param, hass)
    data = {"engine": "local"}
    subentries = [camera_subentry(interval=0.5), person_subentry("Eileen")]
    entry = MockConfigEntry(domain=DOMAIN, title="Kith", data=data, subentries_data=subentries)
    entry.add_to_hass(hass)
    hall.picture = frame()
    assert await hass.config_entries.async_setup(entry.entry_id), entry.reason
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture(scope="module")
def arriving() -> list[bytes]:
    return [frame(astronaut(), seed) for seed in range(FRAMES)]


async def enrol_from_the_camera(hass: HomeAssistant, hall: Shown, picture: bytes) -> dict:
    hall.picture = picture
    fields = {"person": "binary_sensor.eileen_presence", "camera": "camera.hall"}
    return await hass.services.async_call(DOMAIN, "enroll", fields, blocking=True, return_response=True)


async def play(hall: Shown, pictures: list[bytes], until: object) -> None:
    """Show the pictures in turn until a condition holds."""

    async def show() -> None:
        while True:
            for picture in pictures:
                hall.picture = picture
                await asyncio.sleep(0.05)

    showing = asyncio.create_task(show())
    try:
        await eventually(until)
    finally:
        showing.cancel()


async def test_a_person_is_recognized_from_pictures_alone(
    hass: HomeAssistant, home: MockConfigEntry, hall: Shown, arriving: list[bytes]
) -> None:
    recognized = async_capture_events(hass, EVENT_RECOGNIZED)
    answer = await enrol_from_the_camera(hass, hall, encoded(astronaut()))
    assert answer["accepted"], answer
    hall.picture = frame()
    detected = lambda: hass.states.get("binary_sensor.hall_person_detected").state  # noqa: E731
    await eventually(lambda: detected() == STATE_OFF)

    await play(hall, arriving, lambda: recognized)
    assert recognized[0].data["person"] == "Eileen"
    assert recognized[0].data["evidence"]["frames"] >= 2
    assert hass.states.get("binary_sensor.eileen_presence").state == STATE_ON

    await play(hall, [frame(seed=n) for n in range(FRAMES)], lambda: detected() == STATE_OFF)
    assert len(recognized) == 1


async def test_a_person_who_is_not_enrolled_is_seen_and_not_named(
    hass: HomeAssistant, home: MockConfigEntry, hall: Shown, arriving: list[bytes]
) -> None:
    recognized = async_capture_events(hass, EVENT_RECOGNIZED)
    view = lambda: hass.states.get("binary_sensor.hall_person_detected").attributes  # noqa: E731
    await play(hall, arriving, lambda: view().get("outcome") == "unsure")
    assert recognized == []


@pytest.mark.parametrize("home", ["standard"], indirect=True)
@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (b"<html>log in</html>", "picture_unreadable"),
        (encoded(astronaut())[:4000], "picture_incomplete"),
        (frame(), "no_face"),
        (encoded(astronaut().resize((100, 100))), "face_too_small"),
        (encoded(astronaut().resize((140, 140)).filter(ImageFilter.GaussianBlur(1))), "face_poor"),
    ],
    ids=["html", "truncated", "empty room", "small", "too poor for a photo"],
)
async def test_a_photo_that_will_not_do_is_refused_with_the_true_reason(
    hass: HomeAssistant, home: MockConfigEntry, hall: Shown, picture: bytes, reason: str
) -> None:
    answer = await enrol_from_the_camera(hass, hall, picture)
    assert (answer["accepted"], answer["reason"]) == (False, reason)


async def test_the_engine_is_killed_in_the_middle_of_it_and_kith_goes_on(
    hass: HomeAssistant, home: MockConfigEntry, hall: Shown, arriving: list[bytes]
) -> None:
    await enrol_from_the_camera(hass, hall, encoded(astronaut()))
    recognized = async_capture_events(hass, EVENT_RECOGNIZED)
    first = home.runtime_data.engine.pid
    psutil.Process(first).kill()
    await eventually(lambda: home.runtime_data.engine.available and home.runtime_data.engine.pid not in (None, first))
    await play(hall, arriving, lambda: recognized)
    assert recognized[0].data["person"] == "Eileen"


async def test_no_process_is_left_when_kith_is_unloaded(
    hass: HomeAssistant, home: MockConfigEntry, hall: Shown
) -> None:
    pid = home.runtime_data.engine.pid
    await hass.config_entries.async_unload(home.entry_id)
    assert not psutil.pid_exists(pid)


async def test_no_process_is_left_when_home_assistant_ends(
    hass: HomeAssistant, home: MockConfigEntry, hall: Shown
) -> None:
    from homeassistant.const import EVENT_HOMEASSISTANT_STOP

    pid = home.runtime_data.engine.pid
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    assert not psutil.pid_exists(pid)
