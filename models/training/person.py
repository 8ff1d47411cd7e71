"""The person network: is somebody in this picture, and about where? A map of people's middles with rough boxes."""

import numpy as np
from numpy.typing import NDArray
import torch
from torch import Tensor, nn
from torch.nn import functional

from .cells import missed, wanted_cells, wrong_cells
from .inputs import run, tensor
from .layers import Squeeze, TopDown, conv
from .scenes import Scene, scenes
from .task import Sample, Schedule
from .views import View, random_view, seen_by_camera, whole_view

SIDE, USED_SIDE = 224, 288
"""Sides of the square views it learns from, and of the input it is exported for; what it learns holds at any size. A
larger side finds smaller people; at 320, the pack took more than 0.35 of the standard one's time."""
STRIDE = 8
_SEED = 13
_SURE, _AGREED, _AGREEING = 0.5, 0.35, 2
"""A certain person: the teacher gives the first score, or the second in this many looks. Anything less is ignored."""
_FACE = 0.6
"""Score of a face that makes a person possible."""
_SEEN = 0.3
"""Share of a person that must be in the view to count."""
_SMALLEST = 7.0
"""Pixels of the view: people lower than this are ignored."""
_NEAREST, _FURTHEST = 2.2, 0.5
_AS_USED_FROM = 849_600
"""Pictures seen, in whole batches, until views and the scenes in them become as large as in use: the sizes of people,
and the part of a scene in view, then fit the later task (Touvron et al. 2019, arXiv:1906.06423)."""
_NEAREST_USED, _FURTHEST_USED = 1.6, 0.8
_BENT, _BENT_FROM = 0.3, 872_000
"""Share of the views that a wide lens draws, as many cameras have one, and the pictures seen until then."""
_OFTEN = {"fixed": 3, "negative": 2}
"""How often such scenes appear for each time that others do: they are what a home's camera sees."""
_CELLS, _PICTURE = 4.0, 0.5
"""Weights of the loss's parts; that of the boxes is 1."""
_TOP = 3
"""Cells that speak for the whole picture."""
_PRIOR = -4.0
"""Logit at the start of training: nearly every cell says no."""


class PersonNetwork(nn.Module):
    """(n, 3, h, w) in -1..1, sides multiples of 32 → (n, 5, h/8, w/8).

    Per cell, like YOLOX: the middle's offset from the cell's top left corner and the logarithms of width and height, in
    strides, and the logit of "here is somebody".
    """

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Sequential(
            conv(3, 16, 3, 2), conv(16, 32, 3, 2), conv(32, 48, 3, 2), *(Squeeze(48, 32) for _ in range(2))
        )
        self.middle = nn.Sequential(conv(48, 80, 3, 2), *(Squeeze(80, 40) for _ in range(3)))
        self.coarse = nn.Sequential(conv(80, 96, 3, 2), *(Squeeze(96, 48) for _ in range(2)))
        self.joined = TopDown((48, 80, 96), 48)
        self.head = nn.Sequential(Squeeze(48, 32), nn.ReLU(), nn.Conv2d(48, 5, 1))
        nn.init.constant_(self.head[-1].bias[4:], _PRIOR)

    def forward(self, pictures: Tensor) -> Tensor:
        fine = self.fine(pictures)
        middle = self.middle(fine)
        return self.head(self.joined(fine, middle, self.coarse(middle)))


