"""Add or change a camera that Kith watches."""

from collections.abc import Mapping, Sequence
from typing import Any

from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.components.image import DOMAIN as IMAGE_DOMAIN
from homeassistant.config_entries import SOURCE_USER, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import ATTR_FRIENDLY_NAME
from homeassistant.data_entry_flow import section
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
    ObjectSelectorField,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..cameras.battery import has_battery, wakers
from ..cameras.event_picture import is_image
from ..cameras.stream_pair import StreamPair, find_pair
from ..clips.clip_folder import clip_folders
from ..const import (
    CONF_ALLOWED,
    CONF_CAMERA,
    CONF_CLIPS,
    CONF_CLOSE_UP,
    CONF_CONNECTED,
    CONF_ENABLED,
    CONF_IGNORED,
    CONF_INTERVAL,
    CONF_NAMED_BY,
    CONF_PERSON_ID,
    CONF_PLACE,
    CONF_SAVE_POWER,
    CONF_SENSITIVITY,
    CONF_SMALLEST_FACE,
    CONF_SOURCE,
    CONF_TURNED,
    CONF_WAKE,
    DEFAULT_INTERVAL,
    SUBENTRY_PERSON,
)
from ..descriptions.reader import speak_to_reader
from ..descriptions.sentences import say
from ..identity.stay import Place
from ..kith_engine.analysis import Area, Sensitivity
from ..people_lists import NOBODY
from ..settings import Connected, PictureSource, Turn

BOTH = "both"
"""Whether the camera's small and large stream are used."""
WHEN, WHAT, WHO = "when", "what", "who"
"""Sections of the form, collapsed at first: a camera alone is enough. Stored data has no sections."""
CAMERA = EntitySelector(EntitySelectorConfig(domain=CAMERA_DOMAIN))
PERCENT = NumberSelector(NumberSelectorConfig(min=0, max=100, mode=NumberSelectorMode.BOX, unit_of_measurement="%"))
AREAS = ObjectSelector(
    ObjectSelectorConfig(
        fields={edge: ObjectSelectorField(selector=PERCENT, required=True) for edge in Area.EDGES},
        multiple=True,
        translation_key="ignored",
    )
)
SENSITIVITY = SelectSelector(SelectSelectorConfig(options=list(Sensitivity), translation_key="sensitivity"))
SOURCE = SelectSelector(SelectSelectorConfig(options=list(PictureSource), translation_key="source"))
TURN = SelectSelector(
    SelectSelectorConfig(options=list(Turn), translation_key="turned", mode=SelectSelectorMode.DROPDOWN)
)
PLACE = SelectSelector(SelectSelectorConfig(options=list(Place), translation_key="place", mode=SelectSelectorMode.LIST))
CONNECTED = SelectSelector(SelectSelectorConfig(options=list(Connected), translation_key="connected"))
WAKE = {vol.Optional(CONF_WAKE): EntitySelector(EntitySelectorConfig(multiple=True))}
CHOSEN_WHEN = {
    **WAKE,
    vol.Optional(CONF_NAMED_BY): EntitySelector(EntitySelectorConfig(multiple=True)),
    vol.Required(CONF_CONNECTED, default=Connected.AUTOMATIC): CONNECTED,
    vol.Required(CONF_INTERVAL, default=DEFAULT_INTERVAL): NumberSelector(
        NumberSelectorConfig(min=0.5, max=60, step=0.5, unit_of_measurement="s")
    ),
    vol.Required(CONF_SAVE_POWER, default=False): BooleanSelector(),
    vol.Required(CONF_ENABLED, default=True): BooleanSelector(),
}
CHOSEN_WHAT = {
    vol.Required(CONF_SOURCE, default=PictureSource.AUTOMATIC): SOURCE,
    vol.Optional(CONF_CLOSE_UP): CAMERA,
    vol.Required(CONF_TURNED, default=Turn.AUTOMATIC): TURN,
    vol.Required(CONF_SENSITIVITY, default=Sensitivity.NORMAL): SENSITIVITY,
    vol.Optional(CONF_SMALLEST_FACE): NumberSelector(
        NumberSelectorConfig(min=0, max=500, step=1, mode=NumberSelectorMode.BOX, unit_of_measurement="px")
    ),
    vol.Optional(CONF_IGNORED): AREAS,
}


