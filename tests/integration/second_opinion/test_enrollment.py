"""A service has exactly what people agreed to: not before, not after, and not if it was away."""

from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.const import DOMAIN
from custom_components.kith.errors import (
    OpinionDriftedError,
    OpinionPhotoRefusedError,
    OpinionRefusedError,
    OpinionThrottledError,
    OpinionUnavailableError,
)
from custom_components.kith.second_opinion import opinions as opinions_module
from custom_components.kith.second_opinion.ledger import Purpose
from custom_components.kith.second_opinion.service_state import ServiceState
from custom_components.kith.second_opinion.service_sync import RETRY
from custom_components.kith.second_opinion.sync_steps import MOST_FAILURES

from ..conftest import JPEG, Scripted, as_subentry, eventually
from .opinions import Spoken, add_photo, agreeing, live, pass_time, running, service, settled, still, written

pytestmark = pytest.mark.one_release

BOTH = {"ada": 1, "grace": 1}
AWAY = OpinionUnavailableError("nobody there")
BAD = b"\xff\xd8 a photo that breaks it"


def stored(hass: HomeAssistant) -> dict[str, Any]:
    """What is on the disk."""
    path = Path(hass.config.path(STORAGE_DIR), "kith.enrolled")
    found: dict[str, Any] = json.loads(path.read_text())["data"]["services"]
    return found


async def change(hass: HomeAssistant, entry: MockConfigEntry, title: str, **settings: Any) -> None:
    """Change the settings of a person or a service."""
    subentry = next(one for one in entry.subentries.values() if one.title == title)
    hass.config_entries.async_update_subentry(entry, subentry, data={**subentry.data, **settings})
    await hass.async_block_till_done()
    await still(entry)


async def remove(hass: HomeAssistant, entry: MockConfigEntry, title: str) -> None:
    subentry = next(one for one in entry.subentries.values() if one.title == title)
    hass.config_entries.async_remove_subentry(entry, subentry.subentry_id)
    await hass.async_block_till_done()
    await still(entry)


async def hours_pass(hass: HomeAssistant, entry: MockConfigEntry, hours: int) -> None:
    """The service is tried in each hour, also if it is left alone."""
    caller = running(entry).place.caller
    for _ in range(hours):
        if caller.until is not None:
            caller._breaker._until = caller._breaker._opened
        await pass_time(hass, hours=1)
        await still(entry)


async def forget(hass: HomeAssistant, person: str = "Ada") -> dict[str, Any]:
    answer: dict[str, Any] = await hass.services.async_call(
        DOMAIN,
        "forget_person",
        {"person": f"binary_sensor.{person.lower()}_presence"},
        blocking=True,
        return_response=True,
    )
    return answer


