"""Published networks are converted to ncnn's form with identical numbers; unknown parts are refused by name."""

from collections.abc import Callable
from dataclasses import replace
import hashlib
import json
import re
import struct
from typing import Any

from hypothesis import example, given, settings, strategies as st
import numpy as np
import pytest

from kith_engine.conversion import Converted, convert, to_onnx
from kith_engine.conversion.files import check
from kith_engine.conversion.graph import read_graph
from kith_engine.conversion.references import ANSWERS, Reference, reference_for, sample
from kith_engine.errors import PackDamagedError, PackError
from kith_engine.manifest import SHIPPED, load_manifest, manifest_names
from kith_engine.packs import place_of
from kith_engine.runtimes.published import read_published

NETWORKS = {network.file: network for name in manifest_names() for network in load_manifest(name).networks}
COMPACT_2 = (
    "cad3547902beb0ee2e5c4a642a7cef1868e8d73030fc2acb6fc118df15a25146",  # person
    "91647a55689ea4956aa4a9ad5250de3c2d0ec5cfbe2e61dfa2e391f81228fd9e",  # face
    "28047ea3597e3fe5deddfe21842c21a10e562bff7f22d47a615553d760424318",  # landmarks
    "ec47c646adbe030dcf57c603e3ed39777fa46eb95bb81aa25a4c58fc74cab01d",  # embedding
)
"""Networks that were shipped before."""
STANDARD_2 = (
    "695e750a5d5754bb5a8d5325643b59282191a7e7a564e435a415fd3c578eab14",  # person
    "daede24002cc8590f457998cc5e6c9e8b82f45f6bd969506a8913cd4ed10a2d3",  # face
    "b7120c095d60094f28a4a54ba6a8bf51b297a6273fb40ef6350dfec1f63d9507",  # embedding
    "ec47c646adbe030dcf57c603e3ed39777fa46eb95bb81aa25a4c58fc74cab01d",  # second embedding
)
"""Networks that were recommended before."""


def varint(number: int) -> bytes:
    number &= 2**64 - 1
    octets = bytearray()
    while number > 0x7F:
        octets.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*octets, number])


def field(number: int, content: bytes | str | int | float) -> bytes:
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    if isinstance(content, float):
        return varint(number << 3 | 5) + struct.pack("<f", content)
    content = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(content)) + content


def tensor(name: str, array: np.ndarray[Any, Any]) -> bytes:
    code = {"float32": 1, "int64": 7, "float16": 10, "float64": 11}[array.dtype.name]
    sizes = b"".join(field(1, size) for size in array.shape)
    return sizes + field(2, code) + field(8, name) + field(9, array.tobytes())


def node(kind: str, inputs: str, outputs: str, **attributes: Any) -> bytes:
    told = b"".join(field(1, name) for name in inputs.split(" "))
    told += b"".join(field(2, name) for name in outputs.split()) + field(4, kind)
    for name, value in attributes.items():
        attribute = field(1, name)
        if isinstance(value, np.ndarray):
            attribute += field(5, tensor("", value))
        elif isinstance(value, list):
            attribute += b"".join(field(8, item) for item in value)
        elif isinstance(value, str):
            attribute += field(4, value)
        else:
            attribute += field(3, value)
        told += field(5, attribute)
    return field(1, told)


def model(*parts: bytes, output: str = "out") -> bytes:
    graph = b"".join(parts) + field(11, field(1, "in")) + field(12, field(1, output))
    return field(1, 8) + field(7, graph)


def converted(*parts: bytes) -> Converted:
    return convert((model(*parts),))


def weight(name: str, *shape: int) -> bytes:
    numbers = np.random.default_rng(len(name)).normal(size=shape).astype(np.float32)
    return field(5, tensor(name, numbers))


def whole(name: str, *numbers: int) -> bytes:
    return field(5, tensor(name, np.array(numbers, np.int64)))


def known(name: str) -> Reference:
    found = reference_for(NETWORKS[name].sha256)
    assert found is not None
    return found


