"""Repair flows: what the owner can do about an issue."""

import asyncio
from collections.abc import Mapping
from typing import Any

from homeassistant.components.repairs import FlowType, RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntryState, ConfigSubentry, OperationNotAllowed
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol

from .const import CONF_IGNORED, CONF_PERSON_ID, CONF_TURNED, DOMAIN
from .descriptions.reader import speak_to_reader
from .descriptions.sentences import say_error
from .engines.installer import Installer
from .enrollment.renewal import renew
from .errors import details
from .health.checks import unknown_to_the_engine
from .health.issues import Issue
from .kith_engine.analysis import Area
from .kith_engine.errors import KithError, error_of
from .runtime import KithConfigEntry


async def async_create_fix_flow(hass: HomeAssistant, issue_id: str, data: dict[str, Any] | None) -> RepairsFlow:
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    assert issue is not None  # Home Assistant has just looked it up
    return FLOWS[Issue(issue.translation_key or "")]()


class _Repair(RepairsFlow):
    """data: see health/issues.py."""

    data: dict[str, Any]

    @property
    def _entry(self) -> KithConfigEntry:
        return self.hass.config_entries.async_get_known_entry(self.data["entry_id"])

    async def _move_engine(self) -> RepairsFlowResult:
        """Open the dialog that asks where the engine is."""
        flow = await self.hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": self._entry.entry_id}
        )
        return self.async_abort(reason="go_on", next_flow=(FlowType.CONFIG_FLOW, flow["flow_id"]))

    def _placeholders(self) -> dict[str, str]:
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        return (issue and issue.translation_placeholders) or {}


class _Confirmed(_Repair):
    """Describes what it will do, and waits for confirmation."""

    async def _go(self) -> RepairsFlowResult:
        raise NotImplementedError

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """The input is the issue's id, not an answer."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        if user_input is not None:
            return await self._go()
        return self.async_show_form(
            step_id="confirm", data_schema=vol.Schema({}), description_placeholders=self._placeholders()
        )


class _Working(_Confirmed):
    """A repair that takes a while."""

    def __init__(self) -> None:
        self._work: asyncio.Task[str | None] | None = None

    async def _do(self) -> str | None:
        """Returns why the problem remains; None if it is solved."""
        raise NotImplementedError

    async def _go(self) -> RepairsFlowResult:
        return await self.async_step_work()

    async def async_step_work(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        if self._work is None:
            self._work = self.hass.async_create_task(self._do(), f"{DOMAIN} repairs {self.issue_id}")
        if not self._work.done():
            return self.async_show_progress(step_id="work", progress_action="work", progress_task=self._work)
        return self.async_show_progress_done(next_step_id="worked")

    async def async_step_worked(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        assert self._work is not None
        if reason := await self._work:
            return self.async_abort(reason="still", description_placeholders={"reason": reason})
        return self.async_create_entry(data={})


async def _reason(hass: HomeAssistant, code: str, placeholders: dict[str, str]) -> str:
    """Why the problem remains. Not before the work: whatever that starts speaks the home's language."""
    await speak_to_reader(hass)
    return say_error(hass, code, placeholders)


class StartAgain(_Working):
    """Load Kith again after the owner fixed the cause."""

    async def _do(self) -> str | None:
        entry = self._entry
        try:
            await self.hass.config_entries.async_reload(entry.entry_id)
        except OperationNotAllowed as error:
            return str(error)
        if entry.state is ConfigEntryState.LOADED:
            return None
        placeholders = entry.error_reason_translation_placeholders or {}
        return await _reason(self.hass, entry.error_reason_translation_key or "not_loaded", placeholders)


