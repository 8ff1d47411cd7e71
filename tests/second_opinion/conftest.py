"""Services as real as possible without an account: servers on loopback."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_socket

from .fake_azure import FakeAzure
from .fake_compreface import FakeCompreFace


@pytest.fixture
def loopback(socket_enabled: None) -> None:
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)


@pytest.fixture
async def http(loopback: None) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def fake_compreface(loopback: None) -> AsyncIterator[FakeCompreFace]:
    async with FakeCompreFace().listening() as fake:
        yield fake


@pytest.fixture
async def fake_azure(loopback: None) -> AsyncIterator[FakeAzure]:
    async with FakeAzure().listening() as fake:
        yield fake
