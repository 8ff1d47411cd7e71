"""Other networks are tried on what a home has kept; nothing is stored, and nobody is recognized who does not agree."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import numpy as np
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.descriptions.pack_replay import tell_replay
from custom_components.kith.enrollment import pack_trial
from custom_components.kith.enrollment.pack_trial import try_pack
from custom_components.kith.errors import ReplayOutdatedError
from custom_components.kith.identity.evidence import Outcome, Verdict
from custom_components.kith.identity.pack_replay import Change, PackReplay
from custom_components.kith.identity.visit_record import Correction, VisitRecord
from custom_components.kith.kith_engine.analysis import Analysis, EngineFacts
from custom_components.kith.kith_engine.errors import EngineUnavailableError, PictureError
from custom_components.kith.kith_engine.manifest import load_manifest
from tests.identity.faces import FACTS, NETWORK, axis, like, shown, template

from .conftest import JPEG, Scripted, eventually
from .page import Caller, camera_id, waiting
from .people import agree

pytestmark = pytest.mark.one_release

PACK = load_manifest("compact")
OTHER = replace(FACTS, embedding="net-other", pack="other 1")
ADA, NOBODY, PERHAPS = axis(0), axis(5), like((0, 0.3))


@dataclass
class OtherEngine:
    """The second engine: what it sees, picture by picture, at first in the kept photos. ended: it was, afterwards."""

    answers: list[Analysis | Exception]
    facts: EngineFacts | None = OTHER
    ended: bool = False
    asked: list[bytes] = field(default_factory=list)

    async def analyze(self, picture: bytes, **_asked: Any) -> Analysis:
        self.asked.append(picture)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @asynccontextmanager
    async def beside(self, _pack: object, progress: Callable[[float], None]) -> AsyncIterator[Any]:
        """In place of PackUpdate's."""
        progress(1.0)
        try:
            yield self
        finally:
            self.ended = True


async def visited(entry: MockConfigEntry, vector: np.ndarray, *, ago: float = 60) -> str:
    """A visit whose face is kept. Returns the visit's id."""
    home, when = entry.runtime_data, dt_util.utcnow() - timedelta(seconds=ago)
    face_id = await waiting(entry, vector, ago=ago)
    verdict = Verdict(Outcome.UNSURE, likely="ada", frames=1)
    home.stores.visits.put(VisitRecord(face_id, camera_id(entry), when, when, verdict, (), 2, NETWORK, face_id))
    return face_id


@pytest.fixture
async def home(hass: HomeAssistant, entry: MockConfigEntry, page: Caller) -> MockConfigEntry:
    """Ada has two kept photos; of Grace none is kept. The camera looks at nothing."""
    for camera in entry.runtime_data.cameras.values():
        await camera.stop()
    agree(hass, entry, "Ada", "recognize", "photos")
    await hass.async_block_till_done()
    templates = [template(ADA, name=name) for name in ("first", "second")]
    kept = {one.template_id: b"\xff\xd8 Ada" for one in templates}
    await entry.runtime_data.change(lambda gallery: gallery.without_templates(["ada"]))
    await entry.runtime_data.enroll("ada", templates, kept)
    return entry


def stored(hass: HomeAssistant) -> dict[str, bytes]:
    """All that Kith has on the disk about anybody."""
    places = [Path(hass.config.path(".storage")), Path(hass.config.path("kith"))]
    files = [path for place in places for path in place.rglob("*") if path.is_file() and "kith" in str(path)]
    return {str(path): path.read_bytes() for path in files}


async def tried(home: MockConfigEntry, other: OtherEngine, shares: list[float] | None = None) -> PackReplay:
    told = shares if shares is not None else []
    return await try_pack(home.runtime_data, other, PACK, told.append)  # type: ignore[arg-type]


HERS = shown(ADA)
PHOTOS = [HERS, HERS]
"""What the other engine sees in Ada's photos."""


