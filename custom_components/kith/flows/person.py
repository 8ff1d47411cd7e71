"""Add a person who agreed to be recognised, and photos of a person."""

from typing import Any
from uuid import uuid4

from homeassistant.components.person import DOMAIN as PERSON_DOMAIN
from homeassistant.config_entries import ConfigEntryState, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import ATTR_FRIENDLY_NAME, CONF_NAME
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    FileSelector,
    FileSelectorConfig,
    TextSelector,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..const import CONF_CONSENT, CONF_CONSENT_BY, CONF_PERSON, CONF_PERSON_ID
from ..enrolment import examine, read_upload
from ..errors import details
from ..home import Home, name_of
from ..identity.enrolment import Refusal
from ..identity.gallery import Source, Template
from ..kith_engine.errors import KithError

CONF_PHOTO = "photo"
CONF_ANOTHER = "another"
CONF_KEEP = "keep"
SOURCE_USER = "user"

PERSON_SCHEMA = vol.Schema(
    {
        vol.Optional(CONF_PERSON): EntitySelector(EntitySelectorConfig(domain=PERSON_DOMAIN)),
        vol.Optional(CONF_NAME): TextSelector(),
        vol.Required(CONF_CONSENT, default=False): BooleanSelector(),
        vol.Optional(CONF_CONSENT_BY): TextSelector(),
    }
)
PHOTO_SCHEMA = vol.Schema(
    {
        vol.Optional(CONF_PHOTO): FileSelector(FileSelectorConfig(accept="image/*")),
        vol.Required(CONF_ANOTHER, default=False): BooleanSelector(),
    }
)
DOUBTED_SCHEMA = PHOTO_SCHEMA.extend({vol.Required(CONF_KEEP, default=False): BooleanSelector()})
"""After a photo that looks more like somebody else of the household."""


class PersonFlow(ConfigSubentryFlow):
    """Who it is and that they agreed; then photo after photo, each taken or refused with the reason."""

    def __init__(self) -> None:
        self._person: dict[str, Any] = {}
        self._name = ""
        self._templates: list[Template] = []
        self._doubted: Template | None = None

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        if self._get_entry().state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        errors: dict[str, str] = {}
        if user_input is not None:
            self._name = self._name_of(user_input)
            if not self._name:
                errors[CONF_NAME] = "name_missing"
            elif not user_input[CONF_CONSENT]:
                errors[CONF_CONSENT] = "consent_missing"
            else:
                self._person = self._record(user_input)
                return await self.async_step_photos()
        schema = self.add_suggested_values_to_schema(PERSON_SCHEMA, user_input)
        return self.async_show_form(step_id="user", data_schema=schema, errors=errors)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add photos."""
        if self._get_entry().state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        subentry = self._get_reconfigure_subentry()
        self._person, self._name = dict(subentry.data), subentry.title
        return await self.async_step_photos()

    async def async_step_photos(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        errors: dict[str, str] = {}
        refusal: Refusal | None = None
        reason = ""
        if user_input is not None:
            try:
                refusal = await self._take(user_input.get(CONF_PHOTO), keep=user_input.get(CONF_KEEP, False))
                if refusal is None and not user_input[CONF_ANOTHER]:
                    return await self._finish()
            except KithError as error:
                errors, reason = {"base": error.code}, details(error)
            if refusal is not None:
                errors = {CONF_PHOTO: refusal.code}
        facts = self._home.engine.facts
        placeholders = {
            "name": self._name,
            "taken": str(len(self._templates)),
            "width": str(refusal.width or 0) if refusal else "",
            "smallest": str(facts.smallest_face) if facts else "",
            "details": reason,
            "other": name_of(self._get_entry(), refusal.like) or "" if refusal else "",
        }
        schema = DOUBTED_SCHEMA if self._doubted else PHOTO_SCHEMA
        return self.async_show_form(
            step_id="photos", data_schema=schema, errors=errors, description_placeholders=placeholders
        )

    async def _take(self, file_id: str | None, *, keep: bool) -> Refusal | None:
        """Make an uploaded photo a template, or say why not. No photo is fine: there may be one later.

        One that looks more like somebody else is held back until the owner says that it is right.
        """
        doubted, self._doubted = self._doubted, None
        if doubted is not None and keep:
            self._templates.append(doubted)
        if file_id is None:
            return None
        picture = await read_upload(self.hass, file_id)
        if isinstance(picture, Refusal):
            return picture
        person_id = self._person[CONF_PERSON_ID]
        found = await examine(self._home.engine, picture, Source.PHOTO, self._taken(person_id))
        if isinstance(found, Refusal):
            return found
        if other := self._home.looks_more_like(found, person_id, self._templates):
            self._doubted = found
            return Refusal("photo_like_other", round(found.width), other)
        self._templates.append(found)
        return None

    def _taken(self, person_id: str) -> list[Template]:
        return [*self._home.gallery.gallery.templates.get(person_id, ()), *self._templates]

    async def _finish(self) -> SubentryFlowResult:
        """Templates first: should they not get onto the disk, the form says so, and nothing is half there."""
        person_id = self._person[CONF_PERSON_ID]
        if self._templates:
            await self._home.enrol(person_id, self._templates)
        if self.source == SOURCE_USER:
            return self.async_create_entry(title=self._name, data=self._person, unique_id=person_id)
        return self.async_update_and_abort(self._get_entry(), self._get_reconfigure_subentry(), data=self._person)

    def _name_of(self, user_input: dict[str, Any]) -> str:
        """The name given here, else the linked person's."""
        if name := user_input.get(CONF_NAME, "").strip():
            return str(name)
        state = self.hass.states.get(user_input.get(CONF_PERSON, ""))
        return str(state.attributes.get(ATTR_FRIENDLY_NAME, "")) if state else ""

    def _record(self, user_input: dict[str, Any]) -> dict[str, Any]:
        """What is kept of the person: a link, and who agreed when to being recognised."""
        return {
            CONF_PERSON_ID: uuid4().hex,
            CONF_PERSON: user_input.get(CONF_PERSON),
            CONF_CONSENT: {
                "to": ["recognize"],
                "by": user_input.get(CONF_CONSENT_BY, "").strip() or self._name,
                "at": dt_util.utcnow().isoformat(),
            },
        }

    @property
    def _home(self) -> Home:
        home: Home = self._get_entry().runtime_data
        return home
