"""The panel's WebSocket commands, one module for each of its parts. For administrators only."""

from homeassistant.core import HomeAssistant, callback

from . import cameras, enroll_camera, forget, inbox, merge, people, subscribe, visits
from .command import Command

COMMANDS: tuple[Command, ...] = (
    *subscribe.COMMANDS,
    *inbox.COMMANDS,
    *people.COMMANDS,
    *merge.COMMANDS,
    *forget.COMMANDS,
    *enroll_camera.COMMANDS,
    *visits.COMMANDS,
    *cameras.COMMANDS,
)


@callback
def register_commands(hass: HomeAssistant) -> None:
    for command in COMMANDS:
        command.register(hass)
