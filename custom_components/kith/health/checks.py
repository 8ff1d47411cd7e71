"""Checks of a loaded home: one small function for each kind of problem.

They ask neither the clock nor the disk, and remember nothing. `before`: the ids of the current issues, for checks with
two limits.
"""

from collections.abc import Collection, Iterator, Set
from contextlib import suppress
from datetime import datetime, timedelta
import math

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.loader import IntegrationNotLoaded, async_get_loaded_integration

from ..cameras.availability import is_available
from ..cameras.battery import connects_on_demand
from ..cameras.event_picture import is_image
from ..const import SUBENTRY_CAMERA, SUBENTRY_SERVICE
from ..descriptions.sentences import judge_camera
from ..engines.pairing import is_exposed
from ..identity.recognition_rate import compare
from ..identity.suitability import Suitability
from ..kith_engine.analysis import Area
from ..runtime import Home
from ..settings import Agreement, CameraSettings, ServiceKind, ServiceSettings
from ..subentries import name_of, subentries_of
from .issues import Finding, Issue

CLOCKS_APART = timedelta(minutes=1)
"""Far more than an answer takes on its way; a sighting may well be dated a few seconds off."""
FACES_TO_JUDGE_BY = 200
"""Faces that a camera must have seen before it is called unsuitable: of 50, nearly all may be bad by chance."""
USABLE = 0.05
"""Share of a camera's faces below which few visits have the two good ones needed for a name: a visit shows about 20."""
USABLE_AGAIN = 0.08
"""Share at which it is well again: with a single limit the issue would come and go."""
UNAVAILABLE_FOR = timedelta(minutes=10)
"""A hub that restarts takes minutes until its sensors are available again."""
STILL_FOR = 3600.0
"""Seconds: sensors are noisy, so that a camera's pictures are never the same for long."""
CHILDS_PHOTOS = timedelta(days=365)
"""The greatest age of a child's newest photo: across more years, recognition of children suffers most."""


def apart(home: Home) -> Iterator[Finding]:
    """Different clocks of Home Assistant and the engine's host."""
    skew = home.engine.skew
    if skew is not None and abs(skew) >= CLOCKS_APART:
        minutes = str(round(abs(skew) / timedelta(minutes=1)))
        yield Finding(Issue.CLOCKS_APART, placeholders={"minutes": minutes})


def unencrypted(home: Home) -> Iterator[Finding]:
    """Engines on other hosts that were set up before engines were paired."""
    url = str(home.entry.data.get(CONF_URL, ""))
    if is_exposed(url):
        yield Finding(Issue.ENGINE_UNENCRYPTED, placeholders={"url": url})
    for service in map(ServiceSettings.of, subentries_of(home.entry, SUBENTRY_SERVICE)):
        if service.kind is ServiceKind.KITH and is_exposed(service.url):
            placeholders = {"name": service.name, "url": service.url}
            yield Finding(Issue.OPINION_UNENCRYPTED, service.service_id, placeholders)


def unsuitable_cameras(home: Home, before: Set[str]) -> Iterator[Finding]:
    """Cameras that see faces, but hardly one that can be compared."""
    for camera in subentries_of(home.entry, SUBENTRY_CAMERA):
        suitability = home.household.suitability.get(camera.subentry_id, Suitability())
        judgment = {"name": camera.title, "judgment": judge_camera(home.hass, suitability)}
        finding = Finding(Issue.CAMERA_UNSUITABLE, camera.subentry_id, judgment)
        limit = USABLE_AGAIN if finding.issue_id in before else USABLE
        if _looked_at(home, camera) and suitability.faces >= FACES_TO_JUDGE_BY and suitability.share < limit:
            yield finding


def refused_cameras(home: Home) -> Iterator[Finding]:
    """Cameras that do not accept the password of their own integration, which alone can ask for another one."""
    for camera in subentries_of(home.entry, SUBENTRY_CAMERA):
        coordinator = home.cameras.get(camera.subentry_id)
        if coordinator is not None and coordinator.enabled and coordinator.sources.refused:
            integration = _integration_of(home.hass, coordinator.camera)
            yield Finding(Issue.CAMERA_REFUSED, camera.subentry_id, {"name": camera.title, **integration})


def _integration_of(hass: HomeAssistant, camera: str) -> dict[str, str]:
    """The integration that a camera belongs to, by its name, and where its page is."""
    registered = er.async_get(hass).async_get(camera)
    if registered is None:
        return {"integration": camera, "link": "/config/integrations"}
    name = registered.platform
    with suppress(IntegrationNotLoaded):  # the camera is a memory of an integration that is gone
        name = async_get_loaded_integration(hass, registered.platform).name
    link = f"/config/integrations/integration/{registered.platform}"
    entry = hass.config_entries.async_get_entry(registered.config_entry_id or "")
    return {"integration": f"{name} ({entry.title})" if entry else name, "link": link}


