"""What all steps about one service share."""

from dataclasses import replace
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.core import callback

from ...const import CONF_KIND, SUBENTRY_SERVICE
from ...runtime import KithConfigEntry
from ...second_opinion.ledger import LedgerEntry
from ...settings import ServiceKind
from ...subentries import subentries_of


class ServiceSteps(ConfigSubentryFlow):
    """The service, as stored or about to be."""

    def __init__(self) -> None:
        self._service: dict[str, Any] = {}
        self._checks: list[LedgerEntry] = []
        """Not in the ledger yet: a service has no id until it is added."""

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """The menu of what can be changed."""
        raise NotImplementedError

    @property
    def _entry(self) -> KithConfigEntry:
        entry: KithConfigEntry = self._get_entry()
        return entry

    @property
    def _loaded(self) -> bool:
        return self._entry.state is ConfigEntryState.LOADED

    @property
    def _kind(self) -> ServiceKind:
        return ServiceKind(self._service[CONF_KIND])

    @property
    def _adding(self) -> bool:
        return self.source == SOURCE_USER

    @callback
    def _read(self) -> None:
        """Load the stored service."""
        self._service = dict(self._get_reconfigure_subentry().data)

    @callback
    def _store(self, reason: str) -> SubentryFlowResult:
        subentry = self._get_reconfigure_subentry()
        return self.async_update_and_abort(self._entry, subentry, data=self._service, reason=reason)

    @callback
    def _write_down_checks(self) -> None:
        """Record the checks in the ledger, like everything that was sent, even though they contain no people."""
        matches = [one for one in subentries_of(self._entry, SUBENTRY_SERVICE) if one.data == self._service]
        if self._loaded and (matches or not self._adding):
            service = matches[0] if self._adding else self._get_reconfigure_subentry()
            for check in self._checks:
                self._entry.runtime_data.opinions.ledger.begin(replace(check, service_id=service.subentry_id))
        self._checks.clear()
