"""The state of a service: whether it can be asked, and why not."""

from enum import StrEnum

from ..errors import (
    OpinionError,
    OpinionNotApprovedError,
    OpinionOutdatedError,
    OpinionQuotaSpentError,
    OpinionRefusedError,
    OpinionReplacedError,
    OpinionUnpairedError,
)


class ServiceState(StrEnum):
    """The one state that the owner sees."""

    READY = "ready"
    REFUSED = "refused"
    UNPAIRED = "unpaired"
    REPLACED = "replaced"
    NOT_APPROVED = "not_approved"
    QUOTA_SPENT = "quota_spent"
    OUTDATED = "outdated"
    UNAVAILABLE = "unavailable"
    """It failed repeatedly, and is tried now and then."""
    OFF = "off"
    """The owner switched it off."""


_HALTS: dict[type[OpinionError], ServiceState] = {
    OpinionUnpairedError: ServiceState.UNPAIRED,
    OpinionRefusedError: ServiceState.REFUSED,
    OpinionReplacedError: ServiceState.REPLACED,
    OpinionNotApprovedError: ServiceState.NOT_APPROVED,
    OpinionQuotaSpentError: ServiceState.QUOTA_SPENT,
    OpinionOutdatedError: ServiceState.OUTDATED,
}


def halt_of(error: OpinionError) -> ServiceState | None:
    """The state that lasts until somebody acts; None if trying again may help."""
    return next((state for kind, state in _HALTS.items() if isinstance(error, kind)), None)
