"""Keeps the best face of each visit for the days that the owner set, if any: of strangers and undecided people, and of
people who agreed to that.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from typing import Any

from homeassistant.core import callback
from homeassistant.helpers.event import async_track_time_interval

from ..const import DOMAIN
from ..identity.evidence import Outcome
from ..identity.visit_record import VisitRecord
from ..kith_engine.analysis import Box
from ..kith_engine.errors import KithError
from ..runtime import Home
from ..settings import retention_days
from ..sighting import Sighting, SightingKind
from ..storage.faces import Kept
from .inbox import erase_faces_like
from .visit_log import BETTER, VisitFace, VisitLog

_LOGGER = logging.getLogger(__name__)

PRUNE_EVERY = timedelta(hours=1)
"""Often enough that a day does not become two."""
WORTH_ASKING = 0.4
"""Quality (scores.py) of an undecided visit's best face: in a worse one, even the household would recognize nobody."""

MOST_CROPPING = 4
"""Pictures that wait for the engine to crop a face, each whole in memory; more faces come with later pictures."""


@callback
def keep_faces(home: Home, log: VisitLog) -> None:
    """Keep faces until the entry is unloaded."""
    keeper = _Keeper(home, log)
    home.entry.async_on_unload(home.household.on_sighting.subscribe(keeper.sighted))
    home.entry.async_on_unload(home.on_leaving.subscribe(keeper.leaving))
    log.on_better.subscribe(keeper.better)
    log.on_settled.subscribe(keeper.settled)
    home.entry.async_on_unload(async_track_time_interval(home.hass, keeper.prune, PRUNE_EVERY, cancel_on_shutdown=True))


