"""What a face-verification service said of somebody in view: one more piece of evidence, never a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Opinion:
    """service: its kind. person_id: whom it named; None for nobody of those it was asked about.

    ratios: for everybody it was asked about, how much likelier it is they than a stranger, by the service's own
    calibration: natural logarithms of likelihood ratios.
    """

    service: str
    person_id: str | None = None
    ratios: Mapping[str, float] = field(default_factory=dict)
