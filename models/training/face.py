"""The face network: boxes and five landmarks, in YuNet's form, so that one reader reads both."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
import torch
from torch import Tensor, nn
from torch.nn import functional

from .cells import missed, wanted_cells, wrong_cells
from .inputs import run, tensor
from .layers import Squeeze, TopDown, conv
from .pasting import Portraits, paste, paste_one
from .scenes import Scene, scenes
from .task import Sample, Schedule
from .views import View, random_view, seen_by_camera, whole_view

SIDE, USED_SIDE = 256, 320
"""Sides of the square views it learns from, and of the input it is exported for."""
STRIDES = (8, 16, 32)
SIZES = ((0, 48), (32, 112), (80, 1000))
"""Longer sides of the faces, in pixels of the view, that each stride's map covers; some are covered twice."""
_SEED = 17
_SURE, _AGREEING = 0.6, 3
"""A certain face: YuNet gives it this score, in this many of its four looks."""
_SMALLEST = 9.0
"""Pixels: smaller faces are ignored."""
_SEEN = 0.6
_NEAREST, _FURTHEST = 2.5, 0.5
_MOST_PASTED = 4
_NEAR_SIDE = 128
_NEAR_FROM, _NEAR_SHARE = 250_000, 0.5
"""From this picture on, this share consists of four in one, each of a face up close, as in the engine's second look
before it aligns a face. Not earlier, because it must first learn what a face is. Not in batches of their own, because
batch normalization would then fit neither kind."""
_NEAR_WIDTHS, _NEAR_OFF = (44.0, 104.0), 14.0
"""Pixels: widths of such faces, and how far they are off the view's middle."""
_CELLS, _POINTS = 4.0, 2.0
"""Weights of the loss's parts; that of the boxes is 1."""
_PRIOR = -4.0
_CHANNELS = 15
"""Per cell: box, logit, five points."""


class FaceNetwork(nn.Module):
    """(n, 3, h, w) in -1..1, sides multiples of 32 → (n, 15, cells of all strides, finest first).

    Per cell, in strides from its top left corner: middle, logarithms of width and height, logit, five points.
    """

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Sequential(conv(3, 12, 3, 2), conv(12, 24, 3, 2), conv(24, 32, 3, 2), Squeeze(32, 24))
        self.middle = nn.Sequential(conv(32, 48, 3, 2), *(Squeeze(48, 24) for _ in range(2)))
        self.coarse = nn.Sequential(conv(48, 64, 3, 2), Squeeze(64, 24))
        self.lower = TopDown((32, 48, 64), 32)
        self.sides = nn.ModuleList([conv(48, 32), conv(64, 32)])
        self.heads = nn.ModuleList(
            nn.Sequential(conv(32, 32, 3, groups=32), conv(32, 32), nn.Conv2d(32, _CHANNELS, 1)) for _ in STRIDES
        )
        for head in self.heads:
            nn.init.constant_(head[-1].bias[4:5], _PRIOR)

    def forward(self, pictures: Tensor) -> Tensor:
        return torch.cat([one.flatten(2) for one in self.maps(pictures)], dim=2)

    def maps(self, pictures: Tensor) -> list[Tensor]:
        """(n, 15, h / stride, w / stride) for each stride."""
        fine = self.fine(pictures)
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        levels = (self.lower(fine, middle, coarse), self.sides[0](middle), self.sides[1](coarse))
        return [head(level) for head, level in zip(self.heads, levels, strict=True)]


