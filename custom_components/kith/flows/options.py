"""The options: how sure Kith must be, with this home's figures; how long strangers are kept; which networks are
used, and which of those that not every home needs.
"""

from collections.abc import Collection
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

from ..const import CONF_ENGINE, CONF_EXTRAS, CONF_KEEP_STRANGERS, CONF_PACK, CONF_SURENESS, CONF_TRUSTED, ENGINE_LOCAL
from ..descriptions.reader import speak_to_reader
from ..descriptions.sentences import say_error
from ..engines.installer import Installer
from ..engines.local import LocalEngine
from ..engines.update import PackUpdate, packs_to_choose
from ..errors import details
from ..identity.demand import Sureness
from ..identity.gallery_check import check
from ..kith_engine.network import Role
from ..privacy.viewing import users_to_trust
from ..settings import MOST_DAYS, retention_days, sureness_of, trusted_users
from .progress import InstallingFlow

UNTOLD = "–"
EXTRAS = (Role.SECOND_LOOK, Role.BODY)
"""What is offered of the networks that packs have on demand: those that this version uses."""
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


class KithOptionsFlow(InstallingFlow, OptionsFlow):
    """One form, and then what has to be downloaded for it."""

    _answer: dict[str, Any]
    _shown: dict[str, Any]

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        if user_input is not None:
            extras = user_input.pop(CONF_EXTRAS, None)  # the installer notes them, for every pack
            self._answer = user_input
            if extras is None or await self._has_only(extras):
                return await self.async_step_extras_done()
            self._extras = [Role(role) for role in extras]
            return await self.async_step_extras()
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        stored = {CONF_SURENESS: sureness_of(self.config_entry), CONF_KEEP_STRANGERS: retention_days(self.config_entry)}
        fields = SCHEMA.extend({**await self._users(), **await self._networks()})
        self._shown = {str(field): field.default() for field in fields.schema if callable(field.default)} | stored
        schema = self.add_suggested_values_to_schema(fields, stored)
        return self.async_show_form(step_id="init", data_schema=schema, description_placeholders=await self._figures())

    async def async_step_extras(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Download what was added, drop the rest, and start the engine again."""
        engine = self.config_entry.runtime_data.engine
        assert isinstance(engine, LocalEngine)
        update = PackUpdate(self.hass, engine)
        return self.follow(CONF_EXTRAS, lambda: update.change_extras(self._extras, self.async_update_progress))

    async def async_step_extras_done(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """What the owner left as it was may have changed elsewhere meanwhile: a download takes minutes."""
        changed = {key: value for key, value in self._answer.items() if value != self._shown.get(key)}
        return self.async_create_entry(data={**self._answer, **self.config_entry.options, **changed})

    async def async_step_extras_failed(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Submitting shows the form again."""
        if (failure := self.failure) is None:
            return await self.async_step_init()
        self.failure = None
        await speak_to_reader(self.hass)
        reason = say_error(self.hass, failure.code, {"details": details(failure)})
        return self.async_show_form(step_id="extras_failed", description_placeholders={"reason": reason})

    async def _has_only(self, extras: Collection[str]) -> bool:
        """Does the pack in use have these of its networks on demand and no others, as the owner wanted?"""
        installer = Installer(self.hass)
        pack = await installer.pack()
        offered = {network.role for network in pack.on_demand} if pack else set()
        return set(extras) == await installer.extras() == offered & await installer.wanted_extras()

    async def _users(self) -> dict[vol.Marker, SelectSelector]:
        """Who may be trusted with the questions; nothing where everybody is an administrator."""
        users = await users_to_trust(self.hass)
        options = [SelectOptionDict(value=user.id, label=user.name or user.id) for user in users]
        if not options:
            return {}
        offered = {option["value"] for option in options}
        chosen = [user_id for user_id in trusted_users(self.config_entry) if user_id in offered]
        selector = SelectSelector(SelectSelectorConfig(options=options, multiple=True, mode=SelectSelectorMode.LIST))
        return {vol.Required(CONF_TRUSTED, default=chosen): selector}

    async def _networks(self) -> dict[vol.Marker, SelectSelector]:
        """What can be chosen where Kith runs the engine."""
        if self.config_entry.data[CONF_ENGINE] != ENGINE_LOCAL:
            return {}
        return await self._packs() | await self._offered_extras()

    async def _offered_extras(self) -> dict[vol.Marker, SelectSelector]:
        """The field with those networks of the pack in use that not every home needs; nothing if it has none."""
        pack = await Installer(self.hass).pack()
        roles = [str(network.role) for network in pack.on_demand if network.role in EXTRAS] if pack else []
        if not roles:
            return {}
        selector = SelectSelector(
            SelectSelectorConfig(
                options=roles,
                multiple=True,
                mode=SelectSelectorMode.LIST,
                translation_key=CONF_EXTRAS,
            )
        )
        wanted = sorted(await Installer(self.hass).wanted_extras() & {*roles})
        return {vol.Required(CONF_EXTRAS, default=wanted): selector}

    async def _packs(self) -> dict[vol.Marker, SelectSelector]:
        """The packs, if Kith ships several; the update entity then offers the chosen one."""
        packs, wanted = await packs_to_choose(self.hass, self.config_entry)
        if wanted is None:
            return {}
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
