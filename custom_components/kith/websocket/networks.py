"""The networks: which there are, which are in use, and what others would change in this home."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.update import DOMAIN as UPDATE_DOMAIN
from homeassistant.components.websocket_api import ActiveConnection, event_message
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util.json import JsonObjectType, JsonValueType

from ..const import CONF_PACK, DOMAIN
from ..descriptions.pack_replay import head_of, tell_lost, tell_photos, tell_visits
from ..descriptions.sentences import say_error
from ..engines.local import LocalEngine
from ..engines.update import PackUpdate, packs_to_choose
from ..enrollment.pack_trial import try_pack
from ..errors import details
from ..identity.pack_replay import PackReplay, ReplayedVisit
from ..kith_engine.errors import KithError
from ..kith_engine.manifest import Manifest
from ..runtime import Home
from .command import Command, RefusedError, running
from .serialize import Pictures, pictures_of
from .visits import visit, would


async def networks_of(home: Home) -> JsonObjectType | None:
    """None if there is no choice: the engine runs elsewhere, or there is only one pack."""
    packs, wanted = await packs_to_choose(home.hass, home.entry)
    if wanted is None:
        return None
    facts, pending = home.engine.facts, await _pending(home)
    tried = home.replay if pending and home.replay and home.replay.pack == pending.folder else None
    return {
        "now": facts.pack.partition(" ")[0] if facts else None,
        "wanted": wanted.name,
        "choices": [{"name": pack.name, "title": pack.title} for pack in packs],
        "update": _update_entity(home),
        "pending": pending is not None,
        "tried": await _told(home, tried) if tried else None,
    }


async def _pending(home: Home) -> Manifest | None:
    """The pack that the update entity offers."""
    if not isinstance(home.engine, LocalEngine):
        return None
    return await PackUpdate(home.hass, home.engine).pending(home.entry.options.get(CONF_PACK))


@callback
def _update_entity(home: Home) -> str | None:
    """The update entity that installs the wanted networks."""
    unique_id = f"{home.entry.entry_id}_pack_update"
    return er.async_get(home.hass).async_get_entity_id(UPDATE_DOMAIN, DOMAIN, unique_id)


async def _try(hass: HomeAssistant, connection: ActiveConnection, request: dict[str, Any]) -> None:
    """Try the pending networks for as long as the page listens."""
    home = running(hass)
    pending = await _pending(home)
    if pending is None or not isinstance(home.engine, LocalEngine):
        raise RefusedError("no_other_networks")
    update = PackUpdate(hass, home.engine)

    @callback
    def send(event: JsonObjectType) -> None:
        connection.send_message(event_message(request["id"], event))

    connection.send_result(request["id"])
    work = home.entry.async_create_background_task(
        hass, _go_on(home, update, pending, send), f"{DOMAIN} tries other networks"
    )
    connection.subscriptions[request["id"]] = work.cancel


async def _go_on(home: Home, update: PackUpdate, pack: Manifest, send: Callable[[JsonObjectType], None]) -> None:
    """Sends each percent once, and then the result or what went wrong."""
    shown = 0

    @callback
    def progress(share: float) -> None:
        nonlocal shown
        if (percent := round(100 * share)) > shown:
            shown = percent
            send(_event(percent))

    send(_event(0))
    try:
        replay = await try_pack(home, update, pack, progress)
    except KithError as error:
        send(_event(shown, trouble=say_error(home.hass, error.code, {"details": details(error)})))
    else:
        send(_event(100, tried=await _told(home, replay)))


def _event(percent: int, *, trouble: str | None = None, tried: JsonObjectType | None = None) -> JsonObjectType:
    return {"percent": percent, "trouble": trouble, "tried": tried}


async def _told(home: Home, replay: PackReplay) -> JsonObjectType:
    kept = await pictures_of(home)
    lines: list[JsonValueType] = [*tell_visits(home, replay)]
    changed = (_changed(home, one, kept) for one in replay.changed)
    return {
        "head": head_of(home, replay),
        "lines": lines,
        "photos": tell_photos(home, replay),
        "lost": tell_lost(home, replay),
        "changed": [one for one in changed if one is not None],
    }


@callback
def _changed(home: Home, one: ReplayedVisit, kept: Pictures) -> JsonObjectType | None:
    """The visit in words for its kept face alone; None if it is no longer logged."""
    if (entry := home.stores.visits.get(one.visit_id)) is None:
        return None
    words = would(home, one.before)["words"]
    return {**visit(home, entry, kept), "words": words, "would": would(home, one.after)}


COMMANDS = (Command("networks/try", follow=_try),)
