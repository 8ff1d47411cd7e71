"""One protocol for an engine, whether it is a child of Home Assistant or on another host."""

from collections.abc import Callable
from datetime import timedelta
from typing import IO, Protocol

from ..kith_engine.analysis import WHOLE, Analysis, Box, EngineFacts, Look, Scope
from ..kith_engine.errors import KithError
from ..kith_engine.streams.clip_protocol import ClipFacts, ClipPicture
from ..kith_engine.streams.protocol import Glimpse, LookRequest, StreamAddress, StreamHealth


class StreamEngine(Protocol):
    """Decodes cameras' streams itself. Errors are those of kith_engine.errors."""

    async def open_stream(self, camera: str, address: StreamAddress) -> None:
        """Take this camera's pictures from there; it need not be reachable yet."""

    async def close_stream(self, camera: str) -> None:
        """May be called for a camera without a stream."""

    async def stream_health(self, camera: str) -> StreamHealth:
        """Raises StreamClosedError if the engine has none: it was started since, or nobody asked for minutes."""

    async def look(self, camera: str, request: LookRequest) -> Glimpse:
        """Look at the picture that is asked for. Raises StreamError if none comes."""


class ClipEngine(Protocol):
    """Decodes recordings. Errors are those of kith_engine.errors."""

    async def open_clip(self, clip: str, recording: IO[bytes], orientation: int = 1) -> ClipFacts:
        """Hand a recording over, which is closed then. Raises ClipError if it is none."""

    async def look_on(self, clip: str, scope: Scope = WHOLE) -> ClipPicture | None:
        """Look at the recording's next picture; None after the last one."""

    async def close_clip(self, clip: str) -> None:
        """May be called for a recording that was never opened."""


class Engine(Protocol):
    """Analyzes pictures. Errors are those of kith_engine.errors."""

    @property
    def facts(self) -> EngineFacts | None:
        """What the engine said about itself; None before the first handshake."""

    @property
    def available(self) -> bool: ...

    @property
    def reason(self) -> KithError | None:
        """Why the engine is not available; None if it is, or was stopped on purpose."""

    @property
    def frames(self) -> int:
        """Pictures analyzed since the start."""

    @property
    def skew(self) -> timedelta | None:
        """The clock of the engine's host minus ours; None if it is the same clock or not known yet."""

    @property
    def is_local(self) -> bool:
        """Is it a child of Home Assistant on this machine?"""

    @property
    def trusted(self) -> bool:
        """May it be told cameras' passwords: is it proven who it is, and can nobody else read them?"""

    @property
    def streams(self) -> StreamEngine | None:
        """What decodes streams; None if this engine cannot, or must get no passwords: it is not trusted."""

    @property
    def clips(self) -> ClipEngine | None:
        """What decodes recordings; None if this engine cannot."""

    async def start(self) -> None:
        """Connect to the engine; start it first if it is local. Raises KithError."""

    async def stop(self) -> None:
        """May be called at any time, and twice."""

    async def analyze(self, picture: bytes, *, camera: str, look: Look, scope: Scope = WHOLE) -> Analysis:
        """Raises PictureError if the picture is at fault, EngineError if the engine is."""

    async def crop(self, picture: bytes, box: Box) -> bytes:
        """A JPEG of a face with a margin. Raises what `analyze` raises."""

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call the listener when the engine comes, goes, or stays away for another reason; returns the way to stop."""
