"""Every known failure of CompreFace and Azure gives an error that says what to do about it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
import gzip
import logging
import traceback

import aiohttp
import pytest

from custom_components.kith.errors import (
    OpinionDriftedError,
    OpinionError,
    OpinionNotApprovedError,
    OpinionOutdatedError,
    OpinionPhotoRefusedError,
    OpinionQuotaSpentError,
    OpinionRefusedError,
    OpinionThrottledError,
    OpinionUnavailableError,
    OpinionUnintelligibleError,
)
from custom_components.kith.second_opinion import rest
from custom_components.kith.second_opinion.azure import AzureService
from custom_components.kith.second_opinion.compreface import CompreFaceService
from custom_components.kith.second_opinion.protocol import Enrolled, Meter, Said, Service

from . import fake_azure, fake_compreface
from .fake_azure import FakeAzure, not_approved
from .fake_compreface import FakeCompreFace
from .fakes import HTML, Canned, Fake
from .portraits import portrait

type Act = Callable[[Service], Awaitable[object]]

PERSON = "0a" * 16
ID, OTHER_ID = "25985303-c537-4467-b41d-bdb45cd95ca1", "43897a75-8d6f-42cf-885e-74832febb055"
GROUP = "kith-0123"
AZURE_KEY, COMPREFACE_KEY = fake_azure.KEY, fake_compreface.KEY
IMPATIENCE = aiohttp.ClientTimeout(total=0.05)
FACE = portrait("ada")
SUSPECT = {"azure": Enrolled(PERSON, ID, {"t": OTHER_ID}), "compreface": Enrolled(PERSON, PERSON, {"t": OTHER_ID})}


def acts(kind: str) -> dict[str, Act]:
    """Everything that can be asked of a service."""
    suspect = SUSPECT[kind]
    return {
        "check": lambda service: service.check(Meter()),
        "verify": lambda service: service.ask(FACE, [suspect], Meter()),
        "identify": lambda service: service.ask(FACE, [suspect, suspect], Meter()),
        "add_person": lambda service: service.add_person(PERSON, Meter()),
        "add_face": lambda service: service.add_face(suspect.key, FACE, Meter()),
        "remove_face": lambda service: service.remove_face(suspect.key, OTHER_ID, Meter()),
        "remove_person": lambda service: service.remove_person(suspect.key, Meter()),
        "knows": lambda service: service.knows(suspect.key, Meter()),
        "learn": lambda service: service.learn(Meter()),
        "leave": lambda service: service.leave([suspect.key], Meter()),
    }


SILENT = {("compreface", "learn")}
"""Nothing is sent."""
ALL = [(kind, name) for kind in SUSPECT for name in acts(kind) if (kind, name) not in SILENT]


@pytest.fixture
def services(
    http: aiohttp.ClientSession, fake_azure: FakeAzure, fake_compreface: FakeCompreFace
) -> dict[str, tuple[Fake, Service]]:
    compreface = CompreFaceService(http, fake_compreface.url, COMPREFACE_KEY)
    azure = AzureService(http, fake_azure.url, AZURE_KEY, GROUP, pause=fake_azure.wait)
    return {"azure": (fake_azure, azure), "compreface": (fake_compreface, compreface)}


async def error_of(act: Awaitable[object]) -> OpinionError:
    with pytest.raises(OpinionError) as raised:
        await act
    return raised.value


async def outcome(act: Awaitable[object]) -> OpinionError | None:
    try:
        await act
    except OpinionError as error:
        return error
    return None


COMPREFACE_ROWS = [
    (400, 20, OpinionRefusedError),
    (400, 26, OpinionRefusedError),
    (404, 10, OpinionRefusedError),
    (400, 28, OpinionPhotoRefusedError),
    (400, 31, OpinionPhotoRefusedError),
    (400, 21, OpinionOutdatedError),
    (400, 33, OpinionOutdatedError),
    (400, 34, OpinionOutdatedError),
    (404, 42, OpinionDriftedError),
    (404, 44, OpinionDriftedError),
    (405, 32, OpinionUnavailableError),
    (500, 41, OpinionUnavailableError),
    (400, 0, OpinionUnavailableError),
    (400, 777, OpinionUnintelligibleError),
]


@pytest.mark.parametrize(("status", "code", "kind"), COMPREFACE_ROWS)
async def test_compreface_s_errors(
    services: dict[str, tuple[Fake, Service]], status: int, code: int, kind: type[OpinionError]
) -> None:
    fake, service = services["compreface"]
    fake.always_say(fake_compreface.refusal(status, code, "words of its own"))
    error = await error_of(service.add_face(PERSON, FACE, Meter()))
    assert isinstance(error, kind)
    assert error.code == kind.code
    assert f"HTTP {status}" in str(error)
    assert "words of its own" not in str(error)
    assert len(fake.calls) == (2 if code == 0 else 1)


@pytest.mark.parametrize(("status", "code"), [(400, 28), (400, 31)])
@pytest.mark.parametrize("ask", ["verify", "identify"])
async def test_of_a_face_that_compreface_does_not_take_there_is_no_opinion(
    services: dict[str, tuple[Fake, Service]], status: int, code: int, ask: str
) -> None:
    fake, service = services["compreface"]
    fake.always_say(fake_compreface.refusal(status, code))
    answer = await acts("compreface")[ask](service)
    assert getattr(answer, "said", None) is Said.NO_FACE


async def test_a_subject_that_exists_is_as_good_as_made(services: dict[str, tuple[Fake, Service]]) -> None:
    fake, service = services["compreface"]
    fake.always_say(fake_compreface.refusal(400, 43))
    assert await service.add_person(PERSON, Meter()) == PERSON


AZURE_ROWS = [
    (400, "BadArgument", OpinionOutdatedError),
    (400, "InvalidURL", OpinionOutdatedError),
    (400, "InvalidImage", OpinionPhotoRefusedError),
    (400, "InvalidImageSize", OpinionPhotoRefusedError),
    (400, "FaceNotFound", OpinionUnavailableError),
    (400, "PersonNotFound", OpinionDriftedError),
    (400, "LargePersonGroupNotFound", OpinionDriftedError),
    (400, "LargePersonGroupNotTrained", OpinionUnavailableError),
    (401, "401", OpinionRefusedError),
    (403, "UnsupportedFeature", OpinionNotApprovedError),
    (403, "QuotaExceeded", OpinionQuotaSpentError),
    (403, "SomethingNew", OpinionRefusedError),
    (404, "FaceNotFound", OpinionUnavailableError),
    (404, "LargePersonGroupNotFound", OpinionDriftedError),
    (404, "PersonNotFound", OpinionDriftedError),
    (404, "PersistedFaceNotFound", OpinionDriftedError),
    (404, "LargePersonGroupNotTrained", OpinionUnavailableError),
    (404, "404", OpinionUnintelligibleError),
    (409, "LargePersonGroupTrainingNotFinished", OpinionUnavailableError),
    (409, "ConcurrentOperationConflict", OpinionUnavailableError),
    (429, "429", OpinionThrottledError),
    (500, "Unspecified", OpinionUnavailableError),
    (503, "ServiceUnavailable", OpinionUnavailableError),
]


@pytest.mark.parametrize(("status", "code", "kind"), AZURE_ROWS)
@pytest.mark.parametrize("form", ["plain", "inner", "header"])
async def test_azure_s_errors(
    services: dict[str, tuple[Fake, Service]], status: int, code: str, kind: type[OpinionError], form: str
) -> None:
    fake, service = services["azure"]
    inner = {"code": code, "message": "words of its own"}
    fake.always_say(
        {
            "plain": Canned(status, {"error": inner}),
            "inner": Canned(status, {"error": {"code": "InvalidRequest", "message": "", "innererror": inner}}),
            "header": Canned(status, b"", headers={"x-ms-error-code": code}),
        }[form]
    )
    error = await error_of(service.add_face(ID, FACE, Meter()))
    assert isinstance(error, kind)
    assert error.code == kind.code
    assert f"HTTP {status}" in str(error)
    assert "words of its own" not in str(error)


async def test_azure_s_innermost_error_counts(services: dict[str, tuple[Fake, Service]]) -> None:
    fake, service = services["azure"]
    inner = {"code": "QuotaExceeded", "innererror": {"code": "SomethingNew", "innererror": "and no object"}}
    fake.always_say(Canned(403, {"error": {"code": "BadArgument", "innererror": inner}}))
    assert isinstance(await error_of(service.check(Meter())), OpinionQuotaSpentError)


async def test_the_refusal_that_most_owners_get_is_recognized(services: dict[str, tuple[Fake, Service]]) -> None:
    fake, service = services["azure"]
    fake.always_say(not_approved())
    for act in ("check", "verify", "identify"):
        assert isinstance(await error_of(acts("azure")[act](service)), OpinionNotApprovedError)


@pytest.mark.parametrize("code", ["InvalidImage", "InvalidImageSize"])
async def test_of_a_face_that_azure_does_not_take_there_is_no_opinion(
    services: dict[str, tuple[Fake, Service]], code: str
) -> None:
    fake, service = services["azure"]
    fake.always_say(fake_azure.refusal(400, code))
    answer = await service.ask(FACE, [SUSPECT["azure"]], Meter())
    assert (answer.said, len(fake.calls)) == (Said.NO_FACE, 1)


@pytest.mark.parametrize(("kind", "act"), ALL)
@pytest.mark.parametrize(
    ("canned", "expected"),
    [
        pytest.param(Canned(cut=True), OpinionUnavailableError, id="reset"),
        pytest.param(Canned(200, b'{"result": [', "application/json"), OpinionUnintelligibleError, id="cut off JSON"),
        pytest.param(Canned(200, b"\xff\xfe\x00", "application/json"), OpinionUnintelligibleError, id="no text"),
        pytest.param(Canned(200, b"[" * 100_000), OpinionUnintelligibleError, id="too deep"),
        pytest.param(Canned(200, HTML, "text/html"), OpinionUnintelligibleError, id="HTML"),
        pytest.param(Canned(200, b" " * (rest.LARGEST_SERVICE_ANSWER + 1)), OpinionUnintelligibleError, id="huge"),
        pytest.param(
            Canned(302, b"", headers={"Location": "http://127.0.0.1:9/"}), OpinionUnintelligibleError, id="moved"
        ),
        pytest.param(Canned(404, HTML, "text/html"), OpinionUnintelligibleError, id="not there"),
        pytest.param(Canned(401, HTML, "text/html"), OpinionRefusedError, id="a proxy's login"),
        pytest.param(Canned(429, HTML, "text/html"), OpinionThrottledError, id="too many"),
        pytest.param(Canned(500, b"", "text/plain"), OpinionUnavailableError, id="broken"),
        pytest.param(Canned(502, HTML, "text/html"), OpinionUnavailableError, id="bad gateway"),
        pytest.param(Canned(408, b""), OpinionUnavailableError, id="slow"),
    ],
)
async def test_whatever_else_answers_is_no_answer(
    services: dict[str, tuple[Fake, Service]], kind: str, act: str, canned: Canned, expected: type[OpinionError]
) -> None:
    fake, service = services[kind]
    fake.always_say(canned)
    error = await error_of(acts(kind)[act](service))
    assert error.code == expected.code


@pytest.mark.parametrize("kind", list(SUSPECT))
@pytest.mark.parametrize("content", [None, {}, [], 7, "text", [None], {"result": None}, {"result": [{}]}, {"a": "b"}])
async def test_json_that_was_never_published_is_told_apart(
    services: dict[str, tuple[Fake, Service]], kind: str, content: object
) -> None:
    fake, service = services[kind]
    fake.always_say(Canned(200, content))
    assert isinstance(await error_of(service.add_face(SUSPECT[kind].key, FACE, Meter())), OpinionUnintelligibleError)
    with pytest.raises(OpinionUnintelligibleError):
        await service.knows(SUSPECT[kind].key, Meter())


async def test_azure_saying_more_or_other_than_was_published(services: dict[str, tuple[Fake, Service]]) -> None:
    fake, service = services["azure"]
    fake.say(Canned(200, {"status": "resting"}), to=f"GET largepersongroups/{GROUP}/training")
    fake.say(Canned(202), to=f"POST largepersongroups/{GROUP}/train")
    assert isinstance(await error_of(service.learn(Meter())), OpinionUnintelligibleError)
    found = [{"faceId": ID, "faceAttributes": {"qualityForRecognition": "high"}}]
    for compared, said in (("identify", [{"candidates": []}] * 2), ("verify", {"isIdentical": 1, "confidence": 0.9})):
        fake.say(Canned(200, found), to="POST detect").say(Canned(200, said), to=f"POST {compared}")
        assert isinstance(await error_of(acts("azure")[compared](service)), OpinionUnintelligibleError)


@pytest.mark.parametrize(("kind", "act"), ALL)
async def test_who_never_answers_is_not_waited_for(
    http: aiohttp.ClientSession, services: dict[str, tuple[Fake, Service]], kind: str, act: str
) -> None:
    fake, _ = services[kind]
    fake.always_say(Canned(never=True))
    error = await error_of(acts(kind)[act](service_at(http, kind, fake.url, patience=IMPATIENCE)))
    assert (error.code, str(error)) == (OpinionUnavailableError.code, "it did not answer in time.")


@pytest.mark.parametrize("kind", list(SUSPECT))
async def test_a_picture_too_large_for_what_stands_before_it_is_no_opinion(
    services: dict[str, tuple[Fake, Service]], kind: str
) -> None:
    fake, service = services[kind]
    fake.always_say(Canned(413, HTML, "text/html"))
    for ask in ("verify", "identify"):
        assert getattr(await acts(kind)[ask](service), "said", None) is Said.NO_FACE
    assert isinstance(await error_of(acts(kind)["add_face"](service)), OpinionPhotoRefusedError)


@pytest.mark.parametrize("kind", list(SUSPECT))
@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("", 2.0), ("soon", 2.0), ("-7", 2.0), ("1e9", 2.0), ("Tue, 24 Nov 1998 08:00:00 GMT", 0.0)],
)
async def test_how_long_it_wants_to_be_left_alone_is_handed_on(
    services: dict[str, tuple[Fake, Service]], kind: str, header: str, seconds: float
) -> None:
    fake, service = services[kind]
    fake.always_say(Canned(429, b"", headers={"Retry-After": header} if header else {}))
    error = await error_of(service.check(Meter()))
    assert isinstance(error, OpinionThrottledError)
    assert error.retry_after == seconds


async def test_a_service_that_is_away_may_say_until_when(services: dict[str, tuple[Fake, Service]]) -> None:
    fake, service = services["azure"]
    until = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    fake.say(Canned(503, b"", headers={"Retry-After": until})).say(Canned(503))
    error = await error_of(service.check(Meter()))
    assert error.retry_after == pytest.approx(3600, abs=60)
    assert (await error_of(service.check(Meter()))).retry_after is None


@pytest.mark.parametrize("kind", list(SUSPECT))
async def test_nobody_at_the_address(http: aiohttp.ClientSession, kind: str) -> None:
    error = await error_of(service_at(http, kind, "http://127.0.0.1:9").check(Meter()))
    assert error.code == OpinionUnavailableError.code
    assert "Connection refused" in str(error)


@pytest.mark.parametrize("url", ["", "here", "ftp://127.0.0.1", "http://", "http://[", "http://me:secret@127.0.0.1"])
@pytest.mark.parametrize("kind", list(SUSPECT))
async def test_an_address_that_is_none(http: aiohttp.ClientSession, kind: str, url: str) -> None:
    meter = Meter()
    error = await error_of(service_at(http, kind, url).check(meter))
    assert (error.code, str(error)) == (OpinionUnavailableError.code, "its address is not a URL.")
    assert meter.calls == 0


@pytest.mark.parametrize("kind", list(SUSPECT))
async def test_a_key_that_cannot_be_sent_is_refused_here(
    http: aiohttp.ClientSession, services: dict[str, tuple[Fake, Service]], kind: str
) -> None:
    error = await error_of(service_at(http, kind, services[kind][0].url, "a key\r\nX: y").check(Meter()))
    assert isinstance(error, OpinionRefusedError)
    assert "a key" not in str(error)


@pytest.mark.parametrize("kind", list(SUSPECT))
async def test_when_home_assistant_stops(
    http: aiohttp.ClientSession, services: dict[str, tuple[Fake, Service]], kind: str
) -> None:
    _, service = services[kind]
    await http.close()
    assert isinstance(await error_of(service.check(Meter())), OpinionUnavailableError)


@pytest.mark.parametrize("kind", list(SUSPECT))
@pytest.mark.parametrize("path", ["/", "/behind/a/proxy"])
async def test_an_address_may_have_a_path(
    http: aiohttp.ClientSession, services: dict[str, tuple[Fake, Service]], kind: str, path: str
) -> None:
    fake, _ = services[kind]
    fake.base = (*filter(None, path.split("/")), *fake.base)
    await service_at(http, kind, fake.url + path).check(Meter())
    assert len(fake.calls) == 1


OK = b"HTTP/1.1 200 OK\r\n"
BOMB = gzip.compress(bytes(32 << 20))


@pytest.mark.parametrize("kind", list(SUSPECT))
@pytest.mark.parametrize(
    "words",
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", id="SSH"),
        pytest.param(b"\x15\x03\x01\x00\x02\x02\x46", id="TLS"),
        pytest.param(OK + b"Content-Length: x\r\n\r\n", id="no length"),
        pytest.param(OK + b"Content-Length: 9\r\n\r\n{", id="less than was promised"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}", id="no chunk"),
        pytest.param(OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", id="not packed"),
        pytest.param(OK + b"Set-Cookie: \xff\r\nX: " + b"y" * 20_000 + b"\r\n\r\n{}", id="a long header"),
        pytest.param(b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", id="another protocol"),
    ],
)
async def test_words_that_are_no_http_are_no_answer(http: aiohttp.ClientSession, kind: str, words: bytes) -> None:
    async with saying(words) as url:
        assert isinstance(await error_of(service_at(http, kind, url).check(Meter())), OpinionUnavailableError)


@pytest.mark.parametrize("kind", list(SUSPECT))
async def test_what_unpacks_to_more_than_an_answer_has_is_none(http: aiohttp.ClientSession, kind: str) -> None:
    packed = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB)
    async with saying(OK + packed + BOMB) as url:
        error = await error_of(service_at(http, kind, url).check(Meter()))
    assert (error.code, str(error)) == (OpinionUnintelligibleError.code, "its answer is too long.")


@pytest.mark.parametrize(("kind", "act"), ALL)
async def test_what_a_service_repeats_never_gets_into_an_error_or_a_log(
    services: dict[str, tuple[Fake, Service]], kind: str, act: str, caplog: pytest.LogCaptureFixture
) -> None:
    fake, service = services[kind]
    key = {"azure": AZURE_KEY, "compreface": COMPREFACE_KEY}[kind]
    caplog.set_level(logging.DEBUG)
    repeated = {"message": f"Model Api key {key} is not found", "code": 10, "error": {"code": key, "message": key}}
    headers = {"x-ms-error-code": key, "Retry-After": key, "WWW-Authenticate": key, "Location": f"http://{key}/"}
    for status in (200, 301, 400, 401, 403, 404, 429, 500):
        fake.always_say(Canned(status, repeated, headers=headers))
        if (error := await outcome(acts(kind)[act](service))) is not None:
            assert key not in "".join(traceback.format_exception(error)) + repr(error)
            assert error.__cause__ is None
    assert key not in caplog.text
    assert not [record for record in caplog.records if "kith" in record.name]


async def test_a_status_line_that_repeats_the_key_never_gets_into_an_error(
    http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with saying(f"{AZURE_KEY} is wrong\r\n\r\n".encode()) as url:
        error = await error_of(service_at(http, "azure", url, AZURE_KEY).check(Meter()))
    assert AZURE_KEY not in "".join(traceback.format_exception(error))
    assert AZURE_KEY not in caplog.text


def service_at(
    http: aiohttp.ClientSession,
    kind: str,
    url: str,
    key: str = "",
    patience: aiohttp.ClientTimeout = rest.SERVICE_TIMEOUT,
) -> Service:
    if kind == "azure":
        return AzureService(http, url, key or AZURE_KEY, GROUP, patience=patience)
    return CompreFaceService(http, url, key or COMPREFACE_KEY, patience=patience)


@asynccontextmanager
async def saying(words: bytes) -> AsyncIterator[str]:
    """A server that does not speak HTTP as expected."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(words)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
