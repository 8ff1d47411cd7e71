"""Are people found, and is nobody found where nobody is?"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from custom_components.kith.kith_engine.analysis import Box, Person
from custom_components.kith.kith_engine.network import Detection, Network, Role
from custom_components.kith.kith_engine.packs import Pack
from custom_components.kith.kith_engine.persons import PersonFinder
from custom_components.kith.kith_engine.picture import Picture

from . import sets

OVERLAP = 0.5
"""A box with at least this intersection over union is the person's: AP50."""
FAINTEST = 0.01
"""Least score for average precision, which needs the whole curve, not the pack's threshold."""


def measure(pack: Pack) -> dict[str, Any]:
    network = pack.manifest.network(Role.PERSON)
    assert isinstance(network.output, Detection)
    threshold = network.output.threshold
    scenes = sets.scenes()
    found = find(pack, scenes)
    groups: dict[str, list[int]] = {}
    for number, scene in enumerate(scenes):
        groups.setdefault(f"{scene.path.name.split('_')[0]} ({scene.kind})", []).append(number)
    return {
        "threshold": threshold,
        "groups": {
            name: figures([scenes[n] for n in chosen], [found[n] for n in chosen], threshold)
            for name, chosen in sorted(groups.items())
        },
        "all": figures(scenes, found, threshold),
    }


def find(pack: Pack, scenes: Sequence[sets.Scene]) -> list[tuple[Person, ...]]:
    """Everybody in each scene, however faint."""
    finder = PersonFinder(pack.open(Role.PERSON, 2), _listening(pack.manifest.network(Role.PERSON)))
    return [finder.find(Picture(scene.path.read_bytes())) for scene in scenes]


def _listening(network: Network) -> Network:
    assert isinstance(network.output, Detection)
    return replace(network, output=replace(network.output, threshold=FAINTEST))


def figures(scenes: Sequence[sets.Scene], found: Sequence[tuple[Person, ...]], threshold: float) -> dict[str, Any]:
    """Average precision, and the shares of pictures with and without people in which somebody is found."""
    called = np.array([any(person.score >= threshold for person in people) for people in found])
    peopled = np.array([bool(scene.boxes) for scene in scenes])
    return {
        "pictures": len(scenes),
        "people": sum(len(scene.boxes) for scene in scenes),
        "ap50": average_precision(scenes, found) if peopled.any() else None,
        "called_with_person": float(called[peopled].mean()) if peopled.any() else None,
        "called_without": float(called[~peopled].mean()) if (~peopled).any() else None,
        "without": int((~peopled).sum()),
    }


def average_precision(scenes: Sequence[sets.Scene], found: Sequence[tuple[Person, ...]]) -> float:
    """Area under precision over recall, using the best precision at each recall or higher (PASCAL VOC 2010).

    If a picture's boxes are incomplete, a box on nobody known is no error.
    """
    marks: list[tuple[float, bool]] = []
    for scene, people in zip(scenes, found, strict=True):
        marks += _match(scene, people)
    if not marks:
        return 0.0
    hits = np.array([hit for _, hit in sorted(marks, key=lambda mark: -mark[0])])
    recall = np.cumsum(hits) / sum(len(scene.boxes) for scene in scenes)
    precision: NDArray[np.float64] = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(recall, prepend=0) * best).sum())


def _match(scene: sets.Scene, people: Sequence[Person]) -> list[tuple[float, bool]]:
    """(score, whether it is somebody) of each box; the surest chooses first, and each person is found once."""
    free = [Box(*corners) for corners in scene.boxes]
    marks = []
    for person in sorted(people, key=lambda person: -person.score):
        nearest = max(free, key=lambda box: box.overlap(person.box), default=None)
        if nearest is not None and nearest.overlap(person.box) >= OVERLAP:
            free.remove(nearest)
            marks.append((person.score, True))
        elif scene.complete:
            marks.append((person.score, False))
    return marks


def show(found: dict[str, Any]) -> None:
    print(f'\npersons: average precision, and pictures called "person" at a score of {found["threshold"]}; in %')
    print(f"  {'':<22}{'pictures':>10}{'AP50':>8}{'with somebody':>16}{'without':>10}")
    for name, figures in (*found["groups"].items(), ("all", found["all"])):
        cells = [figures[key] for key in ("ap50", "called_with_person", "called_without")]
        texts = ["" if cell is None else f"{100 * cell:.1f}" for cell in cells]
        print(f"  {name:<22}{figures['pictures']:>10}{texts[0]:>8}{texts[1]:>16}{texts[2]:>10}")