class CameraFlow(ConfigSubentryFlow):
    """One form for both adding and changing, and questions about another stream, a battery, and clips of events."""

    _chosen: dict[str, Any]
    _name: str
    _pair: StreamPair

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        return await self._form("user", user_input, {})

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        return await self._form("reconfigure", user_input, self._get_reconfigure_subentry().data)

    async def _form(self, step: str, answer: dict[str, Any] | None, stored: Mapping[str, Any]) -> SubentryFlowResult:
        errors: dict[str, str] = {}
        if answer is not None:
            chosen = _flat(answer)
            if not (errors := self._faults(chosen)):
                self._chosen, self._name = chosen, self._title(chosen[CONF_CAMERA])
                return self._ask_about_pair() or self._ask_about_battery() or await self._ask_about_clips()
        await speak_to_reader(self.hass)
        people = self._people(stored)
        suggested = answer if answer is not None else _sectioned(stored, [person["value"] for person in people])
        schema = self.add_suggested_values_to_schema(_schema(self._own_images(), people, errors), suggested)
        return self.async_show_form(step_id=step, data_schema=schema, errors=errors)

    async def async_step_pair(self, user_input: dict[str, Any]) -> SubentryFlowResult:
        if user_input[BOTH]:
            for hidden in self._pair.hidden:
                er.async_get(self.hass).async_update_entity(hidden, disabled_by=None)
            self._chosen |= {CONF_CAMERA: self._pair.small, CONF_CLOSE_UP: self._pair.large}
        return self._ask_about_battery() or await self._ask_about_clips()

    async def async_step_battery(self, user_input: dict[str, Any]) -> SubentryFlowResult:
        self._chosen |= {CONF_WAKE: waking} if (waking := user_input.get(CONF_WAKE)) else {}
        return await self._ask_about_clips()

    async def async_step_clips(self, user_input: dict[str, Any]) -> SubentryFlowResult:
        self._chosen |= {CONF_CLIPS: folder} if (folder := user_input.get(CONF_CLIPS)) else {}
        return self._finish()

    def _ask_about_pair(self) -> SubentryFlowResult | None:
        """Propose both streams of a new camera, unless the owner chose a close-up or stills."""
        camera = self._chosen[CONF_CAMERA]
        if CONF_CLOSE_UP in self._chosen or self._chosen.get(CONF_SOURCE) == PictureSource.STILLS:
            return None
        if not self._is_new(camera):
            return None
        pair = find_pair(self.hass, camera)
        if pair is None or self._watched(pair.small):
            return None
        self._pair = pair
        return self.async_show_form(
            step_id="pair",
            data_schema=vol.Schema({vol.Required(BOTH, default=True): BooleanSelector()}),
            description_placeholders={"small": self._title(pair.small), "large": self._title(pair.large)},
        )

    def _ask_about_battery(self) -> SubentryFlowResult | None:
        """Say that a new camera's battery would not last long, unless the owner chose what wakes it."""
        camera = self._chosen[CONF_CAMERA]
        if CONF_WAKE in self._chosen or is_image(camera) or not self._is_new(camera):
            return None
        if not has_battery(self.hass, camera):
            return None
        suggested = {CONF_WAKE: wakers(self.hass, camera)}
        return self.async_show_form(
            step_id="battery",
            data_schema=self.add_suggested_values_to_schema(vol.Schema(WAKE), suggested),
            description_placeholders={"name": self._name},
        )

    async def _ask_about_clips(self) -> SubentryFlowResult:
        """Ask where the clips of an image entity's events are, if they can be anywhere; then finish."""
        camera = self._chosen[CONF_CAMERA]
        folders = await clip_folders(self.hass) if is_image(camera) else {}
        stored = None if self._is_new(camera) else self._get_reconfigure_subentry().data.get(CONF_CLIPS)
        if stored is not None:
            folders.setdefault(stored, stored)  # its integration may be away just now
        if not folders:
            return self._finish()
        options = [SelectOptionDict(value=folder, label=title) for folder, title in folders.items()]
        selector = SelectSelector(SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN))
        schema = vol.Schema({vol.Optional(CONF_CLIPS): selector})
        return self.async_show_form(
            step_id="clips",
            data_schema=self.add_suggested_values_to_schema(schema, {CONF_CLIPS: stored}),
            description_placeholders={"name": self._name},
        )

    def _is_new(self, camera: str) -> bool:
        """Is it another camera than before?"""
        return self.source == SOURCE_USER or self._get_reconfigure_subentry().data[CONF_CAMERA] != camera

    def _faults(self, chosen: Mapping[str, Any]) -> dict[str, str]:
        """Errors by the form field or section that shows them."""
        errors = {}
        if self._watched(chosen[CONF_CAMERA]):
            errors[CONF_CAMERA] = "already_watched"
        if chosen.get(CONF_CLOSE_UP) == chosen[CONF_CAMERA]:
            errors[WHAT] = "close_up_same"
        elif fault := _fault(chosen.get(CONF_IGNORED, ())):
            errors[WHAT] = fault
        return errors

    def _finish(self) -> SubentryFlowResult:
        chosen, title, camera = self._chosen, self._name, self._chosen[CONF_CAMERA]
        if self.source == SOURCE_USER:
            return self.async_create_entry(title=title, data=chosen, unique_id=camera)
        subentry = self._get_reconfigure_subentry()
        title = subentry.title if subentry.data[CONF_CAMERA] == camera else title
        return self.async_update_and_abort(self._get_entry(), subentry, title=title, data=chosen, unique_id=camera)

    def _watched(self, camera: str) -> bool:
        """Whether another of Kith's cameras watches it."""
        own_id = None if self.source == SOURCE_USER else self._get_reconfigure_subentry().subentry_id
        subentries = self._get_entry().subentries.values()
        return any(one.unique_id == camera and one.subentry_id != own_id for one in subentries)

    def _own_images(self) -> list[str]:
        """Kith's own image entities, which show what it has seen."""
        entities = er.async_entries_for_config_entry(er.async_get(self.hass), self._get_entry().entry_id)
        return [entity.entity_id for entity in entities if entity.domain == IMAGE_DOMAIN]

    def _title(self, camera: str) -> str:
        state = self.hass.states.get(camera)
        return state.attributes.get(ATTR_FRIENDLY_NAME, camera) if state else camera

    def _people(self, stored: Mapping[str, Any]) -> list[SelectOptionDict]:
        """Whom the camera can allow; nobody, too, where all who were allowed are gone."""
        people = [
            SelectOptionDict(value=subentry.data[CONF_PERSON_ID], label=subentry.title)
            for subentry in self._get_entry().subentries.values()
            if subentry.subentry_type == SUBENTRY_PERSON
        ]
        if NOBODY in stored.get(CONF_ALLOWED, ()):
            people.append(SelectOptionDict(value=NOBODY, label=say(self.hass, "nobody_allowed")))
        return people


