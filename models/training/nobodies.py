"""Faces of people who do not exist, drawn by a network: more for the embedding to learn from, and nobody to ask.

Aligned as the engine aligns a face, with hair and background around it as a camera gives them.
"""

from collections.abc import Iterable
import io
import multiprocessing
from pathlib import Path
import sys

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .aligned import NOBODIES, SIDE
from .detectors import FaceTeacher
from .repositories import Repository
from .sources import NOBODY, Source
from .views import drawn

_TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Where the five landmarks of a face belong: ArcFace's (Deng et al. 2019, insightface `arcface_dst`)."""
_SURE, _AGREEING = 0.7, 4
"""Score of a portrait's face, and looks that must have seen it."""
_JPEG_QUALITY = 95
_AT_ONCE = 200


def bring_nobodies(sources: Iterable[Source], repositories: Path, processes: int) -> None:
    """Into NOBODIES, each once."""
    for source in sources:
        if source.kind == NOBODY:
            _bring(source, Repository(source.repository, repositories), processes)


def _bring(source: Source, repository: Repository, processes: int) -> None:
    portraits = repository.pictures(source.commit, source.files)
    missing = [blob for blob in sorted(portraits)[: source.most] if not _place(blob).exists()]
    with multiprocessing.Pool(processes, initializer=_start) as pool:
        for start in range(0, len(missing), _AT_ONCE):
            for blob, face in pool.imap_unordered(_align, repository.contents(missing[start : start + _AT_ONCE])):
                if face is not None:
                    _place(blob).parent.mkdir(parents=True, exist_ok=True)
                    Image.fromarray(face).save(_place(blob), quality=_JPEG_QUALITY)
    print(f"bring: {source.most} from {source.repository}: {source.shows}", file=sys.stderr, flush=True)


def _place(blob: str) -> Path:
    return NOBODIES / blob[:2] / f"{blob[:16]}.jpg"


class _Worker:
    """What each process keeps."""

    teacher: FaceTeacher


def _start() -> None:
    _Worker.teacher = FaceTeacher()


def _align(portrait: tuple[str, bytes]) -> tuple[str, NDArray[np.uint8] | None]:
    """(112, 112, 3), or None where the teacher is not sure of exactly one face."""
    blob, content = portrait
    image = Image.open(io.BytesIO(content)).convert("RGB")
    found = _Worker.teacher.find(image)
    sure = np.flatnonzero((found.scores >= _SURE) & (found.votes >= _AGREEING))
    if len(sure) != 1:
        return blob, None
    points = found.rows[sure[0], 4:].reshape(5, 2).astype(np.float64)
    return blob, np.asarray(drawn(image, _onto_template(points), SIDE, (0, 0, 0)).image)


def _onto_template(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, 3): the turn, scale and shift that bring five landmarks nearest to where they belong."""
    x, y = points.T
    one, none = np.ones(5), np.zeros(5)
    equations = np.concatenate([np.stack([x, -y, one, none], axis=1), np.stack([y, x, none, one], axis=1)])
    along, across, right, down = np.linalg.lstsq(equations, _TEMPLATE.T.ravel(), rcond=None)[0]
    return np.array([[along, -across, right], [across, along, down]])
