"""Turns a short code into proof that both sides know it, without telling anybody who does not.

SPAKE2 (Abdalla and Pointcheval, 2005; RFC 9382) as in the package `spake2`, with the two certificates' fingerprints as
the names of its parties, followed by the key confirmation of RFC 9382, section 4. Who stands between the two must show
each of them another certificate, so their names differ and nothing fits. Who guesses learns, from one exchange, whether
that one guess was right.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from spake2 import SPAKE2_A, SPAKE2_B, SPAKEError
from spake2.ed25519_basic import NotOnCurve

from ..errors import PairingError

CONFIRMATION_LENGTH = hashlib.sha256().digest_size
_KEYS = b"ConfirmationKeys"


class Exchange:
    """One attempt of one side. home, engine: DER certificates."""

    def __init__(self, code: str, *, home: bytes, engine: bytes, is_home: bool) -> None:
        self._is_home = is_home
        self._names = (
            b"kith home " + hashlib.sha256(home).digest(),
            b"kith engine " + hashlib.sha256(engine).digest(),
        )
        side = SPAKE2_A if is_home else SPAKE2_B
        self._side = side(code.encode("ascii"), idA=self._names[0], idB=self._names[1])
        self.message: bytes = self._side.start()
        """For the other side."""
        self.confirmation = b""
        """Proves to the other side that this one knows the code; after `receive`."""
        self._expected = b""

    def receive(self, message: bytes) -> None:
        """The other side's message; only once. Raises PairingError for what is none."""
        try:
            shared = self._side.finish(message)
        except (SPAKEError, NotOnCurve, ValueError, AssertionError) as error:
            raise PairingError("the other side does not speak SPAKE2") from error
        messages = (self.message, message) if self._is_home else (message, self.message)
        transcript = b"".join(len(part).to_bytes(8, "little") + part for part in (*self._names, *messages))
        keys = HKDF(SHA256(), 2 * CONFIRMATION_LENGTH, salt=None, info=_KEYS).derive(shared)
        home, engine = (
            hmac.digest(key, transcript, hashlib.sha256)
            for key in (keys[:CONFIRMATION_LENGTH], keys[CONFIRMATION_LENGTH:])
        )
        self.confirmation, self._expected = (home, engine) if self._is_home else (engine, home)

    def confirms(self, confirmation: bytes) -> bool:
        """Does the other side know the code, and does it see the same two certificates?"""
        return bool(self._expected) and hmac.compare_digest(confirmation, self._expected)
