"""Add or change a service that gives second opinions."""

from typing import Any

from homeassistant.config_entries import SubentryFlowResult

from ...settings import ServiceKind
from .bigger_engine import EngineSteps
from .sent_log import SentSteps


class ServiceFlow(EngineSteps, SentSteps):
    """Adding asks for the kind, the address and consent, and the limits. Changing begins with a menu."""

    async def async_step_user(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        return self.async_show_menu(step_id="user", menu_options=list(ServiceKind))

    async def async_step_reconfigure(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        self._read()
        return self.async_show_menu(
            step_id="reconfigure",
            menu_options=["allowed", "access", *(["sent"] if self._loaded else [])],
            description_placeholders={"name": self._get_reconfigure_subentry().title},
        )
