"""The clock is set forward or back while Kith runs."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import freezegun
from freezegun.api import TickingDateTimeFactory, real_monotonic
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.household import scene
from tests.identity.faces import EMPTY, shown

from .conftest import Scripted, Shown, eventually, face_of

DETECTED, PRESENCE = "binary_sensor.hall_person_detected", "binary_sensor.ada_presence"
LATE_AT_MOST = timedelta(seconds=30)
"""If the clock is set back by this little, somebody who left stays present that much longer."""
JUMPS = [timedelta(hours=1), timedelta(hours=-1), -LATE_AT_MOST, timedelta(seconds=-2), timedelta(days=-900)]


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TickingDateTimeFactory]:
    """A clock that runs and can be set; the loop's own clock is not affected, as in reality."""
    monkeypatch.setattr(asyncio.get_running_loop(), "time", real_monotonic)
    monkeypatch.setattr(scene, "DETECTED_FOR", timedelta(seconds=0.3))
    with freezegun.freeze_time(dt_util.utcnow(), tick=True) as found:
        yield found


def state(hass: HomeAssistant, entity: str) -> str:
    return hass.states.get(entity).state


async def ada_comes(hass: HomeAssistant, engine: Scripted) -> None:
    engine.answer = shown(face_of(0))
    await eventually(lambda: state(hass, PRESENCE) == "on")


@pytest.mark.parametrize("jump", JUMPS, ids=str)
async def test_who_comes_after_the_clock_was_put_is_seen_at_once(
    clock: TickingDateTimeFactory, hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, jump: timedelta
) -> None:
    await eventually(lambda: state(hass, DETECTED) == "off")
    clock.move_to(dt_util.utcnow() + jump)
    await ada_comes(hass, engine)
    assert hass.states.get(DETECTED).attributes["outcome"] == "known"


@pytest.mark.parametrize("jump", [jump for jump in JUMPS if jump != -LATE_AT_MOST], ids=str)
async def test_who_leaves_when_the_clock_is_put_does_not_stay(
    clock: TickingDateTimeFactory, hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, jump: timedelta
) -> None:
    entry.runtime_data.household.presence.here_for = {"ada": timedelta(seconds=0.5)}
    await ada_comes(hass, engine)
    engine.answer = EMPTY
    clock.move_to(dt_util.utcnow() + jump)
    await eventually(lambda: state(hass, DETECTED) == "off")
    await eventually(lambda: state(hass, PRESENCE) == "off")


@pytest.mark.parametrize("jump", JUMPS, ids=str)
async def test_who_stays_while_the_clock_is_put_stays(
    clock: TickingDateTimeFactory, hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, jump: timedelta
) -> None:
    await ada_comes(hass, engine)
    clock.move_to(dt_util.utcnow() + jump)
    asked = len(engine.asked)
    await eventually(lambda: len(engine.asked) > asked + 10)
    await eventually(lambda: hass.states.get(DETECTED).attributes["outcome"] == "known")
    assert state(hass, PRESENCE) == "on"


@pytest.mark.parametrize("jump", JUMPS, ids=str)
async def test_somebody_in_a_frozen_picture_leaves_whatever_the_clock_says(
    clock: TickingDateTimeFactory,
    hass: HomeAssistant,
    entry: MockConfigEntry,
    engine: Scripted,
    hall: Shown,
    jump: timedelta,
) -> None:
    await ada_comes(hass, engine)
    hall.frozen = True
    clock.move_to(dt_util.utcnow() + jump)
    await eventually(lambda: state(hass, DETECTED) == "off")


async def test_a_camera_that_is_frozen_for_a_day_costs_the_engine_nothing(
    clock: TickingDateTimeFactory, hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, hall: Shown
) -> None:
    await eventually(lambda: engine.asked)
    hall.frozen = True
    await eventually(lambda: state(hass, DETECTED) == "off")
    taken = hall.taken
    await eventually(lambda: hall.taken > taken + 3)
    asked = len(engine.asked)
    for _ in range(24):
        clock.move_to(dt_util.utcnow() + timedelta(hours=1))
        hall.taken = 0
        await eventually(lambda: hall.taken > 1)
    assert len(engine.asked) == asked
    assert state(hass, DETECTED) == "off"
