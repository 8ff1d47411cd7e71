"""Turns pictures of cameras that hang upside down or on their side, without decoding them.

A turned picture is the same JPEG with an EXIF orientation: the engine and browsers turn it when they decode it, so
areas, boxes, crops, and shown pictures agree.
"""

from contextlib import suppress

from homeassistant.components.camera import get_camera_from_entity_id, get_dynamic_camera_stream_settings
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..kith_engine.analysis import Area
from ..settings import Turn

UPRIGHT = 1
"""Orientations are numbered as in EXIF 2.32, 4.6.4 A."""
_STEPS = {1: (0, 0), 2: (1, 0), 3: (0, 2), 4: (1, 2), 5: (1, 3), 6: (0, 1), 7: (1, 1), 8: (0, 3)}
"""What each needs to be seen upright: mirrored or not, then quarter turns clockwise."""
_ORIENTATIONS = {steps: orientation for orientation, steps in _STEPS.items()}
_OF_TURN = {Turn.NONE: UPRIGHT, Turn.RIGHT: 6, Turn.UPSIDE_DOWN: 3, Turn.LEFT: 8, Turn.MIRRORED: 2}
_OF_STREAM = {6: 8, 8: 6}
"""Home Assistant's numbers are EXIF's, except that its "rotate left" is 6."""

_JPEG = b"\xff\xd8\xff"
_EXIF = b"".join(
    (
        b"\xff\xe1\x00\x22Exif\x00\x00",
        b"MM\x00\x2a\x00\x00\x00\x08\x00\x01",
        b"\x01\x12\x00\x03\x00\x00\x00\x01\x00%c\x00\x00\x00\x00\x00\x00",
    )
)
"""An APP1 segment with nothing but the orientation, which its one %c is."""


def turned(picture: bytes, orientation: int) -> bytes:
    """The picture with this orientation in place of its own; as it is if that is UPRIGHT, or if it is no JPEG."""
    if orientation == UPRIGHT or not picture.startswith(_JPEG):
        return picture
    return picture[:2] + _EXIF % orientation + picture[2:]  # readers take the first segment of a kind


def by(turn: Turn) -> int:
    """The orientation that turns a picture so. Not for AUTOMATIC."""
    return _OF_TURN[turn]


def after(orientation: int, done: int) -> int:
    """The orientation to give a picture to which `done` was already applied."""
    (mirrored, quarters), (was_mirrored, was_turned) = _STEPS[orientation], _STEPS[done]
    mirrors = mirrored ^ was_mirrored
    return _ORIENTATIONS[mirrors, (quarters + (was_turned if mirrors else -was_turned)) % 4]


def turned_area(area: Area, orientation: int) -> Area:
    """Where this part of a picture is once the picture is seen with this orientation."""
    mirrored, quarters = _STEPS[orientation]
    if mirrored:
        area = Area(1 - area.right, area.top, 1 - area.left, area.bottom)
    for _ in range(quarters):
        area = Area(1 - area.bottom, area.left, 1 - area.top, area.right)
    return area


async def stream_orientation(hass: HomeAssistant, camera: str, turn: Turn = Turn.AUTOMATIC) -> int:
    """What this camera's stream needs to be seen upright. AUTOMATIC: as it is shown in Home Assistant."""
    if turn is not Turn.AUTOMATIC:
        return by(turn)
    with suppress(HomeAssistantError):  # the camera was turned off or removed after it gave a picture
        preferred = int((await get_dynamic_camera_stream_settings(hass, camera)).orientation)
        return _OF_STREAM.get(preferred, preferred)
    return UPRIGHT


async def orientation_of(hass: HomeAssistant, camera: str, turn: Turn = Turn.AUTOMATIC) -> int:
    """What a still of this camera needs to be seen upright. AUTOMATIC: as its stream is shown in Home Assistant."""
    preferred, done = await stream_orientation(hass, camera), UPRIGHT
    with suppress(HomeAssistantError):
        entity = get_camera_from_entity_id(hass, camera)
        if entity.use_stream_for_stills and entity.webrtc_provider is None:
            done = preferred  # Home Assistant turns what it takes from the stream itself
    return after(preferred if turn is Turn.AUTOMATIC else by(turn), done)
