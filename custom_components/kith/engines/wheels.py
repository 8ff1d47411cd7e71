"""Installs the runtime's wheels below Kith's own folder with uv, unless Home Assistant's Python has them."""

import asyncio
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
from .process import kill

_LOGGER = logging.getLogger(__name__)

RUNTIMES = {Runtime.ONNXRUNTIME: "onnxruntime~=1.32", Runtime.NCNN: "ncnn>=1.0.20261020,<1.1"}
"""In the order of trying: onnxruntime is faster, but has no wheel for musl, the base of Home Assistant's own image."""
BESIDE = ("numpy~=2.3", "pillow>=12,<14")
"""What the engine needs besides a runtime and what Home Assistant always has (aiohttp)."""
_REASONS = (
    (RuntimeUnwritableError, ("no space left", "permission denied", "read-only file system")),
    (RuntimeNoWheelError, ("no wheels", "no matching distribution", "no solution found", "failed to build")),
    (RuntimeNoNetworkError, ("failed to fetch", "dns error", "error sending request", "timed out", "connection")),
)
"""Errors by what uv says; the first match counts."""
_ABANDONED_S = 24 * 3600
"""Seconds after which a temporary folder is abandoned, because its process was killed."""


def place_in(folder: Path) -> Path:
    """The wheels' folder below this one: another for other requirements, another Python, C library, or architecture."""
    wanted = " ".join((*RUNTIMES.values(), *BESIDE, sys.version, next(platform_tags())))
    return folder / hashlib.sha256(wanted.encode()).hexdigest()[:12]


async def install(hass: HomeAssistant, place: Path) -> None:
    """Install the wheels in `place`, whole or not at all. Raises RuntimeNotInstalledError."""
    try:
        partial = await hass.async_add_executor_job(_make_partial, place.parent)
    except OSError as error:
        raise RuntimeUnwritableError(f"{place.parent}: {error.strerror}.") from error
    try:
        await _install_first(partial, await hass.async_add_executor_job(_possible))
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
    if (forced := os.environ.get(FORCED)) in set(Runtime):
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
            await _run_uv(target, RUNTIMES[runtime], *BESIDE)
        except RuntimeNoWheelError:
            _LOGGER.warning("%s is not published for this machine; trying another runtime", runtime)
        else:
            return
    await _run_uv(target, RUNTIMES[last], *BESIDE)


async def _run_uv(target: Path, *requirements: str) -> None:
    """Raises the RuntimeNotInstalledError that uv's output means. Canceling kills uv."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-config", "--only-binary", ":all:"),
        *("--python", sys.executable, "--target", str(target), *requirements),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
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
    for kind, signs in _REASONS:
        if any(sign in lower for sign in signs):
            return kind(last)
    return RuntimeNotInstalledError(last)
