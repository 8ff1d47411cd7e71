"""The list of all that was sent, to download: signed paths and logged-in administrators only, and in no cache."""

from datetime import timedelta

from aiohttp import hdrs, web
from homeassistant.components.http import KEY_HASS
from homeassistant.components.http.auth import async_sign_path
from homeassistant.components.http.decorators import require_admin
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import HomeAssistantView
from homeassistant.helpers.json import json_bytes
from homeassistant.util import dt as dt_util

from .const import SUBENTRY_SERVICE
from .home import loaded_entry, subentries
from .sent import as_csv, as_values, entries_of

PATH = "/api/kith/sent"
FORMS = {"csv": "text/csv", "json": "application/json"}
GOOD_FOR = timedelta(minutes=15)
"""As the text says beside the links."""


@callback
def register_sent_view(hass: HomeAssistant) -> None:
    hass.http.register_view(SentView)


@callback
def links(hass: HomeAssistant, service_id: str) -> str:
    """To the files, for who asks now; as HTML, for only so a link in a dialog can open outside of the page."""
    signed = {form: async_sign_path(hass, f"{PATH}/{service_id}/{form}", GOOD_FOR) for form in FORMS}
    return ", ".join(f'<a href="{path}" target="_blank">{form.upper()}</a>' for form, path in signed.items())


class SentView(HomeAssistantView):
    """Of one service."""

    url = f"{PATH}/{{service_id}}/{{form}}"
    name = "api:kith:sent"

    @require_admin
    async def get(self, request: web.Request, service_id: str, form: str) -> web.Response:
        entry = loaded_entry(request.app[KEY_HASS])
        services = subentries(entry, SUBENTRY_SERVICE) if entry else []
        if entry is None or service_id not in {one.subentry_id for one in services} or form not in FORMS:
            raise web.HTTPNotFound
        rows = [as_values(entry, one) for one in entries_of(entry, service_id)]
        name = f"kith-sent-{dt_util.now():%Y-%m-%d}.{form}"
        return web.Response(
            body=json_bytes(rows) if form == "json" else as_csv(rows).encode(),
            content_type=FORMS[form],
            charset="utf-8",
            headers={
                hdrs.CACHE_CONTROL: "no-store",
                hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"',
            },
        )
