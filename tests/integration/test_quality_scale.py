"""The quality scale: every rule of the running Home Assistant is listed, and "done" is true where a test can tell."""

import ast
from collections.abc import Callable
import json
from pathlib import Path
import re
from typing import Any

import homeassistant.components
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import yaml

from custom_components.kith import PLATFORMS

from .conftest import REPOSITORY

KITH = REPOSITORY / "custom_components" / "kith"
MANIFEST: dict[str, Any] = json.loads((KITH / "manifest.json").read_text())
TEXTS: dict[str, Any] = json.loads((KITH / "translations" / "en.json").read_text())
ICONS: dict[str, Any] = json.loads((KITH / "icons.json").read_text())
RULES: dict[str, Any] = yaml.safe_load((KITH / "quality_scale.yaml").read_text())["rules"]
CORE = Path(homeassistant.components.__file__).parent


def status(rule: str) -> str:
    told = RULES[rule]
    return told if isinstance(told, str) else told["status"]


def functions(name: str) -> set[str]:
    """The functions and methods of one file."""
    nodes = ast.walk(ast.parse((KITH / name).read_text()))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def says(page: str, *titles: str) -> Callable[[], bool]:
    """Whether this page has these headings, with text below."""

    def check() -> bool:
        written = (REPOSITORY / page).read_text()
        found = [re.search(rf"^#+ {re.escape(title)}\n+([^#\s])", written, re.MULTILINE) for title in titles]
        return all(found)

    return check


def offers(page: str, kind: str) -> Callable[[], bool]:
    """Whether this page names everything of this kind."""

    def check() -> bool:
        written = (REPOSITORY / page).read_text()
        names = {name for name in yaml.safe_load((KITH / f"{kind}.yaml").read_text()) if not name.startswith(".")}
        return all(f"kith.{name}" in written or TEXTS[kind][name]["name"] in written for name in names)

    return check


def typed_entry() -> bool:
    return "type KithConfigEntry = ConfigEntry[Home]" in (KITH / "runtime.py").read_text()


CHECKS: dict[str, Callable[[], bool]] = {
    "action-setup": lambda: "register_actions(hass)" in (KITH / "__init__.py").read_text(),
    "brands": lambda: {"icon.png", "logo.png"} <= {path.name for path in (KITH / "brand").iterdir()},
    "common-modules": lambda: (KITH / "cameras" / "coordinator.py").exists() and (KITH / "entity.py").exists(),
    "config-flow": lambda: MANIFEST["config_flow"] and "async_step_user" in functions("config_flow.py"),
    "dependency-transparency": lambda: all(
        re.split("[=>]", requirement)[0] in ("numpy", "spake2") for requirement in MANIFEST["requirements"]
    ),
    "docs-actions": offers("docs/reference.md", "services"),
    "docs-conditions": offers("docs/automations.md", "conditions"),
    "docs-triggers": offers("docs/automations.md", "triggers"),
    "docs-high-level-description": says("README.md", "Kith"),
    "docs-installation-instructions": says("README.md", "Install"),
    "docs-installation-parameters": says("README.md", "The engine on another machine"),
    "docs-removal-instructions": says("README.md", "Removing Kith"),
    "docs-configuration-parameters": says("docs/reference.md", "Settings"),
    "docs-data-update": lambda: "Time between pictures" in (REPOSITORY / "docs" / "reference.md").read_text(),
    "docs-examples": says("docs/examples.md", "Greet whoever comes home"),
    "docs-known-limitations": says("README.md", "Limits"),
    "docs-supported-devices": lambda: "64-bit x86 or ARM" in (REPOSITORY / "README.md").read_text(),
    "docs-supported-functions": says("docs/reference.md", "On each person's device", "On each camera's device"),
    "docs-troubleshooting": says("README.md", "Troubleshooting"),
    "docs-use-cases": says("README.md", "Automations"),
    "runtime-data": typed_entry,
    "unique-config-entry": lambda: "single_instance_allowed" in (KITH / "config_flow.py").read_text(),
    "test-before-setup": lambda: "ConfigEntryNotReady" in (KITH / "__init__.py").read_text(),
    "config-entry-unloading": lambda: "async_unload_entry" in functions("__init__.py"),
    "integration-owner": lambda: bool(MANIFEST["codeowners"]),
    "parallel-updates": lambda: all(
        re.search(r"^PARALLEL_UPDATES = ", (KITH / f"{platform}.py").read_text(), re.MULTILINE)
        for platform in PLATFORMS
    ),
    "reauthentication-flow": lambda: "async_step_reauth" in functions("flows/elsewhere.py"),
    "reconfiguration-flow": lambda: "async_step_reconfigure" in functions("config_flow.py"),
    "diagnostics": lambda: "async_get_config_entry_diagnostics" in functions("diagnostics.py"),
    "repair-issues": lambda: "async_create_fix_flow" in functions("repairs.py"),
    "stale-devices": lambda: "async_remove_config_entry_device" in functions("__init__.py"),
    "icon-translations": lambda: all(
        ICONS["entity"][platform].keys() >= names
        for platform, names in {"sensor": {"people"}, "event": {"sighting"}, "switch": {"recognition"}}.items()
    ),
    "strict-typing": lambda: "strict = true" in (REPOSITORY / "pyproject.toml").read_text(),
    "test-coverage": (REPOSITORY / "tests" / "coverage.py").exists,
    "inject-websession": lambda: "async_get_clientsession" in (KITH / "engines" / "remote.py").read_text(),
}


