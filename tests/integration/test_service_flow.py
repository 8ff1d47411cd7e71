"""Setting up a second opinion: nothing is sent without consent, or kept without a check, and no key is revealed."""

from dataclasses import dataclass, field

from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.kith.errors import (
    OpinionError,
    OpinionNotApprovedError,
    OpinionOutdatedError,
    OpinionQuotaSpentError,
    OpinionRefusedError,
    OpinionThrottledError,
    OpinionUnavailableError,
    OpinionUnintelligibleError,
)
from custom_components.kith.flows.service import access
from custom_components.kith.second_opinion.protocol import Meter
from custom_components.kith.settings import ServiceKind, ServiceSettings

from .people import configured
from .services import add_service, service_of

URLS = {
    "kith": "http://127.0.0.1:7070",
    "compreface": "http://192.168.1.20:8000",
    "azure": "https://home.cognitiveservices.azure.com",
}
KEY = "d41d8cd98f00b204e9800998ecf8427e"
ANSWER = {"enabled": True, "band": "wide", "per_minute": 3, "per_day": 12}


@dataclass
class Checked:
    """Stands in for all three services: records how they would have been asked, and answers as the test wants."""

    settings: list[ServiceSettings] = field(default_factory=list)
    error: OpinionError | None = None

    async def check(self, meter: Meter) -> None:
        meter.count(1000)
        if self.error is not None:
            raise self.error


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> Checked:
    found = Checked()

    def service(_hass: HomeAssistant, settings: ServiceSettings) -> Checked:
        found.settings.append(settings)
        return found

    monkeypatch.setattr(access, "service_of", service)
    return found


async def begun(hass: HomeAssistant, entry: MockConfigEntry, kind: str) -> dict:
    """The form for address and key."""
    subentries = hass.config_entries.subentries
    flow = await subentries.async_init((entry.entry_id, "service"), context={"source": SOURCE_USER})
    assert flow["type"] is FlowResultType.MENU
    return await configured(hass, flow, {"next_step_id": kind})


async def accessed(hass: HomeAssistant, entry: MockConfigEntry, kind: str, **answers: object) -> dict:
    """The same form, filled in."""
    flow = await begun(hass, entry, kind)
    return await configured(hass, flow, {"url": URLS[kind], "key": KEY, "agreed": True, **answers})


async def changing(hass: HomeAssistant, entry: MockConfigEntry, *steps: str) -> dict:
    flow = await entry.start_subentry_reconfigure_flow(hass, service_of(entry).subentry_id)
    for step in steps:
        flow = await configured(hass, flow, {"next_step_id": step})
    return flow


def fields(flow: dict) -> set[str]:
    return {str(marker) for marker in flow["data_schema"].schema}


async def test_the_three_kinds_are_offered(hass: HomeAssistant, entry: MockConfigEntry, checked: Checked) -> None:
    subentries = hass.config_entries.subentries
    flow = await subentries.async_init((entry.entry_id, "service"), context={"source": SOURCE_USER})
    assert flow["menu_options"] == ["kith", "compreface", "azure"]


@pytest.mark.parametrize("kind", list(ServiceKind))
async def test_a_service_is_checked_and_then_told_what_it_may(
    hass: HomeAssistant, entry: MockConfigEntry, checked: Checked, kind: str
) -> None:
    flow = await accessed(hass, entry, kind)
    assert flow["step_id"] == "allowed"
    assert [(one.kind, one.url, one.key) for one in checked.settings] == [(kind, URLS[kind], KEY)]
    flow = await configured(hass, flow, {**ANSWER, "not_about": ["grace"]})
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    stored = ServiceSettings.of(service_of(entry, flow["title"]))
    assert (stored.kind, stored.url, stored.key) == (kind, URLS[kind], KEY)
    assert (stored.enabled, stored.band, stored.per_minute, stored.per_day) == (True, "wide", 3, 12)
    assert (stored.not_at, stored.not_about) == (frozenset(), {"grace"})
    assert "agreed" not in flow["data"]


