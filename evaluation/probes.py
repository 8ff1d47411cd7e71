"""Turns pictures into probes with the engine's own stages, for every face found.

The engine embeds only faces that pass its quality check; here everything is embedded, and the flaws are kept beside it,
because the rivals' rules have other checks, or none.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
import hashlib
import io
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from custom_components.kith import kith_engine
from custom_components.kith.kith_engine.crop import portrait
from custom_components.kith.kith_engine.embedding import Embedder, align
from custom_components.kith.kith_engine.faces import FaceFinder, FoundFace
from custom_components.kith.kith_engine.manifest import Manifest
from custom_components.kith.kith_engine.mouth import MouthCheck
from custom_components.kith.kith_engine.network import Role
from custom_components.kith.kith_engine.packs import Pack
from custom_components.kith.kith_engine.picture import Picture
from custom_components.kith.kith_engine.quality import assess

from .camera import camera_like
from .moments import FRAMES, Profile, Subject, film, masked
from .sets import REPOSITORY, Photo
from .workers import spread

CACHE = REPOSITORY / ".cache" / "evaluate"
CLEAN = "clean"
CAMERA = ("camera 1", "camera 2")
"""Each photo twice, as a camera would take it."""
CUT = ", cut out"
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Probes:
    """The faces of n photos, in one look; rows as in the list of photos.

    found: (n,) bool; where False, the rest is 0. vectors: (n, d) of length 1. clarity, width, score, sharpness, yaw,
    light: (n,) as in the engine's Quality and Face. area: (n,) of the face box. usable: (n,) bool, by the pack's
    limits. covered: (n,) bool, mouth and nose. eyes: (n,) pixels between the eyes. laplacian: (n,) its variance over
    the gray face at its own size, as rivals measure blur. second, second_clarity: (n, e) and (n,) by the pack's second
    network; e is 0 without one. size: (n,) bytes of the picture, even without a face.
    """

    found: NDArray[np.bool_]
    vectors: NDArray[np.float32]
    clarity: NDArray[np.float32]
    width: NDArray[np.float32]
    area: NDArray[np.float32]
    score: NDArray[np.float32]
    sharpness: NDArray[np.float32]
    yaw: NDArray[np.float32]
    light: NDArray[np.float32]
    usable: NDArray[np.bool_]
    covered: NDArray[np.bool_]
    eyes: NDArray[np.float32]
    laplacian: NDArray[np.float32]
    second: NDArray[np.float32]
    second_clarity: NDArray[np.float32]
    size: NDArray[np.float32]

    def rows(self, chosen: NDArray[np.intp] | Sequence[int]) -> Self:
        return replace(self, **{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """All parts, one after another."""
        return cls(
            **{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)}
        )

    def __len__(self) -> int:
        return len(self.found)


@dataclass(frozen=True, slots=True)
class Film:
    """How moments are filmed. masked: with a mask over nose and mouth."""

    profile: Profile
    masked: bool = False
    frames: int = FRAMES

    def __str__(self) -> str:
        return f"{self.profile}{', masked' * self.masked}"


def probes(pack: Pack, photos: Sequence[Photo], name: str, look: str = CLEAN, *, cut: bool = False) -> Probes:
    """The probes of a set of photos in one look, from the cache if nothing changed.

    cut: as a service sees them, which receives only the face.
    """
    look = f"{look}{CUT}" if cut else look
    work = [(photo.path, look, number) for number, photo in enumerate(photos)]
    return _kept(pack, f"{name} {look} {_digest(pack, photos, look)}", _Reader.read, work)


def filmed(pack: Pack, photos: Sequence[Photo], name: str, film: Film) -> Probes:
    """The probes of a moment of each photo, its frames' rows one after the other; kept as those above are."""
    work = [(photo.path, film) for photo in photos]
    return _kept(pack, f"{name} {film} {_digest(pack, photos, repr(film))}", _Reader.film, work)


def _kept[Work](pack: Pack, name: str, read: Callable[[Work], list[_Row]], work: Iterable[Work]) -> Probes:
    """read: by a process that _Reader.start was called in."""
    path = CACHE / f"{name}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = spread(_Reader.start, (pack,), read, work, 8)
        columns = {field.name: np.stack([row[field.name] for row in rows]) for field in fields(Probes)}
        partial = path.with_suffix(".partial.npz")
        with partial.open("wb") as file:
            np.savez(file, allow_pickle=False, **columns)
        partial.rename(path)
    with np.load(path) as stored:
        return Probes(**stored)


def _digest(pack: Pack, photos: Sequence[Photo], look: str) -> str:
    """Changes with the networks, the limits, the reading code of the engine and of this package, and the photos."""
    digest = hashlib.sha256(repr((pack.manifest.networks, pack.manifest.limits, look)).encode())
    ours = [Path(__file__).with_name(f"{name}.py") for name in ("probes", "camera", "moments")]
    stages = Path(kith_engine.__file__).parent
    for path in (*ours, *(stages / f"{name}.py" for name in _STAGES)):
        digest.update(path.read_bytes())
    for photo in photos:
        digest.update(f"{photo.path.name} {photo.path.stat().st_size}".encode())
    return digest.hexdigest()[:12]


_STAGES = ("picture", "crop", "faces", "landmarks", "quality", "embedding", "inputs", "nms", "mouth")


type _Row = dict[str, NDArray[np.generic] | np.generic]
"""One row of each column of Probes."""


