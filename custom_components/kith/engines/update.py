"""Updates the pack in use to the one that came with this Kith, and goes back if that fails; or only tries it."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any

from awesomeversion import AwesomeVersion
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..const import CONF_ENGINE, CONF_PACK, ENGINE_LOCAL
from ..errors import PacksBusyError
from ..kith_engine.errors import KithError, PackFailedTestError
from ..kith_engine.manifest import Manifest, load_manifest, manifest_names
from ..kith_engine.network import Role
from . import Engine
from .installer import Installer, offer
from .local import LocalEngine

BROUGHT, TESTED = 0.7, 0.9
"""Shares of the progress bar: after installing and testing."""


def offer_beside(installed: str) -> Manifest:
    """The pack of this Kith that matches an engine's pack, given as in "standard 1"."""
    return offer(installed.partition(" ")[0])


async def packs_to_choose(hass: HomeAssistant, entry: ConfigEntry[Any]) -> tuple[list[Manifest], Manifest | None]:
    """The packs that came with Kith, and the wanted one; none if Kith does not run the engine or has only one."""
    packs = await hass.async_add_executor_job(lambda: [load_manifest(name) for name in manifest_names()])
    if len(packs) < 2 or entry.data[CONF_ENGINE] != ENGINE_LOCAL:
        return [], None
    return packs, await Installer(hass).offered(entry.options.get(CONF_PACK))


class PackUpdate:
    """Updates a local engine's pack. One thing at a time: each method raises PacksBusyError during another.

    Only a trial waits for an earlier one, which may still be ending when the owner starts again.
    """

    def __init__(self, hass: HomeAssistant, engine: LocalEngine) -> None:
        self._hass = hass
        self._installer = Installer(hass)
        self._engine = engine

    async def look(self, wanted: str | None = None) -> tuple[Manifest | None, Manifest]:
        """The pack in use (None if it cannot be read) and the offered one. wanted: the name of a pack."""
        return await self._installer.pack(), await self._installer.offered(wanted)

    async def pending(self, wanted: str | None = None) -> Manifest | None:
        """The offered pack, unless it is the one in use, or an older one of its name."""
        installed, offered = await self.look(wanted)
        if installed is None or installed.name != offered.name:
            return offered
        older = AwesomeVersion(offered.version) < AwesomeVersion(installed.version)
        return None if older or installed.digest == offered.digest else offered

    @asynccontextmanager
    async def beside(self, pack: Manifest, progress: Callable[[float], None]) -> AsyncIterator[Engine]:
        """A second engine with this pack, which ends with the context; the pack stays, for an update to come.

        Both are in memory at once, as in the self-test of every update: cameras are watched meanwhile.

        Raises what `install` raises, and EngineError if the engine does not start.
        """
        async with self._engine.trying, self._alone():
            installation = await self._installer.bring_tested(pack, progress)
            engine = LocalEngine(self._hass, installation)
            try:
                await engine.start()
                yield engine
            finally:
                await engine.stop()

    async def install(self, pack: Manifest, progress: Callable[[float], None]) -> None:
        """Install, test and use a pack; `progress` is called with a share from 0 to 1.

        Raises PackError and RuntimeNotInstalledError; the old pack then stays in use. PackFailedTestError means that
        the new one is intact but does not compute or start here.
        """
        async with self._alone():
            before = await self._installer.installed()
            installation = await self._installer.bring_tested(pack, lambda share: progress(BROUGHT * share))
            progress(TESTED)
            try:
                await self._engine.change_pack(installation.pack)
            except KithError as error:
                raise PackFailedTestError(str(error)) from error
            try:  # not earlier: whatever happened before, the next start uses networks that are known to run here
                await self._installer.choose(installation)
            except KithError:
                if before is not None:
                    await self._engine.change_pack(before.pack)
                raise
            await self._installer.clear()
            progress(1.0)

    async def change_extras(self, roles: Collection[Role], progress: Callable[[float], None]) -> None:
        """Use these of the networks that the pack in use has on demand, and no others.

        Raises what `install` raises; then none was added, except if only the wish cannot be noted.
        """
        async with self._alone():
            added = set(roles) - await self._installer.extras()
            installation = await self._installer.bring_extras(added, lambda share: progress(BROUGHT * share))
            progress(TESTED)
            await self._installer.drop_extras(await self._installer.extras() - set(roles))
            try:
                await self._engine.change_pack(installation.pack)
            except KithError as error:
                await self._installer.drop_extras(added)
                raise PackFailedTestError(str(error)) from error
            await self._installer.want_extras(roles)
            progress(1.0)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        if self._engine.packs_changing.locked():
            raise PacksBusyError("something else is being done with the networks")
        async with self._engine.packs_changing:
            yield
