"""Decides whether somebody in doubt is worth a question, whom of the services may answer it, and asks."""

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
"""Of the demanded evidence, what the likeliest name must have. Narrow: half of it is more than strangers come to, and a
usual opinion decides. Normal: below a fifth it is mostly somebody else. Wide: whoever cannot be decided."""
ORDER = tuple(ServiceKind)
"""What stays at home is asked first."""


@callback
def ask_in_doubt(
    opinions: SecondOpinions, household: Household, engine: Engine, picture_of: Callable[[str], bytes]
) -> Callable[[], None]:
    """From now on; returns the function that ends it. picture_of: the newest picture of a camera; empty if none."""
    return household.on_doubt.subscribe(_Asking(opinions, household, engine, picture_of).offered)


class _Asking:
    """One question for one doubt, to one service."""

    def __init__(
        self, opinions: SecondOpinions, household: Household, engine: Engine, picture_of: Callable[[str], bytes]
    ) -> None:
        self._opinions = opinions
        self._household = household
        self._engine = engine
        self._picture_of = picture_of

    @callback
    def offered(self, doubt: Doubtful) -> bool:
        """Returns whether it is asked. The next service has its turn only where the first may not be asked this."""
        picture = self._picture_of(doubt.camera)
        running = self._whom(doubt)
        if running is None or running.busy or not picture:
            return False
        running.busy = True
        # the picture of this moment: the camera goes on, and it is here that the face is in the box
        self._opinions.begin(self._ask(running, doubt, picture), f"{DOMAIN} asks {running.settings.kind}")
        return True

    def _whom(self, doubt: Doubtful) -> ActiveService | None:
        services = sorted(self._opinions.services.values(), key=lambda one: ORDER.index(one.settings.kind))
        return next((one for one in services if _may_be_asked(one, doubt)), None)

    async def _ask(self, running: ActiveService, doubt: Doubtful, picture: bytes) -> None:
        try:
            face = await self._engine.crop(picture, doubt.box)
            answer = await running.ask(face, doubt.suspects, doubt.camera)
        except OpinionError as error:
            _LOGGER.debug("No second opinion: %s", error.code)
        except KithError as error:
            _LOGGER.debug("A doubtful face could not be cut out: %s", error)
        except Exception as error:  # the outermost; the text of what nobody foresaw may have anything in it
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
