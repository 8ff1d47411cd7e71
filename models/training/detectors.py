"""The published detectors as teachers: each picture is looked at several times, as time does not matter here."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
import onnxruntime
from PIL import Image

from .places import TEACHERS, needed

_STRIDES = (8, 16, 32)
_PERSON_SIDE, _PERSON_PAD = 416, 114
_LEAST_PERSON, _LEAST_FACE = 0.1, 0.3
"""Lower scores are not even doubtful."""
_OVERLAP = 0.5
_TILE = 0.6
"""Of each side: the four tiles overlap by a fifth of the picture, where people would be cut."""
_CUT = 0.02
"""Of a tile's side: boxes that end within it continue beyond the tile and are wrong."""


@dataclass(frozen=True, slots=True)
class Found:
    """rows: (n, 4 + k) corners and further values. scores: (n,). votes: (n,) the number of looks that found it."""

    rows: NDArray[np.float32]
    scores: NDArray[np.float32]
    votes: NDArray[np.int64]


class PersonTeacher:
    """YOLOX-Nano on the whole picture, on its mirror image, and on four tiles."""

    def __init__(self) -> None:
        self._session = _session(TEACHERS / "yolox_nano.onnx")

    def find(self, image: Image.Image) -> Found:
        """Corners are in the picture's pixels."""
        width, height = image.size
        looks = [self._look(image), _mirrored_boxes(self._look(_mirrored(image)), width)]
        for left in (0, round(width * (1 - _TILE))):
            for top in (0, round(height * (1 - _TILE))):
                box = (left, top, min(width, left + round(width * _TILE)), min(height, top + round(height * _TILE)))
                looks.append(_from_tile(self._look(image.crop(box)), box, image.size))
        return _merged(looks)

    def _look(self, image: Image.Image) -> NDArray[np.float32]:
        """(n, 5): corners and score."""
        scale = _PERSON_SIDE / max(image.size)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        pixels = np.full((_PERSON_SIDE, _PERSON_SIDE, 3), _PERSON_PAD, np.float32)
        pixels[: size[1], : size[0]] = np.asarray(image.resize(size, Image.Resampling.BICUBIC))
        rows = _run(self._session, pixels)[0][0]
        cells, strides = _grid(_PERSON_SIDE, _PERSON_SIDE)
        centers = (rows[:, :2] + cells) * strides
        halves = np.exp(np.minimum(rows[:, 2:4], 10)) * strides / 2
        found = np.column_stack([centers - halves, centers + halves, rows[:, 4] * rows[:, 5]]).astype(np.float32)
        found = found[found[:, 4] >= _LEAST_PERSON]
        found[:, :4] /= scale
        return _suppressed(found)


class FaceTeacher:
    """YuNet on the picture enlarged to two sizes, each as it is and mirrored."""

    def __init__(self) -> None:
        self._session = _session(TEACHERS / "yunet_s_dynamic.onnx")

    def find(self, image: Image.Image) -> Found:
        """Corners and five points as alternating x and y, in the picture's pixels."""
        looks = []
        for side in (320, 640):
            looks += [self._look(image, side), _mirrored_boxes(self._look(_mirrored(image), side), image.width)]
        return _merged(looks)

    def glance(self, image: Image.Image) -> Found:
        """The same by one look, for a face that fills its picture."""
        return _merged([self._look(image, 320)])

    def _look(self, image: Image.Image, side: int) -> NDArray[np.float32]:
        """(n, 15): corners, score, points."""
        scale = side / max(image.size)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        height, width = (-(-length // 32) * 32 for length in size[::-1])
        pixels = np.zeros((height, width, 3), np.float32)
        pixels[: size[1], : size[0]] = np.asarray(image.resize(size, Image.Resampling.BICUBIC))
        outputs = dict(zip([one.name for one in self._session.get_outputs()], _run(self._session, pixels), strict=True))
        parts = {
            kind: np.concatenate([outputs[f"{kind}_{stride}"].reshape(-1, count) for stride in _STRIDES])
            for kind, count in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10))
        }
        cells, strides = _grid(height, width)
        scores = np.sqrt(np.clip(parts["cls"] * parts["obj"], 0, 1))
        centers = (parts["bbox"][:, :2] + cells) * strides
        halves = np.exp(np.minimum(parts["bbox"][:, 2:], 10)) * strides / 2
        points = (parts["kps"] + np.tile(cells, 5)) * strides
        found = np.column_stack([centers - halves, centers + halves, scores, points]).astype(np.float32)
        found = found[found[:, 4] >= _LEAST_FACE]
        found[:, [0, 1, 2, 3, *range(5, 15)]] /= scale
        return _suppressed(found)


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(needed(path)), options, providers=["CPUExecutionProvider"])


