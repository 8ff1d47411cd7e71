from collections.abc import Callable
import json
from pathlib import Path
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
from kith_engine.network import Detection, Points, Role, Vectors
from kith_engine.packs import verify

COMPACT = json.loads((MANIFESTS / "compact.json").read_text())
STANDARD = json.loads((MANIFESTS / "standard.json").read_text())


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    manifest = json.loads(json.dumps(STANDARD))
    change(manifest)
    return json.dumps(manifest)


@pytest.mark.parametrize("name", manifest_names())
def test_every_pack_says_whose_its_networks_are_and_where_they_come_from(name: str) -> None:
    manifest = load_manifest(name)
    for network in manifest.networks:
        assert network.licence
        assert network.trained_on
        assert network.url or (SHIPPED / network.file).is_file()
        assert network.sha256[:12] in network.identity


def test_the_standard_pack_says_that_its_training_data_were_withdrawn() -> None:
    assert "withdrawn" in load_manifest("standard").network(Role.EMBEDDING).trained_on


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
    assert crowd.shape == (64, 128)
    assert np.linalg.norm(crowd, axis=1) == pytest.approx(1, abs=1e-2)


def test_roles_are_read_as_what_they_are() -> None:
    manifest = load_manifest("standard")
    assert isinstance(manifest.network(Role.PERSON).output, Detection)
    assert isinstance(manifest.network(Role.EMBEDDING).output, Vectors)
    assert manifest.bytes == sum(network["bytes"] for network in STANDARD["networks"])


def test_a_landmark_network_says_how_near_it_wants_a_face() -> None:
    manifest = load_manifest("compact")
    assert manifest.landmarks is not None
    assert isinstance(manifest.landmarks.output, Points)
    assert 0.5 < manifest.landmarks.output.face < 0.7
    assert load_manifest("standard").landmarks is None


@pytest.mark.parametrize(("role", "count"), [("person", 2), ("face", 0), ("landmarks", 2), ("embedding", 3)])
def test_a_pack_with_too_many_or_too_few_networks_for_a_role_is_refused(role: str, count: int) -> None:
    def change(manifest: dict[str, Any]) -> None:
        (one, *_) = [network for network in COMPACT["networks"] if network["role"] == role]
        rest = [network for network in manifest["networks"] if network["role"] != role]
        manifest["networks"] = [*rest, *[one] * count]

    with pytest.raises(PackError, match="networks must be"):
        read_manifest(changed(change), "here")


def test_a_role_that_a_pack_lacks_is_named() -> None:
    with pytest.raises(PackError, match="no network for 'landmarks'"):
        load_manifest("standard").network(Role.LANDMARKS)


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
        (lambda m: m["networks"][2].update(url="http://insecure.example/x"), "networks[2].url"),
        (lambda m: m["networks"][2].update(role="iris"), "networks[2].role"),
        (lambda m: m["networks"][2].update(bytes=1.5), "networks[2].bytes"),
        (lambda m: m["networks"][2].update(bytes=True), "networks[2].bytes"),
        (lambda m: m["networks"][0]["input"].update(order="GRB"), "networks[0].input.order"),
        (lambda m: m["networks"][0]["input"].update(mean=[0, 0]), "networks[0].input.mean"),
        (lambda m: m["networks"][0]["input"].update(deviation=[1, 0, 1]), "networks[0].input.deviation"),
        (lambda m: m["networks"][0]["output"].update(threshold=4), "networks[0].output.threshold"),
        (lambda m: m["networks"][1]["output"].update(leaning=-1), "networks[1].output.leaning"),
        (lambda m: m["networks"][2]["output"].update(mirror="yes"), "networks[2].output.mirror"),
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
    second = {**manifest["networks"][2], "file": "second.onnx"}
    manifest["networks"][3:] = [second]
    alone = manifest["calibration"]
    del alone["second"]
    if identity is not None:
        numbers = {"dimensions": 128, "gains": [40, 30], "costs": [12, 9], "bias": 0, "calibration": {**alone}}
        manifest["calibration"]["second"] = {"embedding": identity, **numbers}


def test_a_pack_may_have_a_second_embedding() -> None:
    name = f"second.onnx@{STANDARD['networks'][2]['sha256'][:12]}"
    manifest = read_manifest(changed(lambda manifest: with_second(manifest, name)), "here")
    assert manifest.second is not None
    assert manifest.second.identity == name
    assert manifest.network(Role.EMBEDDING).file == "mobilefacenet.onnx"


def test_the_standard_pack_s_second_embedding_is_kith_s_own_and_was_taught_by_another() -> None:
    second = load_manifest("standard").second
    assert second is not None
    assert (second.file, second.url) == ("kith_embedding.onnx", None)
    assert "teacher" in second.source
    assert load_manifest("standard").download == load_manifest("standard").bytes - second.bytes


@pytest.mark.parametrize("identity", [None, "somebody-else.onnx@0123456789ab"])
def test_a_second_embedding_needs_numbers_of_its_own(identity: str | None) -> None:
    with pytest.raises(PackError, match="second embedding"):
        read_manifest(changed(lambda manifest: with_second(manifest, identity)), "here")


def test_packs_that_differ_in_anything_have_folders_of_their_own() -> None:
    standard = read_manifest(json.dumps(STANDARD), "here")
    assert standard.folder.startswith(f"standard-{standard.version}-")
    assert read_manifest(json.dumps(STANDARD, indent=7), "here").folder == standard.folder, "but in blanks"
    for change in (lambda m: m.update(version="99"), lambda m: m["limits"].update(smallest_face=25)):
        assert read_manifest(changed(change), "here").folder != standard.folder


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


@pytest.mark.parametrize("damage", [lambda b: b[:900], lambda b: b.replace(b"67.46", b"17.46"), lambda _: b"[]"])
def test_a_stored_manifest_that_was_damaged_is_not_believed(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    (tmp_path / STORED).write_bytes(damage(to_store(load_manifest("standard"))))
    with pytest.raises(PackDamagedError, match="fetch the pack again"):
        load_stored(tmp_path)