async def test_the_last_visits_are_seen_by_both_and_nothing_is_stored(
    hass: HomeAssistant, home: MockConfigEntry, engine: Scripted
) -> None:
    await visited(home, PERHAPS)
    await home.runtime_data.stores.save()
    before = await hass.async_add_executor_job(stored, hass)
    engine.answer = shown(PERHAPS)
    other, shares = OtherEngine([*PHOTOS, HERS]), list[float]()
    replay = await tried(home, other, shares)
    assert replay.people(Change.NAMED) == {(None, "ada"): 1}
    assert replay.lost == ("grace",)
    assert (replay.photos["ada"].photos, replay.photos["ada"].before, replay.photos["ada"].after) == (2, 2, 2)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert other.ended
    await home.runtime_data.stores.save()
    assert await hass.async_add_executor_job(stored, hass) == before
    words = tell_replay(home.runtime_data, replay)
    assert "Of the last visit with a kept face" in words
    assert "- 1 without a name would get one: Ada 1" in words
    assert "Of 2 kept photos, each compared with the others: 2 named now, 2 then." in words
    assert "Not recognized until you add new photos: Grace." in words


async def test_a_changed_photo_is_told_by_its_person_and_visits_by_kind(
    home: MockConfigEntry, engine: Scripted
) -> None:
    """The other networks see nothing in one photo, and a stranger in one of two faces."""
    for ago in (60, 120):
        await visited(home, PERHAPS, ago=ago)
    await home.runtime_data.change(lambda gallery: gallery.without("grace"))
    engine.answer = shown(PERHAPS)
    replay = await tried(home, OtherEngine([HERS, shown(), shown(NOBODY), shown(PERHAPS)]))
    words = tell_replay(home.runtime_data, replay)
    assert "Of the last 2 visits" in words
    assert "- 1 would end as before" in words
    assert "- 1 would be called a stranger's" in words
    assert "2 named now, 0 then. Ada: 0 instead of 2." in words
    assert "new photos" not in words


async def named(entry: MockConfigEntry, visit_id: str, *, ago: float, correction: Correction | None = None) -> None:
    """A visit of Ada's with a kept picture."""
    home, when = entry.runtime_data, dt_util.utcnow() - timedelta(seconds=ago)
    verdict = Verdict(Outcome.KNOWN, "ada", likely="ada", frames=4)
    visit = VisitRecord(visit_id, camera_id(entry), when, when, verdict, (), 2, NETWORK, correction=correction)
    home.stores.visits.put(visit)
    await home.stores.visit_pictures.keep("ada", visit_id, JPEG, home.keeps_pictures)


async def test_pictures_of_visits_with_a_name_are_looked_at_again(home: MockConfigEntry, engine: Scripted) -> None:
    await visited(home, PERHAPS)
    await named(home, "hers", ago=120)
    await named(home, "answered", ago=180, correction=Correction("ada", dt_util.utcnow()))
    engine.answer = HERS
    replay = await tried(home, OtherEngine([*PHOTOS, shown(ADA), shown(NOBODY)]))
    assert [visit.visit_id for visit in replay.visits][1:] == ["hers"], "Kith may have learned from the other"
    assert replay.named == 1
    assert replay.people(Change.UNNAMED) == {("ada", None): 1}
    words = tell_replay(home.runtime_data, replay)
    assert "Of the last 2 visits with a kept face" in words
    assert "- 1 had a name, of somebody who agreed that pictures are kept" in words


async def test_visits_with_a_name_leave_room_for_the_others(
    home: MockConfigEntry, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pack_trial, "LAST_NAMED", 1)
    await named(home, "newest", ago=30)
    await named(home, "older", ago=40)
    unnamed = await visited(home, PERHAPS)
    engine.answer = HERS
    replay = await tried(home, OtherEngine([*PHOTOS, HERS, HERS]))
    assert [visit.visit_id for visit in replay.visits] == ["newest", unnamed]


