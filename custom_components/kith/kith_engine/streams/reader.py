"""One thread that reads one stream: connects, keeps the newest packets, decodes what is wanted, and connects again."""

from collections import deque
from collections.abc import Callable
import logging
import threading
import time
import traceback

from ..errors import StreamError, StreamRefusedError, StreamUnreachableError
from .connection import opened
from .decoder import LARGEST_IDLE, Appetite, Shown, StreamDecoder
from .frame_clock import FrameClock
from .protocol import Flow, StreamAddress, StreamHealth
from .ring import Held, PacketRing

_LOGGER = logging.getLogger(__name__)

WANTED_FOR = 5.0
"""Seconds that pictures are decoded after somebody asked for one; longer than the pauses between looks at a person."""
FIRST_RETRY = 1.0
LONGEST_RETRY = 60.0
"""Seconds between two tries to connect; the pause doubles."""
REFUSED_RETRY = 60.0
LONGEST_REFUSED_RETRY = 900.0
"""The same after a wrong password: cameras lock out whoever tries too often."""
HEALTHY_AFTER = 30.0
"""Seconds of pictures after which the next failure counts as the first one."""
OFTEN_ENOUGH = 4.5
"""Seconds between keyframes up to which they can be all that is decoded while nobody is there."""
UNTIMED = {"mpjpeg", "mjpeg", "h264", "hevc"}
"""Formats without times. FFmpeg makes some up, for 25 pictures a second; when the picture came is nearer the truth."""
RATE_OVER = 32
"""Packets over which their rate is measured."""


class StreamReader:
    """Call `start` once. Everything else may be called from any thread.

    on_picture is called in the reader's thread when there is a new picture or another state; it must not block.
    """

    def __init__(self, address: StreamAddress, on_change: Callable[[], None]) -> None:
        self.address = address
        self._on_change = on_change
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kith-stream", daemon=True)
        self._ring = PacketRing()
        self._pictures: tuple[Shown, ...] = ()
        self._flow = Flow.CONNECTING
        self._error: StreamError | None = None
        self._format = ("", 0, 0)
        self._arrivals: deque[float] = deque(maxlen=RATE_OVER)
        self._keyframes: deque[float] = deque(maxlen=3)
        self._wanted: dict[Appetite, float] = {}
        """Until when somebody wants how much, by the monotonic clock."""

    @property
    def error(self) -> StreamError | None:
        """Why there are no pictures; None while there are, or at the first try."""
        return self._error

    @property
    def health(self) -> StreamHealth:
        with self._lock:
            codec, width, height = self._format
            code = self._error.code if self._error is not None else ""
            return StreamHealth(
                self._flow, code, codec, width, height, _rate(self._arrivals), _interval(self._keyframes)
            )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """The connection ends with its next packet, or when there is none in time."""
        self._ending.set()

    def join(self, seconds: float) -> bool:
        """Wait for the end of the thread, and return whether it has ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def newest(self) -> Shown | None:
        """The newest picture that was decoded, if any."""
        pictures = self._pictures
        return pictures[-1] if pictures else None

    def want(self, appetite: Appetite) -> None:
        """Decode so much for a while from now on."""
        with self._lock:
            self._wanted[appetite] = time.monotonic() + WANTED_FOR

    def after(self, captured: float) -> Shown | None:
        """The next picture after that time that is worth a look; None if there is none yet."""
        with self._lock:
            return next((shown for shown in self._pictures if shown.captured > captured), None)

    def _run(self) -> None:
        pause = FIRST_RETRY
        while not self._ending.is_set():
            began = time.monotonic()
            try:
                self._read()
            except StreamError as error:
                pause = self._pause(error, pause, time.monotonic() - began)
                self._report(error)
            except Exception as error:  # a thread that dies would leave a camera blind
                where = "".join(traceback.format_tb(error.__traceback__))
                # not the message, which may have the address in it
                _LOGGER.error("Reading a stream failed with %s:\n%s", type(error).__name__, where)  # noqa: TRY400
                self._report(StreamError("something unexpected; see the engine's log."))
            self._ending.wait(pause)

    @staticmethod
    def _pause(error: StreamError, before: float, lasted: float) -> float:
        first, longest = FIRST_RETRY, LONGEST_RETRY
        if isinstance(error, StreamRefusedError):
            first, longest = REFUSED_RETRY, LONGEST_REFUSED_RETRY
        return first if lasted > HEALTHY_AFTER else min(longest, max(first, 2 * before))

    def _report(self, error: StreamError) -> None:
        with self._lock:
            self._error, self._flow, self._pictures = error, Flow.FAILED, ()
            self._arrivals.clear()
            self._keyframes.clear()
            self._ring.clear()
        if not self._ending.is_set():
            self._on_change()

    def _read(self) -> None:
        """Read until the stream ends, which is an error unless `stop` asked for it."""
        with opened(self.address) as (container, video):
            decoder, clock = StreamDecoder(video.codec_context), FrameClock()
            timed = container.format.name not in UNTIMED
            for number, packet in enumerate(container.demux(video)):
                if self._ending.is_set():
                    return
                if packet.size == 0:  # the demuxer's last one
                    break
                arrived = time.time()
                stamp = packet.pts if packet.pts is not None else packet.dts
                seconds = stamp * float(packet.time_base) if timed and stamp is not None else None
                held = Held(number, packet, clock.captured(seconds, arrived), packet.is_keyframe, packet.size)
                self._take(held, decoder)
                if not self._format[1] or held.keyframe:
                    self._format = (video.codec_context.name, video.codec_context.width, video.codec_context.height)
        raise StreamUnreachableError("the camera ended the stream.")

    def _take(self, held: Held, decoder: StreamDecoder) -> None:
        with self._lock:
            self._ring.add(held)
            self._arrivals.append(held.captured)
            if held.keyframe:
                self._keyframes.append(held.captured)
            changed = self._flow is not Flow.FLOWING and held.keyframe
            if changed:
                self._flow, self._error = Flow.FLOWING, None
            appetite = self._appetite(held.captured)
        if self._flow is not Flow.FLOWING:  # there is nothing to decode before the first keyframe
            return
        if decoder.advance(self._ring, held, appetite):
            assert decoder.newest is not None
            with self._lock:
                self._pictures = (*decoder.early, decoder.newest)
            changed = True
        elif appetite is Appetite.NOTHING:
            self._pictures = ()
        if changed:
            self._on_change()

    def _appetite(self, captured: float) -> Appetite:
        """captured: the time of the newest packet."""
        now = time.monotonic()
        wanted = max((one for one, until in self._wanted.items() if now < until), default=Appetite.NOTHING)
        _, width, height = self._format
        if wanted is Appetite.MOTION and width * height > LARGEST_IDLE:
            wanted = Appetite.KEYFRAMES
        if wanted is Appetite.KEYFRAMES and self._keyframes_are_rare(captured):
            return Appetite.MOTION
        return wanted

    def _keyframes_are_rare(self, captured: float) -> bool:
        """Would nobody be seen for long between two of them? As with "smart" codecs, whose other packets are small."""
        since = captured - self._keyframes[-1] if self._keyframes else 0.0
        return max(since, _interval(self._keyframes)) > OFTEN_ENOUGH


def _rate(arrivals: deque[float]) -> float:
    over = arrivals[-1] - arrivals[0] if len(arrivals) > 1 else 0.0
    return (len(arrivals) - 1) / over if over > 0 else 0.0


def _interval(keyframes: deque[float]) -> float:
    return (keyframes[-1] - keyframes[0]) / (len(keyframes) - 1) if len(keyframes) > 1 else 0.0
