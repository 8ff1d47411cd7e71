"""A question on a phone: only whoever was asked answers it, once, while it is open, by the rules of the page."""

from typing import Any

from homeassistant.auth.models import User
from homeassistant.components.frontend.storage import async_user_store
from homeassistant.core import Context, EventOrigin, HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser, async_mock_service

from custom_components.kith.phones import questions
from custom_components.kith.phones.questions import EVENT_TAP
from tests.identity.faces import like

from .conftest import Scripted, eventually
from .page import ADA_PERHAPS, NOBODY, Caller, waiting
from .people import agree

pytestmark = [pytest.mark.one_release, pytest.mark.usefixtures("quick", "page")]


def phone(
    hass: HomeAssistant, user: User, name: str = "Alan's Phone", *, reached: bool = True
) -> tuple[str, list[ServiceCall]]:
    """A user's phone, and its notifications."""
    app = MockConfigEntry(domain="mobile_app", data={"device_name": name, "user_id": user.id})
    app.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=app.entry_id, identifiers={("mobile_app", name)}, name=name
    )
    service = f"mobile_app_{name.lower().replace("'", '_').replace(' ', '_')}"
    error = None if reached else HomeAssistantError("Device not connected to local push notifications")
    return device.id, async_mock_service(hass, "notify", service, raise_exception=error)


async def ask(hass: HomeAssistant, visit: str, *devices: str, **data: Any) -> dict[str, Any]:
    """An automation asks."""
    asked = {"visit": visit, "device_id": list(devices), **data}
    found = await hass.services.async_call("kith", "ask", asked, blocking=True, return_response=True)
    assert isinstance(found, dict)
    return found


def button(told: list[ServiceCall], title: str) -> str:
    """The action of the newest question's button."""
    asked = next(call for call in reversed(told) if call.data["data"].get("actions"))
    return next(one["action"] for one in asked.data["data"]["actions"] if one["title"] == title)


async def tap(hass: HomeAssistant, action: str, user: User, origin: EventOrigin = EventOrigin.remote) -> None:
    hass.bus.async_fire(EVENT_TAP, {"action": action}, origin, context=Context(user_id=user.id))
    await hass.async_block_till_done()


def open_faces(entry: MockConfigEntry) -> int:
    return len(entry.runtime_data.stores.faces.unanswered)


def templates(entry: MockConfigEntry, who: str = "ada") -> int:
    return len(entry.runtime_data.stores.gallery.gallery.templates.get(who, ()))


async def test_the_question_has_the_picture_likely_names_and_secret_buttons(
    hass: HomeAssistant, entry: MockConfigEntry, hass_admin_user: MockUser
) -> None:
    face = await waiting(entry, ADA_PERHAPS, visit_id="visit")
    device, told = phone(hass, hass_admin_user)
    answer = await ask(hass, "visit", device)
    assert answer == {"question": face, "asked": ["mobile_app_alan_s_phone"]}
    (message,) = told
    assert (message.data["title"], message.data["message"]) == ("Somebody at Hall", "Is it Ada?")
    data = message.data["data"]
    assert data["image"] == f"/api/kith/photos/strangers/{face}", "without a signature: the app logs in"
    assert data["clickAction"] == data["url"] == f"/kith/inbox/{face}"
    assert [one["title"] for one in data["actions"]] == ["Ada", "Grace", "Somebody else", "Open"]
    secret = [one["action"] for one in data["actions"][:3]]
    assert all(len(one) > 30 for one in secret)
    assert len(set(secret)) == 3
    await ask(hass, face, device, title="At the door")
    assert told[1].data["title"] == "At the door"
    assert not {one["action"] for one in told[1].data["data"]["actions"][:3]} & set(secret)


