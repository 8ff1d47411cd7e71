"""With whom faces are compared, how, and how sure an answer must be; and whose pictures are not looked at further."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from ..kith_engine.analysis import EngineFacts, Face
from .evidence import Demand, Doubt, Frame, Outcome, Sureness, Verdict, decide, demand_of
from .gallery import Gallery, Index
from .opinion import Opinion
from .scores import direction_of, probe_of

AVOIDED = 0.0
"""Evidence from which a single face is taken for somebody who is not to be recognized: likelier they than a stranger.
Nothing is lost by dropping another's picture now and then; there will be a next one."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """avoided: the people who are not to be recognized; their templates serve to drop the pictures that show them."""

    gallery: Gallery
    facts: EngineFacts
    sureness: Sureness
    avoided: frozenset[str]
    index: Index
    demand: Demand

    @classmethod
    def of(cls, gallery: Gallery, facts: EngineFacts, sureness: Sureness, avoided: Iterable[str] = ()) -> Self:
        index = gallery.index(facts.embedding, facts.calibration)
        demand = demand_of(sureness, len(index.people), facts.calibration)
        return cls(gallery, facts, sureness, frozenset(avoided), index, demand)

    def without(self, person_id: str) -> Self:
        return self.of(self.gallery.without(person_id), self.facts, self.sureness, self.avoided - {person_id})

    def frame(self, face: Face | None, captured: datetime) -> Frame:
        if face is None:
            return Frame(captured)
        probe = probe_of(face, self.facts.calibration)
        return Frame(captured, probe, face.quality.flaws, face.quality.width)

    def shows_avoided(self, faces: Iterable[Face]) -> bool:
        """Is one of them likeliest somebody who is not to be recognized?"""
        if not self.avoided:
            return False
        probes = [probe_of(face, self.facts.calibration) for face in faces]
        likest = [self.index.weigh(direction_of([probe])).people[:1] for probe in probes if probe is not None]
        return any(who in self.avoided and evidence > AVOIDED for found in likest for who, evidence in found)

    def suspects(self, frames: Sequence[Frame], within: float) -> tuple[str, ...]:
        """Who is on these frames, or may be: likest first, all whose evidence is at most this much less."""
        weights = self.index.weigh(direction_of([frame.probe for frame in frames if frame.probe is not None]))
        known = [(who, ratio) for (who, _), ratio in zip(weights.people, weights.alone, strict=True)]
        return tuple(who for who, ratio in known if ratio >= known[0][1] - within and who not in self.avoided)

    def decide(self, frames: Sequence[Frame], before: Verdict, opinion: Opinion | None = None) -> Verdict:
        """The verdict over one track's frames. Of who is avoided it says only that it is a person.

        While somebody's photos wait to be made anew for another network, nobody is a stranger: it could be they.
        """
        verdict = decide(frames, self.index, self.demand, before, opinion)
        if verdict.outcome is Outcome.STRANGER and not set(self.gallery.templates) <= set(self.index.people):
            return replace(verdict, outcome=Outcome.UNSURE, doubt=Doubt.WEAK)
        if verdict.likely in self.avoided and verdict.outcome is not Outcome.STRANGER:
            return Verdict(Outcome.UNUSABLE, captured=verdict.captured)
        if verdict.rival in self.avoided:
            doubt = Doubt.WEAK if verdict.doubt is Doubt.TWO_ALIKE else verdict.doubt
            return replace(verdict, rival=None, doubt=doubt)
        return verdict
