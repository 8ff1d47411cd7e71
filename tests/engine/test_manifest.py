from collections.abc import Callable
import hashlib
import json
from pathlib import Path
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from kith_engine.errors import PackDamagedError, PackError
from kith_engine.manifest import (
    MANIFESTS,
    SHIPPED,
    STORED,
    load_manifest,
    load_notes,
    load_stored,
    manifest_names,
    read_manifest,
    to_store,
)
from kith_engine.network import Anchors, Detection, Points, Role, Vectors
from kith_engine.packs import verify

COMPACT = json.loads((MANIFESTS / "compact.json").read_text())
STANDARD = json.loads((MANIFESTS / "standard.json").read_text())


PLAIN = {"order": "BGR", "mean": [0, 0, 0], "deviation": [1, 1, 1]}
AGAIN = COMPACT["networks"][0] | {
    "role": "second_look",
    "on_demand": True,
    "input": {"stretched": [64, 32], **PLAIN},
    "output": {
        "stride": 16, "widths": [8, 20], "heights": [20, 50], "variances": [0.1, 0.2], "threshold": 0.8, "overlap": 0.4
    },
}  # fmt: skip
BODY = COMPACT["networks"][0] | {
    "role": "body", "input": {"stretched": [128, 256], **PLAIN}, "output": {"dimensions": 256, "mirror": False}
}  # fmt: skip


def changed(change: Callable[[dict[str, Any]], object], of: dict[str, Any] = COMPACT) -> str:
    manifest = json.loads(json.dumps(of))
    change(manifest)
    return json.dumps(manifest)


def test_calibrations_are_told_apart_whatever_else_a_pack_has() -> None:
    finer, pickier = (
        read_manifest(changed(lambda pack, part=part, key=key: pack[part].update({key: 77})), "a test")
        for part, key in (("calibration", "gain"), ("limits", "smallest_face"))
    )
    assert finer.calibration_digest != load_manifest("compact").calibration_digest
    assert pickier.calibration_digest == load_manifest("compact").calibration_digest


@pytest.mark.parametrize("name", manifest_names())
def test_every_pack_says_whose_its_networks_are_and_where_they_come_from(name: str) -> None:
    manifest = load_manifest(name)
    for network in manifest.networks:
        assert network.license
        assert network.trained_on
        assert all(file.urls or (SHIPPED / file.name).is_file() for file in network.files)
        assert network.sha256[:12] in network.identity


def test_the_standard_pack_says_that_nobody_names_what_its_networks_were_trained_on() -> None:
    assert "do not name" in load_manifest("standard").network(Role.EMBEDDING).trained_on


def test_the_standard_pack_is_small_and_what_few_need_comes_on_demand() -> None:
    standard = load_manifest("standard")
    assert standard.bytes < 8_000_000
    assert [network.role for network in standard.installed if not network.download] == [Role.MOUTH]
    demanded = {network.role for network in standard.networks if network.on_demand}
    assert demanded == {Role.SECOND_LOOK, Role.BODY}


def test_what_open_model_zoo_publishes_has_a_second_address_that_stays_as_it_is() -> None:
    """The maker's moves with its releases; the copies are at commits."""
    for network in load_manifest("standard").networks:
        for file in network.files if len(network.files) > 1 else ():
            maker, copy = file.urls
            assert maker.startswith("https://storage.openvinotoolkit.org/")
            assert re.match(r"https://raw\.githubusercontent\.com/[\w-]+/[\w-]+/[0-9a-f]{40}/", copy)
            assert maker.endswith(f"/{file.name}")
            assert copy.endswith(f"/{file.name}")


def test_kith_s_own_pack_is_in_the_box_and_tells_what_it_is_worth_and_under_which_terms() -> None:
    compact = load_manifest("compact")
    assert compact.download == 0
    verify(SHIPPED, compact)
    for words in ("first look", "recommended", "UTKFace", "MS-Celeb-1M", "no license", "East Asian"):
        assert words in load_notes("compact")


def test_the_standard_pack_says_on_whose_faces_its_evidence_was_calibrated() -> None:
    assert "Labeled Faces in the Wild" in load_manifest("standard").calibrated_on


