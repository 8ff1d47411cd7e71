"""Consent: changed, or taken back with one click, which erases what was made of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigEntryState, SubentryFlowResult
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ...const import CONF_CONSENT, CONF_CONSENT_BY
from ...erasing import erase
from ...errors import details
from ...home import KithConfigEntry
from ...kith_engine.errors import KithError
from ...photos import PhotoStore
from ...sentences import say
from ...settings import Agreement, Consent, ServiceKind
from ...storage import (
    EnrolledStore,
    FaceStore,
    GalleryStore,
    LedgerStore,
    PresenceStore,
    ServedStore,
    VisitStore,
)
from .base import (
    BY_SERVICES,
    CONF_KEEP_PHOTOS,
    CONF_NEVER,
    PersonSteps,
    agreement_fault,
    agreement_fields,
    agreement_of,
    services_asked,
)


class AgreementSteps(PersonSteps):
    """Both work while Kith is not running: nobody has to wait for an engine to say no."""

    async def async_step_consent(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        return self.async_show_menu(
            step_id="consent", menu_options=["agreement", "withdraw"], description_placeholders=self._told()
        )

    async def async_step_agreement(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        errors: dict[str, str] = {}
        if user_input is not None and not (errors := agreement_fault(user_input)):
            self._person[CONF_CONSENT] = agreement_of(user_input, self._name, self._consent)
            self._store()
            if Agreement.PHOTOS not in self._consent.to:
                await PhotoStore(self.hass).forget(self._person_id)
            return self._done("consent_changed")
        to = self._consent.to
        stored: dict[str, Any] = {
            CONF_CONSENT: Agreement.RECOGNIZE in to,
            CONF_KEEP_PHOTOS: Agreement.PHOTOS in to,
            CONF_NEVER: Agreement.NEVER in to,
            CONF_CONSENT_BY: self._consent.by,
            **{agreement: agreement in to for agreement in BY_SERVICES},
        }
        fields = vol.Schema(agreement_fields(services_asked(self._entry)))
        schema = self.add_suggested_values_to_schema(fields, user_input or stored)
        return self.async_show_form(
            step_id="agreement",
            data_schema=schema,
            errors=errors,
            description_placeholders={**self._told(), **self._services},
        )

    async def async_step_withdraw(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        errors: dict[str, str] = {}
        reason = ""
        if user_input is not None:
            self._person[CONF_CONSENT] = Consent(frozenset(), self._consent.by, dt_util.utcnow()).stored()
            self._store()  # first: from now on nobody is compared with, whatever becomes of the disk
            try:
                erased = await _erase(self.hass, self._entry, self._person_id)
            except KithError as error:
                errors, reason = {"base": error.code}, details(error)
            else:
                told: dict[str, Any] = {"templates": erased.templates, "photos": erased.photos}
                if erased.left_at:
                    return self._done("withdrawn_later", **told, services=", ".join(erased.left_at))
                return self._done("withdrawn", **told)
        return self.async_show_form(
            step_id="withdraw",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders={"name": self._name, "details": reason},
        )

    @callback
    def _told(self) -> dict[str, str]:
        """Who agreed to what, and when."""
        consent = self._consent
        to = ", ".join(say(self.hass, f"agreed_{one}") for one in sorted(consent.to)) or say(
            self.hass, "agreed_nothing"
        )
        at = dt_util.as_local(consent.at).strftime("%Y-%m-%d") if consent.at else "–"
        return {"name": self._name, "to": to, "by": consent.by or "–", "at": at}


@dataclass(frozen=True, slots=True)
class Erased:
    """So many there were. left_at: services that could not be reached; Kith goes on trying."""

    templates: int
    photos: int
    left_at: Sequence[str] = ()


async def _erase(hass: HomeAssistant, entry: KithConfigEntry, person_id: str) -> Erased:
    """All but the person's place in Kith's list. Raises KithError where the disk refuses."""
    photos = len((await PhotoStore(hass).people()).get(person_id, ()))
    if entry.state is ConfigEntryState.LOADED:
        home = entry.runtime_data
        templates = len(home.gallery.gallery.templates.get(person_id, ()))
        await erase(home, person_id)
        home.household.tell_presence()
        return Erased(templates, photos, home.opinions.left_at(person_id))
    templates = await _erase_from_the_gallery(GalleryStore(hass), person_id)
    await PhotoStore(hass).forget(person_id)
    presence, served = PresenceStore(hass), ServedStore(hass)
    seen = await presence.load()
    seen.forget(person_id)
    await presence.save(seen)
    await served.load()
    await served.forget(person_id)
    visits, faces = VisitStore(hass), FaceStore(hass)
    await visits.load()
    await visits.forget(person_id)
    await faces.load()
    await faces.forget(person_id)
    return Erased(templates, photos, await _forget_at_services(hass, person_id))


async def _forget_at_services(hass: HomeAssistant, person_id: str) -> list[str]:
    """As far as it lies here. Returns the names of those that have something: Kith erases it when it runs again."""
    ledger, enrolled = LedgerStore(hass), EnrolledStore(hass)
    await ledger.load()
    await ledger.forget(person_id)
    await enrolled.load()
    for there in enrolled.services.values():
        if there.access.kind is ServiceKind.KITH:  # keeps nothing: what its network made of the photos lies here
            there.drop(person_id)
    await enrolled.save()
    return [there.access.name for there in enrolled.services.values() if person_id in there.known]


async def _erase_from_the_gallery(store: GalleryStore, person_id: str) -> int:
    """Returns how many templates there were."""
    await store.load()
    templates = len(store.gallery.templates.get(person_id, ()))
    await store.save(store.gallery.without(person_id))
    await store.remove_damaged()
    return templates
