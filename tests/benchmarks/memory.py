"""The engine's memory: measures the real process after frames of all sizes."""

import asyncio
import io
from pathlib import Path
import subprocess
import sys
import tempfile
from typing import Any

import psutil

from custom_components.kith.engines.process import _FOLDER, _LAUNCH
from custom_components.kith.kith_engine.analysis import Look
from custom_components.kith.kith_engine.client import EngineClient
from demo.figure import with_person
from demo.scenes import empty

from . import frames
from .effort import Effort

MEGABYTE = 1024 * 1024


def measure(pack: Path, effort: Effort) -> dict[str, Any]:
    """Resident memory in MB at the start, after 1080p frames with a face, and after 8K ones."""
    with tempfile.TemporaryDirectory(prefix="kith-") as folder:
        socket = f"{folder}/engine"
        command = [sys.executable, "-c", _LAUNCH, str(_FOLDER), "serve", "--unix", socket, "--pack", str(pack)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        try:
            assert process.stdout is not None
            process.stdout.readline()
            return asyncio.run(_measure(socket, psutil.Process(process.pid), effort))
        finally:
            process.terminate()
            process.wait()


async def _measure(socket: str, process: psutil.Process, effort: Effort) -> dict[str, Any]:
    client = EngineClient.over_unix(socket)
    try:
        found = {"start": _resident(process)}
        usual, large = frames.with_face(4) * effort.rounds(25), [_eight_k()] * effort.rounds(3)
        for name, pictures in (("1080p", usual), ("8k", large)):
            for picture in pictures:
                await client.analyze(picture, camera=name, look=Look.PEOPLE)
            found[name] = _resident(process)
        return found
    finally:
        await client.close()


def _resident(process: psutil.Process) -> int:
    return round(process.memory_info().rss / MEGABYTE)


def _eight_k() -> bytes:
    buffer = io.BytesIO()
    with_person(empty("hall", (7680, 4320)), frames.POSE).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
