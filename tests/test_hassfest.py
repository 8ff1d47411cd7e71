"""The rules of Home Assistant's own checker (hassfest) that concern this integration, restated, because the checker
itself runs only on GitHub. Both languages must meet its requirements for English.
"""

import ast
import json
from pathlib import Path
import re
import string
from typing import Any

from homeassistant.const import Platform
from homeassistant.helpers import config_validation as cv, selector
import pytest
import voluptuous as vol
import yaml

KITH = Path(__file__).parents[1] / "custom_components" / "kith"
MANIFEST: dict[str, Any] = json.loads((KITH / "manifest.json").read_text())
ICONS: dict[str, Any] = json.loads((KITH / "icons.json").read_text())
LANGUAGES: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in sorted((KITH / "translations").glob("*.json"))
}
ENGLISH = LANGUAGES["en"]

KEY = re.compile(r"(?!.+[_-]{2})[a-z0-9](?:[a-z0-9-_]*[a-z0-9])?")
URL = re.compile(r"(?:(?:ftps?|scp|https?|mqtts?|socket|socks5)://|www\.)[a-z0-9.-]+\.[a-z]{2,5}", re.IGNORECASE)


def key(value: str) -> str:
    if not KEY.fullmatch(value):
        raise vol.Invalid(f"{value!r} is no key for a translation")
    return value


def plain(value: Any) -> str:
    """A plain text without URLs and references."""
    text = str(cv.string_with_no_html(value))
    if text != text.strip() or not text:
        raise vol.Invalid("blanks around it, or nothing in it")
    if URL.search(text) or "[%" in text or re.search(r"'{\w+}'", text):
        raise vol.Invalid("an address, a reference, or a placeholder in single quotes")
    return text


def text(value: Any) -> str:
    for _, name, _, _ in string.Formatter().parse(plain(value)):
        if name and not name.isidentifier():
            raise vol.Invalid(f"{name!r} cannot be a placeholder")
    return str(value)


def bare(value: Any) -> str:
    """A text without placeholders."""
    if any(name is not None for _, name, _, _ in string.Formatter().parse(plain(value))):
        raise vol.Invalid("placeholders have no place here")
    return str(value)


def keyed(value: Any, keys: Any = key) -> vol.Schema:
    return vol.Schema({keys: value})


def described(value: dict[str, Any]) -> dict[str, Any]:
    for name, step in value["step"].items():
        for part in (step, *step.get("sections", {}).values()):
            if unknown := part.get("data_description", {}).keys() - part.get("data", {}).keys():
                raise vol.Invalid(f"{name}: {unknown} are described and not there")
    return value


FORM = {vol.Optional("data"): {str: text}, vol.Optional("data_description"): {str: text}}
STEP = {
    vol.Optional("title"): text,
    vol.Optional("description"): text,
    vol.Optional("menu_options"): {str: text},
    vol.Optional("menu_option_descriptions"): {str: text},
    vol.Optional("submit"): text,
    vol.Optional("sections"): {str: {vol.Optional("name"): text, vol.Optional("description"): text, **FORM}},
    **FORM,
}
FLOW = {
    vol.Optional("flow_title"): text,
    vol.Required("step"): {str: STEP},
    **{vol.Optional(part): {str: text} for part in ("error", "abort", "progress", "create_entry")},
}
SUBENTRY_FLOW = {
    **FLOW,
    vol.Required("entry_type"): text,
    vol.Required("initiate_flow"): {vol.Required("user"): text, str: text},
}
ISSUE = vol.All(
    cv.has_at_least_one_key("description", "fix_flow"),
    {
        vol.Required("title"): text,
        vol.Exclusive("description", "remedy"): text,
        vol.Exclusive("fix_flow", "remedy"): vol.All(FLOW, described),
    },
)
FIELDS = keyed({vol.Required("name"): text, vol.Required("description"): text, vol.Optional("example"): text})
OFFERED = {vol.Required("name"): text, vol.Required("description"): text, vol.Optional("fields"): FIELDS}
"""An action, a trigger, or a condition."""
ATTRIBUTES = keyed({vol.Optional("name"): bare, vol.Optional("state"): keyed(bare)})
ENTITY = {
    vol.Optional("name"): text,
    vol.Optional("state"): keyed(bare),
    vol.Optional("state_attributes"): ATTRIBUTES,
    vol.Optional("unit_of_measurement"): bare,
}
SELECTOR = {
    vol.Optional("options"): keyed(text),
    vol.Optional("choices"): keyed(text),
    vol.Optional("fields"): keyed({vol.Required("name"): text, vol.Required("description"): text}),
}
TEXTS = vol.Schema(
    {
        vol.Required("config"): vol.All(FLOW, described),
        vol.Required("config_subentries"): keyed(vol.All(SUBENTRY_FLOW, described), cv.slug),
        vol.Required("options"): vol.All(FLOW, described),
        vol.Optional("selector"): keyed(SELECTOR, cv.slug),
        vol.Required("entity"): keyed(keyed(ENTITY), cv.slug),
        vol.Required("exceptions"): keyed({vol.Required("message"): text}, cv.slug),
        vol.Required("issues"): {str: ISSUE},
        vol.Required("services"): keyed(
            {
                **OFFERED,
                vol.Optional("sections"): keyed({vol.Required("name"): text, vol.Optional("description"): text}),
            }
        ),
        vol.Required("triggers"): keyed(OFFERED, cv.underscore_slug),
        vol.Required("conditions"): keyed(OFFERED, cv.underscore_slug),
        vol.Required("system_health"): {vol.Required("info"): keyed(text)},
        vol.Optional("common"): keyed(text, cv.slug),
        vol.Optional("config_panel"): keyed(keyed(text), vol.Any("_", cv.slug)),
    }
)


