"""Ports for servers that are started in a moment."""

import secrets
import socket

FIRST, COUNT = 20_000, 12_000
"""Below those that systems give to outgoing connections (from 32768 on Linux, 49152 elsewhere), one of which could take
the port before its server does."""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    while True:
        port = FIRST + secrets.randbelow(COUNT)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
