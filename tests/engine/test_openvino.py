"""Networks in OpenVINO's form compute in each runtime what they say; what is not known is refused by name."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings, strategies as st
import numpy as np
from numpy.typing import NDArray
import onnxruntime
import pytest

from kith_engine.conversion import convert, references, to_onnx
from kith_engine.conversion.files import check
from kith_engine.conversion.graph import Graph
from kith_engine.conversion.openvino import read_openvino
from kith_engine.conversion.references import Reference, difference, digest, sample
from kith_engine.errors import PackError, PackUnavailableError
from kith_engine.runtimes import onnx
from kith_engine.runtimes.onnx import OnnxSession, prepare
from kith_engine.runtimes.published import digest_of

from .conftest import MIRROR
from .representations import SHAPE, Drawn, Files, Port

type Numbers = NDArray[Any]
RANDOM = np.random.default_rng(7)
PICTURE = RANDOM.uniform(0, 255, SHAPE).astype(np.float32)


def halves(*shape: int) -> Numbers:
    """Random weights that are the same with 16 digits."""
    return RANDOM.normal(size=shape).astype(np.float16).astype(np.float32)


def in_onnxruntime(files: Files, picture: Numbers = PICTURE) -> dict[str, Numbers]:
    session = onnxruntime.InferenceSession(to_onnx(files), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {session.get_inputs()[0].name: picture}), strict=True))


def in_ncnn(files: Files, folder: Path, picture: Numbers = PICTURE) -> dict[str, Numbers]:
    pytest.importorskip("ncnn")
    from kith_engine.runtimes.ncnn import Files as Made, NcnnSession

    made = convert(files)
    check(made.param, len(made.weights))
    beside = Made(folder / "drawn.ncnn.param", folder / "drawn.ncnn.bin")
    for file, content in zip(beside, made, strict=True):
        file.write_bytes(content)
    reference = Reference("", digest(made.param), digest(made.weights), (1, 3, 8, 8), 0, 1, {})
    return NcnnSession(beside, reference, 1).run(picture)


def kinds(graph: Graph) -> list[str]:
    return [node.kind for node in graph.nodes]


def normalized(x: Numbers, axes: tuple[int, ...]) -> Numbers:
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + 1e-5)


def sigmoid(x: Numbers) -> Numbers:
    return 1 / (1 + np.exp(-np.clip(x, -80, 80)))


POINT = halves(4, 3, 1, 1)
EACH, SHIFT = halves(1, 4, 1, 1), halves(1, 4, 1, 1)


def pointed(x: Numbers) -> Numbers:
    """What a convolution with POINT makes."""
    return np.einsum("oc,nchw->nohw", POINT[:, :, 0, 0], x)


def taken(x: Numbers, how: Callable[..., Numbers]) -> Numbers:
    """Of each block of two times two pixels."""
    return how(x.reshape(1, 4, 4, 2, 3, 2), axis=(3, 5))


WINDOW = {"kernel": "2, 2", "strides": "2, 2", "pads_begin": "0, 0", "pads_end": "0, 0", "auto_pad": "explicit"}
WHOLE = WINDOW | {"kernel": "8, 6"}
NORMAL = {"eps": "1e-5", "normalize_variance": "true", "eps_mode": "INSIDE_SQRT"}


def point(drawn: Drawn) -> Port:
    return drawn.convolution(drawn.picture, POINT)


def each(drawn: Drawn, kind: str, source: Port, numbers: Numbers) -> Port:
    return drawn.alike(kind, source, drawn.half(numbers))


def gated(drawn: Drawn) -> Port:
    """A map and, per channel, how much of it counts: squeeze and excite (Hu et al. 2018)."""
    source = drawn.alike("ReLU", point(drawn))
    mean = drawn.layer("AvgPool", (source,), (1, 4, 1, 1), **WHOLE)
    gate = drawn.alike("Sigmoid", each(drawn, "Add", drawn.convolution(mean, halves_of_gate), SHIFT))
    return drawn.alike("Multiply", source, gate)


halves_of_gate = halves(4, 4, 1, 1)


def gated_by_hand(x: Numbers) -> Numbers:
    source = np.maximum(pointed(x), 0)
    mean = source.mean((2, 3), keepdims=True)
    return source * sigmoid(np.einsum("oc,nchw->nohw", halves_of_gate[:, :, 0, 0], mean) + SHIFT)


def grouped(drawn: Drawn) -> Port:
    """Normalized in two groups of channels, on a map of one pixel."""
    axes = drawn.constant(np.array([2, 3], np.int64))
    mean = drawn.layer("ReduceMean", (point(drawn), axes), (1, 4, 1, 1), keep_dims="true")
    groups = drawn.layer("Reshape", (mean, drawn.constant(np.array([1, 2, -1]))), (1, 2, 2), special_zero="true")
    normal = drawn.alike("MVN", groups, drawn.constant(np.array([2])), **NORMAL)
    shape = drawn.layer("ShapeOf", (mean,), (4,), output_type="i64")
    return each(drawn, "Multiply", drawn.layer("Reshape", (normal, shape), (1, 4, 1, 1), special_zero="true"), EACH)


def grouped_by_hand(x: Numbers) -> Numbers:
    mean = pointed(x).mean((2, 3)).reshape(1, 2, 2)
    return normalized(mean, (2,)).reshape(1, 4, 1, 1) * EACH


def turned(drawn: Drawn) -> Port:
    """BGR → RGB, then a mean and a deviation, as converters put them first."""
    order, axis = drawn.constant(np.array([2, 1, 0], np.int32)), drawn.constant(np.array([1], np.int32))
    source = drawn.alike("Gather", drawn.picture, order, axis, batch_dims="0")
    return each(drawn, "Multiply", each(drawn, "Subtract", source, EACH[:, :3]), SHIFT[:, :3])


def row(drawn: Drawn) -> Port:
    """A product with a matrix behind a convolution over the whole map."""
    flat = drawn.layer(
        "Reshape", (drawn.convolution(drawn.picture, over_all), drawn.constant(np.array([1, 4]))), (1, 4),
    )  # fmt: skip
    weights = drawn.half(matrix)
    product = drawn.layer("MatMul", (flat, weights), (1, 5), transpose_a="false", transpose_b="true")
    return each(drawn, "Multiply", each(drawn, "Add", product, row_shift), row_shift)


over_all, matrix, row_shift = halves(4, 3, 8, 6), halves(5, 4), halves(1, 5)


def row_by_hand(x: Numbers) -> Numbers:
    flat = np.einsum("ochw,nchw->no", over_all, x)
    return ((flat @ matrix.T + row_shift) * row_shift)[..., None, None]


depthwise = halves(3, 1, 1, 3, 3)


def depthwise_by_hand(x: Numbers) -> Numbers:
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    return np.einsum("nchwij,cij->nchw", windows, depthwise[:, 0, 0])


NETWORKS: dict[str, tuple[Callable[[Drawn], Port], Callable[[Numbers], Numbers], list[str]]] = {
    "numbers per channel become a part of the convolution before them": (
        lambda d: each(d, "Subtract", each(d, "Multiply", each(d, "Add", point(d), SHIFT), EACH), SHIFT),
        lambda x: (pointed(x) + SHIFT) * EACH - SHIFT,
        ["Conv"],
    ),
    "without one they are one of their own": (
        lambda d: each(d, "Add", each(d, "Multiply", d.alike("ReLU", point(d)), EACH), SHIFT),
        lambda x: np.maximum(pointed(x), 0) * EACH + SHIFT,
        ["Conv", "Relu", "Conv"],
    ),
    "a mean is never a part of a convolution that pads with zeros": (
        lambda d: d.convolution(
            each(d, "Add", d.picture, SHIFT[:, :3]), depthwise, pads_begin="1, 1", pads_end="1, 1"
        ),
        lambda x: depthwise_by_hand(x + SHIFT[:, :3]),
        ["Conv", "Conv"],
    ),
    "one slope for all channels": (
        lambda d: d.alike("PReLU", point(d), d.half(np.array([0.25]))),
        lambda x: np.where(pointed(x) < 0, 0.25, 1) * pointed(x),
        ["Conv", "LeakyRelu"],
    ),
    "one slope before a shift": (
        lambda d: each(d, "Add", d.alike("PReLU", point(d), d.half(np.array([0.25]))), SHIFT),
        lambda x: np.where(pointed(x) < 0, 0.25, 1) * pointed(x) + SHIFT,
        ["Conv", "LeakyRelu", "Conv"],
    ),
    "means of a map": (
        lambda d: d.layer("AvgPool", (point(d),), (1, 4, 4, 3), **WINDOW),
        lambda x: taken(pointed(x), np.mean),
        ["Conv", "AveragePool"],
    ),
    "the largest of a map": (
        lambda d: d.layer("MaxPool", (point(d),), (1, 4, 4, 3), **WINDOW, rounding_type="ceil"),
        lambda x: taken(pointed(x), np.max),
        ["Conv", "MaxPool"],
    ),
    "a gate": (
        gated, gated_by_hand, ["Conv", "Relu", "GlobalAveragePool", "Conv", "Sigmoid", "Mul"],
    ),
    "each channel normalized": (
        lambda d: each(d, "Add", each(d, "Multiply", d.alike(
            "MVN", point(d), d.constant(np.array([2, 3])), **NORMAL), EACH), SHIFT),
        lambda x: normalized(pointed(x), (2, 3)) * EACH + SHIFT,
        ["Conv", "InstanceNormalization"],
    ),
    "a picture normalized at once": (
        lambda d: d.alike("MVN", d.picture, d.constant(np.array([2, 3])), **NORMAL),
        lambda x: normalized(x, (2, 3)),
        ["InstanceNormalization"],
    ),
    "channels normalized in groups": (
        grouped,
        grouped_by_hand,
        ["Conv", "GlobalAveragePool", "Reshape", "InstanceNormalization", "Reshape", "Conv"],
    ),
    "channels that change places": (
        turned, lambda x: (x[:, ::-1] - EACH[:, :3]) * SHIFT[:, :3], ["Conv"],
    ),
    "a row and a matrix": (row, row_by_hand, ["Conv", "Conv"]),
    "a sum of two maps": (
        lambda d: d.alike("Add", point(d), d.alike("Sigmoid", point(d))),
        lambda x: pointed(x) + sigmoid(pointed(x)),
        ["Conv", "Conv", "Sigmoid", "Add"],
    ),
    "rows before columns before channels": (
        lambda d: d.layer("Transpose", (point(d), d.constant(np.array([0, 2, 3, 1]))), (1, 8, 6, 4)),
        lambda x: pointed(x).transpose(0, 2, 3, 1),
        ["Conv", "Transpose"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_computes_what_it_says(name: str) -> None:
    draw, by_hand, wanted = NETWORKS[name]
    drawn = Drawn()
    files = drawn.files(draw(drawn))
    assert sorted(kinds(read_openvino(*files))) == sorted([*wanted, "Identity"])
    (numbers,) = in_onnxruntime(files).values()
    assert difference(numbers, by_hand(PICTURE)) < 1e-5


@pytest.mark.parametrize("name", NETWORKS)
def test_ncnn_computes_the_same(name: str, tmp_path: Path) -> None:
    drawn = Drawn()
    files = drawn.files(NETWORKS[name][0](drawn))
    picture = PICTURE.copy()
    wanted, found = in_onnxruntime(files), in_ncnn(files, tmp_path, picture)
    assert found.keys() == wanted.keys() == {"output"}
    assert found["output"].shape == wanted["output"].shape
    assert difference(found["output"], wanted["output"]) < 1e-5
    assert np.array_equal(picture, PICTURE), "what was shown stays as it was"


def test_a_map_that_somebody_else_uses_too_is_left_as_it_is() -> None:
    drawn = Drawn()
    source = point(drawn)
    files = drawn.files(drawn.alike("Add", source, each(drawn, "Multiply", source, EACH)))
    assert kinds(read_openvino(*files)) == ["Conv", "Conv", "Add", "Identity"]
    (numbers,) = in_onnxruntime(files).values()
    assert difference(numbers, pointed(PICTURE) * (1 + EACH)) < 1e-5


def detector(drawn: Drawn) -> Port:
    """Boxes and the softmax of scores, in rows, with anchors that are computed from shapes."""
    order = drawn.constant(np.array([0, 2, 3, 1]))
    boxes = drawn.layer("Transpose", (point(drawn), order), (1, 8, 6, 4))
    scores = drawn.layer("Transpose", (drawn.convolution(drawn.picture, POINT[:2]), order), (1, 8, 6, 2))
    flat = drawn.layer("Reshape", (boxes, drawn.constant(np.array([0, -1]))), (1, 192))
    rows = drawn.layer("Reshape", (scores, drawn.constant(np.array([0, -1, 2]))), (1, 48, 2))
    shares = drawn.layer(
        "Reshape", (drawn.alike("SoftMax", rows, axis="2"), drawn.constant(np.array([0, -1]))), (1, 96)
    )
    anchors = drawn.layer("PriorBoxClustered", (drawn.layer("ShapeOf", (boxes,), (4,)),), (2, 192))
    return drawn.layer("DetectionOutput", (flat, shares, anchors), (1, 1, 200, 7))


def test_a_detector_ends_with_its_maps(tmp_path: Path) -> None:
    drawn = Drawn()
    files = drawn.files(detector(drawn))
    found = in_onnxruntime(files)
    assert list(found) == ["boxes", "scores"]
    assert difference(found["boxes"], pointed(PICTURE).transpose(0, 2, 3, 1)) < 1e-5
    assert difference(found["scores"], pointed(PICTURE)[:, :2].transpose(0, 2, 3, 1)) < 1e-5
    again = in_ncnn(files, tmp_path)
    assert all(difference(again[name], numbers) < 1e-5 for name, numbers in found.items())


def test_the_same_files_always_give_the_same_ones() -> None:
    drawn = Drawn()
    files = drawn.files(gated(drawn))
    assert to_onnx(files) == to_onnx(files)
    assert convert(files) == convert(files)


def test_an_onnx_file_stays_as_it_is() -> None:
    assert to_onnx((b"anything",)) == b"anything"


def refused(*, last: Callable[[Drawn], Port]) -> Files:
    drawn = Drawn()
    return drawn.files(last(drawn))


def spoilt(before: str, after: str) -> Files:
    """A network with one more mistake in its XML."""
    drawn = Drawn()
    xml, weights = drawn.files(each(drawn, "Add", point(drawn), SHIFT))
    assert before.encode() in xml
    return xml.replace(before.encode(), after.encode(), 1), weights


BOMB = '<!DOCTYPE net [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
UNKNOWN: dict[str, tuple[Files, str]] = {
    "no XML": ((b"<html>log in here", b""), "no OpenVINO file"),
    "something else": ((b"<html/>", b""), "no OpenVINO file of a version"),
    "another encoding": ((b'<?xml version="1.0" encoding="nonsense"?><net/>', b""), "no OpenVINO file"),
    "another version": (spoilt('version="11"', 'version="9"'), "of a version"),
    "a document type": (spoilt("<net", f"{BOMB}<net"), "document type"),
    "too much": ((b" " * (16 * 2**20 + 1), b""), "larger than any"),
    "nothing": ((b'<net version="11"><layers/><edges/></net>', b""), "no layers"),
    "two of one number": (spoilt('id="4" name', 'id="1" name'), "two of one number"),
    "an axis without end": (spoilt("<dim>8</dim>", "<dim>88888888</dim>"), "makes no sense"),
    "a negative axis": (spoilt("<dim>8</dim>", "<dim>-8</dim>"), "makes no sense"),
    "an edge to nowhere": (spoilt('to-layer="3" to-port="0"', 'to-layer="99" to-port="0"'), "makes no sense"),
    "an edge from nowhere": (spoilt('from-layer="0"', 'from-layer="99"'), "which it does not have"),
    "a layer without a kind": (spoilt('type="Convolution"', 'kind="Convolution"'), "makes no sense"),
    "an unknown kind": (spoilt('type="Convolution"', 'type="LSTM"'), "LSTM, layer 3: this kind is not known"),
    "an unknown type": (spoilt('element_type="f16"', 'element_type="u4"'), "of its type are not known"),
    "weights elsewhere": (spoilt('offset="0"', 'offset="4096"'), "missing or elsewhere"),
    "weights before the file": (spoilt('offset="0"', 'offset="-2"'), "missing or elsewhere"),
    "fewer weights": (spoilt('size="24"', 'size="22"'), "missing or elsewhere"),
    "no weights": (spoilt('offset="0"', 'off="0"'), "no list of whole numbers"),
    "widened further": (spoilt('destination_type="f32"', 'destination_type="f64"'), "only to float32"),
    "automatic pads": (spoilt('auto_pad="explicit"', 'auto_pad="same_upper"'), "padding must be told"),
    "no result": (spoilt('type="Result"', 'type="Sink"'), "0 results"),
    "its own result": (
        spoilt('from-layer="3" from-port="2" to-layer="6"', 'from-layer="6" from-port="2" to-layer="6"'),
        "needs its own result",
    ),
    "only numbers": (refused(last=lambda d: d.half(EACH)), "on no picture"),
    "two pictures": (
        refused(last=lambda d: d.alike("Add", d.picture, d.layer(
            "Parameter", (), SHAPE, shape="1, 3, 8, 6", element_type="f32"))),
        "another input",
    ),
    "weights that are computed": (
        refused(last=lambda d: d.layer("Convolution", (d.picture, d.picture), SHAPE, strides="1, 1")), "no constant",
    ),
    "a number for each pixel": (
        refused(last=lambda d: each(d, "Add", d.picture, halves(1, 3, 8, 6))), "a number for each channel",
    ),
    "a constant less something": (
        refused(last=lambda d: d.layer("Subtract", (d.half(EACH[:, :3]), d.picture), SHAPE)), "a constant behind it",
    ),
    "one map less another": (
        refused(last=lambda d: d.alike("Subtract", d.picture, d.picture)), "a constant behind it",
    ),
    "slopes that differ": (
        refused(last=lambda d: d.alike("PReLU", point(d), d.half(EACH))), "only one slope",
    ),
    "means with padding": (
        refused(last=lambda d: d.layer("AvgPool", (d.picture,), SHAPE, **WINDOW | {"pads_begin": "1, 1"})),
        "no mean with padding",
    ),
    "windows that do not fit": (
        refused(last=lambda d: d.layer(
            "MaxPool", (d.picture,), (1, 3, 3, 2), **WINDOW | {"kernel": "3, 3"}, rounding_type="ceil")),
        "do not fit",
    ),
    "the mean of rows": (
        refused(last=lambda d: d.layer(
            "ReduceMean", (d.picture, d.constant(np.array([2]))), (1, 3, 1, 6), keep_dims="true")),
        "only of whole maps",
    ),
    "normalized by the whole picture": (
        refused(last=lambda d: d.alike("MVN", d.picture, d.constant(np.array([1, 2, 3])), **NORMAL)),
        "only of each channel",
    ),
    "a product of maps": (
        refused(last=lambda d: d.alike("MatMul", d.picture, d.half(halves(6, 6)), transpose_a="false")),
        "only of a row",
    ),
    "rows that change places": (
        refused(last=lambda d: d.alike("Gather", d.picture, d.constant(np.arange(8)), d.constant(np.array([2])))),
        "only of a picture's channels",
    ),
    "channels that are not there": (
        refused(last=lambda d: d.alike("Gather", d.picture, d.constant(np.array([0, 7])), d.constant(np.array([1])))),
        "makes no sense",
    ),
    "three axes turned": (
        refused(last=lambda d: d.layer(
            "Transpose", (d.layer("Reshape", (d.picture,), (1, 3, 48)), d.constant(np.array([0, 2, 1]))), (1, 48, 3))),
        "only of maps",
    ),
    "a detector without scores": (
        refused(last=lambda d: d.alike("DetectionOutput", d.picture)), "neither boxes nor scores",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_is_not_known_is_refused_by_name(case: str) -> None:
    files, words = UNKNOWN[case]
    with pytest.raises(PackError, match=words):
        to_onnx(files)


@given(xml=st.binary(max_size=400), weights=st.binary(max_size=40))
def test_any_bytes_are_refused_and_nothing_else_happens(xml: bytes, weights: bytes) -> None:
    with pytest.raises(PackError):
        to_onnx((xml, weights))


def _whole() -> Files:
    drawn = Drawn()
    return drawn.files(each(drawn, "Add", gated(drawn), SHIFT))


WHOLE_FILES = _whole()


@settings(max_examples=300)
@given(place=st.integers(0, 2**20), octet=st.integers(0, 255))
def test_xml_with_one_other_byte_is_converted_or_refused(place: int, octet: int) -> None:
    xml, weights = bytearray(WHOLE_FILES[0]), WHOLE_FILES[1]
    xml[place % len(xml)] = octet
    try:
        made = convert((bytes(xml), weights))
    except PackError:
        return
    check(made.param, len(made.weights))


@settings(max_examples=100)
@given(cut=st.integers(0, 2**20), which=st.integers(0, 1))
def test_a_file_that_was_cut_off_is_refused(cut: int, which: int) -> None:
    files = list(WHOLE_FILES)
    files[which] = files[which].rstrip()[: cut % len(files[which].rstrip())]
    with pytest.raises(PackError):
        to_onnx((files[0], files[1]))


@settings(max_examples=100)
@given(content=st.binary(min_size=len(WHOLE_FILES[1]), max_size=len(WHOLE_FILES[1])))
def test_any_weights_are_read_as_what_they_are(content: bytes) -> None:
    """What is wrong with them, the answers' check finds out."""
    with suppress(PackError):  # some of them are no numbers
        to_onnx((WHOLE_FILES[0], content))