def icon(value: Any) -> str:
    if not re.fullmatch(r"mdi:[a-z0-9-]+", str(value)):
        raise vol.Invalid(f"{value!r} is no icon")
    return str(value)


ENTITY_ICONS = {
    vol.Optional("default"): icon,
    vol.Optional("state"): keyed(icon),
    vol.Optional("range"): {str: icon},
    vol.Optional("state_attributes"): keyed({vol.Required("default"): icon, vol.Optional("state"): keyed(icon)}),
}
ICON_FILE = vol.Schema(
    {
        vol.Optional("entity"): keyed(keyed(ENTITY_ICONS), cv.slug),
        vol.Optional("services"): keyed({vol.Required("service"): icon, vol.Optional("sections"): keyed(icon)}),
        vol.Optional("triggers"): keyed({vol.Required("trigger"): icon}, cv.underscore_slug),
        vol.Optional("conditions"): keyed({vol.Required("condition"): icon}, cv.underscore_slug),
    }
)

FIELD = {
    vol.Optional("example"): object,
    vol.Optional("default"): object,
    vol.Optional("required"): bool,
    vol.Optional("context"): {str: str},
    vol.Required("selector"): selector.validate_selector,
}
SECTION = {vol.Optional("collapsed"): bool, vol.Required("fields"): {str: FIELD}}
OFFERS = {
    vol.Optional("target"): selector.TargetSelector.CONFIG_SCHEMA,
    vol.Optional("fields"): {str: vol.Any(SECTION, FIELD)},
}
KINDS = {"services": cv.slug, "triggers": cv.underscore_slug, "conditions": cv.underscore_slug}
"""What each file offers, and the allowed form of its keys."""


def offered(kind: str) -> dict[str, dict[str, Any]]:
    """Without the parts of triggers.yaml that only serve as anchors."""
    every = yaml.safe_load((KITH / f"{kind}.yaml").read_text())
    return {name: what or {} for name, what in every.items() if not name.startswith(".")}


