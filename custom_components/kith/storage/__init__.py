"""What Kith keeps in Home Assistant's storage, readable for Home Assistant's own user only."""

from .enrolled import EnrolledStore
from .faces import FaceStore
from .gallery import GalleryStore
from .ledger import LedgerStore
from .presence import PresenceStore
from .served import ServedStore
from .suitability import SuitabilityStore
from .visits import VisitStore

__all__ = [
    "EnrolledStore",
    "FaceStore",
    "GalleryStore",
    "LedgerStore",
    "PresenceStore",
    "ServedStore",
    "SuitabilityStore",
    "VisitStore",
]
