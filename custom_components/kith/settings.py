"""The owner's settings of cameras, people and services as typed values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from homeassistant.auth.models import User
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.util import dt as dt_util

from .const import (
    CONF_ALLOWED,
    CONF_BAND,
    CONF_BORN,
    CONF_CAMERA,
    CONF_CERTIFICATE,
    CONF_CLIPS,
    CONF_CLOSE_UP,
    CONF_CONNECTED,
    CONF_CONSENT,
    CONF_ENABLED,
    CONF_GROUP,
    CONF_HERE_FOR,
    CONF_IGNORED,
    CONF_INTERVAL,
    CONF_KEEP_STRANGERS,
    CONF_KEY,
    CONF_KIND,
    CONF_NAMED_BY,
    CONF_NOT_ABOUT,
    CONF_NOT_AT,
    CONF_PER_DAY,
    CONF_PER_MINUTE,
    CONF_PERSON,
    CONF_PERSON_ID,
    CONF_PLACE,
    CONF_SAVE_POWER,
    CONF_SENSITIVITY,
    CONF_SMALLEST_FACE,
    CONF_SOURCE,
    CONF_SURENESS,
    CONF_TRUSTED,
    CONF_TURNED,
    CONF_URL,
    CONF_WAKE,
    DEFAULT_INTERVAL,
)
from .identity.demand import Sureness
from .identity.presence import HERE_FOR
from .identity.stay import Place
from .kith_engine.analysis import Area, Scope, Sensitivity

ADULT = 16
"""Years: faces change fast until about this age."""
MOST_DAYS = 90
"""Keeping strangers any longer would be surveillance of passers-by."""
DEFAULT_PER_MINUTE = 2
DEFAULT_PER_DAY = 30
"""Opinions: a door has a few doubtful visits a day; many more mean a badly placed camera."""


class Agreement(StrEnum):
    """What a person, or a child's parents, can agree to, each separately."""

    RECOGNIZE = "recognize"
    PHOTOS = "photos"
    """Keep faces cropped from enrolled photos, for viewing and for later networks."""
    OPINION = "opinion"
    """Ask a service in the home about a face that could be theirs, and show it their photos."""
    CLOUD = "cloud"
    """The same for a service outside the home."""
    NEVER = "never"
    """Never recognize: drop pictures that show this face. This needs a template."""


class ServiceKind(StrEnum):
    """The supported face-verification services."""

    KITH = "kith"
    COMPREFACE = "compreface"
    AZURE = "azure"

    @property
    def agreement(self) -> Agreement:
        """What people must agree to before the service gets their data."""
        return Agreement.CLOUD if self is ServiceKind.AZURE else Agreement.OPINION


class Band(StrEnum):
    """The range of doubt in which a service is asked."""

    NARROW = "narrow"
    NORMAL = "normal"
    WIDE = "wide"


class PictureSource(StrEnum):
    """Where a camera's pictures should come from."""

    AUTOMATIC = "automatic"
    STREAM = "stream"
    """Only where it offers one; without a stream, there are only stills."""
    STILLS = "stills"


class Connected(StrEnum):
    """Whether the stream of a camera that sleeps stays connected, so that it remembers the last seconds."""

    AUTOMATIC = "automatic"
    """Unless the camera's device has a battery."""
    ALWAYS = "always"
    AWAKE = "awake"
    """Only while it is awake."""


class Turn(StrEnum):
    """How a camera's pictures must be turned, clockwise, to be seen upright."""

    AUTOMATIC = "automatic"
    """As Home Assistant shows the camera's stream."""
    NONE = "0"
    RIGHT = "90"
    UPSIDE_DOWN = "180"
    LEFT = "270"
    MIRRORED = "mirrored"


@dataclass(frozen=True, slots=True)
class Consent:
    """Who agreed to what, and when."""

    to: frozenset[Agreement] = frozenset()
    by: str = ""
    at: datetime | None = None

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Self:
        """Stored as {"to": […], "by": name, "at": ISO time}; None if nobody agreed to anything."""
        if not stored:
            return cls()
        known = frozenset(Agreement(agreement) for agreement in stored["to"] if agreement in list(Agreement))
        return cls(known, stored["by"], dt_util.parse_datetime(stored["at"]))

    def stored(self) -> dict[str, Any]:
        return {"to": sorted(self.to), "by": self.by, "at": self.at.isoformat() if self.at else None}


@dataclass(frozen=True, slots=True)
class PersonSettings:
    """One person. linked: the person entity. born: the year. here_for: how long present after a sighting."""

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
    """One camera. interval: seconds between two looks while nothing moves.

    wake: entities that wake the camera; without any it is always awake. close_up: a camera with the same view in more
    pixels. allowed: the ids of the people who may be here; None for everybody. turn: applies to the close-up, too.
    place: what its sightings say about who is at home.
    named_by: entities that name the people seen here. clips: the media folder with an image entity's clips.
    saves_power: motion in a stream is looked for in keyframes alone.
    """

    camera: str
    interval: float = DEFAULT_INTERVAL
    enabled: bool = True
    wake: tuple[str, ...] = ()
    close_up: str | None = None
    scope: Scope = Scope()  # noqa: RUF009  frozen
    allowed: frozenset[str] | None = None
    source: PictureSource = PictureSource.AUTOMATIC
    turn: Turn = Turn.AUTOMATIC
    place: Place = Place.ELSEWHERE
    connected: Connected = Connected.AUTOMATIC
    named_by: tuple[str, ...] = ()
    clips: str | None = None
    saves_power: bool = False

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
            PictureSource(data.get(CONF_SOURCE, PictureSource.AUTOMATIC)),
            Turn(data.get(CONF_TURNED, Turn.AUTOMATIC)),
            Place(data.get(CONF_PLACE, Place.ELSEWHERE)),
            Connected(data.get(CONF_CONNECTED, Connected.AUTOMATIC)),
            tuple(data.get(CONF_NAMED_BY, ())),
            data.get(CONF_CLIPS),
            data.get(CONF_SAVE_POWER, False),
        )


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """One face-verification service. key: a secret. group: the name of Kith's group of people there. certificate: of an
    engine that this home was paired with.

    per_minute, per_day: limits on opinions. not_at: cameras (ids of their subentries) that it is never asked about;
    not_about: people it never hears of, whatever they agreed to.
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
    certificate: str = ""

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
            data.get(CONF_CERTIFICATE, ""),
        )


def sureness_of(entry: ConfigEntry[Any]) -> Sureness:
    """How sure Kith must be, as the owner set it."""
    return Sureness(entry.options.get(CONF_SURENESS, Sureness.NORMAL))


def retention_days(entry: ConfigEntry[Any]) -> int:
    """The number of days that strangers' faces are kept; 0 if they are not."""
    return int(entry.options.get(CONF_KEEP_STRANGERS, 0))


def retention_is_decided(entry: ConfigEntry[Any]) -> bool:
    """Has the owner said whether strangers' faces are kept?"""
    return CONF_KEEP_STRANGERS in entry.options


def trusted_users(entry: ConfigEntry[Any]) -> list[str]:
    """The ids of users who may answer questions although they are no administrators."""
    return list(entry.options.get(CONF_TRUSTED, ()))


def may_answer(entry: ConfigEntry[Any], user: User) -> bool:
    """May this user see the questions "Who is this?" and answer them?"""
    return user.is_active and (user.is_admin or user.id in trusted_users(entry))
