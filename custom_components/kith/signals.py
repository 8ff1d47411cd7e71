"""Dispatcher signals for automations: who was seen, came and left, and who could not be named.

A trigger only listens: it need not know whether Kith is loaded or reloaded, or when cameras and people change.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util
from homeassistant.util.signal_type import SignalType

from .cameras.coordinator import CameraCoordinator
from .const import SUBENTRY_CAMERA
from .identity.evidence import Outcome, Verdict
from .identity.presence import RESTART_GAP, VISIT_GAP, Seen, Visit
from .runtime import Home, KithConfigEntry
from .settings import Agreement
from .sighting import UNDECIDED, Sighting, SightingKind
from .subentries import for_each_subentry

DOUBT_AFTER = timedelta(seconds=5)
"""Most people are recognized sooner; an earlier "not sure" is not worth reporting."""


class Move(StrEnum):
    """How somebody's presence changed."""

    CAME = "came"
    STAYED = "stayed"
    """Recognized again while present."""
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Movement:
    """Somebody came, stayed or left. seen: when and where last. sighting: the full one, if there was one.

    taken_back: the recognition was wrong; it was somebody else.
    """

    move: Move
    person_id: str
    seen: Seen
    sighting: Sighting | None = None
    taken_back: bool = False


SIGHTED: SignalType[KithConfigEntry, Sighting] = SignalType("kith_sighted")
MOVED: SignalType[KithConfigEntry, Movement] = SignalType("kith_moved")
DOUBTED: SignalType[KithConfigEntry, str, Verdict] = SignalType("kith_doubted")
"""Somebody at this camera (the id of its subentry) could not be named; once per visit and reason."""
AGREED: SignalType[KithConfigEntry, Sighting, int] = SignalType("kith_agreed")
"""More frames than ever in this visit agree on somebody already announced: the sighting with them, and how many agreed
before. Each count is passed once in a visit, so it does not matter since when somebody listens.
"""
LEFT_VIEW: SignalType[KithConfigEntry, Sighting] = SignalType("kith_left_view")
"""Somebody already announced is out of view: the sighting with all frames that agreed; once per visit."""


@callback
def send_signals(hass: HomeAssistant, entry: KithConfigEntry) -> None:
    """Send signals until the entry is unloaded. People who are here already do not arrive."""
    home = entry.runtime_data
    movements = _Movements(home)

    @callback
    def sighted(sighting: Sighting) -> None:
        movements.sighted(sighting)
        async_dispatcher_send(hass, SIGHTED, entry, sighting)

    @callback
    def add_camera(subentry: ConfigSubentry) -> None:
        camera = _CameraSignals(home, home.coordinator(subentry))
        entry.async_on_unload(home.household.on_sighting.subscribe(camera.sighted))
        entry.async_on_unload(camera.coordinator.async_add_listener(camera.look))

    entry.async_on_unload(home.household.on_sighting.subscribe(sighted))
    entry.async_on_unload(home.household.on_presence.subscribe(movements.look_soon))
    entry.async_on_unload(home.engine.subscribe(movements.look_soon))
    for_each_subentry(hass, entry, SUBENTRY_CAMERA, add_camera)


