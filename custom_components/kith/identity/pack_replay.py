"""What another pack would change: enrolled photos and faces that were kept of visits, as both packs see them.

Like is compared with like: one kept face is less than the visit had, so both packs judge that one face by itself.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..kith_engine.analysis import Face
from .comparison import Comparison
from .evidence import FRAMES_FOR_A_STRANGER, Conclusion, Outcome, Verdict, conclude
from .leave_one_out import shown_to_the_others
from .scores import direction_of


class Change(StrEnum):
    """How one kept face would end otherwise."""

    NAMED = "named"
    UNNAMED = "unnamed"
    RENAMED = "renamed"
    STRANGER = "stranger"
    NO_STRANGER = "no_stranger"


@dataclass(frozen=True, slots=True)
class ReplayedVisit:
    """A visit's kept face, judged by the pack in use and by the other one."""

    visit_id: str
    before: Conclusion
    after: Conclusion

    @property
    def change(self) -> Change | None:
        """None if it would end as before, with a name, as a stranger, or without either."""
        before, after = self.before, self.after
        if before.person_id != after.person_id:
            if before.person_id is None:
                return Change.NAMED
            return Change.UNNAMED if after.person_id is None else Change.RENAMED
        if (before.outcome is Outcome.STRANGER) == (after.outcome is Outcome.STRANGER):
            return None
        return Change.STRANGER if after.outcome is Outcome.STRANGER else Change.NO_STRANGER


@dataclass(frozen=True, slots=True)
class TriedPhotos:
    """One person's kept photos: how many there are, and how many suffice for the name if compared with the others."""

    photos: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class PackReplay:
    """pack: the other pack's folder. visits: newest first. lost: people who need new photos. photos: by person.

    named: how many of the visits had a name.
    """

    pack: str
    visits: tuple[ReplayedVisit, ...]
    lost: tuple[str, ...]
    photos: Mapping[str, TriedPhotos]
    named: int = 0

    @property
    def changed(self) -> list[ReplayedVisit]:
        return [visit for visit in self.visits if visit.change is not None]

    def people(self, change: Change) -> Counter[tuple[str | None, str | None]]:
        """How many visits change so, by the person before and after."""
        return Counter(
            (visit.before.person_id, visit.after.person_id) for visit in self.visits if visit.change is change
        )


def judge_alone(comparison: Comparison, faces: Sequence[Face], now: datetime) -> Conclusion | None:
    """What the largest face by itself says, as if enough frames agreed: only the evidence decides.

    None if one shows somebody who must not be recognized.
    """
    if comparison.shows_avoided(faces):
        return None
    frames = [comparison.frame(face, now) for face in faces and [max(faces, key=lambda face: face.box.area)]]
    probes = [frame.probe for frame in frames if frame.probe is not None]
    if not probes or comparison.decide(frames, Verdict(Outcome.UNUSABLE)).outcome is Outcome.UNUSABLE:
        return Conclusion(Outcome.UNUSABLE)
    ended = conclude(comparison.index.weigh(direction_of(probes)), FRAMES_FOR_A_STRANGER, comparison.demand)
    if ended.outcome is Outcome.STRANGER and not comparison.complete:
        return Conclusion(Outcome.UNSURE)
    return Conclusion(ended.outcome, ended.person_id)


def lost(before: Comparison, after: Comparison) -> tuple[str, ...]:
    """The people who can be compared before, and no longer after."""
    return tuple(who for who in before.index.people if who not in after.index.people)


def tried_photos(before: Comparison, after: Comparison, kept: Mapping[str, Collection[str]]) -> dict[str, TriedPhotos]:
    """By person, for those with at least two photos that are compared before. kept: ids of photos by person.

    Each is taken out of the gallery and compared with the rest, as if a camera had sent it.
    """
    found: dict[str, TriedPhotos] = {}
    for person_id, templates in before.gallery.templates.items():
        compared = [one.template_id for one in templates if one.embedding == before.facts.embedding]
        tried = set(compared) & set(kept.get(person_id, ()))
        if len(compared) > 1 and tried and person_id not in before.avoided:
            counts = (_named(comparison, person_id, tried) for comparison in (before, after))
            found[person_id] = TriedPhotos(len(tried), *counts)
    return found


def _named(comparison: Comparison, person_id: str, tried: Collection[str]) -> int:
    """How many of these photos suffice for the person's name; none of another network does."""
    facts = comparison.facts
    named = 0
    for photo in comparison.gallery.templates.get(person_id, ()):
        if photo.template_id in tried and photo.embedding == facts.embedding:
            weights = shown_to_the_others(photo, comparison.gallery, facts.calibration)
            likely, evidence = weights.people[0] if weights.people else ("", 0.0)
            named += likely == person_id and likely not in weights.weak and evidence >= comparison.demand.name
    return named
