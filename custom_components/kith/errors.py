"""Kith's errors as Home Assistant shows them: translated, and saying what to do."""

from homeassistant.exceptions import HomeAssistantError

from .const import DOMAIN
from .kith_engine.errors import KithError


class GalleryError(KithError):
    """The gallery could not be read or written."""

    code = "gallery_failed"


class GalleryNotSaved(GalleryError):
    """What was to be stored is not on the disk; the gallery is as it was before."""

    code = "gallery_not_saved"


class GalleryUnreadable(GalleryError):
    """Both copies on the disk are damaged: nothing is compared, and nothing is overwritten."""

    code = "gallery_unreadable"


class StorageTooNew(KithError):
    """A file was written by a newer Kith: nothing of it is read, and nothing overwritten."""

    code = "storage_too_new"


class RuntimeNotInstalled(KithError):
    """The runtime for neural networks could not be installed."""

    code = "runtime_failed"


class RuntimeNoWheel(RuntimeNotInstalled):
    """Nobody publishes it for this kind of machine."""

    code = "runtime_no_wheel"


class RuntimeNoNetwork(RuntimeNotInstalled):
    """The package index cannot be reached."""

    code = "runtime_no_network"


class RuntimeUnwritable(RuntimeNotInstalled):
    """Its folder cannot be written, or the disk is full."""

    code = "runtime_unwritable"


def details(error: KithError) -> str:
    """Its own words as one sentence: the translations go on behind them."""
    return f"{str(error).rstrip('.')}."


def translated[E: HomeAssistantError](error: KithError, kind: type[E]) -> E:
    """The same error for Home Assistant's user; its text is `exceptions.<code>` in the translations."""
    return kind(
        translation_domain=DOMAIN, translation_key=error.code, translation_placeholders={"details": details(error)}
    )
