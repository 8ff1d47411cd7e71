"""Whatever happens at the same time: who withdrew or was forgotten does not come back, neither on disk nor in memory.

Hypothesis chooses which doors are used while somebody leaves, in which order they begin, and how long each of their
steps takes; then everything runs in this thread, so that the same choice is always the same run.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from itertools import count, cycle
import json
from pathlib import Path
from typing import Any, cast

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.cameras.snapshot import Snapshots
from custom_components.kith.clips.clip_visits import ClipVisits, remember
from custom_components.kith.const import DOMAIN
from custom_components.kith.engines import Engine
from custom_components.kith.engines.update import PackUpdate
from custom_components.kith.enrollment import portrait
from custom_components.kith.enrollment.acceptance import accept
from custom_components.kith.enrollment.guide import Guide
from custom_components.kith.enrollment.pack_trial import try_pack
from custom_components.kith.enrollment.renewal import renew
from custom_components.kith.identity.evidence import Outcome, Verdict
from custom_components.kith.identity.gallery import Source
from custom_components.kith.identity.pack_replay import PackReplay
from custom_components.kith.identity.presence import PresenceUse
from custom_components.kith.identity.visit_record import VisitRecord
from custom_components.kith.kith_engine.analysis import Analysis, Box
from custom_components.kith.kith_engine.errors import KithError
from custom_components.kith.kith_engine.manifest import load_manifest
from custom_components.kith.photo_import.found import Found, FoundPerson
from custom_components.kith.photo_import.session import begin
from custom_components.kith.privacy.erasure import forget
from custom_components.kith.review.answers import assign, deny
from custom_components.kith.review.corrections import correct
from custom_components.kith.review.merging import merge, unmerge
from custom_components.kith.review.visit_log import VisitFace, VisitLog
from custom_components.kith.runtime import Home
from custom_components.kith.second_opinion import service_sync
from custom_components.kith.subentries import person_subentry, subentries_of
from custom_components.kith.websocket.command import RefusedError
from custom_components.kith.websocket.people import COMMANDS
from custom_components.kith.websocket.visits import COMMANDS as VISIT_COMMANDS
from tests.examples import examples
from tests.identity.faces import NETWORK, axis, face, like, shown, template
from tests.integration.conftest import JPEG, Scripted, as_subentry, camera_subentry, remote_entry
from tests.integration.page import waiting
from tests.integration.people import chosen, configured, person_of
from tests.integration.second_opinion.opinions import Spoken, agreeing, service

UPLOAD = "f" * 32
PACK = load_manifest("compact")
PORTRAIT = Box(100, 100, 300, 340)
HER_TEMPLATES = ("first", "second")


@dataclass
class Attack:
    """A home, and what the doors need. pauses: how often a step lets others run first."""

    hass: HomeAssistant
    entry: MockConfigEntry
    pauses: Iterator[int]
    numbers: Iterator[int]

    @property
    def home(self) -> Home:
        return self.entry.runtime_data

    async def pause(self) -> None:
        for _ in range(next(self.pauses)):
            await asyncio.sleep(0)

    async def forms(self, name: str, *steps: str) -> dict[str, Any]:
        return await chosen(self.hass, self.entry, name, *steps)


type Door = Callable[[Attack], Awaitable[Callable[[], Awaitable[object]]]]
"""Opens first, as a dialog does, and returns what is then done."""


async def settings_form(at: Attack) -> Callable[[], Awaitable[object]]:
    flow = await at.forms("Ada", "settings")
    return lambda: configured(at.hass, flow, {"name": "Ada", "here_for": 3})


async def photos_form(at: Attack) -> Callable[[], Awaitable[object]]:
    flow = await at.forms("Ada", "photos")
    return lambda: configured(at.hass, flow, {"photo": UPLOAD, "another": False})


async def closed_form(at: Attack) -> Callable[[], Awaitable[object]]:
    """With an accepted photo, which is kept when the dialog is closed."""
    flow = await configured(at.hass, await at.forms("Ada", "photos"), {"photo": UPLOAD, "another": True})
    assert not flow["errors"]

    async def close() -> None:
        at.hass.config_entries.subentries.async_abort(flow["flow_id"])

    return close


async def deleting_form(at: Attack) -> Callable[[], Awaitable[object]]:
    flow = await at.forms("Ada", "shown")
    return lambda: configured(at.hass, flow, {"delete": ["second"]})


async def agreement_form(at: Attack) -> Callable[[], Awaitable[object]]:
    flow = await at.forms("Ada", "consent", "agreement")
    agreed = {"consent": True, "keep_photos": True, "never": False, "consent_by": "Ada", "opinion": True}
    return lambda: configured(at.hass, flow, agreed)


async def enrolling(at: Attack) -> Callable[[], Awaitable[object]]:
    return lambda: accept(at.home, "ada", b"a photo", Source.PHOTO)


async def importing(at: Attack) -> Callable[[], Awaitable[object]]:
    async def read() -> bytes:
        return b"a photo"

    opened = await begin(at.home, Found((FoundPerson("Ada", (read,), 1),), lambda: None))
    async for _ in opened.check(["Ada"]):
        await at.pause()
    candidate = opened.candidates["Ada"]
    return lambda: opened.enroll(candidate, None)


async def guide(at: Attack) -> Callable[[], Awaitable[object]]:
    return Guide(at.home, "ada", "camera.hall").look_once


async def answer(at: Attack) -> Callable[[], Awaitable[object]]:
    face_id = await waiting(at.entry, like((0, 0.8), (2, 0.3)))
    kept = at.home.stores.faces.get(face_id)
    return lambda: assign(at.home, [kept], "ada")


async def answer_for_good(at: Attack) -> Callable[[], Awaitable[object]]:
    """Of a visit, whose picture becomes hers when the answer can no longer be undone."""
    face_id = await waiting(at.entry, like((0, 0.8), (2, 0.3)))
    record = _visit(at, Verdict(Outcome.UNSURE))
    at.home.stores.visits.keep_face(record.visit_id, face_id)
    kept = at.home.stores.faces.get(face_id)

    async def both() -> None:
        await assign(at.home, [kept], "ada")
        await at.home.undos.finish()

    return both


async def answer_and_undo(at: Attack) -> Callable[[], Awaitable[object]]:
    given_answer = await answer(at)

    async def both() -> None:
        await at.home.undos.undo((await given_answer()).undo)

    return both


async def denial(at: Attack) -> Callable[[], Awaitable[object]]:
    face_id = await waiting(at.entry, axis(5))
    kept = at.home.stores.faces.get(face_id)
    return lambda: deny(at.home, [kept], "ada")


async def denial_and_undo(at: Attack) -> Callable[[], Awaitable[object]]:
    given_denial = await denial(at)

    async def both() -> None:
        await at.home.undos.undo((await given_denial()).undo)

    return both


def _visit(at: Attack, verdict: Verdict) -> VisitRecord:
    camera = subentries_of(at.entry, "camera")[0].subentry_id
    now, visit_id = dt_util.utcnow(), f"visit-{next(at.numbers)}"
    record = VisitRecord(visit_id, camera, now, now, verdict, people=2, embedding=NETWORK)
    at.home.stores.visits.put(record)
    at.home.stores.visits.remember_face(visit_id, template(like((0, 0.7), (3, 0.4)), name=visit_id))
    return record


async def correction(at: Attack) -> Callable[[], Awaitable[object]]:
    record = _visit(at, Verdict(Outcome.KNOWN, "grace"))
    return lambda: correct(at.home, record, "ada")


async def correction_of_her_and_undo(at: Attack) -> Callable[[], Awaitable[object]]:
    record = _visit(at, Verdict(Outcome.UNSURE))
    await correct(at.home, record, "ada")
    hers = at.home.stores.visits.get(record.visit_id)

    async def both() -> None:
        await at.home.undos.undo((await correct(at.home, hers, "grace")).undo)

    return both


async def _picture_of(at: Attack, person_id: str) -> VisitRecord:
    """A visit of this person with a picture."""
    record = _visit(at, Verdict(Outcome.KNOWN, person_id, likely=person_id))
    await at.home.stores.visit_pictures.keep(person_id, record.visit_id, JPEG, at.home.keeps_pictures)
    return record


async def correction_for_good(at: Attack) -> Callable[[], Awaitable[object]]:
    """The picture of Grace's visit becomes Ada's."""
    record = await _picture_of(at, "grace")

    async def both() -> None:
        await correct(at.home, record, "ada")
        await at.home.undos.finish()

    return both


def _somebody_new(at: Attack, record: VisitRecord) -> Callable[[], Awaitable[JsonObjectType]]:
    """It was not Ada, but somebody whom the owner adds on the visit's page."""
    create = next(one.answer for one in VISIT_COMMANDS if one.kind == "visits/create")
    name, consent = f"Linus {next(at.numbers)}", {"by": "", "photos": True}
    asked = {"visit_id": record.visit_id, "name": name, "consent": consent, "present": PresenceUse.CAME, "sure": True}
    assert create is not None
    return lambda: create(at.home, asked)


