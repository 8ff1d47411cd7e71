"""What the page asks: a file for each of its parts. For administrators only."""

from homeassistant.core import HomeAssistant, callback

from . import cameras, forgetting, inbox, looking, merging, people, subscribe, visits
from .asked import Command

COMMANDS: tuple[Command, ...] = (
    *subscribe.COMMANDS,
    *inbox.COMMANDS,
    *people.COMMANDS,
    *merging.COMMANDS,
    *forgetting.COMMANDS,
    *looking.COMMANDS,
    *visits.COMMANDS,
    *cameras.COMMANDS,
)


@callback
def register_commands(hass: HomeAssistant) -> None:
    for command in COMMANDS:
        command.register(hass)