class _Movements:
    """Compares who is present with who was; not while the engine is away, when nobody can tell who left."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._sightings: dict[str, Sighting] = {}
        self._waiting = False
        self._here = self._present()
        self._at_start = dict(home.household.presence.last)
        """People who were here before arrive only by another sighting, even if the clock was wrong at the start."""
        self._followed: set[str] = set()
        """People who are here by appearance only, since they were away: they have not arrived until a face says so."""
        self._unannounced: set[str] = set()
        """People who are here by an answer that came too late to be an arrival: they count as here already."""

    @callback
    def sighted(self, sighting: Sighting) -> None:
        if sighting.kind is SightingKind.RECOGNIZED and sighting.verdict.person_id is not None:
            self._sightings[sighting.verdict.person_id] = sighting
            self.look_soon()

    @callback
    def look_soon(self) -> None:
        """Presence changes before its sighting is announced: look after both."""
        if not self._waiting:
            self._waiting = True
            self._home.hass.loop.call_soon(self._look)

    @callback
    def _look(self) -> None:
        self._waiting = False
        if not self._home.engine.available:
            return
        sightings, self._sightings = self._sightings, {}
        before, self._here = self._here, self._present()
        for person_id, seen in before.items():
            if person_id not in self._here and person_id not in self._followed:
                self._left(person_id, seen)
        self._followed &= self._here.keys()
        self._unannounced &= self._here.keys()
        for person_id, seen in self._here.items():
            sighting = sightings.get(person_id)
            arrived = person_id not in before or person_id in self._followed
            if arrived and seen.root is not None:
                self._followed.add(person_id)
            elif arrived:
                self._followed.discard(person_id)
                if seen != self._at_start.get(person_id) and _is_news(seen, sighting):
                    self._send(Movement(Move.CAME, person_id, seen, sighting))
                else:
                    self._unannounced.add(person_id)
            elif sighting is not None:
                self._send(Movement(Move.STAYED, person_id, seen, sighting))

    def _left(self, person_id: str, before: Seen) -> None:
        if Agreement.RECOGNIZE not in self._home.agreements.agreed(person_id):  # not gone, but not to be recognized
            return
        last = self._home.household.presence.last.get(person_id)
        taken_back = last is None or last.captured < before.captured
        if taken_back and person_id in self._unannounced:
            return
        self._send(Movement(Move.LEFT, person_id, before if last is None or taken_back else last, None, taken_back))

    def _send(self, movement: Movement) -> None:
        async_dispatcher_send(self._home.hass, MOVED, self._home.entry, movement)

    def _present(self) -> dict[str, Seen]:
        presence, now = self._home.household.presence, dt_util.utcnow()
        return {person_id: seen for person_id, seen in presence.last.items() if presence.here(person_id, now)}


def _is_news(seen: Seen, sighting: Sighting | None) -> bool:
    """Did this arrival just happen? The owner's answer may come hours later; a clip comes within minutes."""
    return dt_util.utcnow() - seen.captured <= (VISIT_GAP if sighting is None else RESTART_GAP)


@dataclass(slots=True)
class _CameraSignals:
    """One camera between two sightings. A doubt is sent if it lasts, or when the person leaves.

    _recognized: the people already announced in this visit, each with the most frames that agreed. _gone: those of them
    who have left the view since.
    """

    home: Home
    coordinator: CameraCoordinator
    _occupied: bool = False
    _verdict: Verdict | None = None
    _since: datetime | None = None
    _visit: Visit | None = None
    _reported: set[tuple[object, ...]] = field(default_factory=set)
    _recognized: dict[str | None, Sighting] = field(default_factory=dict)
    _gone: set[str | None] = field(default_factory=set)

    @callback
    def sighted(self, sighting: Sighting) -> None:
        if sighting.camera != self.coordinator.camera_id:
            return
        if sighting.kind is SightingKind.PERSON:  # a visit begins
            self._recognized.clear()
        elif sighting.kind is SightingKind.RECOGNIZED:
            self._recognized[sighting.verdict.person_id] = sighting
            self._gone.discard(sighting.verdict.person_id)

    @callback
    def look(self) -> None:
        view = self.coordinator.data
        if view is None or not view.detected:
            self._empty()
            return
        self._occupied = True
        for verdict in view.verdicts:
            self._count(verdict)
        self._verdict = next((verdict for verdict in view.verdicts if verdict.outcome in UNDECIDED), None)
        now = dt_util.utcnow()
        if self._verdict is None:
            self._since = None
        elif self._since is None:
            self._since = now
        elif now - self._since >= DOUBT_AFTER:
            self._report_doubt()

    def _count(self, verdict: Verdict) -> None:
        sighting = self._recognized.get(verdict.person_id)
        if sighting is None or verdict.frames <= sighting.verdict.frames:
            return
        more = replace(sighting, verdict=verdict, captured=verdict.captured or sighting.captured)
        self._recognized[verdict.person_id] = more
        self._send(AGREED, more, sighting.verdict.frames)

    def _empty(self) -> None:
        if self._occupied:
            self._report_doubt()
            for person_id in self._recognized.keys() - self._gone:
                self._gone.add(person_id)
                self._send(LEFT_VIEW, self._recognized[person_id])
        self._verdict, self._since, self._occupied = None, None, False

    def _send(self, signal: SignalType[*tuple[Any, ...]], *data: object) -> None:
        async_dispatcher_send(self.home.hass, signal, self.home.entry, *data)

    def _report_doubt(self) -> None:
        visit = self.home.household.presence.visits.get(self.coordinator.camera_id)
        if self._verdict is None or visit is None or visit.named or visit.stranger:
            return
        if self._verdict.outcome is Outcome.LIKELY:  # a sighting says so
            return
        if visit is not self._visit:
            self._visit, self._reported = visit, set()
        reason = (self._verdict.outcome, self._verdict.doubt, self._verdict.flaw)
        if reason not in self._reported:
            self._reported.add(reason)
            self._send(DOUBTED, self.coordinator.camera_id, self._verdict)
