"""Stores in Home Assistant's storage, readable for Home Assistant's own user only."""

from .faces import FaceStore
from .gallery import GalleryStore
from .hearsay import HearsayStore
from .leftovers import LeftoverStore
from .photos import PhotoStore, VisitPictureStore
from .presence import PresenceStore
from .recognition_rate import RecognitionRateStore
from .recognition_switches import RecognitionSwitchStore
from .retention import RetentionStore
from .suitability import SuitabilityStore
from .visits import VisitStore

__all__ = [
    "FaceStore",
    "GalleryStore",
    "HearsayStore",
    "LeftoverStore",
    "PhotoStore",
    "PresenceStore",
    "RecognitionRateStore",
    "RecognitionSwitchStore",
    "RetentionStore",
    "SuitabilityStore",
    "VisitPictureStore",
    "VisitStore",
]
