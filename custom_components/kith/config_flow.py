"""Set-up by clicking: where the engine runs. Cameras and people are added to it afterwards."""

import asyncio
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigFlow, ConfigFlowResult, ConfigSubentryFlow, OptionsFlow
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import callback
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig, TextSelectorType
import voluptuous as vol

from .const import CONF_ENGINE, DOMAIN, ENGINE_LOCAL, ENGINE_REMOTE, SUBENTRY_CAMERA, SUBENTRY_PERSON
from .engines.installer import Installer
from .engines.remote import meet
from .errors import details
from .flows.camera import CameraFlow
from .flows.person import PersonFlow
from .flows.sureness import SurenessFlow
from .kith_engine.errors import KithError

TITLE = "Kith"
REMOTE_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_URL): TextSelector(TextSelectorConfig(type=TextSelectorType.URL)),
        vol.Optional(CONF_TOKEN): TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD)),
    }
)


class KithConfigFlow(ConfigFlow, domain=DOMAIN):
    """The engine on this machine, or on another host."""

    VERSION = 1

    @staticmethod
    @callback
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        return SurenessFlow()

    _installing: asyncio.Task[None] | None = None
    _failure: KithError | None = None

    @classmethod
    @callback
    def async_get_supported_subentry_types(cls, config_entry: ConfigEntry) -> dict[str, type[ConfigSubentryFlow]]:
        return {SUBENTRY_CAMERA: CameraFlow, SUBENTRY_PERSON: PersonFlow}

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        return self.async_show_menu(step_id="user", menu_options=[ENGINE_LOCAL, ENGINE_REMOTE])

    async def async_step_local(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Install runtime and pack, with a progress bar."""
        if self._installing is None:
            self._installing = self.hass.async_create_task(self._install(), "Kith installs its engine")
        if not self._installing.done():
            return self.async_show_progress(
                step_id=ENGINE_LOCAL, progress_action="install", progress_task=self._installing
            )
        self._installing = None
        return self.async_show_progress_done(next_step_id="install_failed" if self._failure else "installed")

    async def _install(self) -> None:
        self._failure = None
        try:
            await Installer(self.hass).install(self.async_update_progress)
        except KithError as error:
            self._failure = error

    async def async_step_installed(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        return self.async_create_entry(title=TITLE, data={CONF_ENGINE: ENGINE_LOCAL})

    async def async_step_install_failed(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Say what stopped it; submitting tries again. The first call may carry the menu's input: it is no answer."""
        if self._failure is None:
            return await self.async_step_local()
        failure, self._failure = (
            self._failure,
            None,
        )
        return self.async_show_form(
            step_id="install_failed",
            errors={"base": failure.code},
            description_placeholders={"details": details(failure)},
        )

    async def async_step_remote(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Another host's engine: kept only when it answers."""
        errors: dict[str, str] = {}
        reason = ""
        if user_input is not None:
            try:
                await meet(self.hass, user_input[CONF_URL], user_input.get(CONF_TOKEN))
            except KithError as error:
                errors, reason = {"base": error.code}, details(error)
            else:
                return self.async_create_entry(title=TITLE, data={CONF_ENGINE: ENGINE_REMOTE, **user_input})
        return self.async_show_form(
            step_id=ENGINE_REMOTE,
            data_schema=self.add_suggested_values_to_schema(REMOTE_SCHEMA, user_input),
            errors=errors,
            description_placeholders={"details": reason},
        )
