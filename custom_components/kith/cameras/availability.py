"""Whether the entities that a camera needs exist. A repair reports removed ones until they are back."""

import asyncio
from collections.abc import Callable

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HassJob, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.event import (
    async_call_later,
    async_track_entity_registry_updated_event,
    async_track_state_change_event,
)
from homeassistant.helpers.start import async_at_started

from ..const import DOMAIN
from ..settings import CameraSettings

GONE_AFTER = 30.0
"""Seconds: an integration that is reloaded removes its entities and brings them back."""
CAMERA_GONE, PART_GONE = "camera_gone", "camera_part_gone"
APPEARS_WITHIN = 15.0
"""Seconds that a camera may take to be set up after Kith before its absence is an error."""


def exists(hass: HomeAssistant, entity_id: str) -> bool:
    """Does the entity exist, available or not?"""
    return hass.states.get(entity_id) is not None or er.async_get(hass).async_get(entity_id) is not None


def is_available(state: State | None) -> bool:
    """state: of the entity; None if it has none."""
    return state is not None and state.state != STATE_UNAVAILABLE


async def appears(hass: HomeAssistant, entity_id: str) -> None:
    """Wait until the entity is available, for at most APPEARS_WITHIN."""
    available = asyncio.Event()

    @callback
    def look(_event: object = None) -> None:
        if is_available(hass.states.get(entity_id)):
            available.set()

    look()
    if available.is_set():
        return
    stop = async_track_state_change_event(hass, entity_id, look)
    try:
        async with asyncio.timeout(APPEARS_WITHIN):
            await available.wait()
    except TimeoutError:
        pass
    finally:
        stop()


@callback
def delete_camera_issues(hass: HomeAssistant, camera_id: str, *, ignored: bool) -> None:
    """Delete the issues of this camera. ignored: also those that were ignored, which would come back without that."""
    for kind in (CAMERA_GONE, PART_GONE):
        issue = ir.async_get(hass).async_get_issue(DOMAIN, f"{kind}_{camera_id}")
        if issue is not None and (ignored or issue.dismissed_version is None):
            ir.async_delete_issue(hass, DOMAIN, issue.issue_id)


class CameraAvailability:
    """Watches one camera's entities.

    key: of the camera's entity; the same after that is renamed.
    moved: called when the camera itself is removed or added again. returned: called when it or its close-up is
    available again, as after hours of privacy mode.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        camera_id: str,
        title: str,
        settings: CameraSettings,
        *,
        moved: Callable[[], None],
        returned: Callable[[], None],
    ) -> None:
        self._hass = hass
        self._camera_id = camera_id
        self._title = title
        self._camera = settings.camera
        self._others = [*settings.wake, *settings.named_by, *([settings.close_up] if settings.close_up else [])]
        self._shown = {settings.camera, settings.close_up}
        self._moved = moved
        self._returned = returned
        self._gone: frozenset[str] = frozenset()
        self._stops: list[CALLBACK_TYPE] = []
        self._timer: CALLBACK_TYPE | None = None
        registered = er.async_get(hass).async_get(settings.camera)
        self.key = registered.id if registered else settings.camera

    @property
    def renamed(self) -> bool:
        """Was the camera's entity renamed a moment ago?"""
        registered = er.async_get(self._hass).async_get(self.key)
        return registered is not None and registered.entity_id != self._camera

    @property
    def camera_gone(self) -> bool:
        return self._camera in self._gone

    @callback
    def listen(self) -> None:
        entities = [self._camera, *self._others]
        self._stops = [
            async_track_state_change_event(self._hass, entities, self._state_changed),
            async_track_entity_registry_updated_event(self._hass, entities, self._check),
            async_at_started(self._hass, self._check),
        ]

    @callback
    def close(self) -> None:
        for stop in self._stops:
            stop()
        self._stops = []
        self._forget_timer()
        self._gone = frozenset()
        delete_camera_issues(self._hass, self._camera_id, ignored=False)

    @callback
    def _state_changed(self, event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        if old is None or new is None:
            self._check()
        returned = is_available(new) and not is_available(old)
        if returned and event.data["entity_id"] in self._shown and not self.camera_gone:
            self._returned()

    @callback
    def _check(self, _reason: object = None) -> None:
        missing = self._missing()
        if missing <= self._gone:
            self._forget_timer()
            self._settle(missing)
        elif self._timer is None and self._hass.is_running:
            self._timer = async_call_later(self._hass, GONE_AFTER, HassJob(self._waited))

    @callback
    def _waited(self, _now: object) -> None:
        self._timer = None
        self._settle(self._missing())

    def _missing(self) -> frozenset[str]:
        return frozenset(entity_id for entity_id in [self._camera, *self._others] if not exists(self._hass, entity_id))

    @callback
    def _settle(self, gone: frozenset[str]) -> None:
        before, self._gone = self._gone, gone
        self._update_issues()
        if (self._camera in before) != self.camera_gone:
            self._moved()

    @callback
    def _update_issues(self) -> None:
        self._update_issue(CAMERA_GONE, [self._camera] if self.camera_gone else [])
        self._update_issue(PART_GONE, [entity_id for entity_id in self._others if entity_id in self._gone])

    @callback
    def _update_issue(self, issue: str, entities: list[str]) -> None:
        issue_id = f"{issue}_{self._camera_id}"
        if not entities:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=issue,
            translation_placeholders={"name": self._title, "entities": ", ".join(entities)},
        )

    @callback
    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None
