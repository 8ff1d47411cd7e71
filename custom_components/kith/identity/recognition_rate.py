"""Is everybody recognized about equally well? Counts how many of each person's visits ended without a name.

An undecided visit belongs to the person its faces were most like, if that person was likelier than anybody else. This
is a guess, and a few wrong ones must not raise an alarm: hence the thresholds below.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
import math

from .evidence import Verdict

ENOUGH_VISITS = 20
"""Least visits of the person, and of the others together."""
MOST_VISITS_COUNTED = 200
"""Visits of a person; above it the tallies are halved, so that better photos show within weeks."""
WORSE_BY = 2.0
"""Times as often without a name as the others: smaller factors come from where people live and walk."""
SURELY = 3.0
"""Standard errors between the two shares: about one in a thousand homes gets a false alarm."""
HYSTERESIS = 0.6
"""Share of both thresholds at which an alarm still holds: otherwise it would come and go at the limit."""


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
        """Share of visits without a name, 0 to 1."""
        return self.missed / self.visits if self.visits else 0.0

    def add(self, *, named: bool) -> None:
        self.named += named
        self.missed += not named
        if self.visits > MOST_VISITS_COUNTED:
            self.named, self.missed = self.named // 2, self.missed // 2


@dataclass(frozen=True, slots=True)
class Unequal:
    """A person recognized much less often. share, others: shares of visits without a name, 0 to 1."""

    person_id: str
    share: float
    others: float


def belongs_to(verdict: Verdict) -> str | None:
    """The person that a visit with this verdict most likely belongs to, if nobody was named."""
    likely = verdict.outcome.inconclusive and verdict.evidence is not None and verdict.evidence > 0
    return verdict.likely if likely else None


def compare(served: Mapping[str, RecognitionRate], told: Collection[str] = ()) -> list[Unequal]:
    """People recognized much less often than the others together, worst first. told: people reported before."""
    results = [
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
    return sorted(results, key=lambda result: -result.share)


def _unequal(person_id: str, mine: RecognitionRate, others: list[RecognitionRate], held: float) -> Unequal | None:
    rest = RecognitionRate(sum(other.named for other in others), sum(other.missed for other in others))
    if (
        mine.visits < ENOUGH_VISITS
        or rest.visits < ENOUGH_VISITS
        or mine.share < max(1.0, held * WORSE_BY) * rest.share
    ):
        return None
    # the common share if nothing were wrong (two-proportion z-test)
    pooled = (mine.missed + rest.missed) / (mine.visits + rest.visits)
    error = math.sqrt(pooled * (1 - pooled) * (1 / mine.visits + 1 / rest.visits))
    if mine.share - rest.share < held * SURELY * error or not mine.missed:
        return None
    return Unequal(person_id, mine.share, rest.share)
