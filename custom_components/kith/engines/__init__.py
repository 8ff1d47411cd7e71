"""One protocol for an engine, whether it is a child of Home Assistant or on another host."""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from ..kith_engine.analysis import Analysis, Box, EngineFacts, Look, Scope
from ..kith_engine.client import WHOLE
from ..kith_engine.errors import KithError


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
