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
from ..kith_engine.errors import (
    KithError,
    PackDamaged,
    PackError,
    PackFailedTest,
    PackUnavailable,
    PackUnwritable,
    RuntimeMissing,
)
from ..kith_engine.manifest import Manifest, load_manifest, load_stored, manifest_file, manifest_names
from ..kith_engine.runtimes import FORCED, Runtime
from .child import Installation, end, failure, kill, launch, lines
from .shelf import Shelf

_LOGGER = logging.getLogger(__name__)

RUNTIMES = {Runtime.ONNXRUNTIME: "onnxruntime~=1.32", Runtime.NCNN: "ncnn>=1.0.20261020,<1.1"}
"""As they are tried: onnxruntime is faster, but has no wheel for musl, on which Home Assistant's own image is built."""
BESIDE = ("numpy~=2.3", "pillow>=12,<14")
"""What the engine needs with any of them, beyond what Home Assistant itself cannot do without (aiohttp)."""
FIRST_PACK, BETTER_PACK = "compact", "standard"
"""What a home begins with, because it lies in the box; and what is recommended to it, and has to be fetched."""
RUNTIME_SHARE = 0.7
"""Of the progress bar: about 60 MB of packages against at most 10 MB of networks."""
_REASONS = (
    (RuntimeUnwritable, ("no space left", "permission denied", "read-only file system")),
    (RuntimeNoWheel, ("no wheels", "no matching distribution", "no solution found", "failed to build")),
    (RuntimeNoNetwork, ("failed to fetch", "dns error", "error sending request", "timed out", "connection")),
)
"""What uv's words mean, the first that fits."""
TEST_TIMEOUT = 120
"""Seconds for a pack to show that it computes rightly: two on a PC."""
_ABANDONED_S = 24 * 3600
"""Nobody still writes to a temporary folder this old: its process was killed."""


