"""Old and repeated pictures: who is in the last new one stays for as long as it can be current, and nobody else."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.update_coordinator import UpdateFailed
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.cameras import coordinator, schedule, snapshot
from custom_components.kith.cameras.freshness import FROZEN_AFTER, SILENCE, Freshness
from custom_components.kith.household import scene
from custom_components.kith.kith_engine.analysis import Look
from tests.identity.faces import EMPTY, NOON, shown

from .conftest import Scripted, Shown, eventually, face_of
from .test_cameras import camera_of, state

pytestmark = pytest.mark.one_release


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def given(*pictures: bytes, pause: float = 1.0, start: float = 0.0) -> Freshness:
    """A camera that gave these, one after the other."""
    found = Freshness()
    for number, picture in enumerate(pictures):
        found.note(picture, start + number * pause, at(start + number * pause))
    return found


def test_the_first_picture_is_not_known_to_be_new_and_the_second_is() -> None:
    assert not given(b"a").fresh
    assert not given(b"a", b"a", b"a").fresh
    assert given(b"a", b"a", b"b").fresh
    assert given(b"a", b"b", b"b").fresh


def test_after_a_silence_even_another_picture_may_be_old() -> None:
    found = given(b"a", b"b")
    later = 1 + SILENCE + 1
    found.note(b"c", later, at(later))
    assert not found.fresh
    found.note(b"d", later + 1, at(later + 1))
    assert found.fresh
    found.note(b"d", 2 * later + 1, at(2 * later + 1))
    assert not found.fresh, "nor is the same one after another silence"


def test_a_picture_is_current_for_as_long_as_this_camera_takes_to_renew_it() -> None:
    assert not given(b"a", b"b", b"b").current, "a camera that always renews it"
    slow = given(b"a", b"b", *[b"b"] * 4, b"c", b"c", b"c", b"c")
    assert slow.fresh
    assert slow.current
    for second in range(10, 13):
        slow.note(b"c", second, at(second))
    assert not slow.current


def test_a_camera_that_was_frozen_is_not_a_slow_one() -> None:
    frozen = given(b"a", b"b", *[b"b"] * round(FROZEN_AFTER + 2), b"c", b"c")
    assert frozen.fresh
    assert not frozen.current


def test_a_picture_was_taken_when_it_first_came() -> None:
    assert given(b"a", b"b", b"b", b"b").captured == at(1)


def test_a_camera_that_is_renewed_slowly_has_nothing_new_for_most_of_that_time() -> None:
    pictures = [bytes([number // 4]) for number in range(24)]
    slow = given(*pictures)
    assert 20 + 1.5 < slow.due < 20 + 3, "it gave the sixth one first at 20, and each for three more seconds"
    assert given(*pictures[:23], b"sooner").due < 23 + 3, "of the last ones, the shortest counts"
    assert given(*pictures[:8]).due <= 7, "its pace is not known yet"
    assert given(*map(bytes, range(1, 30))).due <= 29, "a camera that always has a new one"


@pytest.fixture
def keyframes(hall: Shown) -> Shown:
    """A stream's still: the last keyframe, until the test says that there is another."""
    hall.picture = b"keyframe 0"
    hall.frozen = True
    return hall


@pytest.fixture
def half_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """For as long somebody counts as detected who is not seen."""
    monkeypatch.setattr(scene, "DETECTED_FOR", timedelta(seconds=0.5))


async def next_keyframe(hall: Shown) -> None:
    """The next keyframe comes; returns after it was taken more than once."""
    hall.picture = b"keyframe %d" % (int(hall.picture.split()[-1]) + 1)
    taken = hall.taken
    await eventually(lambda: hall.taken > taken + 3)


