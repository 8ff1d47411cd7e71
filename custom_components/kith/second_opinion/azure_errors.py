"""What Azure AI Face's errors mean: its error-code reference of 2025-08, and what users met with.

`{"error": {"code", "message", "innererror"?: {"code", …}}}` and a header `x-ms-error-code`; with some the outer code is
a generic one, so the innermost is read first.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import (
    OpinionDriftedError,
    OpinionError,
    OpinionNotApprovedError,
    OpinionOutdatedError,
    OpinionPhotoRefusedError,
    OpinionQuotaSpentError,
    OpinionRefusedError,
    OpinionThrottledError,
    OpinionUnavailableError,
)
from .rest import Reply, refusal

DEEPEST = 5
"""Levels of errors within errors; two were seen."""


class ConflictError(OpinionUnavailableError):
    """It is still at something else with this group or person."""


class FaceForgottenError(OpinionUnavailableError):
    """Faces that were detected live for a minute."""


class AzureGoneError(OpinionDriftedError):
    """There is no such person or face."""


class AzureGroupGoneError(AzureGoneError):
    """There is no such group, so nobody in it either."""


class GroupExistsError(OpinionError):
    """It is there already."""


class UntrainedError(OpinionUnavailableError):
    """It was never trained since there are people in it."""


_CODES: Mapping[str, type[OpinionError]] = {
    "401": OpinionRefusedError,
    "429": OpinionThrottledError,
    "BadArgument": OpinionOutdatedError,  # another recognition model than the group's, for one
    "ConcurrentOperationConflict": ConflictError,
    "FaceNotFound": FaceForgottenError,
    "InvalidImage": OpinionPhotoRefusedError,  # no face, more than one, or not to be decoded
    "InvalidImageSize": OpinionPhotoRefusedError,
    "InvalidURL": OpinionOutdatedError,
    "LargePersonGroupExists": GroupExistsError,
    "LargePersonGroupNotFound": AzureGroupGoneError,
    "LargePersonGroupNotTrained": UntrainedError,
    "LargePersonGroupTrainingNotFinished": ConflictError,
    "PersistedFaceNotFound": AzureGoneError,
    "PersonNotFound": AzureGoneError,
    "QuotaExceeded": OpinionQuotaSpentError,
    "UnsupportedFeature": OpinionNotApprovedError,
}


def error_of(reply: Reply) -> OpinionError:
    code = next((code for code in _codes(reply) if code in _CODES), None)
    return refusal(reply, _CODES[code] if code else None, code)


def _codes(reply: Reply) -> Iterator[str]:
    """Innermost first."""
    found: list[Any] = [reply.headers.get("x-ms-error-code")]
    error = reply.content.get("error") if isinstance(reply.content, Mapping) else None
    for _ in range(DEEPEST):
        if not isinstance(error, Mapping):
            break
        found.append(error.get("code"))
        error = error.get("innererror")
    return (code for code in reversed(found) if isinstance(code, str))
