"""What Kith keeps in Home Assistant's storage, readable for Home Assistant's own user only."""

from .gallery import GalleryStore
from .presence import PresenceStore
from .served import ServedStore
from .suitability import SuitabilityStore

__all__ = ["GalleryStore", "PresenceStore", "ServedStore", "SuitabilityStore"]
