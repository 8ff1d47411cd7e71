"""Cameras that hang upside down or on their side: turned once, everywhere, as Home Assistant or the owner says."""

import io
from typing import Any

from homeassistant.components.camera import Camera, get_dynamic_camera_stream_settings
from homeassistant.components.camera.const import DATA_CAMERA_PREFS
from homeassistant.components.stream import Orientation
from homeassistant.components.stream.core import TRANSFORM_IMAGE_FUNCTION
from homeassistant.core import HomeAssistant
import numpy as np
from PIL import Image, ImageOps
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.cameras.orientation import UPRIGHT, after, by, orientation_of, turned, turned_area
from custom_components.kith.kith_engine.analysis import Analysis, Area
from custom_components.kith.kith_engine.picture import Picture
from custom_components.kith.settings import Turn
from tests.identity.faces import EMPTY, shown

from .conftest import Scripted, Shown, eventually, face_of
from .test_cameras import camera_of


def still(kind: str = "JPEG") -> bytes:
    """Four corners of different brightness."""
    corners = np.kron(np.array([[0, 80], [160, 250]], np.uint8), np.ones((16, 24), np.uint8))
    encoded = io.BytesIO()
    Image.fromarray(corners).save(encoded, kind)
    return encoded.getvalue()


def seen(picture: bytes) -> np.ndarray:
    """(2, 2) brightness of the corners, as viewers show them."""
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(picture)))
    return np.asarray(upright.reduce(8))[[0, 0, -1, -1], [0, -1, 0, -1]].reshape(2, 2)


@pytest.mark.parametrize("orientation", Orientation)
async def test_stills_are_turned_as_home_assistant_turns_the_stream(
    hass: HomeAssistant, hall: Shown, orientation: Orientation
) -> None:
    (await get_dynamic_camera_stream_settings(hass, "camera.hall")).orientation = orientation
    expected = TRANSFORM_IMAGE_FUNCTION[orientation](seen(still()))
    found = turned(still(), await orientation_of(hass, "camera.hall"))
    assert np.array_equal(seen(found), expected)
    assert Picture(found).size == Image.fromarray(TRANSFORM_IMAGE_FUNCTION[orientation](np.zeros((32, 48)))).size


async def test_the_owner_s_choice_comes_first(hass: HomeAssistant, hall: Shown) -> None:
    (await get_dynamic_camera_stream_settings(hass, "camera.hall")).orientation = Orientation.ROTATE_LEFT
    for turn in set(Turn) - {Turn.AUTOMATIC}:
        assert await orientation_of(hass, "camera.hall", turn) == by(turn)
    clockwise = turned(still(), by(Turn.RIGHT))
    assert np.array_equal(seen(clockwise), np.rot90(seen(still()), -1))


@pytest.mark.parametrize("done", range(1, 9))
@pytest.mark.parametrize("wanted", range(1, 9))
def test_what_was_turned_already_is_turned_the_rest(wanted: int, done: int) -> None:
    encoded = io.BytesIO()
    ImageOps.exif_transpose(Image.open(io.BytesIO(turned(still(), done)))).save(encoded, "JPEG")
    assert np.allclose(seen(turned(encoded.getvalue(), after(wanted, done))), seen(turned(still(), wanted)), atol=3)


async def test_stills_from_the_stream_are_not_turned_twice(
    hass: HomeAssistant, hall: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    (await get_dynamic_camera_stream_settings(hass, "camera.hall")).orientation = Orientation.ROTATE_180
    monkeypatch.setattr(Camera, "use_stream_for_stills", property(lambda _: True))
    assert await orientation_of(hass, "camera.hall") == UPRIGHT
    assert await orientation_of(hass, "camera.hall", Turn.NONE) == by(Turn.UPSIDE_DOWN), "it turns them back"
    monkeypatch.setattr(Camera, "webrtc_provider", property(lambda _: object()))
    assert await orientation_of(hass, "camera.hall") == by(Turn.UPSIDE_DOWN), "a provider's stills are not turned"


async def test_a_camera_that_was_turned_off_meanwhile_breaks_nothing(
    hass: HomeAssistant, hall: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Camera, "is_on", property(lambda _: False))
    assert await orientation_of(hass, "camera.hall") == UPRIGHT


def test_what_is_no_jpeg_or_hangs_upright_stays_as_it_is() -> None:
    assert turned(still("PNG"), by(Turn.UPSIDE_DOWN)) == still("PNG")
    assert turned(still(), UPRIGHT) == still()


async def test_what_is_analyzed_and_shown_is_turned_as_set(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, hall: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyzed: list[bytes] = []

    def analyze(encoded: bytes, *_: Any) -> Analysis:
        analyzed.append(encoded)
        return shown(face_of(0)) if encoded.startswith(b"\xff\xd8") else EMPTY

    monkeypatch.setattr(engine, "analyze", analyze)
    hall.picture = still()
    await hass.data[DATA_CAMERA_PREFS].async_update("camera.hall", orientation=Orientation.ROTATE_180)
    upside_down = turned(still(), by(Turn.UPSIDE_DOWN))
    await eventually(lambda: analyzed and analyzed[-1].startswith(upside_down))
    await eventually(lambda: camera_of(entry).last.picture.startswith(upside_down))
    [subentry] = [one for one in entry.subentries.values() if one.subentry_type == "camera"]
    hass.config_entries.async_update_subentry(entry, subentry, data={**subentry.data, "turned": "mirrored"})
    await eventually(lambda: camera_of(entry).last.picture.startswith(turned(still(), by(Turn.MIRRORED))))
    response = await hass.services.async_call(
        "kith", "identify", {"camera": "camera.hall"}, blocking=True, return_response=True
    )
    assert response
    assert analyzed[-1].startswith(turned(still(), by(Turn.MIRRORED))), "actions, too"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_area_is_turned_with_its_picture(orientation: int) -> None:
    corner = turned_area(Area(0, 0, 0.5, 0.5), orientation)  # the darkest one
    down, across = np.argwhere(seen(turned(still(), orientation)) < 40)[0] / 2
    assert corner == Area(across, down, across + 0.5, down + 0.5)