async def somebody_new(at: Attack) -> Callable[[], Awaitable[object]]:
    create = _somebody_new(at, await _picture_of(at, "ada"))

    async def both() -> None:
        await create()
        await at.home.undos.finish()

    return both


async def somebody_new_and_undo(at: Attack) -> Callable[[], Awaitable[object]]:
    create = _somebody_new(at, await _picture_of(at, "ada"))

    async def both() -> None:
        await at.home.undos.undo(str((await create())["undo"]))

    return both


async def end_of_visit(at: Attack) -> Callable[[], Awaitable[object]]:
    """Its best face is still being cropped when she is gone."""
    record = _visit(at, Verdict(Outcome.KNOWN, "ada", likely="ada"))
    (log,) = [one.__self__ for one in at.home.household.on_track if isinstance(one.__self__, VisitLog)]
    best = at.home.stores.visits.faces[record.visit_id]

    async def cropped() -> bytes:
        await at.pause()
        return JPEG

    async def over() -> None:
        crop = at.hass.async_create_task(cropped())
        log.on_settled.notify(record, VisitFace(record.visit_id, record.camera, best, PORTRAIT, crop))

    return over


async def deleted_visit_and_undo(at: Attack) -> Callable[[], Awaitable[object]]:
    record = await _picture_of(at, "ada")
    delete = next(one.answer for one in VISIT_COMMANDS if one.kind == "visits/delete")

    async def both() -> None:
        deleted = await delete(at.home, {"visit_id": record.visit_id})
        await at.home.undos.undo(deleted["undo"])

    return both


