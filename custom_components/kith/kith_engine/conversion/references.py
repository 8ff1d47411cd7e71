"""What a network must answer to a reproducible picture: onnxruntime's numbers, stored beside Kith's code.

Written by `python -m evaluation.references`. With the files' digests they show that the files made here are those that
were tested when Kith was made, and that this machine's ncnn computes them correctly.
"""

from dataclasses import asdict, dataclass
import hashlib
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import PackError

ANSWERS = Path(__file__).parent / "answers"
TOLERANCE = 1e-3
"""Share of an output's largest number. Seen on x86-64, real pictures: 3e-4; other CPUs add in another order. A wrong
layer or a weight in the wrong place is off by far more."""
_SMALLEST = 0.1
"""Stands for an output's largest number if that is smaller still (scores of a picture with nothing in it)."""
_KEPT = 96
"""Numbers stored of each output, spread evenly."""
_COARSE = 16
"""Pixels across a patch of the picture: neither all noise nor all plain."""
_SHORT = 12
"""Hexadecimal digits of a digest in a file's name."""


class Sample(NamedTuple):
    """Some numbers of one output, and the output's shape."""

    shape: tuple[int, ...]
    numbers: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """SHA-256 of the published network and of the files made of it; the picture's shape and range; what was answered.

    param, weights: what ncnn runs. onnx: what onnxruntime runs, where the network is published in another form.
    """

    model: str
    param: str
    weights: str
    shape: tuple[int, int, int, int]
    lowest: float
    highest: float
    outputs: dict[str, Sample]
    onnx: str | None = None

    def picture(self) -> NDArray[np.float32]:
        """The reproducible picture, of this shape."""
        random = np.random.RandomState(20261123)
        _, channels, height, width = self.shape
        patches = random.random_sample((channels, -(-height // _COARSE), -(-width // _COARSE)))
        patches = patches.repeat(_COARSE, axis=1).repeat(_COARSE, axis=2)[:, :height, :width]
        shares = 0.75 * patches + 0.25 * random.random_sample((channels, height, width))
        return (self.lowest + (self.highest - self.lowest) * shares[None]).astype(np.float32)

    def compare(self, outputs: dict[str, NDArray[np.float32]]) -> None:
        """Raises PackError if these answers to the picture are not as they should be."""
        if outputs.keys() != self.outputs.keys():
            raise PackError(f"it answers {', '.join(outputs)} instead of {', '.join(self.outputs)}")
        for name, wanted in self.outputs.items():
            seen = sample(outputs[name])
            if seen.shape != wanted.shape:
                raise PackError(f"its output {name} has the shape {seen.shape} instead of {wanted.shape}")
            off = difference(np.array(seen.numbers), np.array(wanted.numbers))
            if not off <= TOLERANCE:  # NaN is off, too
                raise PackError(f"its output {name} is off by {off:.1g} of its largest number")


def difference(numbers: NDArray[np.floating], wanted: NDArray[np.floating]) -> float:
    """Difference of two outputs, to compare with TOLERANCE; NaN if either has one."""
    return float(np.abs(numbers - wanted).max() / max(np.abs(wanted).max(), _SMALLEST))


def sample(output: NDArray[np.float32]) -> Sample:
    places = np.linspace(0, output.size - 1, min(_KEPT, output.size)).astype(np.intp)
    return Sample(output.shape, tuple(float(f"{number:.6g}") for number in output.reshape(-1)[places]))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def reference_for(sha256: str) -> Reference | None:
    """The stored answers of the network with this digest; None if there are none."""
    found = (_read(path) for path in ANSWERS.glob(f"*-{sha256[:_SHORT]}.json"))
    return next((reference for reference in found if reference.model == sha256), None)


def is_known(name: str) -> bool:
    """Was any network of this name, without suffix, tried?"""
    return any(path.stem.rpartition("-")[0] == name for path in ANSWERS.glob("*.json"))


def _read(path: Path) -> Reference:
    stored = json.loads(path.read_text(encoding="utf-8"))
    outputs = {name: Sample(tuple(shape), tuple(numbers)) for name, (shape, numbers) in stored.pop("outputs").items()}
    return Reference(**{**stored, "shape": tuple(stored["shape"]), "outputs": outputs})


def store(reference: Reference, model: Path) -> Path:
    """For `reference_for`; returns the file. Those of earlier networks stay: homes may still run them."""
    ANSWERS.mkdir(exist_ok=True)
    file = ANSWERS / f"{model.stem}-{reference.model[:_SHORT]}.json"
    stored = {key: value for key, value in asdict(reference).items() if value is not None}
    file.write_text(json.dumps(stored) + "\n", encoding="utf-8")
    return file