class _Reader:
    """One process's networks."""

    here: _Reader

    @classmethod
    def start(cls, pack: Pack) -> None:
        cls.here = cls(pack)

    @staticmethod
    def read(work: tuple[Path, str, int]) -> list[_Row]:
        return [_Reader.here._read(*work)]

    @staticmethod
    def film(work: tuple[Path, Film]) -> list[_Row]:
        return _Reader.here._film(*work)

    def __init__(self, pack: Pack) -> None:
        self._manifest: Manifest = pack.manifest
        self._faces = FaceFinder.of(pack, 1)
        self._embedder = Embedder(pack.open(Role.EMBEDDING, 1), pack.manifest.network(Role.EMBEDDING))
        self._mouth = MouthCheck.of(pack, 1)
        second = pack.manifest.second
        self._second = Embedder(pack.open_network(second, 1), second) if second else None

    def _read(self, path: Path, look: str, number: int) -> _Row:
        encoded = path.read_bytes()
        picture = Picture(encoded)
        face = _whose(self._faces.find_all(picture), picture)
        look, cut = look.removesuffix(CUT), look.endswith(CUT)
        if face is not None and look != CLEAN:
            pixels = np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB"))
            seed = (_number_of(path.name), number, CAMERA.index(look))
            encoded, _ = camera_like(pixels, _middle(face), face.box.width, np.random.default_rng(seed))
            picture = Picture(encoded)
            face = _whose(self._faces.find_all(picture), picture)
        if face is not None and cut:
            encoded = portrait(picture, face.box)
            picture = Picture(encoded)
            face = _whose(self._faces.find_all(picture), picture)
        return self._measure(picture, face, len(encoded))

    def _film(self, path: Path, wanted: Film) -> list[_Row]:
        encoded = path.read_bytes()
        picture = Picture(encoded)
        face = _whose(self._faces.find_all(picture), picture)
        if face is None:
            return [self._measure(picture, None, len(encoded))] * wanted.frames
        photo = Image.open(io.BytesIO(encoded)).convert("RGB")
        if wanted.masked:
            landmarks = self._faces.refine(picture, face).landmarks
            photo = masked(photo, landmarks, np.random.default_rng((_number_of(path.name), 1)))
        subject = Subject(photo, _middle(face), face.box.width)
        return [self._shown(frame) for frame in film(subject, wanted.profile, moment_of(path), wanted.frames)]

    def _shown(self, encoded: bytes) -> _Row:
        picture = Picture(encoded)
        return self._measure(picture, _whose(self._faces.find_all(picture), picture), len(encoded))

    def _measure(self, picture: Picture, face: FoundFace | None, size: int) -> _Row:
        if face is None:
            return _row(False, np.zeros(self._embedder.dimensions, np.float32), self._none, size=size)
        face = self._faces.refine(picture, face)
        aligned = align(picture, face.landmarks)
        quality = assess(face.box, face.landmarks, aligned, picture.size, self._manifest.limits)
        vector, clarity = self._embedder.embed(aligned)
        second, second_clarity = self._second.embed(aligned) if self._second else (self._none, 0.0)
        return _row(
            True,
            vector,
            second,
            clarity=clarity,
            second_clarity=second_clarity,
            width=quality.width,
            area=face.box.area,
            score=face.score,
            sharpness=quality.sharpness,
            yaw=quality.yaw,
            light=quality.light,
            usable=quality.usable,
            covered=self._mouth is not None and self._mouth.covered(aligned),
            eyes=float(np.linalg.norm(face.landmarks[0] - face.landmarks[1])),
            laplacian=_laplacian(picture, face),
            size=size,
        )

    @property
    def _none(self) -> NDArray[np.float32]:
        return np.zeros(self._second.dimensions if self._second else 0, np.float32)


def _row(found: bool, vectors: NDArray[np.float32], second: NDArray[np.float32], **measured: float) -> _Row:
    row: _Row = {field.name: np.float32(measured.get(field.name, 0)) for field in fields(Probes)}
    answers = {name: np.bool_(measured.get(name, False)) for name in ("usable", "covered")}
    return {**row, **answers, "found": np.bool_(found), "vectors": vectors, "second": second}


def moment_of(path: Path) -> np.random.Generator:
    """The same moment whenever it is asked for: whether it is in infrared is known without the film."""
    return np.random.default_rng((_number_of(f"{path.parent.name}/{path.name}"), 0))


def _number_of(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


def _middle(face: FoundFace) -> tuple[float, float]:
    return (face.box.left + face.box.right) / 2, (face.box.top + face.box.bottom) / 2


def _whose(faces: Sequence[FoundFace], picture: Picture) -> FoundFace | None:
    """The photo's subject: a large face near the middle."""
    width, height = picture.size

    def misfit(face: FoundFace) -> float:
        across = (face.box.left + face.box.right) / width - 1
        down = (face.box.top + face.box.bottom) / height - 1
        return float(np.hypot(across, down)) - face.box.width / width

    return min(faces, key=misfit, default=None)


def _laplacian(picture: Picture, face: FoundFace) -> float:
    """OpenCV's `Laplacian(gray).var()`, with its kernel of four neighbors."""
    width, height = max(3, round(face.box.width)), max(3, round(face.box.height))
    gray = picture.crop(face.box, width, height).astype(np.float32) @ _LUMA
    inner = gray[:-2, 1:-1] + gray[2:, 1:-1] + gray[1:-1, :-2] + gray[1:-1, 2:] - 4 * gray[1:-1, 1:-1]
    return float(inner.var())
