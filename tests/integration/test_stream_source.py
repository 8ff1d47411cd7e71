"""A camera's stream when the engine does not have it, and what is said of where pictures come from."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.update_coordinator import UpdateFailed
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.kith.cameras import close_up, stream
from custom_components.kith.cameras.choice import ASKED_EVERY, Reason, SourceChoice, SourceKind
from custom_components.kith.cameras.stream import PRE_ROLL, EntityStream, StreamSource
from custom_components.kith.descriptions.sentences import explain, say_source
from custom_components.kith.identity.evidence import Doubt, Outcome, Verdict
from custom_components.kith.kith_engine.analysis import Look, Scope
from custom_components.kith.kith_engine.errors import (
    EngineUnavailableError,
    PictureTooLargeError,
    StreamClosedError,
    StreamError,
)
from custom_components.kith.kith_engine.streams.protocol import (
    UNASKED_FOR,
    Flow,
    Glimpse,
    LookRequest,
    StreamAddress,
    StreamHealth,
)
from custom_components.kith.listeners import Listeners
from custom_components.kith.settings import CameraSettings, Connected, PictureSource
from tests.identity.faces import EMPTY

pytestmark = pytest.mark.one_release


class Restarted:
    """An engine that knows no streams any more. streams: itself."""

    def __init__(self) -> None:
        self.streams = self
        self.asked: list[str] = []

    async def close_stream(self, camera: str) -> None:
        self.asked.append(camera)
        raise EngineUnavailableError("it is starting")

    async def look(self, camera: str, _request: object) -> None:
        self.asked.append(camera)
        raise StreamClosedError("no stream was opened")


async def test_a_stream_that_is_gone_on_both_sides_is_told_as_closed(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none(*_: object) -> None:
        """The camera offers none any more."""

    monkeypatch.setattr(stream, "find_stream", none)
    engine: Any = Restarted()
    source = EntityStream(hass, engine, "hall", "camera.hall")
    assert not await source.open()
    with pytest.raises(StreamClosedError):
        await source.look(Look.PEOPLE, Scope(), 1, 0.0)
    await source.close()
    assert engine.asked == ["hall", "hall"], "an engine that is away has closed it"


HALL, BIG = "camera.hall", "camera.big"
CLOSE_UP = CameraSettings(HALL, close_up=BIG)


class Decoding:
    """An engine whose streams always have a next picture. streams: itself. failing: what it raises, by camera.

    connected: the cameras whose streams are open. said: what it was told.
    """

    is_local = trusted = True

    def __init__(self) -> None:
        self.streams = self
        self.available = True
        self.changed: Listeners[[]] = Listeners()
        self.subscribe = self.changed.subscribe
        self.said: list[tuple[str, str]] = []
        self.failing: dict[str, Exception] = {}
        self.connected: set[str] = set()

    async def open_stream(self, camera: str, address: StreamAddress) -> None:
        self.said.append(("open", camera))
        self.connected.add(camera)

    async def close_stream(self, camera: str) -> None:
        self.said.append(("close", camera))
        self.connected.discard(camera)

    async def stream_health(self, camera: str) -> StreamHealth:
        self._ask("health", camera)
        return StreamHealth(Flow.FLOWING)

    async def look(self, camera: str, request: LookRequest) -> Glimpse:
        self._ask("look", camera)
        return Glimpse(EMPTY, dt_util.utcnow().timestamp(), False, b"")

    def _ask(self, what: str, camera: str) -> None:
        self.said.append((what, camera))
        if camera not in self.connected:
            raise StreamClosedError("nobody asked about it")
        if camera in self.failing:
            raise self.failing[camera]


class Addresses:
    """Says where cameras' streams are. waits_for: the camera whose integration does not answer yet.

    segmented: the cameras whose streams come in segments. asked: about which cameras.
    """

    def __init__(self) -> None:
        self.segmented: tuple[str, ...] = ()
        self.asked: list[str] = []
        self.waits_for: str | None = None
        self.waiting = asyncio.Event()
        self.answers = asyncio.Event()

    async def find_stream(self, _hass: HomeAssistant, camera: str) -> StreamAddress:
        self.asked.append(camera)
        if camera == self.waits_for:
            self.waiting.set()
            await self.answers.wait()
        if camera in self.segmented:
            return StreamAddress(f"https://192.0.2.1/{camera}/live/index.M3U8?token=1.0")
        return StreamAddress(f"rtsp://192.0.2.1/{camera}")


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> Addresses:
    found = Addresses()
    monkeypatch.setattr(stream, "find_stream", found.find_stream)
    return found


@pytest.fixture
def decoding(addresses: Addresses) -> Any:
    """An engine that decodes; both cameras have streams."""
    return Decoding()


@pytest.fixture
async def sources(hass: HomeAssistant, decoding: Any) -> AsyncIterator[SourceChoice]:
    """Those of a camera and its close-up, which are closed afterwards."""
    choice = SourceChoice(hass, decoding, "hall", CLOSE_UP)
    choice.listen(lambda: None)
    yield choice
    await choice.close()
    assert not decoding.connected
    assert not decoding.changed


async def test_streams_that_the_engine_has_ended_are_opened_again(decoding: Any, sources: SourceChoice) -> None:
    await sources.open()
    for ask in (
        sources.update_health(),
        sources.stream.look(Look.PEOPLE, Scope(), dt_util.utcnow(), close=False),
    ):
        decoding.connected.clear()
        await ask
        assert "hall" in decoding.connected
    assert sources.health == StreamHealth(Flow.FLOWING)


async def test_the_engine_is_asked_about_all_streams_of_a_camera_that_sleeps(
    hass: HomeAssistant, decoding: Any, sources: SourceChoice
) -> None:
    await sources.open()
    await sources.rest()
    del decoding.said[:]
    async_fire_time_changed(hass, dt_util.utcnow() + ASKED_EVERY)
    await hass.async_block_till_done()
    assert sorted(decoding.said) == [("health", "hall"), ("health", "hall.close_up")]
    assert timedelta(seconds=UNASKED_FOR) > 3 * ASKED_EVERY, "the connection to the engine may fail now and then"


async def test_a_stream_is_closed_though_the_close_up_s_address_was_still_asked_for(
    hass: HomeAssistant, decoding: Any, addresses: Addresses, sources: SourceChoice
) -> None:
    addresses.waits_for = BIG
    opening = hass.async_create_task(sources.open())
    await addresses.waiting.wait()
    assert decoding.connected == {"hall"}
    opening.cancel()
    await sources.close()
    assert not decoding.connected


@pytest.mark.parametrize("camera", [HALL, BIG])
async def test_a_camera_that_is_removed_while_it_is_connected_again_stays_disconnected(
    hass: HomeAssistant, decoding: Any, addresses: Addresses, sources: SourceChoice, camera: str
) -> None:
    addresses.waits_for = camera
    decoding.changed.notify()
    await addresses.waiting.wait()
    await sources.close()
    addresses.answers.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not decoding.connected


async def test_a_stream_is_closed_though_the_engine_was_away_meanwhile(decoding: Any, sources: SourceChoice) -> None:
    await sources.open()
    decoding.available = False
    decoding.changed.notify()
    await sources.close()
    assert not decoding.connected


async def test_a_camera_on_battery_is_asked_for_its_stream_once_in_a_while(
    hass: HomeAssistant, decoding: Any, addresses: Addresses
) -> None:
    """It has none of use; clouds count how often they are asked."""
    addresses.segmented = (HALL,)
    settings = CameraSettings(HALL, wake=("binary_sensor.motion",), connected=Connected.AWAKE)
    choice = SourceChoice(hass, decoding, "hall", settings)
    for _ in range(3):
        with pytest.raises(UpdateFailed):  # there is no camera to give a still
            await choice.look(Look.PEOPLE, Scope(), dt_util.utcnow(), close=False)
        await choice.rest()
    assert addresses.asked == [HALL]
    await choice.close()


async def test_a_camera_on_battery_is_disconnected_though_the_engine_was_away_meanwhile(
    hass: HomeAssistant, decoding: Any
) -> None:
    settings = CameraSettings(HALL, wake=("binary_sensor.motion",), connected=Connected.AWAKE)
    choice = SourceChoice(hass, decoding, "hall", settings)
    choice.listen(lambda: None)
    await choice.look(Look.PEOPLE, Scope(), dt_util.utcnow(), close=False)
    assert decoding.connected
    decoding.available = False
    decoding.changed.notify()
    await choice.rest()
    assert not decoding.connected
    await choice.close()


async def test_a_stream_in_segments_is_left_to_stills(
    decoding: Any, addresses: Addresses, sources: SourceChoice
) -> None:
    addresses.segmented = (HALL, BIG)
    for _ in range(2):
        await sources.open()
        assert (sources.kind, sources.reason) == (SourceKind.STILLS, Reason.SEGMENTED)
    assert not decoding.connected
    addresses.segmented = (BIG,)
    await sources.open()
    assert (sources.kind, decoding.connected) == (SourceKind.STREAM, {"hall"}), "the small picture is newer"


async def test_who_chose_the_stream_gets_it_in_segments(
    hass: HomeAssistant, decoding: Any, addresses: Addresses
) -> None:
    addresses.segmented = (HALL, BIG)
    chosen = StreamSource(hass, decoding, "hall", replace(CLOSE_UP, source=PictureSource.STREAM))
    assert await chosen.open()
    assert decoding.connected == {"hall", "hall.close_up"}


async def test_a_close_up_that_is_too_large_is_done_without(
    hass: HomeAssistant, decoding: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = StreamSource(hass, decoding, "hall", CLOSE_UP)
    assert await source.open()
    decoding.failing["hall.close_up"] = PictureTooLargeError("the stream has 7680 x 2160 pixels")

    async def look() -> bool:
        return (await source.look(Look.PEOPLE, Scope(), dt_util.utcnow(), close=True)).close

    assert [await look(), await look()] == [False, False]
    assert decoding.said.count(("look", "hall.close_up")) == 1, "it is not decoded for nothing"
    assert caplog.text.count("close-up of camera.hall is not used for now: the stream has 7680") == 1
    monkeypatch.setattr(close_up, "AGAIN", 0.0)
    source._trust.refuse("")
    decoding.failing["hall.close_up"] = StreamError("it is down")
    assert not await look()
    decoding.failing.clear()
    assert await look()
    assert "close-up of camera.hall is used again" in caplog.text


class Ahead:
    """An engine whose clock is ahead by these seconds, with a picture of each half second. streams: itself."""

    def __init__(self, seconds: float) -> None:
        self.streams = self
        self._now = dt_util.utcnow().timestamp() + seconds
        self.given: list[float] = []

    async def look(self, _camera: str, request: LookRequest) -> Glimpse:
        before = [self._now - step / 2 for step in range(12, -1, -1)]
        after = max(request.after, self._now - request.pre_roll)
        captured = next((one for one in before if one > after), None)
        if captured is None:
            self._now += 0.5
            captured = self._now
        self.given.append(captured)
        return Glimpse(EMPTY, captured, captured < self._now, b"")


@pytest.mark.parametrize("seconds", [-5.0, 0.0, 0.5, 5.0, 60.0])
async def test_the_last_seconds_are_seen_once_however_the_engine_s_clock_goes(
    hass: HomeAssistant, seconds: float
) -> None:
    engine: Any = Ahead(seconds)
    source = EntityStream(hass, engine, "hall", "camera.hall")
    last = 0.0
    for _ in range(12):
        last = (await source.look(Look.PEOPLE, Scope(), 1, last)).captured
    assert engine.given == sorted(set(engine.given))
    assert engine.given[-1] - engine.given[0] > PRE_ROLL


async def test_where_pictures_come_from_is_told_in_a_sentence(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    sources: Any = SimpleNamespace(kind=SourceKind.STREAM, measured=SimpleNamespace(figures=None))
    unmeasured = say_source(hass, sources)
    sources.measured.figures = SimpleNamespace(rate=4.04, age=0.12)
    measured = say_source(hass, sources)
    assert "4.0" in measured
    assert "0.1 s" in measured
    assert measured != unmeasured


async def test_nobody_and_somebody_forgotten_have_their_sentences(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    nobody = explain(Verdict(Outcome.NOBODY), entry)
    forgotten = explain(Verdict(Outcome.UNSURE, doubt=Doubt.WEAK, likely="carl"), entry)
    assert nobody
    assert "carl" not in forgotten.lower()
