"""What a face-verification service said about somebody in view: one more piece of evidence, never a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Opinion:
    """A service's answer. service: its kind. person_id: whoever it named; None for nobody it was asked about.

    ratios: for everybody it was asked about, natural logarithm of the likelihood ratio of this person to a stranger, by
    the service's own calibration.
    """

    service: str
    person_id: str | None = None
    ratios: Mapping[str, float] = field(default_factory=dict)