@pytest.fixture
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A network as it was published, of which Kith knows what is made of it and what it answers."""
    monkeypatch.setattr(references, "ANSWERS", tmp_path / "answers")
    layers = tmp_path / "drawn.xml"
    for file, content in zip((layers, layers.with_suffix(".bin")), WHOLE_FILES, strict=True):
        file.write_bytes(content)
    bare = Reference(digest_of(WHOLE_FILES), "", "", SHAPE, 0, 255, {}, digest(to_onnx(WHOLE_FILES)))
    answers = OnnxSession(layers, 1).run(bare.picture())
    references.store(replace(bare, outputs={name: sample(numbers) for name, numbers in answers.items()}), layers)
    return layers


def test_what_onnxruntime_runs_is_tried_and_nothing_is_put_beside_it(tried: Path) -> None:
    before = set(tried.parent.iterdir())
    prepare(tried)
    assert set(tried.parent.iterdir()) == before


def test_what_was_made_of_it_otherwise_is_not_used(tried: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx, "to_onnx", lambda files: to_onnx(files) + b" ")
    with pytest.raises(PackError, match=r"made of drawn\.xml is not what it should be"):
        prepare(tried)


def test_a_machine_that_computes_otherwise_is_told(tried: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = OnnxSession.run
    monkeypatch.setattr(
        OnnxSession, "run", lambda self, picture: {name: 1.01 * each for name, each in right(self, picture).items()}
    )
    with pytest.raises(PackError, match=r"does not run drawn\.xml correctly on this machine"):
        prepare(tried)


def test_a_network_that_nobody_tried_is_left_to_the_self_test(tried: Path) -> None:
    tried.with_suffix(".bin").write_bytes(bytes(len(WHOLE_FILES[1])))
    prepare(tried)


def test_a_network_without_its_weights_is_missing(tried: Path) -> None:
    tried.with_suffix(".bin").unlink()
    for opening in (lambda: prepare(tried), lambda: OnnxSession(tried, 1)):
        with pytest.raises(PackUnavailableError, match=r"drawn\.bin cannot be read"):
            opening()


OMZ = MIRROR / "omz"


@pytest.mark.parametrize("folder", sorted(path for path in OMZ.glob("*") if path.is_dir()), ids=lambda path: path.name)
def test_published_networks_answer_as_in_openvino(folder: Path, tmp_path: Path) -> None:
    """Its own numbers for a picture that everybody can draw lie beside the files."""
    files = ((folder / f"{folder.name}.xml").read_bytes(), (folder / f"{folder.name}.bin").read_bytes())
    told = json.loads((folder / "answers.json").read_text())
    shape = tuple(told["input"])
    picture = Reference("", "", "", shape, 0, 255, {}).picture()
    assert picture.reshape(-1)[:8] == pytest.approx(told["first_numbers_of_the_picture"], rel=1e-5)
    for found in (in_onnxruntime(files, picture), *_too(files, tmp_path, picture)):
        for name, numbers in _as_told(found).items():
            assert difference(np.array(sample(numbers).numbers), np.array(told[name]["numbers"])) < 1e-5


def _too(files: Files, folder: Path, picture: Numbers) -> list[dict[str, Numbers]]:
    try:
        return [in_ncnn(files, folder, picture)]
    except pytest.skip.Exception:
        return []


def _as_told(found: dict[str, Numbers]) -> dict[str, Numbers]:
    """Scores as a softmax of two."""
    if "scores" not in found:
        return found
    powers = np.exp(found["scores"].reshape(-1, 2))
    return {"boxes": found["boxes"], "scores after softmax": powers / powers.sum(axis=1, keepdims=True)}
