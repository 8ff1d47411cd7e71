"""Add or change a person."""

from typing import Any

from homeassistant.config_entries import SubentryFlowResult

from .add import AddingSteps
from .camera_guide import LookSteps
from .consent import AgreementSteps
from .profile import ProfileSteps
from .stored_photos import ShownSteps

NEEDS_THE_ENGINE = ["photos", "shown", "look"]
ALWAYS = ["settings", "consent"]


class PersonFlow(AddingSteps, ShownSteps, LookSteps, ProfileSteps, AgreementSteps):
    """Adding leads from form to form; changing begins with a menu."""

    async def async_step_reconfigure(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        return self._gone() or self.async_show_menu(
            step_id="reconfigure",
            menu_options=[*NEEDS_THE_ENGINE, *ALWAYS] if self._loaded else ALWAYS,
            description_placeholders={"name": self._name},
        )