class StartEngine(StartAgain):
    """Start the engine again, or move it to another host."""

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        return self.async_show_menu(
            step_id="init", menu_options=["work", "elsewhere"], description_placeholders=self._placeholders()
        )

    async def async_step_elsewhere(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """The issue stays until the engine answers."""
        return await self._move_engine()


class PairEngine(_Confirmed):
    """Pair with an engine that was asked unencrypted until now."""

    async def _go(self) -> RepairsFlowResult:
        return await self._move_engine()


class BringFiles(StartEngine):
    """Install the local engine's files again."""

    async def _do(self) -> str | None:
        try:
            await Installer(self.hass).repair(error_of(self.data["code"], ""))
        except KithError as error:
            return await _reason(self.hass, error.code, {"details": details(error)})
        return await super()._do()


class Renew(_Working):
    """Make new templates for the engine's network from kept photos."""

    async def _do(self) -> str | None:
        entry = self._entry
        if entry.state is not ConfigEntryState.LOADED:
            return await _reason(self.hass, "not_loaded", {})
        home = entry.runtime_data
        before = unknown_to_the_engine(home)
        try:
            await renew(home)
        except KithError as error:
            return await _reason(self.hass, error.code, {"details": details(error)})
        return await _reason(self.hass, "photos_not_renewed", {}) if unknown_to_the_engine(home) == before else None


class ChangeSettings(_Confirmed):
    """Open the settings of the camera, person or service. The issue stays until its cause is gone."""

    part: str | None = None
    """The settings' menu entry to open, if they have a menu."""

    async def _go(self) -> RepairsFlowResult:
        subentries = [subentry for subentry in self._entry.subentries.values() if self.data["about"] in _ids(subentry)]
        if not subentries:
            return self.async_abort(reason="gone")
        flow = await self.hass.config_entries.subentries.async_init(
            (self._entry.entry_id, subentries[0].subentry_type),
            context={"source": SOURCE_RECONFIGURE, "subentry_id": subentries[0].subentry_id},
        )
        if self.part is not None:
            await self.hass.config_entries.subentries.async_configure(flow["flow_id"], {"next_step_id": self.part})
        return self.async_abort(reason="go_on", next_flow=(FlowType.CONFIG_SUBENTRIES_FLOW, flow["flow_id"]))


class _ChangeCamera(_Confirmed):
    """A change of a camera's settings that Kith can make itself."""

    def _change(self, stored: Mapping[str, Any], found: Mapping[str, str]) -> dict[str, Any]:
        """What to store instead. found: the issue's placeholders."""
        raise NotImplementedError

    async def _go(self) -> RepairsFlowResult:
        entry, camera, found = self._entry, self._entry.subentries.get(self.data["about"]), self._placeholders()
        if camera is None or not found:  # the issue is over
            return self.async_abort(reason="gone")
        self.hass.config_entries.async_update_subentry(entry, camera, data=self._change(camera.data, found))
        return self.async_create_entry(data={})


class TurnPicture(_ChangeCamera):
    """Turn a camera's pictures the way in which they show faces."""

    def _change(self, stored: Mapping[str, Any], found: Mapping[str, str]) -> dict[str, Any]:
        return {**stored, CONF_TURNED: found["degrees"]}


class IgnoreArea(_ChangeCamera):
    """Ignore the part of a camera's picture that changes all the time."""

    def _change(self, stored: Mapping[str, Any], found: Mapping[str, str]) -> dict[str, Any]:
        area = {edge: int(found[edge]) for edge in Area.EDGES}
        return {**stored, CONF_IGNORED: [*stored.get(CONF_IGNORED, ()), area]}


class EnterAgain(ChangeSettings):
    """Enter a service's address and key, which are checked before they are stored."""

    part = "access"


class AskLess(ChangeSettings):
    """Limit what a service may be asked."""

    part = "allowed"


def _ids(subentry: ConfigSubentry) -> tuple[str, str | None]:
    """The ids by which an issue may refer to it."""
    return subentry.subentry_id, subentry.data.get(CONF_PERSON_ID)


FLOWS: dict[Issue, type[RepairsFlow]] = {
    Issue.ENGINE_AWAY: StartEngine,
    Issue.ENGINE_FILES: BringFiles,
    Issue.ENGINE_REPLACED: StartEngine,
    Issue.ENGINE_UNENCRYPTED: PairEngine,
    Issue.FILES_UNREADABLE: StartAgain,
    Issue.GALLERY_RENEWABLE: Renew,
    Issue.CAMERA_UNSUITABLE: ChangeSettings,
    Issue.CAMERA_STILL: ChangeSettings,
    Issue.CAMERA_TURNED: TurnPicture,
    Issue.CAMERA_RESTLESS: IgnoreArea,
    Issue.PHOTOS_OLD: ChangeSettings,
    Issue.SERVED_WORSE: ChangeSettings,
    Issue.OPINION_REFUSED: EnterAgain,
    Issue.OPINION_UNPAIRED: EnterAgain,
    Issue.OPINION_REPLACED: EnterAgain,
    Issue.OPINION_UNENCRYPTED: EnterAgain,
    Issue.OPINION_NOT_APPROVED: EnterAgain,
    Issue.OPINION_QUOTA_SPENT: AskLess,
    Issue.OPINION_OUTDATED: EnterAgain,
    Issue.OPINION_AWAY: EnterAgain,
}
