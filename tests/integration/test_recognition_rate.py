"""Counts of visits survive a restart, and are erased with the person."""

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.identity.recognition_rate import RecognitionRate
from custom_components.kith.storage import RecognitionRateStore
from custom_components.kith.subentries import name_of

from .conftest import eventually

pytestmark = pytest.mark.one_release


async def stored(hass: HomeAssistant) -> dict[str, RecognitionRate]:
    store = RecognitionRateStore(hass)
    await store.load()
    return store.tallies


async def test_tallies_outlive_a_restart(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    served = entry.runtime_data.stores.recognition_rate
    served.count({"ada"}, set())
    served.count({"ada"}, {"grace"})
    served.count(set(), set())
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.runtime_data.stores.recognition_rate is not served
    assert entry.runtime_data.stores.recognition_rate.tallies == {
        "ada": RecognitionRate(2, 0),
        "grace": RecognitionRate(0, 1),
    }


async def test_what_was_counted_of_a_person_goes_with_them(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    entry.runtime_data.stores.recognition_rate.count({"ada", "grace"}, set())
    await entry.runtime_data.stores.recognition_rate.save()
    ada = next(one for one in entry.subentries.values() if one.title == "Ada")
    hass.config_entries.async_remove_subentry(entry, ada.subentry_id)
    await eventually(
        lambda: name_of(entry, "ada") is None and "ada" not in entry.runtime_data.stores.recognition_rate.tallies
    )
    await hass.async_block_till_done()
    assert await stored(hass) == {"grace": RecognitionRate(1, 0)}


async def test_nothing_is_left_when_kith_is_removed(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    entry.runtime_data.stores.recognition_rate.count({"ada"}, set())
    await hass.config_entries.async_remove(entry.entry_id)
    assert await stored(hass) == {}


async def test_a_home_counts_the_visits_to_its_cameras(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    household = entry.runtime_data.household
    for listener in household.on_visit_ended:
        listener({"ada"}, {"grace"})
    assert entry.runtime_data.stores.recognition_rate.tallies == {
        "ada": RecognitionRate(1, 0),
        "grace": RecognitionRate(0, 1),
    }
