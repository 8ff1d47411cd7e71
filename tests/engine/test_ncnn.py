"""ncnn sees what onnxruntime sees, and receives only models that are known to be good."""

from collections.abc import Callable
import gc
import io
from pathlib import Path
import shutil

import numpy as np
from numpy.typing import NDArray
from PIL import Image
import psutil
import pytest
from skimage import data

from kith_engine.analysis import Analysis, Look
from kith_engine.conversion import references
from kith_engine.errors import EngineError, PackDamagedError, PackError, PackUnavailableError, PackUnwritableError
from kith_engine.inputs import network_input
from kith_engine.manifest import Manifest, load_manifest
from kith_engine.network import Role
from kith_engine.packs import open_pack
from kith_engine.picture import Picture
from kith_engine.pipeline import Pipeline
from kith_engine.runtimes import InferenceSession, ncnn as runtime, open_session
from kith_engine.runtimes.ncnn import NcnnSession, open_ncnn, prepare
from kith_engine.runtimes.onnx import OnnxSession

pytestmark = pytest.mark.slow

STANDARD, COMPACT = load_manifest("standard"), load_manifest("compact")
EMBEDDING = STANDARD.network(Role.EMBEDDING).file
SIDE = COMPACT.network(Role.PERSON).input.side


PHOTOS: dict[str, Callable[[], NDArray[np.uint8]]] = {
    "an astronaut": data.astronaut,
    "a cat": data.chelsea,
    "a cup": data.coffee,
    "a rocket": data.rocket,
}


def jpeg(photo: str = "an astronaut") -> bytes:
    file = io.BytesIO()
    Image.fromarray(PHOTOS[photo]()).save(file, "JPEG", quality=95)
    return file.getvalue()


def looked_at(
    role: Role, width: int, height: int, manifest: Manifest = STANDARD, photo: str = "an astronaut"
) -> NDArray[np.float32]:
    """A photo as this network receives it."""
    picture = Picture(jpeg(photo))
    pixels = picture.crop(picture.frame, width, height)
    return network_input(pixels, manifest.network(role).input)


@pytest.mark.parametrize("photo", PHOTOS)
@pytest.mark.parametrize(
    ("name", "role", "width", "height"),
    [
        ("prepared", Role.PERSON, 416, 416),
        ("prepared", Role.PERSON, 416, 312),
        ("prepared", Role.FACE, 352, 352),
        ("prepared", Role.FACE, 320, 192),
        ("prepared", Role.FACE, 96, 128),
        ("prepared", Role.FACE, 704, 480),
        ("prepared", Role.LANDMARKS, 48, 48),
        ("prepared", Role.EMBEDDING, 128, 128),
        ("prepared", Role.SECOND_LOOK, 544, 320),
        ("prepared", Role.BODY, 128, 256),
        ("prepared_compact", Role.PERSON, SIDE, SIDE),
        ("prepared_compact", Role.FACE, 320, 192),
        ("prepared_compact", Role.FACE, 96, 128),
        ("prepared_compact", Role.LANDMARKS, 96, 96),
        ("prepared_compact", Role.EMBEDDING, 112, 112),
    ],
)
def test_every_number_is_onnxruntimes(
    request: pytest.FixtureRequest, name: str, role: Role, width: int, height: int, photo: str
) -> None:
    folder = request.getfixturevalue(name)
    manifest = COMPACT if name == "prepared_compact" else STANDARD
    path = folder / manifest.network(role).file
    seen = looked_at(role, width, height, manifest, photo)
    wanted, found = OnnxSession(path, 1).run(seen), open_ncnn(path, 1).run(seen)
    assert found.keys() == wanted.keys()
    for output, numbers in wanted.items():
        assert found[output].shape == numbers.shape
        assert found[output].dtype == numbers.dtype
        assert references.difference(found[output], numbers) < references.TOLERANCE


