"""A key and a certificate made by oneself: how an engine or a home proves who it is.

The certificate says nothing that is trusted; whoever was paired with its owner knows it byte for byte.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
import hashlib
from pathlib import Path
import ssl
from typing import Self

from ..errors import EngineError
from .private_file import read_private, write_private

MADE = datetime(1970, 1, 1, tzinfo=UTC)
"""The beginning of its validity: a small board may have no clock when it starts."""
NEVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""RFC 5280, 4.1.2.5: no well-defined end. It is valid until the pairing ends."""
LONGEST_NAME = 64
"""Characters: X.520's upper bound for a common name."""
_END_OF_KEY = b"-----END PRIVATE KEY-----\n"


@dataclass(frozen=True, slots=True)
class Identity:
    """path: a file with the key and the certificate, as `ssl` wants them. certificate: DER."""

    path: Path
    certificate: bytes

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.certificate)

    @classmethod
    def made(cls, path: Path, name: str) -> Self:
        """A new one, instead of the one in this file. Raises EngineError."""
        content, certificate = _make(name[:LONGEST_NAME] or "Kith")
        write_private(path, content)
        return cls(path, certificate)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """None if there is no such file. Raises EngineError for a damaged one."""
        content = read_private(path)
        if content is None:
            return None
        try:
            return cls(path, ssl.PEM_cert_to_DER_cert(content.partition(_END_OF_KEY)[2].decode("ascii")))
        except ValueError as error:
            raise EngineError(f"{path} is damaged: delete it and pair again") from error


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of the DER, in hexadecimal."""
    return hashlib.sha256(certificate).hexdigest()


def peer_fingerprint(connection: ssl.SSLObject) -> str | None:
    """The fingerprint of the certificate that the other side proved to own; None if it showed none."""
    certificate = connection.getpeercert(binary_form=True)
    return fingerprint(certificate) if certificate else None


def _make(name: str) -> tuple[bytes, bytes]:
    """The file's content, and the certificate alone."""
    # The engine that Home Assistant starts itself needs no key, and has no such package where that has none
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(MADE)
        .not_valid_after(NEVER)
        # it can vouch for nobody else
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    return private + public, certificate.public_bytes(serialization.Encoding.DER)