def test_the_standard_pack_never_compares_a_face_of_less_than_24_pixels() -> None:
    assert load_manifest("standard").limits.smallest_face >= 24


def test_the_standard_pack_knows_where_people_look_alike() -> None:
    crowd = load_manifest("standard").calibration.crowd
    assert crowd.shape == (256, 256)
    assert np.linalg.norm(crowd, axis=1) == pytest.approx(1, abs=1e-2)


def test_roles_are_read_as_what_they_are() -> None:
    manifest = load_manifest("standard")
    assert isinstance(manifest.network(Role.PERSON).output, Detection)
    assert isinstance(manifest.network(Role.EMBEDDING).output, Vectors)
    assert isinstance(manifest.network(Role.SECOND_LOOK).output, Anchors)
    assert isinstance(manifest.network(Role.BODY).output, Vectors)


def test_a_landmark_network_says_how_near_it_wants_a_face() -> None:
    for name, output in (("compact", Points(0.583)), ("standard", Points(0.8, origin=0.0, upright=True))):
        network = load_manifest(name).landmarks
        assert network is not None
        assert network.output == output


@pytest.mark.parametrize(
    ("role", "count"),
    [("person", 2), ("face", 0), ("landmarks", 2), ("embedding", 3), ("second_look", 2), ("body", 2), ("mouth", 2)],
)
def test_a_pack_with_too_many_or_too_few_networks_for_a_role_is_refused(role: str, count: int) -> None:
    def change(manifest: dict[str, Any]) -> None:
        (one, *_) = [network for network in [*COMPACT["networks"], AGAIN, BODY] if network["role"] == role]
        rest = [network for network in manifest["networks"] if network["role"] != role]
        manifest["networks"] = [*rest, *[one] * count]

    with pytest.raises(PackError, match="networks must be"):
        read_manifest(changed(change), "here")


def test_a_second_look_and_a_body_network_are_read_and_may_come_on_demand() -> None:
    manifest = read_manifest(changed(lambda manifest: manifest["networks"].extend([AGAIN, BODY])), "here")
    again, body = manifest.network(Role.SECOND_LOOK), manifest.network(Role.BODY)
    assert (again.on_demand, body.on_demand) == (True, False)
    assert again.input.stretched == (64, 32)
    assert isinstance(again.output, Anchors)
    assert again.output.variances == (0.1, 0.2)
    assert isinstance(body.output, Vectors)
    assert manifest.installed == tuple(network for network in manifest.networks if network is not again)
    assert manifest.bytes == sum(network.bytes for network in manifest.installed)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda n: n["input"].update(stretched=[64]), "input.stretched"),
        (lambda n: n["input"].update(stretched=[64, 8]), "input.stretched"),
        (lambda n: n["input"].update(stretched=[64.5, 32]), "input.stretched"),
        (lambda n: n["output"].update(widths=[]), "output.widths"),
        (lambda n: n["output"].update(heights=[8]), "output.heights"),
        (lambda n: n["output"].update(variances=[0.1]), "output.variances"),
        (lambda n: n["output"].update(threshold=2), "output.threshold"),
        (lambda n: n.update(on_demand="yes"), "on_demand"),
    ],
)
def test_a_mistake_in_a_second_look_is_found(change: Callable[[dict[str, Any]], object], place: str) -> None:
    again = json.loads(json.dumps(AGAIN))
    change(again)
    with pytest.raises(PackError) as refused:
        read_manifest(changed(lambda manifest: manifest["networks"].append(again)), "here")
    assert place in str(refused.value)


@pytest.mark.parametrize("template", [[0.5] * 9, [], "arcface"])
def test_a_template_has_five_points(template: object) -> None:
    with pytest.raises(PackError, match=r"output\.template"):
        read_manifest(changed(lambda manifest: _embedding(manifest)["output"].update(template=template)), "here")


def _embedding(manifest: dict[str, Any]) -> dict[str, Any]:
    return next(network for network in manifest["networks"] if network["role"] == "embedding")


