"""What a recording showed, as an answer to actions and the page."""

from homeassistant.core import callback
from homeassistant.util.json import JsonObjectType, JsonValueType

from ..descriptions.sentences import explain
from ..identity.evidence import Outcome
from ..identity.visit_record import VisitRecord
from ..runtime import KithConfigEntry
from ..subentries import name_of
from .clip_visits import ClipVisits


@callback
def describe(entry: KithConfigEntry, found: ClipVisits) -> JsonObjectType:
    """Whom it showed, from when to when, and by what evidence. No picture, no embedding."""
    people: list[JsonValueType] = [_person(entry, visit, found) for visit in found.visits]
    return {
        "people": people,
        "begin": found.begin.isoformat() if found.dated else None,
        "length": round(found.length, 1),
        "looked_at": round(found.looked_at, 1),
        "pictures": found.pictures,
    }


@callback
def _person(entry: KithConfigEntry, visit: VisitRecord, found: ClipVisits) -> JsonObjectType:
    verdict = visit.verdict
    likely = verdict.likely if verdict.outcome is Outcome.LIKELY else None
    return {
        "outcome": str(verdict.outcome),
        "person": name_of(entry, verdict.person_id),
        "person_id": verdict.person_id,
        "likely": name_of(entry, likely),
        "from": round((visit.begin - found.begin).total_seconds(), 1),
        "to": round((visit.end - found.begin).total_seconds(), 1),
        "explanation": explain(verdict, entry),
        "evidence": {
            "frames": verdict.frames,
            "weight": _rounded(verdict.evidence),
            "demanded": _rounded(verdict.demanded),
            "margin": _rounded(verdict.margin),
        },
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 3)
