"""The code that somebody types into Home Assistant: six digits, five guesses."""

from collections.abc import Callable
import json
from pathlib import Path
import secrets
import time

from ..errors import EngineError
from .private_file import read_private, write_private

DIGITS = 6
GUESSES = 5
"""Wrong ones until the code is void. Somebody who guesses succeeds with one of 200,000 codes."""
LIFETIME = 600.0
"""Seconds, once an engine has a home: nobody else should be let in by a code that was forgotten."""


class PairingCodes:
    """The one code that counts, in a file: `kith-engine pair` writes it and the engine reads it. All methods block."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock

    def new(self, lifetime: float | None = None) -> str:
        """Replaces the one before. lifetime: seconds; None for as long as it is needed. Raises EngineError."""
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        self._write(code, GUESSES, None if lifetime is None else self._clock() + lifetime)
        return code

    def current(self) -> str | None:
        """None if there is none, or no longer. Raises EngineError."""
        found = self._read()
        return found and found[0]

    def count_wrong_guess(self, code: str) -> None:
        """Somebody tried another than this one. Raises EngineError."""
        found = self._read()
        if found is None or found[0] != code:
            return
        _, guesses, until = found
        if guesses > 1:
            self._write(code, guesses - 1, until)
        else:
            self.clear()

    def clear(self) -> None:
        """It was used, or guessed at too often."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise EngineError(f"{self._path} cannot be removed ({error.strerror})") from error

    def _read(self) -> tuple[str, int, float | None] | None:
        """The code, the guesses that are left, and the end of its life."""
        content = read_private(self._path)
        try:
            found = json.loads(content or b"null")
            code, guesses, until = str(found["code"]), int(found["guesses"]), found["until"]
            over = until is not None and float(until) <= self._clock()
        except (ValueError, TypeError, KeyError):
            return None
        return None if over or guesses < 1 else (code, guesses, until)

    def _write(self, code: str, guesses: int, until: float | None) -> None:
        write_private(self._path, json.dumps({"code": code, "guesses": guesses, "until": until}).encode())


def spoken(code: str) -> str:
    """As people read it: "123 456"."""
    return f"{code[: DIGITS // 2]} {code[DIGITS // 2 :]}"


def typed(text: str) -> str:
    """The code in what somebody typed: without spaces and dashes."""
    return "".join(character for character in text if character.isdecimal() and character.isascii())
