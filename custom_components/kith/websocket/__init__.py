"""The page's WebSocket commands, one module for each of its parts, for administrators; questions, also for whoever may
answer them; and the card's, for everybody.
"""

from homeassistant.core import HomeAssistant, callback

from . import (
    blueprints,
    cameras,
    card,
    clips,
    enroll_camera,
    forget,
    import_people,
    inbox,
    marks,
    merge,
    networks,
    overview,
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
    *clips.COMMANDS,
    *overview.COMMANDS,
    *cameras.COMMANDS,
    *settings.COMMANDS,
    *networks.COMMANDS,
    *blueprints.COMMANDS,
    *card.COMMANDS,
)


@callback
def register_commands(hass: HomeAssistant) -> None:
    for command in COMMANDS:
        command.register(hass)