def fields(what: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Fields, including those in sections."""
    found: dict[str, dict[str, Any]] = {}
    for name, field in what.get("fields", {}).items():
        found |= field.get("fields", {name: field})
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_where_home_assistant_looks_for_them_and_nowhere_else(language: str) -> None:
    TEXTS(LANGUAGES[language])


def test_icons_are_where_home_assistant_looks_for_them_and_nowhere_else() -> None:
    ICON_FILE(ICONS)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_offered_is_described_as_home_assistant_expects_it(kind: str) -> None:
    vol.Schema({KINDS[kind]: OFFERS})(offered(kind))


def test_no_action_leans_on_an_anchor_that_would_be_taken_for_an_action() -> None:
    assert not [name for name in yaml.safe_load((KITH / "services.yaml").read_text()) if name.startswith(".")]


@pytest.mark.parametrize("kind", KINDS)
def test_everything_that_is_offered_has_its_texts_and_its_icon(kind: str) -> None:
    there = offered(kind)
    assert there.keys() == ICONS[kind].keys()
    for texts in LANGUAGES.values():
        assert there.keys() == texts[kind].keys()
        for name, what in there.items():
            assert fields(what).keys() == texts[kind][name].get("fields", {}).keys(), name


@pytest.mark.parametrize("kind", KINDS)
def test_selectors_that_need_texts_have_them(kind: str) -> None:
    for what in offered(kind).values():
        for name, field in fields(what).items():
            for settings in field["selector"].values():
                if settings and (translation_key := settings.get("translation_key")):
                    options = ENGLISH["selector"][translation_key]["options"]
                    assert set(settings["options"]) == options.keys(), name


def test_entities_icons_belong_to_entities_with_texts() -> None:
    for platform, entities in ICONS["entity"].items():
        assert entities.keys() <= ENGLISH["entity"][platform].keys(), platform
        for name, icons in entities.items():
            states = ENGLISH["entity"][platform][name].get("state")
            if states and platform == Platform.SENSOR:
                assert icons.get("state", {}).keys() <= states.keys(), name


def test_the_manifest_has_its_keys_in_order_and_what_a_custom_integration_needs() -> None:
    assert list(MANIFEST) == ["domain", "name", *sorted(MANIFEST.keys() - {"domain", "name"})]
    assert MANIFEST["domain"] == KITH.name
    assert {"version", "documentation", "issue_tracker", "codeowners", "config_flow"} <= MANIFEST.keys()
    assert MANIFEST["iot_class"] in ("local_polling", "local_push", "calculated")
    assert MANIFEST["integration_type"] in ("device", "hub", "service")
    for place in ("documentation", "issue_tracker"):
        assert MANIFEST[place].startswith("https://")
    assert re.fullmatch(r"\d+\.\d+\.\d+", MANIFEST["version"])


def test_dependencies_are_named_once_and_in_order() -> None:
    needed, wished = MANIFEST["dependencies"], MANIFEST["after_dependencies"]
    assert not set(needed) & set(wished)
    assert (needed, wished) == (sorted(needed), sorted(wished))


ALLOWED = {
    *(platform.value for platform in Platform),
    "homeassistant",
    "media_source",
    "person",
    "system_health",
    "websocket_api",
}
"""Other components that anybody may import from."""


def imported(path: Path) -> set[str]:
    """Home Assistant's components whose code this file uses."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            if node.module.startswith("homeassistant.components."):
                found.add(node.module.split(".")[2])
            elif node.module == "homeassistant.components":
                found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {
                alias.name.split(".")[2] for alias in node.names if alias.name.startswith("homeassistant.components.")
            }
    return found


@pytest.mark.parametrize(
    "path",
    [path for path in KITH.rglob("*.py") if "kith_engine" not in path.parts],
    ids=lambda path: str(path.relative_to(KITH)),
)
def test_components_that_are_used_are_dependencies_or_the_file_is_made_for_them(path: Path) -> None:
    declared = {*MANIFEST["dependencies"], *MANIFEST["after_dependencies"]}
    made_for = path.relative_to(KITH).parts[0].removesuffix(".py")
    assert imported(path) <= ALLOWED | declared | {made_for}


def test_actions_are_registered_before_any_entry_is_loaded() -> None:
    """So that an automation can be checked while Kith is not running."""
    (setup,) = (
        node
        for node in ast.walk(ast.parse((KITH / "__init__.py").read_text()))
        if isinstance(node, ast.AsyncFunctionDef) and node.name == "async_setup"
    )
    assert "register_actions" in ast.unparse(setup)


def test_it_can_only_be_set_up_by_clicking_and_says_so() -> None:
    assert "config_entry_only_config_schema" in (KITH / "__init__.py").read_text()


def test_nothing_lies_where_only_core_has_it() -> None:
    assert not (KITH / "strings.json").exists()
    assert not (KITH / ".translations").exists()
