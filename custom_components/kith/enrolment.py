"""From a picture to a template, or to the reason why not."""

from collections.abc import Sequence
from pathlib import Path

from homeassistant.components.file_upload import process_uploaded_file
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from homeassistant.util.ulid import ulid_now

from .engines import Engine
from .identity.enrolment import Refusal, choose_face, is_double, second_of
from .identity.gallery import Source, Template
from .identity.scores import quality_of
from .kith_engine.analysis import Look
from .kith_engine.errors import EngineUnavailable, PictureError
from .kith_engine.wire import LARGEST_PICTURE

ENROLMENT = "enrolment"
"""Stands in the place of a camera's id when the engine is asked."""


async def examine(engine: Engine, picture: bytes, source: Source, taken: Sequence[Template] = ()) -> Template | Refusal:
    """One photo's template, if it adds something to those taken. Raises EngineError where nobody could look at it."""
    try:
        analysis = await engine.analyze(picture, camera=ENROLMENT, look=Look.PORTRAIT)
    except PictureError as error:
        return Refusal(error.code)
    facts = engine.facts
    if facts is None:
        raise EngineUnavailable("it went away while it looked at the photo.")
    face = choose_face(analysis, facts.calibration)
    if isinstance(face, Refusal):
        return face
    assert face.embedding is not None  # choose_face has seen to it
    quality = quality_of(face, facts.calibration)
    width = face.quality.width
    second = second_of(face, facts.calibration)
    photo = Template(ulid_now(), face.embedding, facts.embedding, dt_util.utcnow(), source, width, quality, second)
    return Refusal("photo_double", round(width)) if is_double(photo, taken) else photo


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
