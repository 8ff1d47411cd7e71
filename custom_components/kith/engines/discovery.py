"""Engines that announced themselves on the network since Home Assistant started. Nothing of what they say is proven."""

from dataclasses import dataclass
from typing import Self

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from homeassistant.util.hass_dict import HassKey
from yarl import URL

from ..const import DOMAIN
from ..kith_engine.pairing.identity import LONGEST_NAME
from ..kith_engine.wire import harmless

MOST_ANNOUNCED = 32
"""Engines that are remembered, the newest: anybody on the network can announce as many as they like."""


@dataclass(frozen=True, slots=True)
class Announced:
    """fingerprint: of the certificate that it says it has."""

    fingerprint: str
    name: str
    url: str

    @classmethod
    def of(cls, info: ZeroconfServiceInfo) -> Self:
        told = info.properties
        name = harmless(str(told.get("name") or info.host))[:LONGEST_NAME]
        url = str(URL.build(scheme="https", host=info.host, port=info.port or 0))
        return cls(str(told.get("id") or info.name), name, url)


_ANNOUNCED: HassKey[dict[str, Announced]] = HassKey(f"{DOMAIN}_announced")


@callback
def remember(hass: HomeAssistant, engine: Announced) -> None:
    """The newest announcement of an engine counts."""
    announced = hass.data.setdefault(_ANNOUNCED, {})
    announced.pop(engine.fingerprint, None)
    announced[engine.fingerprint] = engine
    while len(announced) > MOST_ANNOUNCED:
        del announced[next(iter(announced))]


@callback
def announced_engines(hass: HomeAssistant) -> list[Announced]:
    """Those that were heard of, sorted by name. An engine that ended since may be among them."""
    return sorted(hass.data.get(_ANNOUNCED, {}).values(), key=lambda engine: engine.name)
