"""People and photos that were found: who has a folder, and how each photo is read. Nothing is read or kept yet."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
import unicodedata

from ..identity.photo_policy import Refusal

MOST_FILES = 20_000
"""Entries that are looked at: a larger collection is sorted by something else than people."""
MOST_PEOPLE = 64
MOST_PHOTOS = 40
"""Of one person: a good template needs a dozen. Of more, every second, third … is taken, as they follow in time."""
LONGEST_NAME = 100
NO_NAMES = frozenset({"train", "unknown", "__macosx", "@eadir"})
"""Folders that lie beside people's: what Frigate has not assigned yet, and what computers add to folders."""
ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif")
"""Of photos. Some of these formats are refused later, which is said."""

type Read = Callable[[], Awaitable[bytes | Refusal]]


@dataclass(frozen=True, slots=True, eq=False)
class FoundPerson:
    """Somebody with a folder. photos: at most MOST_PHOTOS; total: how many there are."""

    name: str
    photos: tuple[Read, ...]
    total: int


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """close: lets go of what the photos are read from. May block."""

    people: tuple[FoundPerson, ...]
    close: Callable[[], None]


def is_photo(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in ENDINGS and not path.name.startswith(".")


def name_in(folder: str) -> str | None:
    """The person's name that a folder has; None if it has none."""
    printable = "".join(sign for sign in unicodedata.normalize("NFC", folder) if sign.isprintable())
    name = " ".join(printable.replace("_", " ").split())[:LONGEST_NAME]
    return name if name and not name.startswith(".") and folder.casefold() not in NO_NAMES else None


def by_person[T](photos: Iterable[tuple[str, T]], whole: str) -> dict[str, list[T]]:
    """Photos by their folder's name. photos: the name of each one's folder, "" if it has none; whole: of all together.

    If no photo has a folder of its own, all are one person's.
    """
    people: dict[str, list[T]] = {}
    loose: list[T] = []
    spelled: dict[str, str] = {}
    for folder, photo in photos:
        if name := name_in(folder):
            people.setdefault(spelled.setdefault(name.casefold(), name), []).append(photo)
        elif not folder:
            loose.append(photo)
    if not people and loose and (name := name_in(whole)):
        return {name: loose}
    return people


def found[T](people: Mapping[str, Sequence[T]], read: Callable[[T], Read], close: Callable[[], None]) -> Found:
    return Found(
        tuple(
            FoundPerson(name, tuple(map(read, spread(photos))), len(photos))
            for name, photos in sorted(people.items(), key=lambda one: one[0].casefold())[:MOST_PEOPLE]
        ),
        close,
    )


def spread[T](photos: Sequence[T]) -> list[T]:
    """At most MOST_PHOTOS of them, evenly."""
    if len(photos) <= MOST_PHOTOS:
        return list(photos)
    return [photos[place * len(photos) // MOST_PHOTOS] for place in range(MOST_PHOTOS)]
