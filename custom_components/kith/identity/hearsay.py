"""What others say about who is at a camera: entities of devices that recognize people themselves.

Nobody publishes how often such names are right. So a word is worth as much as its camera's words were before, whenever
Kith could tell by its own evidence, and never more than MOST_SHARE of what a name needs: it hastens a name that Kith
would likely have given a moment later, and gives none.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import math

VALID_FOR = timedelta(seconds=30)
"""Before and after a word: some come with the first picture, and some from a cloud when the person is at the door."""
EXPECTED, FEARED = 3, 1
"""Words that were right and wrong before any was heard: three to one is weak evidence, and soon outweighed."""
MOST_SHARE = 1 / 3
"""Share of the evidence that a name needs. A stranger whom others call Ada must still look like her as one in a hundred
does, where the knob promises one in a thousand.
"""


@dataclass(slots=True)
class Reliability:
    """How many words of a camera agreed with Kith's own evidence, and how many did not."""

    right: int = 0
    wrong: int = 0

    @property
    def ratio(self) -> float:
        """Natural logarithm: how many times likelier the word is if it is this person than if it is somebody else."""
        return max(0.0, math.log((self.right + EXPECTED) / (self.wrong + FEARED)))


@dataclass(slots=True)
class _Word:
    """people: who was named. told: whom Kith's own evidence named since, and None for a stranger."""

    people: frozenset[str]
    at: datetime
    told: set[str | None] = field(default_factory=set)


class Hearsay:
    """The last word at each camera, and how reliable each camera's words are."""

    def __init__(self, cameras: dict[str, Reliability] | None = None) -> None:
        self.cameras = {} if cameras is None else cameras
        self._words: dict[str, _Word] = {}

    def hear(self, camera: str, people: Set[str], at: datetime) -> None:
        """These people were named at this camera."""
        last = self._words.get(camera)
        if not people:  # entities fall silent after a moment
            return
        if last is not None and last.people == people and abs(at - last.at) <= VALID_FOR:
            last.at = at
            return
        self._judge(camera)
        self._words[camera] = _Word(frozenset(people), at)

    def ratios(self, camera: str, seen: datetime) -> Mapping[str, float]:
        """What speaks for whom in a picture of that time, as natural logarithms of likelihood ratios."""
        word = self._words.get(camera)
        if word is None or abs(seen - word.at) > VALID_FOR:
            return {}
        ratio = self.cameras.get(camera, Reliability()).ratio
        return dict.fromkeys(word.people, ratio)

    def tell(self, camera: str, person_id: str | None) -> None:
        """Kith's own evidence names this person, or None for a stranger."""
        if camera in self._words:
            self._words[camera].told.add(person_id)

    def _judge(self, camera: str) -> None:
        """Nothing more will be seen of whom the last word was about."""
        word = self._words.pop(camera, None)
        if word is None or not word.told:
            return
        reliability = self.cameras.setdefault(camera, Reliability())
        if word.people & word.told:
            reliability.right += 1
        else:
            reliability.wrong += 1

    def forget(self, person_id: str) -> None:
        self._words = {camera: word for camera, word in self._words.items() if person_id not in word.people}
        for word in self._words.values():
            word.told.discard(person_id)