def layers(param: bytes) -> list[str]:
    return [line.split()[0] for line in param.decode().splitlines()[2:]]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_becomes_the_files_that_were_looked_at(request: pytest.FixtureRequest, name: str) -> None:
    """If this fails, the conversion's output changed: look at it, then run evaluation.references."""
    network = NETWORKS[name]
    published = read_published(place_of(request.getfixturevalue("mirror") if network.download else SHIPPED, network))
    reference, made = known(name), convert(published)
    assert hashlib.sha256(made.param).hexdigest() == reference.param
    assert hashlib.sha256(made.weights).hexdigest() == reference.weights
    if len(published) > 1:
        assert hashlib.sha256(to_onnx(published)).hexdigest() == reference.onnx
    assert set(check(made.param, len(made.weights)).outputs) == set(reference.outputs)


def test_there_is_a_reference_for_every_network() -> None:
    for name, network in NETWORKS.items():
        assert known(name).model == network.sha256


def test_an_answer_is_found_by_the_networks_digest_so_that_homes_may_keep_the_one_before() -> None:
    for file in ANSWERS.iterdir():
        model = json.loads(file.read_text())["model"]
        assert file.stem.endswith(f"-{model[:12]}")
        assert reference_for(model) is not None
    assert reference_for("0" * 64) is None


@pytest.mark.parametrize("digests", [COMPACT_2, STANDARD_2], ids=["compact 2", "standard 2"])
def test_a_pack_of_before_still_runs_after_an_update_of_kith(digests: tuple[str, ...]) -> None:
    """A home keeps its networks until its owner takes the offered ones, on ncnn too."""
    for digest in digests:
        assert reference_for(digest) is not None


def test_the_picture_that_networks_are_asked_about_stays_the_same() -> None:
    picture = known("yolox_nano.onnx").picture()
    assert picture.shape == (1, 3, 416, 416)
    assert hashlib.sha256(picture.tobytes()).hexdigest().startswith("598cf83b15059")


def test_a_focus_layer_becomes_a_part_of_the_convolution_behind_it() -> None:
    halves = [(row, column) for column in (0, 1) for row in (0, 1)]
    parts = [weight("w", 8, 12, 3, 3), *(whole(str(number), number) for number in range(4)), whole("end", 2**63 - 1)]
    for row, column in halves:
        parts.append(node("Slice", f"in {row} end 2 2", f"r{row}{column}"))
        parts.append(node("Slice", f"r{row}{column} {column} end 3 2", f"h{row}{column}"))
    parts.append(node("Concat", " ".join(f"h{row}{column}" for row, column in halves), "all", axis=1))
    parts.append(node("Conv", "all w", "out", pads=[1, 1, 1, 1]))
    made = converted(*parts)
    assert layers(made.param) == ["Input", "Convolution"]
    stored = np.frombuffer(made.weights[4:], np.float32).reshape(8, 3, 6, 6)
    original = read_graph(model(*parts)).weights["w"].reshape(8, 4, 3, 3, 3)
    for place, (row, column) in enumerate(halves):
        assert np.array_equal(stored[:, :, row::2, column::2], original[:, place])
    assert " 3=2 13=2 4=2 14=2 15=2 16=2 " in made.param.decode()


def test_what_follows_a_convolution_is_done_by_it_unless_somebody_else_wants_what_it_made() -> None:
    made = converted(weight("w", 4, 3, 1, 1), node("Conv", "in w", "a"), node("Relu", "a", "out"))
    assert layers(made.param) == ["Input", "Convolution"]
    shared = [node("Conv", "in w", "a"), node("Relu", "a", "b"), node("Add", "a b", "out")]
    made = converted(weight("w", 4, 3, 1, 1), *shared)
    assert layers(made.param) == ["Input", "Convolution", "Split", "ReLU", "BinaryOp"]


def test_a_sigmoid_that_only_a_swish_needs_is_left_out() -> None:
    swish = [node("Sigmoid", "in", "s"), node("Mul", "s in", "out")]
    assert layers(converted(*swish).param) == ["Input", "Swish"]


