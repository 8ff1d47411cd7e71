"""How much a service's score counts as evidence, as long as nobody has measured it.

No measured data stands behind this: neither CompreFace nor Azure publishes how often its scores are wrong, and no
pictures of known people were ever sent there for Kith. What is known is only that 0.5 separates most pairs, in both of
them. So a score of 0.5 says nothing, others say less than they probably could, and none says more than the bounds here:
less than a name asks for at the normal setting and stricter, and than "nobody of the household" asks for at any. What
an owner who wants it relaxed asks for a name may be less; but there as everywhere own evidence has to lean to it, too
(identity/evidence.py).
"""

from collections.abc import Callable, Mapping, Sequence
import math

EVEN = 0.5
"""The score at which a face is as likely this person's as a stranger's."""
MOST = 4.0
"""Natural logarithm of a likelihood ratio, for somebody: 55 to 1. In a home of one, a name asks for 4.7 normally."""
LEAST = -3.0
"""Against somebody: 1 to 20. "Nobody of the household" asks for 50 to 1 at least."""
UNNAMED = -1.0
"""Whoever it was asked about and did not name, is at most this likely: it had the choice."""


def bounded(ratio: float) -> float:
    return min(max(ratio, LEAST), MOST)


def of_logistic(score: float) -> float:
    """Of a score that is the logistic function of a distance: its log-odds are linear in it, as a calibrated ratio is
    (Brümmer & du Preez 2006). Half of them, for how steep is a guess.
    """
    odds = math.log(score / (1 - score)) if 0 < score < 1 else math.copysign(math.inf, score - EVEN)
    return bounded(odds / 2)


def of_confidence(score: float) -> float:
    """Of a score of which nothing is known but its ends and its middle."""
    return bounded((score - EVEN) / (1 - EVEN) * MOST)


def ratios(
    asked: Sequence[str],
    scores: Mapping[str, float],
    named: str | None,
    *,
    unseen: float,
    of: Callable[[float], float],
) -> dict[str, float]:
    """For everybody it was asked about. scores: by person. unseen: what somebody without a score has at most."""
    found = {who: of(scores.get(who, unseen)) for who in asked}
    return {who: ratio if who == named else min(ratio, UNNAMED) for who, ratio in found.items()}