@pytest.mark.parametrize(
    ("pack", "people", "apart", "alike"),
    [("standard", 1, 0.01, 0.99999), ("compact", 2, 0.05, 0.999)],  # it takes a flag for somebody
)
def test_the_whole_pipeline_sees_the_same_person_and_face(
    request: pytest.FixtureRequest, pack: str, people: int, apart: float, alike: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """apart: the most pixels by which landmarks may differ. alike: the least cosine of the two embeddings."""
    folder = request.getfixturevalue("prepared_compact" if pack == "compact" else "prepared")

    def seen(name: str) -> Analysis:
        monkeypatch.setenv("KITH_RUNTIME", name)
        pipeline = Pipeline(open_pack(folder, pack))
        assert pipeline.facts().runtime.startswith(name)
        return pipeline.analyze(jpeg(), "hall", Look.PEOPLE)

    first, other = seen("onnxruntime"), seen("ncnn")
    assert len(first.persons) == len(other.persons) == people
    assert len(first.faces) == len(other.faces) == 1
    assert first.persons[0].score == pytest.approx(other.persons[0].score, abs=1e-4)
    assert np.abs(first.faces[0].landmarks - other.faces[0].landmarks).max() < apart
    assert first.faces[0].embedding is not None
    assert other.faces[0].embedding is not None
    assert float(first.faces[0].embedding @ other.faces[0].embedding) > alike


def test_a_picture_may_go_as_soon_as_it_was_given(prepared: Path) -> None:
    """ncnn keeps no reference to an array: who lets go of it too early reads what came into its place."""
    session = open_ncnn(prepared / EMBEDDING, 1)
    seen = looked_at(Role.EMBEDDING, 128, 128)
    (wanted,) = session.run(seen).values()
    for _ in range(20):
        (vector,) = session.run(np.asfortranarray(seen)).values()
        gc.collect()
        clutter = [np.full(seen.shape, 1e17, np.float32) for _ in range(4)]
        assert np.array_equal(vector, wanted)
        del clutter


def test_answers_stay_when_the_next_picture_is_looked_at(prepared: Path) -> None:
    session = open_ncnn(prepared / EMBEDDING, 1)
    seen = looked_at(Role.EMBEDDING, 128, 128)
    (vector,) = session.run(seen).values()
    before = vector.copy()
    session.run(-seen)
    assert np.array_equal(vector, before)


def test_one_thread_is_no_more(prepared: Path) -> None:
    session = open_ncnn(prepared / EMBEDDING, 1)
    before = psutil.Process().num_threads()
    session.run(looked_at(Role.EMBEDDING, 128, 128))
    assert psutil.Process().num_threads() == before


@pytest.fixture
def pack_folder(mirror: Path, tmp_path: Path) -> Path:
    return shutil.copytree(mirror, tmp_path / "pack", copy_function=shutil.copyfile)


def made(folder: Path) -> dict[str, tuple[int, int]]:
    return {path.name: (path.stat().st_ino, path.stat().st_size) for path in folder.glob("*.ncnn.*")}


FACE = "yunet_s_dynamic.onnx"
MADE = {"yunet_s_dynamic.ncnn.param", "yunet_s_dynamic.ncnn.bin"}


def test_what_ncnn_needs_is_made_once_beside_the_published_file(pack_folder: Path) -> None:
    prepare(pack_folder / FACE)
    first = made(pack_folder)
    assert first.keys() == MADE
    assert all((pack_folder / name).stat().st_mode & 0o777 == 0o644 for name in MADE)
    prepare(pack_folder / FACE)
    assert made(pack_folder) == first


@pytest.fixture
def unloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pack whose files ncnn must not load."""

    def refuse(*_: object) -> None:
        raise AssertionError("ncnn was given something that should have been refused before")

    monkeypatch.setattr(runtime.ncnn, "Net", refuse)


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "longer": lambda content: content + bytes(4),
    "a byte": lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
    "a web page": lambda _content: b"<html>log in here</html>",
}


@pytest.mark.parametrize("name", sorted(MADE))
@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_files_are_refused_before_ncnn_sees_them_and_made_anew(
    pack_folder: Path, name: str, damage: str
) -> None:
    prepare(pack_folder / FACE)
    content = (pack_folder / name).read_bytes()
    (pack_folder / name).write_bytes(DAMAGE[damage](content))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runtime.ncnn, "Net", None)
        with pytest.raises(PackDamagedError, match=f"{name} is damaged"):
            open_ncnn(pack_folder / FACE, 1)
    prepare(pack_folder / FACE)
    assert (pack_folder / name).read_bytes() == content


def test_files_that_were_never_made_are_asked_for(pack_folder: Path, unloaded: None) -> None:
    with pytest.raises(PackUnavailableError, match="fetch the pack"):
        open_ncnn(pack_folder / FACE, 1)


def test_a_structure_that_is_not_known_is_refused_even_with_the_right_digest(tmp_path: Path, unloaded: None) -> None:
    files = runtime.Files(tmp_path / "x.param", tmp_path / "x.bin")
    files.param.write_bytes(b"7767517\n1 1\nExec run 0 1 out\n")
    files.weights.write_bytes(b"")
    digests = (references.digest(file.read_bytes()) for file in files)
    reference = references.Reference("", *digests, shape=(1, 3, 32, 32), lowest=0, highest=1, outputs={})
    with pytest.raises(PackDamagedError, match="not known here"):
        NcnnSession(files, reference, 1)


def test_a_network_that_nobody_tried_is_refused(pack_folder: Path, unloaded: None) -> None:
    (pack_folder / FACE).rename(pack_folder / "other.onnx")
    (pack_folder / "other.onnx").write_bytes(b"something else")
    with pytest.raises(PackError, match="never tried with ncnn"):
        prepare(pack_folder / "other.onnx")


def test_another_published_file_is_never_converted(pack_folder: Path, unloaded: None) -> None:
    content = bytearray((pack_folder / FACE).read_bytes())
    content[100_000] ^= 1
    (pack_folder / FACE).write_bytes(content)
    with pytest.raises(PackDamagedError, match=f"{FACE} is damaged"):
        prepare(pack_folder / FACE)
    assert made(pack_folder) == {}


def test_a_machine_that_computes_otherwise_gets_no_network(pack_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the reason: a fault in ncnn for this processor, or in the processor."""
    right = NcnnSession.run
    monkeypatch.setattr(
        NcnnSession, "run", lambda self, picture: {name: 1.01 * each for name, each in right(self, picture).items()}
    )
    with pytest.raises(PackError, match=r"does not run yunet_s_dynamic\.onnx correctly on this machine"):
        prepare(pack_folder / FACE)
    assert made(pack_folder) == {}
    monkeypatch.undo()
    prepare(pack_folder / FACE)
    monkeypatch.setattr(NcnnSession, "run", lambda *_: {})
    with pytest.raises(PackError, match="another host"):
        prepare(pack_folder / FACE)


def test_a_full_disk_is_said_and_leaves_nothing(pack_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(PackUnwritableError, match="No space left"):
        prepare(pack_folder / FACE)
    assert made(pack_folder) == {}


def test_a_picture_that_ncnn_gives_up_on_is_an_error_of_the_engine(
    prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_ncnn(prepared / FACE, 1)
    monkeypatch.setattr(runtime.ncnn.Extractor, "extract", lambda *_: (-100, None))
    with pytest.raises(EngineError, match="code -100"):
        session.run(looked_at(Role.FACE, 96, 96))


def test_a_file_that_ncnn_itself_refuses_is_an_error_of_the_pack(
    prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.ncnn.Net, "load_param", lambda *_: -1)
    with pytest.raises(PackError, match="not a network that ncnn"):
        open_ncnn(prepared / FACE, 1)


def test_ncnn_is_a_session_like_any(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_RUNTIME", "ncnn")
    session: InferenceSession = open_session(prepared / FACE, 2)
    assert isinstance(session, NcnnSession)
