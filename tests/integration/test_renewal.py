"""Templates are made again from kept photos if the engine has another network; once, and from nothing else."""

from dataclasses import replace
from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import numpy as np
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.kith.enrollment import portrait
from custom_components.kith.health.monitor import EVERY
from custom_components.kith.identity.gallery import EnrolledEmbedding
from custom_components.kith.kith_engine.analysis import Analysis, Face, Look, Scope
from custom_components.kith.kith_engine.errors import EngineBusyError, PictureError
from tests.identity.faces import EMPTY, FACTS, axis, shown, template

from .conftest import Scripted, eventually
from .page import ADA_PERHAPS, Caller, waiting

pytestmark = pytest.mark.one_release


@pytest.fixture
async def foreign(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """An engine on another host. Ada's photo is kept, and another network made her template from it."""
    subentry = next(one for one in entry.subentries.values() if one.title == "Ada")
    agreed = {**subentry.data["consent"], "to": ["recognize", "photos"]}
    hass.config_entries.async_update_subentry(entry, subentry, data={**subentry.data, "consent": agreed})
    await hass.async_block_till_done()
    home = entry.runtime_data
    await home.change(lambda gallery: gallery.without("ada"))
    await home.enroll("ada", [template(axis(0), "old", network="net-of-yore")])
    await home.stores.photos.save_person("ada", "old", b"\xff\xd8 a face")
    return entry


def meet_again(entry: MockConfigEntry) -> None:
    availability = entry.runtime_data.engine._availability
    availability.ended()
    availability.came()


def looks_at_photos(engine: Scripted) -> int:
    return sum(camera == "enrollment" for camera, _ in engine.asked)


async def test_another_host_s_other_network_renews_the_gallery_by_itself(
    foreign: MockConfigEntry, engine: Scripted
) -> None:
    engine.answer = shown(axis(0))
    meet_again(foreign)
    home = foreign.runtime_data
    await eventually(lambda: home.stores.gallery.gallery.templates["ada"][0].embedding == FACTS.embedding)
    assert home.stores.gallery.gallery.template_ids >= {"old"}


async def test_a_photo_that_does_not_do_any_more_is_not_asked_about_for_ever(
    hass: HomeAssistant, foreign: MockConfigEntry, engine: Scripted
) -> None:
    meet_again(foreign)
    await eventually(lambda: looks_at_photos(engine) == 1 and not foreign.runtime_data.renewing)
    meet_again(foreign)
    await hass.async_block_till_done()
    assert looks_at_photos(engine) == 1
    assert foreign.runtime_data.stores.gallery.gallery.templates["ada"][0].embedding == "net-of-yore"


async def test_a_kept_photo_with_a_mask_is_not_enrolled_again(foreign: MockConfigEntry, engine: Scripted) -> None:
    """It was taken before Kith noticed masks."""
    seen = shown(axis(0))
    (face,) = seen.faces
    engine.answer = replace(seen, faces=(replace(face, quality=replace(face.quality, covered=True)),))
    meet_again(foreign)
    await eventually(lambda: looks_at_photos(engine) == 1 and not foreign.runtime_data.renewing)
    assert foreign.runtime_data.stores.gallery.gallery.templates["ada"][0].embedding == "net-of-yore"


async def test_an_engine_that_fails_meanwhile_is_asked_again_when_it_is_met_again(
    foreign: MockConfigEntry, engine: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    engine.answer = RuntimeError("it broke")
    meet_again(foreign)
    await eventually(lambda: "could not process the kept photos again" in caplog.text)
    engine.answer = shown(axis(0))
    meet_again(foreign)
    await eventually(
        lambda: foreign.runtime_data.stores.gallery.gallery.templates["ada"][0].embedding == FACTS.embedding
    )


async def test_cameras_go_first_and_what_was_renewed_before_is_kept(
    foreign: MockConfigEntry, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portrait, "BUSY_PAUSE", 0)
    home = foreign.runtime_data
    await home.enroll("ada", [template(axis(0), "older", network="net-of-yore")])
    await home.stores.photos.save_person("ada", "older", b"\xff\xd8 a face")
    answers = iter([shown(axis(0)), EngineBusyError("too much to do"), shown(axis(0))])

    def analyze(_encoded: bytes, _camera: str, look: Look, _scope: Scope) -> Analysis:
        answer = next(answers) if look is Look.PORTRAIT else EMPTY
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(engine, "analyze", analyze)
    meet_again(foreign)
    await eventually(
        lambda: {one.embedding for one in home.stores.gallery.gallery.templates["ada"]} == {FACTS.embedding}
    )


async def test_after_a_failure_it_is_tried_again_by_itself_and_more_and_more_rarely(
    hass: HomeAssistant, foreign: MockConfigEntry, engine: Scripted
) -> None:
    home = foreign.runtime_data

    async def looks_after_a_minute(looks: int) -> None:
        async_fire_time_changed(hass, dt_util.utcnow() + EVERY + timedelta(seconds=1))
        await hass.async_block_till_done()
        await eventually(lambda: looks_at_photos(engine) == looks and not home.renewing)

    engine.answer = RuntimeError("it broke")
    meet_again(foreign)
    await eventually(lambda: looks_at_photos(engine) == 1 and not home.renewing)
    await looks_after_a_minute(2)
    await looks_after_a_minute(2)
    engine.answer = shown(axis(0))
    await looks_after_a_minute(3)
    assert home.stores.gallery.gallery.templates["ada"][0].embedding == FACTS.embedding
    await looks_after_a_minute(3)


async def waiting_since_the_other_network(entry: MockConfigEntry) -> str:
    """A face of a visit is kept; a network with longer vectors saw it. Returns its id."""
    face_id = await waiting(entry, ADA_PERHAPS)
    faces = entry.runtime_data.stores.faces
    long = EnrolledEmbedding(np.eye(1, 16, dtype=np.float32)[0], "net-of-yore", 0.8)
    kept = faces.get(face_id)
    await faces.renew({face_id: replace(kept.template, embeddings=(long,))})
    return face_id


async def test_kept_faces_are_compared_by_the_new_network_too(
    entry: MockConfigEntry, engine: Scripted, page: Caller
) -> None:
    face_id = await waiting_since_the_other_network(entry)
    engine.answer = shown(ADA_PERHAPS)
    meet_again(entry)
    faces = entry.runtime_data.stores.faces
    await eventually(lambda: faces.get(face_id).template.embedding == FACTS.embedding)
    (group,) = (await page.ask("inbox/list"))["groups"]
    assert group["suggestion"]["name"] == "Ada"


@pytest.mark.parametrize("answer", [shown(), PictureError("damaged")], ids=["no face", "no picture"])
async def test_a_kept_face_that_the_new_network_does_not_find_teaches_nothing(
    entry: MockConfigEntry, engine: Scripted, page: Caller, answer: Face | PictureError
) -> None:
    """Its numbers are another network's: they are compared with nothing, and the answer is only logged."""
    face_id = await waiting_since_the_other_network(entry)
    engine.answer = answer
    meet_again(entry)
    await eventually(lambda: looks_at_photos(engine) == 1 and not entry.runtime_data.renewing)
    answered = await page.ask("inbox/assign", group_id=face_id, person_id="ada")
    (left,) = answered["dropped"]
    assert left["why"].startswith("Other networks saw this face")
    assert len(entry.runtime_data.stores.gallery.gallery.templates["ada"]) == 1
