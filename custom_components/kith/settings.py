"""What the owner set for each camera and person, read from their subentries into typed values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.util import dt as dt_util

from .const import (
    CONF_ALLOWED,
    CONF_BAND,
    CONF_BORN,
    CONF_CAMERA,
    CONF_CLOSE_UP,
    CONF_CONSENT,
    CONF_ENABLED,
    CONF_GROUP,
    CONF_HERE_FOR,
    CONF_IGNORED,
    CONF_INTERVAL,
    CONF_KEEP_STRANGERS,
    CONF_KEY,
    CONF_KIND,
    CONF_NOT_ABOUT,
    CONF_NOT_AT,
    CONF_PER_DAY,
    CONF_PER_MINUTE,
    CONF_PERSON,
    CONF_PERSON_ID,
    CONF_SENSITIVITY,
    CONF_SMALLEST_FACE,
    CONF_SURENESS,
    CONF_URL,
    CONF_WAKE,
    DEFAULT_INTERVAL,
)
from .identity.evidence import Sureness
from .identity.presence import HERE_FOR
from .kith_engine.analysis import Area, Scope, Sensitivity

ADULT = 16
"""Years: faces change fast until about then."""
DEFAULT_PER_MINUTE = 2
DEFAULT_PER_DAY = 30
"""Opinions: a door has a few doubtful visits a day; many more say that the camera is at the wrong place."""


class Agreement(StrEnum):
    """To what a person, or a child's parents, can say yes; each for itself."""

    RECOGNIZE = "recognize"
    PHOTOS = "photos"
    """That cut-out faces of enrolled photos are kept, to be looked at and for other networks later."""
    OPINION = "opinion"
    """That a service in the own home may be asked about a face that could be theirs, and be shown their photos."""
    CLOUD = "cloud"
    """The same of a service outside."""
    NEVER = "never"
    """Not to be recognized: pictures in which this face is found are dropped. It takes a template to know it by."""


class ServiceKind(StrEnum):
    """Which face-verification services can be asked."""

    KITH = "kith"
    COMPREFACE = "compreface"
    AZURE = "azure"

    @property
    def agreement(self) -> Agreement:
        """What people must have agreed to before it hears of them."""
        return Agreement.CLOUD if self is ServiceKind.AZURE else Agreement.OPINION


class Band(StrEnum):
    """How much doubt is worth a question."""

    NARROW = "narrow"
    NORMAL = "normal"
    WIDE = "wide"


@dataclass(frozen=True, slots=True)
class Consent:
    """Who said yes to what, and when."""

    to: frozenset[Agreement] = frozenset()
    by: str = ""
    at: datetime | None = None

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Self:
        """Stored as {"to": […], "by": name, "at": ISO time}; None if nobody agreed to anything."""
        if not stored:
            return cls()
        known = frozenset(Agreement(one) for one in stored["to"] if one in list(Agreement))
        return cls(known, stored["by"], dt_util.parse_datetime(stored["at"]))

    def stored(self) -> dict[str, Any]:
        return {"to": sorted(self.to), "by": self.by, "at": self.at.isoformat() if self.at else None}


@dataclass(frozen=True, slots=True)
class PersonSettings:
    """One person. linked: the person entity in Home Assistant. born: the year. here_for: present after a sighting."""

    person_id: str
    name: str
    linked: str | None
    consent: Consent
    here_for: timedelta = HERE_FOR
    born: int | None = None

    @classmethod
    def of(cls, subentry: ConfigSubentry) -> Self:
        data = subentry.data
        minutes = data.get(CONF_HERE_FOR)
        return cls(
            data[CONF_PERSON_ID],
            subentry.title,
            data.get(CONF_PERSON),
            Consent.of(data.get(CONF_CONSENT)),
            timedelta(minutes=minutes) if minutes else HERE_FOR,
            int(data[CONF_BORN]) if data.get(CONF_BORN) else None,
        )

    def child(self, now: datetime) -> bool:
        return self.born is not None and now.year - self.born < ADULT


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """One camera. interval: seconds between two looks while nothing moves. wake: entities that start the looking; with
    none, it never stops. close_up: a camera with the same view in more pixels. allowed: the ids of the people who may
    be here; None for everybody.
    """

    camera: str
    interval: float = DEFAULT_INTERVAL
    enabled: bool = True
    wake: tuple[str, ...] = ()
    close_up: str | None = None
    scope: Scope = Scope()  # noqa: RUF009  frozen
    allowed: frozenset[str] | None = None

    @classmethod
    def of(cls, subentry: ConfigSubentry) -> Self:
        data = subentry.data
        return cls(
            data[CONF_CAMERA],
            data.get(CONF_INTERVAL, DEFAULT_INTERVAL),
            data.get(CONF_ENABLED, True),
            tuple(data.get(CONF_WAKE, ())),
            data.get(CONF_CLOSE_UP),
            Scope(
                Sensitivity(data.get(CONF_SENSITIVITY, Sensitivity.NORMAL)),
                int(data.get(CONF_SMALLEST_FACE, 0)),
                tuple(Area(*(area[edge] / 100 for edge in Area.EDGES)) for area in data.get(CONF_IGNORED, ())),
            ),
            frozenset(data[CONF_ALLOWED]) if data.get(CONF_ALLOWED) else None,
        )


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """One face-verification service. key: a secret. group: under which name Kith's people are kept there.

    per_minute, per_day: opinions at most. not_at: cameras (ids of their subentries) of which it is never asked;
    not_about: people of whom it never hears, whatever they agreed to.
    """

    service_id: str
    name: str
    kind: ServiceKind
    url: str
    key: str
    group: str = ""
    enabled: bool = True
    band: Band = Band.NORMAL
    per_minute: int = DEFAULT_PER_MINUTE
    per_day: int = DEFAULT_PER_DAY
    not_at: frozenset[str] = frozenset()
    not_about: frozenset[str] = frozenset()

    @classmethod
    def of(cls, subentry: ConfigSubentry) -> Self:
        data = subentry.data
        return cls(
            subentry.subentry_id,
            subentry.title,
            ServiceKind(data[CONF_KIND]),
            data[CONF_URL],
            data.get(CONF_KEY, ""),
            data.get(CONF_GROUP, ""),
            data.get(CONF_ENABLED, True),
            Band(data.get(CONF_BAND, Band.NORMAL)),
            int(data.get(CONF_PER_MINUTE, DEFAULT_PER_MINUTE)),
            int(data.get(CONF_PER_DAY, DEFAULT_PER_DAY)),
            frozenset(data.get(CONF_NOT_AT, ())),
            frozenset(data.get(CONF_NOT_ABOUT, ())),
        )


def sureness_of(entry: ConfigEntry[Any]) -> Sureness:
    """How sure Kith must be, as the owner set it."""
    return Sureness(entry.options.get(CONF_SURENESS, Sureness.NORMAL))


def retention_days(entry: ConfigEntry[Any]) -> int:
    """For how many days the faces of strangers are kept; 0 if they are not."""
    return int(entry.options.get(CONF_KEEP_STRANGERS, 0))
