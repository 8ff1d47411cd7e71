"""Imports point downward, and the halves stay apart."""

import ast
from pathlib import Path

import pytest

KITH = Path(__file__).parents[1] / "custom_components" / "kith"
PURE = sorted([*KITH.glob("identity/*.py"), KITH / "household.py", KITH / "told.py", *KITH.glob("kith_engine/**/*.py")])
HEAVY = {"onnxruntime", "PIL"}
LIGHT = ("analysis", "calibration", "client", "errors", "fields", "manifest", "network", "received", "wire")
"""Of the engine, what Home Assistant's own process imports."""


def imported(path: Path) -> list[tuple[int, str]]:
    """(level, module) of every import in a file."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(0, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.level, node.module or ""))
    return found


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


OPINIONS = KITH / "opinions"
AT_THE_TABLE = ("breaker", "budget", "ledger", "protocol", "state", "steps")
"""Of second opinions, what decides without asking a clock, a disk or anybody."""


@pytest.mark.parametrize("name", AT_THE_TABLE)
def test_what_decides_on_second_opinions_knows_nothing_of_home_assistant(name: str) -> None:
    assert not [module for _, module in imported(OPINIONS / f"{name}.py") if module.split(".")[0] == "homeassistant"]


@pytest.mark.parametrize("name", AT_THE_TABLE)
def test_what_decides_on_second_opinions_imports_nothing_that_does_not(name: str) -> None:
    above = {*AT_THE_TABLE, "settings", "errors"}
    assert {module for level, module in imported(OPINIONS / f"{name}.py") if level} <= above


@pytest.mark.parametrize("path", [path for path in KITH.glob("**/*.py") if path.parent != OPINIONS], ids=str)
def test_services_are_reached_through_one_place(path: Path) -> None:
    """So that nothing is sent that is not in the ledger; the set-up check alone asks them itself."""
    clients = {"azure", "bigger", "compreface", "services"}
    asked = {module.rpartition("opinions.")[2] for level, module in imported(path) if level and "opinions." in module}
    assert not asked & clients or path == KITH / "flows" / "service" / "access.py"


def test_the_home_is_known_to_who_asks_and_not_to_who_answers() -> None:
    knowing = {path.stem for path in OPINIONS.glob("*.py") if (2, "home") in imported(path)}
    assert knowing == {"asking"}


RIM = {
    *("binary_sensor", "condition", "config_flow", "diagnostics", "event", "image", "llm", "logbook", "media_source"),
    *("repairs", "sensor", "switch", "system_health", "trigger", "update"),
}
"""Modules that Home Assistant itself looks for by their names."""


@pytest.mark.parametrize("path", [path for path in KITH.glob("*.py") if path.stem in RIM], ids=lambda path: path.name)
def test_what_home_assistant_calls_does_not_call_each_other(path: Path) -> None:
    assert not {module for level, module in imported(path) if level == 1} & (RIM - {path.stem})


@pytest.mark.parametrize("path", sorted(KITH.glob("**/*.py")), ids=lambda path: str(path.relative_to(KITH)))
def test_nothing_imports_what_home_assistant_calls(path: Path) -> None:
    depth = len(path.relative_to(KITH).parts)
    assert not {module for level, module in imported(path) if level == depth} & RIM


@pytest.mark.parametrize("path", sorted(KITH.glob("**/*.py")), ids=lambda path: str(path.relative_to(KITH)))
def test_nothing_rests_on_what_the_page_asks(path: Path) -> None:
    if path.parent.name == "websocket" or path == KITH / "__init__.py":
        return
    assert not [module for level, module in imported(path) if level and module.split(".")[0] == "websocket"]
