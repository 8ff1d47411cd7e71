"""A service for second opinions under the test's control, and a home in which everybody agreed to it."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.kith.errors import OpinionError, OpinionUnavailableError
from custom_components.kith.second_opinion.active_service import ActiveService
from custom_components.kith.second_opinion.ledger import LedgerEntry, Purpose
from custom_components.kith.second_opinion.protocol import Answer, Enrolled, Meter, Said
from tests.identity.faces import EMPTY, axis, template

from ..automations import look
from ..conftest import JPEG, Scripted, camera_subentry, eventually, person_subentry, remote_entry

ALL = ("recognize", "photos", "opinion", "cloud")
URL = "http://nas:8000"


@dataclass
class Spoken:
    """Implements the protocol.

    people: the photos by face id, by key. asked: faces, and the people asked about. says: the answer, or an error to
    raise. fails: errors by method name, raised after sending. fails_at: photos that it cannot process. waits: answers
    wait until it is set. order: of the methods called.
    """

    says: Answer | OpinionError = field(default_factory=lambda: says("ada"))
    fails: dict[str, BaseException] = field(default_factory=dict)
    fails_at: set[bytes] = field(default_factory=set)
    people: dict[str, dict[str, bytes]] = field(default_factory=dict)
    asked: list[tuple[bytes, list[str]]] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    learned: int = 0
    waits: asyncio.Event = field(default_factory=asyncio.Event)
    keeps: bool = False
    """Erases nothing, whatever it says."""
    at_once: int = 0
    most_at_once: int = 0
    _numbers: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.waits.set()

    @property
    def faces(self) -> dict[str, int]:
        """The number of faces of each person."""
        return {key.removeprefix("key of "): len(faces) for key, faces in self.people.items()}

    async def _called(self, method: str, meter: Meter, sent: int = 10) -> None:
        meter.count(sent)
        self.order.append(method)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.waits.wait()
        finally:
            self.at_once -= 1
        if method in self.fails:
            raise self.fails[method]

    async def check(self, meter: Meter) -> None:
        await self._called("check", meter)

    async def ask(self, face: bytes, suspects: Sequence[Enrolled], meter: Meter) -> Answer:
        self.asked.append((face, [one.person_id for one in suspects]))
        await self._called("ask", meter, len(face))
        if isinstance(self.says, OpinionError):
            raise self.says
        return self.says

    async def add_person(self, person_id: str, meter: Meter) -> str:
        await self._called("add_person", meter)
        self.people.setdefault(f"key of {person_id}", {})
        return f"key of {person_id}"

    async def add_face(self, key: str, face: bytes, meter: Meter) -> str:
        await self._called("add_face", meter, len(face))
        if face in self.fails_at:
            raise OpinionUnavailableError("it answered with an error of its own (HTTP 500).")
        face_id = f"face {next(self._numbers)}"
        self.people[key][face_id] = face
        return face_id

    async def remove_face(self, key: str, face_id: str, meter: Meter) -> None:
        await self._called("remove_face", meter)
        self.people[key].pop(face_id, None)

    async def remove_person(self, key: str, meter: Meter) -> None:
        await self._called("remove_person", meter)
        if not self.keeps:
            self.people.pop(key, None)

    async def knows(self, key: str, meter: Meter) -> bool:
        await self._called("knows", meter)
        return key in self.people

    async def learn(self, meter: Meter) -> None:
        await self._called("learn", meter)
        self.learned += 1

    async def leave(self, keys: Sequence[str], meter: Meter) -> None:
        await self._called("leave", meter)
        for key in keys:
            if not self.keeps:
                self.people.pop(key, None)


def says(person_id: str | None, **ratios: float) -> Answer:
    """Certainly this person, or nobody of them if None."""
    said = Said.PERSON if person_id else Said.NOBODY
    given = ratios or ({person_id: 9.0} if person_id else {"ada": -3.0})
    return Answer(said, "net", person_id, 0.97, given)


def agreeing(name: str, *to: str) -> ConfigSubentryData:
    """Somebody who agreed to this, or to everything by default."""
    person = person_subentry(name)
    consent = {**person["data"]["consent"], "to": list(to or ALL)}
    return ConfigSubentryData(
        data={**person["data"], "consent": consent},
        subentry_type=person["subentry_type"],
        title=name,
        unique_id=person["unique_id"],
    )


def service(kind: str = "compreface", url: str = URL, **settings: Any) -> ConfigSubentryData:
    data = {"kind": kind, "url": url, "key": "a secret key", "per_minute": 20, **settings}
    return ConfigSubentryData(data=data, subentry_type="service", title=kind.capitalize(), unique_id=None)


async def live(
    hass: HomeAssistant,
    engine: Scripted,
    *services: ConfigSubentryData,
    people: Sequence[ConfigSubentryData] = (),
    photo: Callable[[str], bytes] = lambda _: JPEG,
) -> MockConfigEntry:
    """A home that knows Ada, whose face is axis 0, and Grace, axis 1, each with a photo."""
    everybody = people or (agreeing("Ada"), agreeing("Grace"))
    entry = remote_entry(engine, camera_subentry(), *everybody, *services)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    for number, one in enumerate(everybody):
        person_id = one["data"]["person_id"]
        await add_photo(entry, person_id, number, person_id, photo(person_id))
    await settled(hass, entry)
    return entry


async def add_photo(entry: MockConfigEntry, person_id: str, number: int, name: str, photo: bytes = JPEG) -> None:
    """Enroll them with it."""
    await entry.runtime_data.enroll(person_id, [template(axis(number), name=name)])
    await entry.runtime_data.stores.photos.save_person(person_id, name, photo)


async def pass_time(hass: HomeAssistant, **time: float) -> None:
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(**time))
    await hass.async_block_till_done()


async def settled(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Wait until photos are written and services have them or are known not to answer."""
    await pass_time(hass, seconds=6)
    await still(entry)


async def still(entry: MockConfigEntry) -> None:
    """Wait until no call to a service is in progress."""
    await eventually(lambda: not entry.runtime_data.opinions._tasks)


def running(entry: MockConfigEntry, title: str = "Compreface") -> ActiveService:
    services: Iterator[ActiveService] = iter(entry.runtime_data.opinions.services.values())
    return next(one for one in services if one.settings.name == title)


def written(entry: MockConfigEntry, *purposes: Purpose) -> list[LedgerEntry]:
    """The ledger's entries, newest first."""
    entries: list[LedgerEntry] = entry.runtime_data.opinions.ledger.entries
    return [one for one in entries if not purposes or one.purpose in purposes]


async def leave(engine: Scripted, entry: MockConfigEntry) -> None:
    """End the visit."""
    engine.answer = EMPTY
    await look(engine)
    household = entry.runtime_data.household
    for camera in entry.runtime_data.cameras:
        household.drop_camera(camera)
    household.presence.visits.clear()
