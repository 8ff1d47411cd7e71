"""A service is asked only in doubt: once, about people who agreed, within the owner's limits, and never required."""

from datetime import timedelta
import logging

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.kith.const import EVENT_RECOGNIZED
from custom_components.kith.errors import (
    OpinionDriftedError,
    OpinionNotApprovedError,
    OpinionOutdatedError,
    OpinionQuotaSpentError,
    OpinionRefusedError,
    OpinionThrottledError,
    OpinionUnavailableError,
)
from custom_components.kith.kith_engine.errors import PictureError
from custom_components.kith.second_opinion import active_service as running_module
from custom_components.kith.second_opinion.ledger import Purpose
from custom_components.kith.second_opinion.protocol import Answer, Said
from custom_components.kith.second_opinion.service_state import ServiceState
from tests.identity.faces import HEAD, like, shown

from ..automations import look
from ..conftest import JPEG, Scripted, eventually
from .opinions import Spoken, add_photo, agreeing, leave, live, pass_time, running, says, service, still, written

pytestmark = pytest.mark.one_release

MAYBE_ADA = shown(like((0, 0.3)))
"""Own evidence leans toward Ada, but is not enough."""
EITHER = shown(like((0, 0.5), (1, 0.45)))
SURELY_ADA = shown(like((0, 0.8)))


async def doubt(engine: Scripted, entry: MockConfigEntry, *, frames: int = 15) -> None:
    """A visit of somebody who may be Ada, and its outcome."""
    engine.answer = MAYBE_ADA
    await look(engine, frames)
    await still(entry)


async def test_a_doubtful_face_is_asked_about_with_one_call_and_named(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, nas: Spoken
) -> None:
    events = async_capture_events(hass, EVENT_RECOGNIZED)
    await doubt(engine, entry)
    await eventually(lambda: events)
    assert nas.asked == [(JPEG, ["ada"])], "the face that was cut out, and not the picture"
    assert engine.cropped == [HEAD]
    assert events[0].data["second_opinion"] == {"service": "compreface", "agrees": True}
    assert (running(entry).asked_today, running(entry).left_today) == (1, 29)
    (entered,) = written(entry, Purpose.ASK)
    (hall,) = entry.runtime_data.cameras
    assert (entered.camera, entered.about, entered.sent, entered.calls) == (hall, ("ada",), len(JPEG), 1)
    assert (entered.said, entered.score, entered.error) == (Said.PERSON, 0.97, None)
    assert running(entry).last == entered


async def test_it_is_asked_once_in_a_visit_whatever_it_says(
    entry: MockConfigEntry, engine: Scripted, nas: Spoken
) -> None:
    nas.says = says(None)
    await doubt(engine, entry, frames=40)
    assert len(nas.asked) == 1
    await leave(engine, entry)
    await doubt(engine, entry)
    assert len(nas.asked) == 2, "another visit"


async def test_one_of_two_is_asked_for_as_one_of_two(entry: MockConfigEntry, engine: Scripted, nas: Spoken) -> None:
    engine.answer = EITHER
    await eventually(lambda: nas.asked)
    assert nas.asked[0][1] == ["ada", "grace"]


async def test_nothing_is_asked_about_who_is_known(entry: MockConfigEntry, engine: Scripted, nas: Spoken) -> None:
    engine.answer = SURELY_ADA
    await look(engine, 20)
    assert nas.asked == []


@pytest.mark.parametrize("settings", [{"not_at": ["hall"]}, {"not_about": ["ada"]}, {"enabled": False}])
async def test_nothing_is_asked_where_or_about_whom_or_when_the_owner_does_not_want_it(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, nas: Spoken, settings: dict[str, object]
) -> None:
    (hall,) = entry.runtime_data.cameras
    subentry = entry.subentries[running(entry).settings.service_id]
    settings = {key: [hall] if value == ["hall"] else value for key, value in settings.items()}
    hass.config_entries.async_update_subentry(entry, subentry, data={**subentry.data, **settings})
    await hass.async_block_till_done()
    await doubt(engine, entry)
    assert nas.asked == []
    assert written(entry, Purpose.ASK) == []


