"""From a camera, now: Kith looks, says what look it needs, and stops when it has enough.

What was taken is stored at once: who goes away loses nothing, and leaves nothing running.
"""

import asyncio
from typing import Any

from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.config_entries import SubentryFlowResult
from homeassistant.core import callback
from homeassistant.helpers.selector import EntitySelector, EntitySelectorConfig
from homeassistant.helpers.update_coordinator import UpdateFailed
import voluptuous as vol

from ...const import CONF_CAMERA, DOMAIN, SUBENTRY_CAMERA
from ...enrolment import Portrait, enrol, look_at, portrait_in, with_photo
from ...errors import details
from ...home import subentries
from ...identity.enrolment import Refusal, is_double
from ...identity.gallery import Source
from ...kith_engine.errors import EngineBusy, KithError
from ...settings import Agreement, CameraSettings
from ...shots import CAMERA_TIMEOUT, take_picture
from .base import PersonSteps
from .session import Session

LOOK_EVERY = 0.5
"""Seconds between two pictures: faster than a head turns, and other cameras get their turns."""
MOST_FAILURES = 3
"""Pictures in a row that a camera may fail to give."""
CAMERA_SCHEMA = vol.Schema({vol.Required(CONF_CAMERA): EntitySelector(EntitySelectorConfig(domain=CAMERA_DOMAIN))})


class LookSteps(PersonSteps):
    """Choose a camera; do as is said; read what came of it."""

    def __init__(self) -> None:
        super().__init__()
        self._camera = ""
        self._session: Session | None = None
        self._looking: asyncio.Task[None] | None = None
        self._failures = 0
        self._trouble: str | None = None
        self._stopped = False

    async def async_step_look(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        if not self._loaded:
            return self._done("not_loaded")
        if user_input is None:
            watched = [camera.data[CONF_CAMERA] for camera in subentries(self._entry, SUBENTRY_CAMERA)]
            schema = self.add_suggested_values_to_schema(CAMERA_SCHEMA, {CONF_CAMERA: watched[0]} if watched else None)
            return self.async_show_form(
                step_id="look", data_schema=schema, description_placeholders={"name": self._name}
            )
        self._camera = self._best_view(user_input[CONF_CAMERA])
        self._session = Session(self.hass.loop.time())
        return await self.async_step_looking()

    async def async_step_looking(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Called whenever there is news, and whenever somebody reloads the page."""
        session = self._session
        assert session is not None  # made where the camera was chosen
        if self._looking is not None and self._looking.done():
            self._stopped = self._looking.cancelled()
            self._looking = None
            if self._stopped or self._trouble is not None or session.over(self.hass.loop.time()):
                return self.async_show_progress_done(next_step_id="looked")
        if self._looking is None:
            self._looking = self._entry.async_create_background_task(
                self.hass, self._look_until_news(session), f"{DOMAIN} looks at who stands before {self._camera}"
            )
        return self.async_show_progress(
            step_id="looking",
            progress_action=session.instruction,
            description_placeholders={"name": self._name, "taken": str(session.taken)},
            progress_task=self._looking,
        )

    async def async_step_looked(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        taken = self._session.taken if self._session else 0
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

    @callback
    def _best_view(self, camera: str) -> str:
        """Its close-up, if it is watched and has one."""
        watched = map(CameraSettings.of, subentries(self._entry, SUBENTRY_CAMERA))
        return next((one.close_up for one in watched if one.camera == camera and one.close_up), camera)

    async def _look_until_news(self, session: Session) -> None:
        said = session.instruction, session.taken
        try:
            while (session.instruction, session.taken) == said and not session.over(self.hass.loop.time()):
                await self._look_once(session)
                await asyncio.sleep(LOOK_EVERY)
        except KithError as error:
            self._trouble = details(error)
        except UpdateFailed as error:
            self._trouble = f"{error}."

    async def _look_once(self, session: Session) -> None:
        """Raises KithError and, when that goes on, UpdateFailed."""
        try:
            picture = await take_picture(self.hass, self._camera, CAMERA_TIMEOUT)
        except UpdateFailed:
            self._failures += 1
            if self._failures >= MOST_FAILURES:
                raise
            return
        self._failures = 0
        try:
            found = await self._portrait_in(picture)
        except EngineBusy:
            return  # other cameras come first; there is another picture soon
        if isinstance(found, Refusal):
            session.refuse(found.code)
        elif session.wants(found, self.hass.loop.time()):
            await self._consider(session, found, picture)

    async def _portrait_in(self, picture: bytes) -> Portrait | Refusal:
        seen = await look_at(self._home.engine, picture)
        if isinstance(seen, Refusal):
            return seen
        analysis, facts = seen
        if Agreement.NEVER not in self._consent.to and self._home.household.avoids(analysis):
            return Refusal("avoided")
        return portrait_in(analysis, facts, Source.CAMERA)

    async def _consider(self, session: Session, found: Portrait, picture: bytes) -> None:
        """Take it, unless there is one like it, or it looks like somebody else."""
        if await self.hass.async_add_executor_job(is_double, found.template, self._templates):
            session.know(found, self.hass.loop.time())
        elif await self._somebody_else(found.template):
            session.refuse("photo_like_other")
        else:
            if Agreement.PHOTOS in self._consent.to:
                found = await with_photo(self._home.engine, found, picture)
            # what was begun to be stored is stored, even if the dialog is closed meanwhile
            await asyncio.shield(self.hass.async_create_task(enrol(self._home, self._person_id, [found])))
            session.take(found, self.hass.loop.time())
