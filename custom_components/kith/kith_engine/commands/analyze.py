"""`analyze`: what the engine sees in pictures, printed or drawn."""

from __future__ import annotations

import argparse
from dataclasses import asdict
import io
import json
from pathlib import Path
import sys

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from ..analysis import Analysis, Box, Face, Look, Person
from ..errors import PictureError
from ..pipeline import Pipeline
from .location import add_pack_option, chosen_pack

_PERSON_COLOR = (40, 200, 255)
_USABLE_COLOR = (90, 230, 90)
_REFUSED_COLOR = (255, 170, 40)


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser("analyze", help="print what the engine sees in pictures")
    parser.add_argument("pictures", type=Path, nargs="+", metavar="PICTURE")
    parser.add_argument("--json", action="store_true", help="print one JSON object per picture and line")
    parser.add_argument("--draw", type=Path, metavar="FILE", help="draw the result into this file (one picture only)")
    parser.add_argument(
        "--look", choices=["people", "portrait"], default="people", help="portrait: find faces without detecting people"
    )
    parser.add_argument("--threads", type=int, default=1)
    add_pack_option(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.draw and len(arguments.pictures) > 1:
        print("--draw takes one picture", file=sys.stderr)
        return 2
    pipeline = Pipeline(chosen_pack(arguments.pack), arguments.threads)
    failed = 0
    for path in arguments.pictures:
        try:
            encoded = path.read_bytes()
            analysis = pipeline.analyze(encoded, str(path), Look(arguments.look))
        except (OSError, PictureError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            failed = 1
            continue
        print(_as_json(path, analysis) if arguments.json else _as_text(path, analysis))
        if arguments.draw:
            _draw(encoded, analysis).save(arguments.draw)
    return failed


def _as_json(path: Path, analysis: Analysis) -> str:
    told = asdict(analysis)
    for face in told["faces"]:
        face["embeddings"] = [embedding._asdict() for embedding in face["embeddings"]]
    return json.dumps({"picture": str(path), **told}, default=np.ndarray.tolist)


def _as_text(path: Path, analysis: Analysis) -> str:
    lines = [f"{path}: {analysis.width} x {analysis.height}, {_counts(analysis)}"]
    lines += [
        f"  person {number}  {_place(person.box)}  score {person.score:.2f}" for number, person in _numbered(analysis)
    ]
    lines += [f"  face      {_face(face)}" for face in analysis.faces]
    lines.append("  " + "  ".join(f"{stage} {took:.1f}" for stage, took in analysis.timings.items()) + "  (ms)")
    return "\n".join(lines)


def _numbered(analysis: Analysis) -> list[tuple[int, Person]]:
    return list(enumerate(analysis.persons, start=1))


def _counts(analysis: Analysis) -> str:
    people, faces = len(analysis.persons), len(analysis.faces)
    usable = sum(face.quality.usable for face in analysis.faces)
    return f"people: {people}, faces: {faces}, good enough to compare: {usable}"


def _face(face: Face) -> str:
    quality = face.quality
    owner = "" if face.person is None else f"  of person {face.person + 1}"
    verdict = "usable" if quality.usable else ", ".join(flaw.replace("_", " ") for flaw in quality.flaws)
    measured = f"sharpness {quality.sharpness:.2f}, yaw {quality.yaw:+.2f}, light {quality.light:.0f}"
    return f"{_place(face.box)}  score {face.score:.2f}{owner}: {verdict} ({measured})"


def _place(box: Box) -> str:
    return f"{box.width:.0f} x {box.height:.0f} px at {box.left:.0f}, {box.top:.0f}"


def _draw(encoded: bytes, analysis: Analysis) -> Image.Image:
    """The whole picture with boxes, landmarks and verdicts, for people to look at."""
    canvas = ImageOps.exif_transpose(Image.open(io.BytesIO(encoded))).convert("RGB")
    pen = ImageDraw.Draw(canvas)
    line = max(2, canvas.width // 500)
    size = max(12, canvas.width // 80)
    for number, person in _numbered(analysis):
        pen.rectangle(_corners(person.box), outline=_PERSON_COLOR, width=line)
        label = f"person {number}  {person.score:.2f}"
        pen.text((person.box.left + 2 * line, person.box.top + 2 * line), label, _PERSON_COLOR, font_size=size)
    for face in analysis.faces:
        color = _USABLE_COLOR if face.quality.usable else _REFUSED_COLOR
        pen.rectangle(_corners(face.box), outline=color, width=line)
        for x, y in face.landmarks.tolist():
            pen.ellipse((x - line, y - line, x + line, y + line), fill=color)
        label = ", ".join(face.quality.flaws) or "usable"
        pen.text((face.box.left, face.box.bottom + line), f"{face.box.width:.0f} px, {label}", color, font_size=size)
    return canvas


def _corners(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom
