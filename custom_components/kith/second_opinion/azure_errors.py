"""What Azure AI Face's errors mean, by its error-code reference of 2025-08 and by what users reported.

`{"error": {"code", "message", "innererror"?: {"code", …}}}` and a header `x-ms-error-code`. The outer code is sometimes
generic, so the innermost one is read first.
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
    """Azure is still busy with this group or person."""


class FaceForgottenError(OpinionUnavailableError):
    """Azure keeps a detected face for a minute."""


class AzureGoneError(OpinionDriftedError):
    """There is no such person or face."""


class AzureGroupGoneError(AzureGoneError):
    """There is no such group, and so nobody in it."""


class GroupExistsError(OpinionError):
    """The group exists already."""


class UntrainedError(OpinionUnavailableError):
    """The group has people, but was never trained on them."""


_CODES: Mapping[str, type[OpinionError]] = {
    "401": OpinionRefusedError,
    "429": OpinionThrottledError,
    "BadArgument": OpinionOutdatedError,  # for example, a recognition model other than the group's
    "ConcurrentOperationConflict": ConflictError,
    "FaceNotFound": FaceForgottenError,
    "InvalidImage": OpinionPhotoRefusedError,  # no face, several faces, or undecodable
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
    """The codes, innermost first."""
    found: list[Any] = [reply.headers.get("x-ms-error-code")]
    error = reply.content.get("error") if isinstance(reply.content, Mapping) else None
    for _ in range(DEEPEST):
        if not isinstance(error, Mapping):
            break
        found.append(error.get("code"))
        error = error.get("innererror")
    return (code for code in reversed(found) if isinstance(code, str))
