"""The automations that come with Kith: Home Assistant does not look for them here, so the page hands them over."""

from pathlib import Path
from typing import Any

from homeassistant.util.json import JsonObjectType, JsonValueType
from homeassistant.util.yaml import parse_yaml

from ..const import DOMAIN
from ..runtime import Home
from .command import Command

FOLDER = Path(__file__).parents[1] / "blueprints" / "automation" / DOMAIN
PATHS = tuple(f"{DOMAIN}/{path.name}" for path in sorted(FOLDER.glob("*.yaml")))
"""Where Home Assistant stores them below its blueprints for automations."""


async def _list(home: Home, _request: dict[str, Any]) -> JsonObjectType:
    return {"blueprints": await home.hass.async_add_executor_job(_read)}


def _read() -> list[JsonValueType]:
    return [_blueprint(path) for path in sorted(FOLDER.glob("*.yaml"))]


def _blueprint(path: Path) -> JsonObjectType:
    text = path.read_text(encoding="utf-8")
    about: Any = parse_yaml(text)
    return {
        "path": f"{DOMAIN}/{path.name}",
        "name": str(about["blueprint"]["name"]),
        "description": str(about["blueprint"]["description"]),
        "yaml": text,
    }


COMMANDS = (Command("blueprints/list", _list),)
