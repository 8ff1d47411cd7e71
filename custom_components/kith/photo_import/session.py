"""One import: each photo is looked at in turn, and nothing is enrolled before the owner says for whom.

What the photos show is in memory until then, and is dropped when the import ends, whatever ends it.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_CONSENT, CONF_PERSON_ID, DOMAIN
from ..enrollment.portrait import Portrait, portray, when_free
from ..errors import AgreementGoneError
from ..identity.gallery import Gallery, Source, Template
from ..identity.photo_policy import Refusal, refuse
from ..kith_engine.errors import EngineUnavailableError
from ..runtime import SIGNAL_GALLERY, Home
from ..settings import Agreement, Consent
from ..subentries import person_called
from .found import Found, FoundPerson, Read

OPEN_FOR = timedelta(minutes=30)
"""Without a word from the page; then everything is dropped."""
MOST_ENROLLED = 20
"""Good photos of one person: beyond a dozen, more change nothing."""
IMPORT: HassKey[PhotoImport] = HassKey(f"{DOMAIN}_photo_import")
"""The open one, if any: a second one replaces it."""


@dataclass(slots=True, eq=False)
class Candidate:
    """A person found in the source. person_id: theirs if Kith knows the name, or else one until they are added.

    checked: how many photos were looked at. good: those that may be enrolled. refused: how many may not, by the code of
    the reason.
    """

    found: FoundPerson
    person_id: str
    known: bool
    checked: int = 0
    good: list[Portrait] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        return self.found.name

    @property
    def templates(self) -> list[Template]:
        return [portrait.template for portrait in self.good]


class PhotoImport:
    """The people who were found, and what their photos are worth."""

    def __init__(self, home: Home, found: Found) -> None:
        self.import_id = uuid4().hex
        self._home = home
        self._close = found.close
        self._timer: CALLBACK_TYPE | None = None
        self._ended = False
        self._looking = asyncio.Lock()
        self.candidates = {person.name: self._candidate(person) for person in found.people}
        self._stop_following = async_dispatcher_connect(home.hass, SIGNAL_GALLERY, self._drop_gone)
        home.entry.async_on_unload(self._end_soon)

    @callback
    def _candidate(self, person: FoundPerson) -> Candidate:
        known = person_called(self._home.entry, person.name)
        return Candidate(person, known.data[CONF_PERSON_ID] if known else uuid4().hex, known is not None)

    @callback
    def _drop_gone(self) -> None:
        """Somebody whom Kith knows may have withdrawn consent, or been forgotten."""
        for name, candidate in list(self.candidates.items()):
            if candidate.known and Agreement.RECOGNIZE not in self._home.agreements.agreed(candidate.person_id):
                candidate.good = []
                del self.candidates[name]

    @callback
    def _end_soon(self) -> None:
        self._home.hass.async_create_task(self.end(), f"{DOMAIN} ends an import")

    @callback
    def touch(self) -> None:
        """Somebody is still there."""
        self._stop_waiting()
        if not self._ended:
            self._timer = async_call_later(self._home.hass, OPEN_FOR, self._expired)

    async def _expired(self, _now: datetime) -> None:
        self._timer = None
        await self.end()

    async def end(self) -> None:
        """Drop everything. May be called twice."""
        if self._ended:
            return
        self._ended = True
        self._stop_waiting()
        self._stop_following()
        self.candidates = {}
        hass = self._home.hass
        if hass.data.get(IMPORT) is self:
            del hass.data[IMPORT]
        async with self._looking:  # a photo is being read
            await hass.async_add_executor_job(self._close)

    @callback
    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None

    async def check(self, names: Sequence[str]) -> AsyncIterator[Candidate]:
        """Look at these people's photos; gives the candidate after each. Ends early when the import does.

        Raises EngineError.
        """
        for candidate in [self.candidates[name] for name in names if name in self.candidates]:
            for read in candidate.found.photos[candidate.checked :]:
                async with self._looking:
                    if self._ended:
                        return
                    await self._look_at(candidate, read)
                self.touch()
                yield candidate

    async def _look_at(self, candidate: Candidate, read: Read) -> None:
        if len(candidate.good) >= MOST_ENROLLED:
            result: Portrait | Refusal = Refusal("photo_enough")
        else:
            picture = await read()
            result = picture if isinstance(picture, Refusal) else await self._portrait_in(picture)
            if isinstance(result, Portrait):
                result = await self._refusal_of(candidate, result.template) or result
        candidate.checked += 1
        if isinstance(result, Refusal):
            candidate.refused[result.code] += 1
        else:
            candidate.good.append(result)

    async def _portrait_in(self, picture: bytes) -> Portrait | Refusal:
        # with a photo, which is dropped unless the person agrees to keeping it
        return await when_free(lambda: portray(self._home.engine, picture, Source.PHOTO, keep_photo=True))

    async def _refusal_of(self, candidate: Candidate, photo: Template) -> Refusal | None:
        """By the policy of all ways to enroll, with everybody's accepted photos of this import."""
        if (facts := self._home.engine.facts) is None:
            raise EngineUnavailableError("it disconnected while it analyzed the photos.")
        gallery = self._home.stores.gallery.gallery
        for other in self.candidates.values():
            gallery = gallery.with_templates(other.person_id, other.templates)
        work = (photo, candidate.person_id, gallery, facts.calibration)
        return await self._home.hass.async_add_executor_job(refuse, *work)

    async def enroll(self, candidate: Candidate, newcomer: ConfigSubentry | None) -> int:
        """Enroll what is good of somebody who agreed. Returns how many photos.

        newcomer: the person to add, if Kith does not know them; for somebody whom it knows, what they agreed to counts.
        Raises AgreementGoneError, and what `Home.change` raises.
        """
        home = self._home
        if newcomer is not None:
            candidate.person_id = newcomer.data[CONF_PERSON_ID]
        person_id = candidate.person_id
        if newcomer is None and Agreement.RECOGNIZE not in home.agreements.agreed(person_id):
            raise AgreementGoneError(f"{candidate.name} does not agree to be recognized.")
        good = await self._still_good(candidate)
        templates = [portrait.template for portrait in good]
        kept = {one.template.template_id: one.photo for one in good if one.photo is not None}

        def add() -> None:
            if newcomer is not None:
                home.hass.config_entries.async_add_subentry(home.entry, newcomer)

        if templates:
            consent = Consent.of(newcomer.data[CONF_CONSENT]) if newcomer is not None else None
            with home.agreements.joining(person_id, consent) if consent is not None else nullcontext():
                await home.change(
                    lambda gallery: gallery.with_templates(person_id, templates), person_id, photos=kept, then=add
                )
        candidate.good, candidate.known = [], candidate.known or bool(templates)
        return len(templates)

    async def _still_good(self, candidate: Candidate) -> list[Portrait]:
        """The gallery may have changed since the photos were looked at."""
        if (facts := self._home.engine.facts) is None:
            raise EngineUnavailableError("it disconnected before the photos were stored.")

        def chosen(gallery: Gallery) -> list[Portrait]:
            taken: list[Portrait] = []
            for portrait in candidate.good:
                template = portrait.template
                same = template.embedding == facts.embedding
                if same and refuse(template, candidate.person_id, gallery, facts.calibration) is None:
                    gallery = gallery.with_templates(candidate.person_id, [template])
                    taken.append(portrait)
            return taken

        return await self._home.hass.async_add_executor_job(chosen, self._home.stores.gallery.gallery)


async def begin(home: Home, found: Found) -> PhotoImport:
    """Open an import, in place of another one."""
    await end_open(home.hass)
    opened = home.hass.data[IMPORT] = PhotoImport(home, found)
    opened.touch()
    return opened


async def end_open(hass: HomeAssistant) -> None:
    if (other := hass.data.get(IMPORT)) is not None:
        await other.end()
