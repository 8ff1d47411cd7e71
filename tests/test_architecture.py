"""Imports point downward: the packages have an order, and there are no cycles."""

import ast
from pathlib import Path
import re
import sys

import pytest

KITH = Path(__file__).parents[1] / "custom_components" / "kith"
MODULES = sorted(path for path in KITH.glob("**/*.py"))

FLOORS: tuple[tuple[str, ...], ...] = (
    ("kith_engine",),
    ("const", "listeners", "media"),
    ("errors", "identity"),
    ("settings", "sighting", "engines"),
    ("storage", "subentries", "people_lists", "household"),
    ("second_opinion", "undo"),
    ("stores", "cameras"),
    ("runtime",),
    ("descriptions", "signals", "entity", "registry_sync", "automation_target"),
    ("bus_events", "enrollment", "review", "clips"),
    ("privacy", "health", "photo_import", "sensors"),
    ("http_views", "frontend"),
    ("phones",),
    ("services", "flows", "websocket"),
)
"""Packages and modules of the integration, lowest first: each may import from itself and from those below."""

PLATFORMS = {
    *("binary_sensor", "condition", "config_flow", "device_tracker", "diagnostics", "event", "image", "llm", "logbook"),
    *("media_source", "repairs", "sensor", "switch", "system_health", "trigger", "update"),
}
"""Modules that Home Assistant looks for by name: they may import everything except each other."""


def imported(path: Path) -> list[tuple[int, str]]:
    """(level, module) of every import in a file; `from .. import a, b` counts as modules a and b."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(0, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [(node.level, node.module)] if node.module else [(node.level, alias.name) for alias in node.names]
    return found


def room_of(path: Path) -> str:
    """The package directly below the integration, or the module there."""
    return path.relative_to(KITH).parts[0].removesuffix(".py")


def rooms_entered(path: Path) -> set[str]:
    """The other packages that a file imports from."""
    depth = len(path.relative_to(KITH).parts)
    return {name.split(".")[0] for level, name in imported(path) if level == depth} - {room_of(path)}


def test_every_room_has_its_floor() -> None:
    assert {room_of(path) for path in MODULES} - PLATFORMS - {"__init__"} == {
        name for floor in FLOORS for name in floor
    }


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(KITH)))
def test_imports_point_downward(path: Path) -> None:
    if (room := room_of(path)) == "__init__":
        return
    floor = len(FLOORS) if room in PLATFORMS else next(at for at, names in enumerate(FLOORS) if room in names)
    below = {name for names in FLOORS[:floor] for name in names}
    if path == KITH / "config_flow.py":
        below |= {"flows"}
    assert rooms_entered(path) <= below


def test_no_file_imports_itself_by_way_of_others() -> None:
    graph = {path: _files_imported(path) for path in MODULES}
    done: set[Path] = set()

    def visit(path: Path, way: tuple[Path, ...]) -> None:
        assert path not in way, [str(step.relative_to(KITH)) for step in (*way, path)]
        if path not in done:
            for other in graph[path]:
                visit(other, (*way, path))
            done.add(path)

    for path in MODULES:
        visit(path, ())


def _files_imported(path: Path) -> set[Path]:
    """The integration's own files; packages count as their __init__.py."""
    found = set()
    for level, name in imported(path):
        if level:
            base = path.parents[level - 1].joinpath(*name.split("."))
            found |= {one for one in (base.with_suffix(".py"), base / "__init__.py") if one.is_file() and one != path}
    return found


def test_no_module_hides_one_of_python_s() -> None:
    """The engine may be started from this folder: `http.py` here would replace Python's http everywhere."""
    assert not {room_of(path) for path in MODULES} & sys.stdlib_module_names


def test_the_top_level_is_short() -> None:
    assert len(list(KITH.glob("*.py"))) <= 35


PURE = sorted(
    [*KITH.glob("identity/*.py"), *KITH.glob("household/*.py"), KITH / "sighting.py", *KITH.glob("kith_engine/**/*.py")]
)
HEAVY = {"av", "onnxruntime", "PIL"}
LIGHT = (
    *("analysis", "calibration", "client", "errors", "json_reader", "manifest", "network", "wire"),
    "streams/protocol",
)
"""The engine's modules that Home Assistant's own process imports."""


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(KITH)))
def test_identity_and_engine_know_nothing_of_home_assistant(path: Path) -> None:
    assert not [name for _, name in imported(path) if name.split(".")[0] == "homeassistant"]


@pytest.mark.parametrize("path", sorted(KITH.glob("kith_engine/**/*.py")), ids=lambda path: path.name)
def test_the_engine_imports_nothing_above_itself(path: Path) -> None:
    depth = len(path.relative_to(KITH / "kith_engine").parts)
    assert all(level <= depth for level, _ in imported(path))


@pytest.mark.parametrize("path", sorted(KITH.glob("identity/*.py")), ids=lambda path: path.name)
def test_identity_takes_from_the_engine_its_values_only(path: Path) -> None:
    assert {name for level, name in imported(path) if level > 1} <= {"kith_engine.analysis", "kith_engine.calibration"}


@pytest.mark.parametrize("name", LIGHT)
def test_what_home_assistant_s_process_imports_is_light(name: str) -> None:
    assert not {module.split(".")[0] for _, module in imported(KITH / "kith_engine" / f"{name}.py")} & HEAVY


SECOND_OPINION = KITH / "second_opinion"
RULES = ("breaker", "budget", "ledger", "protocol", "service_state", "sync_steps")
"""The modules of second opinions that decide without a clock, a disk, or other services."""


@pytest.mark.parametrize("name", RULES)
def test_the_rules_of_second_opinions_are_pure(name: str) -> None:
    found = imported(SECOND_OPINION / f"{name}.py")
    assert not [module for _, module in found if module.split(".")[0] == "homeassistant"]
    assert {module for level, module in found if level} <= {*RULES, "settings", "errors"}


@pytest.mark.parametrize("path", [path for path in MODULES if path.parent != SECOND_OPINION], ids=str)
def test_services_are_reached_through_one_place(path: Path) -> None:
    """Nothing is sent without the ledger; only the check during setup asks a service itself."""
    asking_modules = {"azure", "bigger_engine", "compreface", "clients"}
    asked = {
        name.rpartition("second_opinion.")[2] for level, name in imported(path) if level and "second_opinion." in name
    }
    assert not asked & asking_modules or path == KITH / "flows" / "service" / "access.py"


def test_the_architecture_s_document_has_every_room_on_its_floor() -> None:
    rows = re.findall(
        r"^\| (\d+) \| ([^|]+) \|", (KITH.parents[1] / "docs" / "architecture.md").read_text(), re.MULTILINE
    )
    assert [tuple(re.findall(r"`(\w+)`", rooms)) for _, rooms in rows] == [tuple(floor) for floor in FLOORS]


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_modules_that_documents_name_exist(document: str) -> None:
    """As in `cameras/source` and `enrollment/acceptance`; a name alone may be a word."""
    named = re.findall(r"`((?:\w+/)+\w+)`", (KITH.parents[1] / document).read_text())
    roots = (KITH, KITH.parents[1])
    assert not [
        name
        for name in set(named) - {"kith/subscribe"}  # a command
        if not any((root / name).exists() or (root / f"{name}.py").exists() for root in roots)
    ]
