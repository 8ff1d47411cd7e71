"""Every visit has a picture, as far as was agreed: the best face, for the days that the owner set."""

from dataclasses import replace
from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.identity.gallery import EnrolledEmbedding
from custom_components.kith.review.merging import merge
from custom_components.kith.storage.photos import VisitPictureStore
from tests.identity.faces import EMPTY, NETWORK, axis, shown

from .conftest import JPEG, Scripted, eventually, face_of
from .page import Caller, waiting
from .people import agree, person_of
from .test_websocket_visits import visit_of

pytestmark = [pytest.mark.one_release, pytest.mark.usefixtures("brisk")]
POOR = b"\xff\xd8 a poor face \xff\xd9"


@pytest.fixture
async def pictures(hass: HomeAssistant, entry: MockConfigEntry, page: Caller) -> VisitPictureStore:
    """Ada agreed to pictures, Grace did not."""
    agree(hass, entry, "Ada", "recognize", "photos")
    await hass.async_block_till_done()
    return entry.runtime_data.stores.visit_pictures


async def test_a_visit_of_somebody_who_agreed_has_a_picture(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, pictures: VisitPictureStore, page: Caller
) -> None:
    folder = Path(hass.config.path("kith", "photos", "visits", "ada"))
    engine.answer = shown(face_of(0))
    await eventually(lambda: hass.states.get("binary_sensor.ada_presence").state == "on" and engine.cropped)
    engine.answer = EMPTY
    await eventually(lambda: list(folder.glob("*.jpg")))
    (visit,) = (await page.ask("visits/list"))["visits"]
    assert "/photos/visits/" in visit["picture"]
    await page.ask("visits/delete", visit_id=visit["visit_id"])
    await entry.runtime_data.undos.finish()
    assert not folder.exists()


async def test_of_who_did_not_agree_none_is_kept(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, pictures: VisitPictureStore
) -> None:
    engine.answer = shown(face_of(1))
    await eventually(lambda: hass.states.get("binary_sensor.grace_presence").state == "on")
    engine.answer = EMPTY
    asked = len(engine.asked)
    await eventually(lambda: len(engine.asked) > asked + 40)
    await hass.async_block_till_done()
    assert await pictures.people() == {}


async def test_pictures_go_with_the_days_consent_and_person(
    hass: HomeAssistant, entry: MockConfigEntry, pictures: VisitPictureStore, steady: None
) -> None:
    home = entry.runtime_data
    for number in (1, 24 * 6):
        home.stores.visits.put(visit_of(entry, number))
        await pictures.keep("ada", f"visit{number:03}", JPEG, home.keeps_pictures)
    await pictures.keep("grace", "visit001", JPEG, home.keeps_pictures)
    assert await pictures.people() == {"ada": ("visit001", "visit144")}
    hass.config_entries.async_update_entry(entry, options={"keep_strangers": 3})
    await hass.async_block_till_done()
    assert await pictures.people() == {"ada": ("visit001",)}
    agree(hass, entry, "Ada", "recognize")
    await hass.async_block_till_done()
    assert await pictures.people() == {}
    agree(hass, entry, "Ada", "recognize", "photos")
    await pictures.keep("ada", "visit001", JPEG, home.keeps_pictures)
    hass.config_entries.async_remove_subentry(entry, person_of(entry, "Ada").subentry_id)
    await hass.async_block_till_done()
    assert await pictures.people() == {}


async def test_a_picture_follows_the_owner_s_answers(
    hass: HomeAssistant, entry: MockConfigEntry, pictures: VisitPictureStore, page: Caller
) -> None:
    """A question answered, a visit corrected, and two people merged."""
    home = entry.runtime_data
    agree(hass, entry, "Grace", "recognize", "photos")
    await hass.async_block_till_done()
    face = await waiting(entry, axis(0), visit_id="visit001")
    home.stores.visits.put(visit_of(entry, 1, None, face_id=face))
    await page.ask("inbox/assign", group_id=face, person_id="ada")
    await home.undos.finish()
    assert await pictures.people() == {"ada": ("visit001",)}
    home.stores.visits.put(visit_of(entry, 2))
    await pictures.keep("ada", "visit002", JPEG, home.keeps_pictures)
    await page.ask("visits/correct", visit_id="visit002", person_id="grace")
    await home.undos.finish()
    assert await pictures.people() == {"ada": ("visit001",), "grace": ("visit002",)}
    await merge(home, person_of(entry, "Ada"), person_of(entry, "Grace"))
    await hass.async_block_till_done()
    assert await pictures.people() == {"grace": ("visit001", "visit002")}
    assert await pictures.find("grace", "../visit001") is None


async def test_a_stranger_s_question_shows_their_best_face(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, pictures: VisitPictureStore
) -> None:
    """The first one is asked about at once; the best one of the visit takes its place, under the same id."""
    home = entry.runtime_data
    engine.answer = shown(axis(5))
    await eventually(lambda: home.stores.faces.unanswered)
    first = home.stores.faces.unanswered[-1]
    poor = replace(first.template, embeddings=(EnrolledEmbedding(axis(5), NETWORK, 0.5),))
    await home.stores.faces.add(replace(first, template=poor))
    assert await home.stores.photos.replace_stranger(first.face_id, POOR)
    engine.answer = EMPTY
    await eventually(lambda: home.stores.faces.get(first.face_id).template.quality > 0.5)
    assert home.stores.faces.get(first.face_id).captured == first.captured
    assert await home.stores.photos.stranger(first.face_id) == JPEG
    assert not await home.stores.photos.replace_stranger("gone", POOR)