async def test_a_tap_answers_once_and_takes_the_question_from_the_other_phones(
    hass: HomeAssistant, entry: MockConfigEntry, hass_admin_user: MockUser
) -> None:
    await waiting(entry, ADA_PERHAPS, visit_id="visit")
    device, told = phone(hass, hass_admin_user)
    other, others = phone(hass, hass_admin_user, "Tablet")
    await ask(hass, "visit", device, other)
    ada, somebody = button(told, "Ada"), button(others, "Somebody else")
    await tap(hass, ada, hass_admin_user)
    await eventually(lambda: len(told) == 2)
    assert (told[1].data["message"], templates(entry), open_faces(entry)) == ("It was Ada. Kith learned it.", 2, 0)
    assert told[1].data["data"]["tag"] == told[0].data["data"]["tag"], "replaces the question"
    await eventually(lambda: others[-1].data["message"] == "clear_notification")
    for again in (ada, somebody):
        await tap(hass, again, hass_admin_user)
    assert (templates(entry), len(told), len(others)) == (2, 2, 2)


async def test_a_phone_that_cannot_be_reached_does_not_silence_the_others(
    hass: HomeAssistant, entry: MockConfigEntry, hass_admin_user: MockUser
) -> None:
    await waiting(entry, ADA_PERHAPS, visit_id="visit")
    gone, _ = phone(hass, hass_admin_user, "Watch", reached=False)
    first, told = phone(hass, hass_admin_user)
    second, others = phone(hass, hass_admin_user, "Tablet")
    assert (await ask(hass, "visit", gone, first, second))["asked"] == ["mobile_app_alan_s_phone", "mobile_app_tablet"]
    phone(hass, hass_admin_user, reached=False)
    await tap(hass, button(told, "Ada"), hass_admin_user)
    await eventually(lambda: others[-1].data["message"] == "clear_notification")
    assert templates(entry) == 2


async def test_if_no_phone_can_be_reached_the_action_fails(
    hass: HomeAssistant, entry: MockConfigEntry, hass_admin_user: MockUser
) -> None:
    face = await waiting(entry, ADA_PERHAPS)
    gone, _ = phone(hass, hass_admin_user, "Watch", reached=False)
    with pytest.raises(HomeAssistantError) as failed:
        await ask(hass, face, gone)
    assert failed.value.translation_key == "no_phone_reached"
    assert failed.value.translation_placeholders == {"phones": "mobile_app_watch"}


async def test_only_who_was_asked_answers(
    hass: HomeAssistant, entry: MockConfigEntry, hass_admin_user: MockUser, hass_read_only_user: MockUser
) -> None:
    await waiting(entry, ADA_PERHAPS, visit_id="visit")
    device, told = phone(hass, hass_admin_user)
    await ask(hass, "visit", device)
    ada = button(told, "Ada")
    await tap(hass, ada, hass_read_only_user)
    await tap(hass, ada, hass_admin_user, EventOrigin.local)
    await tap(hass, "KITH_guess", hass_admin_user)
    assert (templates(entry), open_faces(entry), len(told)) == (1, 1, 1)
    hass.bus.async_fire(EVENT_TAP, {"action": ["no", "text"]}, EventOrigin.remote)
    await tap(hass, ada, hass_admin_user)
    await eventually(lambda: templates(entry) == 2)


async def test_who_may_not_see_the_inbox_is_not_asked(
    hass: HomeAssistant, entry: MockConfigEntry, hass_read_only_user: MockUser, hass_admin_user: MockUser
) -> None:
    face = await waiting(entry, ADA_PERHAPS)
    device, told = phone(hass, hass_read_only_user)
    with pytest.raises(ServiceValidationError) as refused:
        await ask(hass, face, device)
    assert (refused.value.translation_key, told) == ("phone_not_allowed", [])
    hass.config_entries.async_update_entry(entry, options={**entry.options, "trusted": [hass_read_only_user.id]})
    await hass.async_block_till_done()
    await ask(hass, face, device)
    hass.config_entries.async_update_entry(entry, options={**entry.options, "trusted": []})
    await hass.async_block_till_done()
    await tap(hass, button(told, "Ada"), hass_read_only_user)
    await eventually(lambda: len(told) == 2)
    assert "may not answer" in told[1].data["message"]
    assert templates(entry) == 1, "no longer trusted when it was tapped"


async def test_somebody_else_closes_the_question_and_teaches_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, hass_admin_user: MockUser
) -> None:
    face = await waiting(entry, NOBODY)
    device, told = phone(hass, hass_admin_user)
    await ask(hass, face, device)
    assert told[0].data["message"] == "Who is it?"
    await tap(hass, button(told, "Somebody else"), hass_admin_user)
    await eventually(lambda: open_faces(entry) == 0)
    gallery = entry.runtime_data.stores.gallery.gallery
    assert (templates(entry), gallery.negatives, gallery.strangers) == (1, {}, ())


