"""What all steps about one person share."""

from collections.abc import Sequence
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ...const import CONF_CONSENT, CONF_CONSENT_BY, CONF_PERSON_ID
from ...home import Home, KithConfigEntry
from ...identity.gallery import Template
from ...settings import Agreement, Consent

CONF_KEEP_PHOTOS = "keep_photos"
CONF_NEVER = "never"


class PersonSteps(ConfigSubentryFlow):
    """The person, as they are stored or will be."""

    def __init__(self) -> None:
        self._person: dict[str, Any] = {}
        self._name = ""

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """The menu of what can be changed."""
        raise NotImplementedError

    @property
    def _entry(self) -> KithConfigEntry:
        entry: KithConfigEntry = self._get_entry()
        return entry

    @property
    def _home(self) -> Home:
        """Of a loaded entry only."""
        return self._entry.runtime_data

    @property
    def _loaded(self) -> bool:
        return self._entry.state is ConfigEntryState.LOADED

    @property
    def _person_id(self) -> str:
        return str(self._person[CONF_PERSON_ID])

    @property
    def _consent(self) -> Consent:
        return Consent.of(self._person.get(CONF_CONSENT))

    @property
    def _templates(self) -> tuple[Template, ...]:
        """That are stored."""
        return self._home.gallery.gallery.templates.get(self._person_id, ())

    async def _somebody_else(self, photo: Template, added: Sequence[Template] = ()) -> str | None:
        """Of the household, whom this photo is likelier to show. added: not stored yet."""
        return await self.hass.async_add_executor_job(self._home.looks_more_like, photo, self._person_id, added)

    @callback
    def _read(self) -> None:
        """The person as stored, if there is one already."""
        if self.source != SOURCE_USER:
            subentry = self._get_reconfigure_subentry()
            self._person, self._name = dict(subentry.data), subentry.title

    @callback
    def _store(self) -> None:
        self.hass.config_entries.async_update_subentry(
            self._entry, self._get_reconfigure_subentry(), data=self._person, title=self._name
        )

    @callback
    def _done(self, reason: str, **told: Any) -> SubentryFlowResult:
        """End, saying what happened."""
        placeholders = {"name": self._name, **{key: str(value) for key, value in told.items()}}
        return self.async_abort(reason=reason, description_placeholders=placeholders)


def agreement_fault(answer: dict[str, Any]) -> dict[str, str]:
    """What is wrong with what somebody is said to have agreed to, by field."""
    if answer[CONF_NEVER] and (answer[CONF_CONSENT] or answer[CONF_KEEP_PHOTOS]):
        return {CONF_NEVER: "never_and_else"}
    if not answer[CONF_NEVER] and not answer[CONF_CONSENT]:
        return {CONF_CONSENT: "consent_missing"}
    return {}


def agreement_of(answer: dict[str, Any], name: str, before: Consent | None = None) -> dict[str, Any]:
    """Who agrees now to what, as stored. What this form does not ask for stays as it was."""
    if answer[CONF_NEVER]:
        to = frozenset({Agreement.NEVER})
    else:
        to = frozenset({Agreement.RECOGNIZE, *(before.to & {Agreement.OPINION} if before else ())})
        if answer[CONF_KEEP_PHOTOS]:
            to |= {Agreement.PHOTOS}
    return Consent(to, answer.get(CONF_CONSENT_BY, "").strip() or name, dt_util.utcnow()).stored()
