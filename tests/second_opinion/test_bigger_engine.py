"""A bigger Kith engine at home, asked over TCP: real engine servers, with real networks or scripted answers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
import io
import os
from pathlib import Path

import aiohttp
from aiohttp import web
import numpy as np
from PIL import Image
import pytest
import pytest_socket

from custom_components.kith.errors import (
    OpinionDriftedError,
    OpinionError,
    OpinionOutdatedError,
    OpinionPhotoRefusedError,
    OpinionRefusedError,
    OpinionThrottledError,
    OpinionUnavailableError,
    OpinionUnintelligibleError,
)
from custom_components.kith.kith_engine.analysis import Analysis, Box, EngineFacts, Face, Flaw, Look, Scope
from custom_components.kith.kith_engine.errors import EngineBusyError, EngineError, KithError, PictureError
from custom_components.kith.kith_engine.packs import open_pack
from custom_components.kith.kith_engine.pipeline import Pipeline
from custom_components.kith.kith_engine.server import Address, create_app, listening
from custom_components.kith.kith_engine.wire import PROTOCOL, PROTOCOL_HEADER
from custom_components.kith.second_opinion import bigger_engine
from custom_components.kith.second_opinion.bigger_engine import BiggerEngine
from custom_components.kith.second_opinion.protocol import Answer, Enrolled, Meter, Said
from tests.identity import faces
from tests.identity.faces import FACTS, axis, like
from tests.pictures import astronaut

MODELS = Path(os.environ.get("KITH_MODEL_MIRROR", Path(__file__).parents[3] / "shared" / "models"))
TOKEN = "a-secret-token"
MIDDLE, BESIDE = Box(60, 60, 140, 140), Box(150, 0, 290, 190)
"""In a picture of 200 by 200: the face that was cropped, and a larger one beside it."""
NOWHERE = "http://127.0.0.1:9"


def portrait(*found: Face) -> Analysis:
    return Analysis(200, 200, None, looked=True, faces=found)


def shows(vector: np.ndarray | None, *flaws: Flaw, box: Box = MIDDLE) -> Face:
    return faces.face(vector, box, flaws, person=None)


@dataclass
class Scripted:
    """Answers for a real engine server."""

    answer: Analysis | KithError = field(default_factory=lambda: portrait(shows(axis(0))))
    told: EngineFacts = FACTS
    asked: list[tuple[bytes, Look]] = field(default_factory=list)

    def facts(self) -> EngineFacts:
        return self.told

    def crop(self, _encoded: bytes, _box: Box) -> bytes:
        raise AssertionError("nobody asks it to cut")

    def analyze(self, encoded: bytes, camera: str, look: Look, scope: Scope) -> Analysis:
        self.asked.append((encoded, look))
        if isinstance(self.answer, KithError):
            raise self.answer
        return self.answer


@pytest.fixture(autouse=True)
def _reachable(socket_enabled: None) -> None:
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)


@pytest.fixture
def engine() -> Scripted:
    return Scripted()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def service(engine: Scripted, session: aiohttp.ClientSession) -> AsyncIterator[BiggerEngine]:
    async with listening(create_app(engine, TOKEN), Address()) as url:
        yield BiggerEngine(session, url, TOKEN)


async def enroll(service: BiggerEngine, engine: Scripted, **people: np.ndarray) -> list[Enrolled]:
    enrolled = []
    for who, vector in people.items():
        engine.answer = portrait(shows(vector))
        face = await service.add_face(await service.add_person(who, Meter()), b"a photo", Meter())
        enrolled.append(Enrolled(who, who, {"template": face}))
    engine.asked.clear()
    return enrolled


async def ask(service: BiggerEngine, engine: Scripted, *found: Face, of: list[Enrolled]) -> Answer:
    engine.answer = portrait(*found)
    return await service.ask(b"a face", of, Meter())


async def test_it_names_whom_its_own_network_knows(service: BiggerEngine, engine: Scripted) -> None:
    people = await enroll(service, engine, ada=axis(0), grace=axis(1))
    answer = await ask(service, engine, shows(like((1, 0.8))), of=people)
    assert (answer.said, answer.person_id, answer.model) == (Said.PERSON, "grace", FACTS.embedding)
    assert answer.score == pytest.approx(0.8, abs=1e-5)
    assert answer.ratios["grace"] > 5
    assert answer.ratios["ada"] < 0
    assert engine.asked == [(b"a face", Look.PORTRAIT)]


async def test_what_it_says_counts_less_because_it_saw_the_same_picture(
    service: BiggerEngine, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = await enroll(service, engine, ada=axis(0))
    weighed = await ask(service, engine, shows(like((0, 0.8))), of=people)
    weight, doubt = bigger_engine.WEIGHT, bigger_engine.DOUBT
    assert weight < 1
    assert doubt < 0
    monkeypatch.setattr(bigger_engine, "WEIGHT", 1.0)
    monkeypatch.setattr(bigger_engine, "DOUBT", 0.0)
    whole = await ask(service, engine, shows(like((0, 0.8))), of=people)
    assert weighed.ratios["ada"] == pytest.approx(whole.ratios["ada"] * weight + doubt)
    # 0.8 * 0.8 of certainty, by this calibration
    assert whole.ratios["ada"] == pytest.approx(0.64 * (60 * 0.8 - 20 * 0.64), abs=0.01)


async def test_who_is_a_little_like_somebody_is_nobody_of_them(service: BiggerEngine, engine: Scripted) -> None:
    people = await enroll(service, engine, ada=axis(0))
    answer = await ask(service, engine, shows(like((0, 0.25))), of=people)
    assert (answer.said, answer.person_id) == (Said.NOBODY, None)
    assert -1 < answer.ratios["ada"] < 0, "and that is no strong evidence against her"


async def test_a_stranger_is_nobody_of_them(service: BiggerEngine, engine: Scripted) -> None:
    people = await enroll(service, engine, ada=axis(0), grace=axis(1))
    answer = await ask(service, engine, shows(axis(5)), of=people)
    assert (answer.said, answer.person_id) == (Said.NOBODY, None)
    assert max(answer.ratios.values()) < 0


@pytest.mark.parametrize(
    "found", [(), (shows(None, Flaw.BLURRED),), (shows(axis(0), box=BESIDE),)], ids=["none", "poor", "only beside"]
)
async def test_without_a_face_that_it_compares_it_says_nothing(
    service: BiggerEngine, engine: Scripted, found: tuple[Face, ...]
) -> None:
    people = await enroll(service, engine, ada=axis(0))
    answer = await ask(service, engine, *found, of=people)
    assert (answer.said, answer.score, answer.ratios) == (Said.NO_FACE, None, {})


async def test_a_picture_that_it_cannot_read_is_no_evidence(service: BiggerEngine, engine: Scripted) -> None:
    people = await enroll(service, engine, ada=axis(0))
    engine.answer = PictureError("no picture")
    assert (await service.ask(b"a face", people, Meter())).said is Said.NO_FACE


async def test_the_face_that_was_cut_out_counts_not_a_larger_one_beside_it(
    service: BiggerEngine, engine: Scripted
) -> None:
    people = await enroll(service, engine, ada=axis(0), grace=axis(1))
    answer = await ask(service, engine, shows(axis(1), box=BESIDE), shows(axis(0)), of=people)
    assert answer.person_id == "ada"


async def test_only_who_is_asked_about_is_compared(service: BiggerEngine, engine: Scripted) -> None:
    ada, grace = await enroll(service, engine, ada=axis(0), grace=axis(1))
    answer = await ask(service, engine, shows(axis(1)), of=[ada])
    assert (answer.said, set(answer.ratios)) == (Said.NOBODY, {"ada"})
    some = await ask(service, engine, shows(axis(1)), of=[Enrolled("ada", "ada"), grace])
    assert set(some.ratios) == {"grace"}, "of Ada it has no photo"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (portrait(), "no_face"),
        (portrait(shows(None, Flaw.BLURRED)), "face_blurred"),
        (portrait(shows(axis(0)), shows(axis(1), box=BESIDE)), "several_faces"),
        (PictureError("no picture"), "cannot read"),
    ],
)
async def test_a_photo_from_which_nothing_is_learned_is_refused(
    service: BiggerEngine, engine: Scripted, answer: Analysis | KithError, why: str
) -> None:
    engine.answer = answer
    with pytest.raises(OpinionPhotoRefusedError, match=why):
        await service.add_face("ada", b"a photo", Meter())


async def test_templates_of_another_network_are_to_be_made_anew(service: BiggerEngine, engine: Scripted) -> None:
    people = await enroll(service, engine, ada=axis(0))
    engine.told = replace(FACTS, embedding="bigger-0123456789ab")
    with pytest.raises(OpinionUnavailableError):  # the answer shows the change, and it greets the engine again
        await service.ask(b"a face", people, Meter())
    engine.asked.clear()
    with pytest.raises(OpinionDriftedError):
        await service.ask(b"a face", people, Meter())
    assert engine.asked == [], "nothing is sent that could not be compared"
    again = await enroll(service, engine, ada=axis(0))
    assert (await ask(service, engine, shows(axis(0)), of=again)).model == "bigger-0123456789ab"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"vector": "?"}', "null"])
async def test_templates_that_are_none_are_to_be_made_anew(service: BiggerEngine, engine: Scripted, text: str) -> None:
    with pytest.raises(OpinionDriftedError):
        await service.ask(b"a face", [Enrolled("ada", "ada", {"template": text})], Meter())
    with pytest.raises(OpinionDriftedError):
        await service.ask(b"a face", [Enrolled("ada", "ada")], Meter())
    assert engine.asked == []


async def test_an_opinion_is_one_call_once_the_engine_was_met(service: BiggerEngine, engine: Scripted) -> None:
    people = await enroll(service, engine, ada=axis(0))
    meter = Meter()
    await service.ask(b"a face", people, meter)
    assert (meter.calls, meter.sent) == (1, len(b"a face"))
    await service.check(meter)
    assert (meter.calls, meter.sent) == (2, len(b"a face")), "a check sends nothing of anybody, and asks anew"


async def test_it_keeps_nothing_of_anybody(service: BiggerEngine, engine: Scripted) -> None:
    meter = Meter()
    await service.remove_face("ada", "template", meter)
    await service.remove_person("ada", meter)
    await service.learn(meter)
    await service.leave(["ada"], meter)
    assert not await service.knows("ada", meter)
    assert meter.calls == 0


async def test_another_token_is_refused_and_never_repeated(engine: Scripted, session: aiohttp.ClientSession) -> None:
    async with listening(create_app(engine, TOKEN), Address()) as url:
        with pytest.raises(OpinionRefusedError) as refused:
            await BiggerEngine(session, url, "not-" + TOKEN).check(Meter())
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize(
    ("error", "kind"),
    [(EngineBusyError("too many"), OpinionThrottledError), (EngineError("broken"), OpinionUnintelligibleError)],
)
async def test_its_errors_are_told_as_what_they_mean(
    service: BiggerEngine, engine: Scripted, error: KithError, kind: type[OpinionError]
) -> None:
    people = await enroll(service, engine, ada=axis(0))
    engine.answer = error
    with pytest.raises(OpinionError) as told:
        await service.ask(b"a face", people, Meter())
    assert type(told.value) is kind


async def test_an_engine_that_is_away_is_unavailable_and_is_met_again(
    engine: Scripted, session: aiohttp.ClientSession
) -> None:
    meter = Meter()
    with pytest.raises(OpinionUnavailableError, match="cannot be reached"):
        await BiggerEngine(session, NOWHERE, None).check(meter)
    assert meter.calls == 1, "it was tried"


async def test_an_engine_of_another_version_is_outdated(session: aiohttp.ClientSession) -> None:
    async def hello(_request: web.Request) -> web.Response:
        return web.json_response({}, headers={PROTOCOL_HEADER: str(PROTOCOL + 1)})

    async with served(hello) as url:
        with pytest.raises(OpinionOutdatedError):
            await BiggerEngine(session, url, TOKEN).check(Meter())


async def test_something_else_at_this_address_is_told_without_the_token(session: aiohttp.ClientSession) -> None:
    async def repeat(request: web.Request) -> web.Response:
        said = {"error": "engine_failed", "message": f"who is {request.headers['Authorization']}?"}
        return web.json_response(said, status=500)

    async with served(repeat) as url:
        with pytest.raises(OpinionUnintelligibleError, match="who is Bearer …") as told:
            await BiggerEngine(session, url, TOKEN).check(Meter())
    assert TOKEN not in str(told.value)
    assert told.value.__cause__ is None


class served:  # noqa: N801 reads as a word
    """One handler for all requests, on loopback."""

    def __init__(self, handler: object) -> None:
        self._app = web.Application()
        self._app.router.add_route("*", "/{rest:.*}", handler)  # type: ignore[arg-type]

    async def __aenter__(self) -> str:
        self._runner = web.AppRunner(self._app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()


def jpeg(pixels: np.ndarray, width: int, quality: int = 90) -> bytes:
    stream = io.BytesIO()
    image = Image.fromarray(pixels)
    image.resize((width, round(image.height * width / image.width))).save(stream, "JPEG", quality=quality)
    return stream.getvalue()


async def test_with_the_published_networks_a_small_face_is_known_by_a_photo(session: aiohttp.ClientSession) -> None:
    if not MODELS.is_dir():
        pytest.skip(f"no models at {MODELS}: set KITH_MODEL_MIRROR")
    photo, nobody = np.asarray(astronaut())[:230, 110:340], np.full((200, 200, 3), 120, np.uint8)
    async with listening(create_app(Pipeline(open_pack(MODELS)), TOKEN), Address()) as url:
        service = BiggerEngine(session, url, TOKEN)
        face = await service.add_face("ada", jpeg(photo, 300), Meter())
        people = [Enrolled("ada", "ada", {"template": face})]
        dusk = (photo[:, ::-1] * 0.5).astype(np.uint8)
        answer = await service.ask(jpeg(dusk, 80, 60), people, Meter())
        assert (answer.said, answer.person_id) == (Said.PERSON, "ada")
        assert answer.ratios["ada"] > 3
        assert (await service.ask(jpeg(nobody, 200), people, Meter())).said is Said.NO_FACE
    assert len(face) < 2000, "what is kept of a face is small"
