"""A camera that hangs upside down is found out by the faces that its turned pictures show."""

from dataclasses import replace

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.cameras import turned_look
from custom_components.kith.cameras.turned_look import EVERY, TurnedLook
from custom_components.kith.kith_engine.analysis import Analysis, Area, Scope, Sensitivity
from custom_components.kith.kith_engine.errors import EngineBusyError
from custom_components.kith.settings import Turn
from tests.identity.faces import EMPTY, axis, shown

from .conftest import Scripted, Shown, camera_subentry, eventually, remote_entry
from .test_cameras import camera_of

pytestmark = pytest.mark.one_release

NOBODY = replace(EMPTY, looked=True)
SOMEBODY = shown(axis(0))


def begun(turn: Turn = Turn.AUTOMATIC) -> TurnedLook:
    """Where people were looked for at second 0."""
    look = TurnedLook(turn)
    assert look.to_try(NOBODY, 0) is None, "the owner has just set it up"
    return look


def tried(
    upright: list[Analysis],
    right: Turn = Turn.UPSIDE_DOWN,
    turn: Turn = Turn.AUTOMATIC,
    turned: Analysis = SOMEBODY,
) -> TurnedLook:
    """A camera whose pictures show these as they are, and this when turned the right way."""
    look = begun(turn)
    for number, analysis in enumerate(upright, 1):
        chosen = look.to_try(analysis, number * EVERY)
        if chosen is not None:
            look.note(turned if chosen is right else NOBODY)
    return look


def test_faces_that_appear_only_when_turned_suggest_that_turn() -> None:
    assert tried([NOBODY] * 2).suggested is None, "once may be by chance"
    assert tried([NOBODY] * 3).suggested is Turn.UPSIDE_DOWN
    assert tried([shown()] * 6, Turn.LEFT).suggested is Turn.LEFT, "people without faces, too"
    assert tried([NOBODY] * 6, Turn.NONE, Turn.LEFT).suggested is Turn.NONE, "a wrong setting"


def test_a_camera_that_shows_faces_as_it_is_is_right() -> None:
    assert tried([NOBODY, SOMEBODY] * 8).suggested is None
    assert tried([NOBODY] * 4 + [SOMEBODY] * 6).suggested is None, "it was turned back"
    assert tried([NOBODY] * 20, Turn.MIRRORED).suggested is None, "no turn shows any"


def test_people_who_appear_only_when_turned_suggest_that_turn() -> None:
    assert tried([NOBODY] * 6, Turn.RIGHT, turned=shown()).suggested is Turn.RIGHT
    assert tried([NOBODY, NOBODY, shown()] * 3, turned=shown()).suggested is Turn.UPSIDE_DOWN, "some appear anyway"
    assert tried([NOBODY] + [shown()] * 5, turned=shown()).suggested is None, "too far away for faces"


def test_it_is_tried_rarely_and_only_where_people_were_looked_for() -> None:
    look = begun()
    assert look.to_try(EMPTY, EVERY + 1) is None
    assert look.to_try(NOBODY, EVERY + 1) is Turn.UPSIDE_DOWN
    assert look.to_try(NOBODY, 2 * EVERY) is None
    look.note(NOBODY)
    assert look.to_try(NOBODY, 2 * EVERY + 1) is Turn.RIGHT


@pytest.fixture
def empty_hall(engine: Scripted, hall: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is seen in it upright, and it is tried turned at each look."""
    monkeypatch.setattr(turned_look, "EVERY", 0.0)
    hall.picture = b"\xff\xd8\xff a picture"
    engine.answer = NOBODY


async def test_a_camera_s_pictures_are_tried_turned(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    engine: Scripted,
    hall: Shown,
    empty_hall: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scripted = engine.analyze

    def analyze(encoded: bytes, camera: str, *rest: object) -> Analysis:
        if camera.endswith(".turned"):
            if hall.taken % 2:
                raise EngineBusyError("of others")
            return SOMEBODY if b"Exif" in encoded else NOBODY
        return scripted(encoded, camera, *rest)

    monkeypatch.setattr(engine, "analyze", analyze)
    await eventually(lambda: camera_of(entry).turned_look.suggested is Turn.UPSIDE_DOWN)
    assert not entry.runtime_data.household.presence.visits, "what a turned picture shows is no visit"


async def test_no_face_is_looked_for_while_recognition_is_switched_off(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, empty_hall: None
) -> None:
    camera = camera_of(entry)
    await eventually(lambda: tried_turned(engine))
    camera.recognizes = False
    await eventually(lambda: not engine.scopes[-1].faces)
    off = len(engine.scopes)
    await eventually(lambda: len(engine.scopes) > off + 10)
    assert not any(scope.faces for scope in engine.scopes[off:])


async def test_what_is_ignored_is_ignored_in_the_turned_picture_too(
    hass: HomeAssistant, engine: Scripted, hall: Shown, quick: None, empty_hall: None
) -> None:
    area = {"left": 0, "top": 0, "right": 100, "bottom": 25}
    watched = camera_subentry(turn=Turn.NONE, sensitivity="high", ignored=[area])
    entry = remote_entry(engine, watched)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await eventually(lambda: len(tried_turned(engine)) >= 3)
    await hass.config_entries.async_unload(entry.entry_id)
    upside_down, right, left = (Area(0, 0.75, 1, 1), Area(0.75, 0, 1, 1), Area(0, 0, 0.25, 1))
    assert tried_turned(engine)[:3] == [Scope(Sensitivity.HIGH, ignored=(area,)) for area in (upside_down, right, left)]


def tried_turned(engine: Scripted) -> list[Scope]:
    return [scope for (camera, _), scope in zip(engine.asked, engine.scopes, strict=False) if "turned" in camera]
