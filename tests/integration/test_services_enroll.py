"""The action kith.enroll: a photo from a camera, a file, or an upload; refusals say why."""

from pathlib import Path
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.kith.kith_engine.analysis import Flaw
from custom_components.kith.kith_engine.errors import EngineError
from tests.identity.faces import axis, face, like, shown

from .conftest import Scripted, Shown, eventually
from .test_subentry_flows import PORTRAIT, photo

ADA = "binary_sensor.ada_presence"


async def enroll(hass: HomeAssistant, context: Context | None = None, **fields: str | bool) -> dict:
    return await hass.services.async_call(
        "kith", "enroll", {"person": ADA, **fields}, blocking=True, return_response=True, context=context
    )


async def mark(hass: HomeAssistant, **fields: Any) -> dict:
    return await hass.services.async_call("kith", "mark_face", fields, blocking=True, return_response=True)


@pytest.fixture
def portrait(hass: HomeAssistant, hass_config_dir: str) -> str:
    """A file in a folder that the owner allowed."""
    folder = Path(hass_config_dir) / "allowed"
    folder.mkdir()
    hass.config.allowlist_external_dirs = {str(folder)}
    path = folder / "ada.jpg"
    path.write_bytes(b"a photo")
    return str(path)


async def test_what_a_camera_shows_now_becomes_a_template(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = photo(face(like((0, 0.8)), PORTRAIT))
    answer = await enroll(hass, camera="camera.hall")
    added = entry.runtime_data.stores.gallery.gallery.templates["ada"][1]
    assert added.source == "camera"
    assert answer == {
        "accepted": True,
        "person": "Ada",
        "template": added.template_id,
        "face_width": 60,
        "templates": 2,
        "looks_more_like": None,
    }


async def test_an_allowed_file_becomes_a_template(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, portrait: str
) -> None:
    engine.answer = photo(face(like((0, 0.8)), PORTRAIT))
    assert (await enroll(hass, file=portrait))["accepted"] is True


async def test_the_same_photo_again_adds_nothing_and_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = photo(face(axis(0), PORTRAIT))
    assert (await enroll(hass, camera="camera.hall"))["reason"] == "photo_double"


async def test_a_photo_that_looks_more_like_somebody_else_is_refused_unless_it_is_allowed(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = photo(face(like((1, 0.8)), PORTRAIT))
    answer = await enroll(hass, camera="camera.hall")
    assert (answer["accepted"], answer["reason"], answer["looks_more_like"]) == (False, "photo_like_other", "Grace")
    assert "Grace" in answer["message"]
    answer = await enroll(hass, camera="camera.hall", allow_lookalike=True)
    assert (answer["accepted"], answer["looks_more_like"]) == (True, "Grace")


async def test_a_face_marked_as_not_ada_is_not_taken_for_ada_any_more(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, quick: None
) -> None:
    sister = like((0, 0.55))
    view = lambda: hass.states.get("binary_sensor.hall_person_detected").attributes  # noqa: E731
    engine.answer = shown(sister)
    await eventually(lambda: view().get("outcome") == "known")
    engine.answer = photo(face(sister, PORTRAIT))
    answer = await mark(hass, not_person=ADA, camera="camera.hall", sure=True)
    marked = entry.runtime_data.stores.gallery.gallery.negatives["ada"][0].template_id
    assert answer == {"accepted": True, "not_person": "Ada", "template": marked, "face_width": 60}
    engine.answer = shown(sister)
    await eventually(lambda: view().get("outcome") in ("unsure", "stranger"))
    stored = entry.runtime_data.stores.gallery.gallery.negatives["ada"]
    assert len(stored) == 1


async def test_the_postmans_face_is_kept_only_because_the_owner_says_so_and_of_nobody_in_the_household(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    assert entry.runtime_data.stores.gallery.gallery.strangers == ()
    engine.answer = photo(face(axis(5), PORTRAIT))
    assert (await mark(hass, camera="camera.hall"))["not_person"] is None
    assert len(entry.runtime_data.stores.gallery.gallery.strangers) == 1
    assert set(entry.runtime_data.stores.gallery.gallery.templates) == {"ada", "grace"}


async def test_a_check_of_the_gallery_says_how_well_this_home_can_be_told_apart(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    for number in (2, 3, 4):
        engine.answer = photo(face(like((0, 0.8), (number, 0.4)), PORTRAIT))
        await enroll(hass, camera="camera.hall")
    found = await hass.services.async_call("kith", "check_gallery", {}, blocking=True, return_response=True)
    assert found["settings"]["normal"] == {
        "photos": 4,
        "missed": 0,
        "mixed_up": 0,
        "strangers_named_wanted": "1 in 1000",
    }
    assert found["closest"]["people"] == ["Ada", "Grace"]
    assert found["advice"] == ["Grace: add photos, at least three, from different days and in different light"]
    assert "camera.hall" in found["cameras"]


async def test_a_refused_photo_is_an_answer_with_the_reason_in_words(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = photo(face(None, PORTRAIT, flaws=(Flaw.TOO_SMALL,)))
    answer = await enroll(hass, camera="camera.hall")
    assert (answer["accepted"], answer["reason"]) == (False, "face_too_small")
    assert answer["message"].startswith("The face is 60 pixels wide; 32 are needed.")
    assert len(entry.runtime_data.stores.gallery.gallery.templates["ada"]) == 1


@pytest.mark.parametrize(("file", "reason"), [("/etc/passwd", "file_not_allowed"), (None, "file_missing")])
async def test_a_file_that_may_not_be_read_or_is_not_there_is_told(
    hass: HomeAssistant, entry: MockConfigEntry, portrait: str, file: str | None, reason: str
) -> None:
    answer = await enroll(hass, file=file or portrait.replace("ada", "nobody"))
    assert (answer["accepted"], answer["reason"]) == (False, reason)
    assert "kith" not in answer["message"], "a text, not a key"


async def test_who_is_nobody_in_kith_cannot_be_enrolled(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await enroll(hass, person="binary_sensor.hall_person_detected", camera="camera.hall")
    assert raised.value.translation_key == "no_such_person"


async def test_a_camera_that_gives_nothing_and_an_engine_that_fails_are_errors(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, hall: Shown
) -> None:
    engine.answer = EngineError("of some kind")
    with pytest.raises(HomeAssistantError) as raised:
        await enroll(hass, camera="camera.hall")
    assert raised.value.translation_key == "engine_failed"
    hall.picture = None
    with pytest.raises(HomeAssistantError) as raised:
        await enroll(hass, camera="camera.hall")
    assert raised.value.translation_key == "camera_unavailable"


async def test_exactly_one_picture_is_wanted(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    with pytest.raises(vol.Invalid):
        await enroll(hass)
    with pytest.raises(vol.Invalid):
        await enroll(hass, camera="camera.hall", file="/media/ada.jpg")


async def test_only_an_admin_may_touch_the_gallery(
    hass: HomeAssistant, entry: MockConfigEntry, hass_read_only_user: MockUser
) -> None:
    with pytest.raises(Unauthorized):
        await enroll(hass, context=Context(user_id=hass_read_only_user.id), camera="camera.hall")
    for action in ("mark_face", "check_gallery"):
        with pytest.raises(Unauthorized):
            await hass.services.async_call(
                "kith",
                action,
                {"camera": "camera.hall"} if action == "mark_face" else {},
                blocking=True,
                return_response=True,
                context=Context(user_id=hass_read_only_user.id),
            )


async def test_without_a_running_kith_the_action_says_so(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ServiceValidationError) as raised:
        await enroll(hass, camera="camera.hall")
    assert raised.value.translation_key == "not_loaded"
