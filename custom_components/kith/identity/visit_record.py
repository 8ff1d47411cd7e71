"""What a visit was, and why: enough to explain it later, and to say what it would have been with the knob elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from ..kith_engine.calibration import Calibration
from . import presence
from .evidence import Conclusion, Outcome, Sureness, Verdict, conclude, demand_of
from .gallery import Weights
from .opinion import Opinion

MOST_STEPS = 24
"""Of one visit: a small plot shows no more."""
KEPT_FOR = timedelta(days=14)
MOST_KEPT = 1000
"""Visits: a door with seventy a day has two weeks of them."""
DECIDED = (Outcome.KNOWN, Outcome.STRANGER)


@dataclass(frozen=True, slots=True)
class EvidenceStep:
    """Where the test stood after one frame. frames: that were compared so far.

    name, stranger: the evidence for the likeliest name and for nobody of the household, natural logarithms of
    likelihood ratios.
    """

    at: datetime
    likely: str
    name: float
    stranger: float
    frames: int


@dataclass(frozen=True, slots=True)
class Correction:
    """What the owner said it was. to: a person, or None for a stranger."""

    to: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """One person's way through one camera's view. begin, end: times of the first and the newest picture of it.

    verdict: what was told of it, or what is to be said of it now. people: so many were enrolled. embedding: the network
    that was compared by; None if nothing was. face_id: of the face that is kept of it.
    """

    visit_id: str
    camera: str
    begin: datetime
    end: datetime
    verdict: Verdict
    steps: tuple[EvidenceStep, ...] = ()
    people: int = 0
    embedding: str | None = None
    face_id: str | None = None
    correction: Correction | None = None

    @property
    def mentions(self) -> set[str]:
        """Everybody of whom this says anything."""
        found = {self.verdict.person_id, self.verdict.likely, self.verdict.rival, *(step.likely for step in self.steps)}
        if self.correction is not None:
            found.add(self.correction.to)
        if self.verdict.opinion is not None:
            found |= {self.verdict.opinion.person_id, *self.verdict.opinion.ratios}
        return {who for who in found if who is not None}

    def after(self, verdict: Verdict, seen: datetime, step: EvidenceStep | None) -> Self:
        """With one more frame. What was decided stays until something else is: who turns away is still the same."""
        faded = self.verdict.outcome in DECIDED and verdict.outcome not in DECIDED
        steps = thinned([*self.steps, step]) if step is not None else self.steps
        return replace(self, end=seen, verdict=self.verdict if faded else verdict, steps=steps)

    def renamed(self, before: str, after: str) -> Self:
        """With one person in the place of another: they are the same."""

        def name(who: str | None) -> str | None:
            return after if who == before else who

        opinion = self.verdict.opinion and Opinion(self.verdict.opinion.service, name(self.verdict.opinion.person_id))
        verdict = replace(
            self.verdict,
            opinion=opinion,
            person_id=name(self.verdict.person_id),
            likely=name(self.verdict.likely),
            rival=name(self.verdict.rival),
        )
        steps = tuple(replace(step, likely=after) if step.likely == before else step for step in self.steps)
        correction = self.correction and replace(self.correction, to=name(self.correction.to))
        return replace(self, verdict=verdict, steps=steps, correction=correction)


def thinned(steps: Sequence[EvidenceStep]) -> tuple[EvidenceStep, ...]:
    """At most MOST_STEPS of them: the one goes whose place between its neighbors tells least."""
    left = list(steps)
    while len(left) > MOST_STEPS:
        left.pop(min(range(1, len(left) - 1), key=lambda place: _news(*left[place - 1 : place + 2])))
    return tuple(left)


def _news(before: EvidenceStep, step: EvidenceStep, after: EvidenceStep) -> float:
    if step.likely != before.likely:
        return float("inf")
    # of two that tell as little the older goes: what comes is read more often than what was
    bend = abs(2 * step.name - before.name - after.name) + abs(2 * step.stranger - before.stranger - after.stranger)
    return bend + (after.at - before.at).total_seconds() / 1000


def joined(entries: Sequence[VisitRecord]) -> list[VisitRecord]:
    """One camera's entries, oldest first, without needless ones: somebody who was lost behind a door post and found
    again is one visit, and who never showed a face is told only if nobody else was there.
    """
    kept: list[VisitRecord] = []
    for entry in entries:
        last = next((one for one in reversed(kept) if _is_same(one, entry)), None)
        if last is None:
            kept.append(entry)
        else:
            kept[kept.index(last)] = _together(last, entry)
    faceless = [one for one in kept if not one.verdict.frames and not one.verdict.refused]
    return [
        one for one in kept if one not in faceless or not any(_at_once(one, other) for other in kept if other != one)
    ]


def _is_same(one: VisitRecord, other: VisitRecord) -> bool:
    told = (one.verdict.outcome, one.verdict.person_id) == (other.verdict.outcome, other.verdict.person_id)
    return told and _at_once(one, other) and one.correction == other.correction


def _at_once(one: VisitRecord, other: VisitRecord) -> bool:
    return one.camera == other.camera and max(one.begin, other.begin) - min(one.end, other.end) <= presence.VISIT_GAP


def _together(one: VisitRecord, other: VisitRecord) -> VisitRecord:
    clearer = max(one, other, key=lambda entry: entry.verdict.frames)
    begin, end = min(one.begin, other.begin), max(one.end, other.end)
    face_id = clearer.face_id or one.face_id or other.face_id
    return replace(clearer, visit_id=one.visit_id, begin=begin, end=end, face_id=face_id)


def replay(entry: VisitRecord, sureness: Sureness, calibration: Calibration) -> Conclusion:
    """What this visit would have ended with."""
    demand = demand_of(sureness, entry.people, calibration)
    ended = Conclusion(entry.verdict.outcome if not entry.steps else Outcome.UNSURE)
    told: Conclusion | None = None
    for step in entry.steps:
        ended = conclude(Weights(((step.likely, step.name),), stranger=step.stranger), step.frames, demand, ended)
        told = ended if ended.outcome in DECIDED else told
    return told or ended


@dataclass(frozen=True, slots=True)
class OutcomeChange:
    """A visit that would have ended otherwise."""

    entry: VisitRecord
    would: Conclusion


def changes(
    entries: Sequence[VisitRecord], now: Sureness, then: Sureness, embedding: str, calibration: Calibration
) -> tuple[int, list[OutcomeChange]]:
    """How many of these visits can be told anew, and which of them the other setting would change.

    Not those that another network compared. The setting that holds now is replayed too: what the steps that were
    thinned out would have told changes nothing.
    """
    told = [entry for entry in entries if entry.embedding in (None, embedding)]
    found = []
    for entry in told:
        was, would = replay(entry, now, calibration), replay(entry, then, calibration)
        if (was.outcome, was.person_id) != (would.outcome, would.person_id):
            found.append(OutcomeChange(entry, would))
    return len(told), found


def previous(entries: Sequence[VisitRecord], person_id: str, before: datetime) -> VisitRecord | None:
    """The newest visit before that time in which this person was named, and was it by all that is known.

    entries: newest first.
    """
    return next(
        (
            entry
            for entry in entries
            if entry.end < before and entry.verdict.person_id == person_id and entry.correction is None
        ),
        None,
    )
