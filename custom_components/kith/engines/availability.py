"""Whether an engine answers. Changes notify listeners, and are logged once, not at every try."""

from collections.abc import Callable
import logging

from ..kith_engine.analysis import EngineFacts
from ..kith_engine.errors import KithError
from ..listeners import Listeners

_LOGGER = logging.getLogger(__name__)


class Availability:
    """The availability of one engine; `name` is for the log."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.on_change: Listeners[[]] = Listeners()
        self._logged: set[str] = set()
        """Codes of the reasons that were logged since it answered last."""
        self.yes = False
        self.reason: KithError | None = None
        """Why not; None if the engine was stopped on purpose."""

    def came(self) -> None:
        if self._logged:
            _LOGGER.info("%s is responding again", self._name)
        self._logged.clear()
        self._change(None, yes=True)

    def went(self, reason: KithError) -> None:
        """The engine went, or stays away, perhaps for another reason."""
        if reason.code not in self._logged:
            _LOGGER.warning("%s is not responding: %s", self._name, reason)
        self._logged.add(reason.code)
        self._change(reason, yes=False)

    def ended(self) -> None:
        """Stopped on purpose, so nothing is logged."""
        self._change(None, yes=False)

    def _change(self, reason: KithError | None, *, yes: bool) -> None:
        before, self.reason = self.reason, reason
        if yes != self.yes or type(reason) is not type(before):
            self.yes = yes
            self.on_change.notify()


class ObservedEngine:
    """What both kinds of engine report: their facts, whether they answer, and why not.

    name: for the log.
    """

    def __init__(self, name: str) -> None:
        self._availability = Availability(name)
        self._facts: EngineFacts | None = None
        self.frames = 0

    @property
    def facts(self) -> EngineFacts | None:
        return self._facts

    @property
    def available(self) -> bool:
        return self._availability.yes

    @property
    def reason(self) -> KithError | None:
        return self._availability.reason

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        return self._availability.on_change.subscribe(listener)