async def removal_and_undo(at: Attack) -> Callable[[], Awaitable[object]]:
    remove = next(one.answer for one in COMMANDS if one.kind == "people/remove_photo")

    async def both() -> None:
        removed = await remove(at.home, {"person_id": "ada", "template_id": "second"})
        await at.home.undos.undo(removed["undo"])

    return both


async def merging(at: Attack) -> Callable[[], Awaitable[object]]:
    """Grace's visit has a picture, which becomes Ada's."""
    await _picture_of(at, "grace")
    grace, ada = person_of(at.entry, "Grace"), person_of(at.entry, "Ada")
    return lambda: merge(at.home, grace, ada)


async def unmerging(at: Attack) -> Callable[[], Awaitable[object]]:
    merge_id = await merge(at.home, person_of(at.entry, "Grace"), person_of(at.entry, "Ada"))
    return lambda: unmerge(at.home, merge_id)


async def marking(at: Attack) -> Callable[[], Awaitable[object]]:
    data = {"not_person": "Ada", "upload": UPLOAD}
    return lambda: at.hass.services.async_call(DOMAIN, "mark_face", data, blocking=True, return_response=True)


async def renewal(at: Attack) -> Callable[[], Awaitable[object]]:
    old = template(like((0, 0.6), (4, 0.5)), "old", network="net-of-yore")
    await at.home.enroll("ada", [old], {"old": JPEG})
    return lambda: renew(at.home)


class Beside:
    """In place of PackUpdate: the engine in use stands for a second one."""

    def __init__(self, home: Home) -> None:
        self._home = home

    @asynccontextmanager
    async def beside(self, *_how: object) -> AsyncIterator[Engine]:
        yield self._home.engine


async def trial(at: Attack) -> Callable[[], Awaitable[object]]:
    face_id = await waiting(at.entry, like((0, 0.8), (2, 0.3)))
    record = _visit(at, Verdict(Outcome.UNSURE))
    at.home.stores.visits.keep_face(record.visit_id, face_id)
    return lambda: try_pack(at.home, cast("PackUpdate", Beside(at.home)), PACK, lambda _share: None)


async def second_opinion(at: Attack) -> Callable[[], Awaitable[object]]:
    async def sync() -> None:
        for running in at.home.opinions.services.values():
            running.place.sync_soon()
            await at.pause()

    return sync


async def sighting(at: Attack) -> Callable[[], Awaitable[object]]:
    camera = subentries_of(at.entry, "camera")[0].subentry_id

    async def seen() -> None:
        for _ in range(4):
            at.home.household.observe(camera, shown(axis(0)), dt_util.utcnow())
            await at.pause()

    return seen