def test_a_role_that_a_pack_lacks_is_named() -> None:
    with pytest.raises(PackError, match="no network for 'body'"):
        load_manifest("compact").network(Role.BODY)


@pytest.mark.parametrize("name", ["", "nothing", "../manifests/standard", "standard.json"])
def test_only_packs_that_came_with_kith_are_loaded(name: str) -> None:
    with pytest.raises(PackError, match="there are: compact, standard"):
        load_manifest(name)


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '"standard"', "{}"])
def test_what_is_no_manifest_is_refused(text: str) -> None:
    with pytest.raises(PackError):
        read_manifest(text, "somewhere")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda m: m.pop("version"), "standard.version"),
        (lambda m: m["networks"][0].update(sha256="beef"), "networks[0].sha256"),
        (lambda m: m["networks"][1].update(file="../../outside.onnx"), "networks[1].file"),
        (lambda m: m["networks"][1].update(file="/etc/passwd"), "networks[1].file"),
        (lambda m: m["networks"][3].update(url="http://insecure.example/x"), "networks[3].url"),
        (lambda m: m["networks"][3].update(role="iris"), "networks[3].role"),
        (lambda m: m["networks"][3].update(bytes=1.5), "networks[3].bytes"),
        (lambda m: m["networks"][3].update(bytes=True), "networks[3].bytes"),
        (lambda m: m["networks"][0]["input"].update(order="GRB"), "networks[0].input.order"),
        (lambda m: m["networks"][0]["input"].update(mean=[0, 0]), "networks[0].input.mean"),
        (lambda m: m["networks"][0]["input"].update(deviation=[1, 0, 1]), "networks[0].input.deviation"),
        (lambda m: m["networks"][0]["output"].update(threshold=4), "networks[0].output.threshold"),
        (lambda m: m["networks"][1]["output"].update(leaning=-1), "networks[1].output.leaning"),
        (lambda m: m["networks"][4]["output"].update(mirror="yes"), "networks[4].output.mirror"),
        (lambda m: m["limits"].pop("smallest_face"), "limits.smallest_face"),
        (lambda m: m.pop("calibrated_on"), "standard.calibrated_on"),
        (lambda m: m.pop("calibration"), "standard.calibration"),
        (lambda m: m["calibration"].update(gain=float("nan")), "gain is not a sane number"),
        (lambda m: m["calibration"].update(common="AAAAAAAA"), "common has not 128 finite numbers a row"),
        (lambda m: m["networks"].pop(1), "one for person"),
        (lambda m: m["networks"].append(m["networks"][0]), "one for person"),
    ],
)
def test_a_mistake_in_a_manifest_is_found_and_its_place_is_named(
    change: Callable[[dict[str, Any]], object], place: str
) -> None:
    with pytest.raises(PackError) as refused:
        read_manifest(changed(change), "standard")
    assert place in str(refused.value)


def test_reading_a_manifest_costs_home_assistant_neither_pillow_nor_a_runtime() -> None:
    """What Home Assistant's own process imports must be light and exist on every installation."""
    code = (
        "import sys; import kith_engine.manifest, kith_engine.packs, kith_engine.wire;"
        "print([name for name in ('PIL', 'onnxruntime') if name in sys.modules])"
    )
    folder = Path(__file__).parents[2] / "custom_components" / "kith"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def with_second(manifest: dict[str, Any], identity: str | None) -> None:
    manifest["networks"].append({**_embedding(manifest), "file": "second.onnx"})
    alone = manifest["calibration"]
    if identity is not None:
        numbers = {"dimensions": 128, "gains": [40, 30], "costs": [12, 9], "bias": 0, "calibration": {**alone}}
        manifest["calibration"]["second"] = {"embedding": identity, **numbers}


def test_a_pack_may_have_a_second_embedding() -> None:
    name = f"second.onnx@{_embedding(COMPACT)['sha256'][:12]}"
    manifest = read_manifest(changed(lambda manifest: with_second(manifest, name)), "here")
    assert manifest.second is not None
    assert manifest.second.identity == name
    assert manifest.network(Role.EMBEDDING).file == "kith_embedding.onnx"


