"""How scripts/test runs its steps, and what it makes of their answers."""

import importlib.util
from pathlib import Path
import sys
from types import ModuleType

import pytest

from .script import REPOSITORY


@pytest.fixture(scope="module")
def steps() -> ModuleType:
    spec = importlib.util.spec_from_file_location("steps", REPOSITORY / "scripts" / "steps.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules["steps"] = found  # where dataclasses look for it
    spec.loader.exec_module(found)
    return found


@pytest.mark.parametrize(
    ("closing", "passed", "failed"),
    [
        ("1486 passed, 1 skipped, 1 warning in 79.19s (0:01:19)", 1486, 0),
        ("2 failed, 10 passed, 3 errors in 1.20s", 10, 5),
        ("1 error in 0.20s", 0, 1),
        ("no tests ran in 2.20s", 0, 0),
    ],
)
def test_tests_are_counted_by_the_last_line(steps: ModuleType, closing: str, passed: int, failed: int) -> None:
    outcome = steps.Outcome(lines=["12 passed in 9.99s, said by a test", closing, "and something after it"])
    assert (outcome.counted("passed"), outcome.counted("failed", "errors?")) == (passed, failed)


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


@pytest.mark.parametrize("lanes", [1, 2])
def test_each_log_is_shown_in_one_piece_and_failures_are_kept(
    steps: ModuleType, lanes: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = {
        "good": steps.Step("Good", (), (python("print('g1'); print('g2')"),)),
        "bad": steps.Step("Bad", (), (python("import sys; print('b1'); sys.exit(3)"), python("print('b2')"))),
        "last": steps.Step("Last", (), (python("print('l1')"),), after=("good", "bad")),
    }
    monkeypatch.setattr(steps, "STEPS", made)
    outcomes = steps.run_all(["last", "good", "bad"], lanes)
    assert {name: outcome.failed_commands for name, outcome in outcomes.items()} == {"good": 0, "bad": 1, "last": 0}
    shown = capsys.readouterr().out
    assert "g1\ng2\n" in shown
    assert "b1\nb2\n" in shown
    assert list(outcomes)[-1] == "last"
    assert "-- bad: broken" in shown


def test_what_is_mostly_idle_takes_no_lane(steps: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three that wait for each other end only if they run at the same time."""
    meet = (
        "import pathlib, sys, time\n"
        f"here = pathlib.Path({str(tmp_path)!r}); (here / sys.argv[1]).touch()\n"
        "for _ in range(600):\n"
        "    if len(list(here.iterdir())) == 3: sys.exit(0)\n"
        "    time.sleep(0.1)\n"
        "sys.exit(1)"
    )
    made = {name: steps.Step(name, (), ((*python(meet), name),), idle=name == "story") for name in ("a", "b", "story")}
    monkeypatch.setattr(steps, "STEPS", made)
    outcomes = steps.run_all(["a", "b", "story"], 2)
    assert [outcome.failed_commands for outcome in outcomes.values()] == [0, 0, 0]


def test_every_test_belongs_to_a_step(steps: ModuleType) -> None:
    """What none of the others runs, home does; identity is a part of it."""
    run = " ".join(" ".join(command) for step in steps.STEPS.values() for command in step.commands).split()
    for path in steps.ELSEWHERE:
        assert path in run, f"{path} is left out of home, and nothing else runs it"
        assert (REPOSITORY / path).exists()
