"""What an owner clicks for a second opinion: CompreFace from consent to the sent log, Azure until it refuses."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from playwright.async_api import Page, expect
import pytest
import pytest_socket

from demo.browser import CHROMIUM, chromium, logged_in, visit
from demo.client import Home, until
from demo.figure import portrait
from demo.home import Running, running_home
from demo.setting import Photo, enroll, install_kith
from tests.pictures import encoded
from tests.second_opinion import fake_azure, fake_compreface
from tests.second_opinion.fake_azure import FakeAzure
from tests.second_opinion.fake_compreface import FakeCompreFace
from tests.second_opinion.fakes import Canned

from .certificates import loopback_server
from .test_walk import WINDOW, shoot

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")


@dataclass
class House:
    """Kith without people and cameras, and two services that it could ask."""

    home: Running
    compreface: FakeCompreFace
    azure: FakeAzure

    @property
    def page(self) -> str:
        return self.home.login.url + "/config/integrations/integration/kith"


@pytest.fixture
async def house(socket_enabled: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)
    tls, authorities = loopback_server(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authorities))  # where Home Assistant looks for authorities
    async with AsyncExitStack() as stack:
        compreface = await stack.enter_async_context(FakeCompreFace().listening())
        azure = FakeAzure()
        azure.approved = False
        await stack.enter_async_context(azure.listening(tls))
        home = await stack.enter_async_context(running_home(tmp_path / "home"))
        async with Home.connected(home.login) as connection:
            await install_kith(connection)
        yield House(home, compreface, azure)


@pytest.fixture
async def page(house: House) -> AsyncIterator[Page]:
    async with chromium() as browser:
        found = await logged_in(browser, house.home.login, viewport=WINDOW)
        yield found
        await shoot(found, "opinion-last")


async def choose(page: Page, kind: str) -> None:
    await page.get_by_role("button", name="Add second opinion").first.click()
    await expect(page.get_by_text("Nothing is sent before you say yes").first).to_be_visible()
    await shoot(page, "opinion-1-kinds")
    await page.get_by_text(kind, exact=True).last.click()


async def fill(page: Page, url: str, key: str) -> None:
    fields = page.locator("ha-form ha-selector-text input")
    await fields.nth(0).fill(url)
    await fields.nth(1).fill(key)


async def submit(page: Page) -> None:
    await page.get_by_role("button", name="Submit").click()


async def ask_compreface(page: Page, house: House) -> None:
    await choose(page, "CompreFace")
    await fill(page, house.compreface.url, fake_compreface.KEY)
    await submit(page)
    await expect(page.get_by_text("Nothing was sent.").first).to_be_visible()
    await shoot(page, "opinion-2-no-yes")
    assert house.compreface.calls == []
    await page.locator("ha-form ha-switch").first.click()
    await submit(page)
    await expect(page.get_by_text("Questions per day").first).to_be_visible()
    await shoot(page, "opinion-3-allowed")
    assert house.compreface.names == ["GET subjects"], "only whether the key fits"
    await submit(page)
    await expect(page.get_by_text("It learns only about people who agree to it").first).to_be_visible()
    await shoot(page, "opinion-4-done")
    await page.get_by_role("button", name="Finish").click()


async def do_without_azure(page: Page, house: House) -> None:
    await choose(page, "Azure AI Face")
    await expect(page.get_by_text("is a Microsoft service").first).to_be_visible()
    await shoot(page, "opinion-5-azure")
    await fill(page, house.azure.url, fake_azure.KEY)
    await page.locator("ha-form ha-switch").first.click()
    await submit(page)
    await expect(page.get_by_text("Microsoft has not approved this account").first).to_be_visible()
    await shoot(page, "opinion-6-not-approved")
    link = page.get_by_role("link", name="aka.ms/facerecognition")
    assert await link.get_attribute("href") == "https://aka.ms/facerecognition"
    assert set(house.azure.names) == {"POST detect"}, "nobody was enrolled"
    await page.get_by_text("Go back", exact=True).click()
    await expect(page.locator("ha-form ha-selector-text input").nth(1)).to_have_value("")
    await page.locator("ha-form ha-switch").first.click()
    await submit(page)
    await page.get_by_text("Do without it", exact=True).click()
    await expect(page.get_by_text("Nobody was enrolled, and nothing was changed.").first).to_be_visible()
    await shoot(page, "opinion-7-given-up")


async def agree(page: Page, house: House) -> None:
    """Add somebody who agreed, and set what they agreed to."""
    image = {"image_id": str(uuid4()), "subject": "eileen"}  # this fake reads no real photos
    house.compreface.always_say(Canned(201, image), to="POST faces")
    async with Home.connected(house.home.login) as home:
        (entry,) = await home.call("config_entries/get", domain="kith")
        photo = Photo("eileen.jpg", encoded(portrait()))
        await enroll(home, entry["entry_id"], "Eileen", [photo], keep_photos=True, opinion=True)
        services = await home.call("config_entries/subentries/list", entry_id=entry["entry_id"])
        (service,) = [one for one in services if one["subentry_type"] == "service"]

        async def enrolled() -> bool:
            sent = await home.request("GET", f"/api/kith/sent/{service['subentry_id']}/json")
            return any(one["purpose"] == "enroll" for one in sent)

        await until(enrolled, 30, "no photo went out")
    await visit(page, house.page)
    await change(page, "Eileen", "Consent", "Change")
    await expect(page.get_by_text("… and to a second opinion at home").first).to_be_visible()
    await expect(page.get_by_text("to CompreFace, on a machine in this home").first).to_be_visible()
    await expect(page.get_by_text("… and to a second opinion on the internet")).to_have_count(0)
    await shoot(page, "opinion-9-consent")


async def change(page: Page, title: str, *entries: str) -> None:
    row = page.locator("ha-config-sub-entry-row").filter(has_text=title).first
    await row.locator("ha-icon-button").nth(1).click()  # the cogwheel; the first one collapses
    for name in entries:
        await page.get_by_text(name, exact=True).last.click()


async def read_what_was_sent(page: Page, house: House) -> None:
    await visit(page, house.page)
    await change(page, "CompreFace", "What was sent")
    await expect(page.get_by_text("photos to compare with").first).to_be_visible()
    await expect(page.get_by_role("cell", name="Eileen").first).to_be_visible()
    await shoot(page, "opinion-10-sent")
    async with page.expect_download() as begun:
        await page.get_by_role("link", name="CSV").click()
    path = await (await begun.value).path()
    assert "enroll" in path.read_text()
    assert fake_compreface.KEY not in path.read_text()
    await page.get_by_role("button", name="Back").click()
    await expect(page.get_by_text("Address and key", exact=True)).to_be_visible()


async def test_from_a_yes_to_what_was_sent_and_to_a_no(house: House, page: Page) -> None:
    await visit(page, house.page)
    await ask_compreface(page, house)
    await visit(page, house.page)
    await expect(page.get_by_text("CompreFace", exact=True).first).to_be_visible()
    await shoot(page, "opinion-8-page")
    await agree(page, house)
    await read_what_was_sent(page, house)
    await visit(page, house.page)
    await do_without_azure(page, house)
    async with Home.connected(house.home.login) as home:
        (entry,) = await home.call("config_entries/get", domain="kith")
        found = await home.call("config_entries/subentries/list", entry_id=entry["entry_id"])
    assert [one["title"] for one in found if one["subentry_type"] == "service"] == ["CompreFace"]
    await in_german(page, house)


async def in_german(page: Page, house: House) -> None:
    """The same page in German."""
    assert page.context.browser is not None
    german = await logged_in(page.context.browser, house.home.login, "de", viewport=WINDOW)
    await visit(german, house.page)
    await german.get_by_role("button", name="Zweite Meinung hinzufügen").first.click()
    await german.get_by_text("Azure AI Face", exact=True).last.click()
    await expect(german.get_by_text("Was dorthin gesendet wird").first).to_be_visible()
    await shoot(german, "opinion-11-german")
