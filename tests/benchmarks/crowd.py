"""Cameras in a process of their own, on one core: python -m tests.benchmarks.crowd CORE PORT PACK PICTURE...

Each line on its input is a task in JSON, answered by looks a second. With "cameras" and "rate", so many cameras
ask the engine at that port; without, the process itself looks at the pictures, with the same networks.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
import json
import os
from pathlib import Path
import re
import sys
import time
from typing import Any

from custom_components.kith.kith_engine.analysis import Look
from custom_components.kith.kith_engine.packs import open_pack
from custom_components.kith.kith_engine.pipeline import Pipeline
from custom_components.kith.kith_engine.wire import ANALYZE, PROTOCOL, PROTOCOL_HEADER


@dataclass
class Camera:
    """Asks over a connection of its own, with as little effort as possible: it runs on the engines' cores.

    ages: seconds from when a picture was taken until its answer. gaps: between two answers.
    """

    name: str
    port: int
    ages: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)

    async def watch(self, pictures: Sequence[bytes], rate: float, until: float) -> None:
        """Take a picture at each tick, unless the last one has no answer yet, as Kith does."""
        questions = [self._question(picture) for picture in pictures]
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        start = tick = answered = time.perf_counter()
        number = 0
        while tick < until:
            await asyncio.sleep(max(0.0, tick - time.perf_counter()))
            taken = time.perf_counter()
            writer.write(questions[number % len(questions)])
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(re.findall(rb"Content-Length: (\d+)", head)[0]))
            assert head.startswith(b"HTTP/1.1 200"), head
            now = time.perf_counter()
            self.ages.append(now - taken)
            self.gaps.append(now - answered)
            answered = now
            number += 1
            tick = start + max(number, int((now - start) * rate)) / rate
        writer.close()

    def _question(self, picture: bytes) -> bytes:
        lines = (
            f"POST {ANALYZE}/{self.name}?look={Look.PEOPLE} HTTP/1.1",
            "Host: localhost",
            f"{PROTOCOL_HEADER}: {PROTOCOL}",
            f"Content-Length: {len(picture)}",
        )
        return "\r\n".join((*lines, "", "")).encode() + picture


async def watch(port: int, pictures: Sequence[bytes], task: dict[str, Any]) -> int:
    """Returns how many looks these cameras got."""
    cameras = [Camera(f"camera{number}", port) for number in range(task["cameras"])]
    until = time.perf_counter() + task["seconds"]
    await asyncio.gather(*(camera.watch(pictures, task["rate"], until) for camera in cameras))
    return sum(len(camera.ages) for camera in cameras)


def look(pipeline: Pipeline, pictures: Sequence[bytes], seconds: float) -> int:
    """Returns how many pictures were looked at."""
    until, number = time.perf_counter() + seconds, 0
    while time.perf_counter() < until:
        pipeline.analyze(pictures[number % len(pictures)], "alone", Look.PEOPLE)
        number += 1
    return number


def main() -> None:
    core, port, pack, *paths = sys.argv[1:]
    os.sched_setaffinity(0, {int(core)})
    pictures = [Path(path).read_bytes() for path in paths]
    pipeline = Pipeline(open_pack(Path(pack)))
    pipeline.analyze(pictures[0], "alone", Look.PEOPLE)
    print("ready", flush=True)
    for line in sys.stdin:
        task, began = json.loads(line), time.perf_counter()
        if "cameras" in task:
            looks = asyncio.run(watch(int(port), pictures, task))
        else:
            looks = look(pipeline, pictures, task["seconds"])
        print(looks / (time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    main()
