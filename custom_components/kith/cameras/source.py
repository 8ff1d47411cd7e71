"""Takes pictures of a camera or an image entity, from its close-up if there is one and somebody is in view."""

import asyncio
from dataclasses import dataclass

from homeassistant.components.camera import async_get_image
from homeassistant.components.image import DOMAIN as IMAGE_DOMAIN, async_get_image as async_get_event_picture
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.update_coordinator import UpdateFailed

from ..const import DOMAIN
from .close_up import CloseUpTrust

CAMERA_TIMEOUT = 10
"""Seconds: a slower picture shows a door that is empty again."""
CLOSE_UP_TIMEOUT = 4
"""Seconds: the small picture can replace it."""
STALE_AFTER = 4.0
"""Seconds after which an unchanged close-up no longer shows who is there."""


async def take_picture(hass: HomeAssistant, camera: str, timeout: int) -> bytes:  # noqa: ASYNC109  the camera's own
    """Raises UpdateFailed for any error in the camera's own code."""
    get = async_get_event_picture if split_entity_id(camera)[0] == IMAGE_DOMAIN else async_get_image
    try:
        image = await get(hass, camera, timeout=timeout)
    except (Exception, asyncio.CancelledError) as error:  # a camera's own code may raise anything
        task = asyncio.current_task()
        # Home Assistant before 2026.11 raises its own error for a cancellation
        if task is None or task.cancelling():
            raise asyncio.CancelledError from error
        reason = str(error) if isinstance(error, HomeAssistantError) else type(error).__name__
        raise UpdateFailed(
            translation_domain=DOMAIN,
            translation_key="camera_unavailable",
            translation_placeholders={"camera": camera, "details": reason},
        ) from error
    return image.content


@dataclass(slots=True)
class Shot:
    """One picture. close: from the close-up. unchanged: seconds since the camera first gave the very same one.

    looked: whether it was searched for people; None until it is analyzed.
    """

    picture: bytes
    close: bool
    since: float
    unchanged: float = 0.0
    looked: bool | None = None


class CameraSource:
    """One camera and its close-up."""

    def __init__(self, hass: HomeAssistant, camera: str, close_up: str | None) -> None:
        self._hass = hass
        self._camera = camera
        self._close_up = close_up
        self._last: dict[str, Shot] = {}
        self.close_up_trust = CloseUpTrust(hass, camera)

    async def take(self, *, close: bool) -> Shot:
        """close: prefer the close-up. Raises UpdateFailed."""
        if close and self._close_up is not None and self.close_up_trust.usable:
            try:
                shot = self._shot(await take_picture(self._hass, self._close_up, CLOSE_UP_TIMEOUT), self._close_up)
            except UpdateFailed as error:
                self.close_up_trust.refuse(str(error))
            else:
                if shot.unchanged < STALE_AFTER:
                    return shot
                self.close_up_trust.refuse("it gives the same picture again and again.")
        return self._shot(await take_picture(self._hass, self._camera, CAMERA_TIMEOUT), self._camera)

    def forget(self) -> None:
        """Forget all pictures. The next one counts as new, even if it is the same."""
        self._last.clear()

    def _shot(self, picture: bytes, entity: str) -> Shot:
        now = self._hass.loop.time()
        shot = self._last.get(entity)
        if shot is None or shot.picture != picture:
            shot = self._last[entity] = Shot(picture, entity == self._close_up, now)
        shot.unchanged = now - shot.since
        return shot
