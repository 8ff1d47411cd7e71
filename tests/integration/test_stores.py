"""Whatever is kept of people is in one list, and every way to erase somebody goes through all of it."""

import ast
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.const import CONF_ALLOWED, DOMAIN, SUBENTRY_CAMERA
from custom_components.kith.identity.gallery import EnrolledEmbedding, Source, Template
from custom_components.kith.storage.faces import Kept
from custom_components.kith.stores import Stores
from custom_components.kith.subentries import person_subentry, subentries_of
from tests.identity.faces import NETWORK, NOON, axis

from .people import chosen, configured

KITH = Path(__file__).parents[2] / "custom_components" / "kith"


class Notebook:
    """One store more, as somebody may add it: it remembers whom it was told to forget."""

    forgotten: set[str] = set()

    async def load(self) -> None: ...

    async def save(self) -> None: ...

    async def known_people(self) -> set[str]:
        return {"ada"} - self.forgotten

    async def forget(self, person_id: str) -> None:
        self.forgotten.add(person_id)

    async def remove(self) -> None: ...


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    """In the list, whether Kith runs or not."""
    added = Notebook()
    Notebook.forgotten = set()
    listed = Stores.__iter__
    monkeypatch.setattr(Stores, "__iter__", lambda self: iter([*listed(self), added]))
    return added


def test_every_file_of_kith_s_is_in_the_list(hass: HomeAssistant) -> None:
    """A class that opens a file of its own in Home Assistant's storage belongs to a field of Stores."""
    listed = {type(getattr(Stores.of(hass), field.name)).__name__ for field in fields(Stores)}
    writing = {
        node.name
        for path in KITH.glob("**/*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and node.name.endswith("Store")
    }
    assert writing - {"Store"} == listed


async def withdraw(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    flow = await configured(hass, await chosen(hass, entry, "Ada", "consent", "withdraw"), {})
    assert flow["reason"] == "withdrawn"


async def withdraw_while_stopped(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    await withdraw(hass, entry)


async def forget(hass: HomeAssistant, _entry: MockConfigEntry) -> None:
    await hass.services.async_call(DOMAIN, "forget_person", {"person": "Ada"}, blocking=True)


async def remove(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hass.config_entries.async_remove_subentry(entry, person_subentry(entry, "ada").subentry_id)
    await hass.async_block_till_done()


async def remove_while_stopped(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    hass.config_entries.async_remove_subentry(entry, person_subentry(entry, "ada").subentry_id)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


DOORS: Mapping[str, Callable[[HomeAssistant, MockConfigEntry], Awaitable[None]]] = MappingProxyType(
    {door.__name__: door for door in (withdraw, withdraw_while_stopped, forget, remove, remove_while_stopped)}
)


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
async def test_every_door_goes_through_all_stores(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    notebook: Notebook,
    door: Callable[[HomeAssistant, MockConfigEntry], Awaitable[None]],
) -> None:
    await door(hass, entry)
    assert notebook.forgotten == {"ada"}


async def test_unnamed_faces_and_allowed_lists_are_erased_while_kith_is_stopped(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    camera = subentries_of(entry, SUBENTRY_CAMERA)[0]
    hass.config_entries.async_update_subentry(entry, camera, data={**camera.data, CONF_ALLOWED: ["ada", "grace"]})
    await hass.async_block_till_done()
    face = Template("face", (EnrolledEmbedding(axis(0), NETWORK, 0.8),), NOON, Source.CAMERA, 64.0)
    await entry.runtime_data.stores.faces.add(Kept(face, camera.subentry_id))
    await withdraw_while_stopped(hass, entry)
    stores = Stores.of(hass)
    await stores.load()
    assert stores.faces.unanswered == []
    assert subentries_of(entry, SUBENTRY_CAMERA)[0].data[CONF_ALLOWED] == ["grace"]


async def test_what_the_household_counts_is_what_is_stored(entry: MockConfigEntry) -> None:
    """On a first start, too, when there is nothing yet."""
    home = entry.runtime_data
    assert home.household.presence is home.stores.presence.presence
    assert home.household.suitability is home.stores.suitability.cameras
