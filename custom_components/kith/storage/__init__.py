"""What Kith keeps in Home Assistant's storage, readable for Home Assistant's own user only."""

from .faces import FaceStore
from .gallery import GalleryStore
from .presence import PresenceStore
from .served import ServedStore
from .suitability import SuitabilityStore
from .visits import VisitStore

__all__ = ["FaceStore", "GalleryStore", "PresenceStore", "ServedStore", "SuitabilityStore", "VisitStore"]
