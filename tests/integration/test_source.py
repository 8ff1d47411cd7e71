"""Close-ups: more pixels of the same view while somebody is in it, and never fewer than without."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from homeassistant.components.camera.const import DATA_COMPONENT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.update_coordinator import UpdateFailed
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.cameras import close_up, source
from custom_components.kith.cameras.source import CameraSource, take_picture
from custom_components.kith.kith_engine.analysis import Analysis, Box, Look, Person
from custom_components.kith.kith_engine.errors import PictureError
from tests.identity.faces import BODY, EMPTY, HEAD, face, shown

from .conftest import Scripted, Shown, camera_subentry, eventually, face_of, person_subentry, remote_entry

DETECTED = "binary_sensor.hall_person_detected"
LARGER = 4


def scaled(box: Box) -> Box:
    return Box(*(LARGER * edge for edge in (box.left, box.top, box.right, box.bottom)))


def small() -> Analysis:
    return replace(shown(), width=480, height=270)


def large() -> Analysis:
    return Analysis(
        1920, 1080, 0.2, looked=True, persons=(Person(scaled(BODY), 0.9),), faces=(face(face_of(0), scaled(HEAD)),)
    )


@pytest.fixture
async def big(hass: HomeAssistant, hall: Shown) -> Shown:
    """The entity camera.hall_big, with the view of camera.hall."""
    camera = Shown("Hall big")
    camera.picture = b"a larger picture"
    await hass.data[DATA_COMPONENT].async_add_entities([camera])
    return camera


@pytest.fixture
async def entry(hass: HomeAssistant, big: Shown, engine: Scripted, quick: None) -> Any:
    found = remote_entry(engine, camera_subentry(close_up="camera.hall_big"), person_subentry("Ada"))
    found.add_to_hass(hass)
    assert await hass.config_entries.async_setup(found.entry_id)
    await eventually(lambda: state(hass) == "off")
    yield found
    await hass.config_entries.async_unload(found.entry_id)


@pytest.fixture
def someone(engine: Scripted, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Somebody is in view from now on, small or large. Returns a function that tells which pictures were analyzed."""
    seen: list[str] = []

    def analyze(encoded: bytes, camera: str, *_: Any) -> Analysis:
        seen.append(camera)
        return large() if encoded.startswith(b"a larger") else small()

    def come() -> list[str]:
        monkeypatch.setattr(engine, "analyze", analyze)
        return seen

    return come


def state(hass: HomeAssistant) -> str:
    return hass.states.get(DETECTED).state


def outcome(hass: HomeAssistant) -> str | None:
    return hass.states.get(DETECTED).attributes.get("outcome")


