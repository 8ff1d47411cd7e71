"""Installs the runtime's wheels below Kith's own folder with uv, unless Home Assistant's Python has them.

Each wheel must have the hash that came with Kith (locks/, written by scripts/lock), and each file is checked at every
start.
"""

import asyncio
import base64
import csv
import hashlib
from importlib import metadata
import logging
import os
from pathlib import Path
import shutil
import sys
import tempfile
import time

from homeassistant.core import HomeAssistant
from packaging.requirements import Requirement
from packaging.tags import platform_tags

from ..errors import RuntimeNoNetworkError, RuntimeNotInstalledError, RuntimeNoWheelError, RuntimeUnwritableError
from ..kith_engine.runtimes import FORCED, Runtime
from .process import kill, minimal_environment

_LOGGER = logging.getLogger(__name__)

RUNTIMES = {Runtime.ONNXRUNTIME: "onnxruntime~=1.32", Runtime.NCNN: "ncnn>=1.0.20261020,<1.1"}
"""In the order of trying: onnxruntime is faster, but has no wheel for musl, the base of Home Assistant's own image."""
BESIDE = ("numpy~=2.3", "pillow>=12,<14")
"""What the engine needs besides a runtime and what Home Assistant always has (aiohttp)."""
VIDEO = "av>=15,<20"
"""What decodes cameras' streams. Home Assistant's own `stream` integration needs it, too, so it is usually there; where
it is not published for a machine, cameras are watched by stills.
"""
_REASONS = (
    (RuntimeUnwritableError, ("no space left", "permission denied", "read-only file system")),
    (RuntimeNoWheelError, ("no wheels", "no matching distribution", "no solution found", "failed to build")),
    (RuntimeNoNetworkError, ("failed to fetch", "dns error", "error sending request", "timed out", "connection")),
)
"""Errors by what uv says; the first match counts."""
_ABANDONED_S = 24 * 3600
"""Seconds after which a temporary folder is abandoned, because its process was killed."""
LOCKS = Path(__file__).with_name("locks")
"""For each runtime, and for what decodes streams, all packages with the hashes of their wheels for every machine."""
_VIDEO = "video"
"""The lock of what decodes streams."""


def place_in(folder: Path) -> Path:
    """The wheels' folder below this one: another for other wheels, another Python, C library, or architecture.

    Run it in an executor.
    """
    wanted = hashlib.sha256(f"{sys.version} {next(platform_tags())}".encode())
    for lock in map(_lock_of, (*RUNTIMES, _VIDEO)):
        wanted.update(lock.read_bytes())
    return folder / wanted.hexdigest()[:12]


def is_intact(place: Path) -> bool:
    """Is every file there as it was in its wheel? Run it in an executor."""
    try:
        records = [record.read_text(encoding="utf-8") for record in place.glob("*.dist-info/RECORD")]
        rows = [row for record in records for row in csv.reader(record.splitlines()) if row]
        return bool(rows) and all(_is_as_recorded(place / row[0], row[1]) for row in rows)
    except OSError, UnicodeDecodeError, IndexError:
        return False


def _is_as_recorded(path: Path, digest: str) -> bool:
    """digest: as wheels record it; empty for files made at the installation."""
    kind, _, wanted = digest.partition("=")
    if not wanted:
        return True
    with path.open("rb") as file:
        found = hashlib.file_digest(file, kind).digest()
    return base64.urlsafe_b64encode(found).rstrip(b"=").decode() == wanted


def _lock_of(name: str) -> Path:
    return LOCKS / f"{name}.txt"


async def install(hass: HomeAssistant, place: Path) -> None:
    """Install the wheels in `place`, whole or not at all. Raises RuntimeNotInstalledError."""
    try:
        partial = await hass.async_add_executor_job(_make_partial, place.parent)
    except OSError as error:
        raise RuntimeUnwritableError(f"{place.parent}: {error.strerror}.") from error
    try:
        await _install_first(partial, await hass.async_add_executor_job(_possible))
        if not await hass.async_add_executor_job(_is_there, VIDEO):
            await _install_video(partial)
        await hass.async_add_executor_job(_put_in_place, partial, place)
    finally:
        await hass.async_add_executor_job(shutil.rmtree, partial, True)


def _put_in_place(partial: Path, place: Path) -> None:
    """Move the wheels into place, and remove those of other versions."""
    try:
        partial.replace(place)
    except OSError as error:
        if not place.is_dir():  # another installation was faster, which is as good
            raise RuntimeUnwritableError(f"{place}: {error.strerror}.") from error
    for other in place.parent.glob("[!.]*"):
        if other != place:
            shutil.rmtree(other, ignore_errors=True)


def at_hand() -> bool:
    """Does Home Assistant's Python have everything already, as in images that somebody built for this?"""
    return all(map(_is_there, BESIDE)) and any(_is_there(RUNTIMES[runtime]) for runtime in _possible())


def _is_there(text: str) -> bool:
    requirement = Requirement(text)
    try:
        return requirement.specifier.contains(metadata.version(requirement.name))
    except metadata.PackageNotFoundError:
        return False


def _possible() -> list[Runtime]:
    """Runtimes for this machine, best first: the one the environment asks for, or those that wheel tags allow."""
    if (forced := os.environ.get(FORCED)) in RUNTIMES:
        return [Runtime(forced)]
    if any(platform.startswith("musllinux") for platform in platform_tags()):
        return [Runtime.NCNN]
    return list(RUNTIMES)


def _make_partial(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    for path in folder.glob(".partial-*"):
        if path.stat().st_mtime < time.time() - _ABANDONED_S:
            shutil.rmtree(path, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=".partial-", dir=folder))


async def _install_first(target: Path, runtimes: list[Runtime]) -> None:
    """Install the first runtime that has wheels for this machine. Raises the last one's RuntimeNotInstalledError."""
    *others, last = runtimes
    for runtime in others:
        try:
            await _run_uv(target, _lock_of(runtime))
        except RuntimeNoWheelError:
            _LOGGER.warning("%s is not published for this machine; trying another runtime", runtime)
        else:
            return
    await _run_uv(target, _lock_of(last))


async def _install_video(target: Path) -> None:
    try:
        await _run_uv(target, _lock_of(_VIDEO))
    except RuntimeNoWheelError as error:
        _LOGGER.warning("Cameras are watched by stills, because PyAV is not published for this machine: %s", error)


async def _run_uv(target: Path, lock: Path) -> None:
    """Raises the RuntimeNotInstalledError that uv's output means. Canceling kills uv."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-config", "--only-binary", ":all:"),
        *("--python", sys.executable, "--target", str(target), "--require-hashes", "--requirements", str(lock)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=minimal_environment(),
    )
    try:
        _, words = await process.communicate()
    finally:
        await kill(process)
    if process.returncode:
        raise _reason(words.decode(errors="replace"))


def _reason(words: str) -> RuntimeNotInstalledError:
    _LOGGER.debug("The engine's runtime could not be installed: %s", words.strip())  # the error has only the last line
    lower = words.lower()
    last = words.strip().splitlines()[-1].strip() if words.strip() else "uv ended without a message."
    if "hash mismatch" in lower:
        return RuntimeNotInstalledError("a downloaded package does not have the hash that came with Kith.")
    for kind, signs in _REASONS:
        if any(sign in lower for sign in signs):
            return kind(last)
    return RuntimeNotInstalledError(last)