def test_weights_of_half_precision_are_widened_and_shapes_are_computed() -> None:
    """As in our own networks and YuNet: flattened by a shape computed from the map itself."""
    half = np.random.default_rng(1).normal(size=(6, 3, 1, 1)).astype(np.float16)
    parts = [
        field(5, tensor("half", half)),
        node("Cast", "half", "w", to=1),
        node("Conv", "in w", "map"),
        node("Shape", "map", "shape"),
        node("Constant", "", "zero", value=np.array([0], np.int64)),
        node("Constant", "", "two", value=np.array([2], np.int64)),
        node("Slice", "shape zero two zero", "front"),
        node("Constant", "", "rest", value=np.array([-1], np.int64)),
        node("Concat", "front rest", "target", axis=0),
        node("Reshape", "map target", "flat"),
        node("Transpose", "flat", "rows", perm=[0, 2, 1]),
        node("Slice", "rows zero two two", "out"),
    ]
    made = converted(*parts)
    assert layers(made.param) == ["Input", "Convolution", "Reshape", "Permute", "Crop"]
    assert "0=-1 1=6" in made.param.decode()
    assert np.array_equal(np.frombuffer(made.weights[4:], np.float32), half.astype(np.float32).reshape(-1))


def test_numbers_that_do_not_change_can_be_joined_to_a_map() -> None:
    made = converted(
        field(5, tensor("one", np.ones((1, 7, 5), np.float32))),
        *(node("Reshape", "in shape", "rows"), whole("shape", 1, -1, 5), node("Concat", "rows one", "out", axis=1)),
    )
    assert layers(made.param) == ["Input", "Reshape", "MemoryData", "Concat"]
    assert len(made.weights) == 4 * 35


def test_all_numbers_of_a_picture_can_be_put_in_a_row() -> None:
    made = converted(weight("w", 6, 3, 1, 1), node("Conv", "in w", "map"), node("Flatten", "map", "out", axis=1))
    assert layers(made.param) == ["Input", "Convolution", "Reshape"]
    assert "0=-1" in made.param.decode().splitlines()[-1]


def test_lists_of_numbers_may_be_packed() -> None:
    """Both forms are allowed, and writers differ."""
    numbers = np.random.default_rng(4).normal(size=(4, 3, 1, 1)).astype(np.float32)
    packed = field(1, b"".join(map(varint, numbers.shape))) + field(2, 1) + field(8, "w") + field(9, numbers.tobytes())
    conv = node("Conv", "in w", "out")
    assert converted(field(5, packed), conv) == converted(field(5, tensor("w", numbers)), conv)


W = weight("w", 4, 3, 3, 3)
NEAREST = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
HALVING = (whole("0", 0), whole("2", 2), whole("e", 2**62), node("Slice", "in 0 e 2 2", "h"))


def scales(*numbers: float) -> bytes:
    return field(5, tensor("scale", np.array(numbers, np.float32)))


