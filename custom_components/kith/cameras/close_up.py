"""Whether a camera's close-up is worth being asked: not for a while after it was of no use."""

import logging

from homeassistant.core import HomeAssistant

_LOGGER = logging.getLogger(__name__)

AGAIN = 60.0
"""Seconds until a close-up that failed is tried again: about one visit does without it."""


class CloseUpTrust:
    """One camera's. camera: the entity whose own pictures replace those of its close-up."""

    def __init__(self, hass: HomeAssistant, camera: str) -> None:
        self._hass = hass
        self._camera = camera
        self._failed_until = 0.0
        self._warned = False

    @property
    def usable(self) -> bool:
        return self._hass.loop.time() >= self._failed_until

    def refuse(self, reason: str) -> None:
        """Do without the close-up for a while. Logs it once, until the close-up works again."""
        self._failed_until = self._hass.loop.time() + AGAIN
        if not self._warned:
            _LOGGER.warning("The close-up of %s is not used for now: %s", self._camera, reason)
        self._warned = True

    def praise(self) -> None:
        """Note that the close-up gave a usable picture."""
        if self._warned:
            _LOGGER.info("The close-up of %s is used again", self._camera)
        self._warned = False
