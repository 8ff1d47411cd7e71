"""Checks a loaded home every minute."""

from collections.abc import Callable
from datetime import datetime, timedelta

from homeassistant.core import callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..runtime import Home
from .checks import (
    apart,
    foreign_gallery,
    old_photos,
    refused_cameras,
    restless_cameras,
    served_worse,
    still_cameras,
    turned_cameras,
    unencrypted,
    unknown_to_the_engine,
    unsuitable_cameras,
    unwakeable_cameras,
)
from .issues import Finding, current_issue_ids, settle
from .service_checks import ServiceWatch
from .startup import started, trouble

EVERY = timedelta(minutes=1)
"""A check only sums up tallies, and an owner who followed a repair wants to see it go."""


class HealthMonitor:
    """Runs the checks, and remembers since when the engine is away."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._away_since: datetime | None = None
        self._services = ServiceWatch(home)

    @callback
    def engine_changed(self) -> None:
        home = self._home
        if home.engine.available:
            self._away_since = None
        elif self._away_since is None:
            self._away_since = dt_util.utcnow()
        self.look_again()

    @callback
    def look_again(self) -> None:
        home = self._home
        home.entry.async_create_background_task(home.hass, self.look(), f"{DOMAIN} looks after itself")

    async def look(self) -> None:
        home = self._home
        photos = await home.stores.photos.people() if unknown_to_the_engine(home) else {}
        now = dt_util.utcnow()
        before = current_issue_ids(home.hass)
        findings = [
            *self._engine(now),
            *apart(home),
            *unencrypted(home),
            *unsuitable_cameras(home, before),
            *refused_cameras(home),
            *unwakeable_cameras(home, now),
            *still_cameras(home),
            *turned_cameras(home),
            *restless_cameras(home),
            *foreign_gallery(home, photos),
            *old_photos(home, now),
            *served_worse(home, before),
            *self._services.look(now),
        ]
        settle(home.hass, home.entry.entry_id, findings)

    def _engine(self, now: datetime) -> list[Finding]:
        reason = self._home.engine.reason
        if reason is None:
            return []
        return trouble(self._home.hass, self._home.entry, reason, self._away_since or now, now)


async def start_monitoring(home: Home, monitor: HealthMonitor, mend: Callable[[], object]) -> None:
    """Check until the entry is unloaded. Issues stay then: a reload would bring back ignored ones.

    mend: called before each check.
    """

    @callback
    def check(_now: datetime) -> None:
        mend()
        monitor.look_again()

    home.entry.async_on_unload(home.engine.subscribe(monitor.engine_changed))
    home.entry.async_on_unload(async_track_time_interval(home.hass, check, EVERY, cancel_on_shutdown=True))
    started(home.hass, home.entry)
    await monitor.look()
