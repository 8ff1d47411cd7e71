"""Finds faces and their five landmarks with YuNet (Wu, Peng, Yu 2023, doi:10.1007/s11633-023-1423-y).

It looks where people are, at each person with the best resolution that the picture has and the network needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .analysis import Box, Person
from .inputs import network_input
from .landmarks import LandmarkReader, Reader, refined
from .network import Detection, Network, Role
from .nms import suppress
from .packs import Pack
from .picture import Picture
from .runtimes import InferenceSession

MOST_REGIONS = 8
"""People per picture whose faces are looked for, largest first: a home's camera, not a stadium's."""
_MARGIN = 0.1
"""Share of a person's box added on each side: detectors cut off hair and chins."""
_UPRIGHT_ASPECT = 1.6
"""Height over width. A taller box shows somebody upright, with the face in its upper part."""
_CLOSE_SIDE = 128
"""Longest side, in pixels, for a second try: a face that fills the view is too large for the network at first."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundFace:
    """A face before its quality is assessed; fields as in analysis.Face."""

    box: Box
    score: float
    landmarks: NDArray[np.float32]
    person: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """The network's output: (n, 4) corners, (n,) scores, (n, 5, 2) landmarks."""

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    landmarks: NDArray[np.float32]

    def placed(self, corner: tuple[float, float], step: float) -> _Rows:
        """The same in the whole picture's pixels instead of a region's."""
        origin = np.array(corner, np.float32)
        boxes = self.boxes * np.float32(step) + np.tile(origin, 2)
        return replace(self, boxes=boxes, landmarks=self.landmarks * np.float32(step) + origin)

    def chosen(self, indices: NDArray[np.intp]) -> _Rows:
        return _Rows(self.boxes[indices], self.scores[indices], self.landmarks[indices])


class FaceFinder:
    """One face network and how it is fed and read."""

    def __init__(self, session: InferenceSession, network: Network, near: Reader | None = None) -> None:
        """near: reads the landmarks of a found face; without it, the face network does."""
        assert isinstance(network.output, Detection)
        self._session = session
        self._input = network.input
        self._output = network.output
        self._near = near or _FaceNetworkReader(self, network.output.leaning)

    @classmethod
    def of(cls, pack: Pack, threads: int) -> FaceFinder:
        """With the pack's networks. Raises what opening them raises."""
        points = pack.manifest.landmarks
        near = LandmarkReader(pack.open_network(points, threads), points) if points else None
        return cls(pack.open(Role.FACE, threads), pack.manifest.network(Role.FACE), near)

    def find(self, picture: Picture, persons: Sequence[Person]) -> list[FoundFace]:
        """Faces of these people, best first, at most one for each."""
        largest = sorted(range(len(persons)), key=lambda index: -persons[index].box.area)[:MOST_REGIONS]
        regions = [_head_region(persons[index].box, picture.frame) for index in largest]
        return _one_for_each(self._merge([self._look(picture, region) for region in regions]), persons)

    def find_all(self, picture: Picture) -> list[FoundFace]:
        """Faces anywhere in the picture, best first."""
        sides = (2 * self._input.side, _CLOSE_SIDE)
        found = [self._detect(picture, picture.frame, side) for side in sides]
        return self._merge(found)

    def refine(self, picture: Picture, face: FoundFace) -> FoundFace:
        """The same face with landmarks good enough to align by."""
        return replace(face, landmarks=refined(picture, face.landmarks, face.box.width, self._near))

    def _look(self, picture: Picture, region: Box) -> _Rows:
        rows = self._detect(picture, region, self._input.side)
        if not rows.scores.size and max(region.width, region.height) > _CLOSE_SIDE:
            return self._detect(picture, region, _CLOSE_SIDE)
        return rows

    def _detect(self, picture: Picture, region: Box, side: int) -> _Rows:
        pixels, corner, step = picture.shrunk(region, side)
        return self.read(pixels).placed(corner, step)

    def read(self, pixels: NDArray[np.uint8]) -> _Rows:
        """(height, width, 3) RGB → faces in its pixels, without duplicates."""
        prepared = network_input(pixels, self._input)
        outputs = self._session.run(prepared)
        parts = [_decode(outputs, stride, prepared.shape[3], self._output.threshold) for stride in self._output.strides]
        rows = _joined(parts)
        return rows.chosen(suppress(rows.boxes, rows.scores, self._output.overlap))

    def _merge(self, found: list[_Rows]) -> list[FoundFace]:
        rows = _joined(found)
        return [
            FoundFace(Box(*rows.boxes[index].tolist()), float(rows.scores[index]), rows.landmarks[index])
            for index in suppress(rows.boxes, rows.scores, self._output.overlap)
        ]


