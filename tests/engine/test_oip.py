"""Networks on an inference server: the same answers, and a clear error for whatever such a server may do."""

from collections.abc import Callable, Iterator
from pathlib import Path
import socket
import threading

import numpy as np
import pytest

from kith_engine.conversion.references import reference_for
from kith_engine.errors import (
    InferenceServerError,
    InferenceServerSlowError,
    InferenceServerUnavailableError,
    ModelMismatchError,
    ModelNotReadyError,
    PackUnavailableError,
)
from kith_engine.manifest import SHIPPED, load_manifest
from kith_engine.network import Role
from kith_engine.packs import fetch, open_pack, store
from kith_engine.pipeline import Pipeline
from kith_engine.runtimes import inference_server, runtime_name
from kith_engine.runtimes.inference_server import InferenceServer
from kith_engine.runtimes.oip import OipSession, open_oip
from kith_engine.runtimes.onnx import OnnxSession
from tests.engine import oip_server
from tests.engine.oip_server import Outputs, Server
from tests.engine.test_serve import last_words
from tests.pictures import frame

FACE, LANDMARKS = SHIPPED / "kith_face.onnx", SHIPPED / "kith_landmarks.onnx"
PICTURE = np.linspace(-1, 1, 3 * 96 * 96, dtype=np.float32).reshape(1, 3, 96, 96)


@pytest.fixture
def server() -> Iterator[Server]:
    with oip_server.inference_server(LANDMARKS) as server:
        yield server


@pytest.mark.parametrize("binary", [True, False])
def test_it_answers_as_the_runtime_does_here(server: Server, binary: bool) -> None:
    server.binary = binary
    session = open_oip(LANDMARKS, server.url)
    wanted = OnnxSession(LANDMARKS, 1).run(PICTURE)
    assert session.run(PICTURE).keys() == wanted.keys()
    for name, numbers in session.run(PICTURE).items():
        np.testing.assert_allclose(numbers, wanted[name], rtol=1e-6)
    assert server.asked == ([True] * 3 if binary else [True, False, False, False])


def test_a_network_for_any_size_gets_pictures_of_any_size() -> None:
    with oip_server.inference_server(FACE) as server:
        session = open_oip(FACE, server.url)
        for height, width in ((64, 96), (128, 64)):
            picture = np.full((1, 3, height, width), 100, np.float32)
            wanted = OnnxSession(FACE, 1).run(picture)
            for name, numbers in session.run(picture).items():
                np.testing.assert_allclose(numbers, wanted[name], rtol=1e-6)


def test_the_whole_pack_runs_on_the_server_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    pack = open_pack(SHIPPED, "compact")
    here = Pipeline(pack).analyze(frame(), "hall", "people")
    paths = [SHIPPED / network.file for network in load_manifest("compact").networks]
    with oip_server.inference_server(*paths) as server:
        monkeypatch.setenv("KITH_OIP", server.url)
        assert runtime_name() == "oip 2 ($KITH_OIP names an inference server)"
        pipeline = Pipeline(pack)
        assert pipeline.facts().embedding == pack.manifest.network(Role.EMBEDDING).identity
        there = pipeline.analyze(frame(), "hall", "people")
    assert len(server.asked) > len(paths)
    assert there.persons == here.persons


def test_without_the_published_file_nothing_is_asked(server: Server, tmp_path: Path) -> None:
    with pytest.raises(PackUnavailableError):
        open_oip(tmp_path / "none.onnx", server.url)
    assert not server.asked


@pytest.mark.parametrize(
    "url",
    ["", "triton", "ftp://triton", "http://", "http://triton:port", "http://me:secret@triton", "http://triton/?a=b"],
)
def test_an_address_that_is_none_is_said(url: str) -> None:
    with pytest.raises(InferenceServerError, match="is not an inference server's address"):
        open_oip(LANDMARKS, url)


def test_a_server_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(InferenceServerUnavailableError, match=f"at {url} cannot be reached"):
        open_oip(LANDMARKS, url)


def died(connection: socket.socket) -> bool:
    connection.shutdown(socket.SHUT_RDWR)
    return True


def died_while_it_answered(connection: socket.socket) -> bool:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    return died(connection)


def spoke_something_else(connection: socket.socket) -> bool:
    connection.sendall(b"220 mail.example ESMTP\r\n")
    return died(connection)


@pytest.mark.parametrize("how", [died, died_while_it_answered, spoke_something_else])
def test_a_server_that_dies_is_said_and_one_that_comes_back_is_used(
    server: Server, how: Callable[[socket.socket], bool]
) -> None:
    session = open_oip(LANDMARKS, server.url)
    server.raw = how
    with pytest.raises(InferenceServerUnavailableError):
        session.run(PICTURE)
    server.raw = lambda connection: False
    assert session.run(PICTURE)["points"].shape == (1, 10)


def test_a_connection_that_was_closed_in_the_meantime_costs_no_picture(server: Server) -> None:
    session = open_oip(LANDMARKS, server.url)
    times = iter([True])

    def closed_once(connection: socket.socket) -> bool:
        return next(times, False) and died(connection)

    server.raw = closed_once
    assert session.run(PICTURE)["points"].shape == (1, 10)


