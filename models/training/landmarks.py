"""The landmark network: finds eyes, nose, and mouth of one face seen up close, so that it can be aligned.

A detector small enough for a home's box says where a face is, but its points are off by a tenth of the eyes' distance,
and an embedding aligned by them hardly fits the person. A network of the same size that sees one face at a time is
several times more exact (Zhang et al. 2016, doi:10.1109/LSP.2016.2603342, also divide the work like this).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
import torch
from torch import Tensor, nn
from torch.nn import functional

from .grounds import grounds
from .inputs import run, tensor
from .layers import Squeeze, conv
from .pasting import Portrait, Portraits, draw
from .scenes import Scene, scenes
from .task import Sample, Schedule
from .views import drawn, rotation, seen_by_camera

SIDE, FACE = 96, 56
"""Pixels of its input, and of the face in it, as a detector boxes it."""
_SEED = 19
_HELD_OUT_EVERY = 25
"""One portrait in this many is never trained on."""
_IN_SCENES = 0.35
"""Share of the samples with faces where they were photographed; the others are portraits on any background."""
_SURE, _AGREEING, _SMALLEST, _MOST_LEAN = 0.6, 3, 28.0, 4.0
"""Their least score, looks, and width; the most degrees of lean: YuNet reports less than half of a much greater one."""
_CUT = 2.6
"""Side of what is kept of a scene around a face, in faces."""
_FIRST = 0.5
"""Share of the samples framed like a first look, by a detector's box; the others like a second one, nearly upright."""
_LEANS, _SHIFTS, _SCALES = (20.0, 4.0), (0.07, 0.025), (0.18, 0.1)
"""Standard deviations for either look: degrees, sides, logarithm of the size."""
_STRETCH = 0.06
_HIDDEN = 0.12
"""Share of the faces behind a hand, a cup, or a scarf."""
_FINE = 0.05
"""Of a face's width: smaller errors count squared, larger ones linearly."""
_MIRRORED = [1, 0, 2, 4, 3]


@dataclass(frozen=True, slots=True)
class Seen:
    """A face where it was photographed. row: (14,) box and points in the image's pixels."""

    image: Image.Image
    row: NDArray[np.float32]