@dataclass(frozen=True, slots=True)
class _FaceNetworkReader:
    """Reads the landmarks of one face with the face network.

    A smaller face is enlarged: if it is 30 px wide, that gains 0.04 of cosine. 48 and 96 pixels were worse.
    """

    finder: FaceFinder
    leaning: float
    side = 128
    face = 64.0
    upright = False

    def points(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32] | None:
        """None if there is no face in the middle: one beside it is another face."""
        rows = self.finder.read(pixels)
        distances = np.abs((rows.boxes[:, :2] + rows.boxes[:, 2:]) / 2 - self.side / 2).max(axis=1)
        if not distances.size or distances.min() > self.face / 2:
            return None
        seen: NDArray[np.float32] = rows.landmarks[distances.argmin()]
        return seen


def _joined(parts: Sequence[_Rows]) -> _Rows:
    return _Rows(
        np.concatenate([np.empty((0, 4), np.float32), *(part.boxes for part in parts)]),
        np.concatenate([np.empty(0, np.float32), *(part.scores for part in parts)]),
        np.concatenate([np.empty((0, 5, 2), np.float32), *(part.landmarks for part in parts)]),
    )


def _decode(outputs: dict[str, NDArray[np.float32]], stride: int, width: int, threshold: float) -> _Rows:
    """One stride's rows: score √(class · object); centers and points in strides from the cell's corner, log sizes."""
    confidence = outputs[f"cls_{stride}"].reshape(-1) * outputs[f"obj_{stride}"].reshape(-1)
    scores = np.sqrt(np.clip(confidence, 0, 1))
    chosen = np.flatnonzero(scores >= threshold)
    row, column = np.divmod(chosen, width // stride)
    cells = np.stack([column, row], axis=1).astype(np.float32)
    box = outputs[f"bbox_{stride}"].reshape(-1, 4)[chosen]
    centers = (cells + box[:, :2]) * stride
    halves = np.exp(np.minimum(box[:, 2:], 10)) * stride / 2  # e^10 strides are beyond any picture
    points = (cells[:, None] + outputs[f"kps_{stride}"].reshape(-1, 5, 2)[chosen]) * stride
    boxes = np.concatenate([centers - halves, centers + halves], axis=1)
    return _Rows(boxes, scores[chosen], points)


def _head_region(person: Box, frame: Box) -> Box:
    """Where a person's face can be, inside the picture."""
    across, along = person.width * _MARGIN, min(person.height, person.width) * _MARGIN
    height = min(person.height, person.width * _UPRIGHT_ASPECT)
    return Box(
        max(frame.left, person.left - across),
        max(frame.top, person.top - along),
        min(frame.right, person.right + across),
        min(frame.bottom, person.top + height + along),
    )


def _one_for_each(faces: list[FoundFace], persons: Sequence[Person]) -> list[FoundFace]:
    """Assign faces to people, one each at most, by the best fit: people stand in front of each other.

    A face that is left over (a child in arms that the person network overlooked) belongs to nobody.
    """
    pairs = sorted(
        (_misfit(face.box, person.box), place, index)
        for place, face in enumerate(faces)
        for index, person in enumerate(persons)
    )
    owner: dict[int, int] = {}
    for misfit, place, index in pairs:
        if misfit < 1 and place not in owner and index not in owner.values():
            owner[place] = index
    return [replace(face, person=owner.get(place)) for place, face in enumerate(faces)]


def _misfit(face: Box, person: Box) -> float:
    """0 where an upright person's head is, more the farther away; 1 if the face cannot be theirs."""
    sideways = abs((face.left + face.right) - (person.left + person.right)) / person.width
    down = ((face.top + face.bottom) / 2 - person.top) / person.height
    if sideways > 1 + 2 * _MARGIN or not -_MARGIN < down < 1:
        return 1.0
    return min(0.99, sideways / 2 + max(0.0, down - 0.15) / 2)