@pytest.mark.parametrize("drip", [False, True])
def test_a_slow_answer_ends_at_the_deadline(server: Server, drip: bool) -> None:
    name = next(iter(server.models))
    enough = threading.Event()

    def stall(connection: socket.socket) -> bool:
        if drip:  # each byte comes in time, the whole does not
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while not enough.wait(0.01):
                try:
                    connection.sendall(b" ")
                except OSError:
                    break
        return enough.wait(10)

    session = OipSession(InferenceServer(server.url, deadline=0.1), name)
    server.raw = stall
    try:
        with pytest.raises(InferenceServerSlowError, match=r"did not answer within 0\.1 s"):
            session.run(PICTURE)
    finally:
        enough.set()


def test_a_network_that_is_not_ready(server: Server) -> None:
    session = open_oip(LANDMARKS, server.url)
    server.unready = True
    for ask in (lambda: open_oip(LANDMARKS, server.url), lambda: session.run(PICTURE)):
        with pytest.raises(ModelNotReadyError, match=r"has no kith_landmarks-[0-9a-f]{12} that is ready"):
            ask()
    server.unready = False
    assert session.run(PICTURE)


def test_a_network_that_the_server_does_not_have(server: Server) -> None:
    with pytest.raises(ModelNotReadyError):
        open_oip(FACE, server.url)


def test_another_network_under_the_same_name(server: Server) -> None:
    server.change = lambda outputs: [{**output, "data": output["data"] + 1} for output in outputs]
    with pytest.raises(ModelMismatchError, match="its output points is off by"):
        open_oip(LANDMARKS, server.url)


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ([], "has 0 inputs and 1 outputs"),
        ([{"name": "input", "datatype": "FP16", "shape": [1, 3, 96, 96]}], "is FP16, not FP32"),
        ([{"name": "input", "datatype": "FP32", "shape": [1, 3, 48, 48]}], r"its input is \(1, 3, 48, 48\), not"),
    ],
)
def test_another_input(server: Server, inputs: list[dict[str, object]], why: str) -> None:
    server.inputs = inputs
    with pytest.raises(ModelMismatchError, match=why):
        open_oip(LANDMARKS, server.url)


def test_a_description_that_is_none(server: Server) -> None:
    server.inputs = [{"name": "input"}]
    with pytest.raises(InferenceServerError, match="does not describe the network"):
        open_oip(LANDMARKS, server.url)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda outputs: [{**one, "datatype": "FP64"} for one in outputs], "is FP64, not FP32"),
        (lambda outputs: [{**one, "shape": [1, 5]} for one in outputs], r"is \(1, 5\), not \(1, 10\)"),
        (lambda outputs: [{**one, "data": one["data"][:, :5]} for one in outputs], "has 5 numbers for"),
        (lambda outputs: [{**one, "name": "dots"} for one in outputs], "it answers dots instead of points"),
        (lambda outputs: [], "it answers nothing instead of points"),
    ],
)
@pytest.mark.parametrize("binary", [True, False])
def test_another_answer(server: Server, binary: bool, change: Callable[[Outputs], Outputs], why: str) -> None:
    server.binary = binary
    session = open_oip(LANDMARKS, server.url)
    server.change = change
    with pytest.raises(ModelMismatchError, match=why):
        session.run(PICTURE)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nInference-Header-Content-Length: x\r\n\r\n{}",
        b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"outputs":[{}]}',
    ],
)
def test_an_answer_that_is_not_the_protocol_s(server: Server, answer: bytes) -> None:
    session = open_oip(LANDMARKS, server.url)

    def say(connection: socket.socket) -> bool:
        connection.sendall(answer)
        return True

    server.raw = say
    with pytest.raises(InferenceServerError, match="is not understood"):
        session.run(PICTURE)


def test_an_answer_without_end_is_given_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    session = open_oip(LANDMARKS, server.url)
    monkeypatch.setattr(inference_server, "_LARGEST_ANSWER", 10)
    with pytest.raises(InferenceServerError, match="it is too long"):
        session.run(PICTURE)


@pytest.mark.parametrize(
    ("content", "words"), [(b'{"error": "out of memory"}', "500: out of memory"), (b"[]", "500"), (b"oh", "500")]
)
def test_a_failure_of_the_server_s_own_is_repeated(server: Server, content: bytes, words: str) -> None:
    session = open_oip(LANDMARKS, server.url)

    def fail(connection: socket.socket) -> bool:
        head = f"HTTP/1.1 500 Oh\r\nConnection: close\r\nContent-Length: {len(content)}\r\n\r\n"
        connection.sendall(head.encode() + content)
        return True

    server.raw = fail
    with pytest.raises(InferenceServerError, match=words) as raised:
        session.run(PICTURE)
    assert type(raised.value) is InferenceServerError


def test_the_stored_answers_are_those_that_a_server_must_give() -> None:
    assert all(reference_for(network.sha256) for network in load_manifest("compact").networks)


@pytest.mark.slow
async def test_an_engine_without_its_server_says_so_in_one_line(tmp_path: Path) -> None:
    await fetch(load_manifest("compact"), tmp_path, Path("/nothing/here"))
    store(load_manifest("compact"), tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    code, words = await last_words("--pack", str(tmp_path), "--oip", url)
    assert code == 1
    assert words.startswith(f"ERROR inference_server_unavailable: the inference server at {url} cannot be reached")
    assert words.count("\n") == 1
