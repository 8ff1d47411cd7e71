"""The owner can read what was sent, in words and as a file; nobody else can."""

import csv
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
import io
import re

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kith import http_views
from custom_components.kith.errors import OpinionError
from custom_components.kith.second_opinion.ledger import LedgerEntry, Purpose
from custom_components.kith.second_opinion.ledger_store import LedgerStore
from custom_components.kith.second_opinion.protocol import Said
from custom_components.kith.settings import ServiceKind

from .people import configured, person_of
from .services import add_service, service_of
from .test_translations import LANGUAGES, kinds

pytestmark = pytest.mark.one_release

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def written(entry: MockConfigEntry, service_id: str, monkeypatch: pytest.MonkeyPatch) -> list[LedgerEntry]:
    """The ledger's entries, newest first."""
    found: list[LedgerEntry] = []
    monkeypatch.setattr(LedgerStore, "entries", property(lambda _self: found))
    return found


@pytest.fixture
async def service_id(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    await hass.config.async_set_time_zone("UTC")
    found = add_service(hass, entry)
    await hass.async_block_till_done()
    return found


def hall(entry: MockConfigEntry) -> str:
    return next(one.subentry_id for one in entry.subentries.values() if one.title == "Hall")


async def page(hass: HomeAssistant, entry: MockConfigEntry) -> dict:
    flow = await entry.start_subentry_reconfigure_flow(hass, service_of(entry).subentry_id)
    return await configured(hass, flow, {"next_step_id": "sent"})


def lines(flow: dict) -> list[list[str]]:
    """The table's cells, without headings and Markdown escapes."""
    rows = flow["description_placeholders"]["table"].splitlines()[2:]
    return [[re.sub(r"\\(.)", r"\1", cell.strip()) for cell in row.split(" | ")] for row in rows]


async def test_nothing_was_sent_is_said_in_words(hass: HomeAssistant, entry: MockConfigEntry, service_id: str) -> None:
    flow = await page(hass, entry)
    assert flow["description_placeholders"]["table"] == "Nothing has been sent yet."
    assert flow["description_placeholders"]["counted"] == "Shown: 0 of 0."


async def test_every_call_is_a_line_in_words(
    hass: HomeAssistant, entry: MockConfigEntry, service_id: str, written: list[LedgerEntry]
) -> None:
    asked = {"kind": ServiceKind.COMPREFACE, "purpose": Purpose.ASK, "camera": hall(entry), "about": ("ada", "grace")}
    written += [
        LedgerEntry(NOON, service_id, **asked, sent=12_345, calls=1, said=Said.PERSON, score=0.987),
        LedgerEntry(NOON, service_id, **asked, sent=1_000, calls=2, said=Said.NO_FACE),
        LedgerEntry(NOON, service_id, ServiceKind.COMPREFACE, Purpose.ENROLL, about=("ada",), sent=40_000, calls=3),
        LedgerEntry(NOON, service_id, ServiceKind.COMPREFACE, Purpose.CHECK, calls=1, error="opinion_refused"),
        LedgerEntry(NOON, "another service", ServiceKind.AZURE, Purpose.CHECK, calls=1),
    ]
    assert lines(await page(hass, entry)) == [
        [
            "| 2026-11-24 12:00:00",
            "a question",
            "Hall",
            "Ada, Grace",
            "12.3 kB, calls: 1",
            "one of them, score 0.99 |",
        ],
        [
            "| 2026-11-24 12:00:00",
            "a question",
            "Hall",
            "Ada, Grace",
            "1.0 kB, calls: 2",
            "no face that could be compared |",
        ],
        ["| 2026-11-24 12:00:00", "photos to compare with", "–", "Ada", "40.0 kB, calls: 3", "done |"],
        ["| 2026-11-24 12:00:00", "a check", "–", "–", "0.0 kB, calls: 1", "key rejected |"],
    ]


async def test_the_names_are_those_of_today(
    hass: HomeAssistant, entry: MockConfigEntry, service_id: str, written: list[LedgerEntry]
) -> None:
    camera = hall(entry)
    written.append(
        LedgerEntry(NOON, service_id, ServiceKind.KITH, Purpose.ASK, camera, ("ada", "grace"), said=Said.NOBODY)
    )
    ada = person_of(entry, "Ada")
    hass.config_entries.async_update_subentry(entry, ada, title="A|d*a <b>")
    hass.config_entries.async_remove_subentry(entry, person_of(entry, "Grace").subentry_id)
    hass.config_entries.async_remove_subentry(entry, camera)
    flow = await page(hass, entry)
    cells = lines(flow)[0]
    assert cells[2:4] == ["removed", "A|d*a <b>, removed"]
    assert r"A\|d\*a \<b\>" in flow["description_placeholders"]["table"], "a name draws nothing"


async def test_the_page_shows_the_newest_and_the_file_has_all(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    service_id: str,
    written: list[LedgerEntry],
) -> None:
    written += [
        LedgerEntry(NOON - timedelta(minutes=n), service_id, ServiceKind.COMPREFACE, Purpose.CHECK, calls=n)
        for n in range(40)
    ]
    flow = await page(hass, entry)
    assert (len(lines(flow)), flow["description_placeholders"]["counted"]) == (25, "Shown: 25 of 40.")
    back = await configured(hass, flow, {})
    assert back["step_id"] == "reconfigure", "it ends where it began"


async def test_a_page_that_was_left_open_says_that_kith_was_stopped(
    hass: HomeAssistant, entry: MockConfigEntry, service_id: str
) -> None:
    flow = await entry.start_subentry_reconfigure_flow(hass, service_id)
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await configured(hass, flow, {"next_step_id": "sent"}))["reason"] == "not_loaded"


