"""The options: how sure Kith must be, with this home's figures; how long strangers are kept; which networks are
used.
"""

from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult, OptionsFlow
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..const import CONF_ENGINE, CONF_KEEP_STRANGERS, CONF_PACK, CONF_SURENESS, ENGINE_LOCAL
from ..engines.installer import Installer
from ..identity.evidence import Sureness
from ..identity.gallery_check import check
from ..kith_engine.manifest import Manifest, load_manifest, manifest_names
from ..settings import retention_days, sureness_of

UNTOLD = "–"
MOST_DAYS = 90
"""Keeping strangers any longer would be surveillance of passers-by."""
SCHEMA = vol.Schema(
    {
        vol.Required(CONF_SURENESS): SelectSelector(
            SelectSelectorConfig(
                options=[str(sureness) for sureness in Sureness],
                mode=SelectSelectorMode.LIST,
                translation_key=CONF_SURENESS,
            )
        ),
        vol.Optional(CONF_KEEP_STRANGERS, default=0): vol.All(
            NumberSelector(
                NumberSelectorConfig(min=0, max=MOST_DAYS, step=1, mode=NumberSelectorMode.BOX, unit_of_measurement="d")
            ),
            vol.Coerce(int),
        ),
    }
)


class KithOptionsFlow(OptionsFlow):
    """One form."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        if user_input is not None:
            return self.async_create_entry(data={**self.config_entry.options, **user_input})
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        stored = {CONF_SURENESS: sureness_of(self.config_entry), CONF_KEEP_STRANGERS: retention_days(self.config_entry)}
        schema = self.add_suggested_values_to_schema(SCHEMA.extend(await self._packs()), stored)
        return self.async_show_form(step_id="init", data_schema=schema, description_placeholders=await self._figures())

    async def _packs(self) -> dict[vol.Marker, SelectSelector]:
        """The choice of networks, if Kith runs the engine and ships several; the update entity then offers that one."""
        packs = await self.hass.async_add_executor_job(_packs)
        if len(packs) < 2 or self.config_entry.data[CONF_ENGINE] != ENGINE_LOCAL:
            return {}
        wanted = await Installer(self.hass).offered(self.config_entry.options.get(CONF_PACK))
        options = [SelectOptionDict(value=pack.name, label=pack.title) for pack in packs]
        selector = SelectSelector(SelectSelectorConfig(options=options, mode=SelectSelectorMode.LIST))
        return {vol.Required(CONF_PACK, default=wanted.name): selector}

    async def _figures(self) -> dict[str, str]:
        """For each setting, how many of this home's own photos would be recognized, each photo on its own."""
        home = self.config_entry.runtime_data
        if (facts := home.engine.facts) is None:
            return {str(sureness): UNTOLD for sureness in Sureness}
        found = await self.hass.async_add_executor_job(
            check, home.stores.gallery.gallery, facts.embedding, facts.calibration
        )
        return {
            str(sureness): f"{expected.photos - expected.missed}/{expected.photos}" if expected.photos else UNTOLD
            for sureness, expected in found.expected.items()
        }


def _packs() -> list[Manifest]:
    return [load_manifest(name) for name in manifest_names()]
