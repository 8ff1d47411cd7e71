"""The panel's WebSocket commands, one module for each of its parts. For administrators only."""

from homeassistant.core import HomeAssistant, callback

from . import (
    blueprints,
    cameras,
    clips,
    enroll_camera,
    forget,
    inbox,
    marks,
    merge,
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
    *clips.COMMANDS,
    *cameras.COMMANDS,
    *settings.COMMANDS,
    *blueprints.COMMANDS,
)


@callback
def register_commands(hass: HomeAssistant) -> None:
    for command in COMMANDS:
        command.register(hass)
