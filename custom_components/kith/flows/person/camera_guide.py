"""Enroll from a camera: Kith looks, says how to look at it, and stops when it has enough.

Each picture taken is stored at once, so closing the dialog loses nothing and leaves nothing running.
"""

import asyncio
from typing import Any

from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.config_entries import SubentryFlowResult
from homeassistant.core import callback
from homeassistant.helpers.selector import EntitySelector, EntitySelectorConfig
from homeassistant.helpers.update_coordinator import UpdateFailed
import voluptuous as vol

from ...cameras.event_picture import is_image
from ...const import CONF_CAMERA, DOMAIN, SUBENTRY_CAMERA
from ...enrollment.guide import LOOK_EVERY, Guide
from ...errors import details
from ...kith_engine.errors import KithError
from ...subentries import subentries_of
from .base import PersonSteps

CAMERA_SCHEMA = vol.Schema({vol.Required(CONF_CAMERA): EntitySelector(EntitySelectorConfig(domain=CAMERA_DOMAIN))})


class LookSteps(PersonSteps):
    """Choose a camera, follow the instructions, and see the result."""

    def __init__(self) -> None:
        super().__init__()
        self._guide: Guide | None = None
        self._looking: asyncio.Task[None] | None = None
        self._trouble: str | None = None
        self._stopped = False

    async def async_step_look(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        if ended := self._not_now():
            return ended
        if user_input is None:
            cameras = [camera.data[CONF_CAMERA] for camera in subentries_of(self._entry, SUBENTRY_CAMERA)]
            watched = [camera for camera in cameras if not is_image(camera)]
            schema = self.add_suggested_values_to_schema(CAMERA_SCHEMA, {CONF_CAMERA: watched[0]} if watched else None)
            return self.async_show_form(
                step_id="look", data_schema=schema, description_placeholders={"name": self._name}
            )
        self._guide = Guide(self._home, self._person_id, user_input[CONF_CAMERA])
        return await self.async_step_looking()

    async def async_step_looking(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Called on every change, and when somebody reloads the page."""
        guide = self._guide
        assert guide is not None  # set by async_step_look
        if self._looking is not None and self._looking.done():
            self._stopped = self._looking.cancelled()
            self._looking = None
            if self._stopped or self._trouble is not None or guide.over:
                return self.async_show_progress_done(next_step_id="looked")
        if self._looking is None:
            self._looking = self._entry.async_create_background_task(
                self.hass, self._look_until_news(guide), f"{DOMAIN} looks at who stands before {guide.camera}"
            )
        return self.async_show_progress(
            step_id="looking",
            progress_action=guide.session.instruction,
            description_placeholders={"name": self._name, "taken": str(guide.session.taken)},
            progress_task=self._looking,
        )

    async def async_step_looked(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        taken = self._guide.session.taken if self._guide else 0
        if self._trouble is not None:
            return self._done("look_failed", count=taken, details=self._trouble)
        if self._stopped:
            return self._done("look_stopped", count=taken)
        return self._done("looked" if taken else "looked_in_vain", count=taken)

    @callback
    def async_remove(self) -> None:
        """The dialog was closed."""
        if self._looking is not None:
            self._looking.cancel()

    async def _look_until_news(self, guide: Guide) -> None:
        session = guide.session
        said = session.instruction, session.taken
        try:
            while (session.instruction, session.taken) == said and not guide.over:
                await guide.look_once()
                await asyncio.sleep(LOOK_EVERY)
        except KithError as error:
            self._trouble = details(error)
        except UpdateFailed as error:
            self._trouble = f"{error}."
