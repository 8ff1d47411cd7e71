import json
from pathlib import Path
import shutil
import sys

from PIL import Image
import pytest

from kith_engine.__main__ import main
from kith_engine.commands.location import chosen_pack
from kith_engine.manifest import MANIFESTS, load_manifest, read_manifest
from kith_engine.network import Role
from kith_engine.packs import store
from kith_engine.pairing.codes import spoken
from kith_engine.pairing.homes import PairedHome
from kith_engine.pairing.identity import Identity
from kith_engine.pairing.protocol import Offer
from kith_engine.pairing.state import EngineState
from kith_engine.service import unit_path
from tests.pictures import astronaut, encoded

pytestmark = pytest.mark.slow

BYTES = load_manifest("standard").bytes


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "ada.jpg"
    path.write_bytes(encoded(astronaut()))
    return path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr("sys.argv", ["kith_engine", *map(str, arguments)])
    return main()


def test_analyze_tells_what_it_sees(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mirror: Path, photo: Path
) -> None:
    assert run(monkeypatch, "analyze", photo, "--pack", mirror) == 0
    told = capsys.readouterr().out
    assert "people: 1, faces: 1, good enough to compare: 1" in told
    assert "of person 1: usable" in told
    assert "persons" in told.splitlines()[-1]


def test_analyze_gives_everything_as_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mirror: Path, photo: Path
) -> None:
    assert run(monkeypatch, "analyze", photo, photo, "--json", "--look", "portrait", "--pack", mirror) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["picture"] == second["picture"] == str(photo)
    (face,) = first["faces"]
    assert [len(one["vector"]) for one in face["embeddings"]] == [256]
    assert len(face["landmarks"]) == 5
    assert face["quality"]["flaws"] == []


def test_analyze_draws_what_it_sees(monkeypatch: pytest.MonkeyPatch, mirror: Path, photo: Path, tmp_path: Path) -> None:
    assert run(monkeypatch, "analyze", photo, "--draw", tmp_path / "out.png", "--pack", mirror) == 0
    drawn = Image.open(tmp_path / "out.png")
    assert drawn.size == (512, 512)
    assert (90, 230, 90) in [color for _, color in drawn.getcolors(2**24)]


def test_a_picture_that_cannot_be_read_does_not_end_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mirror: Path, photo: Path, tmp_path: Path
) -> None:
    (tmp_path / "page.jpg").write_text("<html>")
    code = run(monkeypatch, "analyze", tmp_path / "none.jpg", tmp_path / "page.jpg", photo, "--pack", mirror)
    captured = capsys.readouterr()
    assert code == 1
    assert "page.jpg: these bytes are no JPEG" in captured.err
    assert "none.jpg" in captured.err
    assert "faces: 1" in captured.out


def test_the_pack_is_found_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mirror: Path, photo: Path
) -> None:
    monkeypatch.setenv("KITH_PACK", str(mirror))
    assert run(monkeypatch, "analyze", photo) == 0
    assert "fetching" not in capsys.readouterr().err


def test_the_pack_is_fetched_where_there_is_none_yet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mirror: Path, photo: Path, tmp_path: Path
) -> None:
    monkeypatch.delenv("KITH_PACK", raising=False)
    monkeypatch.setenv("KITH_MODEL_MIRROR", str(mirror))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert run(monkeypatch, "analyze", photo) == 0
    assert "fetching Published networks" in capsys.readouterr().err
    assert run(monkeypatch, "analyze", photo) == 0
    assert capsys.readouterr().err == ""


