"""The result of a gallery check, in figures and sentences, without picture or embedding."""

from homeassistant.util.json import JsonObjectType

from ..const import CONF_CAMERA, SUBENTRY_CAMERA
from ..identity.gallery_check import Check, Pair
from ..identity.suitability import Suitability
from ..runtime import KithConfigEntry
from ..subentries import name_of, subentries_of
from .sentences import advise, judge_camera, judge_pair


def describe_check(found: Check, entry: KithConfigEntry) -> JsonObjectType:
    """For the response of an action."""
    hass = entry.runtime_data.hass
    return {
        "settings": {
            str(sureness): {
                "photos": expected.photos,
                "missed": expected.missed,
                "mixed_up": expected.mixed_up,
                "strangers_named_wanted": f"1 in {round(1 / expected.strangers)}",
            }
            for sureness, expected in found.expected.items()
        },
        "odd_photos": [
            {"person": name_of(entry, odd.person_id), "photo": odd.template_id, "like": name_of(entry, odd.likest)}
            for odd in found.odd
        ],
        "closest": _pair(found.closest, entry) if found.closest else None,
        "advice": [
            advise(hass, kind, name_of(entry, who) or "") for who, kinds in found.advice.items() for kind in kinds
        ],
        "cameras": {
            camera.data[CONF_CAMERA]: judge_camera(
                hass, entry.runtime_data.household.suitability.get(camera.subentry_id, Suitability())
            )
            for camera in subentries_of(entry, SUBENTRY_CAMERA)
        },
    }


def _pair(pair: Pair, entry: KithConfigEntry) -> JsonObjectType:
    first, second = name_of(entry, pair.first) or "", name_of(entry, pair.second) or ""
    return {
        "people": [first, second],
        "alike": round(pair.alike, 2),
        "message": judge_pair(entry.runtime_data.hass, pair, first, second),
    }
