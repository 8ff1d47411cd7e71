"""Kith's page in the sidebar, for administrators and whoever may answer questions, and its card for dashboards, while
there is an entry.
"""

from pathlib import Path
from typing import Any

from homeassistant.components.frontend import (
    DATA_PANELS,
    add_extra_js_url,
    async_remove_panel,
    remove_extra_js_url,
)
from homeassistant.components.http import StaticPathConfig
from homeassistant.components.panel_custom import async_register_panel
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.loader import async_get_integration

from .const import DOMAIN
from .settings import trusted_users

PANEL_FOLDER = Path(__file__).parent / "panel"
ELEMENT = "kith-panel"
ICON = "mdi:account-eye"


async def serve_panel(hass: HomeAssistant) -> None:
    """Call it once per run of Home Assistant: paths cannot be unregistered."""
    path = await _path(hass)
    await hass.http.async_register_static_paths([StaticPathConfig(path, str(PANEL_FOLDER), cache_headers=True)])


async def show_panel(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Show the page, even while Kith cannot start: it explains why. Offer the card, too.

    Home Assistant's sidebar knows administrators and everybody: once somebody else may answer, all users see the page
    in it, which tells the others that it is not for them.
    """
    for_admins = not trusted_users(entry)
    if is_shown(hass):
        if hass.data[DATA_PANELS][DOMAIN].require_admin is for_admins:
            return
        async_remove_panel(hass, DOMAIN)
    else:
        add_extra_js_url(hass, await _card(hass))
    await async_register_panel(
        hass,
        frontend_url_path=DOMAIN,
        webcomponent_name=ELEMENT,
        sidebar_title="Kith",
        sidebar_icon=ICON,
        module_url=f"{await _path(hass)}/main.js",
        embed_iframe=False,
        require_admin=for_admins,
    )


async def hide_panel(hass: HomeAssistant) -> None:
    if is_shown(hass):
        async_remove_panel(hass, DOMAIN)
        remove_extra_js_url(hass, await _card(hass))


@callback
def is_shown(hass: HomeAssistant) -> bool:
    return DOMAIN in hass.data.get(DATA_PANELS, {})


async def _path(hass: HomeAssistant) -> str:
    """Contains the version, so that browsers fetch every file again after an update."""
    integration = await async_get_integration(hass, DOMAIN)
    return f"/kith_panel/{integration.version}"


async def _card(hass: HomeAssistant) -> str:
    """The module that defines the card, for every page of Home Assistant: a dashboard may have it."""
    return f"{await _path(hass)}/card.js"
