"""Networks on an inference server that speaks the Open Inference Protocol (version 2, over HTTP), such as Triton,
OpenVINO Model Server, KServe or MLServer (github.com/kserve/open-inference-protocol).

Tensors travel as bytes (Triton's binary tensor extension) where the server takes them, as JSON elsewhere. A network is
called there by its name and its digest, so that it cannot be mistaken for another one, and must give the stored answers
to the known picture before it is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..conversion.references import reference_for
from ..errors import InferenceServerError, ModelMismatchError, ModelNotReadyError, PackError
from .inference_server import HttpAnswer, InferenceServer
from .published import digest_of, read_published

_FLOAT = "FP32"
_HEADER_LENGTH = "Inference-Header-Content-Length"
_SHORT = 12
"""Hexadecimal digits of a digest in a network's name."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """What a server says of an input or output. shape: -1 for any size."""

    name: str
    shape: tuple[int, ...]

    def fits(self, shape: tuple[int, ...]) -> bool:
        return len(shape) == len(self.shape) and all(
            there in (-1, size) for there, size in zip(self.shape, shape, strict=True)
        )


def name_there(stem: str, sha256: str) -> str:
    """How a network is called on a server: like "kith_face-91647a55689e"."""
    return f"{stem}-{sha256[:_SHORT]}"


class OipSession:
    """One network on a server. Raises ModelNotReadyError or ModelMismatchError if it is of no use there."""

    def __init__(self, server: InferenceServer, name: str) -> None:
        self._server = server
        self._name = name
        self._forms: tuple[bool, ...] = (True, False)
        """Are tensors sent as bytes? No server says reliably whether it takes them: the first form that works stays."""
        self._require_ready()
        inputs, outputs = self._tensors()
        if len(inputs) != 1 or not outputs:
            raise self.mismatch(f"it has {len(inputs)} inputs and {len(outputs)} outputs")
        self._input, self._outputs = inputs[0], {output.name: output for output in outputs}

    def run(self, picture: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """(1, 3, height, width) → the outputs by name. Raises InferenceServerError, most often one of its kinds."""
        if not self._input.fits(picture.shape):
            raise self.mismatch(f"its input is {self._input.shape}, not {picture.shape}")
        for binary in self._forms:
            answer = self._infer(picture, binary=binary)
            if answer.good:
                self._forms = (binary,)
                return self._read(answer)
        self._require_ready()
        raise InferenceServerError(
            f"the inference server at {self._server.url} failed at {self._name} ({answer.reason()}); see its log"
        )

    def mismatch(self, why: str) -> ModelMismatchError:
        return ModelMismatchError(
            f"{self._name} on the inference server at {self._server.url} is not the pack's network: {why};"
            " write its model repository again with `export --oip`"
        )

    def _require_ready(self) -> None:
        if not self._server.ask(f"v2/models/{self._name}/ready").good:
            raise ModelNotReadyError(
                f"the inference server at {self._server.url} has no {self._name} that is ready; wait until it has"
                " loaded it, or write its model repository with `export --oip`"
            )

    def _tensors(self) -> tuple[list[Tensor], list[Tensor]]:
        told = self._server.facts(f"v2/models/{self._name}")
        try:
            inputs, outputs = ([self._tensor(one) for one in told[kind]] for kind in ("inputs", "outputs"))
        except (TypeError, KeyError, ValueError) as error:
            raise self._server.misunderstood("it does not describe the network") from error
        return inputs, outputs

    def _tensor(self, told: Mapping[str, Any]) -> Tensor:
        if told["datatype"] != _FLOAT:
            raise self.mismatch(f"its {told['name']} is {told['datatype']}, not {_FLOAT}")
        return Tensor(str(told["name"]), tuple(int(size) for size in told["shape"]))

    def _infer(self, picture: NDArray[np.float32], *, binary: bool) -> HttpAnswer:
        numbers = np.ascontiguousarray(picture, "<f4")
        tensor: dict[str, Any] = {"name": self._input.name, "shape": picture.shape, "datatype": _FLOAT}
        outputs: list[dict[str, Any]] = [{"name": name} for name in self._outputs]
        path = f"v2/models/{self._name}/infer"
        if not binary:
            question = {"inputs": [{**tensor, "data": numbers.reshape(-1).tolist()}], "outputs": outputs}
            return self._server.ask(path, json.dumps(question).encode(), {"Content-Type": "application/json"})
        content = numbers.tobytes()
        head = json.dumps(
            {
                "inputs": [{**tensor, "parameters": {"binary_data_size": len(content)}}],
                "outputs": [{**output, "parameters": {"binary_data": True}} for output in outputs],
            }
        ).encode()
        headers = {"Content-Type": "application/octet-stream", _HEADER_LENGTH: str(len(head))}
        return self._server.ask(path, head + content, headers)

    def _read(self, answer: HttpAnswer) -> dict[str, NDArray[np.float32]]:
        told, rest = self._parts(answer)
        found: dict[str, NDArray[np.float32]] = {}
        try:
            for output in told["outputs"]:
                if output["datatype"] != _FLOAT:
                    raise self.mismatch(f"its answer {output['name']} is {output['datatype']}, not {_FLOAT}")
                length = (output.get("parameters") or {}).get("binary_data_size")
                if length is None:
                    numbers = np.array(output["data"], np.float32).reshape(-1)
                else:
                    numbers, rest = np.frombuffer(rest[:length], "<f4").astype(np.float32), rest[length:]
                found[str(output["name"])] = self._shaped(output, numbers)
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise self._server.misunderstood(f"it lacks a part of {self._name}'s outputs") from error
        if found.keys() != self._outputs.keys():
            raise self.mismatch(f"it answers {', '.join(found) or 'nothing'} instead of {', '.join(self._outputs)}")
        return {name: found[name] for name in self._outputs}

    def _parts(self, answer: HttpAnswer) -> tuple[Any, bytes]:
        """What is JSON, and the tensors behind it."""
        length = answer.headers.get(_HEADER_LENGTH.lower())
        if length is None:
            return self._server.parse(answer.content), b""
        if not length.isdecimal():
            raise self._server.misunderstood("the length of its header is no number")
        return self._server.parse(answer.content[: int(length)]), answer.content[int(length) :]

    def _shaped(self, output: Mapping[str, Any], numbers: NDArray[np.float32]) -> NDArray[np.float32]:
        shape = tuple(int(size) for size in output["shape"])
        known = self._outputs.get(str(output["name"]))
        if known is not None and not known.fits(shape):
            raise self.mismatch(f"its answer {known.name} is {shape}, not {known.shape}")
        if math.prod(shape) != numbers.size or min(shape, default=0) < 0:
            raise self.mismatch(f"its answer {output['name']} has {numbers.size} numbers for {shape}")
        return numbers.reshape(shape)


def open_oip(path: Path, url: str) -> OipSession:
    """The published network, as the server at this address has it.

    Raises PackUnavailableError if it is not here, and InferenceServerError, most often one of its kinds, if the server
    does not have it or computes something else.
    """
    sha256 = digest_of(read_published(path))
    session = OipSession(InferenceServer(url), name_there(path.stem, sha256))
    if reference := reference_for(sha256):
        try:
            reference.compare(session.run(reference.picture()))
        except PackError as error:
            raise session.mismatch(str(error)) from error
    return session
