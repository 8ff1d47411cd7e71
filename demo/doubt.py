"""The story of a doubt: by lamplight, Kith is not sure, asks a second engine once, and records that it did.

At home run the compact networks, as on a small board; the second engine has the standard ones.
"""

import asyncio
from collections.abc import AsyncIterator
import contextlib
from dataclasses import dataclass
import io
from pathlib import Path
import secrets
import signal
import sys

import aiohttp
import numpy as np
from PIL import Image, ImageFilter

from . import setting
from .cameras import CameraServer, DemoCamera, Film
from .checks import Checks, Predicate, States
from .client import Home, Json, until
from .drawing import as_jpeg
from .figure import portrait
from .home import REPOSITORY, engine_environment
from .ports import free_port
from .timeline import Timeline
from .walks import Place, Scene, nobody, walk

NAME = "Eileen"
CAMERAS = {"front_door": "Front door", "hall": "Hall"}
AREA = "Entrance"
PER_DAY = 2
"""Questions; few, so that one can watch them being used up."""
GAMMA, NOISE, QUALITY = 1.8, 1.5, 50
BLUR = {"front_door": 5.0, "hall": 4.75}
"""A lamp at night and cheap optics: what remains of a face resembles hers, but also others'. It leaves the compact
networks at 0.75 to 0.9 of the evidence that a name takes after three frames, and the answer decides within a few more.
"""
EVERY = 0.5
"""Seconds from one of the cameras' pictures to the next."""
NEAR = Place(0.47, 1.0)
"""Near enough that the face is found in every picture: what is in doubt is whose it is."""
DECIDED_WITHIN = 30.0
"""Seconds from her arrival to a name, with the help of the other engine."""
MOST_SENT = 100_000 * PER_DAY
"""Bytes. A still of the whole camera is larger than a face alone."""
ENGINE_WITHIN = 60.0
"""Seconds until the bigger engine answers; it loads its networks first."""


def cameras() -> CameraServer:
    """The house at night, with nobody in front of it."""
    server = CameraServer([DemoCamera(name, nobody(name)) for name in CAMERAS])
    for name in CAMERAS:
        server[name].play(_by_lamplight(name, nobody(name)))
    return server


def _by_lamplight(camera: str, scene: Scene) -> Film:
    """The same pictures in each run, however often and however late they are asked for."""

    def still(seconds: float) -> bytes:
        number = int(seconds / EVERY)
        picture = scene(number * EVERY).filter(ImageFilter.GaussianBlur(BLUR[camera]))
        light = 255 * (np.asarray(picture, np.float32) / 255) ** GAMMA
        light += np.random.default_rng(number).normal(0, NOISE, light.shape)
        stream = io.BytesIO()
        Image.fromarray(np.clip(light, 0, 255).astype(np.uint8)).save(stream, "JPEG", quality=QUALITY)
        return stream.getvalue()

    return still


@dataclass(frozen=True, slots=True)
class BiggerEngine:
    """Its address and token."""

    url: str
    token: str


@contextlib.asynccontextmanager
async def bigger_engine(pack: Path | None) -> AsyncIterator[BiggerEngine]:
    """Runs a second Kith engine as a separate process, like one on another machine."""
    token, port = secrets.token_hex(16), free_port()
    options = ["--pack", str(pack)] if pack else []
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "kith_engine", "serve", "--listen", f"127.0.0.1:{port}"),
        *options,
        cwd=REPOSITORY / "custom_components" / "kith",
        env={**engine_environment(), "KITH_TOKEN": token},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        await until(lambda: _answers(url, process), ENGINE_WITHIN, "the bigger engine is not responding")
        yield BiggerEngine(url, token)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await process.wait()


async def _answers(url: str, process: asyncio.subprocess.Process) -> bool:
    if process.returncode is not None:
        raise RuntimeError(f"the bigger engine ended with {process.returncode}")
    with contextlib.suppress(aiohttp.ClientError):
        async with aiohttp.ClientSession() as http, http.get(url) as reply:
            return reply.status > 0
    return False


async def play(home: Home, server: CameraServer, networks: str, pack: Path | None) -> bool:
    """Set the home up and play the story in it; returns whether everything happened. pack: of the second engine."""
    async with bigger_engine(pack) as engine:
        return await _play(home, server, networks, engine)