def unwakeable_cameras(home: Home, now: datetime) -> Iterator[Finding]:
    """Cameras that save their battery until something wakes them, which has not been available for a while."""
    for camera in subentries_of(home.entry, SUBENTRY_CAMERA):
        coordinator = home.cameras.get(camera.subentry_id)
        if coordinator is None or not coordinator.enabled or is_image(coordinator.camera):
            continue
        settings = coordinator.settings
        states = [state for entity in settings.wake if (state := home.hass.states.get(entity)) is not None]
        if not states or any(is_available(state) or now - state.last_changed < UNAVAILABLE_FOR for state in states):
            continue  # those without a state are missing, which another repair says
        if connects_on_demand(home.hass, settings):
            placeholders = {"name": camera.title, "entities": ", ".join(state.entity_id for state in states)}
            yield Finding(Issue.CAMERA_UNWAKEABLE, camera.subentry_id, placeholders)


def still_cameras(home: Home) -> Iterator[Finding]:
    """Cameras that are always watched and always give the same picture: nobody can be seen in it."""
    for camera in subentries_of(home.entry, SUBENTRY_CAMERA):
        coordinator = home.cameras.get(camera.subentry_id)
        if coordinator is None or not coordinator.enabled or coordinator.settings.wake:
            continue
        if coordinator.last_update_success and coordinator.sources.unchanged >= STILL_FOR:
            yield Finding(Issue.CAMERA_STILL, camera.subentry_id, {"name": camera.title})


def turned_cameras(home: Home) -> Iterator[Finding]:
    """Cameras that show faces only when their pictures are turned."""
    for camera in subentries_of(home.entry, SUBENTRY_CAMERA):
        coordinator = home.cameras.get(camera.subentry_id)
        if coordinator is not None and (turn := coordinator.turned_look.suggested) is not None:
            yield Finding(Issue.CAMERA_TURNED, camera.subentry_id, {"name": camera.title, "degrees": turn})


def restless_cameras(home: Home) -> Iterator[Finding]:
    """Cameras with a small part of the picture that changes all the time: it costs a look for people each time."""
    for camera in subentries_of(home.entry, SUBENTRY_CAMERA):
        coordinator = home.cameras.get(camera.subentry_id)
        if coordinator is not None and (area := coordinator.restless) is not None:
            edges = {edge: str(percent) for edge, percent in _percents(area).items()}
            yield Finding(Issue.CAMERA_RESTLESS, camera.subentry_id, {"name": camera.title, **edges})


def _looked_at(home: Home, camera: ConfigSubentry) -> bool:
    coordinator = home.cameras.get(camera.subentry_id)
    return CameraSettings.of(camera).enabled and coordinator is not None and coordinator.recognizes


def unknown_to_the_engine(home: Home) -> set[str]:
    """The ids of people who agreed and have templates, but none of this engine's network."""
    facts = home.engine.facts
    if facts is None:
        return set()
    agreed = home.stores.gallery.gallery.only(home.agreements.agreeing(Agreement.RECOGNIZE, Agreement.NEVER))
    return {
        who
        for who, templates in agreed.templates.items()
        if templates and all(template.embedding != facts.embedding for template in templates)
    }


def foreign_gallery(home: Home, photos: Collection[str]) -> Iterator[Finding]:
    """photos: the people with kept photos, from which templates can be made again."""
    people = unknown_to_the_engine(home)
    if not people or home.renewing:
        return
    kept = people & set(photos)
    placeholders = {"people": _names(home, people), "kept": _names(home, kept)}
    yield Finding(Issue.GALLERY_RENEWABLE if kept else Issue.GALLERY_FOREIGN, placeholders=placeholders)


def _names(home: Home, people: Collection[str]) -> str:
    return ", ".join(sorted(name_of(home.entry, person_id) or "" for person_id in people))


def old_photos(home: Home, now: datetime) -> Iterator[Finding]:
    """Children with old photos, because their faces change."""
    for person in home.people():
        templates = home.stores.gallery.gallery.templates.get(person.person_id, ())
        if person.child(now) and templates and now - max(one.added for one in templates) > CHILDS_PHOTOS:
            yield Finding(Issue.PHOTOS_OLD, person.person_id, {"name": person.name})


def served_worse(home: Home, before: Set[str]) -> Iterator[Finding]:
    """People who stay unnamed much more often than the others."""
    known = home.agreements.agreeing(Agreement.RECOGNIZE)
    tallies = {who: tally for who, tally in home.stores.recognition_rate.tallies.items() if who in known}
    reported = {who for who in known if Finding(Issue.SERVED_WORSE, who).issue_id in before}
    for found in compare(tallies, reported):
        yield Finding(
            Issue.SERVED_WORSE,
            found.person_id,
            {
                "name": name_of(home.entry, found.person_id) or "",
                "share": str(round(100 * found.share)),
                "others": str(round(100 * found.others)),
            },
        )


def _percents(area: Area) -> dict[str, int]:
    """The area as it is stored: in whole percent of the picture, rather too large than too small."""
    return {
        edge: (math.floor if edge in ("left", "top") else math.ceil)(round(100 * getattr(area, edge), 6))
        for edge in Area.EDGES
    }
