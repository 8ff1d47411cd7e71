"""Sets up the demo's home like an owner, all through flows: cameras, a light, Kith, people, an automation."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
import sys
import time
from typing import Any

from .client import Flow, Home, HomeError, Json, until
from .home import REPOSITORY

IN_THE_BOX = "compact"
NETWORKS = (IN_THE_BOX, "standard")
BLUEPRINT = REPOSITORY / "custom_components/kith/blueprints/automation/kith/welcome_a_person.yaml"
ATTEMPTS = 3
"""To add a camera."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A file to upload."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class CameraEntities:
    """The entities of one camera."""

    camera: str
    person_detected: str
    sighting: str

    @property
    def made(self) -> tuple[str, ...]:
        """Those that Kith added."""
        return self.person_detected, self.sighting


@dataclass(frozen=True, slots=True)
class PersonEntities:
    """The entities of one person."""

    presence: str
    last_seen: str
    sighting: str

    @property
    def made(self) -> tuple[str, ...]:
        """Those that Kith added."""
        return self.presence, self.last_seen, self.sighting


@dataclass(frozen=True, slots=True)
class ServiceEntities:
    """A service for second opinions and its entities."""

    entry_id: str
    service_id: str
    left: str
    asked: str
    state: str

    @property
    def made(self) -> tuple[str, ...]:
        """Those that Kith added."""
        return self.left, self.asked, self.state


async def add_light(home: Home, name: str) -> str:
    """Add a light without a lamp, by Home Assistant's template helper; returns its entity id."""
    flow = await home.flow("template")
    await flow.choose("light")
    await flow.answer(name=name, turn_on=[], turn_off=[])
    return str((await _entities(home, config_entry_id=_finished(flow)["entry_id"]))[0]["entity_id"])


async def add_camera(home: Home, name: str, url: str, area: str) -> str:
    """Add a camera of Home Assistant's generic integration, called `name`, in `area`; returns its entity id.

    url: of its stream, or of its still.
    """
    flow = await home.flow("generic")
    fresh = {"framerate": 20, "verify_ssl": False}  # the integration repeats a still for a frame's time
    source = {"stream_source" if url.startswith("rtsp") else "still_image_url": url}
    for _ in range(ATTEMPTS):  # the dialog fetches a picture, and a busy machine may miss its deadline
        await flow.answer(**source, advanced=fresh)
        if not flow.errors:
            break
    else:
        raise HomeError(f"the camera {name} was refused: {flow.errors}")
    await flow.answer(confirmed_ok=True)
    entity = (await _entities(home, config_entry_id=_finished(flow)["entry_id"]))[0]
    place = await _area(home, area)
    device = entity["device_id"]
    await home.call("config/device_registry/update", device_id=device, name_by_user=name, area_id=place)
    wanted = f"camera.{name.lower().replace(' ', '_').replace('-', '_')}"
    rename = {"entity_id": entity["entity_id"], "new_entity_id": wanted, "name": ""}
    await home.call("config/entity_registry/update", **rename)
    return wanted


async def install_kith(home: Home, networks: str = IN_THE_BOX) -> str:
    """Set up Kith with its engine on this machine, showing the progress; returns the entry's id."""
    began = time.monotonic()

    def heard(event: Json) -> None:
        share = event["data"]["progress"]
        if sys.stdout.isatty():
            print(f"    installing         {share:4.0%}  {'█' * round(share * 30):<30}", end="\r", flush=True)

    await home.subscribe("subscribe_events", heard, event_type="data_entry_flow_progress_update")
    flow = await home.flow("kith")
    await flow.choose("local")
    if (await flow.wait())["type"] == "menu":
        await flow.choose(networks)
        await flow.wait()
    if flow.errors:
        raise HomeError(f"Kith could not be installed: {flow.errors} {flow.step.get('description_placeholders')}")
    after = f"after {time.monotonic() - began:.1f} s"
    print(f"  Kith                 its engine is installed, with the {networks} networks, {after}{'':10}")
    if not flow.done:  # a form offers the existing cameras; `watch` adds them one by one
        await flow.answer(cameras=[])
    return str(_finished(flow)["entry_id"])


async def watch(home: Home, entry_id: str, camera: str, interval: float | None = None) -> CameraEntities:
    """Let Kith watch a camera; returns its entities."""
    flow = await home.subentry_flow(entry_id, "camera")
    fields: dict[str, Any] = {"camera": camera}
    if interval is not None:
        fields["when"] = {"interval": interval}
    await flow.answer(**fields)
    _finished(flow)
    device = (await home.call("config/entity_registry/get", entity_id=camera))["device_id"]
    made = await _made(home, ("person_detected", "sighting"), config_entry_id=entry_id, device_id=device)
    return CameraEntities(camera, **made)


async def enroll(
    home: Home, entry_id: str, name: str, photos: Sequence[Photo], **agreed: bool
) -> tuple[PersonEntities, list[str]]:
    """Enroll somebody who agreed; returns their entities, and a sentence for each refused photo.

    photos: may be empty and added later. agreed: further agreements. Raises HomeError if every photo was refused.
    """
    flow = await home.subentry_flow(entry_id, "person")
    await flow.answer(name=name, consent=True, consent_by=name, **agreed)
    refused = []
    for photo in photos:
        await flow.answer(photo=await home.upload(photo.name, photo.content), another=True)
        if flow.errors:
            refused.append(f"{photo.name}: {await _complaint(home, flow)}")
    if photos and len(refused) == len(photos):
        raise HomeError("all photos were refused: " + "; ".join(refused))
    await flow.answer(another=False)
    _finished(flow)
    device = await _device(home, name)
    made = await _made(home, ("presence", "last_seen", "sighting"), config_entry_id=entry_id, device_id=device)
    return PersonEntities(**made), refused


