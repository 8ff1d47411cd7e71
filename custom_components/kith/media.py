"""Fetches media that Home Assistant's media sources have as an address, not as a file."""

from contextlib import AbstractAsyncContextManager

import aiohttp
from homeassistant.components.media_player.browse_media import async_process_play_media_url
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.network import is_hass_url

DOWNLOAD_TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=10)
"""Seconds: clouds first fetch a clip from the camera."""


def requested(hass: HomeAssistant, url: str) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
    """The response to a request for what a media source resolved to `url`.

    Entering it raises aiohttp.ClientError or TimeoutError. Messages must not name the address: it may be signed.
    """
    address = async_process_play_media_url(hass, url, allow_relative_url=False)
    own = is_hass_url(hass, address)  # its certificate is not always for the name that it calls itself by
    return async_get_clientsession(hass, verify_ssl=not own).get(address, timeout=DOWNLOAD_TIMEOUT)