@pytest.mark.parametrize("kind", list(ServiceKind))
async def test_without_a_yes_nothing_is_sent_not_even_to_check(
    hass: HomeAssistant, entry: MockConfigEntry, checked: Checked, kind: str
) -> None:
    flow = await accessed(hass, entry, kind, agreed=False)
    assert flow["errors"] == {"agreed": "agreement_missing"}
    assert checked.settings == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OpinionUnavailableError("192.168.1.20 does not answer"), "opinion_unavailable"),
        (OpinionUnintelligibleError("it answers with a web page"), "opinion_unintelligible"),
        (OpinionThrottledError("it says 429"), "opinion_throttled"),
        (OpinionRefusedError("it says 401"), "opinion_refused"),
        (OpinionQuotaSpentError("it says 403"), "opinion_quota_spent"),
        (OpinionOutdatedError("it says 400"), "opinion_outdated"),
        (OpinionError("something else"), "opinion_failed"),
    ],
)
async def test_why_a_service_cannot_be_asked_is_told_and_it_can_be_tried_again(
    hass: HomeAssistant, entry: MockConfigEntry, checked: Checked, error: OpinionError, code: str
) -> None:
    before = len(entry.subentries)
    checked.error = error
    flow = await accessed(hass, entry, "compreface")
    assert flow["errors"] == {"base": code}
    assert flow["description_placeholders"]["details"] == f"{error}."
    assert len(entry.subentries) == before
    checked.error = None
    flow = await configured(hass, flow, {"url": URLS["compreface"], "agreed": True})
    assert flow["step_id"] == "allowed"
    assert checked.settings[-1].key == KEY, "left empty, the key stays"


async def test_every_check_stands_with_what_was_sent(
    hass: HomeAssistant, entry: MockConfigEntry, checked: Checked
) -> None:
    checked.error = OpinionRefusedError("it says 401")
    flow = await accessed(hass, entry, "compreface")
    checked.error = None
    flow = await configured(hass, flow, {"url": URLS["compreface"], "agreed": True})
    await configured(hass, flow, ANSWER)
    await hass.async_block_till_done()
    service_id = service_of(entry).subentry_id
    ledger = entry.runtime_data.opinions.ledger

    def told() -> list[tuple[object, ...]]:
        return [(one.service_id, one.purpose, one.sent, one.calls, one.error) for one in ledger.entries]

    first = [(service_id, "check", 1000, 1, None), (service_id, "check", 1000, 1, "opinion_refused")]
    assert told() == first
    checked.error = OpinionUnavailableError("nobody answers")
    flow = await configured(hass, await changing(hass, entry, "access"), {"url": URLS["compreface"]})
    await configured(hass, flow, {"url": URLS["compreface"]})
    again = [(service_id, "check", 1000, 1, "opinion_unavailable")] * 2
    assert told() == [*again, *first], "each once"


async def test_a_key_that_went_in_does_not_come_out_of_any_form(
    hass: HomeAssistant, entry: MockConfigEntry, checked: Checked, caplog: pytest.LogCaptureFixture
) -> None:
    checked.error = OpinionUnavailableError("nobody answers")
    flows = [await accessed(hass, entry, "azure")]
    checked.error = OpinionNotApprovedError("it says 403")
    flows.append(await accessed(hass, entry, "azure"))
    add_service(hass, entry, key=KEY)
    flows += [await changing(hass, entry), await changing(hass, entry, "access")]
    flows.append(await changing(hass, entry, "allowed"))
    for flow in flows:
        markers = flow["data_schema"].schema if isinstance(flow.get("data_schema"), vol.Schema) else {}
        shown = [getattr(marker, "description", None) for marker in markers]
        assert KEY not in repr((shown, flow.get("description_placeholders"), flow.get("errors")))
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("kind", "url", "code"),
    [
        ("compreface", "192.168.1.20", "address_invalid"),
        ("compreface", "ftp://192.168.1.20", "address_invalid"),
        ("compreface", "http://me:secret@192.168.1.20", "address_invalid"),
        ("compreface", "http://192.168.1.20/?key=1", "address_invalid"),
        ("kith", "http://[", "address_invalid"),
        ("azure", "http://home.cognitiveservices.azure.com", "address_unencrypted"),
    ],
)
async def test_an_address_that_is_none_is_refused_before_anything_is_asked(
    hass: HomeAssistant, entry: MockConfigEntry, checked: Checked, kind: str, url: str, code: str
) -> None:
    flow = await accessed(hass, entry, kind, url=url)
    assert flow["errors"] == {"url": code}
    assert checked.settings == []


