"""What an engine keeps: its key, its homes, and its code."""

from collections.abc import AsyncIterator
import contextlib
from pathlib import Path
import ssl

import pytest

from kith_engine.commands import serve as starting
from kith_engine.errors import EngineError, PairingError
from kith_engine.listening import Address
from kith_engine.pairing import homes
from kith_engine.pairing.codes import GUESSES, PairingCodes, spoken, typed
from kith_engine.pairing.homes import PairedHome, PairedHomes
from kith_engine.pairing.identity import Identity, fingerprint
from kith_engine.pairing.state import EngineState, Trust, default_folder
from kith_engine.pairing.tls import pinned_context


@pytest.fixture
def state(tmp_path: Path) -> EngineState:
    return EngineState(tmp_path / "state", "nas")


def home_of(folder: Path, name: str = "Home") -> PairedHome:
    return PairedHome(name, Identity.made(folder / f"{name}.pem", name).certificate)


def test_a_key_is_made_once_and_nobody_else_can_read_it(state: EngineState, tmp_path: Path) -> None:
    first = state.identity()
    assert state.identity() == first
    assert first.path.stat().st_mode & 0o777 == 0o600
    assert first.path.parent.stat().st_mode & 0o777 == 0o700
    assert first.fingerprint == fingerprint(first.certificate)
    assert Identity.made(tmp_path / "other.pem", "x" * 100).fingerprint != first.fingerprint


def test_a_damaged_key_is_said(state: EngineState) -> None:
    path = state.identity().path
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(EngineError, match="damaged"):
        state.identity()


def test_a_file_that_cannot_be_read_or_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "folder.pem").mkdir()
    with pytest.raises(EngineError, match="cannot be read"):
        Identity.read(tmp_path / "folder.pem")
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match="cannot be written"):
        Identity.made(tmp_path / "file" / "key.pem", "nas")
    (tmp_path / "code.json").mkdir()
    with pytest.raises(EngineError, match="cannot be removed"):
        PairingCodes(tmp_path / "code.json").clear()


def test_a_code_has_six_digits_and_five_guesses(tmp_path: Path) -> None:
    codes = PairingCodes(tmp_path / "code.json")
    assert codes.current() is None
    code = codes.new()
    assert len(code) == 6
    assert code.isdecimal()
    assert (tmp_path / "code.json").stat().st_mode & 0o777 == 0o600
    for _ in range(GUESSES - 1):
        codes.count_wrong_guess(code)
        assert codes.current() == code
    codes.count_wrong_guess("another one, before this")
    assert codes.current() == code
    codes.count_wrong_guess(code)
    assert codes.current() is None
    codes.count_wrong_guess(code)


def test_a_code_that_was_forgotten_lets_nobody_in(tmp_path: Path) -> None:
    now = 1000.0
    codes = PairingCodes(tmp_path / "code.json", lambda: now)
    code = codes.new(60)
    now += 59
    assert codes.current() == code
    now += 1
    assert codes.current() is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"code": "1"}', '{"code": "1", "guesses": 0, "until": null}'])
def test_a_damaged_code_lets_nobody_in(tmp_path: Path, content: str) -> None:
    (tmp_path / "code.json").write_text(content)
    assert PairingCodes(tmp_path / "code.json").current() is None


def test_a_code_is_typed_as_people_do() -> None:
    assert spoken("012345") == "012 345"
    assert typed(" 012-345\n") == "012345"


def test_an_engine_without_a_home_shows_a_code_and_keeps_it(state: EngineState, tmp_path: Path) -> None:
    code = state.first_code()
    assert code is not None
    assert state.first_code() == code
    state.homes.add(home_of(tmp_path))
    assert state.first_code() is None


def test_homes_are_kept_and_forgotten_by_name_or_fingerprint(tmp_path: Path) -> None:
    kept = PairedHomes(tmp_path / "homes.json")
    assert kept.read() == ()
    ada, bob = home_of(tmp_path, "Ada's"), home_of(tmp_path, "Bob's")
    for home in (ada, bob, ada):
        kept.add(home)
    assert kept.read() == (bob, ada)
    assert kept.forget("nobody") == 0
    assert kept.forget(ada.fingerprint[:8]) == 1
    assert kept.forget("Bob's") == 1
    assert kept.read() == ()


def test_too_many_homes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(homes, "MOST_HOMES", 1)
    kept = PairedHomes(tmp_path / "homes.json")
    kept.add(home_of(tmp_path, "Ada's"))
    with pytest.raises(PairingError, match="--forget"):
        kept.add(home_of(tmp_path, "Bob's"))


@pytest.mark.parametrize("content", ["{", "3", "[3]", '[{"name": "Ada"}]', '[{"name": "Ada", "certificate": "?"}]'])
def test_damaged_homes_are_said(tmp_path: Path, content: str) -> None:
    (tmp_path / "homes.json").write_text(content)
    with pytest.raises(EngineError, match="pair every home again"):
        PairedHomes(tmp_path / "homes.json").read()


def test_a_running_engine_follows_what_the_command_line_changes(state: EngineState, tmp_path: Path) -> None:
    trust, home = Trust(state), home_of(tmp_path)
    assert trust.home(home.fingerprint) is None
    state.homes.add(home)
    assert trust.home(home.fingerprint) == home
    before = trust.identity
    state.renew()
    assert trust.home(home.fingerprint) is None, "another key means that every home is paired again"
    assert trust.identity != before


def test_what_is_no_certificate_is_not_pinned() -> None:
    with pytest.raises(PairingError):
        pinned_context(b"\x30\x03abc")
    with pytest.raises(PairingError):
        pinned_context(b"")


def test_only_the_newest_tls_is_spoken(state: EngineState) -> None:
    trust = Trust(state)
    for context in (trust.context, pinned_context(trust.identity.certificate)):
        assert context.minimum_version is ssl.TLSVersion.TLSv1_3


def test_the_state_lies_where_it_is_named_or_the_system_wants_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KITH_STATE", str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.delenv("KITH_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    assert default_folder() == tmp_path / "xdg" / "kith-engine"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == tmp_path / ".local" / "state" / "kith-engine"


@pytest.mark.parametrize(("host", "found"), [("127.0.0.1", []), ("0.0.0.0", ["nas"])])
async def test_the_first_start_shows_a_code_and_only_what_others_can_reach_is_announced(
    state: EngineState,
    host: str,
    found: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    names: list[str] = []

    @contextlib.asynccontextmanager
    async def announced(name: str, *_: object) -> AsyncIterator[None]:
        names.append(name)
        yield

    monkeypatch.setattr(starting, "announced", announced)
    trust = Trust(state)
    for _ in range(2):
        async with starting._found(trust, Address(host=host, port=7071), announce=True):
            pass
    assert names == found * 2
    assert capsys.readouterr().out.count(spoken(state.codes.current() or "")) == 2, "the same one, until a home has it"
