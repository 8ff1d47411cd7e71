"""The visits of the last two weeks, with the reasons for each result and a way to correct it."""

from collections import Counter
import math
from typing import Any

from homeassistant.core import callback
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType, JsonValueType
import voluptuous as vol

from ..const import CONF_PERSON_ID
from ..descriptions.photo import tell_weak
from ..descriptions.sentences import explain, say
from ..identity.demand import demand_of
from ..identity.evidence import Conclusion, Outcome
from ..identity.visit_record import EvidenceStep, VisitRecord
from ..review.corrections import Corrected, correct, face_of
from ..review.inbox import erase_faces, nameable
from ..runtime import Home
from ..settings import Agreement, sureness_of
from ..subentries import name_of
from .command import DAY, ID, PAGED, UNDO, Command, RefusedError, iso_time, page, undo
from .marks import SURE, demand_plausible
from .newcomer import NEWCOMER, demand_newcomer
from .opinion_log import opinion_in
from .serialize import Pictures, camera_name, demand_person, pictures_of, whose

FARTHEST = 60.0
"""Stronger evidence is drawn at this value: it makes no difference any more."""


async def _list(home: Home, request: dict[str, Any]) -> JsonObjectType:
    entries = [entry for entry in home.stores.visits.newest_first if _matches(entry, request)]
    days = Counter(dt_util.as_local(entry.begin).date() for entry in entries)
    if day := request.get("day"):
        entries = [entry for entry in entries if dt_util.as_local(entry.begin).date().isoformat() == day]
    shown, cursor = page(entries, request, lambda entry: entry.visit_id)
    kept = await pictures_of(home)
    day_counts: list[JsonValueType] = [{"day": day.isoformat(), "visits": count} for day, count in days.items()]
    return {
        "visits": [visit(home, entry, kept) for entry in shown],
        "days": day_counts,
        "cursor": cursor,
        "total": len(entries),
    }


def _matches(entry: VisitRecord, request: dict[str, Any]) -> bool:
    person_id, camera_id = request.get("person_id"), request.get("camera_id")
    return person_id in (None, entry.named, entry.followed) and camera_id in (None, entry.camera)


async def _explain(home: Home, request: dict[str, Any]) -> JsonObjectType:
    entry = _demand_entry(home, request)
    summary = visit(home, entry, await pictures_of(home))
    refused: list[JsonValueType] = [
        {"flaw": str(flaw), "count": count, "words": say(home.hass, "times", count=count, what=_flaw(home, flaw))}
        for flaw, count in entry.verdict.refused
    ]
    return {
        **summary,
        "steps": _steps(home, entry),
        "refused": refused,
        "frames": entry.verdict.frames,
        "sentences": _sentences(home, entry),
    }


async def _correct(home: Home, request: dict[str, Any]) -> JsonObjectType:
    entry, to = _demand_entry(home, request), request["person_id"]
    if to is not None:
        name = demand_person(home, to).title
        if to not in nameable(home):
            raise RefusedError("not_agreed", person=name)
    if (named := entry.verdict.person_id) not in (None, to):
        await demand_plausible(home, face_of(home, entry), named, request)
    corrected = await correct(home, entry, to)
    return {"undo": corrected.undo, "until": iso_time(corrected.until), "words": _noted(home, corrected, to)}


async def _create(home: Home, request: dict[str, Any]) -> JsonObjectType:
    """It was somebody new, who is added with the visit's face."""
    entry, person = _demand_entry(home, request), demand_newcomer(home, request)
    if (named := entry.verdict.person_id) is not None:
        await demand_plausible(home, face_of(home, entry), named, request)
    person_id: str = person.data[CONF_PERSON_ID]
    corrected = await correct(home, entry, person_id, added=person)
    words = _noted(home, corrected, person_id)
    return {"undo": corrected.undo, "until": iso_time(corrected.until), "words": words, "person_id": person_id}


async def _delete(home: Home, request: dict[str, Any]) -> JsonObjectType:
    """Take a visit out of the list, for good even if it goes on; its picture goes when that can no longer be undone."""
    entry, visits = _demand_entry(home, request), home.stores.visits
    face_ids = [entry.face_id] if entry.face_id else []
    visits.deleted.add(entry.visit_id)
    visits.drop({entry.visit_id})
    home.stores.faces.answer(face_ids)

    async def take_back() -> None:
        visits.deleted.discard(entry.visit_id)
        if entry.mentions <= home.agreements.agreeing(Agreement.RECOGNIZE):
            visits.put(entry)
        home.stores.faces.reopen(face_ids)

    async def finish() -> None:
        await erase_faces(home, face_ids)
        await home.prune()

    token, until = home.undos.offer(take_back, finish)
    return {"undo": token, "until": iso_time(until)}


