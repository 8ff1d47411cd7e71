"""One network of a pack as its manifest describes it: whose it is, how it is fed, and how it is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
import hashlib

from .json_reader import ManifestReader

LANDMARKS = 5
"""Points of a face: the eye at the left of the picture, the other, the nose, the mouth's left corner, the other."""
_SHORT = 12
"""Hexadecimal digits by which weights are told apart."""


class Role(StrEnum):
    """What a network is for."""

    PERSON = "person"
    SECOND_LOOK = "second_look"
    """People again, where the person network saw nobody although something moved."""
    FACE = "face"
    LANDMARKS = "landmarks"
    MOUTH = "mouth"
    """Is a face covered by a mask or a scarf?"""
    EMBEDDING = "embedding"
    BODY = "body"
    """The same body again, by what it wears."""


@dataclass(frozen=True, slots=True)
class Input:
    """How a network wants its picture: (pixel - mean) / deviation per channel, float32, (1, 3, height, width).

    side: of a square input; for a network that takes any size, the longest side it is given. multiple: both sides are
    multiples of this many pixels. order: of the channels, "RGB" or "BGR". pad: value of the pixels beyond the picture.
    stretched: the width and height that every picture is stretched to, whatever its own; then there is nothing beyond.
    """

    side: int
    multiple: int
    order: str
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]
    pad: int
    stretched: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Detection:
    """How a detector's rows are read: anchor-free, one row per cell of each stride's grid.

    threshold: the least score that counts. overlap: two boxes that share more than this (intersection over union) mean
    the same thing. leaning: about how many times as far the head leans as a face network's landmarks.
    """

    strides: tuple[int, ...]
    threshold: float
    overlap: float
    leaning: float = 1.0


@dataclass(frozen=True, slots=True)
class Anchors:
    """How a detector's maps of boxes and scores are read: each cell has boxes that start from one of each size (Liu et
    al. 2016, SSD). Its first class is the background.

    widths, heights: of the sizes, in pixels of the input. variances: the network's unit for where a box is, in its
    sizes, and for its size's logarithm. threshold, overlap: as in Detection.
    """

    stride: int
    widths: tuple[float, ...]
    heights: tuple[float, ...]
    variances: tuple[float, float]
    threshold: float
    overlap: float


@dataclass(frozen=True, slots=True)
class Points:
    """What a landmark network gives: x and y of one face's five points, in sides of the input.

    face: how wide the face is to be in the input, in sides. origin: where the points are counted from: 0.5 the middle,
    0 the top left corner. upright: it sees how far a head leans without turning it back, so that one look is enough.
    """

    face: float
    origin: float = 0.5
    upright: bool = False


@dataclass(frozen=True, slots=True)
class Vectors:
    """What an embedding network gives. mirror: the mirrored picture's vector is added before normalizing.

    template: where the five landmarks of a face belong in its input, in sides; None: where the engine aligns them to.
    """

    dimensions: int
    mirror: bool
    template: tuple[tuple[float, float], ...] | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """How a network's one number is read. threshold: above it, mouth or nose of the face is covered."""

    threshold: float


type Output = Detection | Anchors | Points | Vectors | Cover


@dataclass(frozen=True, slots=True)
class File:
    """One published file. sha256: 64 hexadecimal digits. urls: where it can be had, its maker's first; none: it comes
    with Kith.
    """

    name: str
    bytes: int
    sha256: str
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """One network of a pack. files: an ONNX file, or OpenVINO's layers (.xml) and weights (.bin) of one name.

    on_demand: it is fetched only for who asks for it.
    """

    role: Role
    files: tuple[File, ...]
    licence: str
    source: str
    trained_on: str
    input: Input
    output: Output
    on_demand: bool = False

    @property
    def file(self) -> str:
        """The name of the file by which it is called and opened; a second one may lie beside it."""
        return self.files[0].name

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)

    @property
    def sha256(self) -> str:
        """The digest of all its files together."""
        return joint_digest([file.sha256 for file in self.files])

    @property
    def download(self) -> int:
        """Bytes that do not come with Kith."""
        return sum(file.bytes for file in self.files if file.urls)

    @property
    def identity(self) -> str:
        """Names these weights and no others."""
        return f"{self.file}@{self.sha256[:_SHORT]}"


