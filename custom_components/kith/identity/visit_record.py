"""The record of a visit: enough to explain it later, and to replay it at another sureness."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from ..kith_engine.analysis import EngineFacts
from ..kith_engine.calibration import Calibration
from . import presence
from .demand import Sureness, demand_of
from .evidence import Conclusion, Doubt, Outcome, Verdict, conclude
from .gallery import Weights
from .opinion import Opinion

MOST_STEPS = 24
"""Per visit: a small plot shows no more."""
VISITS_KEPT_FOR = timedelta(days=14)
MOST_VISITS = 1000
"""Visits: a door with seventy a day has two weeks of them."""
DECIDED = (Outcome.KNOWN, Outcome.STRANGER)


@dataclass(frozen=True, slots=True)
class EvidenceStep:
    """Where the test stood after one frame. frames: how many counted so far.

    name, stranger: the evidence for the likeliest name and for a stranger, natural logarithms of likelihood ratios.
    """

    at: datetime
    likely: str
    name: float
    stranger: float
    frames: int

    @classmethod
    def of(cls, verdict: Verdict, seen: datetime) -> Self | None:
        """None if the frame of that time added nothing to compare."""
        if verdict.captured != seen or verdict.likely is None or verdict.for_name is None:
            return None
        return cls(seen, verdict.likely, verdict.for_name, verdict.for_stranger or 0.0, verdict.frames)


@dataclass(frozen=True, slots=True)
class Correction:
    """What the owner said it was. to: a person, or None for a stranger."""

    to: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """One person's way through one camera's view. begin, end: times of its first and newest picture.

    verdict: what was announced, or what can be said now. people: how many were enrolled. embedding: the network whose
    vectors were compared; None if none were. calibration_digest: of what turned them into evidence; empty if unknown.
    face_id: of the stored face. continues: the visit that this one goes on with, because it shows the same body again;
    only until they are joined. recorded: was it found in a recording?
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
    continues: str | None = None
    calibration_digest: str = ""
    recorded: bool = False

    def is_comparable(self, facts: EngineFacts) -> bool:
        """May its evidence be held against what is demanded of this engine's?"""
        digests = {self.calibration_digest, facts.calibration_digest} - {""}
        return self.embedding in (None, facts.embedding) and len(digests) < 2

    @property
    def mentions(self) -> set[str]:
        """Everybody who occurs in this record."""
        ids: set[str | None] = {
            self.verdict.person_id,
            self.verdict.likely,
            self.verdict.rival,
            *(step.likely for step in self.steps),
        }
        if self.correction is not None:
            ids.add(self.correction.to)
        if self.verdict.opinion is not None:
            ids |= _asked_about(self.verdict.opinion)
        if self.verdict.follows is not None:
            ids.add(self.verdict.follows.person_id)
        return {person_id for person_id in ids if person_id is not None}

    def after(self, verdict: Verdict, seen: datetime, step: EvidenceStep | None) -> Self:
        """With one more frame. A decision stays until the next: a person who turns away is still the same."""
        faded = self.verdict.outcome in DECIDED and verdict.outcome not in DECIDED
        steps = thinned([*self.steps, step]) if step is not None else self.steps
        return replace(self, end=max(self.end, seen), verdict=self.verdict if faded else verdict, steps=steps)

    @property
    def named(self) -> str | None:
        """The person as told: by the correction if there is one."""
        return self.correction.to if self.correction is not None else self.verdict.person_id

    @property
    def followed(self) -> str | None:
        """Whom this visit was taken for by appearance, if no face decided it and the owner did not say who it was."""
        if self.correction is not None or self.verdict.outcome in DECIDED or self.verdict.follows is None:
            return None
        return self.verdict.follows.person_id

    @property
    def outcome(self) -> Outcome:
        """As the owner said, else as it was announced."""
        if self.correction is None:
            return self.verdict.outcome
        return Outcome.STRANGER if self.correction.to is None else Outcome.KNOWN

    @property
    def of(self) -> str | None:
        """Whose visit it was: as the owner said, else as announced, else whose it most likely was."""
        if self.correction is not None:
            return self.correction.to
        return self.verdict.likely if self.verdict.outcome.inconclusive else self.verdict.person_id

    def without(self, person_id: str) -> Self:
        """Without what it says about a person whose visit it was not."""
        verdict = self.verdict
        if verdict.person_id == person_id:  # a mistake that the owner corrected
            verdict = replace(verdict, outcome=Outcome.UNSURE, person_id=None, doubt=Doubt.WEAK)
        if verdict.follows is not None and verdict.follows.person_id == person_id:
            verdict = replace(verdict, follows=None)
        if verdict.likely == person_id:
            outcome = Outcome.UNSURE if verdict.outcome is Outcome.LIKELY else verdict.outcome
            verdict = replace(verdict, outcome=outcome, likely=None, evidence=None, for_name=None, score=None)
        if verdict.doubt is Doubt.TWO_ALIKE and person_id in (self.verdict.likely, verdict.rival):
            verdict = replace(verdict, doubt=Doubt.WEAK)
        rival = None if person_id in (self.verdict.likely, verdict.rival) else verdict.rival
        opinion = None if verdict.opinion and person_id in _asked_about(verdict.opinion) else verdict.opinion
        steps = tuple(step for step in self.steps if step.likely != person_id)
        return replace(self, verdict=replace(verdict, rival=rival, margin=None, opinion=opinion), steps=steps)

    def renamed(self, before: str, after: str) -> Self:
        """With one person's id in place of another's: they are the same person."""

        def name(person_id: str | None) -> str | None:
            return after if person_id == before else person_id

        opinion = self.verdict.opinion and Opinion(self.verdict.opinion.service, name(self.verdict.opinion.person_id))
        follows = self.verdict.follows
        if follows is not None and follows.person_id == before:
            follows = replace(follows, person_id=after)
        verdict = replace(
            self.verdict,
            opinion=opinion,
            follows=follows,
            person_id=name(self.verdict.person_id),
            likely=name(self.verdict.likely),
            rival=name(self.verdict.rival),
        )
        steps = tuple(replace(step, likely=after) if step.likely == before else step for step in self.steps)
        correction = self.correction and replace(self.correction, to=name(self.correction.to))
        return replace(self, verdict=verdict, steps=steps, correction=correction)


