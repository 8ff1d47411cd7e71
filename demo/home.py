"""Boots a real Home Assistant on a fresh folder, with Kith available but not set up; onboards it, and stops it."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
from dataclasses import dataclass
import os
from pathlib import Path
import shutil
import signal
import sys
import time
from typing import Any

import aiohttp
import psutil  # type: ignore[import-untyped]

from .client import Home, HomeError, Login, until
from .ports import free_port

REPOSITORY = Path(__file__).resolve().parents[1]
USER, PASSWORD = "kith", "kith-demo"
UP_WITHIN, DOWN_WITHIN = 300.0, 40.0
"""Seconds. A first start on a small machine takes most of a minute; an orderly stop waits for all writing to end."""

CONFIGURATION = """\
http:
  server_host: 127.0.0.1
  server_port: {port}
logger:
  default: warning
  logs:
    custom_components.kith: info
history:
logbook:
media_source:
automation: !include automations.yaml
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A running Home Assistant. pid: of the process that we started."""

    login: Login
    folder: Path
    pid: int
    seconds: float


@contextlib.asynccontextmanager
async def running_home(
    folder: Path, port: int | None = None, package: Path | None = None, more: str = ""
) -> AsyncIterator[Running]:
    """Boot on `folder`, which is emptied first, and stop at the end of the block. package: a Kith zip to use, not the
    source. more: lines for the configuration.

    Raises HomeError if it does not start, or if one of its processes outlives it.
    """
    port = port or free_port()
    _furnish(folder, package, CONFIGURATION.format(port=port) + more)
    began = time.monotonic()
    with (folder / "hass.out").open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("hass")),
            "--config",
            str(folder),
            stdout=output,
            stderr=output,
            stdin=asyncio.subprocess.DEVNULL,
            env=_environment(folder),
            start_new_session=True,  # Ctrl-C is for us; we stop Home Assistant in an orderly way
        )
    try:
        url = f"http://127.0.0.1:{port}"
        await _answering(url, process, folder)
        login = await _onboard(url)
        await _started(login)
        yield Running(login, folder, process.pid, time.monotonic() - began)
    finally:
        await _end(process)


def _furnish(folder: Path, package: Path | None, configuration: str) -> None:
    """Make a configuration folder with Kith's code linked in, or with the package unpacked."""
    shutil.rmtree(folder, ignore_errors=True)
    kith = folder / "custom_components" / "kith"
    kith.parent.mkdir(parents=True)
    if package:
        shutil.unpack_archive(package, kith)
    else:
        kith.symlink_to(REPOSITORY / "custom_components" / "kith")
    (folder / "configuration.yaml").write_text(configuration)
    (folder / "automations.yaml").touch()
    (folder / "tmp").mkdir()


def _environment(folder: Path) -> dict[str, str]:
    """Sets TMPDIR: Home Assistant keeps uploads in a fixed folder below it, which a second instance would empty."""
    return {**engine_environment(), "TMPDIR": str(folder / "tmp"), "PYTHONUNBUFFERED": "1"}


def engine_environment() -> dict[str, str]:
    """The environment, with the path of the networks if they lie beside the repository."""
    environment = dict(os.environ)
    mirror = REPOSITORY.parent / "shared" / "models"
    if "KITH_MODEL_MIRROR" not in environment and mirror.is_dir():
        environment["KITH_MODEL_MIRROR"] = str(mirror)
    return environment


async def _answering(url: str, process: asyncio.subprocess.Process, folder: Path) -> None:
    log = folder / "hass.out"
    async with aiohttp.ClientSession() as http:

        async def answers() -> bool:
            if process.returncode is not None:
                raise HomeError(f"Home Assistant ended with {process.returncode}; see {log}")
            with contextlib.suppress(aiohttp.ClientError):
                async with http.get(url + "/manifest.json") as reply:
                    return reply.status == 200
            return False

        await until(answers, UP_WITHIN, f"{url} is not responding; see {log}")


async def _onboard(url: str) -> Login:
    """Create the first user, finish the onboarding, and get a long-lived token."""
    client = url + "/"
    async with aiohttp.ClientSession(raise_for_status=True) as http:

        async def post(path: str, access: str = "", **options: Any) -> Any:
            headers = {"Authorization": f"Bearer {access}"} if access else {}
            async with http.post(url + path, headers=headers, **options) as reply:
                return await reply.json()

        owner = {"client_id": client, "name": "Kith", "username": USER, "password": PASSWORD, "language": "en"}
        code = (await post("/api/onboarding/users", json=owner))["auth_code"]
        grant = {"grant_type": "authorization_code", "code": code, "client_id": client}
        access = (await post("/auth/token", data=grant))["access_token"]
        for step in ("core_config", "analytics"):
            await post(f"/api/onboarding/{step}", access, json={})
        await post("/api/onboarding/integration", access, json={"client_id": client, "redirect_uri": client})
    async with Home.connected(Login(url, access, USER, PASSWORD)) as home:
        # Unless promoted, Home Assistant returns to its default port after five minutes.
        await home.call("http/config/promote")
        token = await home.call("auth/long_lived_access_token", client_name="demo", lifespan=1)
    return Login(url, token, USER, PASSWORD)


async def _started(login: Login) -> None:
    async with Home.connected(login) as home:

        async def runs() -> bool:
            return bool((await home.request("GET", "/api/config"))["state"] == "RUNNING")

        await until(runs, UP_WITHIN, "Home Assistant did not finish starting")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Stop the process by its id, and make sure that it left nothing behind."""
    if process.returncode is not None:
        return
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), DOWN_WITHIN)
    except TimeoutError:
        process.kill()
        await process.wait()
    left = [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    names = ", ".join(" ".join(child.cmdline()) for child in left)
    for child in left:
        child.kill()
    if left:
        raise HomeError(f"left behind by Home Assistant: {names}")
