"""Pictures of faces: only if the owner wants them, only in memory, and with their true time."""

from pathlib import Path

from homeassistant.components.image import async_get_image
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.kith_engine.errors import EngineUnavailableError
from tests.identity.faces import EMPTY, HEAD, axis, like, shown

from .conftest import JPEG, Scripted, eventually, face_of

ADA, HALL = "image.ada_last_face", "image.hall_last_stranger"


def state(hass: HomeAssistant, entity_id: str) -> str:
    found = hass.states.get(entity_id)
    assert found is not None, entity_id
    return found.state


@pytest.fixture
async def images(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """All image entities, enabled."""
    for entity_id in (ADA, "image.grace_last_face", HALL):
        er.async_get(hass).async_update_entity(entity_id, disabled_by=None)
    await hass.config_entries.async_reload(entry.entry_id)
    assert state(hass, ADA) == state(hass, HALL) == STATE_UNKNOWN
    return entry


async def test_no_face_is_cut_out_unless_the_owner_wants_it(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = shown(face_of(0))
    await eventually(lambda: state(hass, "binary_sensor.ada_presence") == "on")
    for entity_id in (ADA, HALL):
        assert er.async_get(hass).async_get(entity_id).disabled_by is er.RegistryEntryDisabler.INTEGRATION
        assert hass.states.get(entity_id) is None
    assert engine.cropped == []


async def test_a_person_is_shown_as_last_recognized(
    hass: HomeAssistant, images: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = shown(face_of(0))
    await eventually(lambda: state(hass, ADA) != STATE_UNKNOWN)
    assert (await async_get_image(hass, ADA)).content == JPEG
    assert engine.cropped == [HEAD]
    seen = images.runtime_data.household.presence.last["ada"].captured
    assert state(hass, ADA) <= seen.isoformat(), "the time of the picture, not of its showing"
    assert state(hass, "image.grace_last_face") == state(hass, HALL) == STATE_UNKNOWN
    assert not Path(hass.config.path("kith", "photos")).exists()


async def test_a_stranger_is_shown_until_it_turns_out_to_be_somebody_known(
    hass: HomeAssistant, images: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = shown(axis(5))
    await eventually(lambda: state(hass, HALL) != STATE_UNKNOWN)
    assert (await async_get_image(hass, HALL)).content == JPEG
    engine.answer = shown(like((0, 0.7), (5, 0.3)))
    await eventually(lambda: state(hass, ADA) != STATE_UNKNOWN)
    assert state(hass, HALL) == STATE_UNKNOWN
    with pytest.raises(HomeAssistantError):
        await async_get_image(hass, HALL)


async def test_who_was_taken_for_somebody_else_is_not_shown_as_that_one(
    hass: HomeAssistant, images: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = shown(like((0, 0.75), (1, 0.2)))
    await eventually(lambda: state(hass, ADA) != STATE_UNKNOWN)
    engine.answer = shown(like((0, 0.2), (1, 0.9)))
    await eventually(lambda: state(hass, "image.grace_last_face") != STATE_UNKNOWN)
    assert state(hass, ADA) == STATE_UNKNOWN


async def test_who_does_not_agree_any_more_is_not_shown_any_more(
    hass: HomeAssistant, images: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = shown(face_of(0))
    await eventually(lambda: state(hass, ADA) != STATE_UNKNOWN)
    engine.answer = EMPTY
    ada = next(person for person in images.subentries.values() if person.title == "Ada")
    withdrawn = {"to": [], "by": "Ada", "at": "2026-11-23T12:00:00+00:00"}
    hass.config_entries.async_update_subentry(images, ada, data={**ada.data, "consent": withdrawn})
    await eventually(lambda: state(hass, ADA) == STATE_UNKNOWN)


async def test_what_is_shown_stays_when_the_engine_cannot_cut_the_next_one_out(
    hass: HomeAssistant, images: MockConfigEntry, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    async def fail(*args: object) -> bytes:
        asked.append(args)
        raise EngineUnavailableError("gone")

    monkeypatch.setattr(images.runtime_data.engine, "crop", fail)
    engine.answer = shown(face_of(0))
    await eventually(lambda: asked)
    await hass.async_block_till_done()
    assert state(hass, ADA) == STATE_UNKNOWN
