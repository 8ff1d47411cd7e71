"""Recordings: who was there, when, and by what evidence; and nothing of it is taken for now."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
import io
import itertools
import os
from pathlib import Path
from typing import Any

from aiohttp import web
from homeassistant.components.media_source import PlayMedia, Unresolvable
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.kith.clips import clip_visits, recording
from custom_components.kith.kith_engine.analysis import Analysis, Look, Scope
from custom_components.kith.kith_engine.errors import EngineBusyError
from custom_components.kith.kith_engine.picture import Picture
from custom_components.kith.kith_engine.server import Address, create_app, listening
from custom_components.kith.kith_engine.streams.clip_routes import add_clip_routes
from custom_components.kith.privacy.erasure import forget
from tests.contract import assert_like
from tests.engine.streams.recording import recorded
from tests.identity.faces import EMPTY, FACTS, axis, shown, together

from .automations import automate
from .conftest import Scripted, eventually, face_of
from .page import Caller, camera_id
from .test_blueprint import github, use  # noqa: F401  a fixture

BEGAN = datetime(2026, 11, 23, 7, 58, tzinfo=UTC)


@dataclass
class Watching(Scripted):
    """Answers for the pictures of recordings, too: what `story` says for each, over and over its last."""

    story: tuple[Analysis | Exception, ...] = (EMPTY,)
    looked: int = 0
    scope: Scope | None = None
    size: tuple[int, int] | None = None

    def look(self, picture: Picture, _camera: str, _look: Look, scope: Scope) -> Analysis:
        answer = self.story[min(self.looked, len(self.story) - 1)]
        self.looked, self.scope, self.size = self.looked + 1, scope, picture.size
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
async def engine(socket_enabled: None) -> AsyncIterator[Watching]:
    watching = Watching(told=replace(FACTS, streams=True))
    app = create_app(watching, "secret", more=lambda app, scheduler: add_clip_routes(app, watching, scheduler))
    async with listening(app, Address()) as url:
        watching.url = url
        yield watching


@pytest.fixture(scope="session")
def film() -> bytes:
    return recorded(3)


@pytest.fixture
def clip(hass: HomeAssistant, tmp_path: Path, film: bytes) -> Path:
    """A recording in an allowed folder, written until BEGAN and 3 s."""
    hass.config.allowlist_external_dirs.add(str(tmp_path))
    file = tmp_path / "clip.mp4"
    file.write_bytes(film)
    os.utime(file, (BEGAN.timestamp() + 3, BEGAN.timestamp() + 3))
    return file


async def analyze(hass: HomeAssistant, **data: Any) -> Any:
    data = {key: str(value) if isinstance(value, Path) else value for key, value in data.items()}
    return await hass.services.async_call("kith", "analyze", data, blocking=True, return_response=True)


async def test_a_recording_says_who_was_there_and_when_and_changes_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Watching, clip: Path
) -> None:
    fired = async_capture_events(hass, "kith_person_recognized")
    engine.story = (EMPTY, EMPTY, shown(face_of(0)))
    answer = await analyze(hass, file=clip)
    (ada,) = answer["people"]
    assert (ada["outcome"], ada["person"], ada["person_id"], ada["likely"]) == ("known", "Ada", "ada", None)
    assert (ada["from"], ada["to"]) == (pytest.approx(0.7, abs=0.1), pytest.approx(2.7, abs=0.3))
    assert ada["explanation"].startswith("Recognized as Ada from ")
    assert ada["evidence"]["weight"] >= ada["evidence"]["demanded"]
    assert (answer["recorded"], answer["pictures"]) == (False, engine.looked)
    assert datetime.fromisoformat(answer["begin"]) == pytest.approx(BEGAN, abs=timedelta(seconds=0.2))
    assert answer["length"] == pytest.approx(3, abs=0.2)
    home = entry.runtime_data
    assert not fired
    assert not home.household.presence.last
    assert not home.household.presence.visits
    assert not home.stores.visits.newest_first
    assert hass.states.get("binary_sensor.ada_presence").state == "off"


async def test_on_demand_it_is_a_visit_with_its_true_time_and_starts_no_automation(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Watching, clip: Path
) -> None:
    automation = await automate(
        hass, *({"trigger": f"kith.{name}"} for name in ("recognized", "arrived", "person_seen", "stranger_seen"))
    )
    engine.story = (together(face_of(0), axis(5)),)
    for _ in range(2):  # looked at again, it takes its own place
        answer = await analyze(hass, file=clip, camera="camera.hall", record=True)
        assert answer["recorded"]
        visits = entry.runtime_data.stores.visits.newest_first
        assert {(visit.verdict.outcome.value, visit.verdict.person_id) for visit in visits} == {
            ("known", "ada"),
            ("stranger", None),
        }
        assert len(visits) == 2
    assert {visit.camera for visit in visits} == {camera_id(entry)}
    assert all(BEGAN - timedelta(seconds=1) < visit.begin < BEGAN + timedelta(seconds=1) for visit in visits)
    assert automation.calls == []
    assert not entry.runtime_data.household.presence.last
    assert entry.runtime_data.household.presence.stranger is None


async def test_whoever_calls_knows_best_when_it_began(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Watching, tmp_path: Path
) -> None:
    hass.config.allowlist_external_dirs.add(str(tmp_path))
    clip = tmp_path / "clip.mkv"
    clip.write_bytes(await hass.async_add_executor_job(lambda: recorded(1, "matroska")))
    (tmp_path / "dated.mp4").write_bytes(
        await hass.async_add_executor_job(lambda: recorded(1, created="2026-11-20T06:00:00Z"))
    )
    engine.story = (shown(face_of(0)),)
    given = await analyze(hass, file=clip, begin="2026-11-23 07:58:00+00:00")
    assert datetime.fromisoformat(given["begin"]) == BEGAN
    inside = await analyze(hass, file=tmp_path / "dated.mp4")
    assert inside["begin"] == "2026-11-20T06:00:00+00:00"
    tomorrow = (dt_util.utcnow() + timedelta(days=1)).isoformat()
    with pytest.raises(HomeAssistantError, match="Say when it began"):
        await analyze(hass, file=clip, camera="camera.hall", record=True, begin=tomorrow)


async def test_the_cameras_own_settings_count(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Watching, clip: Path
) -> None:
    hall = next(one for one in entry.subentries.values() if one.title == "Hall")
    street = {"left": 0, "top": 0, "right": 100, "bottom": 30}
    data = {**hall.data, "turned": "90", "smallest_face": 70, "ignored": [street]}
    hass.config_entries.async_update_subentry(entry, hall, data=data)
    await hass.async_block_till_done()
    await analyze(hass, file=clip, camera="camera.hall")
    assert engine.scope is not None
    assert (engine.scope.smallest_face, len(engine.scope.ignored), engine.scope.second) == (70, 1, True)
    assert engine.size == (240, 320)
    with pytest.raises(ServiceValidationError, match="does not watch"):
        await analyze(hass, file=clip, camera="camera.attic")


async def test_what_is_wrong_is_said(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Watching, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (clip.parent / "note.mp4").write_text("no recording")
    with pytest.raises(HomeAssistantError, match="neither an MP4 nor a Matroska"):
        await analyze(hass, file=clip.parent / "note.mp4")
    with pytest.raises(HomeAssistantError, match="not allowed to read"):
        await analyze(hass, file="/etc/passwd")
    with pytest.raises(HomeAssistantError, match="no such recording"):
        await analyze(hass, file=clip.parent / "gone.mp4")
    with pytest.raises(HomeAssistantError, match="no such upload"):
        await analyze(hass, upload="gone")
    with pytest.raises(ServiceValidationError, match="which of Kith's cameras"):
        await analyze(hass, file=clip, record=True)
    monkeypatch.setattr(recording, "LARGEST_CLIP", 10)
    with pytest.raises(HomeAssistantError, match="too large"):
        await analyze(hass, file=clip)


async def test_an_engine_that_cannot_decode_says_so(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Watching, clip: Path
) -> None:
    entry.runtime_data.engine._facts = FACTS
    with pytest.raises(HomeAssistantError, match="PyAV is missing"):
        await analyze(hass, file=clip)
    entry.runtime_data.household.compare_with(entry.runtime_data.stores.gallery.gallery, None)
    with pytest.raises(HomeAssistantError, match="not responding"):
        await analyze(hass, file=clip)


async def test_an_engine_that_is_busy_is_asked_again(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Watching, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip_visits, "BUSY_PAUSE", 0.0)
    remote = type(entry.runtime_data.engine)
    look_on, asked = remote.look_on, itertools.count(1)

    async def sometimes(self: Any, *args: Any) -> Any:
        if next(asked) % often:
            raise EngineBusyError("many cameras")
        return await look_on(self, *args)

    monkeypatch.setattr(remote, "look_on", sometimes)
    engine.story, often = (shown(face_of(0)),), 2
    assert (await analyze(hass, file=clip))["people"][0]["person"] == "Ada"
    looked, often = engine.looked, 10**6
    with pytest.raises(HomeAssistantError, match="too busy"):
        await analyze(hass, file=clip)
    assert engine.looked == looked


async def test_who_is_forgotten_meanwhile_is_not_named(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Watching, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.story = (shown(face_of(0)),)
    look_on = type(entry.runtime_data.engine).look_on

    async def late(self: Any, *args: Any) -> Any:
        if engine.looked == 6:
            await forget(entry.runtime_data, next(one for one in entry.subentries.values() if one.title == "Ada"))
        return await look_on(self, *args)

    monkeypatch.setattr(type(entry.runtime_data.engine), "look_on", late)
    answer = await analyze(hass, file=clip, camera="camera.hall", record=True)
    assert answer["people"] == []
    assert not entry.runtime_data.stores.visits.newest_first


async def test_who_must_not_be_recognized_is_as_if_not_there(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Watching, clip: Path
) -> None:
    ada = next(one for one in entry.subentries.values() if one.title == "Ada")
    never = {"to": ["never"], "by": "Ada", "at": "2026-11-23T12:00:00+00:00"}
    hass.config_entries.async_update_subentry(entry, ada, data={**ada.data, "consent": never})
    await hass.async_block_till_done()
    engine.story = (shown(face_of(0)),)
    assert (await analyze(hass, file=clip))["people"] == []


async def test_media_are_looked_at_where_they_lie(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Watching, clip: Path
) -> None:
    hass.config.media_dirs = {"local": str(clip.parent)}
    assert await async_setup_component(hass, "media_source", {})
    engine.story = (shown(face_of(0)),)
    chosen = {"media_content_id": "media-source://media_source/local/clip.mp4", "media_content_type": "video/mp4"}
    for media in (chosen, chosen["media_content_id"]):
        answer = await analyze(hass, media=media)
        assert answer["people"][0]["person"] == "Ada"
        assert answer["begin"] is not None
    for missing in ("media-source://media_source/local/gone.mp4", "https://example.com/clip.mp4"):
        with pytest.raises(HomeAssistantError, match="no such recording"):
            await analyze(hass, media=missing)


async def test_media_of_an_integration_are_fetched_and_their_address_is_never_told(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    engine: Watching,
    film: bytes,
    aiohttp_server: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await async_setup_component(hass, "media_source", {})

    async def give(request: web.Request) -> web.Response:
        if request.match_info["name"] == "gone":
            raise web.HTTPNotFound
        return web.Response(body=film)

    app = web.Application()
    app.router.add_get("/{name}", give)
    server = await aiohttp_server(app)

    async def resolve(_hass: HomeAssistant, media: str, _player: None) -> PlayMedia:
        if media.endswith("unknown"):
            raise Unresolvable("Unknown event")
        return PlayMedia(str(server.make_url(f"/{media.rpartition('/')[2]}?token=hunter2")), "video/mp4")

    monkeypatch.setattr(recording, "async_resolve_media", resolve)
    engine.story = (shown(face_of(0)),)
    answer = await analyze(hass, media="media-source://frigate/event")
    assert (answer["people"][0]["person"], answer["begin"]) == ("Ada", None)
    with pytest.raises(HomeAssistantError, match="Say when it began"):
        await analyze(hass, media="media-source://frigate/event", camera="camera.hall", record=True)
    with pytest.raises(HomeAssistantError, match="HTTP status 404") as failed:
        await analyze(hass, media="media-source://frigate/gone")
    assert "hunter2" not in str(failed.value)
    with pytest.raises(HomeAssistantError, match="Unknown event"):
        await analyze(hass, media="media-source://frigate/unknown")
    monkeypatch.setattr(recording, "LARGEST_CLIP", 10)
    with pytest.raises(HomeAssistantError, match="too large"):
        await analyze(hass, media="media-source://frigate/event")


async def test_the_page_sees_the_progress_and_then_the_answer(
    hass: HomeAssistant, page: Caller, entry: MockConfigEntry, engine: Watching, film: bytes, hass_client: Any
) -> None:
    engine.story = (shown(face_of(0)),)
    await page.follow("clips/analyze", upload="gone")
    failed = await page.event(lambda event: event["done"])
    assert (failed["found"], "no such upload" in failed["trouble"]) == (None, True)
    client = await hass_client()
    answer = await client.post("/api/file_upload", data={"file": io.BytesIO(film)})
    sent = (await answer.json())["file_id"]
    asked = {"camera_id": camera_id(entry), "record": True, "written": BEGAN.timestamp() + 3}
    await page.follow("clips/analyze", upload=sent, **asked)
    shares = [(await page.event())["share"]]
    while shares[-1] < 1:
        event = await page.event()
        shares.append(event["share"])
    assert shares == sorted(shares)
    assert len(shares) > 3
    assert_like(event, "clips_analyze")
    assert event["found"]["people"][0]["person"] == "Ada"
    (visit,) = entry.runtime_data.stores.visits.newest_first
    assert abs(visit.begin - BEGAN) < timedelta(seconds=0.5)
    assert await page.refused("clips/analyze", upload=sent, camera_id="gone") == "camera_unknown"


@pytest.mark.usefixtures("github")
async def test_the_blueprint_looks_at_each_new_clip(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Watching, clip: Path
) -> None:
    hass.states.async_set("event.clips", "unknown")
    data = {"names": "{{ names }}", "count": "{{ people | count }}"}
    calls = await use(hass, "look_at_new_clips", folder="event.clips", camera="camera.hall", only_known=True, data=data)

    async def saved(path: Path, event_type: str = "closed") -> None:
        told = {"event_type": event_type, "path": str(path)}
        hass.states.async_set("event.clips", dt_util.utcnow().isoformat(), told)
        await hass.async_block_till_done(wait_background_tasks=False)

    engine.story = (shown(axis(5)),)
    await saved(clip)
    await eventually(lambda: entry.runtime_data.stores.visits.newest_first)
    engine.story = (shown(face_of(0)),)
    await saved(clip, "modified")
    await saved(clip.with_suffix(".jpg"))
    looked = engine.looked
    await saved(clip)
    await eventually(lambda: calls)
    (call,) = calls
    assert (call.data["names"], call.data["count"]) == (["Ada"], 1)
    assert engine.looked > looked
