"""Add or change a camera that Kith watches."""

from typing import Any

from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.config_entries import ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import ATTR_FRIENDLY_NAME
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
)
import voluptuous as vol

from ..const import CONF_CAMERA, CONF_ENABLED, CONF_INTERVAL, DEFAULT_INTERVAL

SCHEMA = vol.Schema(
    {
        vol.Required(CONF_CAMERA): EntitySelector(EntitySelectorConfig(domain=CAMERA_DOMAIN)),
        vol.Required(CONF_INTERVAL, default=DEFAULT_INTERVAL): NumberSelector(
            NumberSelectorConfig(min=0.5, max=60, step=0.5, unit_of_measurement="s")
        ),
        vol.Required(CONF_ENABLED, default=True): BooleanSelector(),
    }
)


class CameraFlow(ConfigSubentryFlow):
    """One form, the same for adding and changing."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        if user_input is not None:
            camera = user_input[CONF_CAMERA]
            if self._watched(camera):
                return self.async_abort(reason="already_configured")
            return self.async_create_entry(title=self._title(camera), data=user_input, unique_id=camera)
        return self.async_show_form(step_id="user", data_schema=SCHEMA)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        subentry = self._get_reconfigure_subentry()
        if user_input is not None:
            camera = user_input[CONF_CAMERA]
            if self._watched(camera) and camera != subentry.unique_id:
                return self.async_abort(reason="already_configured")
            return self.async_update_and_abort(
                self._get_entry(), subentry, title=self._title(camera), data=user_input, unique_id=camera
            )
        schema = self.add_suggested_values_to_schema(SCHEMA, subentry.data)
        return self.async_show_form(step_id="reconfigure", data_schema=schema)

    def _watched(self, camera: str) -> bool:
        return any(subentry.unique_id == camera for subentry in self._get_entry().subentries.values())

    def _title(self, camera: str) -> str:
        state = self.hass.states.get(camera)
        return state.attributes.get(ATTR_FRIENDLY_NAME, camera) if state else camera
