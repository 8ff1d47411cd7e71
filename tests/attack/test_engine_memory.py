"""The engine's memory under attack, measured on the real process: pictures that are bombs, and very many at once."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import suppress
import io
import os
from pathlib import Path
import sys

import numpy as np
from PIL import Image
import psutil
import pytest
import pytest_socket

from kith_engine.analysis import Look
from kith_engine.client import EngineClient
from kith_engine.errors import EngineError, PictureError
from kith_engine.wire import LARGEST_PICTURE
from tests.examples import examples
from tests.pictures import astronaut, encoded

KITH = Path(__file__).parents[2] / "custom_components" / "kith"
MOST_MEGABYTES = 400
"""Resident, at the worst moment."""


@pytest.fixture
async def engine(tmp_path: Path, socket_enabled: None) -> AsyncIterator[tuple[psutil.Process, EngineClient]]:
    """With Kith's own networks."""
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)
    environment = {**os.environ, "PYTHONPATH": str(KITH)}
    command = (sys.executable, "-m", "kith_engine")
    fetching = await asyncio.create_subprocess_exec(
        *(*command, "packs", "fetch", "compact", "--into", str(tmp_path / "pack")), env=environment, stdout=DEVNULL
    )
    assert await fetching.wait() == 0
    serving = ("serve", "--unix", str(tmp_path / "engine"), "--pack", str(tmp_path / "pack"), "--follow-stdin")
    process = await asyncio.create_subprocess_exec(*command, *serving, env=environment, stdin=PIPE, stdout=PIPE)
    assert process.stdout is not None
    assert (await process.stdout.readline()).startswith(b"ready")
    client = EngineClient.over_unix(str(tmp_path / "engine"))
    yield psutil.Process(process.pid), client
    await client.close()
    process.terminate()
    await process.wait()


def saved(picture: Image.Image, kind: str, **how: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **how)
    return buffer.getvalue()


def bombs() -> list[bytes]:
    """The largest of each kind that are accepted, and some that are not."""
    clear = Image.new("RGBA", (4000, 3000), (90, 90, 90, 128))
    return [
        saved(clear, "PNG", compress_level=1),
        saved(clear, "WEBP", quality=1, method=0),
        saved(Image.fromarray(np.full((3000, 4000), 30_000, np.uint16)), "PNG", compress_level=1),
        saved(astronaut().resize((4000, 4000)), "JPEG", progressive=True, subsampling=0),
        saved(astronaut().resize((4000, 4000)).convert("CMYK"), "JPEG", progressive=True),
        saved(astronaut().resize((7680, 4320)), "JPEG", subsampling=0),
        saved(Image.new("RGB", (8000, 5000)), "PNG", compress_level=1),
        saved(Image.new("RGB", (8000, 5000)), "WEBP", quality=1, method=0),
    ]


def peak(process: psutil.Process) -> float:
    """Megabytes."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


async def test_no_attack_takes_more_memory_than_a_small_machine_has(
    engine: tuple[psutil.Process, EngineClient],
) -> None:
    process, client = engine

    async def send(picture: bytes, number: int, look: Look) -> None:
        with suppress(PictureError, EngineError):
            await client.analyze(picture, camera=f"camera {number}", look=look)

    for number, picture in enumerate(bombs()):
        for look in (Look.PORTRAIT, Look.PEOPLE):
            await send(picture, number, look)
    largest = astronaut_of(LARGEST_PICTURE)
    crowd = [send(largest, number, Look.PORTRAIT) for number in range(examples(40))]
    await asyncio.gather(*crowd)
    assert process.is_running()
    assert len((await client.analyze(encoded(astronaut()), camera="photo", look=Look.PORTRAIT)).faces) == 1
    assert peak(process) <= MOST_MEGABYTES


def astronaut_of(size: int) -> bytes:
    """A picture of so many bytes."""
    picture = encoded(astronaut())
    return picture + bytes(size - len(picture))
