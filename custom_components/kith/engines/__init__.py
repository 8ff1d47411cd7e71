"""Where an engine runs, behind one protocol: a child of Home Assistant, or another host."""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from ..kith_engine.analysis import Analysis, Box, EngineFacts, Look, Scope
from ..kith_engine.client import WHOLE
from ..kith_engine.errors import KithError


class Engine(Protocol):
    """Pictures in, analyzes out. Errors are those of kith_engine.errors."""

    @property
    def facts(self) -> EngineFacts | None:
        """What the engine said of itself; None until it was met."""

    @property
    def available(self) -> bool: ...

    @property
    def reason(self) -> KithError | None:
        """Why it is not available; None while it is, and where that was wanted."""

    @property
    def frames(self) -> int:
        """Pictures analyzed since it was started."""

    @property
    def skew(self) -> timedelta | None:
        """Its host's clock minus ours; None where it is the same clock, or was not told yet."""

    async def start(self) -> None:
        """Meet the engine, starting it where it is ours. Raises what stands in the way."""

    async def stop(self) -> None:
        """May be called at any time, and twice."""

    async def analyze(self, picture: bytes, *, camera: str, look: Look, scope: Scope = WHOLE) -> Analysis:
        """Raises PictureError if the picture is at fault, EngineError if the engine is."""

    async def crop(self, picture: bytes, box: Box) -> bytes:
        """A JPEG of a face with a margin. Raises what `analyze` raises."""

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Be told when the engine came or went, or stays away for another reason; returns the way to stop that."""
