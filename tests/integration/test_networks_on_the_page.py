"""Other networks are tried from the page: a real second engine with the other pack, which always ends."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
import io
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
from PIL import Image, ImageEnhance, ImageOps
import psutil
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import pytest_socket

from custom_components.kith.const import DOMAIN
from custom_components.kith.enrollment import pack_trial
from custom_components.kith.enrollment.acceptance import enroll
from custom_components.kith.enrollment.portrait import Portrait, portray
from custom_components.kith.identity.evidence import Outcome, Verdict
from custom_components.kith.identity.gallery import Source
from custom_components.kith.identity.visit_record import VisitRecord
from custom_components.kith.kith_engine.manifest import load_manifest
from custom_components.kith.storage.faces import Kept
from tests.contract import assert_like
from tests.pictures import astronaut, encoded

from .conftest import Shown, camera_subentry, eventually, person_subentry
from .page import Caller, camera_id

pytestmark = [pytest.mark.one_release, pytest.mark.slow]

COMPACT, STANDARD = (f"{name} {load_manifest(name).version}" for name in ("compact", "standard"))


async def portrait(home: MockConfigEntry, picture: Image.Image) -> Portrait:
    found = await portray(home.runtime_data.engine, encoded(picture), Source.PHOTO, keep_photo=True)
    assert isinstance(found, Portrait), found
    return found


async def visited(home: MockConfigEntry, found: Portrait, face: bytes) -> None:
    """A visit that stayed undecided, with this kept face."""
    stores, when = home.runtime_data.stores, dt_util.utcnow() - timedelta(minutes=1)
    face_id = await stores.photos.save_stranger(when, camera_id(home), face)
    await stores.faces.add(Kept(replace(found.template, template_id=face_id), camera_id(home), face_id))
    stores.visits.put(VisitRecord(face_id, camera_id(home), when, when, Verdict(Outcome.UNSURE), face_id=face_id))


def blurred(jpeg: bytes) -> bytes:
    """As from a camera across the room."""
    picture = Image.open(io.BytesIO(jpeg))
    small = picture.resize((64, 64), Image.Resampling.BOX)
    return encoded(ImageEnhance.Brightness(small).enhance(0.6), quality=60)


@pytest.fixture
async def home(
    hass: HomeAssistant, hall: Shown, published: Path, brought: Callable[[str, HomeAssistant], None]
) -> AsyncIterator[MockConfigEntry]:
    """Kith's own networks run here, the standard ones are wanted; two photos of Eileen and two faces are kept."""
    eileen = person_subentry("Eileen")
    eileen["data"]["consent"]["to"] = ["recognize", "photos"]
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Kith",
        data={"engine": "local"},
        options={"keep_strangers": 7, "pack": "standard"},
        subentries_data=[eileen, camera_subentry(enabled=False)],
    )
    entry.add_to_hass(hass)
    brought("compact", hass)
    assert await hass.config_entries.async_setup(entry.entry_id), entry.reason
    found = await portrait(entry, astronaut())
    dim = await portrait(entry, ImageEnhance.Brightness(ImageOps.mirror(astronaut())).enhance(0.7))
    await enroll(entry.runtime_data, "eileen", [found, dim])
    assert found.photo is not None
    for face in (found.photo, blurred(found.photo)):
        await visited(entry, found, face)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def page(hass: HomeAssistant, home: MockConfigEntry, hass_ws_client: Any) -> Caller:
    client = await hass_ws_client(hass)
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)  # the plugin resets this
    return Caller(client)


def engines() -> int:
    """How many run."""
    found = 0
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it ends at this moment
            found += "serve" in child.cmdline()
    return found


async def result(page: Caller) -> tuple[dict[str, Any], list[int]]:
    """The last event of a trial, and all percents until then."""
    await page.follow("networks/try")
    percents: list[int] = []

    def over(event: dict[str, Any]) -> bool:
        percents.append(event["percent"])
        return bool(event["tried"] or event["trouble"])

    return await page.event(over), percents


async def test_what_the_standard_networks_would_change_is_said_before_they_take_over(
    hass: HomeAssistant, home: MockConfigEntry, page: Caller
) -> None:
    networks = (await page.ask("settings/get"))["networks"]
    assert (networks["now"], networks["wanted"], networks["pending"]) == ("compact", "standard", True)
    assert networks["tried"] is None
    event, percents = await result(page)
    assert_like(event, "networks_try")
    assert percents == sorted(percents)
    assert (event["percent"], event["trouble"]) == (100, None)
    tried = event["tried"]
    assert tried["head"].startswith("Of the last 2 visits with a kept face")
    assert any("would end as before" in line for line in tried["lines"]), "the sharp one"
    assert tried["photos"].startswith("Of 2 kept photos, each compared with the others: 2 named now, 2 then")
    assert tried["lost"] is None
    assert engines() == 1
    assert home.runtime_data.engine.facts.pack == COMPACT, "nothing has changed yet"

    networks = (await page.ask("settings/get"))["networks"]
    assert networks["tried"] == tried
    await page.client.send_json_auto_id({"type": "update/release_notes", "entity_id": networks["update"]})
    notes = (await page.client.receive_json())["result"]
    assert tried["head"] in notes
    assert tried["photos"] in notes


async def test_a_trial_ends_with_the_page_or_with_kith_and_keeps_updates_waiting(
    hass: HomeAssistant, home: MockConfigEntry, page: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []

    async def go_on(trial: object, _pack: str) -> None:
        begun.append(trial)
        await asyncio.Event().wait()

    monkeypatch.setattr(pack_trial._Trial, "run", go_on)
    trial = await page.follow("networks/try")
    await eventually(lambda: begun)
    assert engines() == 2
    with pytest.raises(HomeAssistantError) as refused:
        await hass.services.async_call("update", "install", {"entity_id": "update.kith_networks"}, blocking=True)
    assert refused.value.translation_key == "packs_busy"
    assert not hass.states.get("update.kith_networks").attributes["in_progress"]
    await page.leave(trial)
    await page.follow("networks/try")  # at once: the first one is still ending
    await eventually(lambda: len(begun) == 2)
    assert engines() == 2
    await hass.config_entries.async_unload(home.entry_id)
    await eventually(lambda: engines() == 0)


async def test_networks_that_cannot_be_had_are_said_to_be_so(
    hass: HomeAssistant, home: MockConfigEntry, page: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_MODEL_MIRROR", str(tmp_path))
    event, _ = await result(page)
    assert event["tried"] is None
    assert "could not be downloaded" in event["trouble"]
    assert engines() == 1
    await page.ask("settings/set", pack="compact")
    assert await page.refused("networks/try") == "no_other_networks"
