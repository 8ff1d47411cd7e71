"""Installs what the local engine needs in Kith's own folder: the runtime's packages and the pack."""

import asyncio
from collections.abc import Callable, Collection
import contextlib
from functools import cached_property
import json
import logging
from pathlib import Path
import shutil
import signal

from homeassistant.core import HomeAssistant

from ..const import DOMAIN
from ..kith_engine.errors import (
    KithError,
    PackDamagedError,
    PackError,
    PackFailedTestError,
    PackUnavailableError,
    PackUnwritableError,
    RuntimeMissingError,
)
from ..kith_engine.manifest import Manifest, load_manifest, load_stored, manifest_file, manifest_names
from ..kith_engine.network import Role
from . import wheels
from .installed_packs import CHOSEN, InstalledPacks
from .process import Installation, end, failure, launch, lines

_LOGGER = logging.getLogger(__name__)

FIRST_PACK, BETTER_PACK = "compact", "standard"
"""The pack that comes with Kith and is used first, and the recommended one, which is downloaded."""
RUNTIME_SHARE = 0.7
"""Share of the progress bar: about 60 MB of packages against at most 10 MB of networks."""
TEST_TIMEOUT = 120
"""Seconds for a pack's self-test: it takes two on a PC."""


def cache_folder(hass: HomeAssistant) -> Path:
    """What can be brought again; Home Assistant's backups leave `.cache` out."""
    return Path(hass.config.path(".cache", DOMAIN))


