"""Diagnostics without personal data.

People and cameras appear by their position in a list: no names, no ids, no entity ids (they contain names), no
addresses, no token, no pictures, no vectors, and no sighting's person or time. Only what is listed below is included.
"""

from collections import Counter
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.util import dt as dt_util

from .cameras.coordinator import CameraCoordinator
from .const import (
    CONF_CERTIFICATE,
    CONF_ENGINE,
    CONF_KEEP_STRANGERS,
    CONF_PERSON_ID,
    DOMAIN,
    SUBENTRY_CAMERA,
    SUBENTRY_PERSON,
    SUBENTRY_SERVICE,
)
from .identity.gallery import Template
from .identity.recognition_rate import RecognitionRate
from .identity.suitability import Suitability
from .kith_engine.errors import KithError
from .people_lists import NOBODY
from .runtime import Home, KithConfigEntry
from .second_opinion.active_service import ActiveService
from .settings import CameraSettings, PersonSettings, sureness_of
from .subentries import subentries_of


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: KithConfigEntry) -> dict[str, Any]:
    if entry.state is not ConfigEntryState.LOADED:
        return _not_loaded(hass, entry)
    home = entry.runtime_data
    return {
        **_home(home),
        "cameras": [_camera(home, camera) for camera in subentries_of(entry, SUBENTRY_CAMERA)],
        "people": [_person(home, person) for person in subentries_of(entry, SUBENTRY_PERSON)],
        "services": [_service(running) for running in home.opinions.services.values()],
        "marked_faces": {
            "not_this_person": sum(map(len, home.stores.gallery.gallery.negatives.values())),
            "strangers": len(home.stores.gallery.gallery.strangers),
        },
        "issues": _issues(hass),
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: KithConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """Diagnostics of the engine, and of the device's person, camera or service."""
    if entry.state is not ConfigEntryState.LOADED:
        return _not_loaded(hass, entry)
    home = entry.runtime_data
    ours = {identifier for domain, identifier in device.identifiers if domain == DOMAIN}
    found = _home(home)
    for subentry in entry.subentries.values():
        if subentry.subentry_id in ours and subentry.subentry_type == SUBENTRY_SERVICE:
            found["service"] = _service(home.opinions.services[subentry.subentry_id])
        elif subentry.subentry_id in ours:
            found["camera"] = _camera(home, subentry)
        elif subentry.data.get(CONF_PERSON_ID) in ours:
            found["person"] = _person(home, subentry)
    return found


@callback
def _not_loaded(hass: HomeAssistant, entry: KithConfigEntry) -> dict[str, Any]:
    """What is known of a home that is not running, most of all why not."""
    return {"entry": _entry(entry), "issues": _issues(hass)}


@callback
def _entry(entry: KithConfigEntry) -> dict[str, Any]:
    return {
        "state": entry.state.value,
        "failure": entry.error_reason_translation_key,
        "engine": entry.data[CONF_ENGINE],
        "encrypted": not str(entry.data.get(CONF_URL, "")).startswith("http:"),
        "paired": CONF_CERTIFICATE in entry.data,
        "token": bool(entry.data.get(CONF_TOKEN)),
        "sureness": str(sureness_of(entry)),
        "keep_strangers_days": entry.options.get(CONF_KEEP_STRANGERS, 0),
        "subentries": dict(Counter(subentry.subentry_type for subentry in entry.subentries.values())),
    }


@callback
def _home(home: Home) -> dict[str, Any]:
    engine, facts = home.engine, home.engine.facts
    return {
        "entry": _entry(home.entry),
        "engine": {
            "available": engine.available,
            "away_because": engine.reason.code if isinstance(engine.reason, KithError) else None,
            "frames": engine.frames,
            "version": facts.version if facts else None,
            "protocol": facts.protocol if facts else None,
            "pack": facts.pack if facts else None,
            "runtime": facts.runtime if facts else None,
            "embedding": facts.embedding if facts else None,
            "second": facts.calibration.second.embedding if facts and facts.calibration.second else None,
            "smallest_face": facts.smallest_face if facts else None,
        },
    }


@callback
def _camera(home: Home, subentry: ConfigSubentry) -> dict[str, Any]:
    settings = CameraSettings.of(subentry)
    coordinator = home.cameras.get(subentry.subentry_id)
    entity = er.async_get(home.hass).async_get(settings.camera)
    state = home.hass.states.get(settings.camera)
    return {
        "integration": entity.platform if entity else None,
        "there": state is not None,
        "enabled": settings.enabled,
        "interval": settings.interval,
        "woken_by": dict(Counter(entity_id.partition(".")[0] for entity_id in settings.wake)),
        "named_by": dict(Counter(entity_id.partition(".")[0] for entity_id in settings.named_by)),
        "clips": settings.clips is not None,
        "close_up": settings.close_up is not None,
        "source": str(settings.source),
        "sensitivity": str(settings.scope.sensitivity),
        "smallest_face": settings.scope.smallest_face,
        "ignored_areas": len(settings.scope.ignored),
        "allowed": None if settings.allowed is None else len(settings.allowed - {NOBODY}),
        "faces": _faces(home.household.suitability.get(subentry.subentry_id, Suitability())),
        "now": _now(coordinator) if coordinator else None,
    }


@callback
def _faces(told: Suitability) -> dict[str, Any]:
    return {
        "seen": told.faces,
        "usable": told.usable,
        "usual_width": told.width,
        "flaws": {str(flaw): count for flaw, count in told.flaws.items()},
    }


@callback
def _now(coordinator: CameraCoordinator) -> dict[str, Any]:
    """What the camera does, not what it sees."""
    analysis = coordinator.last.analysis
    return {
        "recognizes": coordinator.recognizes,
        "last_look_succeeded": coordinator.last_update_success,
        "failure": type(coordinator.last_exception).__name__ if coordinator.last_exception else None,
        "failure_key": getattr(coordinator.last_exception, "translation_key", None),
        "picture": [analysis.width, analysis.height] if analysis else None,
        "pictures_from": str(coordinator.sources.kind),
        "pictures": coordinator.sources.describe(),
        "milliseconds": {stage: round(time, 1) for stage, time in analysis.timings.items()} if analysis else None,
    }


@callback
def _person(home: Home, subentry: ConfigSubentry) -> dict[str, Any]:
    settings, gallery = PersonSettings.of(subentry), home.stores.gallery.gallery
    served = home.stores.recognition_rate.tallies.get(settings.person_id, RecognitionRate())
    return {
        "linked": settings.linked is not None,
        "agreed_to": sorted(str(agreement) for agreement in settings.consent.to),
        "child": settings.child(dt_util.utcnow()),
        "here_for_seconds": settings.here_for.total_seconds(),
        "templates": [_template(home, template) for template in gallery.templates.get(settings.person_id, ())],
        "not_this_person": len(gallery.negatives.get(settings.person_id, ())),
        "visits": {"named": served.named, "missed": served.missed},
    }


@callback
def _service(running: ActiveService) -> dict[str, Any]:
    settings, there = running.settings, running.place.there
    return {
        "kind": str(settings.kind),
        "encrypted": settings.url.startswith("https:"),
        "paired": bool(settings.certificate),
        "key": bool(settings.key),
        "state": str(running.state),
        "band": str(settings.band),
        "per_minute": settings.per_minute,
        "per_day": settings.per_day,
        "asked_today": running.asked_today,
        "last_error": running.last.error if running.last else None,
        "cameras_excluded": len(settings.not_at),
        "people_excluded": len(settings.not_about),
        "people_enrolled": [len(person.faces) for person in there.people.values()],
        "people_unfinished": len(there.unfinished),
        "photos_refused": sum(map(len, there.refused.values())),
    }


@callback
def _template(home: Home, template: Template) -> dict[str, Any]:
    facts = home.engine.facts
    return {
        "source": str(template.source),
        "width": round(template.width),
        "quality": round(template.quality, 2),
        "days_old": (dt_util.utcnow() - template.added).days,
        "compared": facts is not None and template.embedding == facts.embedding,
        "second": len(template.embeddings) > 1,
    }


@callback
def _issues(hass: HomeAssistant) -> list[str]:
    """The issues' translation keys; their ids contain ids of people and cameras."""
    issues = ir.async_get(hass).issues.values()
    return sorted(issue.translation_key for issue in issues if issue.domain == DOMAIN and issue.translation_key)