async def recording(at: Attack) -> Callable[[], Awaitable[object]]:
    camera = subentries_of(at.entry, "camera")[0].subentry_id
    now = dt_util.utcnow()
    hers = VisitRecord(f"clip-{next(at.numbers)}", camera, now, now, Verdict(Outcome.KNOWN, "ada", likely="ada"))

    async def looked_at() -> None:
        await at.pause()
        remember(at.home, ClipVisits((hers,), now, dated=True, length=1.0, looked_at=1.0, pictures=3), now)

    return looked_at


DOORS: tuple[Door, ...] = (
    settings_form,
    photos_form,
    closed_form,
    deleting_form,
    agreement_form,
    enrolling,
    importing,
    guide,
    answer,
    answer_for_good,
    answer_and_undo,
    denial,
    denial_and_undo,
    correction,
    correction_for_good,
    correction_of_her_and_undo,
    somebody_new,
    somebody_new_and_undo,
    end_of_visit,
    deleted_visit_and_undo,
    removal_and_undo,
    merging,
    unmerging,
    marking,
    renewal,
    trial,
    second_opinion,
    sighting,
    recording,
)


async def withdraw(at: Attack) -> Callable[[], Awaitable[object]]:
    flow = await at.forms("Ada", "consent", "withdraw")
    return lambda: configured(at.hass, flow, {})


async def forgetting(at: Attack) -> Callable[[], Awaitable[object]]:
    ada = person_of(at.entry, "Ada")
    return lambda: forget(at.home, ada)


async def removing(at: Attack) -> Callable[[], Awaitable[object]]:
    ada = person_of(at.entry, "Ada")

    async def remove() -> None:
        at.hass.config_entries.async_remove_subentry(at.entry, ada.subentry_id)

    return remove


LEAVING: tuple[Door, ...] = (withdraw, forgetting, removing)
REFUSALS = (KithError, HomeAssistantError, RefusedError)
"""What a door may say to somebody who comes too late."""


def _told_of(replay: PackReplay) -> set[str]:
    ended = (end.person_id for visit in replay.visits for end in (visit.before, visit.after))
    return {*replay.lost, *replay.photos, *(who for who in ended if who is not None)}


def traces(at: Attack) -> list[str]:
    """Where something of Ada's is left."""
    hass, home = at.hass, at.home
    files = [
        path.name
        for path in Path(hass.config.path(STORAGE_DIR)).glob("kith.*")
        if any(json.dumps(name).encode() in path.read_bytes() for name in ("ada", *HER_TEMPLATES))
    ]
    photos = Path(hass.config.path(DOMAIN, "photos"))
    stores = home.stores
    memory = {
        "gallery": home.stores.gallery.gallery.people,
        "presence": home.household.presence.people,
        "visits": set().union(*(one.mentions for one in stores.visits.newest_first)),
        "faces": set().union(*(one.not_of for one in stores.faces.unanswered)),
        "rates": set(stores.recognition_rate.tallies),
        "ledger": set().union(*(one.about for one in stores.ledger.entries)),
        "services": set().union(*(one.known | one.refused.keys() for one in stores.enrolled.services.values())),
        "replay": _told_of(home.replay) if home.replay else set(),
        "compared": set(home.household.comparison.index.people) if home.household.comparison else set(),
    }
    person = person_subentry(at.entry, "ada")
    agreed = person.data["consent"]["to"] if person else []
    merged = [one for other in at.entry.subentries.values() for one in other.data.get("merged", ())]
    return [
        *files,
        *(f"{path.parent.name}/{path.name}" for path in photos.glob("*/ada*")),
        *(name for name, people in memory.items() if "ada" in people),
        *(["consent"] if agreed else []),
        *(["merged"] if any("ada" in json.dumps(one) for one in merged) else []),
    ]


