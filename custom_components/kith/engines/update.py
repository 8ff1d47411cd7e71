"""From the pack in use to the one that came with this Kith, and back if that does not do."""

from collections.abc import Callable

from homeassistant.core import HomeAssistant

from ..kith_engine.errors import KithError, PackFailedTestError
from ..kith_engine.manifest import Manifest
from .installer import Installer, offer
from .local import LocalEngine

BROUGHT, TESTED = 0.7, 0.9
"""Shares of the progress bar."""


def offer_beside(installed: str) -> Manifest:
    """What came with this Kith in the place of a pack that an engine calls so ("standard 1")."""
    return offer(installed.partition(" ")[0])


class PackUpdate:
    """Of an engine on this machine."""

    def __init__(self, hass: HomeAssistant, engine: LocalEngine) -> None:
        self._installer = Installer(hass)
        self._engine = engine

    async def look(self, wanted: str | None = None) -> tuple[Manifest | None, Manifest]:
        """What is in use (None if it cannot be read), and what is offered. wanted: the name of a pack."""
        return await self._installer.pack(), await self._installer.offered(wanted)

    async def install(self, pack: Manifest, progress: Callable[[float], None]) -> None:
        """Bring it, test it, use it; `progress` is told a share from 0 to 1.

        Raises PackError and RuntimeNotInstalledError; the pack before is then still in use, PackFailedTestError among
        them where
        the new one is whole, and does not compute or start here.
        """
        before = await self._installer.installed()
        found = await self._installer.bring_tested(pack, lambda share: progress(BROUGHT * share))
        progress(TESTED)
        await self._installer.choose(found)
        try:
            await self._engine.change_pack(found.pack)
        except BaseException as error:
            if before is not None:
                await self._installer.choose(before)
            if isinstance(error, KithError):
                raise PackFailedTestError(str(error)) from error
            raise
        await self._installer.clear()
        progress(1.0)
