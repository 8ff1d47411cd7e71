"""Brings what the engine on this machine needs into Kith's own folder: the runtime's packages and the pack."""

import asyncio
from collections.abc import Callable
import contextlib
import hashlib
from importlib import metadata
import json
import logging
import os
from pathlib import Path
import shutil
import signal
import sys
import tempfile
import time

from homeassistant.core import HomeAssistant
from packaging.requirements import Requirement
from packaging.tags import platform_tags

from ..const import DOMAIN
from ..errors import RuntimeNoNetwork, RuntimeNotInstalled, RuntimeNoWheel, RuntimeUnwritable
from ..kith_engine.errors import KithError, RuntimeMissing
from ..kith_engine.runtimes import FORCED, Runtime
from .child import Installation, end, failure, kill, launch, lines

_LOGGER = logging.getLogger(__name__)

RUNTIMES = {Runtime.ONNXRUNTIME: "onnxruntime~=1.32", Runtime.NCNN: "ncnn>=1.0.20261020,<1.1"}
"""As they are tried: onnxruntime is faster, but has no wheel for musl, on which Home Assistant's own image is built."""
BESIDE = ("numpy~=2.3", "pillow>=12,<14")
"""What the engine needs with any of them, beyond what Home Assistant itself cannot do without (aiohttp)."""
PACK = "standard"
RUNTIME_SHARE = 0.7
"""Of the progress bar: about 60 MB of packages against 8 MB of networks."""
_REASONS = (
    (RuntimeUnwritable, ("no space left", "permission denied", "read-only file system")),
    (RuntimeNoWheel, ("no wheels", "no matching distribution", "no solution found", "failed to build")),
    (RuntimeNoNetwork, ("failed to fetch", "dns error", "error sending request", "timed out", "connection")),
)
"""What uv's words mean, the first that fits."""
_ABANDONED_S = 24 * 3600
"""Nobody still writes to a temporary folder this old: its process was killed."""


class Installer:
    """Everything lies below `<config>/kith`: an update replaces `custom_components/kith`, and would take it along."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._folder = Path(hass.config.path(DOMAIN))
        digest = hashlib.sha256(" ".join((*RUNTIMES.values(), *BESIDE, sys.version)).encode()).hexdigest()
        self._runtime = self._folder / "runtime" / digest[:12]
        self._pack = self._folder / "packs" / PACK

    async def installed(self) -> Installation | None:
        """None if anything is missing. Whether the files are whole, the engine checks when it starts."""
        return await self._hass.async_add_executor_job(self._find)

    async def install(self, progress: Callable[[float], None] = lambda _share: None) -> Installation:
        """Bring what is missing or damaged; `progress` is told a share from 0 to 1. Cancelling leaves nothing half.

        Raises RuntimeNotInstalled and PackError, each of which says what to do.
        """
        await self._hass.async_add_executor_job(_make_private, self._folder)
        at_hand, there = await self._hass.async_add_executor_job(lambda: (_at_hand(), self._runtime.is_dir()))
        if not at_hand and not there:
            await self._install_runtime()
        progress(RUNTIME_SHARE)
        runtime = None if at_hand else self._runtime
        await self._fetch_pack(runtime, lambda share: progress(RUNTIME_SHARE + (1 - RUNTIME_SHARE) * share))
        return Installation(runtime, self._pack)

    async def repair(self, error: KithError) -> Installation:
        """Install what the engine did not start without. Raises what `install` raises."""
        if isinstance(error, RuntimeMissing):
            await self._hass.async_add_executor_job(shutil.rmtree, self._runtime, True)
        return await self.install()

    def _find(self) -> Installation | None:
        at_hand = _at_hand()
        if not self._pack.is_dir() or not (at_hand or self._runtime.is_dir()):
            return None
        return Installation(None if at_hand else self._runtime, self._pack)

    async def _install_runtime(self) -> None:
        try:
            partial = await self._hass.async_add_executor_job(_make_partial, self._runtime.parent)
        except OSError as error:
            raise RuntimeUnwritable(f"{self._runtime.parent}: {error.strerror}.") from error
        try:
            await _bring(partial, await self._hass.async_add_executor_job(_possible))
            await self._hass.async_add_executor_job(self._put_in_place, partial)
        finally:
            await self._hass.async_add_executor_job(shutil.rmtree, partial, True)

    def _put_in_place(self, partial: Path) -> None:
        """It appears whole under its name; what another version of Kith or of Python needed goes."""
        try:
            partial.replace(self._runtime)
        except OSError as error:
            if not self._runtime.is_dir():  # somebody else was faster: as good
                raise RuntimeUnwritable(f"{self._runtime}: {error.strerror}.") from error
        for other in self._runtime.parent.glob("[!.]*"):
            if other != self._runtime:
                shutil.rmtree(other, ignore_errors=True)

    async def _fetch_pack(self, runtime: Path | None, progress: Callable[[float], None]) -> None:
        process = await launch(runtime, "packs", "fetch", PACK, "--into", str(self._pack), "--progress-json")

        async def follow() -> None:
            async for line in lines(process.stdout):
                step = json.loads(line)
                progress(step["done"] / step["total"])

        async def listen() -> list[str]:
            return [line async for line in lines(process.stderr)]

        try:
            words, _ = await asyncio.gather(listen(), follow())
            await process.wait()
        finally:
            await end(process, signal.SIGINT)  # it clears up behind itself then
        if process.returncode:
            raise failure(words)


def _at_hand() -> bool:
    """Has Home Assistant's own Python all of it already? So it is in images that somebody built for this."""
    return all(map(_is_there, BESIDE)) and any(_is_there(RUNTIMES[runtime]) for runtime in _possible())


