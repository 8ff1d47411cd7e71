"""The last sightings and visits, and who is at home, on disk."""

from typing import NotRequired, TypedDict

from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN
from ..identity.presence import Presence, Seen, Visit
from ..identity.stay import Stay
from .records import Records, moment

PRESENCE = f"{DOMAIN}.presence"
SAVE_PRESENCE_AFTER = 10.0
"""Seconds: sightings come in bursts. A power cut loses at most this much."""


class _StoredVisit(TypedDict):
    last: str
    named: list[str]
    stranger: bool
    asked: NotRequired[list[str]]
    begin: NotRequired[str | None]
    likely: NotRequired[list[str]]


class _StoredSeen(TypedDict):
    """root: of a sighting by appearance, the time and the camera of the face."""

    captured: str
    camera: str
    root: NotRequired[tuple[str, str]]


class _StoredStay(TypedDict):
    at_home: bool
    since: str
    passed: str | None


class _StoredPresence(TypedDict):
    people: dict[str, _StoredSeen]
    cameras: dict[str, _StoredVisit]
    stays: NotRequired[dict[str, _StoredStay]]
    phones: NotRequired[dict[str, bool]]


class PresenceStore:
    """The last sightings and visits. Call `load` first."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._records: Records[_StoredPresence] = Records(hass, PRESENCE, _StoredPresence)
        self.presence = Presence()

    async def load(self) -> None:
        """Raises StorageTooNewError."""
        self.presence = await self._records.load(_decode_presence, Presence())

    @callback
    def save_soon(self) -> None:
        self._records.async_delay_save(lambda: _encode_presence(self.presence), SAVE_PRESENCE_AFTER)

    async def save(self) -> None:
        await self._records.async_save(_encode_presence(self.presence))

    async def known_people(self) -> set[str]:
        return self.presence.people

    async def forget(self, person_id: str) -> None:
        self.presence.forget(person_id)
        await self.save()

    async def remove(self) -> None:
        await self._records.async_remove()


def _encode_presence(presence: Presence) -> _StoredPresence:
    return {
        "people": {who: _encode_seen(seen) for who, seen in presence.last.items()},
        "cameras": {
            camera: {
                "last": visit.last.isoformat(),
                "named": sorted(visit.named),
                "stranger": visit.stranger,
                "asked": sorted(visit.asked),
                "begin": visit.begin.isoformat() if visit.begin else None,
                "likely": sorted(visit.likely),
            }
            for camera, visit in presence.visits.items()
        },
        "stays": {
            who: {
                "at_home": stay.at_home,
                "since": stay.since.isoformat(),
                "passed": stay.passed.isoformat() if stay.passed else None,
            }
            for who, stay in presence.stays.items()
        },
        "phones": dict(presence.phones),
    }


def _encode_seen(seen: Seen) -> _StoredSeen:
    stored: _StoredSeen = {"captured": seen.captured.isoformat(), "camera": seen.camera}
    if seen.root is not None:
        stored["root"] = seen.root.captured.isoformat(), seen.root.camera
    return stored


def _decode_seen(stored: _StoredSeen) -> Seen:
    root = stored.get("root")
    return Seen(moment(stored["captured"]), stored["camera"], Seen(moment(root[0]), root[1]) if root else None)


def _decode_presence(stored: _StoredPresence) -> Presence:
    last = {who: _decode_seen(seen) for who, seen in stored["people"].items()}
    visits = {
        camera: Visit(
            moment(visit["last"]),
            set(visit["named"]),
            visit["stranger"],
            resumed=True,
            asked=set(visit.get("asked", ())),
            begin=moment(begun) if (begun := visit.get("begin")) else None,
            likely=set(visit.get("likely", ())),
        )
        for camera, visit in stored["cameras"].items()
    }
    stays = {
        who: Stay(stay["at_home"], moment(stay["since"]), moment(stay["passed"]) if stay["passed"] else None)
        for who, stay in stored.get("stays", {}).items()
    }
    return Presence(last, visits, stays, stored.get("phones"))