async def test_only_who_administrates_downloads(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    service_id: str,
    written: list[LedgerEntry],
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    hass_admin_user: MockUser,
) -> None:
    assert await async_setup_component(hass, "http", {})
    written.append(
        LedgerEntry(
            NOON, service_id, ServiceKind.COMPREFACE, Purpose.ASK, hall(entry), ("ada",), 9, 1, Said.NOBODY, None, 0.5
        )
    )
    path = f"{http_views.SENT}/{service_id}"
    stranger, admin = await hass_client_no_auth(), await hass_client()
    assert (await stranger.get(f"{path}/csv")).status == HTTPStatus.UNAUTHORIZED
    assert await (await admin.get(f"{path}/json")).json() == [
        {
            "at": "2026-11-24T12:00:00+00:00",
            "service": "CompreFace",
            "kind": "compreface",
            "purpose": "ask",
            "camera": "Hall",
            "about": ["Ada"],
            "bytes": 9,
            "calls": 1,
            "answer": "nobody",
            "error": None,
            "score": 0.5,
        }
    ]
    for missing in (f"{path}/xml", f"{http_views.SENT}/nothing/csv", f"{http_views.SENT}/{hall(entry)}/csv"):
        assert (await admin.get(missing)).status == HTTPStatus.NOT_FOUND
    hass_admin_user.groups = []
    assert (await admin.get(f"{path}/csv")).status == HTTPStatus.UNAUTHORIZED


async def test_the_page_s_links_open_without_a_header_for_who_was_shown_the_page(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    service_id: str,
    written: list[LedgerEntry],
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    assert await async_setup_component(hass, "config", {})
    written.append(LedgerEntry(NOON, service_id, ServiceKind.COMPREFACE, Purpose.CHECK, calls=1))
    admin, nobody = await hass_client(), await hass_client_no_auth()
    url = "/api/config/config_entries/subentries/flow"
    begun = await admin.post(url, json={"handler": [entry.entry_id, "service"], "subentry_id": service_id})
    flow = await (await admin.post(f"{url}/{(await begun.json())['flow_id']}", json={"next_step_id": "sent"})).json()
    paths = re.findall(r'href="([^"]+)"', flow["description_placeholders"]["downloads"])
    assert len(paths) == 2
    for path in paths:
        answer = await nobody.get(path)
        assert answer.status == HTTPStatus.OK
        assert "check" in await answer.text()
        assert (await nobody.get(path.partition("?")[0])).status == HTTPStatus.UNAUTHORIZED


async def test_a_cell_is_never_a_formula_for_a_spreadsheet(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    service_id: str,
    written: list[LedgerEntry],
    hass_client: ClientSessionGenerator,
) -> None:
    written.append(LedgerEntry(NOON, service_id, ServiceKind.COMPREFACE, Purpose.ENROLL, about=("ada",), calls=1))
    hass.config_entries.async_update_subentry(entry, person_of(entry, "Ada"), title='=HYPERLINK("x")')
    answer = await (await hass_client()).get(f"{http_views.SENT}/{service_id}/csv")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="kith-sent-')
    assert answer.headers["Cache-Control"] == "no-store"
    (row,) = csv.DictReader(io.StringIO(await answer.text()))
    assert row["about"] == '\'=HYPERLINK("x")'
    assert (row["at"], row["answer"], row["calls"]) == ("2026-11-24T12:00:00+00:00", "", "1")


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_may_stand_in_the_ledger_has_words(language: str) -> None:
    keys = [*Purpose, *Said, *(error.code for error in kinds(OpinionError))]
    assert all(f"sent_{key}" in LANGUAGES[language]["common"] for key in keys)
