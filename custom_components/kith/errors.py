"""Kith's errors, and their translation for Home Assistant's users."""

from homeassistant.exceptions import HomeAssistantError

from .const import DOMAIN
from .kith_engine.errors import KithError


class GalleryError(KithError):
    """The gallery could not be read or written."""

    code = "gallery_failed"


class GalleryNotSavedError(GalleryError):
    """A change could not be written to disk; the gallery is unchanged."""

    code = "gallery_not_saved"


class AgreementGoneError(GalleryError):
    """The person was removed, or no longer agrees; nothing was stored."""

    code = "agreement_gone"


class QuestionGoneError(KithError):
    """The question was answered, or its faces were erased; the answer changed nothing."""

    code = "question_gone"


class ConsentsDifferError(KithError):
    """Two people cannot be merged: what one agreed to would be done with the other's photos."""

    code = "consents_differ"


class GalleryUnreadableError(GalleryError):
    """Both copies on disk are damaged; Kith compares nothing and overwrites nothing."""

    code = "gallery_unreadable"


class StorageTooNewError(KithError):
    """A newer Kith wrote the file; this one neither reads nor overwrites it."""

    code = "storage_too_new"


class PacksBusyError(KithError):
    """Networks are already being brought, tried, or exchanged."""

    code = "packs_busy"


class ReplayOutdatedError(KithError):
    """People, photos, or the networks in use changed while others were being tried."""

    code = "replay_outdated"


class ImportUnreadableError(KithError):
    """What people should be imported from cannot be opened."""

    code = "import_unreadable"


class RuntimeNotInstalledError(KithError):
    """The runtime for neural networks could not be installed."""

    code = "runtime_failed"


class RuntimeNoWheelError(RuntimeNotInstalledError):
    """There is no wheel of it for this kind of machine."""

    code = "runtime_no_wheel"


class RuntimeNoNetworkError(RuntimeNotInstalledError):
    """The package index cannot be reached."""

    code = "runtime_no_network"


class RuntimeUnwritableError(RuntimeNotInstalledError):
    """Its folder cannot be written, or the disk is full."""

    code = "runtime_unwritable"


class RecordingError(KithError):
    """A recording could not be looked at."""

    code = "recording_failed"


class RecordingMissingError(RecordingError):
    """There is no such file, upload or media, or it cannot be read."""

    code = "recording_missing"


class RecordingNotAllowedError(RecordingError):
    """The file is outside the folders that the owner allowed."""

    code = "recording_not_allowed"


class RecordingUndatedError(RecordingError):
    """Nobody knows when it was recorded, so it cannot be among the visits."""

    code = "recording_undated"


class OpinionError(KithError):
    """A face-verification service gave no answer. retry_after: seconds, if the service said so."""

    code = "opinion_failed"

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OpinionUnavailableError(OpinionError):
    """The service is unreachable or reports an error of its own; it may work later."""

    code = "opinion_unavailable"


class OpinionUnintelligibleError(OpinionUnavailableError):
    """The answer is not JSON, or not as documented. Something else may be at this address."""

    code = "opinion_unintelligible"


class OpinionThrottledError(OpinionUnavailableError):
    """The service received too many calls."""

    code = "opinion_throttled"


class OpinionRefusedError(OpinionError):
    """The key is missing, wrong, or for something else."""

    code = "opinion_refused"


class OpinionUnpairedError(OpinionRefusedError):
    """The engine no longer knows this home, or this home has lost its key."""

    code = "opinion_unpaired"


class OpinionReplacedError(OpinionError):
    """Another engine than the one that was paired answers at its address."""

    code = "opinion_replaced"


class OpinionNotApprovedError(OpinionError):
    """The account has no approval for identifying people."""

    code = "opinion_not_approved"


class OpinionQuotaSpentError(OpinionError):
    """The account's quota is used up."""

    code = "opinion_quota_spent"


class OpinionDriftedError(OpinionError):
    """The service has lost what Kith stored there: people must be enrolled with it again."""

    code = "opinion_drifted"


class OpinionPhotoRefusedError(OpinionError):
    """The service does not accept this photo for enrollment; others may work."""

    code = "opinion_photo_refused"


class OpinionOutdatedError(OpinionError):
    """The service does not understand the request, or compares by another network than it enrolled with."""

    code = "opinion_outdated"


def details(error: KithError) -> str:
    """The error's message as one sentence, which translations continue."""
    return f"{str(error).rstrip('.')}."


def translated[E: HomeAssistantError](error: KithError, kind: type[E]) -> E:
    """The error as Home Assistant's, with the text `exceptions.<code>` in the translations."""
    return kind(
        translation_domain=DOMAIN, translation_key=error.code, translation_placeholders={"details": details(error)}
    )
