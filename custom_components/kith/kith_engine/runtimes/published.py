"""A network as it was published: an ONNX file, or OpenVINO's two, which lie beside each other under one name."""

from pathlib import Path

from ..conversion.references import digest
from ..errors import PackUnavailable
from ..network import joint_digest

type Published = tuple[bytes, ...]
"""The files' contents."""

LAYERS, _WEIGHTS = ".xml", ".bin"
"""Of OpenVINO's files."""


def read_published(model: Path) -> Published:
    """Of the file by which a network is opened. Raises PackUnavailable if something cannot be read."""
    files = (model, model.with_suffix(_WEIGHTS)) if model.suffix == LAYERS else (model,)
    return tuple(read_file(file) for file in files)


def digest_of(published: Published) -> str:
    """As the manifest has it."""
    return joint_digest([digest(content) for content in published])


def read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PackUnavailable(f"{path} cannot be read ({error.strerror}); fetch the pack") from error
