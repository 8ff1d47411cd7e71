"""This home's keys for engines on other hosts, and pairing with one."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
import ssl
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.storage import STORAGE_DIR
from yarl import URL

from ..const import CONF_CERTIFICATE, DOMAIN
from ..kith_engine.analysis import EngineFacts
from ..kith_engine.client import EngineClient
from ..kith_engine.errors import EngineError, EngineUnavailableError, EngineUnpairedError
from ..kith_engine.listening import Address
from ..kith_engine.pairing.client import ask_offer, pair
from ..kith_engine.pairing.codes import typed
from ..kith_engine.pairing.identity import Identity, fingerprint
from ..kith_engine.pairing.protocol import Offer
from ..kith_engine.pairing.tls import paired_context, pinned_context

KEY = f"{DOMAIN}.engine_key"
"""Begins the names of files beside Home Assistant's stores, one for each engine, which end with the fingerprint of its
certificate: OpenSSL reads keys from files only. Backups take them along.
"""
PORT = 7071
"""Where an engine serves paired homes, unless it was told otherwise."""


def encode_certificate(certificate: bytes) -> str:
    """As it lies in the entry."""
    return base64.b64encode(certificate).decode("ascii")


def decode_certificate(stored: str) -> bytes:
    return base64.b64decode(stored)


def fingerprint_of(stored: str) -> str:
    """The fingerprint of a certificate as the entry stores it."""
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


def is_exposed(text: str) -> bool:
    """Does what is sent to an engine at this URL leave the machine unencrypted?"""
    return text.startswith("http:") and not is_loopback(text)


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
        home = Identity.read(_path(hass, certificate))
        if home is None:
            raise EngineUnpairedError("this home has lost its key.")
        return PairedWith(paired_context(certificate, home), pinned_context(certificate))

    return await hass.async_add_executor_job(load)


async def find(hass: HomeAssistant, url: str) -> Offer:
    """What the engine at this address says about itself, unproven. Raises what `EngineClient` raises."""
    return await ask_offer(async_get_clientsession(hass), url)


async def pair_with(hass: HomeAssistant, url: str, code: str) -> str:
    """Make a new key and pair by the code; the key that this home had for the engine is replaced once that answers.

    Returns the engine's certificate, as it lies in an entry. Raises PairingError and what `EngineClient` raises; then
    nothing has changed.
    """
    offer = await find(hass, url)
    session, path = async_get_clientsession(hass), _path(hass, offer.certificate)
    partial = path.with_name(f"{path.name}.new")
    try:
        home = await hass.async_add_executor_job(Identity.made, partial, hass.config.location_name)
        await pair(session, url, offer, code=typed(code), home=home, name=hass.config.location_name)
        tls = await hass.async_add_executor_job(paired_context, offer.certificate, home)
        await EngineClient(session, url, tls=tls).hello()
        await hass.async_add_executor_job(partial.replace, path)
    finally:
        await hass.async_add_executor_job(partial.unlink, True)
    return encode_certificate(offer.certificate)


async def greet(client: EngineClient, unnamed: EngineClient | None) -> EngineFacts:
    """unnamed: a client of the same engine that shows no certificate, if this home was paired with it.

    Raises EngineUnpairedError if the engine no longer knows this home, and what `EngineClient.hello` raises.
    """
    try:
        return await client.hello()
    except EngineUnavailableError:
        if unnamed is None or not await _answers(unnamed):
            raise
        raise EngineUnpairedError("it does not know this home.") from None


async def _answers(unnamed: EngineClient) -> bool:
    """Does the same engine answer somebody who shows no certificate? Then it is ours that it does not accept.

    TLS ends the connection of a home that the engine does not know, without a word.
    """
    try:
        await unnamed.hello()
    except EngineUnpairedError:
        return True
    except EngineError:
        return False
    return False


async def erase_unused_keys(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Erase the keys for engines that neither Kith nor a second opinion uses, unless a dialog may need one."""
    if any(flow["handler"][0] == entry.entry_id for flow in hass.config_entries.subentries.async_progress()):
        return
    settings = (entry.data, *(subentry.data for subentry in entry.subentries.values()))
    kept = [one[CONF_CERTIFICATE] for one in settings if CONF_CERTIFICATE in one]
    await hass.async_add_executor_job(erase_keys, hass, kept)


def erase_keys(hass: HomeAssistant, kept: Iterable[str] = ()) -> None:
    """Erase the keys for all engines but those with these certificates, as they lie in an entry. Blocks."""
    left = {_path(hass, decode_certificate(stored)) for stored in kept}
    for path in Path(hass.config.path(STORAGE_DIR)).glob(f"{KEY}.*"):
        if path not in left:
            path.unlink(missing_ok=True)


def _path(hass: HomeAssistant, certificate: bytes) -> Path:
    return Path(hass.config.path(STORAGE_DIR, f"{KEY}.{fingerprint(certificate)}"))