async def test_the_photo_policy_holds_for_a_tap_too(
    hass: HomeAssistant, entry: MockConfigEntry, hass_admin_user: MockUser
) -> None:
    face = await waiting(entry, ADA_PERHAPS, quality=0.2)
    device, told = phone(hass, hass_admin_user)
    await ask(hass, face, device)
    await tap(hass, button(told, "Ada"), hass_admin_user)
    await eventually(lambda: len(told) == 2)
    assert (templates(entry), told[-1].data["message"]) == (
        1,
        "It was Ada. It shows too little of the face to learn from.",
    )


async def test_an_answer_that_comes_too_late_changes_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, hass_admin_user: MockUser
) -> None:
    device, told = phone(hass, hass_admin_user)
    face = await waiting(entry, ADA_PERHAPS)
    await ask(hass, face, device)
    await page.ask("inbox/dismiss", group_id=face, how="skip")
    await tap(hass, button(told, "Ada"), hass_admin_user)
    await eventually(lambda: len(told) == 2)
    assert told[1].data["message"].startswith("This question is gone")
    assert templates(entry) == 1
    face = await waiting(entry, NOBODY)
    await ask(hass, face, device)
    agree(hass, entry, "Ada")
    await hass.async_block_till_done()
    await tap(hass, button(told, "Ada"), hass_admin_user)
    await eventually(lambda: len(told) == 4)
    assert "Ada" in told[3].data["message"]
    assert templates(entry) == 0, "she withdrew in the meantime"


async def test_faces_that_came_after_the_question_are_not_answered_with_it(
    hass: HomeAssistant, entry: MockConfigEntry, hass_admin_user: MockUser
) -> None:
    device, told = phone(hass, hass_admin_user)
    face = await waiting(entry, ADA_PERHAPS, ago=60)
    await ask(hass, face, device)
    await waiting(entry, ADA_PERHAPS, ago=10)
    await tap(hass, button(told, "Ada"), hass_admin_user)
    await eventually(lambda: open_faces(entry) == 1)


async def test_what_cannot_be_asked_is_said(
    hass: HomeAssistant, entry: MockConfigEntry, hass_admin_user: MockUser
) -> None:
    device, _ = phone(hass, hass_admin_user)
    for visit, where, why in (("gone", device, "question_not_kept"), ("gone", "no device", "no_such_phone")):
        with pytest.raises(ServiceValidationError) as refused:
            await ask(hass, visit, where)
        assert refused.value.translation_key == why


async def test_each_phone_is_asked_in_its_user_s_language(
    hass: HomeAssistant, entry: MockConfigEntry, hass_admin_user: MockUser, hass_owner_user: MockUser
) -> None:
    face = await waiting(entry, ADA_PERHAPS)
    store = await async_user_store(hass, hass_admin_user.id)
    store.data["language"] = {"language": "de"}
    device, told = phone(hass, hass_admin_user)
    other, others = phone(hass, hass_owner_user, "Tablet")
    await ask(hass, face, device, other)
    assert (told[0].data["message"], others[0].data["message"]) == ("Ist es Ada?", "Is it Ada?")
    await tap(hass, button(told, "Jemand anders"), hass_admin_user)
    await eventually(lambda: len(told) == 2)
    assert told[1].data["message"].startswith("Erledigt")


async def test_the_oldest_questions_are_given_up(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_admin_user: MockUser,
    monkeypatch: pytest.MonkeyPatch,
    engine: Scripted,
) -> None:
    monkeypatch.setattr(questions, "MOST_OPEN", 2)
    device, told = phone(hass, hass_admin_user)
    faces = [await waiting(entry, like((0, 0.55), (number, 0.7)), ago=number) for number in (3, 4, 5)]
    actions = []
    for face in faces:
        await ask(hass, face, device)
        actions.append(button(told, "Somebody else"))
    count = open_faces(entry)
    await tap(hass, actions[0], hass_admin_user)
    assert open_faces(entry) == count
    await tap(hass, actions[2], hass_admin_user)
    await eventually(lambda: open_faces(entry) < count)
