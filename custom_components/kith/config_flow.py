"""The config flow: where the engine runs, and which cameras to watch first."""

from collections.abc import Mapping
from typing import Any, cast

from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryData,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.const import ATTR_RESTORED, CONF_TOKEN, CONF_URL
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from .const import (
    CONF_CAMERA,
    CONF_CAMERAS,
    CONF_ENABLED,
    CONF_ENGINE,
    CONF_INTERVAL,
    DEFAULT_INTERVAL,
    DOMAIN,
    ENGINE_LOCAL,
    ENGINE_REMOTE,
    SUBENTRY_CAMERA,
    SUBENTRY_PERSON,
    SUBENTRY_SERVICE,
)
from .engines.installer import BETTER_PACK, FIRST_PACK, Installer
from .engines.remote import meet
from .errors import details
from .flows.camera import CameraFlow
from .flows.options import KithOptionsFlow
from .flows.person import PersonFlow
from .flows.progress import InstallingFlow
from .flows.service import ServiceFlow
from .kith_engine.errors import KithError

TITLE = "Kith"
TOKEN_SCHEMA = vol.Schema({vol.Optional(CONF_TOKEN): TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))})
REMOTE_SCHEMA = vol.Schema(
    {vol.Required(CONF_URL): TextSelector(TextSelectorConfig(type=TextSelectorType.URL)), **TOKEN_SCHEMA.schema}
)


class KithConfigFlow(InstallingFlow, ConfigFlow, domain=DOMAIN):
    """Sets up an engine on this machine or on another host."""

    VERSION = 1

    def __init__(self) -> None:
        self._engine: dict[str, Any] = {}

    @staticmethod
    @callback
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        return KithOptionsFlow()

    @classmethod
    @callback
    def async_get_supported_subentry_types(cls, config_entry: ConfigEntry) -> dict[str, type[ConfigSubentryFlow]]:
        return {SUBENTRY_CAMERA: CameraFlow, SUBENTRY_PERSON: PersonFlow, SUBENTRY_SERVICE: ServiceFlow}

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        return self.async_show_menu(step_id="user", menu_options=[ENGINE_LOCAL, ENGINE_REMOTE])

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Choose another place or token for the engine. Cameras, people and the gallery stay."""
        return self.async_show_menu(step_id="reconfigure", menu_options=[ENGINE_LOCAL, ENGINE_REMOTE])

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """The remote engine refused the token: ask for the one it was started with."""
        engine = self._get_reauth_entry().data
        errors: dict[str, str] = {}
        reason = ""
        if user_input is not None:
            errors, reason = await self._meet(engine[CONF_URL], user_input.get(CONF_TOKEN))
            if not errors:
                return self._update(self._get_reauth_entry(), {**engine, CONF_TOKEN: user_input.get(CONF_TOKEN)})
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=TOKEN_SCHEMA,
            errors=errors,
            description_placeholders={"details": reason, "url": engine[CONF_URL]},
        )

    async def async_step_local(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Install the runtime and the first pack, with a progress bar."""
        return self.follow(ENGINE_LOCAL, lambda: Installer(self.hass).install(self.async_update_progress))

    async def async_step_local_done(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        return await self._engine_is({CONF_ENGINE: ENGINE_LOCAL})

    async def async_step_local_failed(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Submitting tries again. The first call may carry the menu's input, which is no answer."""
        return self._tell_failure("local_failed") if self.failure else await self.async_step_local()

    def _tell_failure(self, step: str) -> ConfigFlowResult:
        """Show the failure once."""
        failure, self.failure = cast(KithError, self.failure), None
        return self.async_show_form(
            step_id=step, errors={"base": failure.code}, description_placeholders={"details": details(failure)}
        )

    async def async_step_networks(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """The first pack runs: let the owner keep it or choose the better one."""
        better = await Installer(self.hass).offered(BETTER_PACK)
        return self.async_show_menu(
            step_id="networks",
            menu_options=[BETTER_PACK, FIRST_PACK],
            description_placeholders={"size": f"{better.download / 1e6:.0f}"},
        )

    async def async_step_compact(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        return await self.async_step_cameras()

    async def async_step_standard(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        return self.follow(BETTER_PACK, lambda: Installer(self.hass).change(BETTER_PACK, self.async_update_progress))

    async def async_step_standard_done(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        return await self.async_step_cameras()

    async def async_step_standard_failed(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """The first pack is still in use. Submitting offers the choice again."""
        return self._tell_failure("standard_failed") if self.failure else await self.async_step_networks()

    async def async_step_remote(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Use an engine on another host if it answers."""
        errors: dict[str, str] = {}
        reason = ""
        if user_input is not None:
            errors, reason = await self._meet(user_input[CONF_URL], user_input.get(CONF_TOKEN))
            if not errors:
                return await self._engine_is({CONF_ENGINE: ENGINE_REMOTE, **user_input})
        elif self.source == SOURCE_RECONFIGURE:
            user_input = {CONF_URL: self._get_reconfigure_entry().data.get(CONF_URL)}
        return self.async_show_form(
            step_id=ENGINE_REMOTE,
            data_schema=self.add_suggested_values_to_schema(REMOTE_SCHEMA, user_input),
            errors=errors,
            description_placeholders={"details": reason},
        )

    async def _meet(self, url: str, token: str | None) -> tuple[dict[str, str], str]:
        """The form's errors and their details; none if the engine lets us in."""
        try:
            await meet(self.hass, url, token)
        except KithError as error:
            return {"base": error.code}, details(error)
        return {}, ""

    async def _engine_is(self, engine: dict[str, Any]) -> ConfigFlowResult:
        if self.source == SOURCE_RECONFIGURE:
            return self._update(self._get_reconfigure_entry(), engine)
        self._engine = engine
        if engine[CONF_ENGINE] == ENGINE_LOCAL:
            pack = await Installer(self.hass).pack()
            if pack is not None and pack.name == FIRST_PACK:
                return await self.async_step_networks()
        return await self.async_step_cameras()

    def _update(self, entry: ConfigEntry, engine: dict[str, Any]) -> ConfigFlowResult:
        """Reload the entry for another engine; its listener handles other changes without a reload."""
        result = self.async_update_and_abort(entry, data=engine)
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return result

    async def async_step_cameras(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Choose the cameras to watch. Cameras can be added and changed at any time."""
        cameras = [
            state for state in self.hass.states.async_all(CAMERA_DOMAIN) if not state.attributes.get(ATTR_RESTORED)
        ]
        names = {camera.entity_id: camera.name for camera in sorted(cameras, key=lambda camera: camera.name)}
        if user_input is not None or not names:
            chosen = [camera for camera in (user_input or {}).get(CONF_CAMERAS, ()) if camera in names]
            watched = [watched_camera(camera, names[camera]) for camera in chosen]
            return self.async_create_entry(title=TITLE, data=self._engine, subentries=watched)
        options = [SelectOptionDict(value=camera, label=name) for camera, name in names.items()]
        selector = SelectSelector(SelectSelectorConfig(options=options, multiple=True, mode=SelectSelectorMode.LIST))
        return self.async_show_form(
            step_id=CONF_CAMERAS, data_schema=vol.Schema({vol.Optional(CONF_CAMERAS, default=[]): selector})
        )


def watched_camera(camera: str, name: str) -> ConfigSubentryData:
    """A camera's subentry with default settings."""
    return ConfigSubentryData(
        data={CONF_CAMERA: camera, CONF_INTERVAL: DEFAULT_INTERVAL, CONF_ENABLED: True},
        subentry_type=SUBENTRY_CAMERA,
        title=name,
        unique_id=camera,
    )