async def test_an_address_is_stored_without_its_last_slash(
    hass: HomeAssistant, entry: MockConfigEntry, checked: Checked
) -> None:
    await accessed(hass, entry, "compreface", url=" http://192.168.1.20:8000/ ")
    assert checked.settings[0].url == "http://192.168.1.20:8000"


@pytest.mark.parametrize("kind", ["compreface", "azure"])
async def test_services_that_need_a_key_are_not_asked_without(
    hass: HomeAssistant, entry: MockConfigEntry, checked: Checked, kind: str
) -> None:
    flow = await accessed(hass, entry, kind, key=" ")
    assert flow["errors"] == {"key": "key_missing"}
    assert checked.settings == []


async def test_an_engine_may_have_no_token(hass: HomeAssistant, entry: MockConfigEntry, checked: Checked) -> None:
    flow = await begun(hass, entry, "kith")
    flow = await configured(hass, flow, {"url": URLS["kith"], "agreed": True})
    assert flow["step_id"] == "allowed"
    assert checked.settings[0].key == ""


async def test_a_service_is_not_added_twice(hass: HomeAssistant, entry: MockConfigEntry, checked: Checked) -> None:
    add_service(hass, entry, url=URLS["compreface"])
    flow = await accessed(hass, entry, "compreface")
    assert flow["errors"] == {"url": "already_there"}
    flow = await accessed(hass, entry, "compreface", url="http://192.168.1.21:8000")
    flow = await configured(hass, flow, ANSWER)
    assert flow["title"] == "CompreFace (192.168.1.21)", "the second one is told apart"


async def test_an_account_that_is_not_approved_is_told_what_that_means_and_nothing_is_stored(
    hass: HomeAssistant, entry: MockConfigEntry, checked: Checked
) -> None:
    before = len(entry.subentries)
    checked.error = OpinionNotApprovedError("the account is not approved")
    flow = await accessed(hass, entry, "azure")
    assert (flow["type"], flow["step_id"]) == (FlowResultType.MENU, "not_approved")
    assert flow["description_placeholders"]["link"] == "https://aka.ms/facerecognition"
    flow = await configured(hass, flow, {"next_step_id": "give_up"})
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "given_up")
    assert len(entry.subentries) == before


async def test_one_can_go_back_from_there_with_another_account(
    hass: HomeAssistant, entry: MockConfigEntry, checked: Checked
) -> None:
    checked.error = OpinionNotApprovedError("the account is not approved")
    flow = await accessed(hass, entry, "azure")
    flow = await configured(hass, flow, {"next_step_id": "azure"})
    assert flow["step_id"] == "azure"
    checked.error = None
    flow = await configured(
        hass, flow, {"url": "https://other.cognitiveservices.azure.com", "key": "2", "agreed": True}
    )
    assert flow["step_id"] == "allowed"


async def test_azure_s_group_is_made_once_and_stays(
    hass: HomeAssistant, entry: MockConfigEntry, checked: Checked
) -> None:
    flow = await configured(hass, await accessed(hass, entry, "azure"), ANSWER)
    group = flow["data"]["group"]
    assert vol.Match(r"^kith-[0-9a-f]{32}$")(group)
    assert checked.settings[0].group == group, "it is the one that was checked"
    flow = await entry.start_subentry_reconfigure_flow(hass, service_of(entry, "Azure AI Face").subentry_id)
    flow = await configured(hass, flow, {"next_step_id": "access"})
    await configured(hass, flow, {"url": URLS["azure"], "key": "another"})
    stored = ServiceSettings.of(service_of(entry, "Azure AI Face"))
    assert (stored.group, stored.key) == (group, "another")
    assert checked.settings[-1].group == group
    other = await accessed(hass, entry, "azure", url="https://other.cognitiveservices.azure.com")
    assert (await configured(hass, other, ANSWER))["data"]["group"] != group


