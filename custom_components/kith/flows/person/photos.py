"""Add photos one after another; each is accepted, or refused with a reason."""

from contextlib import nullcontext
import logging
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigSubentry, SubentryFlowResult
from homeassistant.core import callback
from homeassistant.helpers.selector import BooleanSelector, FileSelector, FileSelectorConfig
import voluptuous as vol

from ...const import DOMAIN, SUBENTRY_PERSON
from ...enrollment.acceptance import enroll, refusal_of
from ...enrollment.portrait import Portrait, portray, read_upload
from ...errors import AgreementGoneError, details
from ...identity.gallery import Source
from ...identity.photo_policy import LOOKALIKE, Refusal
from ...kith_engine.errors import KithError
from ...settings import Agreement
from ...subentries import name_of
from .base import PersonSteps

_LOGGER = logging.getLogger(__name__)

CONF_PHOTO = "photo"
CONF_ANOTHER = "another"
CONF_KEEP = "keep"

PHOTO_SCHEMA = vol.Schema(
    {
        vol.Optional(CONF_PHOTO): FileSelector(FileSelectorConfig(accept="image/*")),
        vol.Required(CONF_ANOTHER, default=False): BooleanSelector(),
    }
)
DOUBTED_SCHEMA = PHOTO_SCHEMA.extend({vol.Required(CONF_KEEP, default=False): BooleanSelector()})
"""Shown after a photo that looks more like somebody else in the household."""


class PhotoSteps(PersonSteps):
    """For a new or an existing person."""

    def __init__(self) -> None:
        super().__init__()
        self._portraits: list[Portrait] = []
        self._doubted: Portrait | None = None
        self._finished = False

    @callback
    def async_remove(self) -> None:
        """The form was closed: keep the photos accepted so far, and add the person."""
        if self._portraits and not self._finished and self._loaded:
            self.hass.async_create_task(self._keep_accepted(), f"{DOMAIN} keeps accepted photos")

    async def _keep_accepted(self) -> None:
        try:
            await self._enroll()
        except KithError as error:
            _LOGGER.warning("The photos of %s could not be kept when the form was closed: %s", self._name, error)
            return
        if self.source == SOURCE_USER:
            self.hass.config_entries.async_add_subentry(self._entry, self._added())

    async def _enroll(self) -> None:
        """Raises GalleryNotSavedError and AgreementGoneError; then nothing has changed."""
        adding = self.source == SOURCE_USER
        with self._home.agreements.joining(self._person_id, self._consent) if adding else nullcontext():
            if self._portraits:
                await enroll(self._home, self._person_id, self._portraits)

    @callback
    def _added(self) -> ConfigSubentry:
        return ConfigSubentry(
            data=MappingProxyType(self._person),
            subentry_type=SUBENTRY_PERSON,
            title=self._name,
            unique_id=self._person_id,
        )

    async def async_step_photos(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Photos to recognize the person by."""
        return await self._ask_for_photos("photos", user_input)

    async def async_step_avoid(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Photos of a person to ignore: without a template, they cannot be told from others."""
        return await self._ask_for_photos("avoid", user_input)

    async def _ask_for_photos(self, step: str, answer: dict[str, Any] | None) -> SubentryFlowResult:
        if ended := self._not_now():
            return ended
        errors: dict[str, str] = {}
        refusal: Refusal | None = None
        reason = ""
        if answer is not None:
            try:
                refusal = await self._take(answer.get(CONF_PHOTO), keep=answer.get(CONF_KEEP, False))
                if refusal is None and not answer[CONF_ANOTHER]:
                    return await self._finish()
            except AgreementGoneError as error:
                return self._done(error.code)
            except KithError as error:
                errors, reason = {"base": error.code}, details(error)
            if refusal is not None:
                errors = {CONF_PHOTO: refusal.code}
        facts = self._home.engine.facts
        placeholders = {
            "name": self._name,
            "taken": str(len(self._portraits)),
            "width": str(refusal.width or 0) if refusal else "",
            "smallest": str(facts.smallest_face) if facts else "",
            "details": reason,
            "other": name_of(self._entry, refusal.like) or "" if refusal else "",
        }
        schema = DOUBTED_SCHEMA if self._doubted else PHOTO_SCHEMA
        return self.async_show_form(
            step_id=step, data_schema=schema, errors=errors, description_placeholders=placeholders
        )

    async def _take(self, file_id: str | None, *, keep: bool) -> Refusal | None:
        """Make an uploaded photo a template, or say why not. A photo is optional.

        One that looks more like somebody else is held back until the owner confirms it.
        """
        doubted, self._doubted = self._doubted, None
        if doubted is not None and keep:
            self._portraits.append(doubted)
        if file_id is None:
            return None
        picture = await read_upload(self.hass, file_id)
        if isinstance(picture, Refusal):
            return picture
        keep_photo = Agreement.PHOTOS in self._consent.to
        found = await portray(self._home.engine, picture, Source.PHOTO, keep_photo=keep_photo)
        if isinstance(found, Refusal):
            return found
        added = [portrait.template for portrait in self._portraits]
        refusal = await refusal_of(self._home, self._person_id, found.template, added)
        if refusal is None:
            self._portraits.append(found)
        elif refusal.code == LOOKALIKE:
            self._doubted = found
        return refusal

    async def _finish(self) -> SubentryFlowResult:
        """Saves templates first: if that fails, the form says so and nothing is left half done."""
        await self._enroll()
        self._finished = True
        if self.source == SOURCE_USER:
            return self.async_create_entry(title=self._name, data=self._person, unique_id=self._person_id)
        return self._done("photos_added", count=len(self._portraits))