def _run(session: onnxruntime.InferenceSession, pixels: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """(height, width, 3) RGB 0..255 → outputs; both networks expect BGR."""
    prepared = np.ascontiguousarray(pixels[..., ::-1].transpose(2, 0, 1)[None])
    return session.run(None, {session.get_inputs()[0].name: prepared})


def _grid(height: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(n, 2) column and row, and (n, 1) stride, of every row of the output."""
    cells, strides = [], []
    for stride in _STRIDES:
        rows, columns = np.mgrid[: height // stride, : width // stride]
        cells.append(np.stack([columns.ravel(), rows.ravel()], axis=1))
        strides.append(np.full((rows.size, 1), stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(strides).astype(np.float32)


def _mirrored(image: Image.Image) -> Image.Image:
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def _mirrored_boxes(found: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Back to the original picture; a left eye becomes a right one."""
    turned = found.copy()
    turned[:, 0], turned[:, 2] = width - found[:, 2], width - found[:, 0]
    if found.shape[1] > 5:
        points = found[:, 5:].reshape(-1, 5, 2)[:, [1, 0, 2, 4, 3]].copy()
        points[..., 0] = width - points[..., 0]
        turned[:, 5:] = points.reshape(-1, 10)
    return turned


def _from_tile(
    found: NDArray[np.float32], box: tuple[int, int, int, int], size: tuple[int, int]
) -> NDArray[np.float32]:
    """To coordinates of the whole picture, without boxes cut by the tile's inner edges."""
    left, top, right, bottom = box
    margin = _CUT * max(right - left, bottom - top)
    whole = (
        ((found[:, 0] > margin) | (left == 0))
        & ((found[:, 1] > margin) | (top == 0))
        & ((found[:, 2] < right - left - margin) | (right == size[0]))
        & ((found[:, 3] < bottom - top - margin) | (bottom == size[1]))
    )
    found = found[whole]
    found[:, :4] += np.array([left, top, left, top], np.float32)
    return found


def _suppressed(found: NDArray[np.float32]) -> NDArray[np.float32]:
    """Best first, without boxes that overlap a better one."""
    found = found[np.argsort(-found[:, 4])]
    kept: list[int] = []
    for index in range(len(found)):
        if not kept or overlaps(found[index, :4], found[kept, :4]).max() < _OVERLAP:
            kept.append(index)
    return found[kept]


def overlaps(box: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of one box, (4,), with each of (n, 4)."""
    both = shared(box, others)
    areas = np.prod(others[:, 2:] - others[:, :2], axis=1) + np.prod(box[2:] - box[:2])
    return both / np.maximum(areas - both, 1e-6)


def shared(box: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """The area that one box, (4,), shares with each of (n, 4)."""
    corner = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    return np.prod(np.clip(corner, 0, None), axis=1)


def _merged(looks: list[NDArray[np.float32]]) -> Found:
    """One row per object: the best look's score, and the mean position of all looks that saw it."""
    together = np.concatenate(looks)
    best = _suppressed(together)
    rows, votes = [], []
    for row in best:
        same = together[overlaps(row[:4], together[:, :4]) >= _OVERLAP]
        mean = np.average(same, axis=0, weights=same[:, 4])
        rows.append(np.delete(mean, 4))
        votes.append(len(same))
    shape = (0, together.shape[1] - 1)
    return Found(
        np.array(rows, np.float32).reshape(-1, shape[1]), best[:, 4].astype(np.float32), np.array(votes, np.int64)
    )