class PersonRows(nn.Module):
    """The network as exported: rows like YOLOX's, (1, n, 6), class probability 1, so that one reader reads both."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> Tensor:
        cells = self.network(pictures).flatten(2).permute(0, 2, 1)
        score = cells[..., 4:].sigmoid()
        return torch.cat([cells[..., :4], score, torch.ones_like(score)], dim=2)


class PersonTask:
    """What a stronger detector sees in scenes up close; learned from darker, smaller, and worse views of them."""

    name = "person"
    schedule = Schedule(pictures=872_000, batch=64, rate=2e-3, decay=0.03, warm_up=6_000)
    input_shape = (1, 3, USED_SIDE, USED_SIDE)
    any_size = False
    output_names = ("rows",)

    def network(self) -> nn.Module:
        return PersonNetwork()

    def inference(self, network: nn.Module) -> nn.Module:
        return PersonRows(network)

    def prepare(self) -> None:
        kept, held = scenes()
        self._scenes = [scene for scene in kept for _ in range(_OFTEN.get(scene.kind, 1))]
        views = [whole_view(scene.image(), USED_SIDE) for scene in held]
        generators = [np.random.default_rng((_SEED, 1, place)) for place in range(len(held))]
        camera = [seen_by_camera(view.image, rng) for view, rng in zip(views, generators, strict=True)]
        self._held = [
            torch.stack([tensor(np.asarray(image)) for image in images])
            for images in ([view.image for view in views], camera)
        ]
        self._held_answers = [answers(scene, view) for scene, view in zip(held, views, strict=True)]

    def sample(self, position: int) -> Sample:
        """(3, side, side) uint8, and for every cell: yes or no, does it count, box; and whether the picture counts."""
        epoch, place = divmod(position, len(self._scenes))
        row = np.random.default_rng((_SEED, 2, epoch)).permutation(len(self._scenes))[place]
        rng = np.random.default_rng((_SEED, 3, position))
        scene = self._scenes[row]
        if position < _AS_USED_FROM:
            view = random_view(scene.image(), SIDE, _NEAREST, _FURTHEST, rng)
        else:
            bent = _BENT if position >= _BENT_FROM else 0.0
            view = random_view(scene.image(), USED_SIDE, _NEAREST_USED, _FURTHEST_USED, rng, bent_share=bent)
        return tensor(np.asarray(seen_by_camera(view.image, rng))), *answers(scene, view)

    def loss(self, network: nn.Module, batch: list[Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        pictures, yes, counts, boxes, sure = batch
        found = run(network, pictures)
        logit = found[:, 4]
        per_cell = _CELLS * wrong_cells(logit, yes, counts)
        somebody = yes.flatten(1).amax(dim=1)
        top = (logit - 100 * (1 - counts)).flatten(1).topk(_TOP, dim=1).values.mean(dim=1)
        of_picture = (functional.binary_cross_entropy_with_logits(top, somebody, reduction="none") * sure).mean()
        off = missed(found[:, :4].permute(0, 2, 3, 1)[yes > 0], boxes.permute(0, 2, 3, 1)[yes > 0])
        off = off.sum() / max(1, len(off))  # a batch may have nobody
        return per_cell + _PICTURE * of_picture + off, {"cells": per_cell, "picture": of_picture, "boxes": off}

    @torch.no_grad()
    def measure(self, network: nn.Module) -> dict[str, float]:
        """On whole held-out scenes, clean and camera-like: how surely people's pictures score above empty ones."""
        somebody = np.array([yes.any() for yes, *_ in self._held_answers])
        sure = np.array([answer[3] > 0 for answer in self._held_answers])
        figures = {}
        for name, pictures in zip(("clean", "camera"), self._held, strict=True):
            device = next(network.parameters()).device
            found = torch.cat([run(network, part.to(device)) for part in pictures.split(64)]).cpu()
            best = found[:, 4].flatten(1).amax(dim=1).numpy()
            people, empty = best[sure & somebody], best[sure & ~somebody]
            figures[f"above_{name}"] = float((people[:, None] > empty[None]).mean())
            figures[f"found_{name}"] = float((people > np.quantile(empty, 0.97)).mean())
            yes = torch.from_numpy(np.stack([answer[0] for answer in self._held_answers])) > 0
            boxes = torch.from_numpy(np.stack([answer[2] for answer in self._held_answers]))
            off = missed(found[:, :4].permute(0, 2, 3, 1)[yes], boxes.permute(0, 2, 3, 1)[yes])
            figures[f"overlap_{name}"] = float(1 - off.mean())
        return figures


def people(scene: Scene) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(n, 4) boxes of everybody who may be there, and (n,) which are certain.

    A face without a certain person makes one possible: pets have faces, too.
    """
    agreed = (scene.person_scores >= _AGREED) & (scene.person_votes >= _AGREEING)
    certain = (scene.person_scores >= _SURE) | agreed
    faces = scene.faces[(scene.face_scores >= _FACE) & (scene.face_votes >= _AGREEING), :4]
    middles = (faces[:, None, :2] + faces[:, None, 2:]) / 2
    known = scene.persons[certain]
    owned = ((middles >= known[:, :2]) & (middles <= known[:, 2:])).all(axis=-1).any(axis=1)
    bodies = faces[~owned] + np.tile(faces[~owned, 2:] - faces[~owned, :2], 2) * np.array([-1, -0.5, 1, 3], np.float32)
    return np.concatenate([scene.persons, bodies]), np.concatenate([certain, np.zeros(len(bodies), np.bool_)])


def answers(
    scene: Scene, view: View
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], np.float32]:
    """What the teacher would say of a view: yes, counts, and boxes of its cells, and 1 if it is sure of the whole.

    It is not sure if somebody may be in the view, but nobody certainly is.
    """
    side = view.image.width
    persons, certain = people(scene)
    placed = view.boxes(persons)
    inside = np.clip(placed, 0, side)
    sizes, seen = placed[:, 2:] - placed[:, :2], inside[:, 2:] - inside[:, :2]
    share = seen.prod(axis=1) / np.maximum(sizes.prod(axis=1), 1e-6)
    asked = certain & (share >= _SEEN) & (seen.min(axis=1) * 2 >= _SMALLEST) & (seen.max(axis=1) >= _SMALLEST)
    cells = wanted_cells(side, STRIDE, inside[asked], inside[~asked & (share > 0)])
    doubtful = bool((cells.counts == 0).any()) and not cells.yes.any()
    return cells.yes, cells.counts, cells.boxes, np.float32(not doubtful)