class Installer:
    """Everything lies below `<config>/kith`: an update replaces `custom_components/kith`, and would take it along."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._folder = Path(hass.config.path(DOMAIN))
        digest = hashlib.sha256(" ".join((*RUNTIMES.values(), *BESIDE, sys.version)).encode()).hexdigest()
        self._runtime = self._folder / "runtime" / digest[:12]
        self._shelf = Shelf(self._folder / "packs")

    async def installed(self) -> Installation | None:
        """None if anything is missing. Whether the files are whole, the engine checks when it starts."""
        return await self._hass.async_add_executor_job(self._find)

    async def pack(self) -> Manifest | None:
        """What the pack in use says of itself; None without one, or where that cannot be read."""
        return await self._hass.async_add_executor_job(self._read_pack)

    async def offered(self, wanted: str | None = None) -> Manifest:
        """The pack of this name that came with Kith; without a wish, of the name of the one in use."""
        return await self._hass.async_add_executor_job(lambda: offer(wanted or self._shelf.chosen_name()))

    async def install(self, progress: Callable[[float], None] = lambda _share: None) -> Installation:
        """Bring what is missing or damaged of the pack in use, else of the first one; `progress` is told a share from 0
        to 1. Cancelling leaves nothing half.

        Raises RuntimeNotInstalled and PackError, each of which says what to do.
        """
        chosen = await self._hass.async_add_executor_job(self._shelf.chosen)
        offered = await self.offered()
        if chosen is None or chosen == self._shelf.place(offered):
            return await self._replace(await self.bring(offered, progress))
        return await self._bring(None, chosen, progress)

    async def repair(self, error: KithError) -> Installation:
        """Install what the engine did not start without. Raises what `install` raises.

        A pack that is of no use any more, because this version of Kith cannot read it or nobody has its files, gives
        way to the one that came with Kith.
        """
        if isinstance(error, RuntimeMissing):
            await self._hass.async_add_executor_job(shutil.rmtree, self._runtime, True)
            return await self.install()
        offered = await self.offered()
        chosen = await self._hass.async_add_executor_job(self._shelf.chosen)
        if chosen is None or chosen == self._shelf.place(offered):
            return await self.install()
        if isinstance(error, (PackDamaged, PackUnavailable)):
            try:
                return await self.install()
            except PackUnwritable:
                raise
            except PackError as mending:
                error = mending
        _LOGGER.warning("The pack %s is given up for %s: %s", chosen.name, offered.folder, error)
        return await self._replace(await self.bring(offered))

    async def bring(self, pack: Manifest, progress: Callable[[float], None] = lambda _share: None) -> Installation:
        """Put a pack that came with this Kith beside the one in use. Raises what `install` raises."""
        return await self._bring(pack, self._shelf.place(pack), progress)

    async def test(self, found: Installation) -> None:
        """In a process of its own: a pack may bring that down. Raises PackFailedTest."""
        process = await launch(found.runtime, "packs", "test", str(found.pack))
        try:
            async with asyncio.timeout(TEST_TIMEOUT):
                _, words = await process.communicate()
        except TimeoutError as error:
            raise PackFailedTest(f"it took more than {TEST_TIMEOUT} s.") from error
        finally:
            await end(process)
        if process.returncode:
            raise PackFailedTest(str(failure(words.decode(errors="replace").splitlines())))

    async def choose(self, found: Installation) -> None:
        """Use it from now on. Raises PackUnwritable."""
        await self._hass.async_add_executor_job(self._shelf.choose, found.pack)

    async def change(self, name: str, progress: Callable[[float], None] = lambda _share: None) -> Installation:
        """To the pack of this name, before an engine runs.

        Raises what `install` and `test` raise; then nothing has changed.
        """
        try:
            found = await self.bring(await self.offered(name), progress)
            await self.test(found)
        except KithError:
            await self.clear()
            raise
        return await self._replace(found)

    async def clear(self) -> None:
        """Remove the packs that are not in use."""
        await self._hass.async_add_executor_job(self._shelf.clear)

    async def _replace(self, found: Installation) -> Installation:
        await self.choose(found)
        await self.clear()
        return found

    def _find(self) -> Installation | None:
        at_hand, pack = _at_hand(), self._shelf.chosen()
        if pack is None or not (at_hand or self._runtime.is_dir()):
            return None
        return Installation(None if at_hand else self._runtime, pack)

    def _read_pack(self) -> Manifest | None:
        pack = self._shelf.chosen()
        try:
            return load_stored(pack) if pack else None
        except PackError:
            return None

    async def _bring(self, pack: Manifest | None, folder: Path, progress: Callable[[float], None]) -> Installation:
        """pack: None for what the folder says itself that it is."""
        await self._hass.async_add_executor_job(_make_private, self._folder)
        at_hand, there = await self._hass.async_add_executor_job(lambda: (_at_hand(), self._runtime.is_dir()))
        if not at_hand and not there:
            await self._install_runtime()
        progress(RUNTIME_SHARE)
        runtime = None if at_hand else self._runtime
        near = await self._hass.async_add_executor_job(self._shelf.others, folder)
        what = [str(manifest_file(pack.name))] if pack else []
        where = ["--into", str(folder), *(f"--near={other}" for other in near)]
        await _fetch_pack(runtime, [*what, *where], lambda share: progress(RUNTIME_SHARE + (1 - RUNTIME_SHARE) * share))
        return Installation(runtime, folder)

    async def _install_runtime(self) -> None:
        try:
            partial = await self._hass.async_add_executor_job(_make_partial, self._runtime.parent)
        except OSError as error:
            raise RuntimeUnwritable(f"{self._runtime.parent}: {error.strerror}.") from error
        try:
            await _install_first(partial, await self._hass.async_add_executor_job(_possible))
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


def offer(name: str | None) -> Manifest:
    """The pack of this name that came with Kith; where it has none any more, what a home begins with."""
    return load_manifest(name if name in manifest_names() else FIRST_PACK)


async def _fetch_pack(runtime: Path | None, arguments: list[str], progress: Callable[[float], None]) -> None:
    process = await launch(runtime, "packs", "fetch", *arguments, "--progress-json")

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


async def _install_first(target: Path, runtimes: list[Runtime]) -> None:
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
    _LOGGER.debug("The engine's runtime could not be installed: %s", words.strip())  # its last line is the error's
    lower = words.lower()
    last = words.strip().splitlines()[-1].strip() if words.strip() else "uv ended without a word."
    for kind, signs in _REASONS:
        if any(sign in lower for sign in signs):
            return kind(last)
    return RuntimeNotInstalled(last)