async def test_the_address_is_changed_without_the_key_and_with_another_yes(
    hass: HomeAssistant, entry: MockConfigEntry, checked: Checked
) -> None:
    add_service(hass, entry, url=URLS["compreface"], key=KEY, per_day=7)
    flow = await changing(hass, entry, "access")
    assert fields(flow) == {"url", "key"}
    moved = {"url": "http://192.168.1.21:8000"}
    flow = await configured(hass, flow, moved)
    assert flow["errors"] == {"agreed": "agreement_missing"}
    assert checked.settings == []
    flow = await configured(hass, flow, {**moved, "agreed": True})
    assert flow["reason"] == "access_changed"
    stored = ServiceSettings.of(service_of(entry))
    assert (stored.url, stored.key, stored.per_day) == (moved["url"], KEY, 7)


async def test_a_new_key_is_stored_only_if_the_service_takes_it(
    hass: HomeAssistant, entry: MockConfigEntry, checked: Checked
) -> None:
    add_service(hass, entry, url=URLS["compreface"], key=KEY)
    checked.error = OpinionRefusedError("it does not know this key")
    flow = await configured(hass, await changing(hass, entry, "access"), {"url": URLS["compreface"], "key": "new"})
    assert flow["errors"] == {"base": "opinion_refused"}
    assert ServiceSettings.of(service_of(entry)).key == KEY
    checked.error = None
    await configured(hass, flow, {"url": URLS["compreface"], "key": "newer"})
    assert ServiceSettings.of(service_of(entry)).key == "newer"


async def test_what_it_may_is_changed_and_the_rest_stays(
    hass: HomeAssistant, entry: MockConfigEntry, checked: Checked
) -> None:
    hall = next(one for one in entry.subentries.values() if one.title == "Hall").subentry_id
    gone = {"not_at": ["removed", hall], "not_about": ["somebody who was removed"]}
    add_service(hass, entry, url=URLS["compreface"], key=KEY, **gone)
    flow = await changing(hass, entry, "allowed")
    suggested = {str(one): (one.description or {}).get("suggested_value") for one in flow["data_schema"].schema}
    assert (suggested["not_at"], suggested["not_about"]) == ([hall], []), "only what there still is"
    flow = await configured(hass, flow, {**ANSWER, "enabled": False, "not_about": ["ada"]})
    assert flow["reason"] == "allowed_changed"
    stored = ServiceSettings.of(service_of(entry))
    assert (stored.enabled, stored.not_at, stored.not_about) == (False, frozenset(), {"ada"})
    assert (stored.url, stored.key) == (URLS["compreface"], KEY)
    assert checked.settings == [], "nothing of that has to be checked"


@pytest.mark.parametrize(("field_", "value"), [("per_minute", 0), ("per_minute", 21), ("per_day", 0), ("band", "all")])
async def test_limits_have_limits(
    hass: HomeAssistant, entry: MockConfigEntry, checked: Checked, field_: str, value: object
) -> None:
    flow = await accessed(hass, entry, "compreface")
    with pytest.raises(vol.Invalid):
        await configured(hass, flow, {**ANSWER, field_: value})


async def test_where_there_is_nobody_and_no_camera_nothing_is_offered_to_be_left_out(
    hass: HomeAssistant, entry: MockConfigEntry, checked: Checked
) -> None:
    for subentry_id in list(entry.subentries):
        hass.config_entries.async_remove_subentry(entry, subentry_id)
    flow = await accessed(hass, entry, "compreface")
    assert fields(flow) == {"enabled", "band", "per_minute", "per_day"}


async def test_a_service_can_be_changed_while_kith_is_not_running(
    hass: HomeAssistant, entry: MockConfigEntry, checked: Checked
) -> None:
    add_service(hass, entry, url=URLS["compreface"], key=KEY)
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(entry.entry_id)
    flow = await changing(hass, entry)
    assert flow["menu_options"] == ["allowed", "access"]
    flow = await configured(hass, flow, {"next_step_id": "allowed"})
    assert (await configured(hass, flow, ANSWER))["reason"] == "allowed_changed"
