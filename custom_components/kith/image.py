"""Image entities: each person's face when last recognized, and the last stranger's at each camera.

The faces stay in memory, and are cropped only if the owner enables the entity.
"""

from datetime import datetime
import logging
from typing import NamedTuple

from homeassistant.components.image import ImageEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN, SUBENTRY_CAMERA
from .entity import CameraEntity, PersonEntity
from .identity.evidence import Outcome, Verdict
from .kith_engine.analysis import Box
from .kith_engine.errors import KithError
from .runtime import Home, KithConfigEntry
from .settings import Agreement
from .sighting import Sighting, SightingKind
from .subentries import for_each_person, for_each_subentry

_LOGGER = logging.getLogger(__name__)

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: KithConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    home = entry.runtime_data

    @callback
    def add_camera(subentry: ConfigSubentry) -> None:
        async_add_entities([LastStranger(home, subentry)], config_subentry_id=subentry.subentry_id)

    @callback
    def add_person(subentry: ConfigSubentry) -> None:
        async_add_entities([LastFace(home, subentry)], config_subentry_id=subentry.subentry_id)

    for_each_subentry(hass, entry, SUBENTRY_CAMERA, add_camera)
    for_each_person(hass, entry, add_person)


class _Crop(NamedTuple):
    """A face, and when its picture was taken."""

    jpeg: bytes | None = None
    captured: datetime | None = None


class FaceImage(ImageEntity):
    """Shows the newest face that belongs to this entity, or the one before if that was a mistake."""

    _attr_content_type = "image/jpeg"
    _attr_entity_registry_enabled_default = False

    def __init__(self, home: Home) -> None:
        super().__init__(home.hass)
        self._kith = home
        self._before = self._now = _Crop()
        self._newest: Sighting | None = None

    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self._kith.household.on_sighting.subscribe(self._sighted))

    async def async_image(self) -> bytes | None:
        return self._now.jpeg

    def shows(self, verdict: Verdict, camera: str) -> bool:
        """Should this entity show somebody with this verdict at this camera (the id of its subentry)?"""
        raise NotImplementedError

    @callback
    def forget(self) -> None:
        self._newest = None
        self._before = self._now = _Crop()
        self._show()

    @callback
    def _sighted(self, sighting: Sighting) -> None:
        if sighting.kind is not SightingKind.PERSON and self.shows(sighting.verdict, sighting.camera):
            self._look_at(sighting)
        elif sighting.corrects is not None and self.shows(sighting.corrects, sighting.camera):
            self._newest = None
            self._now = self._before
            self._show()

    @callback
    def _look_at(self, sighting: Sighting) -> None:
        camera = self._kith.cameras[sighting.camera]
        if not camera.last.picture or camera.last.captured is None or sighting.box is None:
            return
        self._newest = sighting
        # pass this picture: the camera goes on, and the box belongs to this one
        self._kith.entry.async_create_background_task(
            self.hass,
            self._cut_out(sighting, camera.last.picture, sighting.box, camera.last.captured),
            f"{DOMAIN} {self.entity_id}",
        )

    async def _cut_out(self, sighting: Sighting, picture: bytes, box: Box, captured: datetime) -> None:
        try:
            jpeg = await self._kith.engine.crop(picture, box)
        except KithError as error:
            _LOGGER.debug("%s keeps what it shows: %s", self.entity_id, error)
            return
        if sighting is self._newest:  # neither corrected nor superseded meanwhile
            self._before, self._now = self._now, _Crop(jpeg, captured)
            self._show()

    @callback
    def _show(self) -> None:
        self._attr_image_last_updated = self._now.captured
        self.async_write_ha_state()


class LastFace(PersonEntity, FaceImage):
    """A person's face when last recognized."""

    def __init__(self, home: Home, subentry: ConfigSubentry) -> None:
        PersonEntity.__init__(self, home, subentry, "last_face")
        FaceImage.__init__(self, home)

    async def async_added_to_hass(self) -> None:
        await FaceImage.async_added_to_hass(self)
        self.async_on_remove(self.home.household.on_presence.subscribe(self._check_consent))

    def shows(self, verdict: Verdict, _camera: str) -> bool:
        return verdict.person_id == self.person_id

    @callback
    def _check_consent(self) -> None:
        """Forget the face if the person no longer agrees to be recognized."""
        person = self.home.person(self.person_id)
        if self._now.jpeg is not None and (person is None or Agreement.RECOGNIZE not in person.consent.to):
            self.forget()


class LastStranger(CameraEntity, FaceImage):
    """The last stranger's face at this camera."""

    def __init__(self, home: Home, subentry: ConfigSubentry) -> None:
        CameraEntity.__init__(self, home.coordinator(subentry), subentry, "last_stranger")
        FaceImage.__init__(self, home)

    def shows(self, verdict: Verdict, camera: str) -> bool:
        return verdict.outcome is Outcome.STRANGER and camera == self.coordinator.camera_id