class Installer:
    """Installs below `<config>/.cache`, which backups leave out: all of it can be brought again.

    Only the name of the pack in use, and which networks on demand the owner wants, are in `<config>/kith`, so that a
    restored home gets its own networks back.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._folder = cache_folder(hass)
        self._own = Path(hass.config.path(DOMAIN))
        self._shelf = InstalledPacks(self._folder / "packs", self._own / CHOSEN)

    @cached_property
    def _runtime(self) -> Path:
        """The runtime's folder. Asked for first in an executor."""
        return wheels.place_in(self._folder / "runtime")

    async def installed(self) -> Installation | None:
        """None if anything is missing, or the runtime is damaged. The engine itself checks the pack at its start."""
        return await self._hass.async_add_executor_job(self._find)

    async def pack(self) -> Manifest | None:
        """The manifest of the pack in use; None if there is none or it cannot be read."""
        return await self._hass.async_add_executor_job(self._read_pack)

    async def offered(self, wanted: str | None = None) -> Manifest:
        """The pack of this name that came with Kith; by default the name of the pack in use."""
        return await self._hass.async_add_executor_job(lambda: offer(wanted or self._shelf.chosen_name()))

    async def extras(self) -> frozenset[Role]:
        """The roles of the networks on demand that are installed for the pack in use."""
        return await self._hass.async_add_executor_job(self._extras)

    async def wanted_extras(self) -> frozenset[Role]:
        """The roles of the networks on demand that the owner wants: they come with every pack that has them."""
        return await self._hass.async_add_executor_job(self._wanted_extras)

    async def want_extras(self, roles: Collection[Role]) -> None:
        """Of what the pack in use has on demand, the owner wants these from now on. Raises PackError."""
        if chosen := await self._hass.async_add_executor_job(self._shelf.chosen):
            await self._hass.async_add_executor_job(self._shelf.want, chosen, roles)

    async def install(self, progress: Callable[[float], None] = lambda _share: None) -> Installation:
        """Install what is missing or damaged of the pack in use, or else of the first pack.

        progress: called with a share from 0 to 1. Canceling leaves nothing half-installed.

        Raises RuntimeNotInstalledError and PackError, which say what to do.
        """
        chosen = await self._hass.async_add_executor_job(self._shelf.chosen)
        offered = await self.offered()
        if chosen is None or chosen == self._shelf.place(offered):
            return await self._replace(await self.bring(offered, progress))
        return await self._bring(None, chosen, progress)

    async def repair(self, error: KithError) -> Installation:
        """Install what the engine could not start without. Raises what `install` raises.

        A pack that this version of Kith cannot read or get is replaced by the one that came with Kith.
        """
        if isinstance(error, RuntimeMissingError):
            await self._hass.async_add_executor_job(shutil.rmtree, self._runtime, True)
            return await self.install()
        offered = await self.offered()
        chosen = await self._hass.async_add_executor_job(self._shelf.chosen)
        if chosen is None or chosen == self._shelf.place(offered):
            return await self.install()
        if isinstance(error, (PackDamagedError, PackUnavailableError)):
            try:
                return await self.install()
            except PackUnwritableError:
                raise
            except PackError as mending:
                error = mending
        _LOGGER.warning("Giving up the pack %s for %s: %s", chosen.name, offered.folder, error)
        return await self._replace(await self.bring(offered))

    async def bring(self, pack: Manifest, progress: Callable[[float], None] = lambda _share: None) -> Installation:
        """Install a pack of this Kith beside the one in use. Raises what `install` raises."""
        return await self._bring(pack, self._shelf.place(pack), progress)

    async def bring_tested(self, pack: Manifest, progress: Callable[[float], None]) -> Installation:
        """The same, with a test that the pack computes correctly here.

        Raises what `install` and `test` raise, and then keeps nothing of it.
        """
        try:
            installation = await self.bring(pack, progress)
            await self.test(installation)
        except KithError:
            await self.clear()
            raise
        return installation

    async def bring_extras(self, roles: Collection[Role], progress: Callable[[float], None]) -> Installation:
        """Add networks that are used on demand to the pack in use, tested.

        Raises what `install` and `test` raise, and then keeps none of them.
        """
        chosen = await self._hass.async_add_executor_job(self._shelf.chosen)
        if chosen is None:
            raise PackUnavailableError("there is no pack in use; reload Kith")
        try:
            installation = await self._bring(None, chosen, progress, roles)
            await self.test(installation)
        except BaseException:
            await self.drop_extras(roles)
            raise
        return installation

    async def drop_extras(self, roles: Collection[Role]) -> None:
        """Remove networks that are used on demand from the pack in use."""
        if chosen := await self._hass.async_add_executor_job(self._shelf.chosen):
            await self._hass.async_add_executor_job(self._shelf.drop, chosen, roles)

    async def test(self, installation: Installation) -> None:
        """Test a pack in its own process, which it may crash. Raises PackFailedTestError."""
        process = await launch(installation.runtime, "packs", "test", str(installation.pack))
        try:
            async with asyncio.timeout(TEST_TIMEOUT):
                _, words = await process.communicate()
        except TimeoutError as error:
            raise PackFailedTestError(f"it took more than {TEST_TIMEOUT} s.") from error
        finally:
            await end(process)
        if process.returncode:
            raise PackFailedTestError(str(failure(words.decode(errors="replace").splitlines())))

    async def choose(self, installation: Installation) -> None:
        """Use this pack from now on. Raises PackUnwritableError."""
        await self._hass.async_add_executor_job(self._shelf.choose, installation.pack)

    async def change(self, name: str, progress: Callable[[float], None] = lambda _share: None) -> Installation:
        """Switch to the pack of this name before an engine runs.

        Raises what `bring_tested` raises; then nothing has changed.
        """
        return await self._replace(await self.bring_tested(await self.offered(name), progress))

    async def clear(self) -> None:
        """Remove the packs that are not in use."""
        await self._hass.async_add_executor_job(self._shelf.clear)

    async def _replace(self, installation: Installation) -> Installation:
        await self.choose(installation)
        await self.clear()
        return installation

    def _find(self) -> Installation | None:
        with contextlib.suppress(OSError):  # then they are brought again
            self._shelf.adopt(self._own / "packs")
        shutil.rmtree(self._own / "runtime", ignore_errors=True)  # an earlier version's
        at_hand, pack = wheels.at_hand(), self._shelf.chosen()
        if not at_hand and self._runtime.is_dir() and not wheels.is_intact(self._runtime):
            _LOGGER.warning("The engine's runtime is damaged and is installed again")
            shutil.rmtree(self._runtime, ignore_errors=True)
        if pack is not None:
            with contextlib.suppress(PackError):  # then it is tried at the next start
                self._shelf.note_extras(pack)
        if pack is None or not (at_hand or self._runtime.is_dir()):
            return None
        return Installation(None if at_hand else self._runtime, pack)

    def _read_pack(self) -> Manifest | None:
        pack = self._shelf.chosen()
        try:
            return load_stored(pack) if pack else None
        except PackError:
            return None

    def _extras(self) -> frozenset[Role]:
        pack = self._shelf.chosen()
        try:
            return self._shelf.extras(pack) if pack else frozenset()
        except PackError:
            return frozenset()

    def _wanted_extras(self) -> frozenset[Role]:
        try:
            return self._shelf.wanted()
        except PackError:
            return frozenset()

    async def _bring(
        self,
        pack: Manifest | None,
        folder: Path,
        progress: Callable[[float], None],
        demanded: Collection[Role] = (),
    ) -> Installation:
        """pack: None for the one that the folder's own manifest describes. demanded: of what is used on demand, what
        is brought beside what the owner wants of it.
        """
        await self._hass.async_add_executor_job(_make_private, self._folder, self._own)
        at_hand, installed = await self._hass.async_add_executor_job(lambda: (wheels.at_hand(), self._runtime.is_dir()))
        if not at_hand and not installed:
            await wheels.install(self._hass, self._runtime)
        progress(RUNTIME_SHARE)
        runtime = None if at_hand else self._runtime
        near = await self._hass.async_add_executor_job(self._shelf.others, folder)
        what = [str(manifest_file(pack.name))] if pack else []
        where = ["--into", str(folder), *(f"--near={other}" for other in near)]
        extras = [f"--with={role}" for role in sorted({*demanded, *await self.wanted_extras()})]
        await _fetch_pack(
            runtime, [*what, *where, *extras], lambda share: progress(RUNTIME_SHARE + (1 - RUNTIME_SHARE) * share)
        )
        return Installation(runtime, folder)


def offer(name: str | None) -> Manifest:
    """The pack of this name that came with Kith, or else the first pack."""
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
        await end(process, signal.SIGINT)  # it cleans up after itself then
    if process.returncode:
        raise failure(words)


def _make_private(*folders: Path) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):  # the next write reports what is wrong, and where
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
