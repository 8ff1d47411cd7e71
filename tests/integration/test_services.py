"""Actions with responses: who is this, what is stored, how well people can be told apart, and forget."""

from pathlib import Path
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.kith.const import DOMAIN
from custom_components.kith.errors import GalleryNotSavedError
from custom_components.kith.kith_engine.analysis import Box, Flaw
from custom_components.kith.kith_engine.errors import EngineError
from custom_components.kith.storage import GalleryStore
from tests.identity.faces import axis, face, like, shown, template

from .conftest import Scripted, Shown, as_subentry, eventually, face_of, person_subentry
from .test_subentry_flows import PORTRAIT, photo

ADA = "binary_sensor.ada_presence"


async def act(hass: HomeAssistant, action: str, context: Context | None = None, **fields: Any) -> dict[str, Any]:
    answer = await hass.services.async_call(
        DOMAIN, action, fields, blocking=True, return_response=True, context=context
    )
    assert isinstance(answer, dict)
    return answer


async def test_one_picture_says_whom_it_is_like_and_that_it_is_only_one(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = photo(face(face_of(0), PORTRAIT))
    answer = await act(hass, "identify", camera="camera.hall")
    assert answer["one_picture"] is True
    (told,) = answer["faces"]
    assert (told["hint"], told["person"]) == ("likely", "Ada")
    assert told["explanation"] == "Looks like Ada, judging by this one picture"


async def test_a_strangers_picture_and_a_poor_one_name_nobody(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = photo(
        face(axis(5), PORTRAIT), face(None, Box(500, 100, 560, 160), flaws=(Flaw.BLURRED,), person=None)
    )
    stranger, poor = (await act(hass, "identify", camera="camera.hall"))["faces"]
    assert (stranger["hint"], stranger["person"]) == ("likely_stranger", None)
    assert (poor["hint"], poor["explanation"]) == ("unusable", "A person: the face was blurred")


async def test_nothing_is_told_of_who_is_not_to_be_recognized(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    data = person_subentry("Carl")
    data["data"] = {**data["data"], "consent": {"to": ["never"], "by": "Carl", "at": "2026-11-23T12:00:00+00:00"}}
    hass.config_entries.async_add_subentry(entry, as_subentry(data))
    await hass.async_block_till_done()
    await entry.runtime_data.enroll("carl", [template(axis(2), name="carl")])
    engine.answer = photo(face(face_of(2), PORTRAIT))
    assert (await act(hass, "identify", camera="camera.hall"))["faces"] == []


async def test_a_file_that_cannot_be_had_is_an_answer_with_the_reason(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    answer = await act(hass, "identify", file="/etc/passwd")
    assert (answer["accepted"], answer["reason"]) == (False, "file_not_allowed")


async def test_an_engine_that_fails_is_an_error_in_words(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = EngineError("out of memory")
    with pytest.raises(HomeAssistantError, match="out of memory"):
        await act(hass, "identify", camera="camera.hall")


async def test_an_engine_that_was_changed_meanwhile_is_not_mixed_up_with_the_one_before(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = photo(face(face_of(0), PORTRAIT))
    entry.runtime_data.household.compare_with(entry.runtime_data.stores.gallery.gallery, None)
    with pytest.raises(HomeAssistantError, match="is not responding right now"):
        await act(hass, "identify", camera="camera.hall")


async def test_a_camera_is_looked_at_now(hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted) -> None:
    engine.answer = shown(face_of(0))
    answer = await act(hass, "scan", camera="camera.hall")
    assert answer["outcome"] in ("likely", "known")
    assert len(answer["people"]) == 1
    with pytest.raises(ServiceValidationError, match=r"does not watch camera\.attic"):
        await act(hass, "scan", camera="camera.attic")


async def test_a_camera_that_gives_no_picture_is_an_error_that_says_so(
    hass: HomeAssistant, entry: MockConfigEntry, hall: Shown
) -> None:
    hall.picture = RuntimeError("no")
    with pytest.raises(HomeAssistantError, match=r"camera\.hall"):
        await act(hass, "scan", camera="camera.hall")


async def test_what_is_kept_is_listed_and_can_be_taken_back_singly(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = photo(face(like((5, 0.9)), PORTRAIT))
    engine.answer = photo(face(like((0, 0.9)), PORTRAIT))
    for fields in ({"not_person": ADA}, {}):
        refusal = await act(hass, "mark_face", camera="camera.hall", **fields)
        assert (refusal["accepted"], refusal["reason"], refusal["looks_like"]) == (False, "mark_contradicts", "Ada")
        assert "looks very much like Ada" in refusal["message"]
    hers = (await act(hass, "mark_face", camera="camera.hall", not_person=ADA, sure=True))["template"]
    assert await act(hass, "remove_template", template=hers) == {"removed": 1}
    engine.answer = photo(face(like((5, 0.9)), PORTRAIT))
    marked = (await act(hass, "mark_face", not_person=ADA, camera="camera.hall"))["template"]
    postman = (await act(hass, "mark_face", camera="camera.hall"))["template"]
    listed = await act(hass, "list_templates")
    ada = next(person for person in listed["people"] if person["person"] == "Ada")
    assert [one["id"] for one in ada["templates"]] == ["ada"]
    assert [one["id"] for one in ada["not_this_person"]] == [marked]
    assert [one["id"] for one in listed["strangers"]] == [postman]
    assert ada["templates"][0]["compared"] is True
    assert (ada["templates"][0]["judgment"], ada["templates"][0]["odd"]) == ("good", False)
    assert "vector" not in str(listed)
    only = await act(hass, "list_templates", person=ADA)
    assert [person["person"] for person in only["people"]] == ["Ada"]

    assert await act(hass, "remove_template", template=[marked, postman]) == {"removed": 2}
    gallery = (await GalleryStoreOf(hass).read()).gallery
    assert gallery.template_ids == {"ada", "grace"}
    with pytest.raises(ServiceValidationError, match=marked):
        await act(hass, "remove_template", template=marked)


class GalleryStoreOf:
    """What is really on the disk."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._store = GalleryStore(hass)

    async def read(self) -> GalleryStore:
        await self._store.load()
        return self._store


async def test_scores_are_exported_without_names_unless_they_are_wanted(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await entry.runtime_data.enroll("ada", [template(like((0, 0.8)), name="ada-2")])
    found = await act(hass, "export_evaluation")
    assert {one["shown"] for one in found["scores"]} <= {"person 1", "person 2"}
    genuine = [one["log_likelihood_ratio"] for one in found["scores"] if one["genuine"]]
    impostor = [one["log_likelihood_ratio"] for one in found["scores"] if not one["genuine"]]
    assert min(genuine) > max(impostor)
    assert found["demanded"]["strict"] > found["demanded"]["relaxed"]
    named = await act(hass, "export_evaluation", names=True)
    assert {one["shown"] for one in named["scores"]} == {"Ada", "Grace"}


async def test_who_is_forgotten_is_gone_everywhere_and_it_is_proved(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    home = entry.runtime_data
    engine.answer = shown(face_of(0))
    await eventually(lambda: hass.states.get(ADA).state == "on")
    await home.stores.photos.save_person("ada", "ada", b"\xff\xd8 a face")
    answer = await act(hass, "forget_person", person=ADA)
    assert answer["person"] == "Ada"
    assert (answer["erased"]["templates"], answer["erased"]["last_sighting"], answer["proved"]) == (1, True, True)
    assert answer["erased"]["entities"] >= 5
    assert answer["may_still_hold"]["backups"] == []
    assert "ada" not in (await GalleryStoreOf(hass).read()).gallery.people
    assert dr.async_get(hass).async_get_device_by_identifier((DOMAIN, "ada"), entry.entry_id) is None
    assert hass.states.get(ADA) is None
    assert "Ada" not in {person.title for person in entry.subentries.values()}
    assert not list(Path(hass.config.path("kith", "photos")).rglob("*ada*"))
    with pytest.raises(ServiceValidationError, match=ADA):
        await act(hass, "forget_person", person=ADA)


async def test_a_name_that_two_people_have_is_not_enough(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    data = person_subentry("Grace")
    data["data"] = {**data["data"], "person_id": "another"}
    data["unique_id"] = "another"
    hass.config_entries.async_add_subentry(entry, as_subentry(data))
    with pytest.raises(ServiceValidationError, match="More than one"):
        await act(hass, "forget_person", person="Grace")


async def test_backups_that_may_hold_a_forgotten_person_are_named(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert await async_setup_component(hass, "backup", {})
    answer = await act(hass, "forget_person", person="Ada")
    assert answer["may_still_hold"]["backups"] == []


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("identify", {"camera": "camera.hall"}),
        ("list_templates", {}),
        ("remove_template", {"template": "ada"}),
        ("forget_person", {"person": ADA}),
        ("export_evaluation", {}),
    ],
)
async def test_what_touches_the_gallery_is_for_admins(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_read_only_user: MockUser,
    action: str,
    fields: dict[str, Any],
) -> None:
    with pytest.raises(Unauthorized):
        await act(hass, action, Context(user_id=hass_read_only_user.id), **fields)
    assert "ada" in entry.runtime_data.stores.gallery.gallery.templates


async def test_without_an_engine_nothing_can_be_said(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    entry.runtime_data.engine._facts = None
    for action, fields in (("identify", {"camera": "camera.hall"}), ("export_evaluation", {})):
        with pytest.raises(HomeAssistantError):
            await act(hass, action, **fields)


async def test_a_photo_that_does_not_fit_is_told_with_whom_it_is_like(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    mixed_up = [
        template(axis(0), name="right"),
        template(like((0, 0.9)), name="as_right"),
        template(axis(1), name="odd"),
    ]
    await entry.runtime_data.enroll("ada", mixed_up)
    ada = (await act(hass, "list_templates", person=ADA))["people"][0]["templates"]
    assert [(one["id"], one["more_like"]) for one in ada if one["odd"]] == [("odd", "Grace")]


async def test_a_disk_that_refuses_is_told_and_nothing_is_changed(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise GalleryNotSavedError("no space is left.")

    monkeypatch.setattr(GalleryStore, "replace", fail)
    before = entry.runtime_data.stores.gallery.gallery.template_ids
    engine.answer = photo(face(axis(5), PORTRAIT))
    for action, fields in (
        ("enroll", {"person": ADA, "camera": "camera.hall"}),
        ("mark_face", {"camera": "camera.hall"}),
        ("remove_template", {"template": "ada"}),
    ):
        with pytest.raises(HomeAssistantError, match="no space is left"):
            await act(hass, action, **fields)
    assert entry.runtime_data.stores.gallery.gallery.template_ids == before
