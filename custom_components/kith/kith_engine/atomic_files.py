"""Files that appear under their name only when they are complete, and survive a power cut."""

import os
from pathlib import Path
import tempfile

from .errors import PackUnwritableError

_READABLE_BY_ALL = 0o644


def open_partial(folder: Path, name: str) -> Path:
    """Create an empty hidden file beside the final one. Raises PackUnwritableError."""
    try:
        handle, path = tempfile.mkstemp(prefix=f".{name}.", suffix=".part", dir=folder)
    except OSError as error:
        raise unwritable(folder, error) from error
    os.close(handle)
    return Path(path)


def finish(partial: Path, final: Path) -> None:
    """Give a complete file its name. Raises PackUnwritableError."""
    try:
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.chmod(_READABLE_BY_ALL)
        partial.replace(final)
        folder = os.open(final.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the new name survives a power cut too
        finally:
            os.close(folder)
    except OSError as error:
        raise unwritable(final.parent, error) from error


def write(final: Path, content: bytes) -> None:
    """Raises PackUnwritableError; then the file is as it was."""
    partial = open_partial(final.parent, final.name)
    try:
        partial.write_bytes(content)
        finish(partial, final)
    except OSError as error:
        raise unwritable(final.parent, error) from error
    finally:
        partial.unlink(missing_ok=True)


def unwritable(folder: Path, error: OSError) -> PackUnwritableError:
    return PackUnwritableError(f"{folder} cannot be written ({error.strerror}); free up space, or let Kith write there")
