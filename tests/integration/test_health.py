"""Problems are found and reported with advice, vanish when they are over, and stay ignored if ignored."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from aiohttp import web_response
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.kith import engines
from custom_components.kith.const import DOMAIN
from custom_components.kith.errors import GalleryUnreadableError, RuntimeNoWheelError
from custom_components.kith.health import startup
from custom_components.kith.health.checks import FACES_TO_JUDGE_BY, UNAVAILABLE_FOR, USABLE, USABLE_AGAIN
from custom_components.kith.health.monitor import EVERY, HealthMonitor
from custom_components.kith.identity.recognition_rate import RecognitionRate
from custom_components.kith.identity.suitability import Suitability
from custom_components.kith.kith_engine.analysis import Flaw
from custom_components.kith.kith_engine.errors import (
    EngineRefusedError,
    EngineUnavailableError,
    KithError,
    PackDamagedError,
    ProtocolMismatchError,
)
from tests.identity.faces import axis, template

from .conftest import Scripted, eventually, remote_entry

ENGINE = "engine"


def issue(hass: HomeAssistant, issue_id: str) -> ir.IssueEntry | None:
    found = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    return found if found and found.active else None


def told(hass: HomeAssistant) -> set[str]:
    return {issue_id for domain, issue_id in ir.async_get(hass).issues if domain == DOMAIN}


async def look(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await HealthMonitor(entry.runtime_data).look()


def subentry(entry: MockConfigEntry, title: str):
    return next(one for one in entry.subentries.values() if one.title == title)


def change(hass: HomeAssistant, entry: MockConfigEntry, title: str, **data: object) -> None:
    found = subentry(entry, title)
    hass.config_entries.async_update_subentry(entry, found, data={**found.data, **data})


async def test_a_home_in_which_all_is_well_is_told_nothing(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await look(hass, entry)
    assert told(hass) == set()


async def test_a_home_is_looked_after_every_minute(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    entry.runtime_data.stores.recognition_rate.tallies.update(
        ada=RecognitionRate(90, 10), grace=RecognitionRate(30, 30)
    )
    async_fire_time_changed(hass, dt_util.utcnow() + EVERY + timedelta(seconds=1))
    await eventually(lambda: told(hass) == {"served_worse_grace"})


async def test_a_battery_camera_that_nothing_can_wake_is_told_after_a_while(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    motion, hall = "binary_sensor.motion", f"camera_unwakeable_{subentry(entry, 'Hall').subentry_id}"
    change(hass, entry, "Hall", wake=[motion, "event.gone"], connected="awake")
    await hass.async_block_till_done()

    async def told_then(state: str, ago: timedelta) -> bool:
        hass.states.async_set(motion, state, timestamp=(dt_util.utcnow() - ago).timestamp())
        await look(hass, entry)
        return issue(hass, hall) is not None

    assert not await told_then("off", timedelta(days=1))
    assert not await told_then("unavailable", UNAVAILABLE_FOR / 2)
    assert not await told_then("unknown", timedelta(days=1))
    assert await told_then("unavailable", UNAVAILABLE_FOR)
    assert issue(hass, hall).translation_placeholders == {"name": "Hall", "entities": motion}
    assert not await told_then("off", timedelta(0))
    change(hass, entry, "Hall", connected="always")
    await hass.async_block_till_done()
    assert not await told_then("unavailable", UNAVAILABLE_FOR), "it stays awake"


def failing(monkeypatch: pytest.MonkeyPatch, error: KithError) -> Callable[[], None]:
    """Keeps the engine from starting until the returned function is called."""

    async def start(_self: object) -> None:
        raise error

    right = engines.remote.RemoteEngine.start
    monkeypatch.setattr(engines.remote.RemoteEngine, "start", start)
    return lambda: monkeypatch.setattr(engines.remote.RemoteEngine, "start", right)


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (ProtocolMismatchError("it speaks version 9."), "engine_away"),
        (PackDamagedError("face.onnx has another SHA-256."), "engine_away"),
        (GalleryUnreadableError("both copies are damaged."), "files_unreadable"),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_why_kith_does_not_start_is_told_at_once_and_taken_back(
    hass: HomeAssistant, engine: Scripted, monkeypatch: pytest.MonkeyPatch, error: KithError, key: str
) -> None:
    mend = failing(monkeypatch, error)
    entry = remote_entry(engine)
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    found = issue(hass, ENGINE)
    assert found.translation_key == key
    assert str(error) in found.translation_placeholders["reason"]
    assert found.is_fixable
    assert found.severity is ir.IssueSeverity.ERROR
    mend()
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    assert told(hass) == set()
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("error", [PackDamagedError("one is damaged."), RuntimeNoWheelError("no wheel.")], ids=repr)
async def test_files_are_brought_again_where_they_are_ours(hass: HomeAssistant, error: KithError) -> None:
    now = dt_util.utcnow()
    entry = MockConfigEntry(domain=DOMAIN, data={"engine": "local"})
    (found,) = startup.trouble(hass, entry, error, now, now)
    assert found.issue == "engine_files"
    assert found.code == error.code


async def test_an_engine_that_is_away_for_a_moment_is_not_told(
    hass: HomeAssistant, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, EngineUnavailableError("nobody there."))
    entry = remote_entry(engine)
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert told(hass) == set()
    later = dt_util.utcnow() + startup.PASSES
    startup.could_not_start(hass, entry, EngineUnavailableError("nobody there."), later)
    assert issue(hass, ENGINE) is not None


async def test_of_a_refused_token_home_assistant_tells_by_itself(
    hass: HomeAssistant, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, EngineRefusedError("wrong token."))
    entry = remote_entry(engine)
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert told(hass) == set()


async def test_what_keeps_kith_from_starting_is_not_told_of_an_entry_that_is_switched_off(
    hass: HomeAssistant, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, ProtocolMismatchError("it speaks version 9."))
    entry = remote_entry(engine)
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    assert issue(hass, ENGINE) is not None
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    assert told(hass) == set()


async def test_nothing_is_told_of_an_entry_that_was_removed(
    hass: HomeAssistant, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, ProtocolMismatchError("it speaks version 9."))
    entry = remote_entry(engine)
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.config_entries.async_remove(entry.entry_id)
    assert told(hass) == set()


async def test_an_engine_that_went_away_is_told_after_a_while_and_taken_back_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(startup, "PASSES", timedelta(0))
    availability = entry.runtime_data.engine._availability
    availability.went(EngineUnavailableError("nobody there."))
    await eventually(lambda: issue(hass, ENGINE))
    assert "nobody there" in issue(hass, ENGINE).translation_placeholders["reason"]
    availability.came()
    await eventually(lambda: not issue(hass, ENGINE))


async def test_an_engine_that_comes_back_soon_is_not_told(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    entry.runtime_data.engine._availability.went(EngineUnavailableError("nobody there."))
    await look(hass, entry)
    assert told(hass) == set()


async def test_a_camera_that_shows_hardly_a_usable_face_is_told_with_what_helps(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    hall = subentry(entry, "Hall").subentry_id
    suitability = entry.runtime_data.household.suitability

    def saw(faces: int, share: float) -> None:
        suitability[hall] = Suitability(
            faces, round(faces * share), Counter({Flaw.TOO_SMALL: faces // 2}), Counter({5: faces})
        )

    saw(FACES_TO_JUDGE_BY - 1, 0)
    await look(hass, entry)
    assert told(hass) == set(), "too few to tell"
    saw(FACES_TO_JUDGE_BY, USABLE)
    await look(hass, entry)
    assert told(hass) == set()
    saw(FACES_TO_JUDGE_BY, USABLE / 2)
    await look(hass, entry)
    found = issue(hass, f"camera_unsuitable_{hall}")
    assert found.translation_placeholders["name"] == "Hall"
    assert "22 px" in found.translation_placeholders["judgment"]
    saw(FACES_TO_JUDGE_BY, (USABLE + USABLE_AGAIN) / 2)
    await look(hass, entry)
    assert issue(hass, f"camera_unsuitable_{hall}"), "it does not come and go at the limit"
    saw(FACES_TO_JUDGE_BY, USABLE_AGAIN)
    await look(hass, entry)
    assert told(hass) == set()


async def test_a_camera_at_which_nobody_is_to_be_recognized_is_suitable(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    hall = subentry(entry, "Hall").subentry_id
    entry.runtime_data.household.suitability[hall] = Suitability(FACES_TO_JUDGE_BY)
    entry.runtime_data.cameras[hall].recognizes = False
    await look(hass, entry)
    assert told(hass) == set()
    entry.runtime_data.cameras[hall].recognizes = True
    await look(hass, entry)
    assert told(hass) == {f"camera_unsuitable_{hall}"}
    change(hass, entry, "Hall", enabled=False)
    await hass.async_block_till_done()
    await look(hass, entry)
    assert told(hass) == set()


async def test_clocks_that_differ_are_told_until_they_agree(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = web_response.rfc822_formatted_time

    def wrong() -> str:
        return format_datetime(datetime.now(UTC) - timedelta(minutes=12), usegmt=True)

    monkeypatch.setattr(web_response, "rfc822_formatted_time", wrong)
    remote = entry.runtime_data.engine
    await eventually(lambda: remote.skew < timedelta(minutes=-11))
    await look(hass, entry)
    assert issue(hass, "clocks_apart").translation_placeholders == {"minutes": "12"}
    monkeypatch.setattr(web_response, "rfc822_formatted_time", right)
    await eventually(lambda: abs(remote.skew) < timedelta(seconds=5))
    await look(hass, entry)
    assert told(hass) == set()


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 23 Nov 2026 19:00:00 -0000"])
async def test_an_engine_that_does_not_say_what_time_it_is_is_not_called_wrong(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch, engine: Scripted, date: str
) -> None:
    monkeypatch.setattr(web_response, "rfc822_formatted_time", lambda: date)
    asked = len(engine.asked)
    await eventually(lambda: len(engine.asked) > asked + 5)
    await look(hass, entry)
    assert told(hass) == set()


async def test_people_whose_photos_another_network_saw_are_told_until_there_are_new_ones(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    home = entry.runtime_data
    await home.change(lambda gallery: gallery.without("ada"))
    await home.enroll("ada", [template(axis(0), "old", network="net-of-yore")])
    await look(hass, entry)
    found = issue(hass, "gallery_foreign")
    assert (found.translation_key, found.is_fixable) == ("gallery_foreign", False)
    assert found.translation_placeholders["people"] == "Ada"
    await home.stores.photos.save_person("ada", "old", b"\xff\xd8 a face")
    await look(hass, entry)
    found = issue(hass, "gallery_foreign")
    assert (found.translation_key, found.is_fixable) == ("gallery_renewable", True)
    assert found.translation_placeholders["kept"] == "Ada"
    await home.enroll("ada", [template(axis(0), "new")])
    await look(hass, entry)
    assert told(hass) == set()


async def test_nothing_is_said_of_networks_while_no_engine_was_met(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    home = entry.runtime_data
    await home.enroll("ada", [template(axis(0), "old", network="net-of-yore")])
    home.engine._facts = None
    await look(hass, entry)
    assert told(hass) == set()


async def test_a_child_s_photos_are_to_be_renewed_after_a_year(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    now = dt_util.utcnow()
    change(hass, entry, "Ada", born=now.year - 7)
    await hass.async_block_till_done()

    def photo(days: float, name: str):
        return replace(template(axis(0), name), added=now - timedelta(days=days))

    home = entry.runtime_data
    await home.change(lambda gallery: gallery.without("ada").with_templates("ada", [photo(364, "a"), photo(900, "b")]))
    await look(hass, entry)
    assert told(hass) == set()
    await home.change(lambda gallery: gallery.without("ada").with_templates("ada", [photo(366, "a")]))
    await look(hass, entry)
    assert issue(hass, "photos_old_ada").translation_placeholders == {"name": "Ada"}
    change(hass, entry, "Ada", born=now.year - 40)
    await hass.async_block_till_done()
    await look(hass, entry)
    assert told(hass) == set()


async def test_who_is_served_much_worse_is_told_with_both_shares(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    tallies = entry.runtime_data.stores.recognition_rate.tallies
    tallies.update(ada=RecognitionRate(90, 10), grace=RecognitionRate(30, 30), gone=RecognitionRate(0, 90))
    await look(hass, entry)
    assert told(hass) == {"served_worse_grace"}
    found = issue(hass, "served_worse_grace")
    assert found.translation_placeholders == {"name": "Grace", "share": "50", "others": "10"}
    tallies["grace"] = RecognitionRate(38, 12)
    await look(hass, entry)
    assert told(hass) == {"served_worse_grace"}, "it does not come and go at the limit"
    tallies["grace"] = RecognitionRate(90, 10)
    await look(hass, entry)
    assert told(hass) == set()


async def test_what_was_ignored_stays_ignored_when_kith_is_loaded_again(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    entry.runtime_data.stores.recognition_rate.tallies.update(
        ada=RecognitionRate(90, 10), grace=RecognitionRate(30, 30)
    )
    await look(hass, entry)
    ir.async_get(hass).async_ignore(DOMAIN, "served_worse_grace", True)
    await hass.config_entries.async_reload(entry.entry_id)
    assert issue(hass, "served_worse_grace").dismissed_version is not None
