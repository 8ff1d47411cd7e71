"""Lets Home Assistant find an engine on the same network, by mDNS and DNS-SD (RFC 6762, RFC 6763)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import ipaddress
import logging
import socket

_LOGGER = logging.getLogger(__name__)

SERVICE = "_kith._tcp.local."
LONGEST_LABEL = 63
"""Bytes of a name in DNS."""


@asynccontextmanager
async def announced(name: str, fingerprint: str, version: str, host: str, port: int) -> AsyncIterator[None]:
    """Announce an engine within this context; without the library or a network, say so and go on.

    host: where it listens; its address if it is one, else all of this machine's.
    """
    try:
        import ifaddr  # noqa: PLC0415
        from zeroconf import InterfaceChoice, NonUniqueNameException  # noqa: PLC0415
        from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf  # noqa: PLC0415
    except ImportError:
        _LOGGER.info("Home Assistant cannot find this engine by itself: the package zeroconf is missing")
        yield
        return
    everywhere = ipaddress.ip_address(host).is_unspecified
    own = [address.ip for adapter in ifaddr.get_adapters() for address in adapter.ips if address.is_IPv4]
    addresses = [str(one) for one in own if not ipaddress.ip_address(str(one)).is_loopback] if everywhere else [host]
    label = name.replace(".", " ").encode()[:LONGEST_LABEL].decode(errors="ignore")
    info = AsyncServiceInfo(
        SERVICE,
        f"{label}.{SERVICE}",
        port=port,
        parsed_addresses=addresses,
        server=f"kith-{fingerprint[:12]}.local.",
        properties={"id": fingerprint, "name": name, "version": version},
    )
    try:
        zeroconf = AsyncZeroconf(interfaces=InterfaceChoice.All if everywhere else [host])
        await zeroconf.async_register_service(info, allow_name_change=True)
    except (OSError, NonUniqueNameException) as error:
        _LOGGER.warning("Home Assistant cannot find this engine by itself: %s", error)
        yield
        return
    try:
        yield
    finally:
        await zeroconf.async_unregister_all_services()
        await zeroconf.async_close()


def own_name() -> str:
    """What this machine is called."""
    return socket.gethostname().partition(".")[0] or "kith-engine"
