"""An engine on another host: found, lost, found again, and never mixed up with another one."""

import asyncio
from collections.abc import AsyncIterator
import dataclasses
from urllib.parse import urlsplit

from aiohttp import web
from homeassistant.core import HomeAssistant
import pytest

from custom_components.kith.engines import remote
from custom_components.kith.engines.remote import RemoteEngine
from custom_components.kith.kith_engine.analysis import Analysis, Look
from custom_components.kith.kith_engine.errors import (
    EngineError,
    EngineRefusedError,
    EngineUnavailableError,
    PictureError,
    ProtocolMismatchError,
)
from custom_components.kith.kith_engine.server import Address, create_app, listening
from custom_components.kith.kith_engine.wire import PROTOCOL_HEADER, encode_facts
from tests.identity.faces import EMPTY, FACTS
from tests.integration.conftest import Scripted, eventually


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "FIRST_RETRY", 0.001)
    monkeypatch.setattr(remote, "LONGEST_RETRY", 0.01)


@pytest.fixture
async def met(hass: HomeAssistant, engine: Scripted) -> AsyncIterator[RemoteEngine]:
    met = RemoteEngine(hass, engine.url, "secret")
    await met.start()
    yield met
    await met.stop()


async def ask(engine: RemoteEngine) -> Analysis:
    return await engine.analyze(b"picture", camera="hall", look=Look.PEOPLE)


def outages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if "is not responding" in record.getMessage()]


async def test_it_is_met_and_asked(met: RemoteEngine, engine: Scripted) -> None:
    assert met.available
    assert met.facts is not None
    assert encode_facts(met.facts) == encode_facts(FACTS)
    assert await ask(met) == EMPTY
    assert engine.asked == [("hall", Look.PEOPLE)]


async def test_a_wrong_token_is_a_refusal(hass: HomeAssistant, engine: Scripted) -> None:
    for token in (None, "guessed"):
        refused = RemoteEngine(hass, engine.url, token)
        with pytest.raises(EngineRefusedError):
            await refused.start()
        assert not refused.available


async def test_another_protocol_is_a_mismatch(hass: HomeAssistant, socket_enabled: None) -> None:
    async def hello(_request: web.Request) -> web.Response:
        return web.json_response({"a newer": "form"}, headers={PROTOCOL_HEADER: "1"})

    app = web.Application()
    app.router.add_get("/v1/hello", hello)
    async with listening(app, Address()) as url:
        with pytest.raises(ProtocolMismatchError, match="version 1"):
            await RemoteEngine(hass, url, None).start()


@pytest.mark.parametrize("url", ["192.168.1.20:7070", "", "file:///etc/passwd"])
async def test_what_is_no_address_is_said_at_the_start(hass: HomeAssistant, url: str) -> None:
    with pytest.raises(EngineError, match="URL"):
        await RemoteEngine(hass, url, None).start()


async def test_an_engine_that_goes_and_comes_is_noticed_and_logged_once(
    hass: HomeAssistant, socket_enabled: None, caplog: pytest.LogCaptureFixture
) -> None:
    scripted = Scripted()
    async with listening(create_app(scripted, "secret"), Address()) as url:
        engine = RemoteEngine(hass, url, "secret")
        await engine.start()
    changes: list[bool] = []
    engine.subscribe(lambda: changes.append(engine.available))
    for _ in range(3):
        with pytest.raises(EngineUnavailableError):
            await ask(engine)
    scripted.told = dataclasses.replace(FACTS, embedding="another-net")
    async with listening(create_app(scripted, "secret"), Address(port=urlsplit(url).port or 0)):
        await eventually(lambda: changes == [False, True])
        assert engine.facts is not None
        assert engine.facts.embedding == scripted.told.embedding, "it may come back as another one"
        assert await ask(engine) == EMPTY
        await engine.stop()
    assert len(outages(caplog)) == 1
    assert "is responding again" in caplog.text


async def test_an_engine_that_got_other_networks_meanwhile_is_met_again_before_its_vectors_count(
    met: RemoteEngine, engine: Scripted
) -> None:
    engine.told = dataclasses.replace(FACTS, embedding="another-net")
    with pytest.raises(EngineUnavailableError, match="networks"):
        await ask(met)
    await eventually(lambda: met.available)
    assert met.facts is not None
    assert met.facts.embedding == engine.told.embedding


async def test_a_token_that_was_changed_is_told_as_a_refusal_while_it_lasts(
    hass: HomeAssistant, socket_enabled: None, caplog: pytest.LogCaptureFixture
) -> None:
    scripted = Scripted()
    async with listening(create_app(scripted, "old"), Address()) as url:
        engine = RemoteEngine(hass, url, "old")
        await engine.start()
    async with listening(create_app(scripted, "new"), Address(port=urlsplit(url).port or 0)):
        for _ in range(3):
            with pytest.raises((EngineRefusedError, EngineUnavailableError)):
                await ask(engine)
        await eventually(lambda: isinstance(engine._away, EngineRefusedError))
        with pytest.raises(EngineRefusedError):
            await ask(engine)
        await engine.stop()
    assert "token" in caplog.text
    assert "old" not in caplog.text.replace("threshold", "")


async def test_a_bad_picture_says_nothing_about_the_engine(met: RemoteEngine, engine: Scripted) -> None:
    engine.answer = PictureError("a poem")
    with pytest.raises(PictureError):
        await ask(met)
    assert met.available


async def test_nobody_looks_for_it_after_the_stop(hass: HomeAssistant, socket_enabled: None) -> None:
    async with listening(create_app(Scripted(), "secret"), Address()) as url:
        engine = RemoteEngine(hass, url, "secret")
        await engine.start()
    with pytest.raises(EngineUnavailableError):
        await ask(engine)
    await engine.stop()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "kith looks for its engine"]
    assert not engine.available
