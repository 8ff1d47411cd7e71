"""Kith's part of Home Assistant's system information."""

from typing import Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from .const import CONF_ENGINE, DOMAIN
from .runtime import loaded_entry
from .second_opinion.service_state import ServiceState

WELL = (ServiceState.READY, ServiceState.OFF)


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    register.async_register_info(_system_health)


async def _system_health(hass: HomeAssistant) -> dict[str, Any]:
    """Only counts and versions: users paste this into public reports."""
    if (entry := loaded_entry(hass)) is None:
        states = [entry.state for entry in hass.config_entries.async_entries(DOMAIN)]
        return {"engine": str(states[0].value if states else ConfigEntryState.NOT_LOADED.value)}
    home = entry.runtime_data
    facts = home.engine.facts
    services = home.opinions.services.values()
    watched = [camera for camera in home.cameras.values() if camera.enabled]
    return {
        "engine": "ok" if home.engine.available else {"type": "failed", "error": _why(home.engine.reason)},
        "engine_place": home.entry.data[CONF_ENGINE],
        "engine_version": facts.version if facts else None,
        "runtime": facts.runtime if facts else None,
        "pack": facts.pack if facts else None,
        "cameras": len(watched),
        "cameras_failing": sum(not camera.last_update_success for camera in watched),
        "people": len(home.people()),
        "templates": sum(map(len, home.stores.gallery.gallery.templates.values())),
        "services": len(services),
        "services_failing": sum(running.state not in WELL for running in services),
    }


def _why(reason: Exception | None) -> str:
    """The error's code: its message may contain an address."""
    return str(getattr(reason, "code", "unavailable"))