def test_another_version_s_pack_is_exchanged_with_what_was_added_to_it(
    monkeypatch: pytest.MonkeyPatch, mirror: Path, tmp_path: Path
) -> None:
    """As after an update of the engine whose pack has a file of another name, and another calibration."""
    monkeypatch.delenv("KITH_PACK", raising=False)
    monkeypatch.setenv("KITH_MODEL_MIRROR", str(mirror))
    monkeypatch.setenv("HOME", str(tmp_path))
    manifest, folder = load_manifest("standard"), tmp_path / ".cache" / "kith" / "packs" / "standard"
    body = manifest.network(Role.BODY)
    older = manifest.text.replace(f'"version":"{manifest.version}"', '"version":"0"')
    for file in body.files:
        older = older.replace(file.name, f"former-{file.name}")
    folder.mkdir(parents=True)
    for network in manifest.installed:
        for file in network.files:
            shutil.copyfile(mirror / file.name, folder / file.name)
    for file in body.files:
        shutil.copyfile(mirror / file.name, folder / f"former-{file.name}")
    store(read_manifest(older, "older"), folder)
    pack = chosen_pack(None)
    assert pack.manifest.digest == manifest.digest
    assert {network.role for network in pack.networks if network.on_demand} == {Role.BODY}

    (folder / "manifest.json").write_text("damaged")
    assert chosen_pack(None).manifest.digest == manifest.digest


def test_packs_are_listed_with_license_and_origin(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "packs", "list") == 0
    told = capsys.readouterr().out
    for words in (
        f"standard {load_manifest('standard').version}",
        "comes with Kith",
        "Apache-2.0",
        "COCO 2017",
        "do not name",
        "on demand",
        "https://",
    ):
        assert words in told


def test_a_pack_is_fetched_with_progress_for_machines_and_verified(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mirror: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "pack"
    assert run(monkeypatch, "packs", "fetch", "standard", "--into", folder, "--mirror", mirror, "--progress-json") == 0
    steps = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert steps[-1] == {"done": BYTES, "total": BYTES}
    assert [step["done"] for step in steps] == sorted(step["done"] for step in steps)
    assert run(monkeypatch, "packs", "verify", folder) == 0


def test_a_pack_is_fetched_by_a_manifest_s_file_mended_by_its_own_and_tried(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mirror: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "pack"
    manifest = MANIFESTS / "standard.json"
    assert run(monkeypatch, "packs", "fetch", manifest, "--into", folder, "--near", mirror, "--mirror", tmp_path) == 0
    (folder / "yolox_nano.onnx").write_bytes(b"damaged")
    assert run(monkeypatch, "packs", "test", folder) == 1
    assert capsys.readouterr().err.startswith("ERROR pack_damaged: ")
    assert run(monkeypatch, "packs", "fetch", "--into", folder, "--mirror", mirror) == 0
    assert run(monkeypatch, "packs", "test", folder) == 0


def test_what_is_used_on_demand_is_fetched_for_who_asks(
    monkeypatch: pytest.MonkeyPatch, mirror: Path, tmp_path: Path
) -> None:
    fetching = ("packs", "fetch", "standard", "--into", tmp_path, "--mirror", mirror)
    body, again = (load_manifest("standard").network(role) for role in (Role.BODY, Role.SECOND_LOOK))
    assert run(monkeypatch, *fetching) == 0
    assert not (tmp_path / body.file).exists()
    assert run(monkeypatch, *fetching, "--with", "body", "--with", "second_look") == 0
    assert all((tmp_path / file.name).is_file() for file in (*body.files, *again.files))
    assert run(monkeypatch, "packs", "test", tmp_path) == 0


def test_who_fetches_nothing_in_particular_is_asked_what(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, "packs", "fetch", "--into", tmp_path) == 1
    assert "name one" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "told"), [(None, "cannot be read"), (b"\xff\xfe", "cannot be read"), (b"\n", "no token")]
)
def test_a_token_file_without_a_token_stops_the_engine_before_it_serves_anybody(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    content: bytes | None,
    told: str,
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    assert run(monkeypatch, "serve", "--token-file", file) == 1
    assert told in capsys.readouterr().err


def test_an_error_is_one_line_with_its_code_for_whoever_started_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, "packs", "verify", tmp_path) == 1
    error = capsys.readouterr().err
    assert error.startswith("ERROR pack_unavailable: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["packs"],
        ["packs", "fetch", "unknown", "--into", "x"],
        ["packs", "fetch", "unknown.json", "--into", "x"],
        ["see"],
    ],
)
def test_a_wrong_command_line_is_said_and_nothing_is_done(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, *arguments)
    assert ended.value.code == 2