def joint_digest(digests: Sequence[str]) -> str:
    """What a network is known by: its file's SHA-256; with several files, the SHA-256 of their digests joined."""
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def read_network(fields: ManifestReader) -> Network:
    """Raises PackError, which names the place and what is wrong there."""
    role = Role(fields.text("role", "|".join(Role)))
    return Network(
        role=role,
        files=_files(fields),
        licence=fields.text("licence"),
        source=fields.text("source"),
        trained_on=fields.text("trained_on"),
        input=_input(fields.one("input")),
        output=_OUTPUTS[role](fields.one("output")),
        on_demand=fields.get("on_demand") is not None and fields.yes("on_demand"),
    )


def _files(fields: ManifestReader) -> tuple[File, ...]:
    """Where there is one only, the network itself says what it is."""
    if fields.get("files") is None:
        return (_file(fields, _ONNX),)
    layers, weights = _pair(fields)
    files = _file(layers, _LAYERS), _file(weights, _WEIGHTS)
    if files[0].name.removesuffix(".xml") != files[1].name.removesuffix(".bin"):
        raise weights.refuse("file", f"called as {files[0].name} is")
    return files


def _pair(fields: ManifestReader) -> list[ManifestReader]:
    files = fields.many("files")
    if len(files) != 2:
        raise fields.refuse("files", "the two of a network in OpenVINO's form")
    return files


_ONNX, _LAYERS, _WEIGHTS = r"\w[\w.-]*", r"\w[\w.-]*\.xml", r"\w[\w.-]*\.bin"
"""Plain names: they are joined to a folder."""


def _file(fields: ManifestReader, name: str) -> File:
    return File(
        name=fields.text("file", name),
        bytes=fields.whole("bytes", 1, 2**30),
        sha256=fields.text("sha256", "[0-9a-f]{64}"),
        urls=() if fields.get("url") is None else fields.texts("url", r"https://\S+"),
    )


def _input(fields: ManifestReader) -> Input:
    deviation = fields.triple("deviation")
    if not all(deviation):
        raise fields.refuse("deviation", "three numbers other than 0")
    order, mean = fields.text("order", "RGB|BGR"), fields.triple("mean")
    if fields.get("stretched") is not None:
        width, height = fields.wholes("stretched", 2, 16, 4096)
        return Input(max(width, height), 1, order, mean, deviation, pad=0, stretched=(width, height))
    return Input(
        side=fields.whole("side", 16, 4096),
        multiple=fields.whole("multiple", 1, 4096),
        order=order,
        mean=mean,
        deviation=deviation,
        pad=fields.whole("pad", 0, 255),
    )


def _detection(fields: ManifestReader) -> Detection:
    return Detection(
        strides=tuple(int(stride) for stride in fields.numbers("strides")),
        threshold=fields.number("threshold", 0, 1),
        overlap=fields.number("overlap", 0, 1),
        leaning=1.0 if fields.get("leaning") is None else fields.number("leaning", 0, 4),
    )


def _anchors(fields: ManifestReader) -> Anchors:
    widths = fields.numbers("widths")
    where, size = fields.numbers("variances", 2)
    return Anchors(
        stride=fields.whole("stride", 1, 4096),
        widths=widths,
        heights=fields.numbers("heights", len(widths)),
        variances=(where, size),
        threshold=fields.number("threshold", 0, 1),
        overlap=fields.number("overlap", 0, 1),
    )


def _vectors(fields: ManifestReader) -> Vectors:
    numbers = fields.numbers("template", 2 * LANDMARKS) if fields.get("template") is not None else ()
    return Vectors(
        dimensions=fields.whole("dimensions", 2, 4096),
        mirror=fields.yes("mirror"),
        template=tuple(zip(numbers[::2], numbers[1::2], strict=True)) or None,
    )


def _points(fields: ManifestReader) -> Points:
    return Points(
        face=fields.number("face", 0.1, 1),
        origin=0.5 if fields.get("origin") is None else fields.number("origin", 0, 1),
        upright=fields.get("upright") is not None and fields.yes("upright"),
    )


def _cover(fields: ManifestReader) -> Cover:
    return Cover(threshold=fields.number("threshold", -100, 100))


_OUTPUTS: dict[Role, Callable[[ManifestReader], Output]] = {
    Role.PERSON: _detection,
    Role.SECOND_LOOK: _anchors,
    Role.FACE: _detection,
    Role.LANDMARKS: _points,
    Role.MOUTH: _cover,
    Role.EMBEDDING: _vectors,
    Role.BODY: _vectors,
}
