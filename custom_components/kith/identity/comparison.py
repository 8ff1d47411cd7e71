"""What faces are compared with, how sure an answer must be, and whose pictures are dropped."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Self

from ..kith_engine.analysis import EngineFacts, Face
from .demand import Demand, Sureness, demand_of
from .embedding_rows import EmbeddingRows
from .evidence import NO_HISTORY, Doubt, Frame, History, Outcome, Verdict, decide
from .gallery import Gallery, Index
from .hearsay import MOST_SHARE
from .opinion import Opinion
from .scores import Direction, direction_of, probe_of

AVOIDED = 0.0
"""Evidence above which a single face counts as somebody who must not be recognized: likelier them than a stranger.
Dropping somebody else's picture now and then loses nothing; there will be a next one."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What faces are compared with. avoided: people not to be recognized; their templates serve to drop pictures."""

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

    @property
    def complete(self) -> bool:
        """Can everybody be compared? While somebody's templates wait to be renewed for another network, nobody is a
        stranger: it could be them.
        """
        return set(self.gallery.templates) <= set(self.index.people)

    def without(self, person_id: str) -> Self:
        return self.of(self.gallery.without(person_id), self.facts, self.sureness, self.avoided - {person_id})

    def frame(self, face: Face | None, captured: datetime) -> Frame:
        if face is None:
            return Frame(captured)
        probe = probe_of(face, self.facts.calibration)
        return Frame(captured, probe, face.quality.flaws, face.quality.width)

    def shows_avoided(self, faces: Iterable[Face]) -> bool:
        """Is any of these faces most likely somebody who must not be recognized?"""
        if not self.avoided:
            return False
        probes = [probe_of(face, self.facts.calibration) for face in faces]
        likeliest = [self.index.weigh(direction_of([probe])).people[:1] for probe in probes if probe is not None]
        return any(who in self.avoided and evidence > AVOIDED for people in likeliest for who, evidence in people)

    def suspects(self, frames: Sequence[Frame], within: float) -> tuple[str, ...]:
        """The people that these frames may show: the likeliest one, then all with at most `within` less evidence."""
        weights = self.index.weigh(direction_of([frame.probe for frame in frames if frame.probe is not None]))
        known = [(who, ratio) for (who, _), ratio in zip(weights.people, weights.alone, strict=True)]
        return tuple(who for who, ratio in known if ratio >= known[0][1] - within and who not in self.avoided)

    def likeness(self, frames: Sequence[Frame], others: Sequence[Frame]) -> float:
        """How much likelier two tracks show one person than two (natural logarithm); 0 if one cannot be compared."""
        one, other = ([frame.probe for frame in track if frame.probe is not None] for track in (frames, others))
        if not one or not other:
            return 0.0
        pairs = (direction_of(one), direction_of(other)), (direction_of(other), direction_of(one))
        return min(self._ratio(seen, row) for seen, row in pairs)  # the stricter way to compare counts

    def speaks_against(self, frames: Sequence[Frame], earlier: Sequence[Frame]) -> bool:
        """Do the faces in these frames, if any, say that they show somebody else than the earlier ones?"""
        if all(frame.probe is None for frame in frames):
            return False
        if self.likeness(frames, earlier) < 0:
            return True
        own, both = (self.decide(seen, Verdict(Outcome.UNUSABLE)) for seen in (frames, [*earlier, *frames]))
        decided = own.outcome in (Outcome.KNOWN, Outcome.STRANGER)
        return decided and (own.outcome, own.person_id) != (both.outcome, both.person_id)

    def _ratio(self, seen: Direction, row: Direction) -> float:
        calibration = self.facts.calibration
        return Index(("",), (), EmbeddingRows.of([row], calibration), calibration).weigh(seen).alone[0]

    def decide(
        self,
        frames: Sequence[Frame],
        before: Verdict,
        opinion: Opinion | None = None,
        said: Mapping[str, float] = MappingProxyType({}),
        history: History = NO_HISTORY,
    ) -> Verdict:
        """The verdict over one track's frames; for an avoided person it only says that somebody is there.

        said: what others say, see hearsay.py; however much it is, no more counts than is allowed there.
        """
        most = MOST_SHARE * self.demand.name
        bounded = {who: min(ratio, most) for who, ratio in said.items() if who not in self.avoided}
        verdict = decide(frames, self.index, self.demand, before, opinion, said=bounded, history=history)
        if verdict.outcome is Outcome.STRANGER and not self.complete:
            return replace(verdict, outcome=Outcome.UNSURE, doubt=Doubt.WEAK)
        if verdict.likely in self.avoided and verdict.outcome is not Outcome.STRANGER:
            return Verdict(Outcome.UNUSABLE, captured=verdict.captured, frames=verdict.frames)
        if verdict.rival in self.avoided:
            doubt = Doubt.WEAK if verdict.doubt is Doubt.TWO_ALIKE else verdict.doubt
            return replace(verdict, rival=None, doubt=doubt)
        return verdict
