"""Tries another pack on what this home has kept, before the owner decides. Nothing about anybody is stored."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from homeassistant.util import dt as dt_util

from ..engines import Engine
from ..engines.update import PackUpdate
from ..errors import ReplayOutdatedError
from ..identity.comparison import Comparison
from ..identity.evidence import Conclusion, Outcome
from ..identity.gallery import Template
from ..identity.pack_replay import PackReplay, ReplayedVisit, judge_alone, lost, tried_photos
from ..identity.photo_policy import Refusal
from ..kith_engine.errors import EngineUnavailableError
from ..kith_engine.manifest import Manifest
from ..runtime import Home
from .portrait import look_at, when_free
from .renewal import renewed_photos

LAST_VISITS = 100
"""Visits with a kept face that are replayed: each costs both engines one look, about a second on a small board."""
LAST_NAMED = 50
"""Of these, at most this many with a name: residents come and go more often than anybody else."""
STARTED = 0.4
"""Share of the progress bar: after bringing, testing, and starting the pack."""


async def try_pack(home: Home, update: PackUpdate, pack: Manifest, progress: Callable[[float], None]) -> PackReplay:
    """What this pack would change, which is also `home.replay` until something that it rests on changes.

    progress: called with a share from 0 to 1. Canceling ends the second engine.

    Raises what `PackUpdate.beside` raises, EngineError, and ReplayOutdatedError.
    """
    async with update.beside(pack, lambda share: progress(STARTED * share)) as engine:
        return await _Trial(home, engine, progress).run(pack.folder)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A visit whose face is kept. read: its picture, as long as it may be kept; a JPEG."""

    visit_id: str
    named: bool
    read: Callable[[], Awaitable[bytes | None]]


class _Trial:
    """Looks with both engines; every look is lost if meanwhile anybody's photos or consent change."""

    def __init__(self, home: Home, engine: Engine, progress: Callable[[float], None]) -> None:
        if home.household.comparison is None or engine.facts is None:
            raise EngineUnavailableError("it has not been met yet.")
        self._home = home
        self._engine = engine
        self._facts = engine.facts
        self._progress = progress
        self._now = home.household.comparison
        self._done = 0
        self._all = 1

    async def run(self, pack: str) -> PackReplay:
        home, now = self._home, self._now
        kept = await home.stores.photos.people()
        visits = await self._visits()
        self._all = len(visits) + sum(map(len, kept.values())) or 1
        then = Comparison.of(now.gallery.renewed(await self._renewed()), self._facts, now.sureness, now.avoided)
        replayed = [(kept_face, await self._replayed(kept_face, then)) for kept_face in visits]
        photos = await home.hass.async_add_executor_job(tried_photos, now, then, kept)
        self._demand_unchanged()
        visible = tuple(visit for _, visit in replayed if visit is not None)
        named = sum(kept_face.named for kept_face, visit in replayed if visit is not None)
        home.replay = PackReplay(pack, visible, lost(now, then), photos, named)
        return home.replay

    async def _visits(self) -> list[_Kept]:
        """The newest visits whose face still has a picture: those without a name, and those with one that Kith gave."""
        stores = self._home.stores
        with_picture = {stranger.stranger_id for stranger in await stores.photos.strangers()}
        waiting = {face.face_id for face in stores.faces.unanswered} & with_picture
        pictures = await stores.visit_pictures.people()
        found: list[_Kept] = []
        for entry in stores.visits.newest_first:
            who = entry.verdict.person_id
            if entry.face_id in waiting and entry.face_id is not None:
                found.append(_Kept(entry.visit_id, False, partial(stores.photos.stranger, entry.face_id)))
            # from a visit that the owner named, Kith may have learned this very face
            elif who is not None and entry.correction is None and entry.visit_id in pictures.get(who, ()):
                found.append(_Kept(entry.visit_id, True, partial(self._picture_of, who, entry.visit_id)))
        left_out = [one for one in found if one.named][LAST_NAMED:]
        return [one for one in found if one not in left_out][:LAST_VISITS]

    async def _picture_of(self, person_id: str, visit_id: str) -> bytes | None:
        """None if the person no longer agrees, or the owner no longer keeps faces."""
        if not self._home.keeps_pictures(person_id):
            return None
        return await self._home.stores.visit_pictures.find(person_id, visit_id)

    async def _renewed(self) -> dict[str, Template]:
        made = {}
        async for template in renewed_photos(self._home, self._engine):
            self._step()
            if template is not None:
                made[template.template_id] = template
        return made

    async def _replayed(self, kept_face: _Kept, then: Comparison) -> ReplayedVisit | None:
        """None if the pack in use cannot compare the face in its picture, or if one finds somebody to be avoided."""
        picture = await kept_face.read()
        before = picture and await self._judged(self._home.engine, picture, self._now)
        after = picture and before and await self._judged(self._engine, picture, then)
        self._step()
        if not before or not after or before.outcome is Outcome.UNUSABLE:
            return None
        return ReplayedVisit(kept_face.visit_id, before, after)

    async def _judged(self, engine: Engine, picture: bytes, comparison: Comparison) -> Conclusion | None:
        seen = await when_free(lambda: look_at(engine, picture))
        if isinstance(seen, Refusal):
            return None
        return await self._home.hass.async_add_executor_job(judge_alone, comparison, seen[0].faces, dt_util.utcnow())

    def _step(self) -> None:
        self._demand_unchanged()
        self._done += 1
        self._progress(min(1.0, STARTED + (1 - STARTED) * self._done / self._all))

    def _demand_unchanged(self) -> None:
        if self._home.household.comparison is not self._now:
            raise ReplayOutdatedError("somebody's photos or consent changed meanwhile")