class LandmarkNetwork(nn.Module):
    """(n, 3, 96, 96) in -1..1 → (n, 10): x and y of the five points from the center, in sides."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv(3, 16, 3, 2),  # 48
            conv(16, 32, 3, 2),  # 24
            Squeeze(32, 16),
            conv(32, 64, 3, 2),  # 12
            *(Squeeze(64, 32) for _ in range(2)),
            conv(64, 96, 3, 2),  # 6
            *(Squeeze(96, 48) for _ in range(2)),
            conv(96, 48),
        )
        # All places at once, each with its own weights, because the position is the question.
        self.out = nn.Conv2d(48, 10, SIDE // 16)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.out(self.body(pictures)).flatten(1)


class LandmarkTask:
    """YuNet's points in portraits and scenes, from several looks at each."""

    name = "landmarks"
    schedule = Schedule(pictures=1_200_000, batch=128, rate=3e-3, decay=0.02, warm_up=10_000)
    input_shape = (1, 3, SIDE, SIDE)
    any_size = False
    output_names = ("points",)

    def network(self) -> nn.Module:
        return LandmarkNetwork()

    def inference(self, network: nn.Module) -> nn.Module:
        return network

    def prepare(self) -> None:
        kept, held = scenes()
        self._portraits, self._grounds = Portraits(every=1), grounds()
        self._seen = [face for scene in kept for face in _faces(scene)]
        rows = np.arange(len(self._portraits))
        self._rows = rows[rows % _HELD_OUT_EVERY != 0]
        held_portraits = [self._portraits[row] for row in rows[rows % _HELD_OUT_EVERY == 0].tolist()]
        held_seen = [face for scene in held for face in _faces(scene)]
        self._held = {
            name: [
                self._view(face, np.random.default_rng((_SEED, 1, place)), first=False)
                for place, face in enumerate(faces)
            ]
            for name, faces in (("portraits", held_portraits), ("scenes", held_seen))
        }

    def sample(self, position: int) -> Sample:
        """(3, side, side) uint8 and (10,): the points from the center, in sides."""
        rng = np.random.default_rng((_SEED, 2, position))
        if rng.random() < _IN_SCENES:
            face: Portrait | Seen = self._seen[rng.integers(len(self._seen))]
        else:
            face = self._portraits[int(self._rows[rng.integers(len(self._rows))])]
        return self._view(face, rng, first=rng.random() < _FIRST)

    def _view(self, face: Portrait | Seen, rng: np.random.Generator, *, first: bool) -> Sample:
        look = 0 if first else 1
        linear = rotation(np.deg2rad(rng.normal(0, _LEANS[look])))
        stretch, size = np.exp(rng.normal(0, _STRETCH)), np.exp(rng.normal(0, _SCALES[look]))
        linear = linear @ np.diag([stretch, 1 / stretch]) * size * FACE / (face.row[2] - face.row[0])
        points = face.row[4:].reshape(5, 2)
        center = SIDE * (0.5 + rng.normal(0, _SHIFTS[look], 2))
        shift = center - linear @ points.mean(axis=0)
        if isinstance(face, Seen):
            image = drawn(face.image, np.column_stack([linear, shift]), SIDE, (0, 0, 0)).image
        else:
            image = Image.fromarray(self._grounds[rng.integers(len(self._grounds))]).crop((0, 0, SIDE, SIDE))
            draw(image, face, linear, linear @ (np.array(face.image.size) / 2) + shift, rng)
        points = points @ linear.T + shift
        if rng.random() < _HIDDEN:
            self._hide(image, rng)
        if rng.random() < 0.5:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            points = (points * [-1, 1] + [SIDE, 0])[_MIRRORED]
        return tensor(np.asarray(seen_by_camera(image, rng))), (points / SIDE - 0.5).astype(np.float32).ravel()

    def _hide(self, image: Image.Image, rng: np.random.Generator) -> None:
        """Cover a part of the image with something from another picture, in place."""
        size = tuple(rng.integers(SIDE // 8, SIDE // 3, 2).tolist())
        corner = tuple(rng.integers(SIDE // 6, SIDE * 2 // 3, 2).tolist())
        image.paste(Image.fromarray(self._grounds[rng.integers(len(self._grounds))]).resize(size), corner)

    def loss(self, network: nn.Module, batch: list[Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        pictures, points = batch
        off = (run(network, pictures) - points) * SIDE / FACE
        return functional.smooth_l1_loss(off, torch.zeros_like(off), beta=_FINE), {"off": off.abs().mean()}

    @torch.no_grad()
    def measure(self, network: nn.Module) -> dict[str, float]:
        """Distances by which held-out faces' points are off, in eye distances: the median and the worst."""
        device, figures = next(network.parameters()).device, {}
        for name, samples in self._held.items():
            found = run(network, torch.stack([sample[0] for sample in samples]).to(device)).cpu()
            wanted = torch.from_numpy(np.stack([sample[1] for sample in samples])).reshape(-1, 5, 2)
            eyes = (wanted[:, 1] - wanted[:, 0]).norm(dim=1)
            off = (found.reshape(-1, 5, 2) - wanted).norm(dim=2).mean(dim=1) / eyes.clamp(min=0.05)
            figures |= {f"{name}_off": float(off.median()), f"{name}_worst": float(off.quantile(0.9))}
        return figures


def _faces(scene: Scene) -> list[Seen]:
    """The faces that the teacher is sure of, cropped with their surroundings."""
    found = []
    for row, score, votes in zip(scene.faces, scene.face_scores, scene.face_votes, strict=True):
        width, eyes = row[2] - row[0], row[6:8] - row[4:6]
        lean = abs(np.rad2deg(np.arctan2(eyes[1], eyes[0])))
        if score < _SURE or votes < _AGREEING or width < _SMALLEST or lean > _MOST_LEAN or scene.kind == "negative":
            continue
        reach, middle = _CUT * width / 2, (row[:2] + row[2:4]) / 2
        corner = np.floor(middle - reach)
        cut = scene.image().crop((*corner.astype(int).tolist(), *np.ceil(middle + reach).astype(int).tolist()))
        step = max(1, int(width / (1.5 * FACE)))  # what is shown is never larger
        found.append(Seen(cut.reduce(step), (row - np.tile(corner, 7)).astype(np.float32) / step))
    return found
