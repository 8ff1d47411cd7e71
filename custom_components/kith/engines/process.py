"""Starts, reads, and ends the engine as a child process of Home Assistant."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
import contextlib
from dataclasses import dataclass
import os
from pathlib import Path
import re
import signal
import sys
import tempfile

from ..kith_engine.errors import EngineUnavailableError, KithError, error_of

GRACE = 5
"""Seconds to exit by itself before it is killed."""
LONGEST_FOLDER = 80
"""Characters: a socket's path may have about 100 (108 on Linux, 104 on macOS)."""
INHERITED = frozenset(
    {
        *("HOME", "LANG", "LANGUAGE", "PATH", "TMPDIR", "TZ"),
        *("LD_LIBRARY_PATH", "LD_PRELOAD", "MALLOC_CONF"),
        *("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_DIR", "SSL_CERT_FILE"),
    }
)
INHERITED_GROUPS = ("COVERAGE_", "KITH_", "LC_", "OMP_", "UV_")
"""Beginnings of further names: Kith's own, and those of the tools that it runs."""
_FOLDER = Path(__file__).parents[1]
# The engine's folder comes last on the path: Home Assistant prescribes the names of the files beside it, and one
# might some day shadow a standard module. For the same reason -P leaves out the working directory.
_LAUNCH = "import sys, runpy; sys.path.append(sys.argv.pop(1)); runpy.run_module('kith_engine', run_name='__main__')"
_FAILURE = re.compile(r"ERROR (\w+): (.*)")


@dataclass(frozen=True, slots=True)
class Installation:
    """Where the engine's files are. runtime: a folder of packages; None if Home Assistant's Python has them."""

    runtime: Path | None
    pack: Path


async def launch(runtime: Path | None, *arguments: str) -> Process:
    """Start `python -m kith_engine ARGUMENTS` with open pipes and the runtime's packages first on the path.

    Raises EngineUnavailableError if the system cannot start another process.
    """
    folders = [str(runtime)] if runtime is not None else []
    if inherited := os.environ.get("PYTHONPATH"):
        folders.append(inherited)
    environment = {**minimal_environment(), "PYTHONPATH": os.pathsep.join(folders), "PYTHONUNBUFFERED": "1"}
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-c", _LAUNCH, str(_FOLDER), *arguments),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=environment,
            start_new_session=True,  # Home Assistant handles Ctrl-C in its terminal
        )
    except OSError as error:
        raise EngineUnavailableError(f"it cannot be started ({error.strerror}).") from error


def minimal_environment() -> dict[str, str]:
    """What a child needs of this process's environment, without secrets such as the Supervisor's token."""
    wanted = (name for name in os.environ if name.upper() in INHERITED or name.startswith(INHERITED_GROUPS))
    return {name: os.environ[name] for name in wanted}


async def lines(stream: asyncio.StreamReader | None) -> AsyncIterator[str]:
    """The lines of a child's output. Too long lines are skipped: left in the pipe, they would block the child."""
    assert stream is not None
    while True:
        try:
            line = await stream.readline()
        except ValueError:
            continue
        if not line:
            return
        yield line.decode(errors="replace").rstrip()


async def end(process: Process, how: signal.Signals = signal.SIGTERM) -> None:
    """Send a signal, wait a little, then kill: afterwards the process is gone."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(how)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                await process.wait()
        await kill(process)


async def kill(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def says_why(line: str) -> KithError | None:
    """The error that an engine names in its last line; None if the line names none."""
    match = _FAILURE.fullmatch(line)
    return error_of(match[1], match[2]) if match else None


def failure(words: list[str]) -> KithError:
    """Why an engine with this output ended: the error it named, or else its last line."""
    for line in reversed(words):
        if error := says_why(line):
            return error
    return EngineUnavailableError(words[-1] if words else "it ended without a message.")


def private_folder() -> Path:
    """A folder for the socket; not below the configuration, whose path can be long."""
    folder = Path(tempfile.mkdtemp(prefix="kith-"))
    if len(str(folder)) > LONGEST_FOLDER:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="kith-", dir="/tmp"))
    return folder