async def test_who_agreed_is_given_with_the_photos_that_are_kept_and_it_stands_in_the_ledger(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    assert nas.learned == 1
    entered = written(entry)
    assert {one.purpose for one in entered} == {Purpose.ENROLL}
    assert [one.about for one in entered] == [(), ("grace",), ("grace",), ("ada",), ("ada",)]
    assert all(one.calls == 1 and one.sent and one.error is None for one in entered)
    (there,) = stored(hass).values()
    assert there["people"]["ada"]["faces"].keys() == {"ada"}


async def test_of_who_did_not_agree_nothing_is_ever_sent(
    hass: HomeAssistant, engine: Scripted, nas: Spoken, begun: list[MockConfigEntry]
) -> None:
    people = [agreeing("Ada", "recognize", "photos", "cloud"), agreeing("Grace", "recognize", "opinion")]
    begun.append(await live(hass, engine, service(), people=people))
    assert nas.order == []
    assert written(begun[0]) == []


async def test_photos_that_are_added_and_removed_follow(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    await add_photo(entry, "ada", 4, "second")
    await settled(hass, entry)
    assert nas.faces == {"ada": 2, "grace": 1}
    await entry.runtime_data.change(lambda gallery: gallery.without_templates(["ada"]))
    await settled(hass, entry)
    assert nas.faces == BOTH
    assert nas.order == ["add_face", "learn", "remove_face", "learn"]


@pytest.mark.parametrize("consent", [None, {"to": ["recognize", "photos", "cloud"], "by": "Ada", "at": None}])
async def test_who_takes_the_consent_back_is_erased_there_and_that_is_proven(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken, consent: dict[str, Any] | None
) -> None:
    if consent:
        consent["at"] = "2026-11-23T12:00:00+00:00"
    await change(hass, entry, "Ada", consent=consent)
    assert nas.faces == {"grace": 1}
    assert nas.order == ["remove_person", "knows", "learn"]
    about = written(entry, Purpose.ERASE)[0].about
    assert about == ("ada",) if consent else set(about) <= {"ada"}, "who agrees to nothing is on no list in the end"
    assert "ada" not in json.dumps(stored(hass))


async def test_who_is_left_out_or_removed_or_not_to_be_recognized_is_erased_there(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    await change(hass, entry, "Compreface", not_about=["ada"])
    assert nas.faces == {"grace": 1}
    await change(hass, entry, "Compreface", not_about=[])
    assert nas.faces == BOTH
    await remove(hass, entry, "Grace")
    assert nas.faces == {"ada": 1}


async def test_a_service_that_is_switched_off_has_nothing_and_is_given_it_again(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    await change(hass, entry, "Compreface", enabled=False)
    assert running(entry).state is ServiceState.OFF
    assert nas.faces == {}
    assert nas.order == ["leave", "knows", "knows"]
    await change(hass, entry, "Compreface", enabled=True)
    assert nas.faces == BOTH


async def test_a_service_that_is_removed_has_nothing(hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken) -> None:
    await remove(hass, entry, "Compreface")
    assert nas.faces == {}
    assert not entry.runtime_data.opinions.services
    await pass_time(hass, hours=1)
    assert stored(hass) == {}


async def test_a_service_that_is_away_when_it_is_removed_is_erased_when_it_is_back_over_restarts(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    nas.fails = {"leave": AWAY}
    await remove(hass, entry, "Compreface")
    assert nas.faces == BOTH
    assert entry.runtime_data.stores.enrolled.left_at("ada") == ["Compreface"]
    await hass.config_entries.async_reload(entry.entry_id)
    await still(entry)
    assert nas.faces == BOTH
    nas.fails = {}
    await pass_time(hass, minutes=1, seconds=1)
    await still(entry)
    assert nas.faces == {}
    assert entry.runtime_data.stores.enrolled.left_at("ada") == []


async def test_a_service_that_was_removed_and_never_answers_is_given_up_and_its_key_goes_too(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    nas: Spoken,
    caplog: pytest.LogCaptureFixture,
    steady: None,
) -> None:
    nas.fails = {"leave": AWAY}
    await remove(hass, entry, "Compreface")
    (there,) = stored(hass).values()
    assert there["access"]["key"] == "a secret key"
    (removed,) = entry.runtime_data.opinions._removed.values()
    removed.there.removed = datetime(1970, 1, 1, tzinfo=UTC)
    await pass_time(hass, hours=1)
    await still(entry)
    assert stored(hass), "it was removed while the clock was wrong: the days begin anew"
    removed.there.removed = dt_util.utcnow() - opinions_module.KEEP_TRYING
    await pass_time(hass, hours=2)
    await still(entry)
    assert stored(hass) == {}
    assert "its data about people stays there" in caplog.text


async def test_a_service_that_comes_back_to_the_list_before_it_was_erased_is_in_step_again(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    nas.fails = {"leave": AWAY}
    await remove(hass, entry, "Compreface")
    nas.fails = {}
    nas.people.clear()  # it had erased them, but its answer was lost
    hass.config_entries.async_add_subentry(entry, as_subentry(service()))
    await hass.async_block_till_done()
    await still(entry)
    assert nas.faces == BOTH
    assert "leave" not in nas.order[1:]
    assert len(stored(hass)) == 1


async def test_another_address_is_another_service_and_the_one_before_is_erased(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken, services: dict[str, Spoken]
) -> None:
    await change(hass, entry, "Compreface", url="http://pc:8000")
    assert (nas.faces, services["http://pc:8000"].faces) == ({}, BOTH)
    assert running(entry).settings.url == "http://pc:8000"


async def test_a_service_that_was_changed_or_removed_while_kith_was_not_loaded_is_erased_too(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken, services: dict[str, Spoken]
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    subentry = next(one for one in entry.subentries.values() if one.title == "Compreface")
    moved = {**subentry.data, "url": "http://pc:8000"}
    hass.config_entries.async_update_subentry(entry, subentry, data=moved)
    await hass.config_entries.async_setup(entry.entry_id)
    await still(entry)
    assert (nas.faces, services["http://pc:8000"].faces) == ({}, BOTH)
    await hass.config_entries.async_unload(entry.entry_id)
    hass.config_entries.async_remove_subentry(entry, subentry.subentry_id)
    await hass.config_entries.async_setup(entry.entry_id)
    await still(entry)
    assert services["http://pc:8000"].faces == {}


async def test_what_an_away_service_should_have_is_brought_when_it_is_back(
    hass: HomeAssistant, engine: Scripted, nas: Spoken, begun: list[MockConfigEntry]
) -> None:
    nas.fails = {"add_face": AWAY}
    begun.append(await live(hass, engine, service()))
    assert nas.faces == {"ada": 0}
    nas.fails = {}
    await pass_time(hass, minutes=1, seconds=1)
    await still(begun[0])
    assert nas.faces == BOTH
    assert nas.order[2:4] == ["remove_person", "knows"], "it may have taken the photo, and nobody heard of it"


async def test_who_is_half_there_after_a_crash_is_made_anew(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    there = running(entry).place.there
    there.unfinished.add("ada")
    del there.people["ada"]
    nas.people["key of ada"] = {"nobody": b"knows of it"}
    running(entry).place.sync_soon()
    await still(entry)
    assert nas.order[:3] == ["add_person", "remove_person", "knows"]
    assert nas.people["key of ada"].keys() != {"nobody"}
    assert nas.faces == BOTH


async def test_a_service_that_is_left_alone_is_sent_no_photos_either(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    nas.fails = {"check": AWAY}
    caller = running(entry).place.caller
    for _ in range(3):
        caller._breaker.failed(dt_util.utcnow())
    await add_photo(entry, "ada", 4, "second")
    await settled(hass, entry)
    assert nas.order == []
    assert not running(entry).place.there.unfinished


async def test_an_answer_that_says_that_nothing_was_done_is_believed(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    nas.fails = {"add_face": OpinionThrottledError("slower", 60)}
    await add_photo(entry, "ada", 4, "second")
    await settled(hass, entry)
    assert running(entry).state is ServiceState.UNAVAILABLE
    assert not running(entry).place.there.unfinished
    nas.fails = {}
    caller = running(entry).place.caller
    caller._breaker._until = caller._breaker._opened
    await pass_time(hass, minutes=1, seconds=1)
    await still(entry)
    assert nas.order == ["add_face", "check", "add_face", "learn"]


async def test_a_photo_that_is_refused_is_not_sent_again_not_even_after_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    nas.fails = {"add_face": OpinionPhotoRefusedError("no face")}
    await add_photo(entry, "ada", 4, "second")
    await settled(hass, entry)
    nas.fails = {}
    await hass.config_entries.async_reload(entry.entry_id)
    await pass_time(hass, hours=1)
    await still(entry)
    assert nas.order.count("add_face") == 1
    assert running(entry).state is ServiceState.READY
    await add_photo(entry, "ada", 5, "third")
    await settled(hass, entry)
    assert nas.faces == {"ada": 2, "grace": 1}


async def test_a_photo_that_it_cannot_process_is_left_out_after_a_few_attempts_ever_further_apart(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken, caplog: pytest.LogCaptureFixture
) -> None:
    nas.fails_at = {BAD}
    await add_photo(entry, "ada", 4, "bad", BAD)
    await settled(hass, entry)
    for tried, pause in enumerate((1, 2, 4, 8, 16)):
        assert running(entry).place.there.failures["bad"] == tried
        assert running(entry).state is ServiceState.READY
        before = len(nas.order)
        await pass_time(hass, minutes=pause, seconds=-5)
        await still(entry)
        assert len(nas.order) == before
        await pass_time(hass, minutes=pause, seconds=1)
        await still(entry)
    assert "Compreface failed at a photo again and again" in caplog.text
    assert nas.faces == BOTH
    nas.order.clear()
    await pass_time(hass, hours=1)
    await still(entry)
    assert nas.order == []
    nas.fails_at = set()
    entry.runtime_data.opinions.set_up_again(running(entry).settings.service_id)
    await still(entry)
    assert nas.faces == {"ada": 2, "grace": 1}


@pytest.mark.parametrize("bad", [2, 3, 4])
async def test_photos_that_it_cannot_process_keep_no_other_photo_away(
    hass: HomeAssistant, engine: Scripted, nas: Spoken, begun: list[MockConfigEntry], bad: int
) -> None:
    nas.fails_at = {BAD}
    begun.append(await live(hass, engine, service(), photo=lambda who: BAD if who == "ada" else JPEG))
    entry = begun[0]
    await hours_pass(hass, entry, 1)
    assert nas.faces == {"ada": 0, "grace": 1}, "somebody's photos keep nobody else away"
    for number in range(4, 3 + bad):
        await add_photo(entry, "ada", number, f"bad {number}", BAD)
    await add_photo(entry, "ada", 7, "good")
    await settled(hass, entry)
    await hours_pass(hass, entry, bad * MOST_FAILURES + 1)
    assert nas.faces == BOTH
    assert running(entry).state is ServiceState.READY
    assert nas.order.count("add_face") <= 2 * bad * (MOST_FAILURES + 1)
    nas.order.clear()
    await hours_pass(hass, entry, 3)
    assert nas.order == []


async def test_questions_that_succeed_show_that_the_only_photo_of_somebody_is_to_blame(
    hass: HomeAssistant, engine: Scripted, nas: Spoken, begun: list[MockConfigEntry]
) -> None:
    nas.fails_at = {BAD}
    begun.append(await live(hass, engine, service(), photo=lambda who: BAD if who == "ada" else JPEG))
    entry, there = begun[0], running(begun[0]).place.there
    await hours_pass(hass, entry, 10)
    assert there.failures["ada"] <= 1, "the service may have been at fault"
    for _ in range(MOST_FAILURES):
        await running(entry).place.caller.call(Purpose.ASK, lambda meter: nas.ask(JPEG, [], meter))
        await hours_pass(hass, entry, 1)
    nas.order.clear()
    await hours_pass(hass, entry, 3)
    assert nas.order == []
    assert nas.faces == {"grace": 1}


async def test_the_pause_grows_no_further_once_a_new_photo_was_enrolled(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    place = running(entry).place
    nas.fails_at = {BAD}
    await add_photo(entry, "ada", 4, "bad", BAD)
    await settled(hass, entry)
    await hours_pass(hass, entry, 1)
    assert place._retry is not None
    assert place._retry > RETRY
    await add_photo(entry, "ada", 5, "good")
    await settled(hass, entry)
    assert place._retry == RETRY


@pytest.mark.parametrize("down", [("add_face",), ("check", "add_person", "add_face", "remove_person", "learn")])
async def test_an_outage_of_hours_leaves_no_photo_out(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken, down: tuple[str, ...]
) -> None:
    nas.fails = dict.fromkeys(down, AWAY)
    await add_photo(entry, "ada", 4, "second")
    await add_photo(entry, "ada", 5, "bad", BAD)
    await settled(hass, entry)
    await hours_pass(hass, entry, 20)
    assert not running(entry).place.there.failures.total()
    nas.fails, nas.fails_at = {}, {BAD}
    await hours_pass(hass, entry, 2 * MOST_FAILURES)
    assert nas.faces == {"ada": 2, "grace": 1}
    assert running(entry).state is ServiceState.READY


async def test_no_photo_is_to_blame_for_a_service_that_fails_at_all_of_them(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    nas.fails = {"add_face": AWAY}
    for number, name in enumerate(("second", "third", "fourth"), start=4):
        await add_photo(entry, "ada", number, name)
    await settled(hass, entry)
    await hours_pass(hass, entry, 10)
    assert running(entry).state is ServiceState.UNAVAILABLE, "its check succeeds, and so does adding a person"
    nas.fails = {}
    await hours_pass(hass, entry, 1)
    assert nas.faces == {"ada": 4, "grace": 1}
    assert running(entry).state is ServiceState.READY


async def test_a_photo_that_kith_itself_does_not_compare_with_is_not_sent(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    await entry.runtime_data.stores.photos.save_person("ada", "of_no_template", JPEG)
    running(entry).place.sync_soon()
    await still(entry)
    assert nas.order == []


async def test_a_photo_that_cannot_be_read_is_not_tried_for_ever(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    await add_photo(entry, "ada", 4, "second")
    Path(hass.config.path(DOMAIN, "photos", "people", "ada", "second.jpg")).write_bytes(b"no picture")
    await settled(hass, entry)
    assert nas.order == []


async def test_a_service_that_lost_everybody_is_given_them_again_but_not_in_a_circle(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    nas.people.clear()
    nas.fails = {"add_face": OpinionDriftedError("who?")}
    await add_photo(entry, "ada", 4, "second")
    await settled(hass, entry)
    assert nas.order.count("add_face") == 2
    await pass_time(hass, minutes=2)
    await still(entry)
    assert nas.order.count("add_face") == 2
    nas.fails = {}
    await pass_time(hass, hours=1)
    await still(entry)
    assert nas.faces == {"ada": 2, "grace": 1}


async def test_while_it_lets_nobody_in_nothing_is_sent_and_what_is_to_be_erased_is_still_tried(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    running(entry).place.there.halted = ServiceState.NOT_APPROVED
    await add_photo(entry, "grace", 4, "second")
    await change(hass, entry, "Ada", consent=None)
    await settled(hass, entry)
    assert nas.faces == {"grace": 1}
    assert nas.order == ["remove_person", "knows"]
    assert running(entry).state is ServiceState.NOT_APPROVED, "erasing says nothing of whether it may be asked"


async def test_a_refused_key_is_not_tried_every_minute(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    nas.fails = {"remove_person": OpinionRefusedError("no")}
    await change(hass, entry, "Ada", consent=None)
    await pass_time(hass, minutes=2)
    await still(entry)
    assert nas.order == ["remove_person"]
    nas.fails = {}
    await pass_time(hass, hours=1)
    await still(entry)
    assert nas.faces == {"grace": 1}


async def test_who_is_forgotten_is_forgotten_there_and_the_ledger_says_of_nobody_that_something_was_sent(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    answer = await forget(hass)
    assert answer["erased"]["faces_at_services"] == {"Compreface": 1}
    assert nas.faces == {"grace": 1}
    assert "ada" not in {who for one in written(entry) for who in one.about}
    assert len(written(entry)) >= 6


async def test_a_service_that_is_away_is_told_and_forgotten_at_later_also_where_it_was_left_alone(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    nas.fails = {"remove_person": AWAY}
    with pytest.raises(HomeAssistantError, match="Compreface"):
        await forget(hass)
    for _ in range(2):  # opens the breaker
        with pytest.raises(HomeAssistantError, match="Compreface"):
            await forget(hass)
    assert running(entry).state is ServiceState.UNAVAILABLE
    nas.fails = {}
    assert (await forget(hass))["proved"] is True
    assert nas.faces == {"grace": 1}


async def test_a_service_that_only_says_so_has_not_erased(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    nas.keeps = True
    with pytest.raises(HomeAssistantError, match="Compreface"):
        await forget(hass)
    assert written(entry, Purpose.ERASE)[-1].error == "opinion_failed"


async def test_nothing_is_left_at_services_when_kith_is_removed(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    await hass.config_entries.async_remove(entry.entry_id)
    assert nas.faces == {}
    assert not list(Path(hass.config.path(STORAGE_DIR)).glob("kith.*"))


async def test_kith_is_removed_also_where_a_service_is_away(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken, caplog: pytest.LogCaptureFixture
) -> None:
    nas.fails = {"leave": AWAY}
    await hass.config_entries.async_remove(entry.entry_id)
    assert "Compreface still has data about somebody" in caplog.text
    assert not list(Path(hass.config.path(STORAGE_DIR)).glob("kith.*"))


async def test_one_call_after_the_other_goes_to_a_service(
    hass: HomeAssistant, engine: Scripted, nas: Spoken, begun: list[MockConfigEntry]
) -> None:
    begun.append(await live(hass, engine, service()))
    await add_photo(begun[0], "ada", 4, "second")
    for _ in range(3):
        running(begun[0]).place.sync_soon()
    await settled(hass, begun[0])
    assert nas.most_at_once == 1
    assert nas.faces == {"ada": 2, "grace": 1}


async def test_what_nobody_foresaw_ends_nothing_and_says_no_more_than_its_kind(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken, caplog: pytest.LogCaptureFixture
) -> None:
    nas.fails = {"add_face": ValueError("a secret key")}
    await add_photo(entry, "ada", 4, "second")
    await settled(hass, entry)
    assert "Compreface could not be synchronized: ValueError" in caplog.text
    assert "secret" not in caplog.text
    nas.fails = {}
    await pass_time(hass, hours=1)
    await still(entry)
    assert nas.faces == {"ada": 2, "grace": 1}


async def test_an_unload_cuts_off_what_is_on_its_way_and_it_is_known_to_be_unfinished(
    hass: HomeAssistant, entry: MockConfigEntry, nas: Spoken
) -> None:
    nas.waits.clear()
    await add_photo(entry, "ada", 4, "second")
    await pass_time(hass, seconds=6)
    await eventually(lambda: "add_face" in nas.order)
    await hass.config_entries.async_unload(entry.entry_id)
    assert next(iter(stored(hass).values()))["unfinished"] == ["ada"]
    nas.waits.set()
    await hass.config_entries.async_setup(entry.entry_id)
    await still(entry)
    assert nas.faces == {"ada": 2, "grace": 1}
