"""What the trainer must know about one network."""

from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor, nn

Sample = tuple[Any, ...]
"""Arrays and numbers of one picture; the loader stacks them to tensors."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long to train, with which batch size and learning rate.

    pictures: the total number seen, the length of the learning rate's cosine. rate: the highest one, after `warm_up`
    pictures. average: how much of the averaged weights one step keeps.
    """

    pictures: int
    batch: int
    rate: float
    decay: float
    warm_up: int
    average: float = 0.999


class Task(Protocol):
    """One network: data, loss, and measurements. Samples depend only on their position."""

    name: str
    schedule: Schedule
    input_shape: tuple[int, int, int, int]
    """Of the exported network, which takes one picture."""
    any_size: bool
    """The exported network takes other heights and widths, too, in multiples of 32."""
    output_names: tuple[str, ...]

    def network(self) -> nn.Module: ...

    def inference(self, network: nn.Module) -> nn.Module:
        """The network to export, with anything that only its use needs."""
        ...

    def prepare(self) -> None:
        """Make or read cached data, such as teachers' answers."""
        ...

    def sample(self, position: int) -> Sample:
        """The picture at this position of the whole training. Runs in the loader's process."""
        ...

    def loss(self, network: nn.Module, batch: list[Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss to minimize, and its parts for the log."""
        ...

    def measure(self, network: nn.Module) -> dict[str, float]:
        """Measurements on held-out data."""
        ...
