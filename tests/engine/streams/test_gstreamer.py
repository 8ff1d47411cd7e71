"""The same from a server that others wrote, where Debian's packages for it are installed."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
import contextlib
from pathlib import Path
import time

import pytest

pytest.importorskip("av")

from kith_engine.streams.decoder import Appetite
from kith_engine.streams.protocol import StreamAddress
from kith_engine.streams.registry import Streams

pytestmark = pytest.mark.slow

PYTHON = Path("/usr/bin/python3")
SERVER = Path(__file__).with_name("gstreamer.py")
PATIENCE = 30


async def test_gstreamer_s_pictures_are_seen() -> None:
    if not PYTHON.exists():
        pytest.skip("there is no Python of the system")
    server = await asyncio.create_subprocess_exec(PYTHON, SERVER, stdout=PIPE, stderr=DEVNULL)
    assert server.stdout is not None
    try:
        port = (await server.stdout.readline()).decode().strip()
        if not port:
            pytest.skip(f"GStreamer's RTSP server is not installed; see {SERVER.name}")
        streams, seen = Streams(), []
        streams.open("hall", StreamAddress(f"rtsp://127.0.0.1:{port}/hall"))
        async with asyncio.timeout(PATIENCE):
            while len(seen) < 20:
                seen.append(await streams.picture("hall", seen[-1].captured if seen else 0.0, Appetite.EVERYTHING))
        assert (seen[-1].frame.width, seen[-1].frame.height) == (320, 240)
        assert time.time() - seen[-1].captured < PATIENCE
        await streams.stop()
    finally:
        with contextlib.suppress(ProcessLookupError):  # it has ended: nothing is installed
            server.kill()
        await server.wait()
