"""A doorbell's clip with the real engine: a walk to the door gives a name that one picture cannot."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import numpy as np
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.kith.clips import event_clips
from custom_components.kith.const import DOMAIN
from demo.figure import Pose, portrait, with_person
from demo.scenes import empty
from tests.engine.streams.filming import RATE
from tests.engine.streams.recording import recorded
from tests.pictures import encoded

from ..conftest import camera_subentry, eventually, person_subentry
from ..test_event_pictures import BELL, Bell, bell  # noqa: F401  a fixture
from .streaming import Streaming

pytestmark = pytest.mark.one_release

SIZE = (640, 360)
LENGTH = 3.0
"""Seconds of the clip, which was taken before it is saved."""


def walk() -> bytes:
    poses = [
        Pose(middle=0.44 + 0.003 * step, eyes=0.39, height=1.0, lean=np.sin(step / 4))
        for step in range(round(LENGTH * RATE))
    ]
    return recorded(shown=[np.asarray(with_person(empty("hall", SIZE), pose)) for pose in poses], size=SIZE)


async def test_the_clip_of_an_event_names_who_came(
    hass: HomeAssistant,
    hall: Streaming,
    bell: Bell,  # noqa: F811
    loopback: None,
    brought: Callable[[str, HomeAssistant], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_clips, "LOOK_EVERY", 0.1)
    monkeypatch.setattr(event_clips, "SETTLED", timedelta(0))
    hass.config.media_dirs = {"local": str(tmp_path)}
    assert await async_setup_component(hass, "media_source", {})
    await hass.async_add_executor_job(brought, "compact", hass)
    hall.picture = encoded(portrait())
    watched = camera_subentry(camera=BELL, clips="media-source://media_source/local/.")
    door = watched | {"title": "Bell", "unique_id": BELL}
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Kith",
        data={"engine": "local"},
        subentries_data=[camera_subentry(), door, person_subentry("Eileen")],
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id), entry.reason
    fields = {"person": "binary_sensor.eileen_presence", "camera": "camera.hall"}
    answer = await hass.services.async_call(DOMAIN, "enroll", fields, blocking=True, return_response=True)
    assert answer["accepted"], answer
    hall.picture = encoded(empty("hall", SIZE))  # or she would be seen there, later than at the door
    await eventually(lambda: hass.states.get("binary_sensor.hall_person_detected").state == "off")
    film = await hass.async_add_executor_job(walk)
    await asyncio.sleep(LENGTH)
    fired = async_capture_events(hass, "kith_person_recognized")
    bell.content = encoded(with_person(empty("hall", SIZE), Pose(middle=0.44, eyes=0.39, height=1.0)))
    bell.ring()
    await eventually(lambda: bell.taken)
    (tmp_path / "event.mp4").write_bytes(film)
    await eventually(lambda: any(event.data["camera"] == BELL for event in fired))
    told = [event.data for event in fired if event.data["camera"] == BELL]
    assert [one["person"] for one in told] == ["Eileen"]
    await hass.config_entries.async_unload(entry.entry_id)
