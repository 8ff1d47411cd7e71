"""How much a service's score counts as evidence while there are no measurements.

No measured data stands behind this: neither CompreFace nor Azure publishes how often its scores are wrong, and no
pictures of known people were ever sent there for Kith. All that is known is that 0.5 separates most pairs in both. So a
score of 0.5 is no evidence, others count less than they probably could, and none counts more than the bounds here: less
than a name needs at the normal or a stricter setting, and less than "nobody of the household" needs at any. At the
relaxed setting a name may need less, but Kith's own evidence must always lean toward it, too (identity/evidence.py).
"""

from collections.abc import Callable, Mapping, Sequence
import math

from .protocol import Answer, Enrolled, Said

EVEN = 0.5
"""The score at which a face is as likely to be this person's as a stranger's."""
MOST_FOR = 1.8
"""Natural logarithm of a likelihood ratio, in favor: 6 to 1. In a home of one, a name normally needs more."""
MOST_AGAINST = -1.8
"""Against somebody: 1 to 6. "Nobody of the household" needs more at every setting."""
UNNAMED = -1.0
"""The upper bound for people it was asked about and did not name: it had the choice."""


def bounded(ratio: float) -> float:
    return min(max(ratio, MOST_AGAINST), MOST_FOR)


def of_logistic(score: float) -> float:
    """Weighs a score that is the logistic function of a distance: its log-odds are linear in it, like a calibrated
    ratio (Brümmer & du Preez 2006). Takes half of them, because the slope is a guess.
    """
    odds = math.log(score / (1 - score)) if 0 < score < 1 else math.copysign(math.inf, score - EVEN)
    return bounded(odds / 2)


def of_confidence(score: float) -> float:
    """Weighs a score when only its ends and its middle are known."""
    return bounded((score - EVEN) / (1 - EVEN) * MOST_FOR)


def ratios(
    asked: Sequence[str],
    scores: Mapping[str, float],
    named: str | None,
    *,
    unseen: float,
    of: Callable[[float], float],
) -> dict[str, float]:
    """Ratios of everybody it was asked about. scores: by person. unseen: the upper bound for people without a score."""
    found = {who: of(scores.get(who, unseen)) for who in asked}
    return {who: ratio if who == named else min(ratio, UNNAMED) for who, ratio in found.items()}


def answer_of(
    suspects: Sequence[Enrolled],
    by_key: Mapping[str, float],
    nearest: str | None,
    *,
    model: str,
    unseen: float,
    of: Callable[[float], float],
) -> Answer:
    """What a service said, as an answer. by_key: its scores, by its own keys of people.

    nearest: the key of the person it named, one of the suspects or not. unseen: the highest score that somebody without
    one can have. of: what a score is worth.
    """
    scores = {suspect.person_id: by_key[suspect.key] for suspect in suspects if suspect.key in by_key}
    named = next((one.person_id for one in suspects if one.key == nearest and by_key[nearest] >= EVEN), None)
    asked = [suspect.person_id for suspect in suspects]
    return Answer(
        Said.NOBODY if named is None else Said.PERSON,
        model,
        named,
        max(scores.values(), default=None),
        ratios(asked, scores, named, unseen=unseen, of=of),
    )
