"""Runtimes that carry a network, behind one protocol. A new one is one file here and one line in `open_session`."""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import RuntimeMissing


class Session(Protocol):
    """One loaded network."""

    def run(self, picture: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """(1, 3, height, width) → the outputs by name."""
        ...


def open_session(path: Path, threads: int) -> Session:
    """Load a network file in the runtime that is at hand.

    Raises RuntimeMissing where none can be imported, PackError where the file is not a network.
    """
    try:
        from .onnx import OnnxSession  # noqa: PLC0415  only an engine has it, not everybody who imports the types
    except ImportError as error:
        raise RuntimeMissing(f"onnxruntime cannot be imported ({error}); install it beside the engine") from error
    return OnnxSession(path, threads)


def runtime_name() -> str:
    """Name and version of the runtime in use, for people: "onnxruntime 1.32.0"."""
    try:
        import onnxruntime  # noqa: PLC0415
    except ImportError as error:
        raise RuntimeMissing(f"onnxruntime cannot be imported ({error}); install it beside the engine") from error
    return f"onnxruntime {onnxruntime.__version__}"
