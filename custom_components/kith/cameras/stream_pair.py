"""Two streams of one camera: the small one is enough to notice somebody, the large one shows who it is.

Integrations do not say which of a device's cameras belong together, or how large their pictures are; their names do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
import re

from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN, CameraEntityFeature
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

_SMALL, _MIDDLE, _LARGE = range(3)
_SIZES = {
    **dict.fromkeys(("sub", "fluent", "low", "sd", "minor"), _SMALL),
    **dict.fromkeys(("ext", "balanced", "medium"), _MIDDLE),
    **dict.fromkeys(("main", "clear", "high", "hd", "major"), _LARGE),
}
"""Reolink: sub, ext, main, shown as fluent, balanced, clear; UniFi Protect: low, medium, high; Tapo: SD and HD; ONVIF:
whatever the camera calls its profiles, mostly main and sub stream."""
_WORD = re.compile(r"main(?=stream)|sub(?=stream)|\d+|[A-Z]?[a-z]+|[A-Z]+")


@dataclass(frozen=True, slots=True)
class StreamPair:
    """Two camera entities. hidden: those that their integration has disabled; they can be enabled."""

    small: str
    large: str
    hidden: frozenset[str] = frozenset()


def find_pair(hass: HomeAssistant, camera: str) -> StreamPair | None:
    """The smallest and the largest of the streams that show what this camera shows; None if there is only one size."""
    entities = er.async_get(hass)
    registered = entities.async_get(camera)
    if registered is None or registered.device_id is None or (own := _size_and_view(registered)) is None:
        return None
    siblings = er.async_entries_for_device(entities, registered.device_id, include_disabled_entities=True)
    sizes = {
        one.entity_id: (size_and_view[0], one.disabled)
        for one in _offered(siblings)
        if (size_and_view := _size_and_view(one)) is not None and size_and_view[1] == own[1]
    }
    if camera not in sizes:
        return None
    # of two with the same size, the one that is enabled
    small = min(sizes, key=lambda one: sizes[one])
    large = min(sizes, key=lambda one: (-sizes[one][0], sizes[one][1]))
    if sizes[small][0] == sizes[large][0]:
        return None
    return StreamPair(small, large, frozenset(one for one in (small, large) if sizes[one][1]))


def _offered(entries: list[er.RegistryEntry]) -> Iterator[er.RegistryEntry]:
    for one in entries:
        streams = one.domain == CAMERA_DOMAIN and one.supported_features & CameraEntityFeature.STREAM
        if streams and one.disabled_by in (None, er.RegistryEntryDisabler.INTEGRATION):
            yield one


def _size_and_view(entry: er.RegistryEntry) -> tuple[int, tuple[str, ...]] | None:
    """The size that a camera's name speaks of, and the rest of the name; None if it speaks of none or several."""
    name = entry.translation_key or entry.original_name or entry.entity_id.partition(".")[2]
    words = [word.lower() for word in _WORD.findall(name)]
    sizes = [_SIZES[word] for word in words if word in _SIZES]
    if len(sizes) != 1:
        return None
    view, after_size = [], False
    for word in words:
        if word in _SIZES or (after_size and (word == "stream" or word.isdecimal())):
            after_size = True
        else:
            view.append(word)
            after_size = False
    return sizes[0], tuple(view)
