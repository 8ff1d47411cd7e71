"""The panel's WebSocket commands, one module for each of its parts. For administrators only."""

from homeassistant.core import HomeAssistant, callback

from . import (
    blueprints,
    cameras,
    enroll_camera,
    forget,
    inbox,
    marks,
    merge,
    networks,
    people,
    settings,
    subscribe,
    visits,
)
from .command import Command

COMMANDS: tuple[Command, ...] = (
    *subscribe.COMMANDS,
    *inbox.COMMANDS,
    *people.COMMANDS,
    *merge.COMMANDS,
    *marks.COMMANDS,
    *forget.COMMANDS,
    *enroll_camera.COMMANDS,
    *visits.COMMANDS,
    *cameras.COMMANDS,
    *settings.COMMANDS,
    *networks.COMMANDS,
    *blueprints.COMMANDS,
)


@callback
def register_commands(hass: HomeAssistant) -> None:
    for command in COMMANDS:
        command.register(hass)
