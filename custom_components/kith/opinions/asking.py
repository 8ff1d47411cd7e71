"""Decides whether somebody in doubt is worth a question, whom of the services may answer it, and asks."""

import logging
import math

from homeassistant.core import callback

from ..const import DOMAIN
from ..errors import OpinionError
from ..home import Home
from ..identity.doubts import Doubtful
from ..identity.opinion import Opinion
from ..kith_engine.errors import KithError
from ..settings import Band, ServiceKind
from .protocol import Said
from .running import Running

_LOGGER = logging.getLogger(__name__)

LEAST_SHARE = {Band.NARROW: 0.5, Band.NORMAL: 0.2, Band.WIDE: -math.inf}
"""Of the demanded evidence, what the likeliest name must have. Narrow: half of it is more than strangers come to, and a
usual opinion decides. Normal: below a fifth it is mostly somebody else. Wide: whoever cannot be decided."""
ORDER = tuple(ServiceKind)
"""What stays at home is asked first."""


@callback
def ask_in_doubt(home: Home) -> None:
    """From now on, until the entry is unloaded."""
    home.entry.async_on_unload(home.household.listen_to_doubts(_Asking(home).offered))


class _Asking:
    """One question for one doubt, to one service."""

    def __init__(self, home: Home) -> None:
        self._home = home

    @callback
    def offered(self, doubt: Doubtful) -> bool:
        """Returns whether it is asked. The next service has its turn only where the first may not be asked this."""
        picture = self._home.cameras[doubt.camera].picture
        running = self._whom(doubt)
        if running is None or running.busy or not picture:
            return False
        running.busy = True
        # the picture of this moment: the camera goes on, and it is here that the face is in the box
        self._home.opinions.begin(self._ask(running, doubt, picture), f"{DOMAIN} asks {running.settings.kind}")
        return True

    def _whom(self, doubt: Doubtful) -> Running | None:
        services = sorted(self._home.opinions.services.values(), key=lambda one: ORDER.index(one.settings.kind))
        return next((one for one in services if _may_be_asked(one, doubt)), None)

    async def _ask(self, running: Running, doubt: Doubtful, picture: bytes) -> None:
        try:
            face = await self._home.engine.crop(picture, doubt.box)
            answer = await running.ask(face, doubt.suspects, doubt.camera)
        except OpinionError as error:
            _LOGGER.debug("No second opinion: %s", error.code)
        except KithError as error:
            _LOGGER.debug("A doubtful face could not be cropped: %s", error)
        except Exception as error:  # the outermost; the text of what nobody foresaw may have anything in it
            _LOGGER.warning("Asking %s failed: %s", running.settings.name, type(error).__name__)
        else:
            if answer is not None and answer.said is not Said.NO_FACE:
                self._home.household.advise(doubt, Opinion(running.settings.kind, answer.person_id, answer.ratios))
        finally:
            running.busy = False


@callback
def _may_be_asked(running: Running, doubt: Doubtful) -> bool:
    settings = running.settings
    if doubt.camera in settings.not_at or doubt.share < LEAST_SHARE[settings.band]:
        return False
    return bool(running.suspects(doubt.suspects)) and running.may_ask()
