"""Fetches a recording: a file in an allowed folder, an upload, or media of any media source."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
import tempfile
from typing import IO

import aiohttp
from homeassistant.components.file_upload import process_uploaded_file
from homeassistant.components.media_player import BrowseError
from homeassistant.components.media_source import (
    DOMAIN as MEDIA_SOURCE,
    PlayMedia,
    async_resolve_media,
    is_media_source_id,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ..errors import RecordingMissingError, RecordingNotAllowedError
from ..kith_engine.errors import ClipTooLargeError
from ..kith_engine.streams.clip_protocol import LARGEST_CLIP
from ..media import requested

_CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class RecordingSource:
    """Where a recording comes from: exactly one of the first three. media: a media source's id.

    written: when an upload's last picture was, if its sender knows that.
    """

    file: str | None = None
    media: str | None = None
    upload: str | None = None
    written: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """file: open for reading. written: when its last picture was; None for a copy, which does not say."""

    file: IO[bytes]
    written: datetime | None = None


@asynccontextmanager
async def fetched(hass: HomeAssistant, source: RecordingSource) -> AsyncIterator[Recording]:
    """The recording, as long as the context lasts. Raises RecordingError, and ClipTooLargeError."""
    stack = ExitStack()
    try:
        if source.media is not None:
            found = await _media(hass, source.media, stack)
        else:
            found = await hass.async_add_executor_job(_opened, hass, source, stack)
        yield found
    finally:
        await hass.async_add_executor_job(stack.close)


def _opened(hass: HomeAssistant, source: RecordingSource, stack: ExitStack) -> Recording:
    if source.upload is not None:
        try:
            path = stack.enter_context(process_uploaded_file(hass, source.upload))
        except ValueError as error:  # core raises this if it has no such upload
            raise RecordingMissingError("there is no such upload.") from error
        return replace(_open(path, stack), written=source.written)
    if not hass.config.is_allowed_path(source.file or ""):
        raise RecordingNotAllowedError(f"{source.file} is in no folder that Home Assistant is allowed to read.")
    return _open(Path(source.file or ""), stack)


def _open(path: Path, stack: ExitStack) -> Recording:
    try:
        about = path.stat()
        file = stack.enter_context(path.open("rb"))
    except OSError as error:
        raise RecordingMissingError(f"{path} cannot be read ({error.strerror}).") from error
    _check(about.st_size)
    return Recording(file, dt_util.utc_from_timestamp(about.st_mtime))


def _check(size: int) -> None:
    if size > LARGEST_CLIP:
        raise ClipTooLargeError(f"it has more than {LARGEST_CLIP // 1024**2} MiB.")


async def _media(hass: HomeAssistant, media: str, stack: ExitStack) -> Recording:
    if MEDIA_SOURCE not in hass.config.components or not is_media_source_id(media):
        raise RecordingMissingError(f"{media} is not the ID of a media source.")
    try:
        found = await async_resolve_media(hass, media, None)
    except (BrowseError, HomeAssistantError) as error:
        raise RecordingMissingError(f"{media} cannot be found ({error}).") from error
    if found.path is not None:
        return await hass.async_add_executor_job(_open, found.path, stack)
    copy = await hass.async_add_executor_job(tempfile.TemporaryFile)
    stack.callback(copy.close)
    await _download(hass, media, found, copy)
    await hass.async_add_executor_job(copy.seek, 0)
    return Recording(copy)


async def _download(hass: HomeAssistant, media: str, found: PlayMedia, copy: IO[bytes]) -> None:
    try:
        async with requested(hass, found.url) as response:
            response.raise_for_status()
            size = 0
            async for chunk in response.content.iter_chunked(_CHUNK):
                size += len(chunk)
                _check(size)
                await hass.async_add_executor_job(copy.write, chunk)
    except (aiohttp.ClientError, TimeoutError, HomeAssistantError) as error:
        status = (
            f"HTTP status {error.status}" if isinstance(error, aiohttp.ClientResponseError) else type(error).__name__
        )
        raise RecordingMissingError(f"{media} cannot be downloaded ({status}).") from error
