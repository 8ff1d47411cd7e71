"""A camera that hangs upside down is found out by the faces that its turned pictures show."""

from dataclasses import replace

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.cameras import turned_look
from custom_components.kith.cameras.turned_look import EVERY, TurnedLook
from custom_components.kith.kith_engine.analysis import Analysis
from custom_components.kith.kith_engine.errors import EngineBusyError
from custom_components.kith.settings import Turn
from tests.identity.faces import EMPTY, axis, shown

from .conftest import Scripted, Shown, eventually
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


async def test_a_camera_s_pictures_are_tried_turned(
    hass: HomeAssistant, entry: MockConfigEntry, engine: Scripted, hall: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turned_look, "EVERY", 0.0)
    hall.picture = b"\xff\xd8\xff a picture"
    scripted = engine.analyze

    def analyze(encoded: bytes, camera: str, *rest: object) -> Analysis:
        if camera.endswith(".turned"):
            if hall.taken % 2:
                raise EngineBusyError("of others")
            return SOMEBODY if b"Exif" in encoded else NOBODY
        return scripted(encoded, camera, *rest)

    monkeypatch.setattr(engine, "analyze", analyze)
    engine.answer = NOBODY
    await eventually(lambda: camera_of(entry).turned_look.suggested is Turn.UPSIDE_DOWN)
    assert not entry.runtime_data.household.presence.visits, "what a turned picture shows is no visit"
