"""Found on the network: here, that is this machine's loopback."""

import asyncio
import sys

import pytest
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from kith_engine.announcement import SERVICE, announced, own_name

pytestmark = pytest.mark.slow


async def test_who_looks_for_it_finds_its_name_address_and_fingerprint() -> None:
    looking = AsyncZeroconf(interfaces=["127.0.0.1"])
    try:
        async with announced("Ada's N.A.S", "ab" * 32, "0.1.0", "127.0.0.1", 7071):
            info = AsyncServiceInfo(SERVICE, f"Ada's N A S.{SERVICE}")
            assert await info.async_request(looking.zeroconf, 3000)
            assert info.parsed_addresses() == ["127.0.0.1"]
            assert info.port == 7071
            assert info.decoded_properties == {"id": "ab" * 32, "name": "Ada's N.A.S", "version": "0.1.0"}
    finally:
        await looking.async_close()


async def test_without_the_library_it_is_not_announced(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    async with announced("nas", "ab" * 32, "0.1.0", "0.0.0.0", 7071):
        await asyncio.sleep(0)
    assert "zeroconf" in caplog.text


async def test_without_a_network_it_is_not_announced(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr("zeroconf.asyncio.AsyncZeroconf.__init__", fail)
    async with announced("nas", "ab" * 32, "0.1.0", "0.0.0.0", 7071):
        await asyncio.sleep(0)
    assert "no network" in caplog.text


def test_it_is_called_what_its_machine_is() -> None:
    assert own_name()
    assert "." not in own_name()