def _is_there(text: str) -> bool:
    requirement = Requirement(text)
    try:
        return requirement.specifier.contains(metadata.version(requirement.name))
    except metadata.PackageNotFoundError:
        return False


def _possible() -> list[Runtime]:
    """Runtimes for this machine, best first: what the environment asks for, else what its wheels' tags allow."""
    if (forced := os.environ.get(FORCED)) in set(Runtime):
        return [Runtime(forced)]
    if any(platform.startswith("musllinux") for platform in platform_tags()):
        return [Runtime.NCNN]
    return list(RUNTIMES)


def _make_private(folder: Path) -> None:
    with contextlib.suppress(OSError):  # whoever writes into it next says what is wrong, and with what
        folder.mkdir(mode=0o700, exist_ok=True)


def _make_partial(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    for path in folder.glob(".partial-*"):
        if path.stat().st_mtime < time.time() - _ABANDONED_S:
            shutil.rmtree(path, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=".partial-", dir=folder))


async def _bring(target: Path, runtimes: list[Runtime]) -> None:
    """The first that somebody publishes for this machine. Raises the last one's RuntimeNotInstalled."""
    *others, last = runtimes
    for runtime in others:
        try:
            await _run_uv(target, RUNTIMES[runtime], *BESIDE)
        except RuntimeNoWheel:
            _LOGGER.warning("Nobody publishes %s for this machine; another runtime is tried", runtime)
        else:
            return
    await _run_uv(target, RUNTIMES[last], *BESIDE)


async def _run_uv(target: Path, *requirements: str) -> None:
    """Raises the RuntimeNotInstalled that its words mean. Cancelling kills it."""
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


def _reason(words: str) -> RuntimeNotInstalled:
    _LOGGER.warning("The engine's runtime could not be installed: %s", words.strip())
    lower = words.lower()
    last = words.strip().splitlines()[-1].strip() if words.strip() else "uv ended without a word."
    for kind, signs in _REASONS:
        if any(sign in lower for sign in signs):
            return kind(last)
    return RuntimeNotInstalled(last)
