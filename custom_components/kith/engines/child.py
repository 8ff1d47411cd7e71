"""Kith's engine as a child process of Home Assistant."""

import asyncio
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
import os
from pathlib import Path
import re
import sys

from ..kith_engine.errors import EngineUnavailable, KithError, error_of

_FOLDER = Path(__file__).parents[1]
# The engine's folder goes behind everything else: beside it lie Home Assistant's file names, of which some day one
# might be a standard module's as well.
_LAUNCH = "import sys, runpy; sys.path.append(sys.argv.pop(1)); runpy.run_module('kith_engine', run_name='__main__')"
_FAILURE = re.compile(r"ERROR (\w+): (.*)")


@dataclass(frozen=True, slots=True)
class Installation:
    """Where the engine's things lie. runtime: a folder of packages, None if Home Assistant's Python has them itself."""

    runtime: Path | None
    pack: Path


async def launch(runtime: Path | None, *arguments: str) -> Process:
    """Start `python -m kith_engine ARGUMENTS`, its pipes open, with the runtime's packages before all others."""
    environment = dict(os.environ)
    environment.pop("PYTHONPATH", None)
    if runtime is not None:
        environment["PYTHONPATH"] = str(runtime)
    environment["PYTHONUNBUFFERED"] = "1"
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", _LAUNCH, str(_FOLDER), *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment
    )


def failure(lines: list[str]) -> KithError:
    """What an engine that ended has said: its own error, else its last words."""
    for line in reversed(lines):
        if found := _FAILURE.fullmatch(line):
            return error_of(found[1], found[2])
    return EngineUnavailable(lines[-1] if lines else "it ended without a word.")
