"""A folder that the owner allowed, or an uploaded ZIP file, with a folder for each person.

Frigate, Double Take, CompreFace, and faceid keep faces like that. Nothing is unpacked onto the disk, so no name in an
archive leads anywhere, and no more is unpacked than one photo may have.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
import os
from pathlib import Path, PurePosixPath
import struct
import zipfile
import zlib

from homeassistant.components.file_upload import process_uploaded_file
from homeassistant.core import HomeAssistant

from ..errors import ImportUnreadableError
from ..identity.photo_policy import Refusal
from ..kith_engine.wire import LARGEST_PICTURE
from .found import MOST_FILES, Found, Read, by_person, found, is_photo

DEEPEST = 5
"""Folders below the one that was chosen."""
LARGEST_DIRECTORY = 8 * 1024 * 1024
"""Bytes of a ZIP file's list of entries: that of MOST_FILES photos has about 3 MB, and it is read at once."""
_END = struct.Struct("<4s4H2LH")
"""End of central directory record (APPNOTE.TXT, 4.3.16)."""
_END_SIGNATURE = b"PK\x05\x06"
_DAMAGED = (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error)
"""What zipfile raises on damaged, encrypted, and unsupported entries."""


async def open_folder(hass: HomeAssistant, folder: str) -> Found:
    """Raises ImportUnreadableError if there is no such folder, or Home Assistant may not read it."""

    def look() -> Found:
        root = Path(folder)
        if not hass.config.is_allowed_path(folder) or not root.is_dir():
            raise ImportUnreadableError(f"{folder} is no folder that Home Assistant may read.")
        photos = ((_folder_of(path.relative_to(root)), path) for path in _photos_below(root))
        return found(by_person(photos, root.name), lambda path: partial(_read_file, hass, path), _nothing)

    return await hass.async_add_executor_job(look)


def _photos_below(root: Path) -> Iterator[Path]:
    """Links are not followed: they could lead out of the folder."""
    seen = 0
    for place, folders, files in os.walk(root):
        depth = len(Path(place).relative_to(root).parts)
        folders[:] = sorted(name for name in folders if not name.startswith(".")) if depth < DEEPEST else []
        for name in sorted(files):
            seen += 1
            if seen > MOST_FILES:
                return
            if is_photo(name) and not (path := Path(place, name)).is_symlink():
                yield path


def _folder_of(path: Path | PurePosixPath) -> str:
    return path.parent.name


async def _read_file(hass: HomeAssistant, path: Path) -> bytes | Refusal:
    def read() -> bytes | Refusal:
        try:
            with path.open("rb") as file:
                return _checked(file.read(LARGEST_PICTURE + 1))
        except OSError:
            return Refusal("file_missing")

    return await hass.async_add_executor_job(read)


async def open_upload(hass: HomeAssistant, file_id: str) -> Found:
    """Raises ImportUnreadableError if it is no ZIP file; the upload is deleted when what was found is closed."""

    def look() -> Found:
        with ExitStack() as stack:
            try:
                path = stack.enter_context(process_uploaded_file(hass, file_id))
                _demand_small(path)
                archive = stack.enter_context(zipfile.ZipFile(path))
            except _DAMAGED as error:
                raise ImportUnreadableError(f"This is no ZIP file that Kith can read ({error}).") from error
            entries = [entry for entry in archive.infolist()[:MOST_FILES] if _is_photo_inside(entry)]
            photos = ((_folder_of(PurePosixPath(entry.filename)), entry) for entry in entries)
            people = by_person(photos, PurePosixPath(path.name).stem)

            def reader(entry: zipfile.ZipInfo) -> Read:
                return partial(_read_entry, hass, archive, entry)

            return found(people, reader, stack.pop_all().close)

    return await hass.async_add_executor_job(look)


def _demand_small(path: Path) -> None:
    """Raises ValueError for a list of entries that would fill the memory: zipfile reads it whole."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _END.size - 0xFFFF))
        tail = file.read()
    at = tail.rfind(_END_SIGNATURE)
    if at < 0 or len(tail) < at + _END.size:
        raise ValueError("it has no end")
    size = _END.unpack_from(tail, at)[5]
    if size > LARGEST_DIRECTORY:
        raise ValueError("it has too many entries")


def _is_photo_inside(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    return is_photo(path.name) and not path.is_absolute() and ".." not in path.parts


async def _read_entry(hass: HomeAssistant, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes | Refusal:
    def read() -> bytes | Refusal:
        try:
            with archive.open(entry) as member:
                return _checked(member.read(LARGEST_PICTURE + 1))
        except _DAMAGED:
            return Refusal("picture_unreadable")

    return await hass.async_add_executor_job(read)


def _checked(content: bytes) -> bytes | Refusal:
    return content if len(content) <= LARGEST_PICTURE else Refusal("picture_too_large")


def _nothing() -> None:
    """A folder stays as it is."""
