"""What was sent: the newest entries to read, all of them to download."""

from typing import Any

from homeassistant.config_entries import SubentryFlowResult
import voluptuous as vol

from ...descriptions.reader import speak_to_reader
from ...descriptions.sent_log import entries_of, in_words
from ...descriptions.sentences import say
from ...http_views import sent_links
from .base import ServiceSteps

SHOWN = 25
"""Entries; older ones are in the download."""


class SentSteps(ServiceSteps):
    """One page that leads back to the menu."""

    async def async_step_sent(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        if not self._loaded:
            return self.async_abort(reason="not_loaded")
        if user_input is not None:
            return await self.async_step_reconfigure()
        await speak_to_reader(self.hass)
        subentry = self._get_reconfigure_subentry()
        entries = entries_of(self._entry, subentry.subentry_id)
        placeholders = {
            "name": subentry.title,
            "table": in_words(self._entry, entries[:SHOWN]),
            "counted": say(self.hass, "sent_counted", shown=min(SHOWN, len(entries)), count=len(entries)),
            "downloads": sent_links(self.hass, subentry.subentry_id),
        }
        return self.async_show_form(step_id="sent", data_schema=vol.Schema({}), description_placeholders=placeholders)
