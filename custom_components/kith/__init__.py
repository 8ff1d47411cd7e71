"""Kith recognizes people on Home Assistant's cameras, locally."""

import shutil

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryError, ConfigEntryNotReady, IntegrationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util

from .bus_events import fire_event
from .clips.event_clips import EventClips
from .const import DOMAIN
from .engines.factory import start_engine
from .engines.installer import cache_folder
from .engines.pairing import erase_keys, erase_unused_keys
from .enrollment.renewal import renew_by_itself
from .errors import GalleryUnreadableError, StorageTooNewError, translated
from .frontend import hide_panel, serve_panel, show_panel
from .health import HealthMonitor, could_not_start, forget_failures, start_monitoring
from .household import Household
from .http_views import register_views
from .identity.hearsay import Hearsay
from .kith_engine.errors import EngineRefusedError, KithError, ProtocolMismatchError
from .phones.at_home import follow_phones
from .phones.questions import PhoneQuestions
from .registry_sync import follow_names, follow_renamed_entities, is_stale, remove_stale_devices
from .review.kept_faces import keep_faces
from .review.visit_log import VisitLog
from .runtime import Home, KithConfigEntry
from .second_opinion.asking import ask_in_doubt
from .second_opinion.opinions import SecondOpinions, leave_services
from .services import register_actions
from .sighting import Sighting
from .signals import send_signals
from .stores import Stores
from .subentries import Agreements
from .undo import Undos
from .websocket import register_commands

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.DEVICE_TRACKER,
    Platform.EVENT,
    Platform.IMAGE,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.UPDATE,
]
NEEDS_THE_OWNER = (ProtocolMismatchError, GalleryUnreadableError, StorageTooNewError)
"""Errors that a retry cannot fix."""


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    register_actions(hass)
    register_views(hass)
    register_commands(hass)
    await serve_panel(hass)
    follow_renamed_entities(hass)
    forget_failures(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: KithConfigEntry) -> bool:
    await show_panel(hass, entry)
    try:
        home = entry.runtime_data = await _open(hass, entry)
    except KithError as error:
        could_not_start(hass, entry, error, dt_util.utcnow())
        raise translated(error, _kind_of(error)) from error

    @callback
    def sighted(sighting: Sighting) -> None:
        fire_event(hass, entry, sighting)

    try:
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
        entry.async_on_unload(home.household.on_sighting.subscribe(sighted))
        entry.async_on_unload(entry.add_update_listener(_changed))
        follow_names(hass, entry)
        follow_phones(home)
        PhoneQuestions(home).start()
        remove_stale_devices(hass, entry)
        log = VisitLog(home)
        log.start()
        keep_faces(home, log)
        EventClips(home).start()
        entry.async_on_unload(
            ask_in_doubt(home.opinions, home.household, home.engine, lambda camera: home.cameras[camera].last.picture)
        )
        await home.start()
        await erase_unused_keys(hass, entry)
        monitor = HealthMonitor(home)
        await start_monitoring(home, monitor, renew_by_itself(home, monitor.look_again))
        send_signals(hass, entry)  # before the event loop runs again, nothing can be seen
    except BaseException:
        await home.stop()
        raise
    return True


async def _open(hass: HomeAssistant, entry: KithConfigEntry) -> Home:
    """Load what is stored and start the engine. Raises KithError."""
    stores = Stores.of(hass)
    await stores.load()
    household = Household(stores.presence.presence, stores.suitability.cameras, Hearsay(stores.hearsay.cameras))
    agreements = Agreements(entry)
    opinions = SecondOpinions(
        hass,
        entry,
        agreements=agreements,
        gallery=stores.gallery,
        photos=stores.photos,
        ledger=stores.ledger,
        enrolled=stores.enrolled,
        retention=stores.retention,
    )
    opinions.prepare()
    engine = await start_engine(hass, entry.data)
    return Home(
        hass=hass,
        entry=entry,
        engine=engine,
        stores=stores,
        agreements=agreements,
        household=household,
        undos=Undos(hass),
        opinions=opinions,
    )


def _kind_of(error: KithError) -> type[IntegrationError]:
    """The error that makes Home Assistant ask for a token, wait for the owner, or try again."""
    if isinstance(error, EngineRefusedError):
        return ConfigEntryAuthFailed
    return ConfigEntryError if isinstance(error, NEEDS_THE_OWNER) else ConfigEntryNotReady


async def async_unload_entry(hass: HomeAssistant, entry: KithConfigEntry) -> bool:
    if unloaded := await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        await entry.runtime_data.stop()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: KithConfigEntry) -> None:
    """Erase everything: the gallery, sightings, and the engine's files."""
    await hide_panel(hass)
    await leave_services(hass)
    await Stores.of(hass).remove()
    await hass.async_add_executor_job(erase_keys, hass)
    for folder in (hass.config.path(DOMAIN), cache_folder(hass)):
        await hass.async_add_executor_job(shutil.rmtree, folder, True)


async def async_remove_config_entry_device(hass: HomeAssistant, entry: KithConfigEntry, device: DeviceEntry) -> bool:
    """Allow only stale devices; people and cameras are removed as subentries."""
    return is_stale(hass, entry, device)


async def _changed(hass: HomeAssistant, entry: KithConfigEntry) -> None:
    await show_panel(hass, entry)
    await entry.runtime_data.follow_entry()
    await erase_unused_keys(hass, entry)
