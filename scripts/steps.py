"""The steps of scripts/test: what each of them runs, and how several run side by side.

Runs in any Python 3 that the system has: the environments are only made here.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
import os
from pathlib import Path
import re
import subprocess
import sys
import time

REPOSITORY = Path(__file__).resolve().parents[1]
COVERAGE = REPOSITORY / ".cache" / "coverage"
BYTECODE = REPOSITORY / ".cache" / "bytecode"
"""Hundreds of processes import the same modules: without it, compiling them takes half of the time."""
PYTHON = {"home": ".venv/bin/python", "previous": ".cache/previous/bin/python", "engine": ".cache/engine/bin/python"}
CLOSING = re.compile(r"\b(?:passed|failed|skipped|errors?|deselected|no tests ran)\b.* in [\d.]+s")
"""The last line that pytest prints."""

Command = tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """needs: environments of scripts/setup. after: steps that end before it begins. covered: coverage is recorded.

    idle: it mostly waits for stories to be told in their own time, so it takes no lane from others.
    """

    title: str
    needs: tuple[str, ...]
    commands: tuple[Command, ...]
    after: tuple[str, ...] = ()
    covered: bool = False
    idle: bool = False


@dataclass
class Outcome:
    """What came of a step. Its tests are counted by what pytest says at the end."""

    failed_commands: int = 0
    seconds: float = 0.0
    lines: list[str] = field(default_factory=list)

    def counted(self, *words: str) -> int:
        closing = next((line for line in reversed(self.lines) if CLOSING.search(line)), "")
        return sum(int(number) for word in words for number in re.findall(rf"(\d+) {word}\b", closing))


def tests(environment: str, *arguments: str) -> Command:
    return (PYTHON[environment], "-m", "pytest", "--quiet", *arguments)


def bash_scripts() -> Iterator[Path]:
    for folder in (".ci", "scripts", "models", "models/training"):
        for path in sorted((REPOSITORY / folder).iterdir()):
            if path.is_file() and path.read_bytes().startswith(b"#!/usr/bin/env bash"):
                yield path


TYPED = ("custom_components", "demo", "evaluation", "models/manifest.py", "models/card.py", "scripts/steps.py")
LIMIT = ("--timeout", "120")
"""Seconds. A test that hangs is a failure; the plugin that knows this comes with Home Assistant's."""
COVERED = ("--cov", "custom_components/kith", "--cov-report=")
ELSEWHERE = ("tests/engine", "tests/test_architecture.py", "tests/browser", "tests/scripts")
"""Tests that other steps run; all the rest is home's."""
LINT = (
    (".venv/bin/ruff", "check", "--quiet", "."),
    (".venv/bin/ruff", "format", "--check", "--quiet", "."),
    *(("bash", "-n", str(path)) for path in bash_scripts()),
)
STEPS = {
    "lint": Step("lint", ("home",), LINT),
    "types": Step("types", ("home",), ((".venv/bin/mypy", *TYPED),)),
    "home": Step(
        "Home Assistant 2026.11",
        ("home",),
        (tests("home", "tests", *(f"--ignore={path}" for path in ELSEWHERE), *LIMIT, *COVERED),),
        covered=True,
    ),
    "browser": Step("in a browser", ("home", "page"), (tests("home", "tests/browser", "--timeout", "300"),)),
    "previous": Step(
        "Home Assistant 2026.10",
        ("previous",),
        (("env", "PYTHONASYNCIODEBUG=1", *tests("previous", "tests/integration", "-m", "not one_release", *LIMIT)),),
    ),
    "scripts": Step(
        "what the scripts promise", ("home",), (tests("home", "tests/scripts", "--timeout", "600"),), idle=True
    ),
    "engine": Step(
        "the engine, without Home Assistant",
        ("engine",),
        (tests("engine", "tests/engine", "tests/test_architecture.py", *COVERED),),
        covered=True,
    ),
    "quick": Step(
        "the engine's quick tests, a part of engine",
        ("engine",),
        (tests("engine", "tests/engine", "tests/test_architecture.py", "-m", "not slow"),),
    ),
    "identity": Step("identity, a part of home", ("home",), (tests("home", "tests/identity", *LIMIT),)),
    "page": Step("the page's code", ("page",), (("scripts/page", "check"),)),
    "coverage": Step(
        "what the tests of the engine and of Home Assistant 2026.11 ran",
        ("home",),
        ((PYTHON["home"], "-m", "tests.coverage", str(COVERAGE)),),
        after=("engine", "home"),
    ),
}
"""Those that take long come first: then both ends of a run on two processors meet."""
PARTS = ("quick", "identity")
"""Of other steps, for `fast`."""
FAST = ("lint", "types", *PARTS)
EVERYTHING = tuple(name for name in STEPS if name not in PARTS)


