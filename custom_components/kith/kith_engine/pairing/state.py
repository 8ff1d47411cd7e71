"""What an engine keeps for its homes, in a folder that only its user can read, and the TLS context made of it."""

import os
from pathlib import Path

from .codes import LIFETIME, PairingCodes
from .homes import PairedHome, PairedHomes
from .identity import Identity
from .tls import server_context, trust

STATE = "KITH_STATE"
"""Environment variable: the folder, if the option is not given."""


def default_folder() -> Path:
    """$KITH_STATE, else where the XDG base directory specification wants state."""
    if named := os.environ.get(STATE):
        return Path(named)
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "kith-engine"


class EngineState:
    """The engine's key, its homes, and its code. All methods block.

    name: what the engine calls itself.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.codes = PairingCodes(folder / "code.json")
        self.homes = PairedHomes(folder / "homes.json")
        self._key = folder / "identity.pem"

    def identity(self) -> Identity:
        """Made at the first call. Raises EngineError."""
        return Identity.read(self._key) or Identity.made(self._key, self.name)

    def renew(self) -> Identity:
        """Make another key, and forget all homes: they know only the old one. Raises EngineError."""
        self.homes.clear()
        return Identity.made(self._key, self.name)

    def first_code(self) -> str | None:
        """A code, as long as there is no home; None if there is one. Raises EngineError."""
        return None if self.homes.read() else self.codes.current() or self.codes.new()

    def next_code(self) -> str:
        """A code for one more home. Raises EngineError."""
        return self.codes.new(LIFETIME if self.homes.read() else None)

    def stamp(self) -> tuple[object, ...]:
        """Differs after every change of the files."""
        return tuple(_stamp(path) for path in (self._key, self.homes.path))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


class Trust:
    """The state as a running engine uses it: who it is, whom it lets in, and its TLS context, always up to date."""

    def __init__(self, state: EngineState) -> None:
        """Blocks. Raises EngineError."""
        self.state = state
        self._stamp = state.stamp()
        self.identity = state.identity()
        self._homes = {home.fingerprint: home for home in state.homes.read()}
        self.context = server_context(self.identity, [home.certificate for home in self._homes.values()])

    def home(self, certificate_fingerprint: str) -> PairedHome | None:
        """The paired home with this certificate. Two calls of stat: little beside a picture. Raises EngineError."""
        if self.state.stamp() != self._stamp:
            self._follow()
        return self._homes.get(certificate_fingerprint)

    def add(self, home: PairedHome) -> None:
        """Blocks. Raises PairingError and EngineError."""
        trust(self.context, home.certificate)
        self.state.homes.add(home)
        self._follow()

    def _follow(self) -> None:
        """Somebody changed the files. A home that was forgotten is refused by `home`, though TLS still knows it."""
        self._stamp = self.state.stamp()
        identity = self.state.identity()
        if identity != self.identity:
            self.context.load_cert_chain(identity.path)
            self.identity = identity
        self._homes = {home.fingerprint: home for home in self.state.homes.read()}
        for home in self._homes.values():
            trust(self.context, home.certificate)