async def test_the_close_up_is_asked_only_while_somebody_is_there(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hall: Shown,
    big: Shown,
    engine: Scripted,
    someone: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = hall.taken
    await eventually(lambda: hall.taken > taken + 5)
    assert big.taken == 0
    someone()
    await eventually(lambda: big.taken > 2)
    taken = hall.taken
    await eventually(lambda: big.taken > 8)
    assert hall.taken <= taken + 1
    monkeypatch.setattr(engine, "analyze", lambda *_: EMPTY)
    await eventually(lambda: state(hass) == "off")
    taken, close = hall.taken, big.taken
    await eventually(lambda: hall.taken > taken + 5)
    assert big.taken <= close + 1


async def test_a_face_too_small_for_the_small_picture_is_named_from_the_close_up_in_one_visit(
    hass: HomeAssistant, entry: MockConfigEntry, someone: Callable[[], list[str]]
) -> None:
    from tests.identity.faces import axis, template

    await entry.runtime_data.enroll("ada", [template(axis(0))])
    told: list[Any] = []
    entry.runtime_data.household.on_sighting.subscribe(told.append)
    seen = someone()
    await eventually(lambda: outcome(hass) == "known")
    assert [one.kind for one in told] == ["person", "recognized"]
    assert told[-1].box == scaled(HEAD), "in the pixels of the picture that decided"
    [camera] = entry.runtime_data.cameras.values()
    assert camera.last.picture.startswith(b"a larger")
    assert camera.last.analysis.width == 1920
    assert len(camera.data.verdicts) == 1, "small and large, it is one person"
    assert len(set(seen)) == 2, "the engine compares each with a background of its own"


@pytest.mark.parametrize("fault", [HomeAssistantError("Camera is off"), ValueError("boom"), None, b""])
async def test_a_close_up_that_fails_is_done_without(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hall: Shown,
    big: Shown,
    someone: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: Any,
) -> None:
    big.picture = fault
    someone()
    await eventually(lambda: big.taken)
    taken = hall.taken
    await eventually(lambda: hall.taken > taken + 5)
    assert state(hass) == "on"
    assert big.taken == 1, "not asked again in this visit"
    monkeypatch.setattr(close_up, "AGAIN", 0.0)
    [camera] = entry.runtime_data.cameras.values()
    camera.sources.stills._source.close_up_trust._failed_until = 0.0
    await eventually(lambda: big.taken > 4)
    assert caplog.text.count("close-up of camera.hall is not used") == 1
    big.picture = b"a larger picture"
    await eventually(lambda: "close-up of camera.hall is used again" in caplog.text)
    assert camera.last_update_success


async def test_a_close_up_that_is_no_picture_is_done_without(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hall: Shown,
    engine: Scripted,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def analyze(encoded: bytes, *_: Any) -> Analysis:
        if encoded.startswith(b"a larger"):
            raise PictureError("it is not one")
        return small()

    monkeypatch.setattr(engine, "analyze", analyze)
    await eventually(lambda: "close-up of camera.hall is not used" in caplog.text)
    taken = hall.taken
    await eventually(lambda: hall.taken > taken + 3)
    assert state(hass) == "on"


async def test_a_close_up_that_stands_still_is_done_without(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hall: Shown,
    big: Shown,
    someone: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(source, "STALE_AFTER", 0.1)
    big.frozen = True
    asked = someone()
    await eventually(lambda: big.taken)
    taken = hall.taken
    await eventually(lambda: hall.taken > taken + 5)
    assert state(hass) == "on"
    assert not [camera for camera in asked if camera.endswith(".close_up")], "it may show an earlier visit"


async def test_what_a_close_up_shows_of_an_earlier_visit_is_not_seen_again(
    hass: HomeAssistant, hall: Shown, big: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    big.frozen = True
    taker = CameraSource(hass, "camera.hall", "camera.hall_big")
    assert (await taker.take(close=True)).close
    monkeypatch.setattr(source, "STALE_AFTER", 0.0)
    assert not (await taker.take(close=True)).close


async def test_a_camera_whose_own_task_is_cancelled_is_a_camera_that_failed(
    hass: HomeAssistant, hall: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def removed(width: int | None = None, height: int | None = None) -> bytes:
        raise asyncio.CancelledError

    monkeypatch.setattr(hall, "async_camera_image", removed)
    with pytest.raises(UpdateFailed):
        await take_picture(hass, "camera.hall", 1)


async def test_who_waits_for_a_picture_can_be_cancelled(
    hass: HomeAssistant, hall: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()

    async def slow(width: int | None = None, height: int | None = None) -> bytes:
        asked.set()
        await asyncio.Event().wait()
        return b""

    monkeypatch.setattr(hall, "async_camera_image", slow)
    waiting = hass.async_create_task(take_picture(hass, "camera.hall", 10))
    await asked.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_people_are_looked_for_in_a_close_up_in_any_case(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = shown(face_of(0))
    await eventually(lambda: any(camera.endswith(".close_up") for camera, *_ in engine.asked))
    assert {look for camera, look, *_ in engine.asked if camera.endswith(".close_up")} == {Look.PEOPLE}