def main() -> int:
    """0 if every step held."""
    options = _options()
    wanted = {name for step in options.steps or EVERYTHING for name in (FAST if step == "fast" else (step,))}
    chosen = [name for name in STEPS if name in wanted]
    needs = dict.fromkeys(need for name in chosen for need in STEPS[name].needs)
    if subprocess.run(["scripts/setup", *needs], cwd=REPOSITORY, check=False).returncode:
        return 1  # it has said why
    outcomes = run_all(chosen, min(len(chosen), options.lanes))
    print("\n== sum")
    if broken := [name for name, outcome in outcomes.items() if outcome.failed_commands]:
        print("broken:", *broken)
    passed = sum(outcome.counted("passed") for outcome in outcomes.values())
    failed = sum(outcome.counted("failed", "errors?") for outcome in outcomes.values())
    print(f"{passed} passed, {failed} failed")
    return 1 if broken else 0


def _step(name: str) -> str:
    """Not by `choices`: Python before 3.12 demands that no steps at all be one of them, too."""
    if name not in (*STEPS, "fast"):
        raise argparse.ArgumentTypeError(f"there is no step '{name}'; there are {', '.join((*STEPS, 'fast'))}")
    return name


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/test")
    parser.add_argument("steps", nargs="*", metavar="STEP", type=_step)
    parser.add_argument("--lanes", type=int, default=os.cpu_count() or 1, metavar="N")
    return parser.parse_args()


def run_all(chosen: Sequence[str], lanes: int) -> dict[str, Outcome]:
    """So many at a time, and beside them those that are mostly idle.

    What a step says is shown when it ends, or at once if nothing runs beside it.
    """
    alone = lanes == 1
    waiting, running, outcomes = list(chosen), dict[Future[Outcome], str](), dict[str, Outcome]()
    with ThreadPoolExecutor(len(chosen)) as pool:
        while waiting or running:
            unfinished = {*waiting, *running.values()}
            ready = [name for name in waiting if not unfinished & {*STEPS[name].after}]
            aside = [] if alone else [name for name in ready if STEPS[name].idle]
            free = lanes - sum(alone or not STEPS[name].idle for name in running.values())
            for name in [*aside, *[name for name in ready if name not in aside][:free]]:
                waiting.remove(name)
                print(f"\n== {STEPS[name].title}" if alone else f"-- {name} begins", flush=True)
                running[pool.submit(run, name, aloud=alone)] = name
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                name = running.pop(future)
                outcomes[name] = future.result()
                show(name, outcomes[name], lines=not alone)
    return outcomes


def show(name: str, outcome: Outcome, *, lines: bool) -> None:
    if lines:
        print(f"\n== {STEPS[name].title}", *outcome.lines, sep="\n")
    print(f"-- {name}: {'broken' if outcome.failed_commands else 'fine'}, {outcome.seconds:.0f} s", flush=True)


def run(name: str, *, aloud: bool) -> Outcome:
    """All commands of a step, also those after one that failed."""
    outcome, began, environment = Outcome(), time.monotonic(), {**os.environ, "PYTHONPYCACHEPREFIX": str(BYTECODE)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if STEPS[name].covered:
        COVERAGE.mkdir(parents=True, exist_ok=True)
        environment["COVERAGE_FILE"] = str(COVERAGE / name)
    for command in STEPS[name].commands:
        process = subprocess.Popen(
            command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert process.stdout is not None
        for line in process.stdout:
            outcome.lines.append(line.rstrip("\n"))
            if aloud:
                print(line, end="", flush=True)
        outcome.failed_commands += process.wait() != 0
    outcome.seconds = time.monotonic() - began
    return outcome


if __name__ == "__main__":
    sys.exit(main())
