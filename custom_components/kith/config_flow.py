"""The config flow: where the engine runs, and which cameras to watch first."""

from typing import Any, cast

from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
    ConfigSubentryData,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.const import ATTR_RESTORED
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from .cameras.battery import has_battery, wakers
from .const import (
    CONF_CAMERA,
    CONF_CAMERAS,
    CONF_ENABLED,
    CONF_ENGINE,
    CONF_INTERVAL,
    CONF_WAKE,
    DEFAULT_INTERVAL,
    DOMAIN,
    ENGINE_LOCAL,
    ENGINE_REMOTE,
    SUBENTRY_CAMERA,
    SUBENTRY_PERSON,
    SUBENTRY_SERVICE,
)
from .engines.installer import BETTER_PACK, FIRST_PACK, Installer
from .errors import details
from .flows.camera import CameraFlow
from .flows.elsewhere import ElsewhereFlow
from .flows.options import KithOptionsFlow
from .flows.person import PersonFlow
from .flows.progress import InstallingFlow
from .flows.service import ServiceFlow
from .kith_engine.errors import KithError

TITLE = "Kith"


class KithConfigFlow(InstallingFlow, ElsewhereFlow, domain=DOMAIN):
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
        if self.entry_in_use() is not None:
            return self.async_abort(reason="single_instance_allowed")
        return self.async_show_menu(step_id="user", menu_options=[ENGINE_LOCAL, ENGINE_REMOTE])

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Choose another place or token for the engine. Cameras, people and the gallery stay."""
        return self.async_show_menu(step_id="reconfigure", menu_options=[ENGINE_LOCAL, ENGINE_REMOTE])

    async def async_step_local(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Install the runtime and the first pack, with a progress bar."""
        return self.follow(ENGINE_LOCAL, lambda: Installer(self.hass).install(self.async_update_progress))

    async def async_step_local_done(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        return await self.engine_is({CONF_ENGINE: ENGINE_LOCAL})

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

    async def engine_is(self, engine: dict[str, Any]) -> ConfigFlowResult:
        if self.source == SOURCE_RECONFIGURE:
            return self.update_engine(self._get_reconfigure_entry(), engine)
        self._engine = engine
        if engine[CONF_ENGINE] == ENGINE_LOCAL:
            pack = await Installer(self.hass).pack()
            if pack is not None and pack.name == FIRST_PACK:
                return await self.async_step_networks()
        return await self.async_step_cameras()

    async def async_step_cameras(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Choose the cameras to watch. Cameras can be added and changed at any time."""
        cameras = [
            state for state in self.hass.states.async_all(CAMERA_DOMAIN) if not state.attributes.get(ATTR_RESTORED)
        ]
        names = {camera.entity_id: camera.name for camera in sorted(cameras, key=lambda camera: camera.name)}
        if user_input is not None or not names:
            chosen = [camera for camera in (user_input or {}).get(CONF_CAMERAS, ()) if camera in names]
            watched = [watched_camera(self.hass, camera, names[camera]) for camera in chosen]
            if self.entry_in_use() is not None:  # by another dialog, in the meantime
                return self.async_abort(reason="single_instance_allowed")
            await self.async_set_unique_id(None)  # there is one entry, whichever engine it has
            return self.async_create_entry(title=TITLE, data=self._engine, subentries=watched)
        options = [SelectOptionDict(value=camera, label=name) for camera, name in names.items()]
        selector = SelectSelector(SelectSelectorConfig(options=options, multiple=True, mode=SelectSelectorMode.LIST))
        return self.async_show_form(
            step_id=CONF_CAMERAS, data_schema=vol.Schema({vol.Optional(CONF_CAMERAS, default=[]): selector})
        )


def watched_camera(hass: HomeAssistant, camera: str, name: str) -> ConfigSubentryData:
    """A camera's subentry with default settings; one with a battery is woken by what its device has for that."""
    waking = wakers(hass, camera) if has_battery(hass, camera) else []
    settings = {CONF_CAMERA: camera, CONF_INTERVAL: DEFAULT_INTERVAL, CONF_ENABLED: True}
    return ConfigSubentryData(
        data={**settings, CONF_WAKE: waking} if waking else settings,
        subentry_type=SUBENTRY_CAMERA,
        title=name,
        unique_id=camera,
    )
