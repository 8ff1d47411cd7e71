"""The embedding: a small network that says of a camera's picture what the teacher says of the clean one.

The cosine to the teacher alone is a trap: when it is unsure of a bad picture, a network that only seeks the nearest
answer draws toward the middle, and people become alike. So the loss also asks whose face it is among all faces of the
set, and whether the batch keeps the teacher's similarities (Park et al. 2019, "Relational knowledge distillation"). The
teacher's own mean is subtracted beforehand: what all faces share tells nobody apart.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
import torch
from torch import Tensor, nn
from torch.nn import functional

from .aligned import SIDE, Faces, epoch_order, held_out_faces, training_faces, without_border
from .camera import as_camera
from .grounds import before_ground, grounds
from .inputs import run, tensor
from .layers import Squeeze, Twice, conv
from .recognizer import DIMENSIONS
from .task import Sample, Schedule
from .views import rotation

_SEED = 11
_CLEAN_SHARE = 0.3
_BEFORE_GROUND = 0.4
"""Share of the faces put on a real background: what is around a face says nothing about who it is."""
_FACE_WIDTH = 76
"""Of an ordinary face in the 112 pixels of an aligned one, as detectors box it."""
_SMALLEST, _LARGEST = 20, 72
"""Face widths from cameras, in pixels: those that Kith compares, and a bit beyond at both ends."""
_TEMPERATURE = 0.07
_OTHERS = 8192
"""Faces of the set, drawn again for each batch, among which one must be found: all 48,000 cost too much."""
_AMONG_ALL, _LIKENESS = 0.1, 10.0
"""Weights of the loss's parts, so that each pulls about as strongly as the cosine."""
_FMR = 1e-3
_SETTLED = 3
"""First layers that no longer learn: they have known edges for long, and would cost a third of the time."""