UNKNOWN: dict[str, tuple[bytes, str]] = {
    "an unknown kind": (model(node("LSTM", "in", "out")), "LSTM.*this kind is not known"),
    "something not made": (model(node("Relu", "nothing", "out")), "are not made before it"),
    "no output": (model(node("Relu", "in", "a")), "its output out is made"),
    "a node without result": (model(node("Relu", "in", "")), "without a result"),
    "a convolution in 3-D": (model(weight("w", 4, 3, 3), node("Conv", "in w", "out")), "two dimensions"),
    "automatic pads": (model(W, node("Conv", "in w", "out", auto_pad="SAME_UPPER")), "padding must be told"),
    "pads in 1-D": (model(W, node("Conv", "in w", "out", pads=[1, 1])), "two dimensions"),
    "weights that are computed": (model(node("Conv", "in in", "out")), "not a constant"),
    "too few offsets": (model(W, weight("b", 3), node("Conv", "in w b", "out")), "as many offsets"),
    "a product of three": (model(node("Relu", "in", "a"), node("Mul", "in a a", "out")), "two maps"),
    "a sum of three": (model(node("Relu", "in", "a"), node("Add", "in a a", "out")), "two maps"),
    "a smooth enlargement": (model(scales(1, 1, 2, 2), node("Resize", "in  scale", "out", mode="linear")), "multiple"),
    "enlarging by one half": (model(scales(1, 1, 1.5, 2), node("Resize", "in  scale", "out", **NEAREST)), "multiple"),
    "a pool with gaps": (model(node("MaxPool", "in", "out", kernel_shape=[2, 2], dilations=[2, 2])), "without gaps"),
    "the batch turned": (model(node("Transpose", "in", "out", perm=[1, 0, 2, 3])), "to the order"),
    "an unknown shape": (
        model(node("Shape", "in", "s"), node("Reshape", "in s", "out")), "Reshape",
    ),
    "half flattened": (model(node("Flatten", "in", "out", axis=2)), "all of a picture"),
    "five dimensions": (model(whole("s", 1, 1, 1, 1, 1), node("Reshape", "in s", "out")), "to .1, 1, 1, 1, 1"),
    "a part from the end": (
        model(whole("s", -2), whole("e", 5), whole("a", 1), node("Slice", "in s e a", "out")), "from its start",
    ),
    "every third row": (
        model(whole("s", 0), whole("e", 9), whole("a", 2), whole("t", 3), node("Slice", "in s e a t", "out")), "by 3",
    ),
    "rows halved twice": (model(*HALVING, node("Slice", "h 0 e 2 2", "out")), "halved twice"),
    "half of a picture": (model(*HALVING, node("Concat", "h h", "out", axis=1)), "all four halves"),
    "a half that is used": (model(*HALVING, node("Relu", "h", "out")), "makes no sense"),
    "an order that is a number": (model(node("Transpose", "in", "out", perm=3)), "makes no sense"),
    "joined pictures": (model(node("Concat", "in in", "out", axis=0)), "along axis 0"),
    "a text joined": (model(whole("t", 1), node("Concat", "in t", "out", axis=1)), "only of maps"),
    "a constant of nonsense": (
        model(whole("t", 1), whole("far", 7), node("Gather", "t far", "g"), node("Reshape", "in g", "out")),
        "makes no sense",
    ),
    "a part of a matrix": (
        model(W, whole("0", 0), whole("1", 1), node("Slice", "w 0 1", "w1"), node("Conv", "in w1", "out")),
        "only of a shape",
    ),
    "a part of what is not there": (model(whole("0", 0), node("Slice", "in 0 0", "out")), "from 0 to 0"),
    "a Focus of too few channels": (
        model(
            *(*HALVING, whole("3", 3), whole("1", 1), node("Slice", "in 1 e 2 2", "i"), W),
            *(node("Slice", f"{half} {start} e 3 2", f"{half}{start}") for half in "hi" for start in "01"),
            *(node("Concat", "h0 h1 i0 i1", "all", axis=1), node("Conv", "all w", "out")),
        ),
        "behind a Focus layer",
    ),
    "whole numbers joined": (
        model(whole("t", 1, 2), node("Unsqueeze", "t", "u", axes=[0]), node("Concat", "in u", "out", axis=1)),
        "only of maps",
    ),
    "doubles": (model(field(5, tensor("w", np.zeros(3))), node("Relu", "in", "out")), "of type 11"),
    "weights elsewhere": (
        model(field(5, field(1, 4) + field(2, 1) + field(8, "w")), node("Relu", "in", "out")), "missing or elsewhere",
    ),
    "no graph": (field(1, 8), "no graph"),
    "two inputs": (model(field(11, field(1, "more")), node("Relu", "in", "out")), "one input"),
    "a name that is no text": (model(field(1, field(1, b"\xff"))), "no text"),
    "a number for a text": (model(field(1, field(4, 5))), "a number where"),
    "a broken number": (b"\x08" + b"\xff" * 11, "ends within"),
    "a group": (b"\x0b", "kind 3"),
    "a broken list": (model(field(1, field(1, "in") + field(2, "out") + field(5, field(7, b"123")))), "ends within"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_is_not_known_is_refused_by_name(case: str) -> None:
    content, words = UNKNOWN[case]
    with pytest.raises(PackError, match=words):
        convert((content,))


@given(content=st.binary(max_size=400))
def test_any_bytes_are_refused_and_nothing_else_happens(content: bytes) -> None:
    with pytest.raises(PackError):
        convert((content,))


@settings(max_examples=200)
@example(place=1251, octet=18)  # a tensor whose type is a list of none
@given(place=st.integers(0, 2**20), octet=st.integers(0, 255))
def test_a_file_with_one_other_byte_is_converted_or_refused(place: int, octet: int) -> None:
    parts = [
        *(W, weight("b", 4), node("Conv", "in w b", "a", pads=[1, 1, 1, 1]), node("Relu", "a", "r")),
        node("MaxPool", "r", "p", kernel_shape=[2, 2], strides=[2, 2]),
        node("Transpose", "p", "out", perm=[0, 2, 3, 1]),
    ]
    content = bytearray(model(*parts))
    content[place % len(content)] = octet
    try:
        made = convert((bytes(content),))
    except PackError:
        return
    check(made.param, len(made.weights))


@pytest.fixture(scope="module")
def small() -> tuple[bytes, int]:
    parts = [W, node("Conv", "in w", "a", pads=[1, 1, 1, 1]), node("Sigmoid", "a", "b"), node("Add", "a b", "out")]
    made = converted(*parts)
    return made.param, len(made.weights)


def test_a_network_in_ncnns_form_is_known_by_its_ends(small: tuple[bytes, int]) -> None:
    ends = check(*small)
    assert ends.outputs == ("out",)


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "another file": lambda _text: b"<html>",
    "an unknown kind": lambda text: text.replace(b"Sigmoid ", b"Exec "),
    "a line less": lambda text: re.sub(rb"Sigmoid.*\n", b"", text),
    "a blob used twice": lambda text: text.replace(b"_1.1", b"_1.0"),
    "a blob made twice": lambda text: text.replace(b" _2.0 ", b" out ").replace(b"_2.0", b"_1.1"),
    "too many blobs": lambda text: text.replace(b"binaryop_4 2 1", b"binaryop_4 3 1"),
    "one input too few": lambda text: text.replace(b"binaryop_4 2 1", b"binaryop_4 1 2"),
    "another count": lambda text: text.replace(b"\n5 ", b"\n6 "),
    "fewer weights": lambda text: text.replace(b" 6=108", b" 6=36"),
    "weights that do not fit": lambda text: text.replace(b" 6=108", b" 6=107"),
    "negative weights": lambda text: text.replace(b" 6=108", b" 6=-108"),
    "no number": lambda text: text.replace(b" 6=108", b" 6=all"),
    "two numbers": lambda text: text.replace(b" 6=108", b" 6=10,8"),
    "a list of the wrong length": lambda text: text.replace(b" 6=108", b" 6=108 -23310=3,1,2"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_damaged_network_in_ncnns_form_is_refused_before_ncnn_sees_it(small: tuple[bytes, int], case: str) -> None:
    damaged = DAMAGE[case](small[0])
    assert damaged != small[0]
    with pytest.raises(PackDamagedError, match=r"ncnn's form"):
        check(damaged, small[1])


def test_weights_that_were_cut_off_are_refused(small: tuple[bytes, int]) -> None:
    with pytest.raises(PackDamagedError, match="not whole"):
        check(small[0], small[1] - 4)


def test_other_answers_than_onnxruntimes_are_noticed() -> None:
    reference = known("kith_embedding.onnx")
    vector = np.random.default_rng(3).normal(size=(1, 128)).astype(np.float32)
    reference = replace(reference, outputs={"output0": sample(vector)})
    reference.compare({"output0": vector})
    for wrong in (vector * 1.01, vector + np.float32(np.nan), vector[:, ::-1]):
        with pytest.raises(PackError, match="off by"):
            reference.compare({"output0": wrong})
    with pytest.raises(PackError, match="shape"):
        reference.compare({"output0": vector.reshape(-1)})
    with pytest.raises(PackError, match="instead of output0"):
        reference.compare({"other": vector})