@pytest.mark.parametrize("missing", ["photos", "opinion"])
async def test_nothing_is_asked_about_who_did_not_agree_to_exactly_that(
    hass: HomeAssistant, engine: Scripted, nas: Spoken, begun: list[MockConfigEntry], missing: str
) -> None:
    agreed = {"recognize", "photos", "opinion", "cloud"} - {missing}
    begun.append(await live(hass, engine, service(), people=[agreeing("Ada", *agreed), agreeing("Grace")]))
    assert nas.faces == {"grace": 1}
    await doubt(engine, begun[0])
    assert nas.asked == []


async def test_who_did_not_agree_is_left_out_where_another_is_likelier(
    hass: HomeAssistant, engine: Scripted, nas: Spoken, begun: list[MockConfigEntry]
) -> None:
    begun.append(await live(hass, engine, service(), people=[agreeing("Ada"), agreeing("Grace", "recognize")]))
    engine.answer = EITHER
    await eventually(lambda: nas.asked)
    assert nas.asked[0][1] == ["ada"]


async def test_nothing_is_asked_where_the_likeliest_did_not_agree(
    hass: HomeAssistant, engine: Scripted, nas: Spoken, begun: list[MockConfigEntry]
) -> None:
    begun.append(await live(hass, engine, service(), people=[agreeing("Ada", "recognize"), agreeing("Grace")]))
    engine.answer = EITHER
    await look(engine, 20)
    assert nas.faces == {"grace": 1}
    assert nas.asked == []


async def test_a_service_on_the_internet_hears_nothing_of_who_agreed_to_one_at_home(
    hass: HomeAssistant, engine: Scripted, nas: Spoken, begun: list[MockConfigEntry]
) -> None:
    at_home = [agreeing(name, "recognize", "photos", "opinion") for name in ("Ada", "Grace")]
    begun.append(await live(hass, engine, service("azure"), people=at_home))
    await doubt(engine, begun[0])
    assert nas.order == []
    assert written(begun[0]) == []


@pytest.mark.parametrize(("band", "asked"), [("narrow", 0), ("normal", 1), ("wide", 1)])
async def test_the_owner_says_how_much_doubt_is_worth_a_question(
    hass: HomeAssistant, engine: Scripted, nas: Spoken, begun: list[MockConfigEntry], band: str, asked: int
) -> None:
    begun.append(await live(hass, engine, service(band=band)))
    engine.answer = shown(like((0, 0.25)))
    await look(engine, 15)
    await still(begun[0])
    assert len(nas.asked) == asked


async def test_what_may_be_asked_in_a_day_is_not_more_after_a_restart(
    hass: HomeAssistant, engine: Scripted, nas: Spoken, begun: list[MockConfigEntry]
) -> None:
    begun.append(await live(hass, engine, service(per_day=1)))
    (entry,) = begun
    nas.says = says(None)
    await doubt(engine, entry)
    assert running(entry).left_today == 0
    await leave(engine, entry)
    await hass.config_entries.async_reload(entry.entry_id)
    assert (running(entry).asked_today, running(entry).left_today) == (1, 0)
    await doubt(engine, entry)
    assert len(nas.asked) == 1


async def test_at_the_door_of_a_busy_home_only_so_many_are_asked_about_in_a_minute(
    hass: HomeAssistant, engine: Scripted, nas: Spoken, begun: list[MockConfigEntry]
) -> None:
    begun.append(await live(hass, engine, service(per_minute=1)))
    nas.says = says(None)
    await doubt(engine, begun[0])
    await leave(engine, begun[0])
    await doubt(engine, begun[0])
    assert len(nas.asked) == 1


async def test_a_service_that_fails_again_and_again_is_left_alone_and_recognizing_goes_on(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, nas: Spoken, caplog: pytest.LogCaptureFixture
) -> None:
    nas.says = OpinionUnavailableError("a secret key was refused")
    for _ in range(4):
        await doubt(engine, entry)
        await leave(engine, entry)
    assert len(nas.asked) == 3
    assert running(entry).state is ServiceState.UNAVAILABLE
    assert [one.error for one in written(entry, Purpose.ASK)] == ["opinion_unavailable"] * 3
    told = [record for record in caplog.records if "not asked for second opinions" in record.message]
    assert [record.levelno for record in told] == [logging.WARNING]
    events = async_capture_events(hass, EVENT_RECOGNIZED)
    engine.answer = SURELY_ADA
    await eventually(lambda: events)
    await leave(engine, entry)