class FaceRows(nn.Module):
    """The network as exported, with outputs named and shaped like YuNet's."""

    names = tuple(f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in STRIDES)

    def __init__(self, network: FaceNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        rows = [one.flatten(2).permute(0, 2, 1) for one in self.network.maps(pictures)]
        scores = [one[..., 4:5].sigmoid() for one in rows]
        return (*scores, *scores, *(one[..., :4] for one in rows), *(one[..., 5:] for one in rows))


class FaceTask:
    """YuNet's faces in scenes, and pasted portraits with known landmarks."""

    name = "face"
    schedule = Schedule(pictures=320_000, batch=48, rate=2e-3, decay=0.02, warm_up=6_000)
    input_shape = (1, 3, USED_SIDE, USED_SIDE)
    any_size = True
    output_names = FaceRows.names

    def network(self) -> nn.Module:
        return FaceNetwork()

    def inference(self, network: nn.Module) -> nn.Module:
        assert isinstance(network, FaceNetwork)
        return FaceRows(network)

    def prepare(self) -> None:
        self._scenes, held = scenes()
        self._portraits = Portraits()
        self._held = [self._view(scene, np.random.default_rng((_SEED, 1, place))) for place, scene in enumerate(held)]

    def sample(self, position: int) -> Sample:
        """(3, side, side) uint8, and for all cells: (n,) yes, (n,) counts, (4, n) boxes, (10, n) points."""
        epoch, place = divmod(position, len(self._scenes))
        row = np.random.default_rng((_SEED, 2, epoch)).permutation(len(self._scenes))[place]
        rng = np.random.default_rng((_SEED, 3, position))
        near = position >= _NEAR_FROM and rng.random() < _NEAR_SHARE
        return self._near(self._scenes[row].image(), rng) if near else self._view(self._scenes[row], rng)

    def _near(self, scene: Image.Image, rng: np.random.Generator) -> Sample:
        whole, rows = Image.new("RGB", (SIDE, SIDE)), []
        for corner in np.ndindex(2, 2):
            view = random_view(scene, _NEAR_SIDE, _NEAREST, _FURTHEST, rng)
            width = float(np.exp(rng.uniform(*np.log(_NEAR_WIDTHS))))
            center = _NEAR_SIDE / 2 + rng.uniform(-_NEAR_OFF, _NEAR_OFF, 2)
            row = paste_one(view.image, self._portraits.draw(rng), width, center, rng)
            shift = np.array(corner, np.float32) * _NEAR_SIDE
            whole.paste(seen_by_camera(view.image, rng), tuple(shift.astype(int).tolist()))
            rows.append(row + np.tile(shift, 7))
        return tensor(np.asarray(whole)), *answers(np.array(rows, np.float32), np.ones(len(rows), np.bool_), SIDE)

    def _view(self, scene: Scene, rng: np.random.Generator) -> Sample:
        image = scene.image()
        near = rng.random() < 0.9
        view = random_view(image, SIDE, _NEAREST, _FURTHEST, rng) if near else whole_view(image, SIDE)
        faces, certain = teachers_faces(scene, view)
        pasted = [] if rng.random() < 0.3 else paste(view.image, self._portraits, faces, _MOST_PASTED, rng)
        faces = np.concatenate([faces, np.array(pasted, np.float32).reshape(-1, 14)])
        certain = np.concatenate([certain, np.ones(len(pasted), np.bool_)])
        return tensor(np.asarray(seen_by_camera(view.image, rng))), *answers(faces, certain, SIDE)

    def loss(self, network: nn.Module, batch: list[Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        pictures, yes, counts, boxes, points = batch
        found = run(network, pictures)
        here = yes > 0
        cells = _CELLS * wrong_cells(found[:, 4], yes, counts)
        rows, wanted = found.transpose(1, 2)[here], boxes.transpose(1, 2)[here]
        count = max(1, len(rows))  # a batch may have no face
        off = missed(rows[:, :4], wanted).sum() / count
        astray = self._astray(rows, wanted, points.transpose(1, 2)[here]).sum() / count
        return cells + off + _POINTS * astray, {"cells": cells, "boxes": off, "points": astray}

    def _astray(self, rows: Tensor, boxes: Tensor, points: Tensor) -> Tensor:
        """(n,) distances of the landmarks, in tenths of the face's size; large ones do not count squared."""
        size = boxes[:, 2:].exp().mean(dim=1, keepdim=True)
        return functional.smooth_l1_loss(rows[:, 5:] / size * 10, points / size * 10, reduction="none").mean(dim=1)

    @torch.no_grad()
    def measure(self, network: nn.Module) -> dict[str, float]:
        """On held-out scenes with pasted faces: cells that say yes among those that should, boxes, landmarks."""
        device = next(network.parameters()).device
        parts = [
            torch.stack([one[0] for one in self._held[start : start + 48]]) for start in range(0, len(self._held), 48)
        ]
        found = torch.cat([run(network, part.to(device)).cpu() for part in parts])
        yes, counts, boxes, points = (torch.from_numpy(np.stack([one[k] for one in self._held])) for k in range(1, 5))
        here, empty = yes > 0, (yes == 0) & (counts > 0)
        rows, wanted = found.transpose(1, 2)[here], boxes.transpose(1, 2)[here]
        threshold = found[:, 4].masked_fill(~empty, -torch.inf).amax(dim=1).quantile(0.9)
        size = wanted[:, 2:].exp().mean(dim=1, keepdim=True)
        distance = ((rows[:, 5:] - points.transpose(1, 2)[here]) / size).reshape(-1, 5, 2).norm(dim=2)
        return {
            "found": float((found[:, 4][here] > threshold).float().mean()),
            "overlap": float(1 - missed(rows[:, :4], wanted).mean()),
            "points_off": float(distance.median()),
        }


def teachers_faces(scene: Scene, view: View) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(n, 14) corners and points in the view, and (n,) which are certain; without people, a pet's face is not one."""
    if scene.kind == "negative":
        return np.empty((0, 14), np.float32), np.empty(0, np.bool_)
    points = view.points(scene.faces[:, 4:].reshape(-1, 5, 2))
    if np.linalg.det(view.matrix[:, :2]) < 0:
        points = points[:, [1, 0, 2, 4, 3]]  # mirrored: a right eye is a left one
    rows = np.concatenate([view.boxes(scene.faces[:, :4]), points.reshape(-1, 10)], axis=1)
    return rows, (scene.face_scores >= _SURE) & (scene.face_votes >= _AGREEING)


def answers(
    faces: NDArray[np.float32], certain: NDArray[np.bool_], side: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """yes, counts, boxes, and points of the cells of all strides, finest first."""
    inside = np.clip(faces[:, :4], 0, side)
    sizes, seen = faces[:, 2:4] - faces[:, :2], inside[:, 2:] - inside[:, :2]
    share = seen.prod(axis=1) / np.maximum(sizes.prod(axis=1), 1e-6)
    longest = sizes.max(axis=1, initial=0)
    asked = certain & (share >= _SEEN) & (longest >= _SMALLEST)
    parts = []
    for stride, (least, most) in zip(STRIDES, SIZES, strict=True):
        mine = asked & (longest >= least) & (longest < most)
        others = inside[~asked & (share > 0)]
        cells = wanted_cells(side, stride, faces[mine, :4], np.concatenate([others, inside[asked & ~mine]]))
        count = side // stride
        rows, columns = np.mgrid[:count, :count]
        points = np.zeros((count, count, 5, 2), np.float32)
        chosen = cells.owner >= 0
        corners = np.stack([columns, rows], axis=-1)[chosen][:, None]
        points[chosen] = faces[mine, 4:].reshape(-1, 5, 2)[cells.owner[chosen]] / stride - corners
        flat = points.reshape(count * count, 10).T
        parts.append((cells.yes.ravel(), cells.counts.ravel(), cells.boxes.reshape(4, -1), flat))
    yes, counts, boxes, points = (np.concatenate(one, axis=-1) for one in zip(*parts, strict=True))
    return yes, counts, boxes, points
