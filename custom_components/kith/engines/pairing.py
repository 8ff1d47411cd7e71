"""This home's key for an engine on another host, and pairing with one."""

import base64
from dataclasses import dataclass
from pathlib import Path
import ssl

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.storage import STORAGE_DIR
from yarl import URL

from ..const import DOMAIN
from ..kith_engine.client import EngineClient
from ..kith_engine.errors import EngineError, EngineUnpairedError
from ..kith_engine.listening import Address
from ..kith_engine.pairing.client import ask_offer, pair
from ..kith_engine.pairing.codes import typed
from ..kith_engine.pairing.identity import Identity, fingerprint
from ..kith_engine.pairing.protocol import Offer
from ..kith_engine.pairing.tls import paired_context, pinned_context

KEY = f"{DOMAIN}.engine_key"
"""A file beside Home Assistant's stores: OpenSSL reads keys from files only. Backups take it along."""
PORT = 7071
"""Where an engine serves paired homes, unless it was told otherwise."""


def encode_certificate(certificate: bytes) -> str:
    """As it lies in the entry."""
    return base64.b64encode(certificate).decode("ascii")


def decode_certificate(stored: str) -> bytes:
    return base64.b64decode(stored)


def fingerprint_of(stored: str) -> str:
    """Of a certificate in the entry."""
    return fingerprint(decode_certificate(stored))


def paired_url(text: str) -> str:
    """The address of a paired engine, from what somebody typed: "nas", "192.168.1.20:7071". Raises EngineError."""
    wrong = EngineError("its address must look like 192.168.1.20 or nas.local:7071.")
    try:
        url = URL(text if "://" in text else f"https://{text}")
        port = url.explicit_port or PORT
    except ValueError as error:
        raise wrong from error
    if url.scheme != "https" or not url.host or url.user is not None:
        raise wrong
    return str(URL.build(scheme="https", host=url.host, port=port))


def is_loopback(text: str) -> bool:
    """Does this URL lead to the machine itself?"""
    try:
        return Address(host=URL(text).host or "").private
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class PairedWith:
    """How to reach an engine that this home was paired with, and no other.

    tls: proves both sides. unnamed: proves the engine only, to find out whether it still knows this home.
    """

    tls: ssl.SSLContext
    unnamed: ssl.SSLContext


async def paired_with(hass: HomeAssistant, certificate: bytes) -> PairedWith:
    """certificate: the engine's. Raises EngineUnpairedError if this home has lost its key."""

    def load() -> PairedWith:
        home = Identity.read(_path(hass))
        if home is None:
            raise EngineUnpairedError("this home has lost its key.")
        return PairedWith(paired_context(certificate, home), pinned_context(certificate))

    return await hass.async_add_executor_job(load)


async def find(hass: HomeAssistant, url: str) -> Offer:
    """What the engine at this address says about itself, unproven. Raises what `EngineClient` raises."""
    return await ask_offer(async_get_clientsession(hass), url)


async def pair_with(hass: HomeAssistant, url: str, offer: Offer, code: str) -> None:
    """Make a new key and pair by the code; the key that this home had before is replaced once the engine answers.

    Raises PairingError and what `EngineClient` raises; then nothing has changed.
    """
    session, path = async_get_clientsession(hass), _path(hass)
    partial = path.with_suffix(".new")
    try:
        home = await hass.async_add_executor_job(Identity.made, partial, hass.config.location_name)
        await pair(session, url, offer, code=typed(code), home=home, name=hass.config.location_name)
        tls = await hass.async_add_executor_job(paired_context, offer.certificate, home)
        await EngineClient(session, url, tls=tls).hello()
        await hass.async_add_executor_job(partial.replace, path)
    finally:
        await hass.async_add_executor_job(partial.unlink, True)


def erase_key(hass: HomeAssistant) -> None:
    """Run it in an executor."""
    _path(hass).unlink(missing_ok=True)


def _path(hass: HomeAssistant) -> Path:
    return Path(hass.config.path(STORAGE_DIR, KEY))