def test_one_drawing_is_of_one_picture(monkeypatch: pytest.MonkeyPatch, photo: Path, tmp_path: Path) -> None:
    assert run(monkeypatch, "analyze", photo, photo, "--draw", tmp_path / "out.png") == 2


def test_where_ncnn_is_the_runtime_a_fetched_pack_is_ready_for_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mirror: Path, photo: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("KITH_RUNTIME", "ncnn")
    folder = tmp_path / "pack"
    assert run(monkeypatch, "analyze", photo, "--pack", mirror) == 1
    assert "fetch the pack" in capsys.readouterr().err
    assert run(monkeypatch, "packs", "fetch", "standard", "--into", folder, "--mirror", mirror) == 0
    assert {path.suffix for path in folder.iterdir()} == {".onnx", ".xml", ".param", ".bin", ".json"}
    assert run(monkeypatch, "analyze", photo, "--pack", folder) == 0
    assert "good enough to compare: 1" in capsys.readouterr().out


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EngineState:
    monkeypatch.setenv("KITH_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return EngineState(tmp_path / "state", "nas")


def test_pair_shows_a_code_for_one_more_home(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], state: EngineState, tmp_path: Path
) -> None:
    assert run(monkeypatch, "pair", "--name", "nas") == 0
    told = capsys.readouterr().out
    assert spoken(state.codes.current() or "") in told
    assert "minutes" not in told
    state.homes.add(PairedHome("Ada's", Identity.made(tmp_path / "home.pem", "Ada's").certificate))
    assert run(monkeypatch, "pair") == 0
    assert "valid for 10 minutes" in capsys.readouterr().out


def test_pair_lists_homes_and_lets_them_go(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], state: EngineState, tmp_path: Path
) -> None:
    home = PairedHome("Ada's", Identity.made(tmp_path / "home.pem", "Ada's").certificate)
    state.homes.add(home)
    assert run(monkeypatch, "pair", "--list") == 0
    assert capsys.readouterr().out == f"{home.fingerprint[:16]}  Ada's\n"
    assert run(monkeypatch, "pair", "--forget", "Bob's") == 1
    assert "Bob's" in capsys.readouterr().err
    assert run(monkeypatch, "pair", "--forget", "Ada's") == 0
    assert state.homes.read() == ()
    capsys.readouterr()
    assert run(monkeypatch, "pair", "--list") == 0
    assert capsys.readouterr().out == "No home was paired yet.\n"


def test_pair_makes_a_new_key_on_demand(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], state: EngineState
) -> None:
    before = state.identity()
    assert run(monkeypatch, "pair", "--new-key") == 0
    assert state.identity() != before
    assert state.identity().fingerprint[:16] in capsys.readouterr().out


def test_pairing_without_its_packages_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], state: EngineState
) -> None:
    monkeypatch.setitem(sys.modules, "spake2", None)
    assert run(monkeypatch, "pair") == 1
    assert capsys.readouterr().err.startswith("ERROR runtime_missing: pairing needs a package")


def test_a_service_is_installed_with_its_networks_and_a_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], state: EngineState, mirror: Path
) -> None:
    for _ in range(2):
        assert run(monkeypatch, "install-service", "--pack", mirror) == 0
        told = capsys.readouterr().out
        assert spoken(state.codes.current() or "") in told
        assert "systemctl --user disable --now" in told
    assert str(mirror.resolve()) in unit_path().read_text()


def test_health_says_who_answers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], state: EngineState
) -> None:
    asked = []

    async def ask(_session: object, url: str) -> Offer:
        asked.append(url)
        return Offer("nas", b"certificate", open=False)

    monkeypatch.setattr("kith_engine.pairing.client.ask_offer", ask)
    assert run(monkeypatch, "health") == 0
    assert asked == ["https://127.0.0.1:7071"]
    assert capsys.readouterr().out == "nas\n"