async def test_when_it_is_time_one_check_tells_whether_it_is_back(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, nas: Spoken, monkeypatch: pytest.MonkeyPatch
) -> None:
    nas.says, nas.fails = OpinionUnavailableError("away"), {"check": OpinionUnavailableError("away")}
    caller = running(entry).place.caller
    for _ in range(3):
        await doubt(engine, entry)
        await leave(engine, entry)
    assert not caller.may_ask()
    caller._breaker._until = caller._breaker._opened  # a minute later
    await pass_time(hass, seconds=61)
    await still(entry)
    assert [one.error for one in written(entry, Purpose.CHECK)] == ["opinion_unavailable"]
    assert running(entry).state is ServiceState.UNAVAILABLE
    assert not caller.may_ask()
    nas.says, nas.fails = says("ada"), {}
    caller._breaker._until = caller._breaker._opened
    await pass_time(hass, seconds=121)
    await still(entry)
    assert written(entry, Purpose.CHECK)[0].error is None
    assert running(entry).state is ServiceState.READY
    await doubt(engine, entry)
    assert len(nas.asked) == 4


async def test_a_service_that_answers_only_checks_stays_away_until_it_answers_a_question(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, nas: Spoken, caplog: pytest.LogCaptureFixture
) -> None:
    nas.says = OpinionUnavailableError("its networks do not run")
    caller = running(entry).place.caller
    for _ in range(3):
        await doubt(engine, entry)
        await leave(engine, entry)
    for minutes in (1, 2, 4):
        assert caller.until is not None
        assert caller.until - caller._breaker._opened == timedelta(minutes=minutes)
        caller._breaker._until = caller._breaker._opened
        await pass_time(hass, minutes=minutes, seconds=1)
        await still(entry)
        assert written(entry, Purpose.CHECK)[0].error is None
        assert running(entry).state is ServiceState.UNAVAILABLE
        await doubt(engine, entry)
        await leave(engine, entry)
    assert len(nas.asked) == 6
    caller._breaker._until = caller._breaker._opened
    await pass_time(hass, minutes=8, seconds=1)
    await still(entry)
    nas.says = says("ada")
    await doubt(engine, entry)
    assert running(entry).state is ServiceState.READY
    assert [one.getMessage() for one in caplog.records if one.name.endswith("service_caller")] == [
        "Compreface is not asked for second opinions: unavailable",
        "Compreface can be asked again",
    ]


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (OpinionRefusedError("a secret key"), ServiceState.REFUSED),
        (OpinionNotApprovedError("no"), ServiceState.NOT_APPROVED),
        (OpinionOutdatedError("what"), ServiceState.OUTDATED),
        (OpinionQuotaSpentError("all"), ServiceState.QUOTA_SPENT),
    ],
)
async def test_a_refusal_ends_the_asking_also_after_a_restart(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    engine: Scripted,
    nas: Spoken,
    error: OpinionRefusedError,
    state: ServiceState,
) -> None:
    nas.says = error
    nas.fails = {"check": error}
    await doubt(engine, entry)
    assert running(entry).state is state
    await leave(engine, entry)
    await hass.config_entries.async_reload(entry.entry_id)
    assert running(entry).state is state
    await doubt(engine, entry)
    assert len(nas.asked) == 1


async def test_a_service_that_was_set_up_again_is_asked_again(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, nas: Spoken
) -> None:
    nas.says = OpinionNotApprovedError("no")
    await doubt(engine, entry)
    await leave(engine, entry)
    entry.runtime_data.opinions.set_up_again("nobody's id")
    entry.runtime_data.opinions.set_up_again(running(entry).settings.service_id)
    assert running(entry).state is ServiceState.READY
    nas.says = says("ada")
    await doubt(engine, entry)
    assert len(nas.asked) == 2


