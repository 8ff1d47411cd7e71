"""Is everybody recognized about as well? Of each person's visits, how many ended without a name.

A visit that stays undecided belongs to the person whom its faces were most like, so long as they were likelier that
person than anybody else. That is a guess, and a few wrong ones must not accuse anybody: hence the demands below.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
import math

from .evidence import Outcome, Verdict

ENOUGH_VISITS = 20
"""Visits, at least, of the person, and of the others together."""
MOST_VISITS_COUNTED = 200
"""Visits of a person: then the older half is forgotten, so that better photos show within weeks."""
WORSE_BY = 2.0
"""Times as often without a name as the others: less is a matter of where people live and walk."""
SURELY = 3.0
"""Standard errors between the two shares: of a thousand homes where nothing is wrong, about one is told."""
HYSTERESIS = 0.6
"""Part of these two demands at which what was told still holds: else it would come and go at the limit."""


@dataclass(slots=True)
class RecognitionRate:
    """Tallies of one person's visits."""

    named: int = 0
    missed: int = 0

    @property
    def visits(self) -> int:
        return self.named + self.missed

    @property
    def share(self) -> float:
        """Without a name, 0 to 1."""
        return self.missed / self.visits if self.visits else 0.0

    def add(self, *, named: bool) -> None:
        self.named += named
        self.missed += not named
        if self.visits > MOST_VISITS_COUNTED:
            self.named, self.missed = self.named // 2, self.missed // 2


@dataclass(frozen=True, slots=True)
class Unequal:
    """Somebody who is served much worse. share, others: of the visits without a name, 0 to 1."""

    person_id: str
    share: float
    others: float


def belongs_to(verdict: Verdict) -> str | None:
    """Whose visit it was that ended with this verdict, if nobody could be named."""
    likely = verdict.outcome is Outcome.UNSURE and verdict.evidence is not None and verdict.evidence > 0
    return verdict.likely if likely else None


def compare(served: Mapping[str, RecognitionRate], told: Collection[str] = ()) -> list[Unequal]:
    """Who is served much worse than the others together; the worst first. told: of whom that was said before."""
    found = [
        unequal
        for person_id, mine in served.items()
        if (
            unequal := _unequal(
                person_id,
                mine,
                [other for who, other in served.items() if who != person_id],
                HYSTERESIS if person_id in told else 1.0,
            )
        )
    ]
    return sorted(found, key=lambda one: -one.share)


def _unequal(person_id: str, mine: RecognitionRate, others: list[RecognitionRate], held: float) -> Unequal | None:
    rest = RecognitionRate(sum(other.named for other in others), sum(other.missed for other in others))
    if (
        mine.visits < ENOUGH_VISITS
        or rest.visits < ENOUGH_VISITS
        or mine.share < max(1.0, held * WORSE_BY) * rest.share
    ):
        return None
    # one share for both, as if nothing were wrong (two-proportion z-test)
    pooled = (mine.missed + rest.missed) / (mine.visits + rest.visits)
    error = math.sqrt(pooled * (1 - pooled) * (1 / mine.visits + 1 / rest.visits))
    if mine.share - rest.share < held * SURELY * error or not mine.missed:
        return None
    return Unequal(person_id, mine.share, rest.share)
