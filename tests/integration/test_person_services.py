"""A service hears only of people who agreed to exactly that kind of service."""

from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.second_opinion.enrolled_store import EnrolledStore
from custom_components.kith.second_opinion.ledger import LedgerEntry, Purpose
from custom_components.kith.second_opinion.ledger_store import LedgerStore
from custom_components.kith.second_opinion.protocol import Enrolled
from custom_components.kith.second_opinion.sync_steps import ServiceContents
from custom_components.kith.settings import ServiceKind, ServiceSettings

from .people import agree, chosen, configured, consent_of
from .services import NAMES, add_service

YES = {"consent": True, "keep_photos": True, "never": False}


def fields(flow: dict) -> set[str]:
    return {str(field) for field in flow["data_schema"].schema}


async def test_where_no_service_is_set_up_nobody_is_asked_about_services(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    flow = await chosen(hass, entry, "Ada", "consent", "agreement")
    assert not {"opinion", "cloud"} & fields(flow)


@pytest.mark.parametrize(
    ("kind", "asked", "placeholders"),
    [
        ("kith", "opinion", {"at_home": "Bigger engine", "outside": ""}),
        ("compreface", "opinion", {"at_home": "CompreFace", "outside": ""}),
        ("azure", "cloud", {"at_home": "", "outside": "Azure AI Face"}),
    ],
)
async def test_what_is_asked_is_the_kind_of_service_that_there_is(
    hass: HomeAssistant, entry: MockConfigEntry, kind: str, asked: str, placeholders: dict[str, str]
) -> None:
    add_service(hass, entry, kind)
    flow = await chosen(hass, entry, "Ada", "consent", "agreement")
    assert {"opinion", "cloud"} & fields(flow) == {asked}
    assert placeholders.items() <= flow["description_placeholders"].items(), "it says where faces go"
    assert (await configured(hass, flow, {**YES, asked: True}))["reason"] == "consent_changed"
    assert consent_of(entry, "Ada") == {"recognize", "photos", asked}


async def test_services_at_home_and_on_the_internet_are_agreed_to_apart(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    add_service(hass, entry, "kith")
    add_service(hass, entry, "compreface", url="http://127.0.0.1:10")
    add_service(hass, entry, "azure")
    flow = await chosen(hass, entry, "Ada", "consent", "agreement")
    assert flow["description_placeholders"]["at_home"] == "Bigger engine, CompreFace"
    await configured(hass, flow, {**YES, "opinion": True, "cloud": False})
    assert consent_of(entry, "Ada") == {"recognize", "photos", "opinion"}


async def test_taking_one_back_leaves_the_other(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    add_service(hass, entry, "kith")
    add_service(hass, entry, "azure")
    agree(hass, entry, "Ada", "recognize", "photos", "opinion", "cloud")
    flow = await chosen(hass, entry, "Ada", "consent", "agreement")
    shown = {str(field): field.description["suggested_value"] for field in flow["data_schema"].schema}
    assert (shown["opinion"], shown["cloud"]) == (True, True)
    await configured(hass, flow, {**YES, "opinion": True, "cloud": False})
    assert consent_of(entry, "Ada") == {"recognize", "photos", "opinion"}


async def test_what_is_not_asked_for_stays_as_it_was(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """A service may be set up again."""
    add_service(hass, entry, "azure")
    agree(hass, entry, "Ada", "recognize", "photos", "opinion", "cloud")
    flow = await chosen(hass, entry, "Ada", "consent", "agreement")
    await configured(hass, flow, {**YES, "cloud": False})
    assert consent_of(entry, "Ada") == {"recognize", "photos", "opinion"}


async def test_a_service_without_photos_to_compare_with_is_agreed_to_in_vain(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    add_service(hass, entry, "azure")
    flow = await chosen(hass, entry, "Ada", "consent", "agreement")
    flow = await configured(hass, flow, {**YES, "keep_photos": False, "cloud": True})
    assert flow["errors"] == {"cloud": "service_needs_photos"}
    assert consent_of(entry, "Ada") == {"recognize"}


async def test_who_is_never_recognized_is_told_to_no_service(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    add_service(hass, entry, "kith")
    flow = await chosen(hass, entry, "Ada", "consent", "agreement")
    never = {"consent": False, "keep_photos": False, "opinion": True, "never": True}
    assert (await configured(hass, flow, never))["errors"] == {"never": "never_and_else"}
    await configured(hass, flow, {**never, "opinion": False})
    assert consent_of(entry, "Ada") == {"never"}


async def test_who_is_added_is_asked_at_once(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    add_service(hass, entry, "kith")
    subentries = hass.config_entries.subentries
    flow = await subentries.async_init((entry.entry_id, "person"), context={"source": SOURCE_USER})
    assert {"opinion", "cloud"} & fields(flow) == {"opinion"}
    assert flow["description_placeholders"]["at_home"] == "Bigger engine"
    flow = await configured(hass, flow, {**YES, "name": "Linus", "opinion": True})
    flow = await configured(hass, flow, {"another": False})
    assert set(flow["data"]["consent"]["to"]) == {"recognize", "photos", "opinion"}


def known_at(kind: str) -> ServiceContents:
    """Ada, as a service knows her."""
    access = ServiceSettings("there", NAMES[kind], ServiceKind(kind), "http://127.0.0.1:9", "a key")
    return ServiceContents(access, people={"ada": Enrolled("ada", "a key", {"t": "a face"})}, used=True)


async def withdrawn(hass: HomeAssistant, entry: MockConfigEntry) -> dict:
    return await configured(hass, await chosen(hass, entry, "Ada", "consent", "withdraw"), {})


async def test_withdrawing_says_where_something_could_not_be_erased_yet(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EnrolledStore, "left_at", lambda _self, person_id: ["CompreFace"] if person_id == "ada" else [])
    flow = await withdrawn(hass, entry)
    assert (flow["reason"], flow["description_placeholders"]["services"]) == ("withdrawn_later", "CompreFace")


async def test_withdrawing_while_kith_is_not_running_erases_what_lies_here(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    enrolled, ledger = EnrolledStore(hass), LedgerStore(hass)
    enrolled.services = {"a": known_at("kith"), "b": known_at("compreface")}
    await enrolled.save()
    ledger.finish(
        asked := LedgerEntry(dt_util.utcnow(), "a", ServiceKind.KITH, Purpose.ASK, about=("ada", "grace")), asked
    )
    await ledger.save()
    flow = await withdrawn(hass, entry)
    assert (flow["reason"], flow["description_placeholders"]["services"]) == ("withdrawn_later", "CompreFace")
    await enrolled.load()
    await ledger.load()
    assert {one.access.name: set(one.people) for one in enrolled.services.values()} == {
        "Bigger engine": set(),
        "CompreFace": {"ada"},
    }, "what CompreFace has is erased there, when Kith runs again"
    assert [one.about for one in ledger.entries] == [("grace",)]
