"""Are mouth and nose of a face covered? Behind a mask or a scarf, half of what an embedding compares is hidden."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from .inputs import network_input
from .network import Cover, Network, Role
from .packs import Pack
from .runtimes import InferenceSession


class MouthCheck:
    """One network and how it is fed and read."""

    def __init__(self, session: InferenceSession, network: Network) -> None:
        assert isinstance(network.output, Cover)  # the manifest's reader has seen to it
        self._session = session
        self._input = network.input
        self._threshold = network.output.threshold

    @classmethod
    def of(cls, pack: Pack, threads: int) -> Self | None:
        """None if the pack has no network for it."""
        network = pack.manifest.optional(Role.MOUTH)
        return cls(pack.open_network(network, threads), network) if network in pack.networks else None

    def covered(self, aligned: NDArray[np.uint8]) -> bool:
        """aligned: (112, 112, 3) RGB."""
        found = next(iter(self._session.run(network_input(aligned, self._input)).values()))
        return float(found.ravel()[0]) > self._threshold
