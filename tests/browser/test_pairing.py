"""An engine in a second process, as on another machine: discovered, paired with its code, and replaced by another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
import re
import sys

from playwright.async_api import Locator, Page, expect
import pytest
import pytest_socket
from zeroconf import InterfaceChoice
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from custom_components.kith.kith_engine import VERSION
from custom_components.kith.kith_engine.announcement import SERVICE
from custom_components.kith.kith_engine.pairing.state import EngineState
from demo.browser import CHROMIUM, chromium, logged_in, visit
from demo.client import Home
from demo.home import Running, running_home
from demo.ports import free_port
from demo.setting import install_kith

from .test_walk import REPOSITORY, WINDOW, shoot

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")


@dataclass
class Machine:
    """Another machine. code: the one that its engine printed."""

    state: EngineState
    port: int
    code: str


@asynccontextmanager
async def engine_on(port: int, folder: Path, name: str) -> AsyncIterator[Machine]:
    """`kith-engine serve`, as somebody starts it there."""
    engine, pack, where = (sys.executable, "-m", "kith_engine"), str(folder / "pack"), f"127.0.0.1:{port}"
    kith = REPOSITORY / "custom_components" / "kith"
    fetching = await asyncio.create_subprocess_exec(*engine, "packs", "fetch", "compact", "--into", pack, cwd=kith)
    assert await fetching.wait() == 0
    process = await asyncio.create_subprocess_exec(
        *(*engine, "serve", "--tls", where, "--pack", pack, "--state", str(folder), "--name", name),
        stdout=asyncio.subprocess.PIPE,
        cwd=kith,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            await process.stdout.readline()
            words = (await process.stdout.readline()).decode()
        yield Machine(EngineState(folder, name), port, words.rpartition(" is ")[2].strip())
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def announced(machine: Machine) -> AsyncIterator[None]:
    """By mDNS, with the loopback's address."""
    fingerprint = machine.state.identity().fingerprint
    info = AsyncServiceInfo(
        SERVICE,
        f"{machine.state.name}.{SERVICE}",
        port=machine.port,
        parsed_addresses=["127.0.0.1"],
        server="kith-test.local.",
        properties={"id": fingerprint, "name": machine.state.name, "version": VERSION},
    )
    zeroconf = AsyncZeroconf(interfaces=InterfaceChoice.Default)
    try:
        await zeroconf.async_register_service(info)
        yield
    finally:
        await zeroconf.async_close()


@pytest.fixture
async def home(socket_enabled: None, tmp_path: Path) -> AsyncIterator[Running]:
    """A real Home Assistant that looks for devices, with Kith's engine on its own machine."""
    pytest_socket.enable_socket()
    async with running_home(tmp_path / "home", more="zeroconf:\n") as found:
        async with Home.connected(found.login) as connection:
            await install_kith(connection)
        yield found


@pytest.fixture
async def page(home: Running) -> AsyncIterator[Page]:
    async with chromium() as browser:
        found = await logged_in(browser, home.login, viewport=WINDOW)
        yield found
        await shoot(found, "pairing-last")


async def enter(page: Page, code: str) -> None:
    await page.locator("ha-form ha-selector-text input").first.fill(code)
    await page.get_by_role("button", name="Submit").click()


async def expect_found(page: Page, url: str, name: str) -> Locator:
    """Its card, among what Home Assistant has discovered."""
    await visit(page, url + "/config/integrations/dashboard")
    card = page.locator("ha-config-flow-card").filter(has_text=name)
    await expect(card).to_be_visible()
    return card


async def move_to(page: Page, url: str, machine: Machine) -> None:
    card = await expect_found(page, url, "nas")
    await shoot(page, "pairing-1-discovered")
    await card.get_by_role("button", name=re.compile("Add|Configure")).first.click()
    await expect(page.get_by_text("Move Kith's engine to nas")).to_be_visible()
    await shoot(page, "pairing-2-code")
    await enter(page, f"{(int(machine.code.replace(' ', '')) + 1) % 10**6:06}")
    await expect(page.get_by_text("This is not the code")).to_be_visible()
    await shoot(page, "pairing-3-wrong-code")
    await enter(page, machine.code)
    await expect(page.get_by_text("Kith now uses this engine.")).to_be_visible()
    await shoot(page, "pairing-4-paired")


async def ask_in_doubt(page: Page, url: str, machine: Machine) -> None:
    """Add an engine that Home Assistant has found as a second opinion."""
    await visit(page, url + "/config/integrations/integration/kith")
    await page.get_by_role("button", name="Add second opinion").first.click()
    await page.get_by_text("A bigger Kith engine at home", exact=True).last.click()
    await page.locator("ha-form ha-selector-select").first.click()
    await page.get_by_text(f"big (127.0.0.1:{machine.port})").last.click()
    await page.locator("ha-form ha-switch").first.click()
    await shoot(page, "pairing-8-bigger")
    await page.get_by_role("button", name="Submit").click()
    await expect(page.get_by_text("Pair with big")).to_be_visible()
    await enter(page, machine.code)
    await expect(page.get_by_text("Questions per day").first).to_be_visible()
    await shoot(page, "pairing-9-bigger-paired")
    await page.get_by_role("button", name="Submit").click()
    await expect(page.get_by_text("It learns only about people who agree to it").first).to_be_visible()
    await page.get_by_role("button", name="Finish").click()


async def reload(home: Running) -> None:
    """Kith asks its engine again now."""
    async with Home.connected(home.login) as connection:
        (entry,) = await connection.call("config_entries/get", domain="kith")
        await connection.request("POST", f"/api/config/config_entries/entry/{entry['entry_id']}/reload")


async def pair_with_the_other(page: Page, url: str, machine: Machine) -> None:
    await visit(page, url + "/config/repairs")
    await page.get_by_text("Another engine answers in place of Kith's").first.click()
    await expect(page.get_by_text("It gets no pictures.")).to_be_visible()
    await shoot(page, "pairing-5-replaced")
    await page.get_by_text("Pair again, or move the engine").click()
    await page.get_by_text("On another host").click()
    await shoot(page, "pairing-6-address")
    await page.get_by_role("button", name="Submit").click()
    await expect(page.get_by_text("Pair with other")).to_be_visible()
    await enter(page, machine.code)
    await expect(page.get_by_text(re.compile("successful|now uses this engine")).first).to_be_visible()
    await shoot(page, "pairing-7-paired-again")


async def test_an_engine_is_found_paired_and_replaced(home: Running, page: Page, tmp_path: Path) -> None:
    url, port = home.login.url, free_port()
    async with engine_on(port, tmp_path / "nas", "nas") as machine, announced(machine):
        await move_to(page, url, machine)
        assert len(machine.state.homes.read()) == 1
        async with engine_on(free_port(), tmp_path / "big", "big") as bigger, announced(bigger):
            await expect_found(page, url, "big")
            await ask_in_doubt(page, url, bigger)
            assert len(bigger.state.homes.read()) == 1
    async with engine_on(port, tmp_path / "other", "other") as machine:
        await reload(home)
        await pair_with_the_other(page, url, machine)
        assert len(machine.state.homes.read()) == 1