def _demand_entry(home: Home, request: dict[str, Any]) -> VisitRecord:
    if (entry := home.stores.visits.get(request["visit_id"])) is None:
        raise RefusedError("visit_unknown")
    return entry


@callback
def visit(home: Home, entry: VisitRecord, kept: Pictures) -> JsonObjectType:
    correction = entry.correction
    corrected: JsonObjectType | None = None
    if correction is not None:
        to = name_of(home.entry, correction.to) or say(home.hass, "logbook_a_stranger")
        corrected = {"to": to, "person_id": correction.to, "at": iso_time(correction.at)}
    return {
        "visit_id": entry.visit_id,
        "camera_id": entry.camera,
        "camera": camera_name(home, entry.camera),
        "begin": iso_time(entry.begin),
        "end": iso_time(entry.end),
        "outcome": str(entry.verdict.outcome),
        **whose(home, entry.verdict.person_id, entry.followed),
        "words": _words(home, entry),
        "picture": kept.of(home, entry),
        "corrected": corrected,
        "opinion": opinion_in(home, entry),
    }


@callback
def would(home: Home, ended: Conclusion) -> JsonObjectType:
    """How a visit would end."""
    name = name_of(home.entry, ended.person_id)
    key = str(ended.outcome) if ended.outcome in (Outcome.KNOWN, Outcome.STRANGER) else "unsure"
    return {
        "outcome": str(ended.outcome),
        "person_id": ended.person_id,
        "name": name,
        "words": say(home.hass, f"would_{key}", name=name),
    }


@callback
def _words(home: Home, entry: VisitRecord) -> str:
    """Copes with a removed camera."""
    return explain(entry.verdict, home.entry, entry.camera if entry.camera in home.entry.subentries else None)


@callback
def _steps(home: Home, entry: VisitRecord) -> list[JsonValueType]:
    """Compares with today's demands for as many people as there were. Empty if another network or calibration was."""
    facts = home.engine.facts
    if facts is None or not entry.is_comparable(facts):
        return []
    demand = demand_of(sureness_of(home.entry), entry.people, facts.calibration)

    def step(one: EvidenceStep) -> JsonObjectType:
        return {
            "at": iso_time(one.at),
            "evidence": _drawn(one.name),
            "demanded": round(demand.after(one.frames), 3),
            "stranger": _drawn(one.stranger),
            "stranger_demanded": round(demand.of_a_stranger_after(one.frames), 3),
            "likely": name_of(home.entry, one.likely),
            "frames": one.frames,
        }

    return [step(one) for one in entry.steps]


def _drawn(evidence: float) -> float:
    return round(min(max(evidence, -FARTHEST), FARTHEST), 3) if not math.isnan(evidence) else 0.0


@callback
def _sentences(home: Home, entry: VisitRecord) -> list[JsonValueType]:
    sentences: list[JsonValueType] = [_words(home, entry)]
    if refused := entry.verdict.refused:
        reasons = ", ".join(say(home.hass, "times", count=count, what=_flaw(home, flaw)) for flaw, count in refused)
        count = sum(count for _, count in refused)
        sentences.append(say(home.hass, "refused_faces", count=count, reasons=reasons))
    if opinion := opinion_in(home, entry):
        sentences.append(opinion["words"])
    return sentences


@callback
def _flaw(home: Home, flaw: str) -> str:
    return say(home.hass, f"short_{flaw}")


@callback
def _noted(home: Home, corrected: Corrected, to: str | None) -> str:
    key = "noted_named" if to is not None else "noted_not" if corrected.named is not None else "noted_stranger"
    name = name_of(home.entry, to if to is not None else corrected.named)
    noted = say(home.hass, key, name=name)
    learned = say(home.hass, "noted_learned" if corrected.learned else "noted_not_learned")
    hint = tell_weak(home, to) if to is not None else None
    return ". ".join((noted, learned, *([hint] if hint else [])))


VISIT = {vol.Required("visit_id"): ID}
FILTERS = {
    vol.Optional("day"): vol.Any(None, DAY),
    vol.Optional("person_id"): vol.Any(None, ID),
    vol.Optional("camera_id"): vol.Any(None, ID),
}
COMMANDS = (
    Command("visits/list", _list, {**FILTERS, **PAGED}),
    Command("visits/explain", _explain, VISIT),
    Command("visits/correct", _correct, {**VISIT, **SURE, vol.Required("person_id"): vol.Any(None, ID)}),
    Command("visits/create", _create, {**VISIT, **SURE, **NEWCOMER}),
    Command("visits/delete", _delete, VISIT),
    Command("visits/undo", undo, UNDO),
)
