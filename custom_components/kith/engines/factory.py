"""Starts the engine that an entry asks for."""

from collections.abc import Mapping
import logging
from typing import Any

from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant

from ..const import CONF_CERTIFICATE, CONF_ENGINE, ENGINE_REMOTE
from ..kith_engine.errors import PackError, RuntimeMissingError
from . import Engine
from .installer import Installer
from .local import LocalEngine
from .pairing import decode_certificate, paired_with
from .process import Installation
from .remote import RemoteEngine

_LOGGER = logging.getLogger(__name__)


async def start_engine(hass: HomeAssistant, settings: Mapping[str, Any]) -> Engine:
    """Returns a running engine. Raises what its `start` and the installer raise."""
    if settings[CONF_ENGINE] == ENGINE_REMOTE:
        stored = settings.get(CONF_CERTIFICATE)
        paired = None if stored is None else await paired_with(hass, decode_certificate(stored))
        remote = RemoteEngine(hass, settings[CONF_URL], settings.get(CONF_TOKEN), paired)
        await remote.start()
        return remote
    installer = Installer(hass)
    try:
        return await _start(hass, await installer.installed() or await installer.install())
    except (PackError, RuntimeMissingError) as error:
        engine = await _start(hass, await installer.repair(error))
        # logged only on success: the caller reports a failure, once and not at every try
        _LOGGER.warning("The engine's files were missing or damaged and have been restored: %s", error)
        return engine


async def _start(hass: HomeAssistant, installation: Installation) -> LocalEngine:
    engine = LocalEngine(hass, installation)
    await engine.start()
    return engine
