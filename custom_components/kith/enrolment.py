"""From a picture to a template, or to the reason why not."""

from pathlib import Path

from homeassistant.components.file_upload import process_uploaded_file
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from homeassistant.util.ulid import ulid_now

from .engines import Engine
from .identity.enrolment import Refusal, choose_face
from .identity.gallery import Source, Template
from .kith_engine.analysis import Look
from .kith_engine.errors import PictureError
from .kith_engine.wire import LARGEST_PICTURE

ENROLMENT = "enrolment"
"""Stands in the place of a camera's id when the engine is asked."""


async def examine(engine: Engine, picture: bytes, source: Source) -> Template | Refusal:
    """One photo's template. Raises EngineError where nobody could look at it."""
    facts = engine.facts
    try:
        analysis = await engine.analyze(picture, camera=ENROLMENT, look=Look.PORTRAIT)
    except PictureError as error:
        return Refusal(error.code)
    face = choose_face(analysis)
    if isinstance(face, Refusal):
        return face
    if facts is None or face.embedding is None:
        return Refusal("no_face")
    return Template(ulid_now(), face.embedding, facts.embedding, dt_util.utcnow(), source, face.quality.width)


async def read_upload(hass: HomeAssistant, file_id: str) -> bytes | Refusal:
    """What was uploaded under this id; it is gone afterwards."""

    def read() -> bytes | Refusal:
        try:
            with process_uploaded_file(hass, file_id) as path:
                return _read(path)
        except ValueError:  # core's way to say that it has no such upload
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
