"""Kith tells a home who is there."""

import shutil

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryError, ConfigEntryNotReady, IntegrationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util

from .actions import register_actions
from .announcements import announce
from .care import Care, could_not_start, forget_failures, watch_over
from .const import DOMAIN
from .devices import is_stale, remove_stale_devices
from .engines.choice import start_engine
from .errors import GalleryUnreadable, StorageTooNew, translated
from .home import Home, KithConfigEntry
from .household import Household
from .keeper import keep_strangers
from .kith_engine.errors import EngineRefused, KithError, ProtocolMismatch
from .linked import follow_names
from .opinions.asking import ask_in_doubt
from .opinions.opinions import Opinions, leave_services
from .panel import hide_panel, serve_panel, show_panel
from .panel_views import register_panel_views
from .photo_views import register_views
from .photos import PhotoStore
from .renaming import follow_renamed_entities
from .renewal import renew_by_itself
from .sent_views import register_sent_view
from .sightings import fire_on_the_bus
from .storage import (
    EnrolledStore,
    FaceStore,
    GalleryStore,
    LedgerStore,
    PresenceStore,
    ServedStore,
    SuitabilityStore,
    VisitStore,
)
from .told import Sighting
from .undo import Undos
from .visit_log import VisitLog
from .websocket import register_commands

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = [Platform.BINARY_SENSOR, Platform.EVENT, Platform.IMAGE, Platform.SENSOR, Platform.SWITCH, Platform.UPDATE]
NEEDS_THE_OWNER = (ProtocolMismatch, GalleryUnreadable, StorageTooNew)
"""Trying again does not help with these."""


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    register_actions(hass)
    register_views(hass)
    register_sent_view(hass)
    register_panel_views(hass)
    register_commands(hass)
    await serve_panel(hass)
    follow_renamed_entities(hass)
    forget_failures(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: KithConfigEntry) -> bool:
    await show_panel(hass)
    try:
        home = entry.runtime_data = await _open(hass, entry)
    except KithError as error:
        could_not_start(hass, entry, error, dt_util.utcnow())
        raise translated(error, _kind_of(error)) from error

    @callback
    def sighted(sighting: Sighting) -> None:
        fire_on_the_bus(hass, entry, sighting)

    try:
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
        entry.async_on_unload(home.household.listen(sighted))
        entry.async_on_unload(entry.add_update_listener(_changed))
        entry.async_on_unload(follow_names(hass, entry))
        remove_stale_devices(hass, entry)
        log = VisitLog(home)
        log.start()
        keep_strangers(home, log)
        ask_in_doubt(home)
        await home.start()
        care = Care(home)
        renew_by_itself(home, care.look_again)
        await watch_over(home, care)
        announce(hass, entry)  # nothing is seen before the loop turns
    except BaseException:
        await home.stop()
        raise
    return True


async def _open(hass: HomeAssistant, entry: KithConfigEntry) -> Home:
    """What is stored, and an engine that runs. Raises KithError."""
    gallery, presence, suitability = GalleryStore(hass), PresenceStore(hass), SuitabilityStore(hass)
    await gallery.load()
    household = Household(await presence.load(), await suitability.load())
    served = ServedStore(hass)
    await served.load()
    visits, faces = VisitStore(hass), FaceStore(hass)
    await visits.load()
    await faces.load()
    photos, undos = PhotoStore(hass), Undos(hass)
    ledger, enrolled = LedgerStore(hass), EnrolledStore(hass)
    await ledger.load()
    await enrolled.load()
    opinions = Opinions(hass, entry, (gallery, photos, ledger, enrolled))
    opinions.prepare()
    engine = await start_engine(hass, entry.data)
    return Home(
        hass,
        entry,
        engine,
        gallery,
        presence,
        suitability,
        household,
        photos,
        served,
        visits,
        faces,
        undos,
        opinions,
    )


def _kind_of(error: KithError) -> type[IntegrationError]:
    """What Home Assistant makes of it: ask for a token, wait for the owner, or try again."""
    if isinstance(error, EngineRefused):
        return ConfigEntryAuthFailed
    return ConfigEntryError if isinstance(error, NEEDS_THE_OWNER) else ConfigEntryNotReady


async def async_unload_entry(hass: HomeAssistant, entry: KithConfigEntry) -> bool:
    if unloaded := await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        await entry.runtime_data.stop()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: KithConfigEntry) -> None:
    """Nothing of anybody is left behind: gallery, sightings, and the engine's files."""
    hide_panel(hass)
    await GalleryStore(hass).remove()
    await PresenceStore(hass).remove()
    await SuitabilityStore(hass).remove()
    await ServedStore(hass).remove()
    await VisitStore(hass).remove()
    await FaceStore(hass).erase()
    await leave_services(hass)
    await hass.async_add_executor_job(lambda: shutil.rmtree(hass.config.path(DOMAIN), ignore_errors=True))


async def async_remove_config_entry_device(hass: HomeAssistant, entry: KithConfigEntry, device: DeviceEntry) -> bool:
    """Only what stands for nothing any more: people and cameras are removed as what they are."""
    return is_stale(hass, entry, device)


async def _changed(hass: HomeAssistant, entry: KithConfigEntry) -> None:
    await entry.runtime_data.follow_entry()
