"""Runtimes that carry a network, behind one protocol. A new one is a file here and a line in each function below."""

from dataclasses import dataclass
from enum import StrEnum
import importlib
import os
from pathlib import Path
import sysconfig
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import RuntimeMissing

FORCED = "KITH_RUNTIME"
"""Environment variable: the runtime to use, whatever else is there."""


class Runtime(StrEnum):
    """Packages, in the order in which they are tried."""

    ONNXRUNTIME = "onnxruntime"
    NCNN = "ncnn"


class Session(Protocol):
    """One loaded network."""

    def run(self, picture: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """(1, 3, height, width) → the outputs by name."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """A runtime that can be imported, and why it is this one, for people."""

    runtime: Runtime
    version: str
    why: str


def choose() -> Choice:
    """The first that can be imported, or the one that $KITH_RUNTIME names. Raises RuntimeMissing without one."""
    if forced := os.environ.get(FORCED):
        if forced not in set(Runtime):
            raise RuntimeMissing(f"${FORCED} must be {' or '.join(Runtime)}, not '{forced}'")
        return Choice(Runtime(forced), _version(Runtime(forced)), f"${FORCED} asks for it")
    missing: list[RuntimeMissing] = []
    for runtime in Runtime:
        try:
            return Choice(runtime, _version(runtime), _absence() if missing else "the fastest, and it runs here")
        except RuntimeMissing as error:
            missing.append(error)
    raise missing[0]


def open_session(path: Path, threads: int) -> Session:
    """Load a published network in the runtime that is at hand.

    Raises RuntimeMissing where none can be imported, PackError where the file is not a network, or one that `prepare`
    was not called for.
    """
    if choose().runtime is Runtime.NCNN:
        from .ncnn import open_ncnn  # noqa: PLC0415  only an engine has it, not everybody who imports the types

        return open_ncnn(path, threads)
    from .onnx import OnnxSession  # noqa: PLC0415

    return OnnxSession(path, threads)


def prepare_file(path: Path) -> None:
    """Make of a published network what the runtime at hand needs beside it, and try what has another form there.

    Raises RuntimeMissing, or PackError if it cannot be made or computes something else.
    """
    if choose().runtime is Runtime.NCNN:
        from .ncnn import prepare  # noqa: PLC0415
    else:
        from .onnx import prepare  # noqa: PLC0415
    prepare(path)


def runtime_name() -> str:
    """Name and version of the runtime in use, and why it is this one, for people.

    Like "ncnn 1.0.20261020 (onnxruntime has no wheel for musl)".
    """
    choice = choose()
    return f"{choice.runtime} {choice.version} ({choice.why})"


def _version(runtime: Runtime) -> str:
    try:
        return str(importlib.import_module(runtime).__version__)
    except ImportError as error:
        raise RuntimeMissing(f"{runtime} cannot be imported ({error}); install it beside the engine") from error


def _absence() -> str:
    """Of onnxruntime. A Python built on musl has it in the name of its extensions: cpython-314-x86_64-linux-musl."""
    on_musl = "musl" in str(sysconfig.get_config_var("SOABI"))
    return f"{Runtime.ONNXRUNTIME} " + ("has no wheel for musl" if on_musl else "cannot be imported")
