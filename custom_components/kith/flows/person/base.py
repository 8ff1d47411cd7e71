"""What all steps about one person share."""

from collections.abc import Iterable, Mapping
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.core import callback
from homeassistant.helpers.selector import BooleanSelector, TextSelector
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ...const import CONF_CONSENT, CONF_CONSENT_BY, CONF_KIND, CONF_PERSON_ID, SUBENTRY_SERVICE
from ...identity.gallery import Template
from ...runtime import Home, KithConfigEntry
from ...settings import Agreement, Consent, ServiceKind
from ...subentries import TEMPLATE_OF, person_called, subentries_of

CONF_KEEP_PHOTOS = "keep_photos"
CONF_NEVER = "never"
BY_SERVICES = frozenset({Agreement.OPINION, Agreement.CLOUD})
"""Asked separately, and only if there is such a service. Each field is named after its agreement."""


class PersonSteps(ConfigSubentryFlow):
    """The person, as stored or about to be."""

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
        """Requires a loaded entry."""
        return self._entry.runtime_data

    @property
    def _loaded(self) -> bool:
        return self._entry.state is ConfigEntryState.LOADED

    @property
    def _person_id(self) -> str:
        return str(self._person[CONF_PERSON_ID])

    @callback
    def _name_fault(self, name: str) -> dict[str, str]:
        """The form's error: no name, or somebody else's."""
        if not name:
            return {CONF_NAME: "name_missing"}
        other = person_called(self._entry, name)
        taken = other is not None and other.data[CONF_PERSON_ID] != self._person.get(CONF_PERSON_ID)
        return {CONF_NAME: "name_taken"} if taken else {}

    @property
    def _consent(self) -> Consent:
        return Consent.of(self._person.get(CONF_CONSENT))

    @property
    def _templates(self) -> tuple[Template, ...]:
        """The templates in storage."""
        return self._home.stores.gallery.gallery.templates.get(self._person_id, ())

    @property
    def _services(self) -> dict[str, str]:
        """The names of the services at home and on the internet, for the texts."""
        asked = services_asked(self._entry)
        return {"at_home": asked.get(Agreement.OPINION, ""), "outside": asked.get(Agreement.CLOUD, "")}

    @callback
    def _gone(self) -> SubentryFlowResult | None:
        """Read the stored person again, as another form may have changed them; ends the flow if they were removed."""
        if self.source == SOURCE_USER:
            return None
        if (subentry := self._entry.subentries.get(self._reconfigure_subentry_id)) is None:
            return self._done("person_gone")
        self._person, self._name = dict(subentry.data), subentry.title
        return None

    @callback
    def _not_now(self) -> SubentryFlowResult | None:
        """Ends the flow if nothing can be enrolled: Kith does not run, or the person is gone or does not agree."""
        if not self._loaded:
            return self._done("not_loaded")
        if gone := self._gone():
            return gone
        return None if self._consent.to.intersection(TEMPLATE_OF) else self._done("agreement_gone")

    @callback
    def _store(self, changes: Mapping[str, Any], *without: str) -> None:
        """Change these fields of the stored person, and no others. without: fields to remove."""
        subentry = self._get_reconfigure_subentry()
        kept = {key: value for key, value in subentry.data.items() if key not in without}
        self._person = {**kept, **changes}
        self.hass.config_entries.async_update_subentry(self._entry, subentry, data=self._person)

    @callback
    def _done(self, reason: str, **values: Any) -> SubentryFlowResult:
        """End the flow with this reason."""
        placeholders = {"name": self._name, **{key: str(value) for key, value in values.items()}}
        return self.async_abort(reason=reason, description_placeholders=placeholders)


def services_asked(entry: KithConfigEntry) -> dict[Agreement, str]:
    """The agreements that the configured services need, and the names of these services."""
    found: dict[Agreement, list[str]] = {Agreement.OPINION: [], Agreement.CLOUD: []}
    for service in subentries_of(entry, SUBENTRY_SERVICE):
        found[ServiceKind(service.data[CONF_KIND]).agreement].append(service.title)
    return {agreement: ", ".join(names) for agreement, names in found.items() if names}


def agreement_fields(asked: Iterable[Agreement]) -> dict[vol.Marker, Any]:
    """A yes or no for each purpose; for services, only the agreements that are needed."""
    yes_or_no = (CONF_CONSENT, CONF_KEEP_PHOTOS, *asked)
    return {
        **{vol.Required(str(field), default=False): BooleanSelector() for field in yes_or_no},
        vol.Optional(CONF_CONSENT_BY): TextSelector(),
        vol.Required(CONF_NEVER, default=False): BooleanSelector(),
    }


def agreement_fault(answer: dict[str, Any]) -> dict[str, str]:
    """Errors in the given agreement, by field."""
    services = [field for field in BY_SERVICES if answer.get(field)]
    if answer[CONF_NEVER] and (answer[CONF_CONSENT] or answer[CONF_KEEP_PHOTOS] or services):
        return {CONF_NEVER: "never_and_else"}
    if not answer[CONF_NEVER] and not answer[CONF_CONSENT]:
        return {CONF_CONSENT: "consent_missing"}
    if services and not answer[CONF_KEEP_PHOTOS]:
        return {services[0]: "service_needs_photos"}
    return {}


def agreement_of(answer: dict[str, Any], name: str, before: Consent | None = None) -> dict[str, Any]:
    """The consent to store. What this form does not ask stays as it was."""
    if answer[CONF_NEVER]:
        to = frozenset({Agreement.NEVER})
    else:
        unasked = BY_SERVICES - answer.keys()
        to = frozenset({Agreement.RECOGNIZE, *(before.to & unasked if before else ())})
        to |= {agreement for agreement in BY_SERVICES if answer.get(agreement)}
        if answer[CONF_KEEP_PHOTOS]:
            to |= {Agreement.PHOTOS}
    return Consent(to, answer.get(CONF_CONSENT_BY, "").strip() or name, dt_util.utcnow()).stored()
