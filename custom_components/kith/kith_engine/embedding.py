"""Aligned face → vector."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .errors import EngineError
from .inputs import network_input
from .network import Network, Vectors
from .picture import Picture
from .runtimes import Session

SIDE = 112
"""Pixels of the aligned face, each way."""
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float64
)
"""Where the five landmarks of a face belong, (5, 2): ArcFace's (Deng et al. 2019, insightface `arcface_dst`)."""


class Embedded(NamedTuple):
    """What an embedding network makes of a face.

    direction: (d,) float32 of length 1. clarity: how long the network's vector was. Networks trained to tell people
    apart give short vectors where they see little of a face (Meng et al. 2021, MagFace); in the network's own units.
    """

    direction: NDArray[np.float32]
    clarity: float


class Embedder:
    """One embedding network and how it is fed."""

    def __init__(self, session: Session, network: Network) -> None:
        assert isinstance(network.output, Vectors)  # the manifest's reader has seen to it
        self._session = session
        self._input = network.input
        self._output = network.output
        self._fitting = _fitting(network.output.template, network.input.side)

    @property
    def dimensions(self) -> int:
        return self._output.dimensions

    def embed(self, aligned: NDArray[np.uint8]) -> Embedded:
        """(112, 112, 3) RGB → its vector. Raises EngineError if the network gives no direction at all."""
        prepared = network_input(self._fitted(aligned), self._input)
        vector = self._vector(prepared)
        if self._output.mirror:
            vector = vector + self._vector(np.ascontiguousarray(prepared[..., ::-1]))
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length) or length < np.finfo(np.float32).eps:
            raise EngineError(
                "the embedding network gave no usable vector; fetch the pack again, or report this picture"
            )
        return Embedded(vector / np.float32(length), length)

    def _fitted(self, aligned: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """As the network wants a face aligned."""
        if self._fitting is None:
            return aligned
        size = (self._input.side, self._input.side)
        face = Image.fromarray(aligned)
        return np.asarray(face.transform(size, Image.Transform.AFFINE, self._fitting, Image.Resampling.BICUBIC))

    def _vector(self, prepared: NDArray[np.float32]) -> NDArray[np.float32]:
        return next(iter(self._session.run(prepared).values())).reshape(-1)


def _fitting(template: tuple[tuple[float, float], ...] | None, side: int) -> tuple[float, ...] | None:
    """What maps the pixels of a network's input to those of the aligned face: nearly the same as if the face were
    aligned to the network's own template, and every network of a pack is fed from one aligned face.
    """
    if template is None:
        return None
    return tuple(similarity(np.array(template) * side, TEMPLATE).ravel().tolist())


def align(picture: Picture, landmarks: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(5, 2) landmarks at full size → (112, 112, 3) RGB, the face upright in its usual place and size."""
    return picture.warp(similarity(TEMPLATE, landmarks.astype(np.float64)), SIDE)


def similarity(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 2) points each → (2, 3): rotation, one scale and shift that bring source to target with least squares.

    Umeyama 1991, "Least-squares estimation of transformation parameters between two point patterns", eq. 40 to 42.
    """
    from_mean, to_mean = source.mean(axis=0), target.mean(axis=0)
    from_centred, to_centred = source - from_mean, target - to_mean
    rotation_left, stretch, rotation_right = np.linalg.svd(to_centred.T @ from_centred / len(source))
    signs = np.array([1.0, np.sign(np.linalg.det(rotation_left) * np.linalg.det(rotation_right))])
    rotation = rotation_left @ np.diag(signs) @ rotation_right
    scale = (stretch * signs).sum() / from_centred.var(axis=0).sum()
    linear = scale * rotation
    return np.column_stack([linear, to_mean - linear @ from_mean])
