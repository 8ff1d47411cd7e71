"""Engines that announce themselves: whoever is on the network can do that."""

from homeassistant.core import HomeAssistant

from custom_components.kith.engines.discovery import MOST_ANNOUNCED, Announced, announced_engines, remember


def announced(number: int, url: str = "https://192.0.2.1:7071") -> Announced:
    return Announced(f"{number:064x}", f"engine {number:03}", url)


async def test_only_the_newest_announcements_are_remembered(hass: HomeAssistant) -> None:
    for number in range(MOST_ANNOUNCED + 8):
        remember(hass, announced(number))
    assert [engine.name for engine in announced_engines(hass)] == [f"engine {8 + n:03}" for n in range(MOST_ANNOUNCED)]


async def test_an_engine_that_is_announced_again_is_not_the_oldest(hass: HomeAssistant) -> None:
    for number in range(MOST_ANNOUNCED):
        remember(hass, announced(number))
    moved = announced(0, "https://192.0.2.2:7071")
    remember(hass, moved)
    remember(hass, announced(MOST_ANNOUNCED))
    assert moved in announced_engines(hass)
    assert announced(1) not in announced_engines(hass)