async def test_whoever_no_longer_agrees_to_pictures_is_left_out(
    hass: HomeAssistant, home: MockConfigEntry, engine: Scripted
) -> None:
    """The consent is asked when the picture is read: it may be withdrawn while others are looked at."""
    await visited(home, PERHAPS)
    await named(home, "hers", ago=120)
    engine.answer = shown(PERHAPS)
    other = OtherEngine([*PHOTOS, HERS])

    async def withdraw(picture: bytes, **asked: Any) -> Analysis:
        if len(other.asked) == 2:
            agree(hass, home, "Ada", "recognize")
        return await OtherEngine.analyze(other, picture, **asked)

    other.analyze = withdraw  # type: ignore[method-assign]
    replay = await tried(home, other)
    assert (replay.named, len(replay.visits), len(other.asked)) == (0, 1, 3)


async def test_with_no_kept_face_only_photos_are_tried(home: MockConfigEntry) -> None:
    replay = await tried(home, OtherEngine([*PHOTOS]))
    assert replay.visits == ()
    assert "only photos could be tried" in tell_replay(home.runtime_data, replay)


async def test_at_most_the_last_visits_are_replayed(
    home: MockConfigEntry, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pack_trial, "LAST_VISITS", 1)
    newest = await visited(home, PERHAPS)
    await visited(home, PERHAPS, ago=3600)
    engine.answer = shown(PERHAPS)
    replay = await tried(home, OtherEngine([*PHOTOS, HERS]))
    assert [visit.visit_id for visit in replay.visits] == [newest]


@pytest.mark.parametrize("answer", [shown(), PictureError("damaged")], ids=["no face", "no picture"])
async def test_a_face_that_the_networks_in_use_do_not_find_again_is_left_out(
    home: MockConfigEntry, engine: Scripted, answer: Analysis | Exception
) -> None:
    await visited(home, PERHAPS)
    engine.answer = answer
    assert (await tried(home, OtherEngine([*PHOTOS, HERS]))).visits == ()


async def test_a_face_that_only_the_other_networks_miss_stays_unnamed(home: MockConfigEntry, engine: Scripted) -> None:
    await visited(home, PERHAPS)
    engine.answer = HERS
    replay = await tried(home, OtherEngine([*PHOTOS, shown()]))
    assert replay.people(Change.UNNAMED) == {("ada", None): 1}


async def test_a_face_of_somebody_to_be_avoided_is_left_out(
    hass: HomeAssistant, home: MockConfigEntry, engine: Scripted
) -> None:
    await visited(home, PERHAPS)
    agree(hass, home, "Ada", "never", "photos")
    await hass.async_block_till_done()
    engine.answer = shown(NOBODY)
    other = OtherEngine([*PHOTOS, HERS])
    assert (await tried(home, other)).visits == ()


async def test_who_withdraws_meanwhile_ends_it(hass: HomeAssistant, home: MockConfigEntry, engine: Scripted) -> None:
    await visited(home, PERHAPS)
    engine.answer = shown(PERHAPS)
    other = OtherEngine([*PHOTOS, HERS])

    async def withdraw(picture: bytes, **asked: Any) -> Analysis:
        agree(hass, home, "Ada")
        await hass.async_block_till_done()
        return await OtherEngine.analyze(other, picture, **asked)

    other.analyze = withdraw  # type: ignore[method-assign]
    with pytest.raises(ReplayOutdatedError):
        await tried(home, other)
    assert other.ended
    assert len(other.asked) == 1, "her second photo is not looked at"
    assert home.runtime_data.replay is None


async def test_the_result_goes_when_what_it_rests_on_changes(home: MockConfigEntry, page: Caller) -> None:
    replay = await tried(home, OtherEngine([*PHOTOS]))
    assert home.runtime_data.replay is replay
    await page.ask("knob/set", sureness="strict")
    await eventually(lambda: home.runtime_data.replay is None)


async def test_without_an_engine_nothing_is_tried(home: MockConfigEntry) -> None:
    other = OtherEngine([], facts=None)
    with pytest.raises(EngineUnavailableError):
        await tried(home, other)
    assert other.ended
