"""Kith's errors as Home Assistant shows them: translated, and saying what to do."""

from homeassistant.exceptions import HomeAssistantError

from .const import DOMAIN
from .kith_engine.errors import KithError


class GalleryError(KithError):
    """The gallery could not be read or written."""

    code = "gallery_failed"


class GalleryNotSavedError(GalleryError):
    """What was to be stored is not on the disk; the gallery is as it was before."""

    code = "gallery_not_saved"


class GalleryUnreadableError(GalleryError):
    """Both copies on the disk are damaged: nothing is compared, and nothing is overwritten."""

    code = "gallery_unreadable"


class StorageTooNewError(KithError):
    """A file was written by a newer Kith: nothing of it is read, and nothing overwritten."""

    code = "storage_too_new"


class RuntimeNotInstalledError(KithError):
    """The runtime for neural networks could not be installed."""

    code = "runtime_failed"


class RuntimeNoWheelError(RuntimeNotInstalledError):
    """Nobody publishes it for this kind of machine."""

    code = "runtime_no_wheel"


class RuntimeNoNetworkError(RuntimeNotInstalledError):
    """The package index cannot be reached."""

    code = "runtime_no_network"


class RuntimeUnwritableError(RuntimeNotInstalledError):
    """Its folder cannot be written, or the disk is full."""

    code = "runtime_unwritable"


class OpinionError(KithError):
    """A face-verification service gave no answer. retry_after: seconds, where it said so."""

    code = "opinion_failed"

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OpinionUnavailableError(OpinionError):
    """Nobody answers, or only with an error of its own: later may be better."""

    code = "opinion_unavailable"


class OpinionUnintelligibleError(OpinionUnavailableError):
    """An answer that is none: no JSON, or not what was published. There may be something else at this address."""

    code = "opinion_unintelligible"


class OpinionThrottledError(OpinionUnavailableError):
    """Too many calls, for the service."""

    code = "opinion_throttled"


class OpinionRefusedError(OpinionError):
    """The key is missing or wrong, or for something else."""

    code = "opinion_refused"


class OpinionNotApprovedError(OpinionError):
    """The account may not tell people apart: its owner has no approval for that."""

    code = "opinion_not_approved"


class OpinionQuotaSpentError(OpinionError):
    """What the account may use is used up."""

    code = "opinion_quota_spent"


class OpinionDriftedError(OpinionError):
    """The service does not have what Kith put there: people must be enrolled with it again."""

    code = "opinion_drifted"


class OpinionPhotoRefusedError(OpinionError):
    """The service takes no such photo for enrolling; others may do."""

    code = "opinion_photo_refused"


class OpinionOutdatedError(OpinionError):
    """The service does not understand what is asked of it, or compares by another network than it enrolled with."""

    code = "opinion_outdated"


def details(error: KithError) -> str:
    """Its own words as one sentence: the translations go on behind them."""
    return f"{str(error).rstrip('.')}."


def translated[E: HomeAssistantError](error: KithError, kind: type[E]) -> E:
    """The same error for Home Assistant's user; its text is `exceptions.<code>` in the translations."""
    return kind(
        translation_domain=DOMAIN, translation_key=error.code, translation_placeholders={"details": details(error)}
    )
