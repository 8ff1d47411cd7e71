"""Decides whether a doubtful face is worth a question and which service may answer it, and asks."""

from collections.abc import Callable
import logging
import math

from homeassistant.core import callback

from ..const import DOMAIN
from ..engines import Engine
from ..errors import OpinionError
from ..household import Household
from ..identity.doubts import Doubtful
from ..identity.opinion import Opinion
from ..kith_engine.errors import KithError
from ..settings import Band, ServiceKind
from .active_service import ActiveService
from .opinions import SecondOpinions
from .protocol import Said

_LOGGER = logging.getLogger(__name__)

LEAST_SHARE = {Band.NARROW: 0.5, Band.NORMAL: 0.2, Band.WIDE: -math.inf}
"""The share of the demanded evidence that the likeliest name must have. Narrow: half is more than strangers reach, and
a usual opinion decides. Normal: below a fifth it is mostly somebody else. Wide: everybody undecided."""
ORDER = tuple(ServiceKind)
"""Services at home are asked first."""


@callback
def ask_in_doubt(
    opinions: SecondOpinions, household: Household, engine: Engine, picture_of: Callable[[str], bytes]
) -> Callable[[], None]:
    """Ask from now on. Returns a function that stops it. picture_of: a camera's newest picture; empty if none."""
    return household.on_doubt.subscribe(_Asking(opinions, household, engine, picture_of).offered)


class _Asking:
    """Asks one service one question about each doubt."""

    def __init__(
        self, opinions: SecondOpinions, household: Household, engine: Engine, picture_of: Callable[[str], bytes]
    ) -> None:
        self._opinions = opinions
        self._household = household
        self._engine = engine
        self._picture_of = picture_of

    @callback
    def offered(self, doubt: Doubtful) -> bool:
        """Returns whether it is asked. The next service gets its turn only if the first may not be asked this."""
        picture = self._picture_of(doubt.camera)
        running = self._service_for(doubt)
        if running is None or running.busy or not picture:
            return False
        running.busy = True
        # keep this picture: the face is at this box only here, and the camera goes on
        self._opinions.begin(self._ask(running, doubt, picture), f"{DOMAIN} asks {running.settings.kind}")
        return True

    def _service_for(self, doubt: Doubtful) -> ActiveService | None:
        services = sorted(self._opinions.services.values(), key=lambda one: ORDER.index(one.settings.kind))
        return next((one for one in services if _may_be_asked(one, doubt)), None)

    async def _ask(self, running: ActiveService, doubt: Doubtful, picture: bytes) -> None:
        try:
            face = await self._engine.crop(picture, doubt.box)
            answer = await running.ask(face, doubt.suspects, doubt.camera)
        except OpinionError as error:
            _LOGGER.debug("No second opinion: %s", error.code)
        except KithError as error:
            _LOGGER.debug("A doubtful face could not be cropped: %s", error)
        except Exception as error:  # outermost handler; an unforeseen error's text may contain anything
            _LOGGER.warning("Asking %s failed: %s", running.settings.name, type(error).__name__)
        else:
            if answer is not None and answer.said is not Said.NO_FACE:
                self._household.advise(doubt, Opinion(running.settings.kind, answer.person_id, answer.ratios))
        finally:
            running.busy = False


@callback
def _may_be_asked(running: ActiveService, doubt: Doubtful) -> bool:
    settings = running.settings
    if doubt.camera in settings.not_at or doubt.share < LEAST_SHARE[settings.band]:
        return False
    return bool(running.suspects(doubt.suspects)) and running.may_ask()
