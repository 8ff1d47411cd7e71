"""Makes a template from a picture, or says why not."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from homeassistant.components.file_upload import process_uploaded_file
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from homeassistant.util.ulid import ulid_now

from ..engines import Engine
from ..identity.gallery import Source, Template
from ..identity.photo_policy import Refusal, choose_face, enrolled_embeddings
from ..kith_engine.analysis import Analysis, EngineFacts, Face, Look
from ..kith_engine.errors import EngineBusyError, EngineUnavailableError, PictureError
from ..kith_engine.wire import LARGEST_PICTURE

ENROLLMENT = "enrollment"
"""Replaces a camera's id in requests to the engine."""
BUSY_PAUSE = 0.5
"""Seconds until a picture is offered to the engine again: cameras go first."""


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """A face that may be enrolled. face: as found in the picture. photo: a JPEG of it, if it is to be kept.

    like: another person of the household whose face it resembles more.
    """

    template: Template
    face: Face
    photo: bytes | None = None
    like: str | None = None


async def portray(engine: Engine, picture: bytes, source: Source, *, keep_photo: bool = False) -> Portrait | Refusal:
    """The picture's face as a template. Raises EngineError.

    keep_photo: also crop the face, for somebody who agreed to that.
    """
    seen = await look_at(engine, picture)
    portrait = seen if isinstance(seen, Refusal) else portrait_in(*seen, source)
    return await with_photo(engine, portrait, picture) if keep_photo and isinstance(portrait, Portrait) else portrait


async def with_photo(engine: Engine, portrait: Portrait, picture: bytes) -> Portrait:
    return replace(portrait, photo=await engine.crop(picture, portrait.face.box))


async def look_at(engine: Engine, picture: bytes) -> tuple[Analysis, EngineFacts] | Refusal:
    """Raises EngineError if the engine cannot look at the picture."""
    try:
        analysis = await engine.analyze(picture, camera=ENROLLMENT, look=Look.PORTRAIT)
    except PictureError as error:
        return Refusal(error.code)
    if (facts := engine.facts) is None:
        raise EngineUnavailableError("it disconnected while it analyzed the photo.")
    return analysis, facts


def portrait_in(analysis: Analysis, facts: EngineFacts, source: Source) -> Portrait | Refusal:
    face = choose_face(analysis, facts.calibration)
    if isinstance(face, Refusal):
        return face
    embeddings = enrolled_embeddings(face, facts.embedding, facts.calibration)
    quality = face.quality
    template = Template(ulid_now(), embeddings, dt_util.utcnow(), source, quality.width, quality.covered)
    return Portrait(template, face)


async def when_free[T](look: Callable[[], Awaitable[T]]) -> T:
    """Let the engine look as soon as cameras leave it time. Raises what `look` raises, except EngineBusyError."""
    while True:
        try:
            return await look()
        except EngineBusyError:
            await asyncio.sleep(BUSY_PAUSE)


async def read_upload(hass: HomeAssistant, file_id: str) -> bytes | Refusal:
    """The upload with this id, which is deleted afterwards."""

    def read() -> bytes | Refusal:
        try:
            with process_uploaded_file(hass, file_id) as path:
                return _read(path)
        except ValueError:  # core raises this if it has no such upload
            return Refusal("upload_missing")

    return await hass.async_add_executor_job(read)


async def read_file(hass: HomeAssistant, name: str) -> bytes | Refusal:
    """A file from a folder that the owner allowed."""
    if not await hass.async_add_executor_job(hass.config.is_allowed_path, name):
        return Refusal("file_not_allowed")
    try:
        return await hass.async_add_executor_job(_read, Path(name))
    except OSError:
        return Refusal("file_missing")


def _read(path: Path) -> bytes | Refusal:
    return path.read_bytes() if path.stat().st_size <= LARGEST_PICTURE else Refusal("picture_too_large")
