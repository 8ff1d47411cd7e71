"""The mouth network: is mouth or nose of an aligned face behind a mask, a scarf, or a collar?

Half of what an embedding compares is then hidden, and the owner should hear why Kith is not sure. Covered faces are
drawn: cloth of any color and pattern over the lower part of a real face, its edge somewhere between the lower lids and
the upper lip. What only reaches the chin, and what lies above the nose, covers no mouth.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
import torch
from torch import Tensor, nn
from torch.nn import functional

from .aligned import SIDE, Faces, epoch_order, held_out_faces, training_faces, without_border
from .embedding import camera_like, moved
from .grounds import before_ground, grounds
from .inputs import run, tensor
from .layers import conv
from .task import Sample, Schedule

_SEED = 23
_COVERED = 0.5
"""Share of the samples."""
_CLEAN_SHARE = 0.25
_BEFORE_GROUND = 0.4
_MIDDLE = 56.0
_NOSE, _MOUTH, _CHIN = 71.7, 92.3, 112.0
"""Where they are in an aligned face, in pixels from its top."""
_CARELESS = 1e-2
"""Share of bare faces that may be called covered, where the share of covered ones that are found is measured."""


class MouthNetwork(nn.Module):
    """(n, 3, 112, 112) in -1..1 → (n, 1): above 0 if covered."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv(3, 12, 3, 2),  # 56
            conv(12, 16, 3, 2),  # 28
            conv(16, 24, 3, 2),  # 14
            conv(24, 32, 3, 2),  # 7
            conv(32, 32, 3),
        )
        # A weight for each place, because where the mouth should be is known.
        self.out = nn.Conv2d(32, 1, SIDE // 16)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.out(self.body(pictures)).flatten(1)


class MouthTask:
    """The faces that the embedding learns from, half of them with something over nose and mouth."""

    name = "mouth"
    schedule = Schedule(pictures=300_000, batch=128, rate=3e-3, decay=0.02, warm_up=5_000)
    input_shape = (1, 3, SIDE, SIDE)
    any_size = False
    output_names = ("covered",)

    def __init__(self) -> None:
        self._faces: Faces
        self._orders: dict[int, NDArray[np.intp]] = {}

    def network(self) -> nn.Module:
        return MouthNetwork()

    def inference(self, network: nn.Module) -> nn.Module:
        return network

    def prepare(self) -> None:
        self._faces, held = training_faces(), held_out_faces()
        self._grounds = grounds()
        self._held = [
            self._view(picture, np.random.default_rng((_SEED, 1, covered, row)), covered=covered)
            for covered in (False, True)
            for row, picture in enumerate(held.pictures)
        ]

    def sample(self, position: int) -> Sample:
        """(3, 112, 112) uint8 and (1,): 1 if covered."""
        epoch, place = divmod(position, len(self._faces.pictures))
        if epoch not in self._orders:
            self._orders = {epoch: epoch_order(_SEED, epoch, len(self._faces.pictures))}
        rng = np.random.default_rng((_SEED, 2, position))
        return self._view(self._faces.pictures[self._orders[epoch][place]], rng, covered=rng.random() < _COVERED)

    def _view(self, picture: NDArray[np.uint8], rng: np.random.Generator, *, covered: bool) -> Sample:
        if rng.random() < _BEFORE_GROUND:
            picture = before_ground(picture, self._ground(rng), rng)
        elif rng.random() < 0.5:
            picture = without_border(picture, rng)
        picture = self._covered(picture, rng) if covered else self._distracted(picture, rng)
        picture = moved(picture, rng) if rng.random() < _CLEAN_SHARE else camera_like(picture, rng)
        if rng.random() < 0.5:
            picture = picture[:, ::-1]
        return tensor(picture), np.array([covered], np.float32)

    def _covered(self, picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
        """Over nose and mouth, or over the mouth only."""
        edge = rng.uniform(57, _NOSE + 3) if rng.random() < 0.8 else rng.uniform(_NOSE + 4, _MOUTH - 8)
        dip = rng.uniform(0, 12)  # a mask's edge is highest on the nose's bridge, a scarf's is level
        lower = rng.uniform(_MOUTH + 12, 150)
        half = rng.uniform(28, 60)
        points = [
            (_MIDDLE - half, edge + dip),
            (_MIDDLE, edge),
            (_MIDDLE + half, edge + dip),
            (_MIDDLE + half * rng.uniform(0.4, 1.1), lower),
            (_MIDDLE - half * rng.uniform(0.4, 1.1), lower),
        ]
        return self._laid(picture, points, rng)

    def _distracted(self, picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
        """A collar under the mouth, a hat or sunglasses above the nose, or nothing."""
        chance = rng.random()
        if chance < 0.15:
            top = rng.uniform(_MOUTH + 9, _CHIN + 6)
            return self._laid(
                picture, [(0, top), (_MIDDLE, top + rng.uniform(-3, 6)), (112, top), (112, 130), (0, 130)], rng
            )
        if chance < 0.3:
            bottom = rng.uniform(20, 62)
            top = rng.uniform(-30, bottom - 14) if bottom > 45 else -30
            return self._laid(picture, [(0, top), (112, top), (112, bottom), (_MIDDLE, bottom + 2), (0, bottom)], rng)
        return picture

    def _laid(
        self, picture: NDArray[np.uint8], points: list[tuple[float, float]], rng: np.random.Generator
    ) -> NDArray[np.uint8]:
        """Cloth of one color or with a pattern, in the face's light."""
        photo = Image.fromarray(picture)
        shape = Image.new("L", photo.size)
        wandering = rng.normal(0, 2, (len(points), 2))
        ImageDraw.Draw(shape).polygon(
            [(x + dx, y + dy) for (x, y), (dx, dy) in zip(points, wandering, strict=True)], fill=255
        )
        shape = shape.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 2)))
        if rng.random() < 0.3:
            cloth = Image.fromarray(self._ground(rng)).resize(photo.size)
        else:
            color = np.clip(rng.uniform(10, 245) + rng.normal(0, 30, 3) * (rng.random() < 0.6), 0, 255)
            folds = np.cumsum(rng.normal(0, rng.uniform(0, 4), SIDE))[:, None, None]
            cloth = Image.fromarray(np.clip(color + folds + np.zeros((SIDE, SIDE, 3)), 0, 255).astype(np.uint8))
        light = photo.convert("L").filter(ImageFilter.GaussianBlur(12)).convert("RGB")
        return np.asarray(Image.composite(Image.blend(cloth, light, rng.uniform(0.05, 0.45)), photo, shape))

    def _ground(self, rng: np.random.Generator) -> NDArray[np.uint8]:
        return self._grounds[rng.integers(len(self._grounds))]

    def loss(self, network: nn.Module, batch: list[Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        pictures, covered = batch
        found = run(network, pictures)
        right = ((found > 0) == (covered > 0.5)).float().mean()
        return functional.binary_cross_entropy_with_logits(found, covered), {"right": right}

    @torch.no_grad()
    def measure(self, network: nn.Module) -> dict[str, float]:
        """Of held-out faces: bare ones that are called covered, and covered ones that are found; also if 1 % may be."""
        device = next(network.parameters()).device
        pictures = torch.stack([picture for picture, _ in self._held])
        found = torch.cat([run(network, part.to(device)).cpu() for part in pictures.split(200)]).ravel()
        bare, covered = found.chunk(2)
        careful = bare.quantile(1 - _CARELESS)
        return {
            "called_covered": float((bare > 0).float().mean()),
            "found": float((covered > 0).float().mean()),
            "found_careful": float((covered > careful).float().mean()),
        }