async def set_options(home: Home, entry_id: str, *, keep_strangers: int = 0) -> None:
    """keep_strangers: for how many days the faces of people whom Kith could not name are kept."""
    flow = await Flow.started(home, "/api/config/config_entries/options/flow", {"handler": entry_id})
    await flow.answer(sureness="normal", keep_strangers=keep_strangers)
    _finished(flow)


async def add_bigger_engine(home: Home, entry_id: str, url: str, token: str, per_day: int) -> ServiceEntities:
    """Add another Kith engine for second opinions, asked in every doubt; returns its entities."""
    flow = await home.subentry_flow(entry_id, "service")
    await flow.choose("kith")
    await flow.answer(url=url, key=token, agreed=True)
    await flow.answer(enabled=True, band="wide", per_minute=per_day, per_day=per_day)
    _finished(flow)
    entries = await home.call("config_entries/subentries/list", entry_id=entry_id)
    service_id = next(str(one["subentry_id"]) for one in entries if one["subentry_type"] == "service")
    keys = ("opinions_left", "opinions_asked", "service_state")
    made = await _made(home, keys, config_entry_id=entry_id, config_subentry_id=service_id)
    return ServiceEntities(entry_id, service_id, *(made[key] for key in keys))


async def what_was_sent(home: Home, service: ServiceEntities) -> str:
    """The table that the owner reads."""
    flow = await home.subentry_flow(service.entry_id, "service", service.service_id)
    await flow.choose("sent")
    return str(flow.step["description_placeholders"]["table"])


async def _complaint(home: Home, flow: Flow) -> str:
    """The errors that a person would read below the form."""
    asked = {"language": "en", "category": "config_subentries", "integration": ["kith"]}
    texts = (await home.call("frontend/get_translations", **asked))["resources"]
    sentences = [texts.get(f"component.kith.config_subentries.person.error.{key}", key) for key in flow.errors.values()]
    return " ".join(sentences).format_map(defaultdict(str, flow.step.get("description_placeholders") or {}))


async def add_welcome(home: Home, presence: str, light: str) -> str:
    """Add an automation from Kith's own blueprint that turns the light on for somebody; returns its entity id."""
    path = f"kith/{BLUEPRINT.name}"
    await home.call("blueprint/save", domain="automation", path=path, yaml=BLUEPRINT.read_text(), allow_override=True)
    turn_on = [{"action": "light.turn_on", "target": {"entity_id": light}}]
    inputs = {"people": [presence], "actions": turn_on}
    automation = {"alias": "Welcome home", "use_blueprint": {"path": path, "input": inputs}}
    await home.request("POST", "/api/config/automation/config/welcome", json=automation)
    return "automation.welcome_home"


async def add_dashboard(home: Home, cameras: Sequence[CameraEntities], others: Sequence[str]) -> str:
    """Add a dashboard with the cameras and what Kith says about them; returns its path."""
    await home.call("lovelace/dashboards/create", url_path="kith-demo", title="Kith demo", icon="mdi:face-recognition")
    pictures: list[Json] = [
        {"type": "picture-entity", "entity": one.camera, "camera_view": "auto", "show_state": False} for one in cameras
    ]
    sensed = [row for one in cameras for row in (one.person_detected, _explanation(one), one.sighting)]
    lists: list[Json] = [
        {"type": "custom:kith-card"},
        {"type": "entities", "entities": list(others)},
        {"type": "entities", "entities": sensed},
    ]
    cards = [{"type": "vertical-stack", "cards": stack} for stack in (pictures, lists)]
    await home.call("lovelace/config/save", url_path="kith-demo", config={"views": [{"title": "Demo", "cards": cards}]})
    return "/kith-demo/0"


def _explanation(camera: CameraEntities) -> Json:
    entity, icon = camera.person_detected, "mdi:comment-text-outline"
    return {"type": "attribute", "entity": entity, "attribute": "explanation", "name": "Why", "icon": icon}


def _finished(flow: Flow) -> Json:
    """The flow's result. Raises HomeError if it is still waiting at a form."""
    if not flow.done:
        raise HomeError(f"the flow did not finish: {flow.step.get('step_id')} {flow.errors or ''}")
    result = flow.step.get("result")
    return result if isinstance(result, dict) else {}


async def _entities(home: Home, **wanted: str) -> list[Json]:
    """The registered entities whose entries have these values."""
    every = await home.call("config/entity_registry/list")
    return [one for one in every if all(one[key] == value for key, value in wanted.items())]


async def _made(home: Home, keys: Sequence[str], **wanted: str) -> dict[str, str]:
    """Key → entity id, once all exist: what is added without a reload appears a moment later."""

    async def there() -> dict[str, str]:
        found = {one["unique_id"].partition("_")[2]: one["entity_id"] for one in await _entities(home, **wanted)}
        return {key: found[key] for key in keys} if found.keys() >= set(keys) else {}

    return await until(there, 20, f"Kith did not make {', '.join(keys)}")


async def _device(home: Home, name: str) -> str:
    """The id of the device with this name, once it exists."""

    async def there() -> str:
        devices = await home.call("config/device_registry/list")
        return next((str(one["id"]) for one in devices if one["name"] == name), "")

    return await until(there, 20, f"Kith made no device for {name}")


async def _area(home: Home, name: str) -> str:
    for area in await home.call("config/area_registry/list"):
        if area["name"] == name:
            return str(area["area_id"])
    return str((await home.call("config/area_registry/create", name=name))["area_id"])
