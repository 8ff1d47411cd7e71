"""A service that the owner added: what it may be asked, which people it knows, and its state."""

from collections.abc import Sequence

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..errors import OpinionDriftedError
from ..listeners import Listeners
from ..settings import ServiceSettings
from .budget import Budget, asked_today, questions
from .ledger import LedgerEntry, Purpose
from .ledger_store import LedgerStore
from .protocol import Answer, Enrolled
from .service_state import ServiceState
from .service_sync import ServiceSync

ANSWERS_WITHIN = 15.0
"""Seconds: by then, the person at the door is in or gone. Azure needs two calls per opinion."""


class ActiveService:
    """One service. busy: a question is in progress."""

    def __init__(self, place: ServiceSync, ledger: LedgerStore) -> None:
        self.busy = False
        self._ledger = ledger
        self.on_change: Listeners[[]] = Listeners()
        self.move(place)

    @callback
    def move(self, place: ServiceSync) -> None:
        """Send all further questions to this place."""
        self._place = place
        place.caller.on_change.subscribe(self.tell)

    @property
    def place(self) -> ServiceSync:
        return self._place

    @property
    def settings(self) -> ServiceSettings:
        return self._place.there.access

    @property
    def state(self) -> ServiceState:
        return self._place.caller.state if self.settings.enabled else ServiceState.OFF

    @property
    def asked_today(self) -> int:
        return asked_today(questions(self._ledger.entries, self.settings.service_id), dt_util.now())

    @property
    def left_today(self) -> int:
        return self._budget.left_today(questions(self._ledger.entries, self.settings.service_id), dt_util.now())

    @property
    def last(self) -> LedgerEntry | None:
        """The newest question."""
        own_entries = (one for one in self._ledger.entries if one.service_id == self.settings.service_id)
        return next((one for one in own_entries if one.purpose is Purpose.ASK), None)

    @callback
    def may_ask(self) -> bool:
        """Whether the service works and the budget allows a question now."""
        if not self.settings.enabled or not self._place.caller.may_ask():
            return False
        return self._budget.left(questions(self._ledger.entries, self.settings.service_id), dt_util.now()) > 0

    @callback
    def suspects(self, people: Sequence[str]) -> list[Enrolled]:
        """The people whom it knows and may be asked about, likeliest first; empty if the likeliest is not among
        them.
        """
        there, found = self._place.there, []
        for person_id in people:
            enrolled = there.enrolled(person_id) if self._place.agrees(person_id) else None
            if enrolled is not None:
                found.append(enrolled)
        return found if found and found[0].person_id == people[0] else []

    async def ask(self, face: bytes, people: Sequence[str], camera: str) -> Answer | None:
        """Returns None if it may no longer be asked. face: a JPEG. camera: its subentry's id. Raises OpinionError."""
        place = self._place
        try:
            async with place.caller.turn:  # conditions may have changed while waiting
                suspects = self.suspects(people)
                if not suspects or not self.may_ask() or camera in self.settings.not_at:
                    return None
                return await place.caller.call(
                    Purpose.ASK,
                    lambda meter: place.service.ask(face, suspects, meter),
                    about=tuple(suspect.person_id for suspect in suspects),
                    camera=camera,
                    within=ANSWERS_WITHIN,
                )
        except OpinionDriftedError:
            await place.drifted()
            raise

    @callback
    def tell(self) -> None:
        self.on_change.notify()

    @property
    def _budget(self) -> Budget:
        return Budget(self.settings.per_minute, self.settings.per_day)