class Student(nn.Module):
    """(n, 3, 112, 112) in -1..1 → (n, 256), not normalized."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv(3, 24, 3, 2),  # 56
            conv(24, 64, 3, 2),  # 28
            Twice(64),
            conv(64, 128, 3, 2),  # 14
            *(Squeeze(128, 64) for _ in range(6)),
            conv(128, 128, 3, 2),  # 7
            *(Squeeze(128, 64) for _ in range(6)),
            conv(128, 384),
        )
        # A weight for each of the 7 x 7 places, as in MobileFaceNet: a corner of the picture is no eye.
        self.places = nn.Sequential(nn.Conv2d(384, 384, 7, groups=384, bias=False), nn.BatchNorm2d(384))
        self.out = nn.Conv2d(384, DIMENSIONS, 1)
        self.body[:_SETTLED].requires_grad_(requires_grad=False)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.out(self.places(self.body(pictures))).flatten(1)

    def train(self, mode: bool = True) -> "Student":
        super().train(mode)
        self.body[:_SETTLED].eval()
        return self


class EmbeddingTask:
    """Distillation on aligned faces."""

    name = "embedding"
    schedule = Schedule(pictures=5_000_000, batch=64, rate=2e-3, decay=0.05, warm_up=20_000)
    input_shape = (1, 3, SIDE, SIDE)
    any_size = False
    output_names = ("embedding",)

    def __init__(self) -> None:
        self._faces: Faces
        self._held: Faces
        self._bank: Tensor
        self._orders: dict[int, NDArray[np.intp]] = {}

    def network(self) -> nn.Module:
        return Student()

    def inference(self, network: nn.Module) -> nn.Module:
        return network

    def prepare(self) -> None:
        self._faces, self._held = training_faces(), held_out_faces()
        self._grounds = grounds()
        self._bank = torch.from_numpy(self._faces.centered(self._faces))
        self._wanted = torch.from_numpy(self._held.centered(self._faces))
        self._held_clean = [tensor(picture) for picture in self._held.pictures]
        generators = [np.random.default_rng((_SEED, 1, row)) for row in range(len(self._held.pictures))]
        self._held_camera = [
            tensor(camera_like(picture, rng)) for picture, rng in zip(self._held.pictures, generators, strict=True)
        ]

    def sample(self, position: int) -> Sample:
        """(3, 112, 112) uint8 and the row of the teacher's answer."""
        epoch, place = divmod(position, len(self._faces.pictures))
        if epoch not in self._orders:
            self._orders = {epoch: epoch_order(_SEED, epoch, len(self._faces.pictures))}
        row = int(self._orders[epoch][place])
        rng = np.random.default_rng((_SEED, 2, position))
        picture = self._faces.pictures[row]
        if rng.random() < _BEFORE_GROUND:
            picture = before_ground(picture, self._grounds[rng.integers(len(self._grounds))], rng)
        elif rng.random() < 0.5:
            picture = without_border(picture, rng)
        picture = moved(picture, rng) if rng.random() < _CLEAN_SHARE else camera_like(picture, rng)
        if rng.random() < 0.5:
            picture = picture[:, ::-1]  # the teacher saw both sides: a mirrored face is still the same person
        return tensor(picture), row

    def loss(self, network: nn.Module, batch: list[Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        pictures, rows = batch
        self._bank = self._bank.to(pictures.device)
        wanted = self._bank[rows]
        found = functional.normalize(run(network, pictures).float())
        cosine = (found * wanted).sum(dim=1)
        likeness = wanted @ wanted.T
        alike = functional.mse_loss(found @ found.T, likeness) + functional.mse_loss(found @ wanted.T, likeness)
        drawn = torch.randint(len(self._bank), (_OTHERS,))  # by the generator whose state is saved
        others = self._bank[drawn.to(pictures.device)]
        everybody = torch.cat([wanted, others]).T
        truth = functional.softmax(wanted @ everybody / _TEMPERATURE, dim=1)
        said = functional.log_softmax(found @ everybody / _TEMPERATURE, dim=1)
        among_all = functional.kl_div(said, truth, reduction="batchmean")
        loss = 1 - cosine.mean() + _AMONG_ALL * among_all + _LIKENESS * alike
        return loss, {"cosine": cosine.mean(), "among_all": among_all, "likeness": alike}

    @torch.no_grad()
    def measure(self, network: nn.Module) -> dict[str, float]:
        """Cosines to the teacher on held-out faces, and how well people are told apart.

        verified: share of camera-like pictures that match their mirrored clean one, at a threshold that one in a
        thousand pairs of different people reaches.
        """
        clean, mirrored, camera = (
            _embedded(network, pictures)
            for pictures in (self._held_clean, [one.flip(-1) for one in self._held_clean], self._held_camera)
        )
        wanted = self._wanted.to(clean.device)
        return {
            "held_clean": float((clean * wanted).sum(dim=1).mean()),
            "held_camera": float((camera * wanted).sum(dim=1).mean()),
            "verified": _verified(camera @ mirrored.T),
        }


def camera_like(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A clean (112, 112, 3) picture → the same face from a camera some meters away, aligned by imprecise landmarks."""
    side = round(SIDE * np.exp(rng.uniform(np.log(_SMALLEST), np.log(_LARGEST))) / _FACE_WIDTH)
    filtering = Image.Resampling.BOX if rng.random() < 0.5 else Image.Resampling.BILINEAR
    small = Image.fromarray(picture).resize((side, side), filtering)
    return _aligned(as_camera(small, rng), rng, 1.0)


def moved(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A good picture, aligned slightly differently and in slightly different light."""
    light = np.float32(rng.uniform(0.8, 1.2))
    lit = np.clip(picture.astype(np.float32) * light + np.float32(rng.uniform(-15, 15)), 0, 255)
    return _aligned(Image.fromarray(lit.astype(np.uint8)), rng, 0.5)


def _aligned(image: Image.Image, rng: np.random.Generator, wandering: float) -> NDArray[np.uint8]:
    """Enlarge to 112 x 112; turned, scaled, and shifted as by landmarks that are off by one or two of the camera's
    pixels.

    What lies beyond the picture's edge is black, as in the engine.
    """
    angle = np.deg2rad(rng.normal(0, 3.0) * wandering)
    scale = image.width / SIDE * np.exp(rng.normal(0, 0.04) * wandering)
    linear = scale * rotation(angle)
    shift = image.width / 2 + rng.normal(0, 0.018, 2) * wandering * image.width - linear @ np.full(2, SIDE / 2)
    matrix = tuple(np.column_stack([linear, shift]).ravel().tolist())
    return np.asarray(image.transform((SIDE, SIDE), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR))


def _embedded(network: nn.Module, pictures: list[Tensor]) -> Tensor:
    device = next(network.parameters()).device
    parts = [torch.stack(pictures[start : start + 100]).to(device) for start in range(0, len(pictures), 100)]
    return functional.normalize(torch.cat([run(network, part).float() for part in parts]))


def _verified(likeness: Tensor) -> float:
    """(n, n) cosines, with the same person on the diagonal → share of those above the threshold for _FMR."""
    same = likeness.diagonal()
    others = likeness[~torch.eye(len(likeness), dtype=torch.bool, device=likeness.device)]
    threshold = others.kthvalue(int(len(others) * (1 - _FMR))).values
    return float((same > threshold).float().mean())
