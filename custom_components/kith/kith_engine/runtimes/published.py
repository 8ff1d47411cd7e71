"""A network as it was published: an ONNX file, or OpenVINO's two, which lie beside each other under one name."""

from pathlib import Path

from ..conversion.references import digest
from ..errors import PackUnavailableError
from ..network import joint_digest

type Published = tuple[bytes, ...]
"""The files' contents."""

LAYERS, _WEIGHTS = ".xml", ".bin"
"""The suffixes of OpenVINO's two files."""


def read_published(model: Path) -> Published:
    """The contents of a network's files.

    model: the file by which it is opened. Raises PackUnavailableError if something cannot be read.
    """
    files = (model, model.with_suffix(_WEIGHTS)) if model.suffix == LAYERS else (model,)
    return tuple(read_file(file) for file in files)


def digest_of(published: Published) -> str:
    """As the manifest has it."""
    return joint_digest([digest(content) for content in published])


def read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PackUnavailableError(f"{path} cannot be read ({error.strerror}); fetch the pack") from error