def test_every_rule_of_home_assistant_is_named_and_no_other() -> None:
    asked: set[str] = set()
    for path in CORE.glob("*/quality_scale.yaml"):
        asked |= yaml.safe_load(path.read_text())["rules"].keys()
    assert len(asked) > 50
    assert RULES.keys() == asked


@pytest.mark.parametrize("rule", RULES)
def test_what_is_not_done_says_why(rule: str) -> None:
    assert status(rule) in ("done", "exempt", "todo")
    if status(rule) != "done":
        assert len(RULES[rule]["comment"].split()) >= 4


@pytest.mark.parametrize("rule", CHECKS)
def test_what_is_called_done_is_and_nothing_else(rule: str) -> None:
    assert CHECKS[rule]() == (status(rule) == "done")


@pytest.fixture
async def entities(hass: HomeAssistant, entry: MockConfigEntry) -> list[er.RegistryEntry]:
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert {entity.domain for entity in found} == {str(platform) for platform in PLATFORMS}
    return found


async def test_entities_have_names_ids_devices_and_icons(hass: HomeAssistant, entities: list[er.RegistryEntry]) -> None:
    """has-entity-name, entity-unique-id, devices, entity-translations, icon-translations, entity-device-class"""
    for entity in entities:
        assert entity.has_entity_name, entity.entity_id
        assert entity.unique_id
        assert dr.async_get(hass).async_get(entity.device_id) is not None, entity.entity_id
        assert entity.translation_key in TEXTS["entity"][entity.domain], entity.entity_id
        has_icon = entity.translation_key in ICONS["entity"].get(entity.domain, {})
        assert has_icon or entity.original_device_class, entity.entity_id


async def test_what_few_need_is_disabled_or_diagnostic(entities: list[er.RegistryEntry]) -> None:
    """entity-category, entity-disabled-by-default"""
    disabled = {entity.translation_key for entity in entities if entity.disabled_by}
    diagnostic = {entity.translation_key for entity in entities if entity.entity_category == "diagnostic"}
    assert {"last_face", "last_stranger", "confidence", "frame_time"} <= disabled
    assert {"usable_faces", "engine_state", "pack", "runtime", "frame_rate"} <= diagnostic


def test_every_error_that_reaches_a_user_is_translated() -> None:
    """exception-translations: no Home Assistant error is raised with text of our own."""
    kinds = {"HomeAssistantError", "ServiceValidationError", "UpdateFailed", "ConfigEntryError", "ConfigEntryNotReady"}
    for path in KITH.rglob("*.py"):
        if "kith_engine" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds:
                given = {keyword.arg for keyword in node.keywords}
                assert {"translation_domain", "translation_key"} <= given, f"{path.name}:{node.lineno}"
