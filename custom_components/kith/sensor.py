"""Sensors: people's last sightings, what cameras show, and how the engine and services are."""

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import SUBENTRY_CAMERA, SUBENTRY_SERVICE
from .runtime import KithConfigEntry
from .sensors.camera import CAMERA_SENSORS, CameraSensor, PictureSourceSensor
from .sensors.home import HOME_SENSORS, FrameRate, HomeSensor
from .sensors.person import PERSON_SENSORS, Confidence, PersonSensor
from .sensors.service import SERVICE_SENSORS, ServiceSensor
from .subentries import for_each_person, for_each_subentry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: KithConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    home = entry.runtime_data

    @callback
    def add_camera(subentry: ConfigSubentry) -> None:
        coordinator = home.coordinator(subentry)
        sensors = [CameraSensor(coordinator, subentry, description) for description in CAMERA_SENSORS]
        async_add_entities(
            [*sensors, PictureSourceSensor(coordinator, subentry)], config_subentry_id=subentry.subentry_id
        )

    @callback
    def add_person(subentry: ConfigSubentry) -> None:
        sensors = [PersonSensor(home, subentry, description) for description in PERSON_SENSORS]
        async_add_entities([*sensors, Confidence(home, subentry)], config_subentry_id=subentry.subentry_id)

    @callback
    def add_service(subentry: ConfigSubentry) -> None:
        sensors = [ServiceSensor(home, subentry, description) for description in SERVICE_SENSORS]
        async_add_entities(sensors, config_subentry_id=subentry.subentry_id)

    async_add_entities([*(HomeSensor(home, description) for description in HOME_SENSORS), FrameRate(home)])
    for_each_subentry(hass, entry, SUBENTRY_CAMERA, add_camera)
    for_each_person(hass, entry, add_person)
    for_each_subentry(hass, entry, SUBENTRY_SERVICE, add_service)