async def test_who_leaves_between_two_keyframes_is_gone_although_the_next_one_repeats(
    hass: HomeAssistant, keyframes: Shown, entry: MockConfigEntry, engine: Scripted, half_a_second: None
) -> None:
    await eventually(lambda: keyframes.taken > 3)
    engine.answer = shown(face_of(0))
    await next_keyframe(keyframes)
    await eventually(lambda: state(hass) == "on")
    engine.answer = EMPTY
    await next_keyframe(keyframes)
    await eventually(lambda: state(hass) == "off")


async def test_who_is_in_a_keyframe_that_never_changes_again_leaves(
    hass: HomeAssistant, keyframes: Shown, entry: MockConfigEntry, engine: Scripted, half_a_second: None
) -> None:
    await eventually(lambda: keyframes.taken > 3)
    engine.answer = shown(face_of(0))
    await next_keyframe(keyframes)
    await eventually(lambda: state(hass) == "on")
    await eventually(lambda: state(hass) == "off")


async def test_a_burst_waits_for_what_a_slow_camera_can_give_next(
    hass: HomeAssistant,
    keyframes: Shown,
    entry: MockConfigEntry,
    engine: Scripted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []
    pause = schedule.pause

    def noted(*args: Any, burst: float, **kwargs: Any) -> float:
        waits.append(burst)
        return pause(*args, burst=burst, **kwargs)

    monkeypatch.setattr(schedule, "pause", noted)
    for _ in range(3):
        await next_keyframe(keyframes)
    assert set(waits) == {schedule.BURST_PAUSE}
    for _ in range(5):
        await next_keyframe(keyframes)
    assert max(waits) > schedule.BURST_PAUSE


async def test_the_last_visitor_s_picture_is_no_visit(
    hass: HomeAssistant, keyframes: Shown, entry: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = shown(face_of(0))
    await eventually(lambda: keyframes.taken > 5)
    assert not engine.asked, "not even looked at"
    assert state(hass) == "off"
    engine.answer = EMPTY
    await next_keyframe(keyframes)
    await eventually(lambda: engine.asked)
    assert state(hass) == "off"


async def test_a_call_is_answered_by_the_first_picture_known_to_be_new(
    hass: HomeAssistant,
    keyframes: Shown,
    entry: MockConfigEntry,
    engine: Scripted,
) -> None:
    camera = camera_of(entry)
    await eventually(lambda: keyframes.taken > 3)
    camera._wake.call()
    taken = keyframes.taken
    await eventually(lambda: keyframes.taken > taken + 3)
    await next_keyframe(keyframes)
    await eventually(lambda: engine.asked)
    assert engine.asked[0][1] is Look.PEOPLE


async def identify(hass: HomeAssistant) -> object:
    asked = {"camera": "camera.hall"}
    return await hass.services.async_call("kith", "identify", asked, blocking=True, return_response=True)


async def test_a_scan_does_not_take_an_old_picture_for_now(
    hass: HomeAssistant,
    keyframes: Shown,
    entry: MockConfigEntry,
    engine: Scripted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine.answer = shown(face_of(0))
    monkeypatch.setattr(coordinator, "RENEWED_WITHIN", 0.05)
    monkeypatch.setattr(snapshot, "RENEWED_WITHIN", 0.05)
    with pytest.raises(UpdateFailed) as failure:
        await camera_of(entry).scan()
    assert failure.value.translation_key == "picture_old"
    with pytest.raises(HomeAssistantError) as refusal:
        await identify(hass)
    assert refusal.value.translation_key == "picture_old"
    keyframes.frozen = False
    assert await identify(hass)
    assert (await camera_of(entry).scan()).detected


async def test_a_scan_of_what_was_only_looked_at_for_motion_says_when_that_was(
    hass: HomeAssistant, keyframes: Shown, entry: MockConfigEntry, engine: Scripted
) -> None:
    await next_keyframe(keyframes)
    await eventually(lambda: engine.asked)
    asked = len(engine.asked)
    came = camera_of(entry).sources.stills._freshness.captured
    engine.answer = shown(face_of(0))
    await camera_of(entry).scan()
    assert len(engine.asked) == asked + 1
    assert camera_of(entry).last.captured == came
