"""Kith's settings, each with what it means now."""

from typing import Any

from homeassistant.const import CONF_URL
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import CONF_KEEP_STRANGERS, CONF_PACK
from ..engines.update import packs_to_choose
from ..runtime import Home
from ..settings import MOST_DAYS, retention_days, retention_is_decided
from .cameras import sureness_choices
from .command import Command, RefusedError
from .networks import networks_of


async def _get(home: Home, _request: dict[str, Any]) -> JsonObjectType:
    return {
        "sureness": await sureness_choices(home),
        "keeping": {
            "days": retention_days(home.entry),
            "decided": retention_is_decided(home.entry),
            "most": MOST_DAYS,
            "kept": len(await home.stores.photos.strangers()),
        },
        "networks": await networks_of(home),
        "engine": {"url": home.entry.data.get(CONF_URL)},
    }


async def _set(home: Home, request: dict[str, Any]) -> JsonObjectType:
    """Change the settings that are given."""
    changed: dict[str, Any] = {key: request[key] for key in (CONF_KEEP_STRANGERS, CONF_PACK) if key in request}
    if CONF_PACK in changed:
        packs, _ = await packs_to_choose(home.hass, home.entry)
        if changed[CONF_PACK] not in [pack.name for pack in packs]:
            raise RefusedError("no_such_networks")
    home.hass.config_entries.async_update_entry(home.entry, options={**home.entry.options, **changed})
    return {}


DAYS = vol.All(int, vol.Range(0, MOST_DAYS))
COMMANDS = (
    Command("settings/get", _get),
    Command("settings/set", _set, {vol.Optional(CONF_KEEP_STRANGERS): DAYS, vol.Optional(CONF_PACK): str}),
)
