"""Brings what the engine on this machine needs into Kith's own folder: the runtime's packages and the pack."""

import asyncio
from collections.abc import Callable
import hashlib
from importlib import metadata
import json
import logging
from pathlib import Path
import shutil
import sys
import tempfile

from homeassistant.core import HomeAssistant
from packaging.requirements import Requirement

from ..const import DOMAIN
from ..errors import RuntimeNoNetwork, RuntimeNotInstalled, RuntimeNoWheel, RuntimeUnwritable
from .child import Installation, failure, launch

_LOGGER = logging.getLogger(__name__)

REQUIREMENTS = ("onnxruntime~=1.32", "numpy~=2.3", "pillow>=12,<14")
"""Of the engine, beyond what Home Assistant itself cannot do without (aiohttp)."""
PACK = "standard"
RUNTIME_SHARE = 0.7
"""Of the progress bar: about 60 MB of packages against 8 MB of networks."""
_REASONS = (
    (RuntimeUnwritable, ("no space left", "permission denied", "read-only file system")),
    (RuntimeNoWheel, ("no wheels", "no matching distribution", "no solution found", "failed to build")),
    (RuntimeNoNetwork, ("failed to fetch", "dns error", "error sending request", "timed out", "connection")),
)
"""What uv's words mean, the first that fits."""


class Installer:
    """Everything lies below `<config>/kith`: an update replaces `custom_components/kith`, and would take it along."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._folder = Path(hass.config.path(DOMAIN))
        digest = hashlib.sha256(" ".join((*REQUIREMENTS, sys.version)).encode()).hexdigest()
        self._runtime = self._folder / "runtime" / digest[:12]
        self._pack = self._folder / "packs" / PACK

    async def installed(self) -> Installation | None:
        """None if anything is missing. Whether the files are whole, the engine checks when it starts."""
        return await self._hass.async_add_executor_job(self._find)

    async def install(self, progress: Callable[[float], None] = lambda _share: None) -> Installation:
        """Bring what is missing or damaged; `progress` is told a share from 0 to 1. Cancelling leaves nothing half.

        Raises RuntimeNotInstalled and PackError, each of which says what to do.
        """
        if not await self._hass.async_add_executor_job(_at_hand) and not self._runtime.is_dir():
            await self._install_runtime()
        progress(RUNTIME_SHARE)
        runtime = await self._hass.async_add_executor_job(self._found_runtime)
        await self._fetch_pack(runtime, lambda share: progress(RUNTIME_SHARE + (1 - RUNTIME_SHARE) * share))
        return Installation(runtime, self._pack)

    def _find(self) -> Installation | None:
        at_hand = _at_hand()
        if not self._pack.is_dir() or not (at_hand or self._runtime.is_dir()):
            return None
        return Installation(None if at_hand else self._runtime, self._pack)

    def _found_runtime(self) -> Path | None:
        return None if _at_hand() else self._runtime

    async def _install_runtime(self) -> None:
        try:
            partial = await self._hass.async_add_executor_job(_make_partial, self._runtime.parent)
        except OSError as error:
            raise RuntimeUnwritable(f"{self._runtime.parent}: {error.strerror}.") from error
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-config", "--only-binary", ":all:"),
                *("--python", sys.executable, "--target", str(partial), *REQUIREMENTS),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
            words = await _ended(process)
            if process.returncode:
                raise _reason(words)
            await self._hass.async_add_executor_job(partial.replace, self._runtime)
        finally:
            await self._hass.async_add_executor_job(shutil.rmtree, partial, True)

    async def _fetch_pack(self, runtime: Path | None, progress: Callable[[float], None]) -> None:
        process = await launch(runtime, "packs", "fetch", PACK, "--into", str(self._pack), "--progress-json")
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                step = json.loads(line)
                progress(step["done"] / step["total"])
        finally:
            words = await _ended(process)
        if process.returncode:
            raise failure(words.splitlines())


def _at_hand() -> bool:
    """Has Home Assistant's own Python all of it already? So it is in images that somebody built for this."""
    for text in REQUIREMENTS:
        requirement = Requirement(text)
        try:
            if not requirement.specifier.contains(metadata.version(requirement.name)):
                return False
        except metadata.PackageNotFoundError:
            return False
    return True


def _make_partial(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=".partial-", dir=folder))


async def _ended(process: asyncio.subprocess.Process) -> str:
    """Wait for the end of it, killing it when we are cancelled. Returns what it wrote to standard error."""
    try:
        _, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return errors.decode(errors="replace") if errors else ""


def _reason(words: str) -> RuntimeNotInstalled:
    _LOGGER.warning("The engine's runtime could not be installed: %s", words.strip())
    lower = words.lower()
    last = words.strip().splitlines()[-1] if words.strip() else "uv ended without a word"
    for kind, signs in _REASONS:
        if any(sign in lower for sign in signs):
            return kind(last)
    return RuntimeNotInstalled(last)
