"""Which camera has which stream. Cameras with the same address share one connection."""

import asyncio
from collections.abc import Callable
import contextlib
from dataclasses import dataclass

from ..errors import StreamClosedError, StreamUnreachableError
from .decoder import Shown
from .protocol import StreamAddress, StreamHealth
from .reader import StreamReader

PICTURE_TIMEOUT = 5.0
"""Seconds to wait for a picture: most cameras send the next keyframe within four."""
ENDING_TIMEOUT = 2.0
"""Seconds to wait for connections to end when the engine ends; a process that is gone has none."""


@dataclass(eq=False)
class Watch:
    """Passes over pictures in which nothing moves.

    still: does nothing move in this picture? It is called in the reader's thread. seconds: for how long at most.
    glances: how many pictures it was asked about.
    """

    still: Callable[[Shown], bool]
    seconds: float
    glances: int = 0


class _Waiter:
    """Somebody who waits for a picture after that time."""

    def __init__(self, after: float, watch: Watch | None) -> None:
        self.told = asyncio.Event()
        self._after = after
        self._watch = watch

    def is_concerned(self, reader: StreamReader) -> bool:
        """There is a new picture, or none anymore: must they be told? Called in the reader's thread."""
        newest, following = reader.newest, reader.after(self._after)
        if self._watch is None or newest is None or following is None or following.early:
            return True
        self._watch.glances += 1
        return not self._watch.still(newest)


class _Line:
    """One connection and those who wait for its next picture."""

    def __init__(self, address: StreamAddress) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiters: set[_Waiter] = set()
        self.cameras: set[str] = set()
        self.reader = StreamReader(address, self._on_change)
        self.reader.start()

    async def picture(self, after: float, watch: Watch | None = None) -> Shown:
        """The next picture after that time: at once if there is one, or with a watch, the next one that moves.

        Raises StreamError if the connection failed.
        """
        waiter = _Waiter(after, watch)
        self._waiters.add(waiter)
        try:
            if watch is None and (shown := self.reader.after(after)) is not None:
                return shown
            while (error := self.reader.error) is None:
                await waiter.told.wait()
                waiter.told.clear()
                if (newest := self.reader.newest) is not None:  # it is new, even if the clock was set back
                    return self.reader.after(after) or newest
            raise type(error)(str(error))
        finally:
            self._waiters.discard(waiter)

    def _on_change(self) -> None:
        """In the reader's thread."""
        for waiter in tuple(self._waiters):
            if waiter.is_concerned(self.reader):
                with contextlib.suppress(RuntimeError):  # the loop was closed: the engine ends
                    self._loop.call_soon_threadsafe(waiter.told.set)


class Streams:
    """All streams of an engine. Call all methods in the event loop."""

    def __init__(self) -> None:
        self._lines: dict[StreamAddress, _Line] = {}
        self._cameras: dict[str, _Line] = {}
        self._ending: set[StreamReader] = set()

    def open(self, camera: str, address: StreamAddress) -> None:
        """Connect, unless the camera has this address already; a connection to another one ends."""
        before = self._cameras.get(camera)
        if before is not None and before.reader.address == address:
            return
        self.close(camera)
        line = self._lines.get(address)
        if line is None:
            line = self._lines[address] = _Line(address)
        line.cameras.add(camera)
        self._cameras[camera] = line

    def close(self, camera: str) -> None:
        """Disconnect, unless another camera needs the connection."""
        line = self._cameras.pop(camera, None)
        if line is None:
            return
        line.cameras.discard(camera)
        if not line.cameras:
            del self._lines[line.reader.address]
            line.reader.stop()
            self._ending = {reader for reader in (*self._ending, line.reader) if not reader.join(0)}

    def health(self, camera: str) -> StreamHealth:
        """Raises StreamClosedError if the camera has no stream."""
        return self._line(camera).reader.health

    async def picture(self, camera: str, after: float, *, idle: bool, watch: Watch | None = None) -> Shown:
        """The camera's next picture after that time: one from before it was asked for, or else the newest.

        idle: only to notice motion. watch: the next one in which something moves, if there is one in time.
        Raises StreamError.
        """
        line = self._line(camera)
        line.reader.want(idle=idle)
        try:
            async with asyncio.timeout(PICTURE_TIMEOUT):
                if watch is not None:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(watch.seconds):
                            return await line.picture(after, watch)
                return await line.picture(after)
        except TimeoutError as error:
            raise StreamUnreachableError(f"the camera sent no picture for {PICTURE_TIMEOUT:.0f} s.") from error

    async def stop(self) -> None:
        """End all connections."""
        for camera in list(self._cameras):
            self.close(camera)
        ending = [asyncio.to_thread(reader.join, ENDING_TIMEOUT) for reader in self._ending]
        await asyncio.gather(*ending)

    def _line(self, camera: str) -> _Line:
        try:
            return self._cameras[camera]
        except KeyError:
            raise StreamClosedError("this camera has no stream here yet.") from None
