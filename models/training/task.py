"""What the trainer must be told about one network."""

from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor, nn

Sample = tuple[Any, ...]
"""Arrays and numbers of one picture; the loader stacks them to tensors."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long, how many at a time, how fast.

    pictures: seen in all, the length of the cosine that the learning rate falls along. rate: the highest, after
    `warm_up` pictures. average: how much of the averaged weights one step keeps.
    """

    pictures: int
    batch: int
    rate: float
    decay: float
    warm_up: int
    average: float = 0.999


class Task(Protocol):
    """One network: data, loss and what is measured on the way. Samples depend on their position and nothing else."""

    name: str
    schedule: Schedule
    input_shape: tuple[int, int, int, int]
    """Of the exported network, which takes one picture."""
    any_size: bool
    """The exported network takes other heights and widths too, multiples of 32."""
    output_names: tuple[str, ...]

    def network(self) -> nn.Module: ...

    def inference(self, network: nn.Module) -> nn.Module:
        """What is exported: the network, with what only its use needs around it."""
        ...

    def prepare(self) -> None:
        """Make or read what is cached: teachers' answers."""
        ...

    def sample(self, position: int) -> Sample:
        """The picture seen at this place of the whole training. Runs in the loader's process."""
        ...

    def loss(self, network: nn.Module, batch: list[Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """What is made small, and its parts for the log."""
        ...

    def measure(self, network: nn.Module) -> dict[str, float]:
        """On what was held out."""
        ...