class _Keeper:
    """Remembers the kept face of each stranger until the visit is settled, to erase it if the person turns out to be
    known.
    """

    def __init__(self, home: Home, log: VisitLog) -> None:
        self._home = home
        self._log = log
        self._last: dict[str, asyncio.Task[str | None]] = {}
        self._cropping: set[asyncio.Task[bytes | None]] = set()

    async def leaving(self, person_id: str) -> None:
        """Erase what may be theirs, also of visits that are not over."""
        if person_id in self._home.stores.gallery.gallery.templates:
            self._log.drop_unnamed_faces()
        await erase_faces_like(self._home, person_id)

    async def prune(self, _now: datetime) -> None:
        await self._home.prune()

    @callback
    def sighted(self, sighting: Sighting) -> None:
        if sighting.kind is SightingKind.STRANGER and retention_days(self._home.entry):
            self._keep_face(sighting)
        elif sighting.corrects is not None and sighting.corrects.outcome is Outcome.STRANGER:
            self._drop_face(sighting)

    @callback
    def better(self, face: VisitFace, person_id: str | None) -> None:
        """Crop a face that may be kept at once: then its picture need not wait for the end of the visit.

        person_id: whose it is, if that is known.
        """
        camera = self._home.cameras.get(face.camera)
        if not (retention_days(self._home.entry) if person_id is None else self._home.keeps_pictures(person_id)):
            return
        if camera and camera.last.picture and len(self._cropping) < MOST_CROPPING:
            face.crop = self._begin(self._crop(camera.last.picture, face.box), "crops a face")
            self._cropping.add(face.crop)
            face.crop.add_done_callback(self._cropping.discard)

    @callback
    def settled(self, entry: VisitRecord, face: VisitFace | None) -> None:
        """Keep the best face of the visit. One of a stranger's is kept already."""
        going_on = self._home.stores.visits.get  # some were joined with others, or erased
        self._last = {visit: kept for visit, kept in self._last.items() if visit != entry.visit_id and going_on(visit)}
        if face is None or face.crop is None or not retention_days(self._home.entry):
            return
        if entry.named is not None:
            self._begin(self._keep_known(entry.visit_id, entry.named, face.crop), "keeps the picture of a visit")
        elif entry.face_id is not None:
            self._begin(self._keep_better(entry.face_id, face, face.crop), "keeps a better picture of somebody")
        elif entry.verdict.outcome.inconclusive and face.template.quality >= WORTH_ASKING:
            self._begin(self._keep_undecided(entry, face, face.crop), "keeps the face of somebody undecided")

    @callback
    def _keep_face(self, sighting: Sighting) -> None:
        camera = self._home.cameras[sighting.camera]
        visit_id = self._log.visit_of(sighting.camera, sighting.track)
        if visit_id is None or visit_id in self._home.stores.visits.deleted:
            return
        if camera.last.picture and sighting.box is not None:
            # pass this picture: the camera goes on, and the box belongs to this one
            face = self._log.last_face(sighting.camera, sighting.box)
            work = self._keep_stranger(sighting, camera.last.picture, sighting.box, face)
            self._last[visit_id] = self._begin(work, "keeps a stranger's face")

    @callback
    def _drop_face(self, sighting: Sighting) -> None:
        visit_id = self._log.visit_of(sighting.camera, sighting.track)
        if visit_id is not None and (kept := self._last.pop(visit_id, None)):
            self._begin(self._erase(kept), "erases the face of somebody known")

    async def _keep_stranger(self, sighting: Sighting, picture: bytes, box: Box, face: VisitFace | None) -> str | None:
        face_id = await self._save(sighting.captured, sighting.camera, await self._crop(picture, box))
        if face_id is not None and face is not None:
            await self._remember(face_id, face, face.visit_id, stranger=True)
        return face_id

    async def _keep_undecided(self, entry: VisitRecord, face: VisitFace, crop: asyncio.Task[bytes | None]) -> None:
        face_id = await self._save(face.template.added, face.camera, await crop)
        if face_id is not None:
            await self._remember(face_id, face, entry.visit_id, stranger=False)

    async def _keep_known(self, visit_id: str, person_id: str, crop: asyncio.Task[bytes | None]) -> None:
        jpeg = await crop
        if jpeg is not None:
            await self._home.stores.visit_pictures.keep(person_id, visit_id, jpeg, self._home.keeps_pictures)

    async def _keep_better(self, face_id: str, face: VisitFace, crop: asyncio.Task[bytes | None]) -> None:
        """In place of the face that was kept when a stranger was told: under its id, a question may be open already."""
        jpeg, faces = await crop, self._home.stores.faces
        kept = faces.get(face_id)
        if jpeg is None or kept is None or face.template.quality < kept.template.quality + BETTER:
            return
        if await self._home.stores.photos.replace_stranger(face_id, jpeg):
            template = replace(face.template, template_id=face_id, added=kept.captured)
            await faces.add(replace(kept, template=template))

    async def _crop(self, picture: bytes, box: Box) -> bytes | None:
        try:
            return await self._home.engine.crop(picture, box)
        except KithError as error:
            _LOGGER.debug("A face could not be cropped: %s", error)
            return None

    async def _save(self, captured: datetime, camera: str, face: bytes | None) -> str | None:
        return await self._home.stores.photos.save_stranger(captured, camera, face) if face is not None else None

    async def _remember(self, face_id: str, face: VisitFace, visit_id: str, *, stranger: bool) -> None:
        template = replace(face.template, template_id=face_id)
        self._home.stores.visits.keep_face(visit_id, face_id)
        for gone in await self._home.stores.faces.add(Kept(template, face.camera, visit_id, stranger)):
            await self._home.stores.photos.forget_stranger(gone)

    async def _erase(self, kept: asyncio.Task[str | None]) -> None:
        if stranger_id := await kept:
            await self._home.stores.photos.forget_stranger(stranger_id)
            await self._home.stores.faces.drop([stranger_id])

    def _begin[T](self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        return self._home.entry.async_create_background_task(self._home.hass, work, f"{DOMAIN} {name}")
