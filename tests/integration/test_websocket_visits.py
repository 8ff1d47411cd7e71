"""The visits as the page shows, explains, and corrects them."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.identity import presence
from custom_components.kith.identity.doubts import Doubtful
from custom_components.kith.identity.evidence import Conclusion, Doubt, Outcome, Verdict
from custom_components.kith.identity.opinion import Opinion
from custom_components.kith.identity.pack_replay import PackReplay, ReplayedVisit
from custom_components.kith.identity.presence import Seen
from custom_components.kith.identity.scenery import Stillness
from custom_components.kith.identity.track import Earlier, Track
from custom_components.kith.identity.visit_record import EvidenceStep, VisitRecord
from custom_components.kith.kith_engine.analysis import Box, Flaw
from custom_components.kith.review.corrections import correct
from custom_components.kith.second_opinion.ledger import LedgerEntry, Purpose
from custom_components.kith.settings import ServiceKind
from custom_components.kith.storage import VisitStore
from custom_components.kith.websocket import networks
from tests.contract import assert_like
from tests.identity.faces import EMPTY, FACTS, NETWORK, like, shown

from .conftest import Scripted, eventually, face_of
from .page import NOBODY, Caller, camera_id, waiting
from .people import agree

pytestmark = [pytest.mark.one_release, pytest.mark.usefixtures("quick")]
NOW = dt_util.utcnow()


def step(seconds: float, name: float, stranger: float = -5.0, frames: int = 3) -> EvidenceStep:
    return EvidenceStep(NOW + timedelta(seconds=seconds), "ada", name, stranger, frames)


def visit_of(entry: MockConfigEntry, number: int, who: str | None = "ada", **changed: Any) -> VisitRecord:
    """A visit this many hours ago."""
    begin = NOW - timedelta(hours=number)
    if who is None:
        told = Verdict(Outcome.UNSURE, likely="ada", frames=3, doubt=Doubt.WEAK, evidence=3.0, demanded=9.0)
    else:
        told = Verdict(Outcome.KNOWN, who, 20.0, 9.0, likely=who, rival="grace", frames=4, seconds=1.2)
    values: dict[str, Any] = {
        "verdict": told,
        "steps": (step(0, 3.0, frames=1), step(1, 20.0 if who else 6.0)),
        "people": 2,
        "embedding": NETWORK,
        **changed,
    }
    return VisitRecord(f"visit{number:03}", camera_id(entry), begin, begin + timedelta(seconds=5), **values)


async def test_who_was_recognized_is_in_the_list_with_why(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, engine: Scripted
) -> None:
    engine.answer = shown(face_of(0))
    await eventually(lambda: hass.states.get("binary_sensor.ada_presence").state == "on")
    found = await page.ask("visits/list")
    assert_like(found, "visits_list")
    (visit,) = found["visits"]
    assert (visit["outcome"], visit["name"], visit["camera"], visit["picture"]) == ("known", "Ada", "Hall", None)
    told = await page.ask("visits/explain", visit_id=visit["visit_id"])
    assert_like(told, "visits_explain")
    assert [one["frames"] for one in told["steps"]][:2] == [1, 2]
    assert told["steps"][0]["likely"] == "Ada"
    assert told["steps"][1]["evidence"] >= told["steps"][1]["demanded"]


async def test_frames_are_drawn_only_against_demands_of_their_own_calibration(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, engine: Scripted
) -> None:
    home = entry.runtime_data
    home.engine._facts = replace(FACTS, calibration_digest="now")
    home.compare()
    engine.answer = shown(face_of(0))
    await eventually(lambda: any(visit.verdict.person_id for visit in home.stores.visits.newest_first))
    visit = home.stores.visits.newest_first[0]
    assert (await page.ask("visits/explain", visit_id=visit.visit_id))["steps"]
    home.engine._facts = replace(FACTS, calibration_digest="later")
    assert (await page.ask("visits/explain", visit_id=visit.visit_id))["steps"] == []
    await home.stores.visits.save()
    store = VisitStore(hass)
    await store.load()
    assert store.get(visit.visit_id).calibration_digest == "now"


async def test_refused_frames_are_told_with_their_reasons(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, engine: Scripted
) -> None:
    engine.answer = shown(flaws=(Flaw.TOO_SMALL,))
    visits = entry.runtime_data.stores.visits
    await eventually(lambda: visits.newest_first and visits.newest_first[0].verdict.refused)
    told = await page.ask("visits/explain", visit_id=visits.newest_first[0].visit_id)
    assert (told["outcome"], told["steps"]) == ("unusable", [])
    (refused,) = told["refused"]
    assert refused["words"].endswith("× too small")
    assert refused["words"] in told["sentences"][-1]


async def test_a_long_visit_has_no_more_steps_than_can_be_drawn(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, engine: Scripted
) -> None:
    engine.answer = shown(like((0, 0.3)))
    await eventually(lambda: len(engine.asked) > 60)
    (visit,) = entry.runtime_data.stores.visits.newest_first
    assert len(visit.steps) == 24
    engine.answer = EMPTY


async def test_visits_come_by_day_person_and_camera_and_page_by_page(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    for number in range(1, 8):
        entry.runtime_data.stores.visits.put(visit_of(entry, 12 * number, "grace" if number == 3 else "ada"))
    whole = await page.ask("visits/list")
    assert whole["total"] == 7 == sum(day["visits"] for day in whole["days"])
    assert [visit["begin"] for visit in whole["visits"]] == sorted((v["begin"] for v in whole["visits"]), reverse=True)
    day = whole["days"][1]
    assert (await page.ask("visits/list", day=day["day"]))["total"] == day["visits"]
    (hers,) = (await page.ask("visits/list", person_id="grace"))["visits"]
    assert hers["visit_id"] == "visit036"
    assert (await page.ask("visits/list", camera_id=camera_id(entry)))["total"] == 7
    assert (await page.ask("visits/list", camera_id="another"))["total"] == 0
    first = await page.ask("visits/list", limit=3)
    entry.runtime_data.stores.visits.put(visit_of(entry, 1))
    second = await page.ask("visits/list", limit=3, cursor=first["cursor"])
    assert [one["visit_id"] for one in (*first["visits"], *second["visits"])] == [
        one["visit_id"] for one in whole["visits"][:6]
    ], "what came meanwhile moves nothing"
    assert await page.refused("visits/list", day="2026-13-01") == "invalid_format"
    assert await page.refused("visits/explain", visit_id="gone") == "visit_unknown"
    assert await page.refused("visits/correct", visit_id="gone", person_id=None) == "visit_unknown"


async def test_wrong_takes_presence_back_and_is_evidence(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, engine: Scripted
) -> None:
    home = entry.runtime_data
    engine.answer = shown(like((0, 0.7), (5, 0.4)))
    await eventually(lambda: hass.states.get("binary_sensor.ada_presence").state == "on")
    engine.answer = EMPTY
    await hass.async_block_till_done(wait_background_tasks=False)
    (visit,) = home.stores.visits.newest_first
    answer = await page.ask("visits/correct", visit_id=visit.visit_id, person_id=None, sure=True)
    assert_like(answer, "visits_correct")
    assert answer["words"].startswith("Noted: it was not Ada. Kith learned")
    assert len(home.stores.gallery.gallery.negatives["ada"]) == 1
    assert "ada" not in home.household.presence.last
    assert hass.states.get("binary_sensor.ada_presence").state == "off"
    (told,) = (await page.ask("visits/list"))["visits"]
    assert told["corrected"]["to"] == "A stranger"
    assert await page.ask("visits/undo", undo=answer["undo"]) == {}
    assert not home.stores.gallery.gallery.negatives.get("ada")
    assert home.household.presence.last["ada"].captured
    (told,) = (await page.ask("visits/list"))["visits"]
    assert told["corrected"] is None


async def test_before_the_wrong_visit_there_was_a_right_one_and_that_counts_again(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    home = entry.runtime_data
    earlier, wrong = visit_of(entry, 30), visit_of(entry, 2)
    for one in (earlier, wrong):
        home.stores.visits.put(one)
    home.household.presence.last["ada"] = Seen(wrong.end, wrong.camera)
    answer = await page.ask("visits/correct", visit_id=wrong.visit_id, person_id="grace")
    assert answer["words"].startswith("Noted: it was Grace. Kith learned nothing")
    assert home.household.presence.last["ada"].captured == earlier.end
    assert home.household.presence.last["grace"].captured == wrong.end
    assert (await page.ask("visits/list", person_id="grace"))["total"] == 1
    home.household.forget("grace")
    await page.ask("visits/undo", undo=answer["undo"])
    assert home.household.presence.last["ada"].captured == wrong.end


async def test_it_was_grace_and_a_kept_face_is_learned(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    home = entry.runtime_data
    face = await waiting(entry, like((1, 0.6)), quality=0.7)
    home.stores.visits.put(visit_of(entry, 1, None, face_id=face))
    answer = await page.ask("visits/correct", visit_id="visit001", person_id="grace")
    assert "Kith learned" in answer["words"]
    assert len(home.stores.gallery.gallery.templates["grace"]) == 2
    assert (await page.ask("inbox/list"))["total"] == 0, "it is no question any more"
    await page.ask("visits/undo", undo=answer["undo"])
    assert len(home.stores.gallery.gallery.templates["grace"]) == 1
    assert (await page.ask("inbox/list"))["total"] == 1
    await page.ask("inbox/assign", group_id=face, person_id="grace")
    (told,) = (await page.ask("visits/list"))["visits"]
    assert told["corrected"]["to"] == "Grace", "the inbox's answer is said in the log"


async def test_forgetting_somebody_leaves_the_visits_of_the_others(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    """Grace was the runner-up in Ada's visits and in a stranger's; one visit was hers."""
    visits = entry.runtime_data.stores.visits
    visits.put(visit_of(entry, 1, verdict=replace(visit_of(entry, 1).verdict, rival="grace")))
    visits.put(visit_of(entry, 2, None, verdict=Verdict(Outcome.STRANGER, likely="grace", frames=3)))
    visits.put(visit_of(entry, 3, "grace"))
    await page.ask("people/forget", person_id="grace")
    left = await page.ask("visits/list")
    assert [(one["visit_id"], one["outcome"]) for one in left["visits"]] == [
        ("visit001", "known"),
        ("visit002", "stranger"),
    ]
    assert await visits.known_people() == {"ada"}


async def test_of_two_corrections_at_the_same_moment_the_later_one_counts(entry: MockConfigEntry, page: Caller) -> None:
    home = entry.runtime_data
    face = await waiting(entry, NOBODY)
    home.stores.visits.put(visit := visit_of(entry, 1, None, face_id=face))
    await asyncio.gather(correct(home, visit, "ada"), correct(home, visit, "grace"))
    assert home.stores.visits.get(visit.visit_id).named == "grace"
    assert {who: len(found) for who, found in home.stores.gallery.gallery.templates.items()} == {"ada": 1, "grace": 2}
    assert "ada" not in home.household.presence.last


async def test_it_was_somebody_new_who_is_added_with_that_face(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    home = entry.runtime_data
    face = await waiting(entry, NOBODY)
    home.stores.visits.put(visit_of(entry, 1, face_id=face))
    consent = {"by": "", "photos": True}
    asked = {"visit_id": "visit001", "consent": consent}
    assert await page.refused("visits/create", **asked, name=" ") == "name_missing"
    assert await page.refused("visits/create", **asked, name="ADA") == "name_taken"
    answer = await page.ask("visits/create", **asked, name="Hedy", present="lately")
    assert_like(answer, "visits_create")
    hedy = answer["person_id"]
    (visit,) = (await page.ask("visits/list"))["visits"]
    assert visit["corrected"]["to"] == "Hedy"
    await hass.async_block_till_done()
    assert home.household.presence.here_for[hedy] == timedelta(minutes=30)
    assert list(home.stores.gallery.gallery.templates[hedy])
    assert list(home.stores.gallery.gallery.negatives["ada"]), "it was not Ada"
    found = await page.ask("people/get", person_id=hedy)
    assert (found["consent"]["by"], bool(found["portrait"])) == ("Hedy", True)
    await page.ask("visits/undo", undo=answer["undo"])
    await hass.async_block_till_done()
    assert home.person(hedy) is None
    assert hedy not in home.stores.gallery.gallery.templates
    assert "ada" not in home.stores.gallery.gallery.negatives
    home.stores.visits.put(visit_of(entry, 2))
    answer = await page.ask("visits/create", **(asked | {"visit_id": "visit002"}), name="Hedy")
    assert home.person(answer["person_id"]) is not None, "without a face of it, too"
    await hass.async_block_till_done()
    assert home.household.presence.here_for[answer["person_id"]] == timedelta(minutes=2)


async def test_a_visit_is_deleted_with_its_picture_and_comes_back_for_a_moment(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    home = entry.runtime_data
    face = await waiting(entry, NOBODY)
    home.stores.visits.put(visit_of(entry, 1, face_id=face))
    answer = await page.ask("visits/delete", visit_id="visit001")
    assert_like(answer, "visits_delete")
    assert ((await page.ask("visits/list"))["total"], (await page.ask("inbox/list"))["total"]) == (0, 0)
    await page.ask("visits/undo", undo=answer["undo"])
    (back,) = (await page.ask("visits/list"))["visits"]
    assert back["picture"]
    await page.ask("visits/delete", visit_id="visit001")
    await home.undos.finish()
    assert await home.stores.photos.strangers() == []
    assert await page.refused("visits/delete", visit_id="visit001") == "visit_unknown"


async def test_a_visit_that_goes_on_stays_deleted(entry: MockConfigEntry, page: Caller, engine: Scripted) -> None:
    visits = entry.runtime_data.stores.visits
    engine.answer = shown(face_of(0))
    await eventually(lambda: any(visit.named == "ada" for visit in visits.newest_first))
    (visit,) = visits.newest_first
    answer = await page.ask("visits/delete", visit_id=visit.visit_id)
    asked = len(engine.asked)
    await eventually(lambda: len(engine.asked) > asked + 6)
    assert (await page.ask("visits/list"))["visits"] == []
    await page.ask("visits/undo", undo=answer["undo"])
    (back,) = visits.newest_first
    await eventually(lambda: visits.get(back.visit_id).end > visit.end)
    assert back.visit_id == visit.visit_id


async def test_who_was_lost_from_view_goes_on_with_the_deleted_visit(entry: MockConfigEntry, page: Caller) -> None:
    home = entry.runtime_data
    first, other = track_of(1, 0), track_of(4, 40)
    second, third = track_of(2, 10, first), track_of(3, 20, first)
    home.household.on_track.notify(camera_id(entry), first, None)
    home.household.on_track.notify(camera_id(entry), second, None)
    begun, *_ = reversed(home.stores.visits.newest_first)
    await page.ask("visits/delete", visit_id=begun.visit_id)
    for one in (second, third):
        home.household.on_track.notify(camera_id(entry), one, None)
        assert home.stores.visits.newest_first == []
    home.household.on_track.notify(camera_id(entry), other, None)
    assert len(home.stores.visits.newest_first) == 1
    (log,) = {listener.__self__ for listener in home.household.on_track}
    log._settle(camera_id(entry))
    assert len(home.stores.visits.newest_first) == 1
    assert home.stores.visits.deleted == set()


def track_of(number: int, seconds: float, earlier: Track | None = None) -> Track:
    """Begins this many seconds from now, perhaps with what was lost from view before."""
    seen, box = NOW + timedelta(seconds=seconds), Box(0, 0, 100, 200)
    track = Track(number, box, seen, seen, seen, Stillness(box, seen))
    if earlier is not None:
        track.earlier = Earlier(earlier.number, (), 0, earlier.began, None, earlier.seen)
    return track


async def test_a_stranger_s_face_is_not_kept_of_a_deleted_visit(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, engine: Scripted
) -> None:
    home = entry.runtime_data
    engine.answer = shown(flaws=(Flaw.TOO_SMALL,))
    await eventually(lambda: home.stores.visits.newest_first)
    await page.ask("visits/delete", visit_id=home.stores.visits.newest_first[0].visit_id)
    engine.answer = shown(NOBODY)
    await eventually(lambda: hass.states.get("binary_sensor.kith_stranger_present").state == "on")
    asked = len(engine.asked)
    await eventually(lambda: len(engine.asked) > asked + 6)
    assert home.stores.faces.unanswered == []
    assert await home.stores.photos.strangers() == []


async def test_nobody_is_named_here_who_did_not_agree(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    entry.runtime_data.stores.visits.put(visit_of(entry, 1))
    entry.runtime_data.stores.visits.put(visit_of(entry, 2, "grace", steps=()))
    agree(hass, entry, "Grace")
    await eventually(
        lambda: not [one for one in entry.runtime_data.stores.visits.newest_first if "grace" in one.mentions]
    )
    (left,) = (await page.ask("visits/list"))["visits"]
    assert left["visit_id"] == "visit001", "it was not hers"
    entry.runtime_data.stores.visits.put(visit_of(entry, 3, None))
    assert await page.refused("visits/correct", visit_id="visit003", person_id="grace") == "not_agreed"
    assert await page.refused("visits/correct", visit_id="visit003", person_id="linus") == "person_unknown"


async def test_visits_are_kept_for_two_weeks_and_over_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, steady: None
) -> None:
    home = entry.runtime_data
    home.stores.visits.put(visit_of(entry, 24 * 15))
    home.stores.visits.put(visit_of(entry, 24 * 13))
    home.stores.visits.put(visit_of(entry, 1, None))
    await page.ask("visits/correct", visit_id="visit001", person_id="ada")
    before = (await page.ask("visits/explain", visit_id="visit001"))["steps"]
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    found = await page.ask("visits/list")
    assert [one["visit_id"] for one in found["visits"]] == ["visit001", "visit312"]
    assert found["visits"][0]["corrected"]["to"] == "Ada"
    assert (await page.ask("visits/explain", visit_id="visit001"))["steps"] == before


async def test_of_two_thousand_visits_the_thousand_newest_are_kept(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller
) -> None:
    home = entry.runtime_data
    for minutes in range(1500):
        end = NOW - timedelta(minutes=minutes)
        verdict = Verdict(Outcome.UNUSABLE)
        home.stores.visits.put(VisitRecord(f"v{minutes}", camera_id(entry), end, end, verdict))
    assert len(home.stores.visits.newest_first) == 1000
    assert home.stores.visits.get("v999")
    assert not home.stores.visits.get("v1000")


async def test_somebody_lost_behind_a_door_post_was_one_visit(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = entry.runtime_data
    engine.answer = shown(NOBODY)
    await eventually(lambda: hass.states.get("binary_sensor.kith_stranger_present").state == "on")
    home.household.drop_camera(camera_id(entry))  # starts new tracks
    asked = len(engine.asked)
    await eventually(lambda: len(engine.asked) > asked + 6)
    assert len(home.stores.visits.newest_first) == 2
    monkeypatch.setattr(presence, "VISIT_GAP", timedelta(seconds=30))
    engine.answer = EMPTY
    log = [listener.__self__ for listener in home.household.on_track]
    log[0]._settle(camera_id(entry))
    assert len(home.stores.visits.newest_first) == 1


async def test_a_late_opinion_decides_the_visit_that_was(entry: MockConfigEntry, page: Caller) -> None:
    home, camera = entry.runtime_data, camera_id(entry)
    await home.cameras[camera].stop()
    doubts: list[Doubtful] = []
    home.household.on_doubt.subscribe(lambda doubt: bool(doubts.append(doubt)))
    for seconds in (0, 0.5, 1, 1.5):
        home.household.observe(camera, shown(like((0, 0.34))), NOW + timedelta(seconds=seconds))
    for seconds in (8, 9, 10):
        home.household.observe(camera, shown(body=elsewhere()), NOW + timedelta(seconds=seconds))
    unsure = home.stores.visits.newest_first[-1]
    home.household.advise(doubts[0], Opinion("compreface", "ada", {"ada": 3.0, "grace": -3.0}))
    named = home.stores.visits.get(unsure.visit_id)
    assert (unsure.named, named.named) == (None, "ada")
    assert (named.begin, named.end) == (unsure.begin, unsure.end)
    for seconds in (11, 17):
        home.household.observe(camera, shown(body=elsewhere()), NOW + timedelta(seconds=seconds))
    assert [visit.named for visit in home.stores.visits.newest_first] == [None, "ada"]
    (log,) = {listener.__self__ for listener in home.household.on_track}
    log._settle(camera)
    assert [visit.named for visit in home.stores.visits.newest_first] == ["ada"], "the other one never showed a face"


async def test_a_late_opinion_lists_no_deleted_visit_again(entry: MockConfigEntry, page: Caller) -> None:
    home = entry.runtime_data
    first, other = track_of(1, 0), track_of(2, 8)
    home.household.on_track.notify(camera_id(entry), first, None)
    await page.ask("visits/delete", visit_id=home.stores.visits.newest_first[0].visit_id)
    for track in (other, first):
        home.household.on_track.notify(camera_id(entry), track, None)
    assert [visit.begin for visit in home.stores.visits.newest_first] == [other.started]


async def test_whoever_stands_still_while_somebody_else_comes_goes_on_with_the_same_visit(
    entry: MockConfigEntry, page: Caller
) -> None:
    """The camera repeats its picture of them; in the next one, the other one comes first."""
    home = entry.runtime_data
    standing, others = track_of(1, 0), [track_of(number, 10 * number) for number in (1, 2)]
    for other in others:
        home.household.on_track.notify(camera_id(entry), standing, None)
        home.household.on_track.notify(camera_id(entry), other, None)
        standing.seen = other.seen
    home.household.on_track.notify(camera_id(entry), standing, None)
    visits = [visit for visit in home.stores.visits.newest_first if visit.begin == standing.started]
    assert [visit.end for visit in visits] == [standing.seen]


def elsewhere() -> Box:
    """Where nobody can have gone in a moment."""
    return Box(1500, 100, 1600, 400)


async def test_who_else_was_asked_is_told_with_what_was_sent(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = entry.runtime_data
    told = replace(visit_of(entry, 1).verdict, opinion=Opinion("azure", "ada", {"ada": 3.0}))
    visit, unasked = visit_of(entry, 1, verdict=told), visit_of(entry, 9)
    home.stores.visits.put(visit)
    home.stores.visits.put(unasked)
    asked = {"camera": visit.camera, "sent": 14210, "calls": 1}
    sent = [
        LedgerEntry(visit.begin + timedelta(seconds=2), "s", ServiceKind.AZURE, Purpose.ASK, **asked),
        LedgerEntry(visit.begin + timedelta(seconds=2), "s", ServiceKind.AZURE, Purpose.CHECK, sent=9),
    ]
    with monkeypatch.context() as patch:
        patch.setattr(home, "opinions", SimpleNamespace(ledger=SimpleNamespace(entries=sent)))
        newest, other = (await page.ask("visits/list"))["visits"]
        explained = await page.ask("visits/explain", visit_id=visit.visit_id)
    assert newest["opinion"] == {"service": "azure", "bytes": 14210, "words": "azure was asked: 14.2 kB were sent"}
    assert other["opinion"] is None
    assert_like(explained, "visits_explain")
    assert explained["sentences"][-1] == newest["opinion"]["words"]
    await home.stores.visits.save()
    store = VisitStore(hass)
    await store.load()
    assert store.get(visit.visit_id).verdict.opinion == Opinion("azure", "ada"), "what it rests on is not kept"


# The knob


async def test_the_knob_is_tried_before_it_is_turned(hass: HomeAssistant, entry: MockConfigEntry, page: Caller) -> None:
    home = entry.runtime_data
    demanded = home.household.comparison.demand.after(step(1, 0.0).frames)
    for number, evidence in enumerate((demanded + 0.5, demanded - 0.5, demanded + 20), 1):
        steps = (step(0, evidence, frames=1), step(1, evidence))
        home.stores.visits.put(visit_of(entry, number, None if evidence < demanded else "ada", steps=steps))
    home.stores.visits.put(visit_of(entry, 9, embedding="another network"))
    stricter = await page.ask("knob/replay", sureness="strict")
    assert_like(stricter, "knob_replay")
    assert stricter["visits"] == 3
    (changed,) = stricter["changed"]
    assert (changed["visit_id"], changed["would"]["outcome"]) == ("visit001", "unsure")
    (changed,) = (await page.ask("knob/replay", sureness="relaxed", sample=200))["changed"]
    assert (changed["visit_id"], changed["would"]["words"]) == ("visit002", "Would be recognized as Ada")
    assert (await page.ask("knob/replay", sureness="normal"))["changed"] == []
    assert (await page.ask("knob/replay", sureness="strict", sample=1))["visits"] == 1
    assert_like(await page.ask("knob/set", sureness="strict"), "knob_set")
    await hass.async_block_till_done()
    assert (await page.ask("settings/get"))["sureness"]["now"] == "strict"
    assert entry.options["keep_strangers"] == 7
    assert await page.refused("knob/set", sureness="lax") == "invalid_format"
    monkeypatched = type(home.engine)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(monkeypatched, "facts", None)
        assert await page.refused("knob/replay", sureness="strict") == "engine_away"


async def test_visits_that_other_networks_would_change_are_told_as_long_as_they_are_logged(
    entry: MockConfigEntry,
) -> None:
    home = entry.runtime_data
    home.stores.visits.put(visit_of(entry, 1))
    unsure, ada = Conclusion(Outcome.UNSURE), Conclusion(Outcome.KNOWN, "ada")
    visits = tuple(ReplayedVisit(visit_id, unsure, ada) for visit_id in ("visit001", "gone"))
    (changed,) = (await networks._told(home, PackReplay("standard", visits, (), {})))["changed"]
    assert (changed["visit_id"], changed["would"]["words"]) == ("visit001", "Would be recognized as Ada")
