"""A step that installs something and shows how far it is."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from homeassistant.config_entries import ConfigEntryBaseFlow, ConfigFlowResult

from ..kith_engine.errors import KithError


class InstallingFlow(ConfigEntryBaseFlow):
    """A flow with such steps. failure: why the last one failed, until it was shown."""

    _installing: asyncio.Task[None] | None = None
    failure: KithError | None = None

    def follow(self, step: str, install: Callable[[], Coroutine[Any, Any, object]]) -> ConfigFlowResult:
        """Show the progress, then continue with the step `<step>_done` or `<step>_failed`."""
        if self._installing is None:
            self._installing = self.hass.async_create_task(self._install(install), "Kith installs its engine")
        if not self._installing.done():
            return self.async_show_progress(step_id=step, progress_action=step, progress_task=self._installing)
        self._installing = None
        return self.async_show_progress_done(next_step_id=f"{step}_failed" if self.failure else f"{step}_done")

    async def _install(self, install: Callable[[], Coroutine[Any, Any, object]]) -> None:
        self.failure = None
        try:
            await install()
        except KithError as error:
            self.failure = error