@pytest.fixture
async def attack(
    hass: HomeAssistant, hall: Any, engine: Scripted, quick: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Attack]:
    """A home whose steps take as long as Hypothesis says, without any thread."""
    spoken = Spoken()
    monkeypatch.setattr(service_sync, "service_of", lambda *_: spoken)
    entry = remote_entry(engine, camera_subentry(enabled=False), agreeing("Grace"), service())
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={"keep_strangers": 7})
    assert await hass.config_entries.async_setup(entry.entry_id)
    at = Attack(hass, entry, cycle([0]), count())

    async def run(target: Callable[..., Any], *args: Any) -> Any:
        await at.pause()
        return target(*args)

    async def analyze(*_args: object, **_how: object) -> Analysis:
        await at.pause()
        found = replace(face(like((0, 0.75), (2, 0.5)), PORTRAIT), person=None)
        return Analysis(1000, 1000, None, looked=True, faces=(found,))

    async def crop(*_args: object) -> bytes:
        await at.pause()
        return JPEG

    async def taken(*_args: object) -> bytes:
        await at.pause()
        return b"a picture"

    @contextmanager
    def uploaded(_hass: HomeAssistant, _file_id: str) -> Iterator[Path]:
        path = Path(hass.config.path("upload.jpg"))
        path.write_bytes(b"a photo")
        yield path

    monkeypatch.setattr(portrait, "process_uploaded_file", uploaded)
    monkeypatch.setattr(hass, "async_add_executor_job", lambda *job: hass.loop.create_task(run(*job)))
    monkeypatch.setattr(entry.runtime_data.engine, "analyze", analyze)
    monkeypatch.setattr(entry.runtime_data.engine, "crop", crop)
    monkeypatch.setattr(Snapshots, "take", taken)
    yield at
    at.pauses = cycle([0])
    await hass.config_entries.async_unload(entry.entry_id)


async def come(at: Attack) -> None:
    """Ada and Grace are there as on the first day."""
    at.pauses = cycle([0])
    await at.home.undos.finish()
    for person in subentries_of(at.entry, "person"):
        at.hass.config_entries.async_remove_subentry(at.entry, person.subentry_id)
    await at.hass.async_block_till_done()
    for number, name in enumerate(("Ada", "Grace")):
        at.hass.config_entries.async_add_subentry(at.entry, as_subentry(agreeing(name)))
        await at.hass.async_block_till_done()
        names = HER_TEMPLATES if name == "Ada" else ("hers",)
        faces = [template(like((number, 0.9 + 0.05 * place)), one) for place, one in enumerate(names)]
        await at.home.enroll(name.lower(), faces, dict.fromkeys(names, JPEG))
    await at.hass.async_block_till_done()
    assert at.home.stores.gallery.gallery.people == {"ada", "grace"}


async def all_at_once(
    at: Attack, leave: Door, doors: Sequence[Door], starts: Sequence[int], pauses: Sequence[int]
) -> None:
    await come(at)
    begun = [await door(at) for door in (leave, *doors)]
    at.pauses = cycle(pauses)

    async def go(do: Callable[[], Awaitable[object]], start: int) -> object:
        for _ in range(start):
            await asyncio.sleep(0)
        return await do()

    outcomes = await asyncio.gather(*map(go, begun, starts, strict=False), return_exceptions=True)
    await judge(at, outcomes)


async def judge(at: Attack, outcomes: Sequence[object]) -> None:
    """The first one is of leaving."""
    at.pauses = cycle([0])
    await at.hass.async_block_till_done(wait_background_tasks=True)
    unexpected = [one for one in outcomes if isinstance(one, BaseException) and not isinstance(one, REFUSALS)]
    assert not unexpected, unexpected
    if not isinstance(outcomes[0], BaseException):  # else it was refused, and said so
        assert traces(at) == []


STEPS = st.integers(0, 40)


def possible(doors: Sequence[Door]) -> bool:
    """Grace can be taken back out of Ada only if nobody else merges them."""
    return unmerging not in doors or sum(door in (merging, unmerging) for door in doors) == 1


@settings(
    max_examples=examples(60),
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    leave=st.sampled_from(LEAVING),
    doors=st.lists(st.sampled_from(DOORS), min_size=1, max_size=4).filter(possible),
    starts=st.lists(STEPS, min_size=5, max_size=5),
    pauses=st.lists(st.integers(0, 12), min_size=1, max_size=8),
)
async def test_nobody_comes_back(
    attack: Attack, leave: Door, doors: list[Door], starts: list[int], pauses: list[int]
) -> None:
    await all_at_once(attack, leave, doors, starts, pauses)


@pytest.mark.parametrize("leave", LEAVING, ids=lambda door: door.__name__)
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
async def test_no_open_door_lets_her_back_in(attack: Attack, door: Door, leave: Door) -> None:
    """A dialog that was opened before, and sent after she left."""
    await come(attack)
    go, do = await leave(attack), await door(attack)
    left = await go()
    await attack.hass.async_block_till_done()
    await judge(attack, [left, *await asyncio.gather(do(), return_exceptions=True)])
