"""deploy/haproxy.cfg with a real HAProxy on loopback: cameras stay where they are, and next to nothing is lost."""

import asyncio
from asyncio.subprocess import DEVNULL, Process
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
import os
from pathlib import Path
import re
import shutil
import signal
import subprocess
import textwrap

import aiohttp
import pytest

from demo.ports import free_port
from kith_engine.client import EngineClient
from kith_engine.manifest import load_manifest
from kith_engine.packs import fetch, store
from kith_engine.wire import ANALYZE, HELLO, PROTOCOL, PROTOCOL_HEADER
from tests.engine.test_serve import served
from tests.engine.test_servers import SERVERS
from tests.pictures import empty_room, encoded

HAPROXY = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
DEPLOY = Path(__file__).parents[2] / "deploy"
CONFIG, MANIFESTS = DEPLOY / "haproxy.cfg", sorted((DEPLOY / "kubernetes").glob("*.yaml"))
VALIDATE = Path(SERVERS or "") / "kubernetes" / "bin" / "kubernetes-validate"
CAMERAS = [f"camera.number_{number}" for number in range(48)]
BUSY = CAMERAS[:12]
"""Those that are asked about without a pause."""
PICTURE = encoded(empty_room((320, 180)))

pytestmark = pytest.mark.slow
needs_haproxy = pytest.mark.skipif(HAPROXY is None, reason="no HAProxy here (Debian: haproxy)")


class Cameras:
    """Asks by way of the balancer, and counts."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self._turns = defaultdict[str, asyncio.Lock](asyncio.Lock)
        self.answered: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.lost_later: Counter[str] = Counter()
        """Of those, the looks that began when the engine was dead for sure."""
        self.dead = False

    async def ask(self, camera: str) -> str | None:
        """The engine that looked; None if the look was lost."""
        async with self._turns[camera]:  # a second picture of a camera would supersede the first
            return await self._ask(camera)

    async def _ask(self, camera: str) -> str | None:
        later = self.dead
        try:
            async with self._session.post(
                f"{self._url}{ANALYZE}/{camera}?look=motion", data=PICTURE, headers={PROTOCOL_HEADER: str(PROTOCOL)}
            ) as response:
                await response.read()
                if response.status == 200:
                    self.answered[camera] += 1
                    return response.headers["Kith-Engine"]
        except aiohttp.ClientError:
            pass
        self.lost[camera] += 1
        self.lost_later[camera] += later
        return None

    async def homes(self) -> dict[str, str | None]:
        """Camera → engine."""
        return {camera: await self.ask(camera) for camera in CAMERAS}

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        async def keep_asking(camera: str) -> None:
            while True:
                await self.ask(camera)

        tasks = [asyncio.create_task(keep_asking(camera)) for camera in BUSY]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def go_on(self, times: int = 3) -> None:
        """Until each busy camera was answered so many times more."""
        wanted = {camera: self.answered[camera] + times for camera in BUSY}
        async with asyncio.timeout(60):
            while any(self.answered[camera] < least for camera, least in wanted.items()):
                await asyncio.sleep(0.01)


def configured(file: Path, port: int, engines: dict[str, str]) -> None:
    """The shipped configuration with these addresses."""
    text = re.sub(r"^ *server .*\n", "", CONFIG.read_text(), flags=re.MULTILINE).replace(":7070", f":{port}")
    lines = [f"    server {name} {url.removeprefix('http://')}\n" for name, url in engines.items()]
    file.write_text(text + "".join(lines))


async def balance(file: Path) -> Process:
    assert HAPROXY is not None
    environment = {**os.environ, "KITH_TOKEN": "none"}
    return await asyncio.create_subprocess_exec(
        HAPROXY, "-W", "-f", str(file), stdout=DEVNULL, stderr=DEVNULL, env=environment
    )


@pytest.fixture
async def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "pack"
    await fetch(load_manifest("compact"), folder, Path("/nothing/here"))
    store(load_manifest("compact"), folder)
    return folder


@needs_haproxy
async def test_cameras_stay_while_engines_come_and_die(tmp_path: Path, pack: Path) -> None:
    async with AsyncExitStack() as stack:
        starting = (served("--listen", "127.0.0.1:0", pack=pack) for _ in range(4))
        replicas = [await stack.enter_async_context(one) for one in starting]
        names = [f"engine{number}" for number in range(1, 5)]
        processes = {name: process for name, (process, _) in zip(names, replicas, strict=True)}
        urls = {name: url for name, (_, url) in zip(names, replicas, strict=True)}
        file, port = tmp_path / "haproxy.cfg", free_port()
        configured(file, port, {name: urls[name] for name in names[:3]})
        haproxy = await balance(file)
        stack.push_async_callback(haproxy.wait)
        stack.callback(haproxy.terminate)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        cameras = Cameras(session, f"http://127.0.0.1:{port}")
        async with asyncio.timeout(20):
            while await cameras.ask("camera.first") is None:
                await asyncio.sleep(0.05)
        cameras.lost.clear()

        facts = await EngineClient(session, f"http://127.0.0.1:{port}").hello()
        assert facts.protocol == PROTOCOL
        at_first = await cameras.homes()
        assert await cameras.homes() == at_first
        assert set(at_first.values()) == set(names[:3])

        async with cameras.busy():
            await cameras.go_on()
            configured(file, port, urls)
            haproxy.send_signal(signal.SIGUSR2)
            async with asyncio.timeout(20):
                while "engine4" not in [await cameras.ask(camera) for camera in CAMERAS]:
                    await asyncio.sleep(0.05)
            await cameras.go_on()
            with_four = await cameras.homes()
            moved = {camera for camera in CAMERAS if with_four[camera] != at_first[camera]}
            assert {with_four[camera] for camera in moved} == {"engine4"}
            assert 0 < len(moved) <= len(CAMERAS) / 3
            assert not cameras.lost

            shares = Counter(with_four[camera] for camera in BUSY)
            dead = min(names, key=lambda name: shares[name] or len(BUSY))
            processes[dead].kill()
            await processes[dead].wait()
            cameras.dead = True
            await cameras.go_on()
            without = await cameras.homes()
            moved = {camera for camera in CAMERAS if without[camera] != with_four[camera]}
            assert moved == {camera for camera in CAMERAS if with_four[camera] == dead}
            assert len(moved) <= len(CAMERAS) / 3
            assert dead not in without.values()
        assert set(cameras.lost) <= moved & set(BUSY)
        assert not +cameras.lost_later


def test_what_checks_an_engine_is_what_an_engine_answers() -> None:
    """HAProxy asks in the protocol's version, with the token that it must have."""
    text = CONFIG.read_text()
    assert f"uri {HELLO} " in text
    assert f"{PROTOCOL_HEADER} {PROTOCOL} " in text
    assert ANALYZE.count("/") + 2 == int(re.findall(r"field\((\d),/\)", text)[0])


