"""What tests of services for second opinions share."""

from typing import Any

from homeassistant.config_entries import ConfigSubentry, ConfigSubentryData
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .conftest import as_subentry

NAMES = {"kith": "Bigger engine", "compreface": "CompreFace", "azure": "Azure AI Face"}


def service_subentry(kind: str = "compreface", **settings: Any) -> ConfigSubentryData:
    """A service at an address where nobody answers, unless another is given."""
    return ConfigSubentryData(
        data={"kind": kind, "url": "http://127.0.0.1:9", "key": "a key", **settings},
        subentry_type="service",
        title=NAMES[kind],
        unique_id=None,
    )


def add_service(hass: HomeAssistant, entry: MockConfigEntry, kind: str = "compreface", **settings: Any) -> str:
    """Add it to an existing entry. Returns its id."""
    subentry = as_subentry(service_subentry(kind, **settings))
    hass.config_entries.async_add_subentry(entry, subentry)
    return subentry.subentry_id


def service_of(entry: MockConfigEntry, title: str = "CompreFace") -> ConfigSubentry:
    return next(one for one in entry.subentries.values() if one.title == title and one.subentry_type == "service")
