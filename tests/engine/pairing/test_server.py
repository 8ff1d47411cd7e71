"""An engine and homes over real TLS: who is let in, who is not, and what they see of each other."""

import base64
from collections.abc import AsyncIterator
import contextlib
from pathlib import Path
import ssl

import aiohttp
import pytest

from kith_engine.analysis import Look
from kith_engine.client import EngineClient
from kith_engine.errors import (
    EngineError,
    EngineReplacedError,
    EngineUnavailableError,
    EngineUnpairedError,
    KithError,
    PairingClosedError,
    PairingCodeError,
    PairingError,
)
from kith_engine.pairing import server as pairing_server
from kith_engine.pairing.client import ask_offer, pair
from kith_engine.pairing.codes import GUESSES
from kith_engine.pairing.exchange import Exchange
from kith_engine.pairing.identity import Identity
from kith_engine.pairing.protocol import FINISH, PAIR, START, Offer, decode_offer, encode_bytes
from kith_engine.pairing.server import Pairing, add_routes
from kith_engine.pairing.state import EngineState, Trust
from kith_engine.pairing.tls import paired_context, pinned_context
from kith_engine.server import Address, create_app, listening

from ..analyses import FACTS, Obedient


class Place:
    """One engine on another machine, and those who ask it."""

    def __init__(self, folder: Path, session: aiohttp.ClientSession) -> None:
        self.folder = folder
        self.session = session
        self.state = EngineState(folder / "engine", "nas")
        self.trust = Trust(self.state)
        self.analyzer = Obedient()
        self.now = 0.0
        self.url = ""

    @contextlib.asynccontextmanager
    async def running(self, *more: Address) -> AsyncIterator[str]:
        pairing = Pairing(self.trust, lambda: self.now)
        app = create_app(self.analyzer, homes=self.trust, more=lambda app, _: add_routes(app, pairing))
        async with listening(app, Address(tls=self.trust.context), *more) as where:
            self.url = where.partition(" and ")[0]
            yield where
            self.analyzer.free.set()

    def code(self) -> str:
        found = self.state.first_code() or self.state.next_code()
        assert found is not None
        return found

    def home(self, name: str = "home") -> Identity:
        return Identity.made(self.folder / f"{name}.pem", name)

    async def pair(self, home: Identity, code: str, name: str = "Home") -> Offer:
        offer = await ask_offer(self.session, self.url)
        await pair(self.session, self.url, offer, code=code, home=home, name=name)
        return offer

    def client(self, home: Identity, engine: bytes | None = None) -> EngineClient:
        context = paired_context(engine or self.trust.identity.certificate, home)
        return EngineClient(self.session, self.url, tls=context)

    def stranger(self) -> EngineClient:
        return EngineClient(self.session, self.url, tls=pinned_context(self.trust.identity.certificate))


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    monkeypatch.setattr(pairing_server, "WRONG_CODE_PAUSE", 0.0)
    async with aiohttp.ClientSession() as session:
        found = Place(tmp_path, session)
        async with found.running():
            yield found


async def test_a_home_with_the_code_is_let_in_and_the_code_is_used_up(place: Place) -> None:
    home, code = place.home(), place.code()
    offer = await place.pair(home, code, "Ada's home")
    assert (offer.name, offer.open) == ("nas", True)
    assert (await place.client(home).hello()).embedding == FACTS.embedding
    (known,) = place.state.homes.read()
    assert (known.name, known.certificate) == ("Ada's home", home.certificate)
    assert not (await ask_offer(place.session, place.url)).open
    with pytest.raises(PairingClosedError, match="kith-engine pair"):
        await place.pair(place.home("another"), code)


async def test_who_was_not_paired_is_told_nothing(place: Place) -> None:
    with pytest.raises(EngineUnpairedError):
        await place.stranger().hello()
    with pytest.raises(EngineUnavailableError):  # TLS itself refuses an unknown certificate
        await place.client(place.home()).hello()
    assert place.analyzer.asked == []


async def test_a_home_that_was_forgotten_is_refused_at_once(place: Place) -> None:
    home = place.home()
    await place.pair(home, place.code())
    client = place.client(home)
    await client.hello()
    place.state.homes.forget("Home")
    with pytest.raises(EngineUnpairedError):
        await client.hello()


async def test_another_engine_at_the_same_address_is_noticed(place: Place) -> None:
    home = place.home()
    await place.pair(home, place.code())
    with pytest.raises(EngineReplacedError):
        await place.client(home, place.home("another engine").certificate).hello()


async def test_five_wrong_guesses_end_a_code(place: Place) -> None:
    home, code = place.home(), place.code()
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(GUESSES):
        with pytest.raises(PairingCodeError):
            await place.pair(home, wrong)
    with pytest.raises(PairingClosedError):
        await place.pair(home, code)
    assert place.state.homes.read() == ()
    await place.pair(home, place.state.next_code())


