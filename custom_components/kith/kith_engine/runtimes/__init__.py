"""Runtimes for networks, behind one protocol. A new one is a module here and a line in each function below."""

from dataclasses import dataclass
from enum import StrEnum
import importlib
import os
from pathlib import Path
import sysconfig
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import RuntimeMissingError

FORCED = "KITH_RUNTIME"
"""Environment variable: the runtime to use, whatever else is installed."""
SERVER = "KITH_OIP"
"""Environment variable: the address of an inference server. If it is set, the networks run there."""
_OIP_VERSION = "2"


class Runtime(StrEnum):
    """Packages, in the order in which they are tried, and the Open Inference Protocol, which is used if asked for."""

    ONNXRUNTIME = "onnxruntime"
    OPENVINO = "openvino"
    NCNN = "ncnn"
    OIP = "oip"


PACKAGES = (Runtime.ONNXRUNTIME, Runtime.OPENVINO, Runtime.NCNN)


@dataclass(frozen=True, slots=True)
class Device:
    """What runs networks. target: what its runtime calls it; empty for the processor."""

    name: str
    runtime: Runtime
    target: str = ""


class InferenceSession(Protocol):
    """One loaded network."""

    def run(self, picture: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """(1, 3, height, width) → the outputs by name."""
        ...


@dataclass(frozen=True, slots=True)
class RuntimeChoice:
    """A runtime that can be imported, and why it was chosen, for people to read."""

    runtime: Runtime
    version: str
    why: str


def choose() -> RuntimeChoice:
    """An inference server if $KITH_OIP has its address, the one that $KITH_RUNTIME names, or the first that can be
    imported. Raises RuntimeMissingError without one.
    """
    if os.environ.get(SERVER):
        return RuntimeChoice(Runtime.OIP, _OIP_VERSION, f"${SERVER} names an inference server")
    if forced := os.environ.get(FORCED):
        if forced not in PACKAGES:
            raise RuntimeMissingError(f"${FORCED} must be {' or '.join(PACKAGES)}, not '{forced}'")
        return RuntimeChoice(Runtime(forced), _version(Runtime(forced)), f"${FORCED} asks for it")
    missing: list[RuntimeMissingError] = []
    for runtime in PACKAGES:
        try:
            return RuntimeChoice(runtime, _version(runtime), _absence() if missing else "the fastest, and it runs here")
        except RuntimeMissingError as error:
            missing.append(error)
    raise missing[0]


def open_session(path: Path, threads: int, device: Device | None = None) -> InferenceSession:
    """Load a published network in the available runtime, or on this device.

    Raises RuntimeMissingError if none can be imported, PackError if the file is not a network, or `prepare_file` was
    not called for it, InferenceServerError if the networks run on a server and it does not have this one.
    """
    # imported where they are needed: only an engine has these packages, not everybody who imports the types
    match device.runtime if device is not None else choose().runtime:
        case Runtime.OIP:
            from .oip import open_oip  # noqa: PLC0415

            return open_oip(path, os.environ.get(SERVER, ""))
        case Runtime.NCNN:
            from .ncnn import open_ncnn  # noqa: PLC0415

            return open_ncnn(path, threads)
        case Runtime.OPENVINO:
            from .openvino import CPU, OpenvinoSession  # noqa: PLC0415

            return OpenvinoSession(path, threads, (device.target if device is not None else "") or CPU)
        case Runtime.ONNXRUNTIME:
            from .onnx import OnnxSession  # noqa: PLC0415

            return OnnxSession(path, threads, device.target if device is not None else "")


def prepare_file(path: Path) -> None:
    """Make of a published network what the runtime at hand needs beside it, and try what has another form there.

    Raises RuntimeMissingError, or PackError if they cannot be made or compute something else.
    """
    match choose().runtime:
        case Runtime.OIP:
            return  # it needs nothing here, and is tested whenever a network is opened
        case Runtime.NCNN:
            from .ncnn import prepare  # noqa: PLC0415
        case Runtime.OPENVINO:
            from .openvino import prepare  # noqa: PLC0415
        case Runtime.ONNXRUNTIME:
            from .onnx import prepare  # noqa: PLC0415
    prepare(path)


def runtime_name() -> str:
    """Name and version of the runtime in use, and why it was chosen, for people to read.

    Like "ncnn 1.0.20261020 (onnxruntime has no wheel for musl)".
    """
    choice = choose()
    return f"{choice.runtime} {choice.version} ({choice.why})"


def _version(runtime: Runtime) -> str:
    try:
        return str(importlib.import_module(runtime).__version__)
    except ImportError as error:
        raise RuntimeMissingError(f"{runtime} cannot be imported ({error}); install it beside the engine") from error


def _absence() -> str:
    """Why onnxruntime is absent. Python on musl says so in its extensions' names: cpython-314-x86_64-linux-musl."""
    on_musl = "musl" in str(sysconfig.get_config_var("SOABI"))
    return f"{Runtime.ONNXRUNTIME} " + ("has no wheel for musl" if on_musl else "cannot be imported")
