"""TLS 1.3 between an engine and its homes: no authorities, only certificates that are known byte for byte."""

from collections.abc import Iterable
import ssl

from ..errors import PairingError
from .identity import Identity


def server_context(identity: Identity, homes: Iterable[bytes]) -> ssl.SSLContext:
    """Accepts these homes' certificates, and clients without one, who may only pair. Blocks."""
    context = _modern(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.path)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.num_tickets = 0  # a home that was forgotten must not resume what it had
    for home in homes:
        trust(context, home)
    return context


def paired_context(engine: bytes, home: Identity) -> ssl.SSLContext:
    """Connects a home to this engine and to no other. Blocks."""
    context = pinned_context(engine)
    context.load_cert_chain(home.path)
    return context


def pinned_context(engine: bytes) -> ssl.SSLContext:
    """Connects to this engine only, without saying who asks. Blocks. Raises PairingError if that is no certificate."""
    context = _modern(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # the certificate is known, wherever the engine is
    trust(context, engine)
    return context


def unproven_context() -> ssl.SSLContext:
    """Connects to any engine, only to ask for its certificate."""
    context = _modern(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def trust(context: ssl.SSLContext, certificate: bytes) -> None:
    """Accept this certificate too, from the next connection on. Raises PairingError if it is none."""
    try:
        context.load_verify_locations(cadata=certificate)
    except (ssl.SSLError, ValueError) as error:
        raise PairingError("what was sent is not a certificate") from error


def _modern(side: int) -> ssl.SSLContext:
    context = ssl.SSLContext(side)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a known certificate needs no authority above it
    return context