async def _play(home: Home, server: CameraServer, networks: str, engine: BiggerEngine) -> bool:
    checks, timeline = Checks(home), Timeline(server)
    entry_id = await setting.install_kith(home, networks)
    await setting.set_options(home, entry_id)
    views = {}
    for name, title in CAMERAS.items():
        camera = await setting.add_camera(home, title, server.url(name), AREA)
        views[name] = await setting.watch(home, entry_id, camera, interval=EVERY)
        print(f"  a camera             {camera}, at night")
    service = await setting.add_bigger_engine(home, entry_id, engine.url, engine.token, PER_DAY)
    print(f"  a second opinion     a bigger engine at {engine.url}; {PER_DAY} questions a day; makes {service.left}")
    photo = setting.Photo("portrait.jpg", as_jpeg(portrait(), 95))
    person, _ = await setting.enroll(home, entry_id, NAME, [photo], keep_photos=True, opinion=True)
    print(f"  a person             {NAME}, who agreed to that too")
    labels = {entity: CAMERAS[name].lower() for name in CAMERAS for entity in views[name].made}
    await timeline.start(home, labels | dict.fromkeys(person.made, NAME) | dict.fromkeys(service.made, "2nd opinion"))
    tale = _Tale(home, server, timeline, checks, views, service)
    await tale.enrolled()
    await tale.comes("front_door", left=1)
    await tale.stays("front_door", left=1)
    await tale.comes("hall", left=0)
    await tale.ledger()
    return checks.verdict()


@dataclass(slots=True)
class _Tale:
    home: Home
    server: CameraServer
    timeline: Timeline
    checks: Checks
    views: dict[str, setting.CameraEntities]
    service: setting.ServiceEntities

    async def enrolled(self) -> None:
        self.timeline.chapter(f"The bigger engine looks at the photo of {NAME}, which she agreed to.")
        await until(self._has_photo, DECIDED_WITHIN, "her photo did not get there")
        self.checks.say("it has not been asked anything yet", await self._asked() == 0)

    async def comes(self, name: str, left: int) -> None:
        self.timeline.chapter(f"By lamplight, {NAME} comes to the {CAMERAS[name].lower()}.")
        known, asked = len(self.timeline.recognitions), PER_DAY - left
        self.server[name].play(_by_lamplight(name, _waits(name)))
        view = self.views[name]
        await self.checks.soon(f"Kith itself thinks of {NAME} but is not sure", _doubts(view), DECIDED_WITHIN)
        await self.checks.soon("one question fewer is left", _is(self.service.left, left), DECIDED_WITHIN)
        heard = self.timeline.recognitions
        await self.checks.soon("with the answer, it is sure", lambda _: len(heard) > known, DECIDED_WITHIN)
        self.checks.say(f"it is {NAME}", [one.person for one in heard[known:]] == [NAME])
        self.checks.say(f"questions so far: {asked}", await self._asked() == asked)

    async def stays(self, name: str, left: int) -> None:
        self.timeline.chapter("She stays.")
        before = len(self.server[name].asked)
        await until(lambda: _more(self.server, name, before + 10), DECIDED_WITHIN, "nobody looked at the camera")
        await self.checks.now("nothing more was asked", _is(self.service.left, left))
        self.server[name].play(_by_lamplight(name, nobody(name)))

    async def ledger(self) -> None:
        self.timeline.chapter("What was sent, as the owner reads and downloads it.")
        for line in (await setting.what_was_sent(self.home, self.service)).splitlines():
            print(f"{'':11} {line}")
        entries = await self._entries()
        asked = [one for one in entries if one["purpose"] == "ask"]
        self.checks.say("every question is listed, with its camera", len({one["camera"] for one in asked}) == PER_DAY)
        self.checks.say("and the person it was about", all(one["about"] == [NAME] for one in asked))
        sent = sum(one["bytes"] for one in asked)
        self.checks.say(f"{sent / 1000:.1f} kB were sent with questions, each a face", 0 < sent < MOST_SENT)

    async def _entries(self) -> list[Json]:
        found = await self.home.request("GET", f"/api/kith/sent/{self.service.service_id}/json")
        return list(found)

    async def _has_photo(self) -> bool:
        return any(one["purpose"] == "enrol" and not one["error"] for one in await self._entries())

    async def _asked(self) -> int:
        return sum(one["purpose"] == "ask" for one in await self._entries())


def _waits(camera: str) -> Scene:
    """She stands and waits: ten pictures of one moment are little more evidence than one."""
    standing = walk(camera, NEAR, NEAR, 1)(1)
    return lambda _: standing


async def _more(server: CameraServer, name: str, times: int) -> bool:
    return len(server[name].asked) >= times


def _is(entity: str, number: int) -> Predicate:
    return lambda states: entity in states and states[entity]["state"] == str(number)


def _doubts(view: setting.CameraEntities) -> Predicate:
    def holds(states: States) -> bool:
        told = states[view.person_detected]["attributes"]
        return told.get("outcome") == "unsure" and NAME in told.get("explanation", "")

    return holds
