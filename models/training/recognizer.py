"""The teacher of the embedding: Open Model Zoo's face-reidentification-retail-0095, run by OpenVINO."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
import openvino
from PIL import Image

from .places import TEACHERS, needed

DIMENSIONS = 256
FILE = Path("face-reidentification-retail-0095/face-reidentification-retail-0095.xml")
"""Below the mirror's `omz`; the weights lie beside it."""
_SIDE = 128
_TEMPLATE = np.array(
    [[0.315569, 0.461574], [0.682623, 0.461574], [0.500262, 0.640505], [0.349472, 0.824692], [0.653437, 0.824692]]
)
"""Where the network wants eyes, nose and corners of the mouth, in sides of its input: as its `model.yml` says."""
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Where an aligned face has them, in pixels: ArcFace's template, as in kith_engine/embedding.py."""


class Recognizer:
    """Asked of one picture at a time, on one thread."""

    def __init__(self) -> None:
        # Some processors would compute in bfloat16 otherwise, which gives other numbers.
        options = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
        self._network = openvino.Core().compile_model(needed(TEACHERS.parent / "omz" / FILE), "CPU", options)
        self._matrix = _from_input_to_aligned()

    def vector(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(112, 112, 3) RGB, aligned → (256,) of length 1."""
        size, affine = (_SIDE, _SIDE), Image.Transform.AFFINE
        seen = Image.fromarray(picture).transform(size, affine, self._matrix, Image.Resampling.BICUBIC)
        blue_first = np.asarray(seen, np.float32)[..., ::-1].transpose(2, 0, 1)[None]
        vector = self._network([np.ascontiguousarray(blue_first)])[0].reshape(-1)
        return vector / np.linalg.norm(vector)


def _from_input_to_aligned() -> tuple[float, ...]:
    """Six numbers as Image.transform takes them: scale and shift that bring template to template, least squares."""
    ours, theirs = _TEMPLATE * _SIDE, TEMPLATE
    ours_centered, theirs_centered = ours - ours.mean(axis=0), theirs - theirs.mean(axis=0)
    scale = (ours_centered * theirs_centered).sum() / (ours_centered**2).sum()
    # Templates count from the middle of the first pixel, Pillow from its corner.
    x, y = theirs.mean(axis=0) + 0.5 - scale * (ours.mean(axis=0) + 0.5)
    return (scale, 0.0, x, 0.0, scale, y)