def _schema(own_images: list[str], people: Sequence[SelectOptionDict], errors: Mapping[str, str]) -> vol.Schema:
    """Expands the sections that have an error."""
    chosen_who = {
        vol.Optional(CONF_ALLOWED): SelectSelector(
            SelectSelectorConfig(options=list(people), multiple=True, mode=SelectSelectorMode.DROPDOWN)
        )
    }
    camera = EntitySelector(EntitySelectorConfig(domain=[CAMERA_DOMAIN, IMAGE_DOMAIN], exclude_entities=own_images))
    sections = {WHEN: CHOSEN_WHEN, WHAT: CHOSEN_WHAT, WHO: chosen_who}
    if not people:
        del sections[WHO]
    return vol.Schema(
        {
            vol.Required(CONF_CAMERA): camera,
            vol.Required(CONF_PLACE, default=Place.ELSEWHERE): PLACE,
            **{
                vol.Optional(name): section(vol.Schema(fields), {"collapsed": name not in errors})
                for name, fields in sections.items()
            },
        }
    )


def _flat(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer as stored: without sections and empty fields."""
    chosen = {CONF_CAMERA: answer[CONF_CAMERA], CONF_PLACE: answer[CONF_PLACE]}
    for name in (WHEN, WHAT, WHO):
        chosen |= {key: value for key, value in answer.get(name, {}).items() if value or value is False}
    return chosen


def _sectioned(stored: Mapping[str, Any], people: Sequence[str]) -> dict[str, Any]:
    """Stored data as the form shows it. People who were removed are neither offered nor suggested."""
    sections = {
        name: {str(key): stored[key] for key in fields if key in stored}
        for name, fields in ((WHEN, CHOSEN_WHEN), (WHAT, CHOSEN_WHAT))
    }
    allowed = [person_id for person_id in stored.get(CONF_ALLOWED, ()) if person_id in people]
    return {**stored, **sections, WHO: {CONF_ALLOWED: allowed}}


def _fault(areas: Sequence[Mapping[str, float]]) -> str | None:
    """What is wrong with one of the areas."""
    for area in areas:
        left, top, right, bottom = (area[edge] for edge in Area.EDGES)
        if left >= right or top >= bottom:
            return "area_inside_out"
        if (left, top, right, bottom) == (0, 0, 100, 100):
            return "area_everything"
    return None
