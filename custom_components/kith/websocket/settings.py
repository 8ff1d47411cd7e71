"""Kith's settings, each with what it means now."""

from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_URL
from homeassistant.core import callback
from homeassistant.util.json import JsonObjectType, JsonValueType
import voluptuous as vol

from ..const import CONF_ENABLED, CONF_GUIDED, CONF_KEEP_STRANGERS, CONF_KIND, CONF_PACK, CONF_TRUSTED, SUBENTRY_SERVICE
from ..engines.update import packs_to_choose
from ..privacy.viewing import users_to_trust
from ..runtime import Home
from ..settings import MOST_DAYS, Agreement, ServiceKind, retention_days, retention_is_decided, trusted_users
from ..subentries import subentries_of
from .cameras import sureness_choices
from .command import ID, Command, RefusedError
from .networks import networks_of


async def _get(home: Home, _request: dict[str, Any]) -> JsonObjectType:
    return {
        "sureness": await sureness_choices(home),
        "keeping": {
            "days": retention_days(home.entry),
            "decided": retention_is_decided(home.entry),
            "most": MOST_DAYS,
            "kept": await _kept(home),
        },
        "answering": await _answering(home),
        "networks": await networks_of(home),
        "services": [_service(home, service) for service in subentries_of(home.entry, SUBENTRY_SERVICE)],
        "engine": {"url": home.entry.data.get(CONF_URL)},
    }


async def _kept(home: Home) -> int:
    """How many faces of visits are kept, of known people and of everybody else."""
    known = await home.stores.visit_pictures.people()
    return len(await home.stores.photos.strangers()) + sum(map(len, known.values()))


async def _answering(home: Home) -> list[JsonValueType]:
    """Who may be trusted with the questions, and who is."""
    trusted = trusted_users(home.entry)
    return [
        {"user_id": user.id, "name": user.name or user.id, "trusted": user.id in trusted}
        for user in await users_to_trust(home.hass)
    ]


@callback
def _service(home: Home, service: ConfigSubentry) -> JsonObjectType:
    """asked_today: None until the service was taken up."""
    running = home.opinions.services.get(service.subentry_id)
    return {
        "service_id": service.subentry_id,
        "name": service.title,
        "enabled": service.data.get(CONF_ENABLED, True),
        "at_home": ServiceKind(service.data[CONF_KIND]).agreement is Agreement.OPINION,
        "asked_today": running.asked_today if running else None,
    }


async def _set(home: Home, request: dict[str, Any]) -> JsonObjectType:
    """Change the settings that are given."""
    changed: dict[str, Any] = {str(key): request[str(key)] for key in CHANGEABLE if str(key) in request}
    if CONF_PACK in changed:
        packs, _ = await packs_to_choose(home.hass, home.entry)
        if changed[CONF_PACK] not in [pack.name for pack in packs]:
            raise RefusedError("no_such_networks")
    if not {user.id for user in await users_to_trust(home.hass)}.issuperset(changed.get(CONF_TRUSTED, ())):
        raise RefusedError("no_such_user")
    home.hass.config_entries.async_update_entry(home.entry, options={**home.entry.options, **changed})
    return {}


CHANGEABLE = {
    vol.Optional(CONF_KEEP_STRANGERS): vol.All(int, vol.Range(0, MOST_DAYS)),
    vol.Optional(CONF_PACK): str,
    vol.Optional(CONF_TRUSTED): vol.All([ID], vol.Unique()),
    vol.Optional(CONF_GUIDED): bool,
}
COMMANDS = (Command("settings/get", _get), Command("settings/set", _set, CHANGEABLE))
