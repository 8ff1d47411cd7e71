"""A small inference server for tests: the Open Inference Protocol over real HTTP, with onnxruntime, and with faults."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import json
from pathlib import Path
import socket
import threading
from typing import Any

import numpy as np

from kith_engine.runtimes.oip import name_there
from kith_engine.runtimes.onnx import OnnxSession
from kith_engine.runtimes.published import digest_of, read_published

HEADER = "Inference-Header-Content-Length"
type Outputs = list[dict[str, Any]]


@dataclass
class Server:
    """models: by the name that an engine asks for. Whatever is changed counts from the next request on."""

    url: str = ""
    models: dict[str, OnnxSession] = field(default_factory=dict)
    unready: bool = False
    binary: bool = True
    dtype: str = "FP32"
    inputs: list[dict[str, Any]] | None = None
    change: Callable[[Outputs], Outputs] = lambda outputs: outputs
    """What is done to the outputs before they are sent."""
    raw: Callable[[socket.socket], bool] = lambda connection: False
    """Answers an inference by itself if it returns true."""
    asked: list[bool] = field(default_factory=list)
    """For each inference: were the tensors bytes?"""

    def add(self, path: Path) -> str:
        name = name_there(path.stem, digest_of(read_published(path)))
        self.models[name] = OnnxSession(path, 1)
        return name

    def metadata(self, name: str) -> dict[str, Any]:
        inner = self.models[name]._session
        inputs, outputs = (
            [{"name": one.name, "datatype": self.dtype, "shape": _sizes(one.shape)} for one in ends]
            for ends in (inner.get_inputs(), inner.get_outputs())
        )
        return {"name": name, "inputs": inputs if self.inputs is None else self.inputs, "outputs": outputs}


def _sizes(shape: list[Any]) -> list[int]:
    return [size if isinstance(size, int) else -1 for size in shape]


@contextmanager
def inference_server(*paths: Path) -> Iterator[Server]:
    """On loopback, with these networks."""
    server = Server()
    for path in paths:
        server.add(path)
    handler = type("Handler", (_Handler,), {"carrying": server})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        listening.daemon_threads = True
        server.url = f"http://127.0.0.1:{listening.server_port}"
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    carrying: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        name = self.path.split("/")[3]
        if name not in self.carrying.models:
            self._answer(404, {"error": f"unknown model {name}"})
        elif self.path.endswith("/ready"):
            self._answer(400 if self.carrying.unready else 200, {"ready": not self.carrying.unready})
        else:
            self._answer(200, self.carrying.metadata(name))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        length = self.headers.get(HEADER)
        self.carrying.asked.append(length is not None)
        if self.carrying.raw(self.connection):
            self.close_connection = True
            return
        name = self.path.split("/")[3]
        if (
            (length is not None and not self.carrying.binary)
            or self.carrying.unready
            or name not in self.carrying.models
        ):
            self._answer(400, {"error": "not understood"})
            return
        question = json.loads(body[: int(length)] if length else body)
        (given,) = question["inputs"]
        flat = np.frombuffer(body[int(length) :], "<f4") if length else np.array(given["data"], np.float32)
        answers = self.carrying.models[name].run(flat.reshape(given["shape"]))
        outputs = [
            {"name": name, "datatype": "FP32", "shape": list(numbers.shape), "data": numbers}
            for name, numbers in answers.items()
        ]
        outputs = self.carrying.change(outputs)
        tail = b""
        for output in outputs:
            numbers = np.asarray(output.pop("data"), np.float32)
            if length:
                output["parameters"] = {"binary_data_size": numbers.nbytes}
                tail += numbers.tobytes()
            else:
                output["data"] = numbers.reshape(-1).tolist()
        head = json.dumps({"outputs": outputs}).encode()
        self._send(200, head + tail, {HEADER: str(len(head))} if length else {})

    def _answer(self, status: int, told: Any) -> None:
        self._send(status, json.dumps(told).encode(), {})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing."""
