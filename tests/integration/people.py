"""What tests of a person's forms share."""

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.settings import Consent


def person_of(entry: MockConfigEntry, name: str) -> ConfigSubentry:
    return next(person for person in entry.subentries.values() if person.title == name)


def consent_of(entry: MockConfigEntry, name: str) -> set[str]:
    return {str(one) for one in Consent.of(person_of(entry, name).data["consent"]).to}


def agree(hass: HomeAssistant, entry: MockConfigEntry, name: str, *to: str) -> None:
    person = person_of(entry, name)
    consent = {"to": list(to), "by": name, "at": "2026-11-23T12:00:00+00:00"}
    hass.config_entries.async_update_subentry(entry, person, data={**person.data, "consent": consent})


async def chosen(hass: HomeAssistant, entry: MockConfigEntry, name: str, *steps: str) -> dict:
    """A person's flow, after choosing these entries of its menus."""
    flow = await entry.start_subentry_reconfigure_flow(hass, person_of(entry, name).subentry_id)
    for step in steps:
        flow = await configured(hass, flow, {"next_step_id": step})
    return flow


async def configured(hass: HomeAssistant, flow: dict, answer: dict | None = None) -> dict:
    return await hass.config_entries.subentries.async_configure(flow["flow_id"], answer)