async def test_another_key_is_tried(
    hass: HomeAssistant, engine: Scripted, nas: Spoken, begun: list[MockConfigEntry]
) -> None:
    begun.append(await live(hass, engine, service("azure", group="kith")))
    (entry,) = begun
    nas.says = OpinionRefusedError("no")
    await doubt(engine, entry)
    assert running(entry, "Azure").state is ServiceState.REFUSED
    subentry = entry.subentries[running(entry, "Azure").settings.service_id]
    hass.config_entries.async_update_subentry(entry, subentry, data={**subentry.data, "key": "another"})
    await hass.async_block_till_done()
    assert running(entry, "Azure").state is ServiceState.READY
    assert nas.faces == {"ada": 1, "grace": 1}


async def test_a_quota_that_is_spent_is_looked_at_later(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, nas: Spoken
) -> None:
    nas.says = OpinionQuotaSpentError("all")
    await doubt(engine, entry)
    assert running(entry).state is ServiceState.QUOTA_SPENT
    caller = running(entry).place.caller
    caller._breaker._until = caller._breaker._opened
    await pass_time(hass, hours=1, seconds=1)
    await still(entry)
    assert running(entry).state is ServiceState.READY


async def test_neither_key_nor_answer_is_ever_logged(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, nas: Spoken, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for failure in (OpinionUnavailableError("a secret key: body"), OpinionRefusedError("a secret key: body")):
        nas.says = failure
        await doubt(engine, entry)
        await leave(engine, entry)
    running(entry).place.caller.well_again()
    nas.fails = {"ask": ValueError("a secret key: body")}
    await doubt(engine, entry)
    assert "secret" not in "".join(line for line in caplog.messages if "custom_components" not in line)
    assert "body" not in caplog.text
    assert [one.error for one in written(entry, Purpose.ASK)] == [
        "opinion_failed",
        "opinion_refused",
        "opinion_unavailable",
    ]
    assert not running(entry).busy


async def test_no_face_for_the_service_is_no_evidence_and_counts(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, nas: Spoken
) -> None:
    nas.says = Answer(Said.NO_FACE, "net")
    events = async_capture_events(hass, EVENT_RECOGNIZED)
    await doubt(engine, entry)
    assert running(entry).asked_today == 1
    assert not events
    (hall,) = entry.runtime_data.cameras.values()
    assert hall.data.verdicts[0].opinion is None


async def test_while_a_question_is_on_its_way_no_other_is_asked(
    entry: MockConfigEntry, engine: Scripted, nas: Spoken
) -> None:
    nas.says = says(None)
    nas.waits.clear()
    engine.answer = MAYBE_ADA
    await eventually(lambda: nas.asked)
    assert running(entry).busy
    assert running(entry).left_today == 29, "one that is on its way is asked"
    await leave(engine, entry)
    engine.answer = MAYBE_ADA
    await look(engine, 15)
    assert len(nas.asked) == 1
    (visit,) = entry.runtime_data.household.presence.visits.values()
    assert not visit.asked, "it does not wait for its turn: it is offered again"
    nas.waits.set()
    await eventually(lambda: len(nas.asked) == 2)
    assert nas.most_at_once == 1


async def test_a_question_waits_for_a_photo_that_is_on_its_way_and_goes_before_the_next(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, nas: Spoken
) -> None:
    nas.waits.clear()
    await add_photo(entry, "grace", 4, "second")
    await add_photo(entry, "grace", 5, "third")
    await pass_time(hass, seconds=6)
    await eventually(lambda: nas.at_once)
    engine.answer = MAYBE_ADA
    await eventually(lambda: running(entry).busy and engine.cropped)
    await look(engine)
    assert nas.asked == []
    nas.waits.set()
    await still(entry)
    assert nas.most_at_once == 1
    assert nas.order[-4:] == ["add_face", "ask", "add_face", "learn"]


async def test_who_does_not_answer_in_time_is_not_waited_for(
    entry: MockConfigEntry, engine: Scripted, nas: Spoken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running_module, "ANSWERS_WITHIN", 0.01)
    nas.waits.clear()
    await doubt(engine, entry)
    assert [one.error for one in written(entry, Purpose.ASK)] == ["opinion_unavailable"]


async def test_a_question_that_is_cut_off_by_a_restart_was_asked(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, nas: Spoken
) -> None:
    nas.waits.clear()
    engine.answer = MAYBE_ADA
    await eventually(lambda: nas.asked)
    await hass.config_entries.async_reload(entry.entry_id)
    assert [(one.error, one.calls) for one in written(entry, Purpose.ASK)] == [("opinion_failed", 1)]
    assert running(entry).asked_today == 1
    nas.waits.set()


async def test_a_service_that_lost_somebody_is_given_them_again(
    entry: MockConfigEntry, engine: Scripted, nas: Spoken
) -> None:
    nas.says = OpinionDriftedError("where are they")
    await doubt(engine, entry)
    assert running(entry).state is ServiceState.READY
    assert nas.order.count("add_face") == 2, "each of them again"
    assert nas.faces == {"ada": 1, "grace": 1}
    await leave(engine, entry)
    await doubt(engine, entry)
    assert nas.order.count("add_face") == 2, "not again and again"
    await leave(engine, entry)
    await doubt(engine, entry)
    assert len(nas.asked) == 2, "who is not surely there is not asked about"


async def test_a_service_that_wants_fewer_calls_gets_fewer(
    entry: MockConfigEntry, engine: Scripted, nas: Spoken
) -> None:
    nas.says = OpinionThrottledError("slower", 120)
    await doubt(engine, entry)
    await leave(engine, entry)
    await doubt(engine, entry)
    assert len(nas.asked) == 1


async def test_what_stays_at_home_is_asked_first_and_the_internet_only_where_it_may_not_be(
    hass: HomeAssistant, engine: Scripted, services: dict[str, Spoken], begun: list[MockConfigEntry]
) -> None:
    both = service("azure", "https://azure", group="kith"), service("kith", "http://pc", per_day=1)
    begun.append(await live(hass, engine, *both))
    (entry,) = begun
    azure, pc = services["https://azure"], services["http://pc"]
    azure.says = pc.says = says(None)
    await doubt(engine, entry)
    assert (len(pc.asked), len(azure.asked)) == (1, 0)
    await leave(engine, entry)
    await doubt(engine, entry)
    assert (len(pc.asked), len(azure.asked)) == (1, 1)


async def test_where_the_one_at_home_is_not_to_be_asked_about_a_camera_the_other_is(
    hass: HomeAssistant, engine: Scripted, services: dict[str, Spoken], begun: list[MockConfigEntry]
) -> None:
    begun.append(await live(hass, engine, service(url="http://pc"), service("azure", "https://azure", group="kith")))
    (entry,) = begun
    (hall,) = entry.runtime_data.cameras
    subentry = entry.subentries[running(entry).settings.service_id]
    hass.config_entries.async_update_subentry(entry, subentry, data={**subentry.data, "not_at": [hall]})
    await hass.async_block_till_done()
    await doubt(engine, entry)
    assert (len(services["http://pc"].asked), len(services["https://azure"].asked)) == (0, 1)


async def test_a_face_that_cannot_be_cut_out_is_not_asked_about(
    entry: MockConfigEntry, engine: Scripted, nas: Spoken, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> bytes:
        raise PictureError("it is none.")

    monkeypatch.setattr(entry.runtime_data.engine, "crop", fail)
    await doubt(engine, entry)
    assert nas.asked == []
    assert not running(entry).busy


async def test_who_takes_the_consent_back_while_the_face_is_cut_out_is_not_asked_about(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, nas: Spoken, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut_out(*_: object) -> bytes:
        ada = next(one for one in entry.subentries.values() if one.title == "Ada")
        hass.config_entries.async_update_subentry(entry, ada, data={**ada.data, "consent": None})
        return JPEG

    monkeypatch.setattr(entry.runtime_data.engine, "crop", cut_out)
    await doubt(engine, entry)
    assert nas.asked == []


async def test_a_home_without_a_service_sends_nothing_and_remembers_nothing(
    hass: HomeAssistant, engine: Scripted, begun: list[MockConfigEntry]
) -> None:
    begun.append(await live(hass, engine))
    await doubt(engine, begun[0])
    assert written(begun[0]) == []
    assert not begun[0].runtime_data.opinions.services
