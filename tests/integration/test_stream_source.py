"""A camera's stream when the engine does not have it, and what is said of where pictures come from."""

from types import SimpleNamespace
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.cameras import stream
from custom_components.kith.cameras.choice import SourceKind
from custom_components.kith.cameras.stream import EntityStream
from custom_components.kith.descriptions.sentences import explain, say_source
from custom_components.kith.identity.evidence import Doubt, Outcome, Verdict
from custom_components.kith.identity.presence import LATE
from custom_components.kith.kith_engine.analysis import Look, Scope
from custom_components.kith.kith_engine.errors import EngineUnavailableError, StreamClosedError
from custom_components.kith.kith_engine.streams.protocol import Glimpse, LookRequest
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
    with pytest.raises(StreamClosedError):
        await source.look(Look.PEOPLE, Scope(), 1, 0.0)
    await source.close()
    assert engine.asked == ["hall", "hall"], "an engine that is away has closed it"


class Ahead:
    """An engine whose clock is ahead by these seconds, with a picture of each half second. streams: itself."""

    def __init__(self, seconds: float) -> None:
        self.streams = self
        self._now = dt_util.utcnow().timestamp() + seconds
        self.given: list[float] = []

    async def look(self, _camera: str, request: LookRequest) -> Glimpse:
        before = [self._now - step / 2 for step in range(12, -1, -1)]
        captured = next((one for one in before if one > request.after), None)
        if captured is None:
            self._now += 0.5
            captured = self._now
        self.given.append(captured)
        return Glimpse(EMPTY, captured, captured < self._now, b"")


@pytest.mark.parametrize("seconds", [0.0, 0.5, 5.0, LATE.total_seconds() - 10])
async def test_no_picture_is_looked_at_twice_however_the_engine_s_clock_goes(
    hass: HomeAssistant, seconds: float
) -> None:
    engine: Any = Ahead(seconds)
    source = EntityStream(hass, engine, "hall", "camera.hall")
    last = 0.0
    for _ in range(12):
        last = (await source.look(Look.PEOPLE, Scope(), 1, last)).captured
    assert engine.given == sorted(set(engine.given))


async def test_a_clock_that_was_set_back_keeps_nobody_from_being_looked_for(hass: HomeAssistant) -> None:
    engine: Any = Ahead(0)
    source = EntityStream(hass, engine, "hall", "camera.hall")
    seen = await source.look(Look.PEOPLE, Scope(), 1, dt_util.utcnow().timestamp() + 3600)
    assert seen.early


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