async def test_guesses_side_by_side_are_no_more_than_five(place: Place) -> None:
    """Attempts that began before the code was void count for nothing afterwards."""
    home, code = place.home(), place.code()
    stranger = place.stranger()
    begun = []
    for _ in range(GUESSES + 1):
        exchange = Exchange("0", home=home.certificate, engine=place.trust.identity.certificate, is_home=True)
        begun.append(await start(stranger, home, exchange))
    right = Exchange(code, home=home.certificate, engine=place.trust.identity.certificate, is_home=True)
    last = await start(stranger, home, right)
    for attempt in begun[:GUESSES]:
        with pytest.raises(PairingCodeError):
            await finish(stranger, attempt, bytes(32))
    right.receive(_decoded(last["message"]))
    with pytest.raises(PairingClosedError):
        await finish(stranger, last, right.confirmation)
    assert place.state.homes.read() == ()


async def test_an_attempt_does_not_last(place: Place) -> None:
    home = place.home()
    exchange = Exchange(place.code(), home=home.certificate, engine=place.trust.identity.certificate, is_home=True)
    begun = await start(place.stranger(), home, exchange)
    place.now += pairing_server.ATTEMPT_LASTS
    exchange.receive(_decoded(begun["message"]))
    with pytest.raises(PairingError, match="too long"):
        await finish(place.stranger(), begun, exchange.confirmation)


async def test_attempts_do_not_fill_the_memory(place: Place) -> None:
    home, code = place.home(), place.code()
    begun = []
    for _ in range(pairing_server.MOST_ATTEMPTS + 1):
        exchange = Exchange(code, home=home.certificate, engine=place.trust.identity.certificate, is_home=True)
        begun.append(await start(place.stranger(), home, exchange))
    with pytest.raises(PairingError, match="too long"):
        await finish(place.stranger(), begun[0], bytes(32))


async def test_an_engine_that_does_not_know_the_code_is_not_believed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lets everybody in, to see what they send."""
    monkeypatch.setattr(Exchange, "confirms", lambda self, _: not self._is_home)
    home = place.home()
    with pytest.raises(PairingCodeError):
        await place.pair(home, place.code())


async def test_two_homes_have_their_own_cameras(place: Place) -> None:
    ada, bob = place.home("Ada's"), place.home("Bob's")
    await place.pair(ada, place.code(), "Ada's")
    await place.pair(bob, place.code(), "Bob's")
    for home in (ada, bob):
        await place.client(home).analyze(b"picture", camera="hall", look=Look.MOTION)
    cameras = [camera for camera, _, _ in place.analyzer.asked]
    assert len(set(cameras)) == 2
    assert all(camera.endswith("/hall") for camera in cameras)


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {"name": "Home"},
        {"name": 3, "certificate": "", "message": ""},
        {"name": "Home", "certificate": "?", "message": "AAAA"},
        {"name": "Home", "certificate": encode_bytes(bytes(5000)), "message": "AAAA"},
        {"name": "x" * 20_000},
    ],
)
async def test_what_is_no_request_to_pair_is_refused(place: Place, content: object) -> None:
    place.code()
    for path in (START, FINISH):
        with pytest.raises(KithError) as raised:
            await place.stranger().ask("POST", path, content)
        assert type(raised.value) is EngineError or content is None


async def test_a_certificate_that_is_none_is_refused(place: Place) -> None:
    place.code()
    content = {"name": "Home", "certificate": encode_bytes(b"none"), "message": encode_bytes(bytes(33))}
    with pytest.raises(PairingError):
        await place.stranger().ask("POST", START, content)


async def test_an_older_tls_is_not_spoken(place: Place) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(EngineUnavailableError):
        await EngineClient(place.session, place.url, tls=old).hello()


async def test_nobody_pairs_unencrypted(tmp_path: Path) -> None:
    """There would be no certificate to bind to the code."""
    async with aiohttp.ClientSession() as session:
        place = Place(tmp_path, session)
        async with place.running(Address()) as where:
            secure, _, plain = where.partition(" and ")
            assert secure.startswith("https://")
            client = EngineClient(session, plain)
            assert (await client.hello()).embedding == FACTS.embedding
            with pytest.raises(EngineError, match="Not Found"):
                await client.ask("GET", PAIR)


async def test_its_own_words_are_harmless() -> None:
    told = {"name": "<b>[nas](http://evil)", "certificate": "AAAA", "open": True}
    assert decode_offer(told).name == "bnas(http: //evil)"


async def start(client: EngineClient, home: Identity, exchange: Exchange) -> dict[str, str]:
    mine = {"certificate": encode_bytes(home.certificate), "message": encode_bytes(exchange.message)}
    found: dict[str, str] = await client.ask("POST", START, {"name": "Home", **mine})
    return found


async def finish(client: EngineClient, begun: dict[str, str], confirmation: bytes) -> None:
    await client.ask("POST", FINISH, {"number": begun["number"], "confirmation": encode_bytes(confirmation)})


def _decoded(text: str) -> bytes:
    return base64.b64decode(text)
