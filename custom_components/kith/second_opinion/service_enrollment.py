"""Keeps the people enrolled at a service in step with their consent: each step is proven or repeated."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from ..errors import (
    OpinionDriftedError,
    OpinionError,
    OpinionNotApprovedError,
    OpinionOutdatedError,
    OpinionPhotoRefusedError,
    OpinionQuotaSpentError,
    OpinionRefusedError,
    OpinionReplacedError,
    OpinionThrottledError,
)
from .ledger import Purpose
from .protocol import Enrolled, Meter, Service
from .service_caller import LeftAloneError, ServiceCaller
from .sync_steps import SyncStep, SyncStepKind, Wanted, last_step, next_erasing, next_step

DONE_NOTHING = (
    LeftAloneError,
    OpinionNotApprovedError,
    OpinionOutdatedError,
    OpinionPhotoRefusedError,
    OpinionQuotaSpentError,
    OpinionRefusedError,
    OpinionReplacedError,
    OpinionThrottledError,
)
"""Errors that leave what a service has unchanged; after any other error, it is uncertain."""


class Roster(Protocol):
    """The people whom one service should know."""

    @property
    def service(self) -> Service:
        """The client, with the current key."""

    @property
    def gone(self) -> bool:
        """Whether the service must have nothing of anybody."""

    def agrees(self, person_id: str) -> bool:
        """Asked right before each step."""

    async def wanted(self) -> Wanted: ...

    async def photo(self, person_id: str, template_id: str) -> bytes | None:
        """A JPEG."""

    async def save(self) -> None:
        """Store what the service is now known to have."""


class Enrolling:
    """Takes one step at a time; between two steps, others may ask the service."""

    def __init__(self, home: Roster, caller: ServiceCaller) -> None:
        self._home = home
        self._caller = caller
        self._contents = caller.there

    @property
    def _service(self) -> Service:
        return self._home.service

    async def run(self, *, erase_only: bool = False) -> None:
        """Run until the service has what it should. Raises OpinionError if the rest must be tried again.

        erase_only: only erase, even while the service is left alone.
        """
        drifted = False
        while True:
            try:
                async with self._caller.turn:
                    if (step := await self._next(erase_only=erase_only)) is None:
                        return
                    await self._do(step, force=erase_only)
            except OpinionDriftedError:
                if drifted:
                    raise
                drifted = True
                await self.drift()

    async def drift(self) -> None:
        """Enroll everybody again, because the service does not have what it should."""
        self._contents.drift()
        await self._home.save()

    async def _next(self, *, erase_only: bool) -> SyncStep | None:
        if self._home.gone:
            return last_step(self._contents)
        wanted = await self._home.wanted()
        self._contents.keep_refused(wanted)
        if erase_only or self._contents.halted is not None:
            return next_erasing(self._contents, wanted)
        return next_step(self._contents, wanted)

    async def _do(self, step: SyncStep, *, force: bool) -> None:
        match step.kind:
            case SyncStepKind.LEAVE:
                await self._leave(force=force)
            case SyncStepKind.REMOVE_PERSON:
                await self._remove_person(step.person_id, force=force)
            case SyncStepKind.REMOVE_FACE:
                await self._remove_face(step.person_id, step.template_id, force=force)
            case SyncStepKind.ADD_PERSON:
                await self._add(step.person_id, lambda: self._add_person(step.person_id))
            case SyncStepKind.ADD_FACE:
                await self._enroll(step.person_id, step.template_id)
            case SyncStepKind.LEARN:
                await self._caller.call(Purpose.ENROLL, self._service.learn)
                self._contents.untaught = False
        await self._home.save()

    async def _leave(self, *, force: bool) -> None:
        contents = self._contents

        async def work(meter: Meter) -> None:
            keys = [await self._key(person_id, meter) for person_id in sorted(contents.known)]
            await self._service.leave(keys, meter)
            await self._prove(keys, meter)

        await self._erase(work, *sorted(contents.known), force=force)
        contents.people, contents.unfinished, contents.refused = {}, set(), {}
        contents.used = contents.untaught = False

    async def _remove_person(self, person_id: str, *, force: bool) -> None:
        async def work(meter: Meter) -> None:
            key = await self._key(person_id, meter)
            await self._service.remove_person(key, meter)
            await self._prove([key], meter)

        await self._erase(work, person_id, force=force)
        self._contents.drop(person_id)
        self._contents.untaught = True

    async def _remove_face(self, person_id: str, template_id: str, *, force: bool) -> None:
        person = self._contents.people[person_id]
        face_id = person.faces[template_id]
        await self._erase(lambda meter: self._service.remove_face(person.key, face_id, meter), person_id, force=force)
        self._contents.drop_face(person_id, template_id)
        self._contents.untaught = True

    async def _erase(self, work: Callable[[Meter], Awaitable[None]], *about: str, force: bool) -> None:
        await self._caller.call(Purpose.ERASE, work, about=about, force=force)

    async def _prove(self, keys: list[str], meter: Meter) -> None:
        for key in keys:
            if await self._service.knows(key, meter):
                raise OpinionError("it still has what should have been erased.")

    async def _key(self, person_id: str, meter: Meter) -> str:
        """If the key is unknown because a call was cut off, adding the person again finds it."""
        person = self._contents.people.get(person_id)
        return person.key if person else await self._service.add_person(person_id, meter)

    async def _add(self, person_id: str, add: Callable[[], Awaitable[None]]) -> None:
        """Mark the person as unfinished first, so that a step that is cut off is known even after a crash."""
        contents = self._contents
        contents.used = True
        contents.unfinished.add(person_id)
        await self._home.save()
        if not self._home.agrees(person_id):  # consent may have been withdrawn
            contents.unfinished.discard(person_id)
            return
        try:
            await add()
        except DONE_NOTHING:
            contents.unfinished.discard(person_id)
            await self._home.save()
            raise
        contents.unfinished.discard(person_id)

    async def _add_person(self, person_id: str) -> None:
        key = await self._caller.call(
            Purpose.ENROLL, lambda meter: self._service.add_person(person_id, meter), about=(person_id,)
        )
        self._contents.people[person_id] = Enrolled(person_id, key)

    async def _enroll(self, person_id: str, template_id: str) -> None:
        """Does not resend a photo that the service refused."""
        refused = self._contents.refused.setdefault(person_id, set())
        photo = await self._home.photo(person_id, template_id)
        if photo is None:  # unreadable
            refused.add(template_id)
            return
        try:
            await self._add(person_id, lambda: self._add_face(person_id, template_id, photo))
        except OpinionPhotoRefusedError:
            refused.add(template_id)

    async def _add_face(self, person_id: str, template_id: str, photo: bytes) -> None:
        key = self._contents.people[person_id].key
        face_id = await self._caller.call(
            Purpose.ENROLL,
            lambda meter: self._service.add_face(key, photo, meter),
            about=(person_id,),
            photo=template_id,
        )
        self._contents.add_face(person_id, template_id, face_id)
        self._contents.untaught = True
