"""Are drawn moments like real ones? How alike two faces of one person are by the time between them, here and there."""

from collections.abc import Iterator, Mapping, Sequence
import itertools
from typing import Any

import numpy as np

from custom_components.kith.identity.evidence import Frame
from custom_components.kith.identity.tracks import Tracks
from custom_components.kith.kith_engine.analysis import Look
from custom_components.kith.kith_engine.packs import Pack
from custom_components.kith.kith_engine.pipeline import Pipeline

from . import clips, kith
from .moments import FRAMES
from .sets import DATA
from .visitors import Cast

SECONDS = (0.3, 1.0, 2.0, 3.5, 5.0)
"""Ends of the spans of time."""
PAUSE = 0.25
"""Seconds between two frames of a film, at least: pairs enough, and soon read."""
STEP = kith.STEP.total_seconds()
"""Between two frames of a drawn moment."""

type Spans = dict[str, dict[str, float]]
"""Median cosine and number of pairs of faces, by span."""


def measure(pack: Pack, casts: Mapping[str, Cast]) -> dict[str, Spans]:
    """The films' where they are; then each cast's, with two photos of one person at the end."""
    films = {"clips": _spans(_filmed(pack))} if (DATA / "clips").exists() else {}
    return films | {name: _spans(_drawn(cast)) | {"another photo": _others(cast)} for name, cast in casts.items()}


type Pairs = Iterator[tuple[float, float]]
"""Seconds between two faces of one person, and their cosine."""


def _filmed(pack: Pack) -> Pairs:
    pipeline = Pipeline(pack, threads=2)
    for path in sorted((DATA / "clips").glob("*.mp4")):
        if not clips.EXPECTED.get(path.stem, clips.Expected()).faces:
            continue
        tracks, seen, due = Tracks(), dict[int, list[tuple[float, np.ndarray]]](), 0.0
        for after, frame in clips.frames(path):
            if after.total_seconds() < due:
                continue
            due = after.total_seconds() + PAUSE
            analysis = pipeline.analyze(clips.encoded(frame), path.stem, Look.PEOPLE)
            for track, box, face in tracks.follow(analysis, kith.START + after):
                track.add(box, face, Frame(kith.START + after))
                if face is not None and face.embedding is not None:
                    seen.setdefault(track.number, []).append((after.total_seconds(), face.embedding))
        for faces in seen.values():
            for (before, one), (later, other) in itertools.combinations(faces, 2):
                yield later - before, float(one @ other)


def _drawn(cast: Cast) -> Pairs:
    for rows in map(cast.moment, cast.filmed(np.concatenate(cast.people))):
        vectors, usable = cast.faces.vectors[rows], cast.faces.usable[rows]
        for one, other in itertools.combinations(np.flatnonzero(usable), 2):
            yield (other - one) * STEP, float(vectors[one] @ vectors[other])


def _others(cast: Cast) -> dict[str, float]:
    """Frames of two moments of one person."""
    cosines = []
    for photos in cast.people:
        rows = [cast.moment(photo)[FRAMES // 2] for photo in cast.filmed(photos)]
        usable = [row for row in rows if cast.faces.usable[row]]
        alike = cast.faces.vectors[usable] @ cast.faces.vectors[usable].T
        cosines += alike[np.triu_indices(len(usable), 1)].tolist()
    return _median(cosines)


def _spans(pairs: Pairs) -> Spans:
    by_span: dict[str, list[float]] = {f"{low:g}–{high:g} s": [] for low, high in itertools.pairwise(SECONDS)}
    for seconds, cosine in pairs:
        for low, high in itertools.pairwise(SECONDS):
            if low <= seconds < high:
                by_span[f"{low:g}–{high:g} s"].append(cosine)
    return {span: _median(cosines) for span, cosines in by_span.items()}


def _median(cosines: Sequence[float]) -> dict[str, float]:
    return {"median": float(np.median(cosines)) if cosines else float("nan"), "pairs": len(cosines)}


def show(found: Mapping[str, Any]) -> None:
    print("\n  how alike faces of one person are, by the time between them: median cosine (pairs)")
    for name, spans in found.items():
        cells = [f"{span}: {figure['median']:.2f} ({figure['pairs']:,.0f})" for span, figure in spans.items()]
        print(f"  {name:<18}" + "   ".join(cells))
