"""The documents against the code: what they name exists, and what exists is named."""

import ast
import json
from pathlib import Path
import re
from typing import Any
from urllib.parse import unquote

import pytest
import yaml

from custom_components.kith.identity.demand import Sureness

REPOSITORY = Path(__file__).parents[1]
KITH = REPOSITORY / "custom_components" / "kith"
TEXTS: dict[str, Any] = json.loads((KITH / "translations" / "en.json").read_text())
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md")])
REFERENCE = (REPOSITORY / "docs" / "reference.md").read_text()
README = (REPOSITORY / "README.md").read_text()
SOURCE = "https://github.com/kith-home/kith/blob/main/"
IMPORT = "https://my.home-assistant.io/redirect/blueprint_import/?blueprint_url="
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`]+)`")


def described(name: str) -> dict[str, Any]:
    """What triggers.yaml and similar files describe; a key that begins with a dot is only a building block."""
    every = yaml.safe_load((KITH / name).read_text())
    return {key: value or {} for key, value in every.items() if not key.startswith(".")}


def section(title: str) -> str:
    """The text from a heading of the reference to the next one of its level."""
    rank, text = re.match(r"#+", title).group(), REFERENCE[REFERENCE.index(f"\n{title}\n") + 1 :]  # type: ignore[union-attr]
    end = re.search(rf"\n#{{1,{len(rank)}}} ", text[len(title) :])
    return text[: len(title) + end.start()] if end else text


def rows(text: str) -> list[list[str]]:
    """The cells of all tables, without headings."""
    lines = [line.strip().strip("|") for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    heads = {index - 1 for index, row in enumerate(cells) if set("".join(row)) <= set("-: ")}
    return [row for index, row in enumerate(cells) if index not in heads and index - 1 not in heads]


def named(title: str) -> dict[str, set[str]]:
    """`kith.name` in a table's first cell → everything in backticks in its second."""
    return {CODE.findall(row[0])[0].removeprefix("kith."): set(CODE.findall(row[1])) for row in rows(section(title))}


def labels() -> set[str]:
    """The labels of all fields that the owner can fill in, as in the forms."""
    found: set[str] = set()

    def look(node: Any) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "data":
                    found.update(value.values())
                else:
                    look(value)

    person = TEXTS["config_subentries"]["person"]["step"]
    for flow in (TEXTS["config_subentries"]["camera"], TEXTS["config_subentries"]["service"], TEXTS["options"]):
        look(flow["step"])
    look({step: person[step] for step in ("settings", "agreement")})
    return found


def test_every_entity_is_told_with_its_name_and_no_other() -> None:
    told = [(kind, name) for row in rows(section("## Entities")) for kind in CODE.findall(row[0]) for name in [row[1]]]
    there = [(kind, one["name"]) for kind, keys in TEXTS["entity"].items() for one in keys.values()]
    assert set(told) == set(there)


def test_every_entity_in_the_code_has_a_text() -> None:
    code = "".join(path.read_text() for path in (*KITH.glob("*.py"), *KITH.glob("sensors/*.py")))
    keys = {key for keys in TEXTS["entity"].values() for key in keys}
    assert all(f'"{key}"' in code for key in keys), [key for key in keys if f'"{key}"' not in code]


@pytest.mark.parametrize(
    ("title", "file"),
    [("## Triggers", "triggers.yaml"), ("## Conditions", "conditions.yaml"), ("## Actions", "services.yaml")],
)
def test_every_trigger_condition_and_action_is_told_with_its_fields(title: str, file: str) -> None:
    there = {name: set(one.get("fields", {})) for name, one in described(file).items()}
    assert named(title) == there


def test_the_events_data_is_told() -> None:
    """As put together in bus_events.py."""
    tree = ast.parse((KITH / "bus_events.py").read_text())
    describe = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "describe")
    keys = {
        key.value
        for node in ast.walk(describe)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    }
    table = rows(section("### What an event carries"))
    told = {name for row in table for name in CODE.findall(row[0] + (row[1] if row[0] == "`evidence`" else ""))}
    assert told == keys | {"entity_id"}


def test_every_setting_is_told() -> None:
    told = {label for row in rows(section("## Settings")) for label in row[0].split(", ")}
    assert told == labels()


def test_every_repair_is_told() -> None:
    told = {row[0] for row in rows(section("## Repairs"))}
    assert told == {re.sub(r"{\w+}", "…", issue["title"]) for issue in TEXTS["issues"].values()}


def test_every_blueprint_can_be_imported_in_one_click() -> None:
    there = {path.relative_to(REPOSITORY).as_posix() for path in KITH.glob("blueprints/**/*.yaml")}
    offered = {unquote(url).removeprefix(IMPORT + SOURCE) for url in LINK.findall(README) if url.startswith(IMPORT)}
    assert offered == there


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text()):
        path, _, anchor = link.partition("#")
        if "://" in path:
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            titles = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}, link


def test_every_name_in_an_example_exists() -> None:
    there = {f"kith.{name}" for file in ("triggers", "conditions", "services") for name in described(f"{file}.yaml")}
    for page in PAGES:
        told = set(re.findall(r"(?:trigger|condition|action): (kith\.\w+)", page.read_text()))
        assert told <= there, page.name


def test_every_picture_is_shown_and_says_what_is_on_it() -> None:
    shown = {
        name: alt
        for page in PAGES
        for alt, name in re.findall(r"!\[([^\]]*)\]\((?:docs/)?images/([^)]+)\)", page.read_text())
    }
    assert shown.keys() == {path.name for path in (REPOSITORY / "docs" / "images").iterdir()}
    assert all(shown.values())


def test_the_lowest_version_is_one_that_the_tests_run_against() -> None:
    lowest = json.loads((REPOSITORY / "hacs.json").read_text())["homeassistant"]
    assert f"homeassistant=={lowest}\n" in (REPOSITORY / "requirements" / "previous.in").read_text()
    assert f"Home Assistant {lowest}" in README


def test_the_changes_of_this_version_are_told() -> None:
    version = json.loads((KITH / "manifest.json").read_text())["version"]
    assert f"\n## {version}\n" in (REPOSITORY / "CHANGELOG.md").read_text()


def test_every_file_that_is_kept_is_told() -> None:
    code = "".join(path.read_text() for path in KITH.glob("**/*.py"))
    told = set(re.findall(r"\.storage/kith\.(\w+)", (REPOSITORY / "docs" / "privacy.md").read_text()))
    assert told == set(re.findall(r'f"{DOMAIN}\.(\w+)"', code))


def test_the_knob_promises_the_same_in_the_options_in_the_documents_and_in_the_code() -> None:
    options = TEXTS["selector"]["sureness"]["options"]
    recognition = (REPOSITORY / "docs" / "recognition.md").read_text()
    for sureness in Sureness:
        promise = f"{1 / sureness.false_names:,.0f}"
        assert f"one of {promise} visits" in options[sureness]
        assert f"one in {promise}" in recognition
