"""The photos that a person is known by: shown with why one is weak, and taken back."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from homeassistant.components.http.auth import async_sign_path
from homeassistant.config_entries import SubentryFlowResult
from homeassistant.core import callback
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig, SelectSelectorMode
import voluptuous as vol

from ...descriptions.photo import describe_photo, weaknesses
from ...errors import details
from ...http_views import PEOPLE
from ...identity.gallery import Template
from ...identity.gallery_check import check
from ...kith_engine.errors import KithError
from .base import PersonSteps

CONF_DELETE = "delete"
SHOWN_FOR = timedelta(minutes=15)
"""As long as somebody may look at the form before it has to be opened again."""
SIDE = 96
"""Pixels on the page."""
_CROP, _LARGEST_CROP = 2.25, 512
"""About how many times as wide as the face the kept photo is, and its most pixels (portrait.py)."""


class ShownSteps(PersonSteps):
    """One form: all photos, those to delete to be chosen."""

    async def async_step_shown(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        if not self._loaded:
            return self._done("not_loaded")
        errors: dict[str, str] = {}
        reason = ""
        if user_input is not None:
            if not (chosen := user_input.get(CONF_DELETE)):
                return await self.async_step_reconfigure()
            try:
                await self._home.change(lambda gallery: gallery.without_templates(chosen))
            except KithError as error:
                errors, reason = {"base": error.code}, details(error)
            else:
                return self._done("photos_deleted", count=len(chosen), left=len(self._templates))
        if not self._templates:
            return self._done("no_photos")
        weaknesses = await self._weaknesses()
        placeholders = {"name": self._name, "photos": await self._described(weaknesses), "details": reason}
        options = [
            SelectOptionDict(value=one.template_id, label=self._line(number, one))
            for number, one in enumerate(self._templates, 1)
        ]
        choice = SelectSelector(SelectSelectorConfig(options=options, multiple=True, mode=SelectSelectorMode.LIST))
        return self.async_show_form(
            step_id="shown",
            data_schema=vol.Schema({vol.Optional(CONF_DELETE): choice}),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def _described(self, weaknesses: Mapping[str, list[str]]) -> str:
        """As Markdown: each photo with its face where it is kept, and with what is the matter with it."""
        kept = set((await self._home.stores.photos.people()).get(self._person_id, ()))
        return "\n".join(
            f"- {self._picture(one) if one.template_id in kept else ''}{self._line(number, one)}"
            + "".join(f"; {why}" for why in weaknesses[one.template_id])
            for number, one in enumerate(self._templates, 1)
        )

    @callback
    def _picture(self, photo: Template) -> str:
        path = async_sign_path(self.hass, f"{PEOPLE}/{self._person_id}/{photo.template_id}", SHOWN_FOR)
        pixels = min(_LARGEST_CROP, round(_CROP * photo.width))
        # forms let no width of an image through, but that of one of its sources
        return f'<picture><source srcset="{path} {pixels}w" sizes="{SIDE}px"><img src="{path}"></picture> '

    @callback
    def _line(self, number: int, photo: Template) -> str:
        """As in "1: 2026-11-23, a photo, face 112 px wide, good"."""
        return describe_photo(self.hass, photo, "photo_line", number=number)

    async def _weaknesses(self) -> dict[str, list[str]]:
        """By template; nothing of those that are fine."""
        facts, gallery = self._home.engine.facts, self._home.stores.gallery.gallery
        if facts is None:
            return {one.template_id: [] for one in self._templates}
        found = await self.hass.async_add_executor_job(check, gallery, facts.embedding, facts.calibration)
        return {one.template_id: weaknesses(self._home, one, found) for one in self._templates}
