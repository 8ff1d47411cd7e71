"""The form in which visits are stored."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from ..identity.evidence import Doubt, Outcome, Verdict
from ..identity.opinion import Opinion
from ..identity.presence import Follow, Seen
from ..identity.visit_record import Correction, EvidenceStep, VisitRecord
from ..kith_engine.analysis import Flaw
from .records import moment


class _StoredVerdict(TypedDict):
    outcome: str
    person_id: str | None
    evidence: float | None
    demanded: float | None
    likely: str | None
    rival: str | None
    frames: int
    refused: dict[str, int]
    seconds: float
    doubt: str | None
    flaw: str | None
    width: float | None
    opinion: NotRequired[dict[str, str | None]]
    follows: NotRequired[dict[str, str]]


class _StoredEntry(TypedDict):
    """steps: time, likeliest person, evidence for them, evidence for a stranger, frames."""

    id: str
    camera: str
    begin: str
    end: str
    verdict: _StoredVerdict
    steps: list[tuple[str, str, float, float, int]]
    people: int
    embedding: str | None
    face: str | None
    correction: NotRequired[dict[str, str | None]]
    calibration: NotRequired[str]
    recorded: NotRequired[bool]


class StoredVisits(TypedDict):
    """The whole file."""

    visits: list[_StoredEntry]


def encode_visit(entry: VisitRecord) -> _StoredEntry:
    stored: _StoredEntry = {
        "id": entry.visit_id,
        "camera": entry.camera,
        "begin": entry.begin.isoformat(),
        "end": entry.end.isoformat(),
        "verdict": _encode_verdict(entry.verdict),
        "steps": [
            (step.at.isoformat(), step.likely, round(step.name, 3), round(step.stranger, 3), step.frames)
            for step in entry.steps
        ],
        "people": entry.people,
        "embedding": entry.embedding,
        "face": entry.face_id,
    }
    if entry.correction is not None:
        stored["correction"] = {"to": entry.correction.to, "at": entry.correction.at.isoformat()}
    if entry.calibration_digest:
        stored["calibration"] = entry.calibration_digest
    if entry.recorded:
        stored["recorded"] = True
    return stored


def _encode_verdict(verdict: Verdict) -> _StoredVerdict:
    stored: _StoredVerdict = {
        "outcome": str(verdict.outcome),
        "person_id": verdict.person_id,
        "evidence": verdict.evidence,
        "demanded": verdict.demanded,
        "likely": verdict.likely,
        "rival": verdict.rival,
        "frames": verdict.frames,
        "refused": {str(flaw): count for flaw, count in verdict.refused},
        "seconds": verdict.seconds,
        "doubt": str(verdict.doubt) if verdict.doubt else None,
        "flaw": str(verdict.flaw) if verdict.flaw else None,
        "width": verdict.width,
    }
    if verdict.opinion is not None:
        stored["opinion"] = {"service": verdict.opinion.service, "person": verdict.opinion.person_id}
    if (follows := verdict.follows) is not None:
        root = follows.root
        stored["follows"] = {"person": follows.person_id, "at": root.captured.isoformat(), "camera": root.camera}
    return stored


def decode_visit(stored: _StoredEntry) -> VisitRecord:
    correction = stored.get("correction")
    return VisitRecord(
        stored["id"],
        stored["camera"],
        moment(stored["begin"]),
        moment(stored["end"]),
        _decode_verdict(stored["verdict"]),
        _decode_steps(stored["steps"]),
        stored["people"],
        stored["embedding"],
        stored["face"],
        Correction(correction["to"], moment(correction["at"] or "")) if correction else None,
        calibration_digest=stored.get("calibration", ""),
        recorded=stored.get("recorded", False),
    )


def _decode_steps(stored: Sequence[tuple[str, str, float, float, int]]) -> tuple[EvidenceStep, ...]:
    return tuple(
        EvidenceStep(moment(at), likely, name, stranger, frames) for at, likely, name, stranger, frames in stored
    )


def _decode_verdict(stored: _StoredVerdict) -> Verdict:
    opinion, follows = stored.get("opinion"), stored.get("follows")
    return Verdict(
        Outcome(stored["outcome"]),
        stored["person_id"],
        stored["evidence"],
        stored["demanded"],
        likely=stored["likely"],
        frames=stored["frames"],
        refused=tuple((Flaw(flaw), count) for flaw, count in stored["refused"].items()),
        seconds=stored["seconds"],
        doubt=Doubt(stored["doubt"]) if stored["doubt"] else None,
        rival=stored["rival"],
        flaw=Flaw(stored["flaw"]) if stored["flaw"] else None,
        width=stored["width"],
        opinion=Opinion(opinion["service"] or "", opinion["person"]) if opinion else None,
        follows=Follow(follows["person"], Seen(moment(follows["at"]), follows["camera"])) if follows else None,
    )
