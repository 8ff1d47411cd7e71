"""Reports why Kith or its engine does not start, once it is worth reporting."""

from datetime import datetime, timedelta

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util.hass_dict import HassKey

from ..cameras.availability import delete_camera_issues
from ..const import CONF_ENGINE, DOMAIN, ENGINE_LOCAL, SUBENTRY_CAMERA
from ..descriptions.sentences import say_error
from ..errors import (
    GalleryUnreadableError,
    RuntimeNoNetworkError,
    RuntimeNotInstalledError,
    StorageTooNewError,
    details,
)
from ..kith_engine.errors import (
    EngineBusyError,
    EngineRefusedError,
    EngineReplacedError,
    EngineUnavailableError,
    KithError,
    PackError,
    PackUnavailableError,
    RuntimeMissingError,
)
from ..subentries import subentries_of
from .issues import Finding, Issue, create_issues, current_issue_ids, delete_issues

PASSES = timedelta(minutes=2)
"""Problems that often pass are not reported earlier: a host that reboots, a network that comes up late."""
TRANSIENT_ERRORS = (EngineUnavailableError, EngineBusyError, PackUnavailableError, RuntimeNoNetworkError)
ENGINE_FILES = (PackError, RuntimeMissingError, RuntimeNotInstalledError)
OWN_FILES = (GalleryUnreadableError, StorageTooNewError)

_FAILING_SINCE: HassKey[dict[str, datetime]] = HassKey(f"{DOMAIN}_failing_since")


@callback
def could_not_start(hass: HomeAssistant, entry: ConfigEntry, error: KithError, now: datetime) -> None:
    """Call it at every failed try; Home Assistant tries again if that may help."""
    since = hass.data.setdefault(_FAILING_SINCE, {}).setdefault(entry.entry_id, now)
    create_issues(hass, entry.entry_id, trouble(hass, entry, error, since, now))


@callback
def started(hass: HomeAssistant, entry: ConfigEntry) -> None:
    hass.data.get(_FAILING_SINCE, {}).pop(entry.entry_id, None)


@callback
def trouble(hass: HomeAssistant, entry: ConfigEntry, error: KithError, since: datetime, now: datetime) -> list[Finding]:
    """The finding for an engine that stays away. Home Assistant itself reports a refused token."""
    if isinstance(error, EngineRefusedError) or (isinstance(error, TRANSIENT_ERRORS) and now - since < PASSES):
        return []
    issue = Issue.ENGINE_AWAY
    if isinstance(error, OWN_FILES):
        issue = Issue.FILES_UNREADABLE
    elif isinstance(error, EngineReplacedError):
        issue = Issue.ENGINE_REPLACED
    elif isinstance(error, ENGINE_FILES) and entry.data[CONF_ENGINE] == ENGINE_LOCAL:
        issue = Issue.ENGINE_FILES
    reason = say_error(hass, error.code, {"details": details(error)})
    return [Finding(issue, placeholders={"reason": reason}, code=error.code)]


@callback
def forget_failures(hass: HomeAssistant) -> None:
    """Delete all issues when the entry is disabled or removed, loaded or not."""

    @callback
    def changed(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == DOMAIN and (change is ConfigEntryChange.REMOVED or entry.disabled_by is not None):
            started(hass, entry)
            delete_issues(hass, current_issue_ids(hass))
            for camera in subentries_of(entry, SUBENTRY_CAMERA):
                delete_camera_issues(hass, camera.subentry_id, ignored=True)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed)