def _asked_about(opinion: Opinion) -> set[str | None]:
    return {opinion.person_id, *opinion.ratios}


def thinned(steps: Sequence[EvidenceStep]) -> tuple[EvidenceStep, ...]:
    """At most MOST_STEPS of them: drops the steps that their neighbors predict best."""
    kept = list(steps)
    while len(kept) > MOST_STEPS:
        kept.pop(min(range(1, len(kept) - 1), key=lambda place: _news(*kept[place - 1 : place + 2])))
    return tuple(kept)


def _news(before: EvidenceStep, step: EvidenceStep, after: EvidenceStep) -> float:
    if step.likely != before.likely:
        return float("inf")
    # among equally predictable steps the older one goes: recent ones are read more often
    bend = abs(2 * step.name - before.name - after.name) + abs(2 * step.stranger - before.stranger - after.stranger)
    return bend + (after.at - before.at).total_seconds() / 1000


def joined(entries: Sequence[VisitRecord]) -> list[VisitRecord]:
    """One camera's entries, oldest first, without needless ones: a person lost behind a door post and found again makes
    one visit, and a person who never showed a face is listed only if nobody else was there.
    """
    kept: list[VisitRecord] = []
    for entry in entries:
        last = next((one for one in reversed(kept) if _is_same(one, entry)), None)
        if last is None:
            kept.append(entry)
        else:
            kept[kept.index(last)] = _merged(last, entry)
    faceless = [
        one for one in kept if not one.verdict.frames and not one.verdict.refused and one.verdict.follows is None
    ]
    return [
        one for one in kept if one not in faceless or not any(_at_once(one, other) for other in kept if other != one)
    ]


def _is_same(one: VisitRecord, other: VisitRecord) -> bool:
    """Two strangers side by side are two: one person's tracks follow each other."""
    if other.continues in {one.visit_id, one.continues} - {None} and one.correction == other.correction:
        return True
    agree = _answer(one.verdict) == _answer(other.verdict)
    beside = one.verdict.outcome is Outcome.STRANGER and max(one.begin, other.begin) <= min(one.end, other.end)
    return agree and not beside and _at_once(one, other) and one.correction == other.correction


def _answer(verdict: Verdict) -> tuple[Outcome, str | None]:
    return verdict.outcome, verdict.likely if verdict.outcome is Outcome.LIKELY else verdict.person_id


def _at_once(one: VisitRecord, other: VisitRecord) -> bool:
    return one.camera == other.camera and max(one.begin, other.begin) - min(one.end, other.end) <= presence.VISIT_GAP


def _merged(one: VisitRecord, other: VisitRecord) -> VisitRecord:
    clearer = max(one, other, key=lambda entry: (entry.verdict.outcome in DECIDED, entry.verdict.frames))
    begin, end = min(one.begin, other.begin), max(one.end, other.end)
    face_id = clearer.face_id or one.face_id or other.face_id
    return replace(clearer, visit_id=one.visit_id, begin=begin, end=end, face_id=face_id)


def replay(entry: VisitRecord, sureness: Sureness, calibration: Calibration) -> Conclusion:
    """How this visit would have ended at this sureness."""
    if entry.verdict.doubt is Doubt.NEEDS_PHOTOS:
        return Conclusion(entry.verdict.outcome)
    demand = demand_of(sureness, entry.people, calibration)
    ended = Conclusion(entry.verdict.outcome if not entry.steps else Outcome.UNSURE)
    decided: Conclusion | None = None
    for step in entry.steps:
        weights = Weights(((step.likely, step.name),), stranger=step.stranger)
        named = decided is not None and decided.outcome is Outcome.KNOWN
        ended = conclude(weights, step.frames, demand, ended, named=named)
        decided = ended if ended.outcome in DECIDED else decided
    return decided or ended


@dataclass(frozen=True, slots=True)
class OutcomeChange:
    """A visit that would have ended otherwise."""

    entry: VisitRecord
    would: Conclusion


def changes(
    entries: Sequence[VisitRecord], now: Sureness, then: Sureness, facts: EngineFacts
) -> tuple[int, list[OutcomeChange]]:
    """How many of these visits can be replayed, and which of them the other setting would change.

    Visits compared by another network, or by another calibration of it, cannot. The current setting is replayed too, so
    that steps that were thinned out make no difference.
    """
    comparable = [entry for entry in entries if entry.is_comparable(facts)]
    changed = []
    for entry in comparable:
        was, would = (replay(entry, sureness, facts.calibration) for sureness in (now, then))
        if (was.outcome, was.person_id) != (would.outcome, would.person_id):
            changed.append(OutcomeChange(entry, would))
    return len(comparable), changed


def previous(entries: Sequence[VisitRecord], person_id: str, before: datetime) -> VisitRecord | None:
    """The newest uncorrected visit before that time in which this person was named.

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
