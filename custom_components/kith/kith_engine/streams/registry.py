"""Which camera has which stream. Cameras with the same address share one connection."""

import asyncio
from collections.abc import Callable
import contextlib
from dataclasses import dataclass
import time

from ..errors import StreamClosedError, StreamUnreachableError
from .decoder import Appetite, Shown
from .protocol import UNASKED_FOR, StreamAddress, StreamHealth
from .reader import StreamReader

PICTURE_TIMEOUT = 5.0
"""Seconds to wait for a picture: most cameras send the next keyframe within four."""
SWEEP_EVERY = 30.0
"""Seconds between two looks for streams that nobody asks about."""
ENDING_TIMEOUT = 2.0
"""Seconds to wait for connections to end when the engine ends; a process that is gone has none."""


@dataclass(eq=False)
class Watch:
    """Passes over pictures in which nothing moves.

    still: does nothing move in this picture? It is called in the reader's thread. until: when the next picture is shown
    whatever is in it, by the monotonic clock. glances: how many pictures came.
    """

    still: Callable[[Shown], bool]
    until: float
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
        return time.monotonic() >= self._watch.until or not self._watch.still(newest)


class _Line:
    """One connection and those who wait for its next picture."""

    def __init__(self, address: StreamAddress) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiters: set[_Waiter] = set()
        self.cameras: set[str] = set()
        self.reader = StreamReader(address, self._on_change)
        self.reader.start()

    async def picture(self, after: float, watch: Watch | None = None) -> Shown:
        """The next picture after that time: at once if there is one, or with a watch, the one that this waits for.

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
    """All streams of an engine. Call all methods in the event loop. clock: seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asked: dict[str, float] = {}
        """When somebody asked about each camera's stream last."""
        self._sweeping: asyncio.TimerHandle | None = None
        self._lines: dict[StreamAddress, _Line] = {}
        self._cameras: dict[str, _Line] = {}
        self._ending: set[StreamReader] = set()

    def open(self, camera: str, address: StreamAddress) -> None:
        """Connect, unless the camera has this address already; a connection to another one ends.

        The stream ends if nobody asks about it for UNASKED_FOR.
        """
        before = self._cameras.get(camera)
        if before is None or before.reader.address != address:
            self.close(camera)
            line = self._lines.get(address)
            if line is None:
                line = self._lines[address] = _Line(address)
            line.cameras.add(camera)
            self._cameras[camera] = line
        self._asked[camera] = self._clock()
        if self._sweeping is None:
            self._sweep()

    def close(self, camera: str) -> None:
        """Disconnect, unless another camera needs the connection."""
        line = self._cameras.pop(camera, None)
        if line is None:
            return
        del self._asked[camera]
        line.cameras.discard(camera)
        if not line.cameras:
            del self._lines[line.reader.address]
            line.reader.stop()
            self._ending = {reader for reader in (*self._ending, line.reader) if not reader.join(0)}

    def health(self, camera: str) -> StreamHealth:
        """Raises StreamClosedError if the camera has no stream."""
        return self._line(camera).reader.health

    async def picture(self, camera: str, after: float, appetite: Appetite, watch: Watch | None = None) -> Shown:
        """The camera's next picture after that time: one from before it was asked for, or else the newest.

        watch: instead, the next one in which something moves, or the first after its end; the last one in which nothing
        moved if that takes too long. Raises StreamError.
        """
        line = self._line(camera)
        line.reader.want(appetite)
        try:
            async with asyncio.timeout(PICTURE_TIMEOUT):
                return await line.picture(after, watch)
        except TimeoutError as error:
            if watch is not None and watch.glances and (newest := line.reader.newest) is not None:
                return newest  # keyframes alone, just after everything was decoded: the next one comes late
            raise StreamUnreachableError(f"the camera sent no picture for {PICTURE_TIMEOUT:.0f} s.") from error

    async def stop(self) -> None:
        """End all connections."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        for camera in list(self._cameras):
            self.close(camera)
        ending = [asyncio.to_thread(reader.join, ENDING_TIMEOUT) for reader in self._ending]
        await asyncio.gather(*ending)

    def _line(self, camera: str) -> _Line:
        if camera not in self._cameras:
            raise StreamClosedError("this camera has no stream here, or nobody asked about it for too long.")
        self._asked[camera] = self._clock()
        return self._cameras[camera]

    def _sweep(self) -> None:
        """End what nobody asked about for too long, now and again and again."""
        since = self._clock() - UNASKED_FOR
        for camera in [camera for camera, asked in self._asked.items() if asked <= since]:
            self.close(camera)
        self._sweeping = asyncio.get_running_loop().call_later(SWEEP_EVERY, self._sweep)