@pytest.mark.parametrize("identity", [None, "somebody-else.onnx@0123456789ab"])
def test_a_second_embedding_needs_numbers_of_its_own(identity: str | None) -> None:
    with pytest.raises(PackError, match="second embedding"):
        read_manifest(changed(lambda manifest: with_second(manifest, identity)), "here")


XML = {
    "file": "net.xml",
    "bytes": 7,
    "sha256": "a" * 64,
    "url": ["https://maker.example/net", "https://copy.example/net"],
}
BIN = {"file": "net.bin", "bytes": 9, "sha256": "b" * 64, "url": "https://maker.example/weights"}


def in_two_files(manifest: dict[str, Any], *files: dict[str, Any]) -> None:
    """The person network, as OpenVINO stores one."""
    network = manifest["networks"][0]
    for key in ("file", "bytes", "sha256", "url"):
        network.pop(key, None)
    network["files"] = list(files)


def test_a_network_may_have_two_files_and_a_file_several_addresses() -> None:
    network = read_manifest(changed(lambda manifest: in_two_files(manifest, XML, BIN)), "here").network(Role.PERSON)
    assert (network.file, network.bytes, network.download) == ("net.xml", 16, 16)
    assert [file.urls for file in network.files] == [tuple(XML["url"]), (BIN["url"],)]
    digest = hashlib.sha256(b"a" * 64 + b"b" * 64).hexdigest()
    assert (network.sha256, network.identity) == (digest, f"net.xml@{digest[:12]}"), "other weights are another network"


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ([XML], "networks[0].files"),
        ([XML, BIN, BIN], "networks[0].files"),
        ([BIN, XML], "networks[0].files[0].file"),
        ([XML, BIN | {"file": "other.bin"}], "networks[0].files[1].file"),
        ([XML, BIN | {"file": "../net.bin"}], "networks[0].files[1].file"),
        ([XML | {"url": []}, BIN], "networks[0].files[0].url"),
        ([XML | {"url": ["https://maker.example", "http://insecure.example"]}, BIN], "networks[0].files[0].url"),
    ],
)
def test_two_files_belong_together(files: list[dict[str, Any]], place: str) -> None:
    with pytest.raises(PackError) as refused:
        read_manifest(changed(lambda manifest: in_two_files(manifest, *files)), "here")
    assert place in str(refused.value)


def test_packs_that_differ_in_anything_have_folders_of_their_own() -> None:
    standard = read_manifest(json.dumps(STANDARD), "here")
    assert standard.folder.startswith(f"standard-{standard.version}-")
    assert read_manifest(json.dumps(STANDARD, indent=7), "here").folder == standard.folder, "but in blanks"
    for change in (lambda m: m.update(version="99"), lambda m: m["limits"].update(smallest_face=25)):
        assert read_manifest(changed(change, STANDARD), "here").folder != standard.folder


@pytest.mark.parametrize(("key", "name"), [("name", "../x"), ("name", "a/b"), ("version", ".."), ("version", "1/2")])
def test_a_pack_s_folder_lies_where_it_should(key: str, name: str) -> None:
    with pytest.raises(PackError, match=key):
        read_manifest(changed(lambda manifest: manifest.update({key: name})), "here")


def test_a_manifest_is_stored_beside_its_files_and_read_back(tmp_path: Path) -> None:
    assert load_stored(tmp_path) is None
    standard = load_manifest("standard")
    (tmp_path / STORED).write_bytes(to_store(standard))
    stored = load_stored(tmp_path)
    assert stored is not None
    assert (stored.folder, stored.networks, stored.limits) == (standard.folder, standard.networks, standard.limits)
    assert np.array_equal(stored.calibration.crowd, standard.calibration.crowd)


@pytest.mark.parametrize("damage", [lambda b: b[:900], lambda b: b.replace(b'"gain": ', b'"gain": 1'), lambda _: b"[]"])
def test_a_stored_manifest_that_was_damaged_is_not_believed(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    (tmp_path / STORED).write_bytes(damage(to_store(load_manifest("standard"))))
    with pytest.raises(PackDamagedError, match="fetch the pack again"):
        load_stored(tmp_path)