def in_kubernetes() -> str:
    """The configuration in the manifest."""
    text = (DEPLOY / "kubernetes" / "balancer.yaml").read_text()
    return textwrap.dedent(text.partition("haproxy.cfg: |\n")[2].partition("---\n")[0])


def test_the_balancer_does_the_same_in_kubernetes() -> None:
    def rules(text: str) -> list[str]:
        lines = text.partition("backend engines\n")[2].splitlines()
        return [line.strip() for line in lines if not line.strip().startswith(("#", "server"))]

    assert rules(in_kubernetes()) == rules(CONFIG.read_text())


@needs_haproxy
@pytest.mark.parametrize("text", [CONFIG.read_text(), in_kubernetes()], ids=["alone", "kubernetes"])
def test_haproxy_understands_every_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "haproxy.cfg").write_text(text)
    command = [str(HAPROXY), "-c", "-f", str(tmp_path / "haproxy.cfg")]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "KITH_TOKEN": "x"}, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr, done.stderr


@pytest.mark.skipif(not VALIDATE.is_file(), reason="set KITH_SERVERS to the folder of scripts/servers, with kubernetes")
@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: path.name)
def test_kubernetes_accepts_every_manifest(manifest: Path) -> None:
    done = subprocess.run([VALIDATE, "--strict", manifest], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr.count("passed") + done.stdout.count("passed") == manifest.read_text().count("apiVersion: ") - (
        manifest.read_text().count("scaleTargetRef: {apiVersion")
    )
