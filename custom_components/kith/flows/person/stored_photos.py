"""Shows a person's stored photos, says why some are weak, and deletes chosen ones."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from homeassistant.components.http.auth import async_sign_path
from homeassistant.config_entries import SubentryFlowResult
from homeassistant.core import callback
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig, SelectSelectorMode
import voluptuous as vol

from ...descriptions.photo import describe_photo, weaknesses
from ...descriptions.reader import speak_to_reader
from ...errors import details
from ...http_views import PEOPLE
from ...identity.gallery import Template
from ...identity.gallery_check import check
from ...kith_engine.errors import KithError
from .base import PersonSteps

CONF_DELETE = "delete"
FORM_OPEN_FOR = timedelta(minutes=15)
"""How long the form's pictures work; after that, the form must be opened again."""
THUMBNAIL_SIDE = 96
"""Pixels on the page."""
_CROP, _LARGEST_CROP = 2.25, 512
"""The kept photo is about this many times as wide as the face, up to this many pixels (portrait.py)."""


class ShownSteps(PersonSteps):
    """One form: lists all photos and lets the owner choose which to delete."""

    async def async_step_shown(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        if ended := self._not_now():
            return ended
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
        await speak_to_reader(self.hass)
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
        """As Markdown: each photo, with its face if it was kept and the reasons why it is weak."""
        kept = set((await self._home.stores.photos.people()).get(self._person_id, ()))
        return "\n".join(
            f"- {self._picture(one) if one.template_id in kept else ''}{self._line(number, one)}"
            + "".join(f"; {why}" for why in weaknesses[one.template_id])
            for number, one in enumerate(self._templates, 1)
        )

    @callback
    def _picture(self, photo: Template) -> str:
        path = async_sign_path(self.hass, f"{PEOPLE}/{self._person_id}/{photo.template_id}", FORM_OPEN_FOR)
        pixels = min(_LARGEST_CROP, round(_CROP * photo.width))
        # forms remove the width of an image, but not the one in its sources
        return f'<picture><source srcset="{path} {pixels}w" sizes="{THUMBNAIL_SIDE}px"><img src="{path}"></picture> '

    @callback
    def _line(self, number: int, photo: Template) -> str:
        """For example "1: 2026-11-23, a photo, face 112 px wide, good"."""
        return describe_photo(self.hass, photo, "photo_line", number=number)

    async def _weaknesses(self) -> dict[str, list[str]]:
        """Reasons by template; empty for good ones."""
        facts, gallery = self._home.engine.facts, self._home.stores.gallery.gallery
        if facts is None:
            return {one.template_id: [] for one in self._templates}
        found = await self.hass.async_add_executor_job(check, gallery, facts.embedding, facts.calibration)
        return {one.template_id: weaknesses(self._home, one, found) for one in self._templates}
