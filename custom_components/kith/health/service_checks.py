"""Finds second-opinion services that cannot be asked, and why."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ..const import APPROVAL_FORM
from ..runtime import Home
from ..second_opinion.service_state import ServiceState
from .issues import Finding, Issue

AWAY_FOR = timedelta(hours=1)
"""Time before it is reported: a host that is updated is back sooner, and only an opinion is missed."""
TROUBLES = {
    ServiceState.REFUSED: Issue.OPINION_REFUSED,
    ServiceState.UNPAIRED: Issue.OPINION_UNPAIRED,
    ServiceState.REPLACED: Issue.OPINION_REPLACED,
    ServiceState.NOT_APPROVED: Issue.OPINION_NOT_APPROVED,
    ServiceState.QUOTA_SPENT: Issue.OPINION_QUOTA_SPENT,
    ServiceState.OUTDATED: Issue.OPINION_OUTDATED,
}


class ServiceWatch:
    """Remembers since when each service is away."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._away_since: dict[str, datetime] = {}

    def look(self, now: datetime) -> Iterator[Finding]:
        """A finding for each service with a problem."""
        services = self._home.opinions.services
        away = {who for who, running in services.items() if running.state is ServiceState.UNAVAILABLE}
        self._away_since = {who: self._away_since.get(who, now) for who in away}
        for service_id, running in services.items():
            issue = TROUBLES.get(running.state)
            if service_id in away and now - self._away_since[service_id] >= AWAY_FOR:
                issue = Issue.OPINION_AWAY
            if issue is not None:
                yield Finding(issue, service_id, {"name": running.settings.name, "link": APPROVAL_FORM})
