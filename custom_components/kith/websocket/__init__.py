"""The panel's WebSocket commands, one module for each of its parts. For administrators; questions, also for whoever
may answer them.
"""

from homeassistant.core import HomeAssistant, callback

from . import (
    blueprints,
    cameras,
    enroll_camera,
    forget,
    import_people,
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
    *import_people.COMMANDS,
    *visits.COMMANDS,
    *cameras.COMMANDS,
    *settings.COMMANDS,
    *blueprints.COMMANDS,
)


@callback
def register_commands(hass: HomeAssistant) -> None:
    for command in COMMANDS:
        command.register(hass)
