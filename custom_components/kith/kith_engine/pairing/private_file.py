"""Files that only their owner can read, from their first moment, replaced whole."""

import os
from pathlib import Path
import tempfile

from ..errors import EngineError

_FOLDER_MODE = 0o700


def write_private(path: Path, content: bytes) -> None:
    """Raises EngineError."""
    try:
        path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(partial).replace(path)
        finally:
            Path(partial).unlink(missing_ok=True)
    except OSError as error:
        raise EngineError(f"{path} cannot be written ({error.strerror})") from error


def read_private(path: Path) -> bytes | None:
    """None if there is no such file. Raises EngineError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EngineError(f"{path} cannot be read ({error.strerror})") from error
