"""Reports findings as Home Assistant's repairs."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN


class Issue(StrEnum):
    """The kinds of findings; each is a key of the translations."""

    ENGINE_AWAY = "engine_away"
    ENGINE_FILES = "engine_files"
    ENGINE_REPLACED = "engine_replaced"
    ENGINE_UNENCRYPTED = "engine_unencrypted"
    FILES_UNREADABLE = "files_unreadable"
    CLOCKS_APART = "clocks_apart"
    CAMERA_UNSUITABLE = "camera_unsuitable"
    CAMERA_REFUSED = "camera_refused"
    CAMERA_UNWAKEABLE = "camera_unwakeable"
    CAMERA_STILL = "camera_still"
    CAMERA_TURNED = "camera_turned"
    CAMERA_RESTLESS = "camera_restless"
    GALLERY_FOREIGN = "gallery_foreign"
    GALLERY_RENEWABLE = "gallery_renewable"
    PHOTOS_OLD = "photos_old"
    SERVED_WORSE = "served_worse"
    OPINION_REFUSED = "opinion_refused"
    OPINION_UNPAIRED = "opinion_unpaired"
    OPINION_REPLACED = "opinion_replaced"
    OPINION_UNENCRYPTED = "opinion_unencrypted"
    OPINION_NOT_APPROVED = "opinion_not_approved"
    OPINION_QUOTA_SPENT = "opinion_quota_spent"
    OPINION_OUTDATED = "opinion_outdated"
    OPINION_AWAY = "opinion_away"


FAILURES = frozenset({Issue.ENGINE_AWAY, Issue.ENGINE_FILES, Issue.ENGINE_REPLACED, Issue.FILES_UNREADABLE})
"""With these nothing works; only they can exist while Kith is not loaded."""
DESCRIBED = frozenset({Issue.CAMERA_REFUSED, Issue.CAMERA_UNWAKEABLE, Issue.CLOCKS_APART, Issue.GALLERY_FOREIGN})
"""Fixed outside of Kith, or for several people: their texts say how. All others have a flow (repairs.py)."""
_ONE = {Issue.GALLERY_RENEWABLE: Issue.GALLERY_FOREIGN, **dict.fromkeys(FAILURES, "engine")}
"""Kinds that are the same problem and share one id: an ignored one does not come back as another."""


@dataclass(frozen=True, slots=True)
class Finding:
    """about: the id of the camera, person or service. placeholders: for the texts; they may contain names."""

    issue: Issue
    about: str = ""
    placeholders: dict[str, str] = field(default_factory=dict)
    code: str = ""
    """The code of the error behind it."""

    @property
    def issue_id(self) -> str:
        kind = str(_ONE.get(self.issue, self.issue))
        return f"{kind}_{self.about}" if self.about else kind


@callback
def create_issues(hass: HomeAssistant, entry_id: str, findings: Iterable[Finding]) -> None:
    """Create issues for these findings; others stay."""
    for finding in findings:
        ir.async_create_issue(
            hass,
            DOMAIN,
            finding.issue_id,
            data={"entry_id": entry_id, "about": finding.about, "code": finding.code},
            is_fixable=finding.issue not in DESCRIBED,
            severity=ir.IssueSeverity.ERROR if finding.issue in FAILURES else ir.IssueSeverity.WARNING,
            translation_key=finding.issue,
            translation_placeholders=finding.placeholders,
        )


@callback
def settle(hass: HomeAssistant, entry_id: str, findings: Collection[Finding]) -> None:
    """Create issues for these findings and delete all others."""
    create_issues(hass, entry_id, findings)
    current = {finding.issue_id for finding in findings}
    delete_issues(hass, current_issue_ids(hass) - current)


@callback
def current_issue_ids(hass: HomeAssistant) -> set[str]:
    """The ids of this package's current issues, ignored or not.

    An issue that was ignored before the last start is inactive and left out; it stays ignored if it is found again.
    """
    issues = ir.async_get(hass).issues.values()
    return {
        issue.issue_id
        for issue in issues
        if issue.domain == DOMAIN and issue.active and issue.translation_key in set(Issue)
    }


@callback
def delete_issues(hass: HomeAssistant, issue_ids: Iterable[str]) -> None:
    for issue_id in issue_ids:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
