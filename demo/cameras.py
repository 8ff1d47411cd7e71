"""Demo cameras over loopback: stills over HTTP at /NAME.jpg, like a plain network camera, or streams over RTSP."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
import io
from pathlib import Path
import time

from aiohttp import web
import numpy as np
from PIL import Image

from .drawing import as_jpeg, with_noise
from .rtsp import Channel, RtspServer
from .video import Encoder
from .walks import Scene

type Film = Callable[[float], bytes]
"""Maps the seconds since the film began to the JPEG of that moment."""


class DemoCamera:
    """One camera. The story sets what it shows; each request gets the still of that moment."""

    def __init__(self, name: str, first: Scene) -> None:
        self.name = name
        self.asked: list[float] = []
        """When pictures were given, in seconds since the epoch."""
        self._random = np.random.default_rng(len(name))
        self.show(first)

    def show(self, scene: Scene) -> None:
        """Show a drawn scene, with fresh sensor noise in every still."""
        self.play(lambda seconds: as_jpeg(with_noise(scene(seconds), self._random)))

    def play(self, film: Film) -> None:
        """Show ready-made stills."""
        self._film = film
        self._since = time.monotonic()

    async def still(self) -> bytes:
        """The JPEG of this moment."""
        self.asked.append(time.time())
        return await asyncio.to_thread(self._film, time.monotonic() - self._since)


class CameraServer:
    """All demo cameras behind one port."""

    def __init__(self, cameras: Iterable[DemoCamera]) -> None:
        self._cameras = {camera.name: camera for camera in cameras}
        self.port = 0

    def __contains__(self, name: str) -> bool:
        return name in self._cameras

    def __getitem__(self, name: str) -> DemoCamera:
        return self._cameras[name]

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}.jpg"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[CameraServer]:
        """Serve on a free port of the loopback interface."""
        app = web.Application()
        app.router.add_get("/{name}.jpg", self._still)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.port = runner.addresses[0][1]
            yield self
        finally:
            await runner.cleanup()

    async def _still(self, request: web.Request) -> web.Response:
        camera = self._cameras.get(request.match_info["name"])
        if camera is None:
            raise web.HTTPNotFound(text=f"no such camera; there are {', '.join(self._cameras)}")
        return web.Response(body=await camera.still(), content_type="image/jpeg", headers={"Cache-Control": "no-store"})


STREAM_RATE = 5
"""Pictures a second: drawing and encoding two cameras in full size leaves the processor to Kith."""
KEYFRAME_EVERY = 2.0


class StreamingServer(CameraServer):
    """All demo cameras as streams of one RTSP server."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[CameraServer]:
        """Serve on a free port of the loopback interface, and film all the time."""
        server = RtspServer({name: Channel() for name in self._cameras})
        async with server.running():
            self.port = server.port
            filming = [asyncio.create_task(_film(self[name], channel)) for name, channel in server.channels.items()]
            try:
                yield self
            finally:
                for task in filming:
                    task.cancel()
                await asyncio.gather(*filming, return_exceptions=True)

    def url(self, name: str) -> str:
        return f"rtsp://127.0.0.1:{self.port}/{name}"


async def _film(camera: DemoCamera, channel: Channel) -> None:
    """Push what the camera sees as it happens; pictures that take too long to draw are left out."""
    encoder, began = None, time.monotonic()
    while True:
        picture = np.asarray(Image.open(io.BytesIO(await camera.still())).convert("RGB"))
        if encoder is None:
            encoder = Encoder((picture.shape[1], picture.shape[0]), STREAM_RATE, KEYFRAME_EVERY)
        unit = await asyncio.to_thread(encoder.encode, picture)
        now = time.monotonic() - began
        channel.push(replace(unit, at=now, stamp=now))
        await asyncio.sleep(max(0.0, 1 / STREAM_RATE - (time.monotonic() - began) % (1 / STREAM_RATE)))


async def _output(*command: str) -> bytes:
    """What a program prints. Raises RuntimeError with its error output if it fails."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, complaint = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{command[0]} failed on {command[-1]}: {complaint.decode(errors='replace').strip()}")
    return output


class Clip:
    """A short video, decoded into JPEGs."""

    def __init__(self, frames: list[bytes], rate: float) -> None:
        """rate: frames per second."""
        self.frames = frames
        self.rate = rate

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return Image.open(io.BytesIO(self.frames[0])).size

    @property
    def seconds(self) -> float:
        return len(self.frames) / self.rate

    @classmethod
    async def read(cls, path: Path) -> Clip:
        """Decode a file with ffmpeg. Raises RuntimeError if it cannot be decoded."""
        ask = ("-v", "error", "-select_streams", "v:0", "-show_entries", "stream=avg_frame_rate", "-of", "csv=p=0")
        above, below = (await _output("ffprobe", *ask, str(path))).decode().strip().split("/")
        decode = ("-f", "image2pipe", "-c:v", "mjpeg", "-q:v", "2", "-fps_mode", "passthrough", "-")
        stream = await _output("ffmpeg", "-v", "error", "-nostdin", "-i", str(path), *decode)
        end = b"\xff\xd9"  # within a JPEG's pixels, 0xff is always followed by 0x00 or a restart marker
        return cls([frame + end for frame in stream.split(end) if frame], int(above) / int(below))

    def film(self) -> Film:
        """Plays forward and backward at the clip's own pace: somebody who walked up walks back, without a jump."""

        def still(seconds: float) -> bytes:
            turn = max(1, len(self.frames) - 1)
            position = int(seconds * self.rate) % (2 * turn)
            return self.frames[min(position, 2 * turn - position, len(self.frames) - 1)]

        return still
