"""Lists of people in the settings of cameras and services: who is allowed there, and whom a service never hears of."""

from collections.abc import Callable
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, callback

from .const import CONF_ALLOWED, CONF_NOT_ABOUT, CONF_PERSON_ID, SUBENTRY_CAMERA, SUBENTRY_PERSON, SUBENTRY_SERVICE

NOBODY = "nobody"
"""All that is left on a camera's list once everybody on it was removed: an empty one would allow everybody."""
_LISTS = {SUBENTRY_CAMERA: CONF_ALLOWED, SUBENTRY_SERVICE: CONF_NOT_ABOUT}
"""The setting with the list, by what has one."""


@callback
def listing(entry: ConfigEntry[Any], person_id: str) -> list[ConfigSubentry]:
    """The cameras and services whose list names this person."""
    return [one for one in entry.subentries.values() if person_id in _listed(one)]


@callback
def strike(hass: HomeAssistant, entry: ConfigEntry[Any], person_id: str) -> None:
    """Take the person off every list."""
    for subentry in listing(entry, person_id):
        _change(hass, entry, subentry, lambda listed: [other for other in listed if other != person_id])


@callback
def strike_removed(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Take everybody off every list who is not in Kith any more."""
    subentries = entry.subentries.values()
    people = {one.data[CONF_PERSON_ID] for one in subentries if one.subentry_type == SUBENTRY_PERSON}
    listed = {person_id for one in subentries for person_id in _listed(one)}
    for person_id in listed - people - {NOBODY}:
        strike(hass, entry, person_id)


@callback
def put_in_place(hass: HomeAssistant, entry: ConfigEntry[Any], subentry_id: str, before: str, after: str) -> None:
    """Where the list of this camera or service names one person, it names the other instead."""
    subentry = entry.subentries.get(subentry_id)
    if subentry is not None and before in _listed(subentry):
        _change(
            hass, entry, subentry, lambda listed: [*dict.fromkeys(after if one == before else one for one in listed)]
        )


@callback
def put_beside(hass: HomeAssistant, entry: ConfigEntry[Any], subentry_id: str, person_id: str, other: str) -> None:
    """Where the list of this camera or service names one person, it names the other, too."""
    subentry = entry.subentries.get(subentry_id)
    if subentry is not None and person_id in _listed(subentry):
        _change(hass, entry, subentry, lambda listed: [*dict.fromkeys([*listed, other])])


def _listed(subentry: ConfigSubentry) -> list[str]:
    key = _LISTS.get(subentry.subentry_type)
    return list(subentry.data.get(key, ())) if key else []


def _change(
    hass: HomeAssistant, entry: ConfigEntry[Any], subentry: ConfigSubentry, made: Callable[[list[str]], list[str]]
) -> None:
    listed = made(_listed(subentry))
    if not listed and subentry.subentry_type == SUBENTRY_CAMERA:
        listed = [NOBODY]
    data = {**subentry.data, _LISTS[subentry.subentry_type]: listed}
    hass.config_entries.async_update_subentry(entry, subentry, data=data)
