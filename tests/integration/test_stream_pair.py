"""Which of a device's cameras show the same in two sizes, and that this is proposed; and which run on battery."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.camera import CameraEntityFeature
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.cameras.battery import connects_on_demand
from custom_components.kith.cameras.stream_pair import StreamPair, find_pair
from custom_components.kith.config_flow import watched_camera
from custom_components.kith.settings import CameraSettings, Connected

from .test_camera_flow import add

pytestmark = pytest.mark.one_release

HIDDEN = er.RegistryEntryDisabler.INTEGRATION

type Register = Callable[..., str]


@pytest.fixture
def register(hass: HomeAssistant) -> Register:
    """Registers a camera, or what else is asked for, of one device; returns its entity id."""
    owner = MockConfigEntry(domain="nvr")
    owner.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(config_entry_id=owner.entry_id, identifiers={("nvr", "1")})

    def entity(name: str, domain: str = "camera", features: int = CameraEntityFeature.STREAM, **known: Any) -> str:
        registered = er.async_get(hass).async_get_or_create(
            *(domain, "nvr", name),
            config_entry=owner,
            device_id=device.id,
            original_name=name,
            supported_features=features,
            **known,
        )
        return registered.entity_id

    return entity


SIZES = [
    ("Fluent", "Clear"),
    ("Flüssig|sub", "Klar|main"),  # as Reolink names them in German
    ("Telephoto fluent", "Telephoto clear"),
    ("Fluent lens 0", "Clear lens 0"),
    ("Low resolution channel", "High resolution channel"),
    ("MediaProfile_Channel1_SubStream1", "MediaProfile_Channel1_MainStream"),
    ("door substream", "door mainstream"),
    ("Live View SD", "Live View HD"),
]


@pytest.mark.parametrize(("small", "large"), SIZES)
@pytest.mark.parametrize("chosen", [0, 1])
def test_names_tell_the_sizes(hass: HomeAssistant, register: Register, small: str, large: str, chosen: int) -> None:
    found = []
    for name in (small, large):
        shown, _, key = name.partition("|")
        found.append(register(shown, translation_key=key or None))
    assert find_pair(hass, found[chosen]) == StreamPair(*found)


def test_of_three_sizes_the_smallest_and_the_largest_are_taken(hass: HomeAssistant, register: Register) -> None:
    low, medium, high = (register(f"{size} resolution channel") for size in ("Low", "Medium", "High"))
    assert find_pair(hass, medium) == StreamPair(low, high)


def test_one_that_its_integration_has_disabled_can_be_proposed(hass: HomeAssistant, register: Register) -> None:
    small, large = register("Fluent"), register("Clear", disabled_by=HIDDEN)
    assert find_pair(hass, small) == StreamPair(small, large, frozenset({large}))


@pytest.mark.parametrize(
    ("other", "known"),
    [
        ("Clear lens 1", {}),
        ("Telephoto clear", {}),
        ("Clear", {"features": 0}),
        ("Clear", {"disabled_by": er.RegistryEntryDisabler.USER}),
        ("Clear", {"domain": "switch"}),
        ("Fluent 2", {}),
        ("Garden", {}),
    ],
)
def test_what_shows_something_else_is_no_pair(
    hass: HomeAssistant, register: Register, other: str, known: dict[str, Any]
) -> None:
    register(other, **known)
    assert find_pair(hass, register("Fluent")) is None


def test_a_camera_without_a_device_or_a_stream_has_no_pair(hass: HomeAssistant, register: Register) -> None:
    register("Clear")
    assert find_pair(hass, "camera.elsewhere") is None
    assert find_pair(hass, register("Garden")) is None
    assert find_pair(hass, register("Fluent", features=0)) is None


@pytest.mark.parametrize("both", [True, False])
async def test_both_streams_are_proposed_when_a_camera_is_added(
    hass: HomeAssistant, entry: MockConfigEntry, register: Register, both: bool
) -> None:
    small, large = register("Fluent", disabled_by=HIDDEN), register("Clear")
    hass.states.async_set(large, "idle", {"friendly_name": "Door"})
    flow = await add(hass, entry, camera=large)
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "pair")
    assert flow["description_placeholders"] == {"small": small, "large": "Door"}
    made = await hass.config_entries.subentries.async_configure(flow["flow_id"], {"both": both})
    assert (made["type"], made["title"]) == (FlowResultType.CREATE_ENTRY, "Door")
    [data] = [one.data for one in entry.subentries.values() if one.title == "Door"]
    assert (data["camera"], data.get("close_up")) == ((small, large) if both else (large, None))
    registered = er.async_get(hass).async_get(small)
    assert registered is not None
    assert registered.disabled is not both
    await hass.async_block_till_done()


@pytest.mark.parametrize("settings", [{"close_up": "camera.hall"}, {"source": "stills"}])
async def test_who_chose_otherwise_is_not_asked(
    hass: HomeAssistant, entry: MockConfigEntry, register: Register, settings: dict[str, str]
) -> None:
    _, large = register("Fluent"), register("Clear")
    flow = await add(hass, entry, camera=large, what=settings)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


def test_a_camera_with_a_battery_is_connected_on_demand(hass: HomeAssistant, register: Register) -> None:
    camera = register("Garden")

    def on_demand(connected: Connected = Connected.AUTOMATIC, wake: tuple[str, ...] = ("event.bell",)) -> bool:
        return connects_on_demand(hass, CameraSettings(camera, wake=wake, connected=connected))

    assert not on_demand()
    assert on_demand(Connected.AWAKE)
    register("Battery", domain="sensor", features=0, original_device_class="battery")
    assert on_demand()
    assert not on_demand(Connected.ALWAYS)
    assert not on_demand(wake=()), "always awake"
    assert not connects_on_demand(hass, CameraSettings("camera.elsewhere", wake=("event.bell",)))


@pytest.fixture
def doorbell(register: Register) -> tuple[str, list[str]]:
    """A camera with a battery, and what its device has that says that somebody is coming."""
    camera = register("Doorbell")
    register("Low", domain="binary_sensor", features=0, original_device_class="battery")
    register("Night", domain="binary_sensor", features=0, original_device_class="light")
    register("Pressed", domain="event", features=0, original_device_class="button")
    motion = register("Motion", domain="binary_sensor", features=0, original_device_class="motion")
    return camera, [motion, register("Ring", domain="event", features=0, original_device_class="doorbell")]


@pytest.mark.parametrize("plugged_in", [False, True])
async def test_what_wakes_a_camera_with_a_battery_is_asked(
    hass: HomeAssistant, entry: MockConfigEntry, doorbell: tuple[str, list[str]], plugged_in: bool
) -> None:
    camera, waking = doorbell
    flow = await add(hass, entry, camera=camera)
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "battery")
    assert flow["description_placeholders"] == {"name": camera}
    [field] = flow["data_schema"].schema
    assert field.description == {"suggested_value": waking}
    answer = {} if plugged_in else {"wake": waking}
    made = await hass.config_entries.subentries.async_configure(flow["flow_id"], answer)
    assert made["type"] is FlowResultType.CREATE_ENTRY
    [data] = [one.data for one in entry.subentries.values() if one.unique_id == camera]
    assert data.get("wake", []) == ([] if plugged_in else waking)
    await hass.async_block_till_done()


async def test_who_chose_what_wakes_it_is_not_asked(
    hass: HomeAssistant, entry: MockConfigEntry, doorbell: tuple[str, list[str]]
) -> None:
    camera, [_, ring] = doorbell
    assert (await add(hass, entry, camera=camera, when={"wake": [ring]}))["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


def test_of_the_cameras_chosen_at_once_those_with_a_battery_are_woken(
    hass: HomeAssistant, doorbell: tuple[str, list[str]]
) -> None:
    camera, waking = doorbell
    assert watched_camera(hass, camera, "Door")["data"]["wake"] == waking
    assert "wake" not in watched_camera(hass, "camera.elsewhere", "Elsewhere")["data"]
