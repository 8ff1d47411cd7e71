"""The card for dashboards: who is here and who came, for everybody, and how it is set."""

import json
from typing import Any
from urllib.parse import quote

from playwright.async_api import expect
import pytest

from .conftest import AXE, Look, Open, shoot, widest
from .house import House, recorded
from .test_states import serious

GRACE = "b1b2c3d4e5f60718293a4b5c6d7e8f91"


def card(**settings: Any) -> str:
    return f"_card#{quote(json.dumps(settings))}"


@pytest.mark.skipif(not AXE.is_file(), reason="no axe-core here: scripts/setup page")
async def test_it_shows_who_is_here_and_who_came(open_page: Open, look: Look) -> None:
    page = await open_page(card(title="At home"), **look)
    await expect(page.get_by_role("heading", name="At home")).to_be_visible()
    people = page.get_by_role("list", name="Who is here").get_by_role("listitem")
    await expect(people).to_have_count(3)
    await expect(people.first).to_contain_text("since 16:40 · Hall")
    await expect(people.nth(1)).to_contain_text("Yesterday, 18:10 · Front door")
    visits = page.get_by_role("list").nth(1).get_by_role("listitem")
    await expect(visits).to_have_count(4)
    await expect(visits.nth(1)).to_contain_text("Ada")
    await expect(visits.nth(1)).to_contain_text("Front door · By appearance")
    await expect(page.get_by_role("button")).to_have_count(3)  # nobody but administrators can open a visit
    await shoot(page, "card", look)
    assert await serious(page) == []
    assert await widest(page) <= 0


async def test_what_is_shown_can_be_chosen(open_page: Open) -> None:
    page = await open_page(card(people=[GRACE], strangers=False, visits=1))
    await expect(page.get_by_role("button")).to_contain_text(["Grace"])
    await expect(page.get_by_role("listitem")).to_have_count(2)
    page = await open_page(card(away=False, visits=0))
    await expect(page.get_by_role("listitem")).to_have_count(1)


async def test_an_administrator_opens_a_visit(open_page: Open) -> None:
    page = await open_page(card())
    await page.locator("kith-card").evaluate(
        "(card) => (card.hass = {...card.hass, user: {is_admin: true}, locale: {...card.hass.locale}})"
    )
    await page.get_by_role("button", name="A stranger").click()
    assert page.url.endswith("/kith/visits/01KAQ000000000000000000103")


async def test_a_person_s_entity_is_opened(open_page: Open) -> None:
    page = await open_page(card())
    await page.evaluate("addEventListener('hass-more-info', (event) => (window.shown = event.detail.entityId))")
    await page.get_by_role("button", name="Ada").click()
    assert await page.evaluate("window.shown") == "binary_sensor.ada_presence"


async def test_without_kith_it_says_so(open_page: Open, house: House) -> None:
    house.answers["kith/card/subscribe"] = {"loaded": False, "people": [], "visits": []}
    page = await open_page(card())
    await expect(page.get_by_role("status")).to_have_text("Kith is not running.")
    await page.evaluate("(told) => window.fake.tell('kith/card/subscribe', told)", recorded("card_subscribe"))
    await expect(page.get_by_role("button", name="Ada")).to_be_visible()
    nobody = recorded("card_subscribe") | {"people": [], "visits": []}
    await page.evaluate("(told) => window.fake.tell('kith/card/subscribe', told)", nobody)
    await expect(page.get_by_text("Nobody to show.")).to_be_visible()


async def test_after_a_restart_it_waits_for_kith(open_page: Open, house: House) -> None:
    page = await open_page(card(), paused=True)
    ada = page.get_by_role("button", name="Ada")
    await expect(ada).to_be_visible()
    await page.evaluate("window.fake.disconnect()")
    unknown = {"error": {"code": "unknown_command", "message": "Unknown command."}}
    await page.evaluate("(answer) => window.fake.answer('kith/card/subscribe', answer)", unknown)
    await page.evaluate("window.fake.reconnect()")
    await expect(page.get_by_role("status")).to_have_text("Kith is not running.")  # instead of the people seen before
    await page.evaluate("(told) => window.fake.answer('kith/card/subscribe', told)", recorded("card_subscribe"))
    await page.clock.fast_forward(10_000)
    await expect(ada).to_be_visible()
    assert await page.evaluate("window.fake.listening('kith/card/subscribe')") == 1


async def test_it_renews_its_pictures_while_they_can_be_loaded(open_page: Open) -> None:
    page = await open_page(card(), paused=True)
    await expect(page.get_by_role("button", name="Ada")).to_be_visible()
    await page.clock.fast_forward("45:00")
    await page.clock.fast_forward("01:00")
    assert await page.evaluate("window.fake.follow.filter((one) => one.type === 'kith/card/subscribe').length") == 2
    assert await page.evaluate("window.fake.listening('kith/card/subscribe')") == 1


async def test_it_is_offered_with_an_editor_in_the_user_s_language(open_page: Open, house: House) -> None:
    house.language = "de"
    page = await open_page(card())
    await expect(page.get_by_text("Letzte Besuche")).to_be_visible()
    assert [one["type"] for one in await page.evaluate("window.customCards")] == ["kith-card"]
    form = await page.evaluate(
        """async () => {
          const { schema, computeLabel } = await customElements.get("kith-card").getConfigForm();
          return schema.map((field) => ({ ...field, label: computeLabel(field) }));
        }"""
    )
    assert [one["label"] for one in form][:2] == ["Titel", "Personen"]
    assert {"value": GRACE, "label": "Grace"} in form[1]["selector"]["select"]["options"]
