"""The homes that an engine was paired with."""

import base64
from dataclasses import dataclass
import json
from pathlib import Path

from ..errors import EngineError, PairingError
from .identity import LONGEST_NAME, fingerprint
from .private_file import read_private, write_private

MOST_HOMES = 32
"""More would be a fault: each pairing of a home that was set up anew leaves one."""


@dataclass(frozen=True, slots=True)
class PairedHome:
    """name: what Home Assistant calls the home. certificate: DER."""

    name: str
    certificate: bytes

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.certificate)


class PairedHomes:
    """In a file, which `kith-engine pair --forget` may change while the engine runs. All methods block."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> tuple[PairedHome, ...]:
        """Raises EngineError for a damaged file: a home must not be forgotten, nor one come back, by accident."""
        content = read_private(self.path)
        if content is None:
            return ()
        try:
            return tuple(
                PairedHome(str(one["name"]), base64.b64decode(one["certificate"], validate=True))
                for one in json.loads(content)
            )
        except (ValueError, TypeError, KeyError) as error:
            raise EngineError(f"{self.path} is damaged: delete it and pair every home again") from error

    def add(self, home: PairedHome) -> None:
        """Raises PairingError if there are too many already, and EngineError."""
        others = [one for one in self.read() if one.certificate != home.certificate]
        if len(others) >= MOST_HOMES:
            raise PairingError(f"it has {MOST_HOMES} homes; let it forget one with kith-engine pair --forget")
        self._write([*others, PairedHome(home.name[:LONGEST_NAME], home.certificate)])

    def forget(self, name: str) -> int:
        """Homes of this name, or whose fingerprint begins so; returns how many. Raises EngineError."""
        before = self.read()
        kept = [home for home in before if home.name != name and not home.fingerprint.startswith(name)]
        self._write(kept)
        return len(before) - len(kept)

    def clear(self) -> None:
        self._write([])

    def _write(self, homes: list[PairedHome]) -> None:
        content = [
            {"name": home.name, "certificate": base64.b64encode(home.certificate).decode("ascii")} for home in homes
        ]
        write_private(self.path, json.dumps(content).encode())
