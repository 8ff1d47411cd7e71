"""Pictures of faces as files, in a folder for each person: written whole, readable by nobody else.

Recognition does not need them: if one is missing, damaged, or cannot be written, it is logged at most.
"""

from collections.abc import Collection, Mapping
from functools import cache
import logging
import os
from pathlib import Path
import re
import shutil

from homeassistant.util.ulid import ulid_now

_LOGGER = logging.getLogger(__name__)

SUFFIX = ".jpg"
_NAME = re.compile(r"[0-9A-Za-z_-]{1,64}")
"""An id as Kith makes them; only such ids become part of a path."""
_JPEG = b"\xff\xd8"


def is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def write(folder: Path, path: Path, jpeg: bytes) -> bool:
    """Whole or not at all; only Home Assistant's own user may read the file and its folders."""
    unfinished = path.with_name(f"{ulid_now()}.part")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for step in (folder, *reversed(path.relative_to(folder).parents[:-1])):
            place = folder / step
            place.mkdir(mode=0o700, exist_ok=True)
            _close_to_others(place)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(jpeg)
        unfinished.replace(path)
    except OSError as error:
        _LOGGER.warning("A photo could not be kept: %s", error.strerror)
        unfinished.unlink(missing_ok=True)
        return False
    return True


def _close_to_others(folder: Path) -> None:
    """Some network shares (SMB, NFS) refuse that; their own settings then say who may read."""
    try:
        folder.chmod(0o700)
    except OSError as error:
        _tell_once(str(error.strerror))


@cache
def _tell_once(reason: str) -> None:
    _LOGGER.warning(
        "Kept photos cannot be closed to other users of this machine, as the folder refuses it (%s): who may read them "
        "is set where the folder is shared",
        reason,
    )


def read(path: Path) -> bytes | None:
    try:
        found = path.read_bytes()
    except OSError:
        return None
    return found if found.startswith(_JPEG) else None


def files_in(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def pictures_by_person(people: Path) -> dict[str, tuple[str, ...]]:
    found = {
        person.name: tuple(photo.stem for photo in files_in(person) if photo.suffix == SUFFIX)
        for person in files_in(people)
    }
    return {who: photos for who, photos in found.items() if photos}


def erase_others(people: Path, kept: Mapping[str, Collection[str]]) -> None:
    for person in files_in(people):
        if not kept.get(person.name):
            erase(person)
            continue
        for photo in files_in(person):
            if photo.suffix != SUFFIX or photo.stem not in kept[person.name]:
                erase(photo)


def erase(path: Path) -> None:
    """Erase a file, or a folder with its content."""
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        _LOGGER.warning("A photo could not be erased: %s", error.strerror)
