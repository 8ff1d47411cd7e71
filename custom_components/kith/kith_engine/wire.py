"""The protocol between engine and client: HTTP with a picture as the body and JSON as the answer.

    GET  /v1/hello                          who are you? → EngineFacts
    POST /v1/analyze/CAMERA?look=LOOK       the picture's bytes → Analysis; scope=JSON if not all of the picture counts
    POST /v1/crop?box=L,T,R,B               the picture's bytes → a JPEG of what is in the box, with a margin

The camera is in the path, so that a balancer can send it to the same engine each time, which remembers its scene;
/v1/analyze?camera=CAMERA means the same. Streams, recordings, and pairing have protocols of their own:
streams/protocol.py, streams/clip_protocol.py, and pairing/protocol.py.

Both sides state the protocol's version in a header. Every answer also names the embedding network: the engine may have
another one since `hello`, and vectors of different networks must not be compared. Vectors travel as base64 of
little-endian float32. An error is {"error": code, "message": text} with the status of its kind; the client raises the
error that has this code.
"""

import base64
from collections.abc import Mapping
from dataclasses import asdict, fields
import json
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .analysis import (
    MOST_EMBEDDINGS,
    MOST_FOUND,
    Analysis,
    Area,
    Body,
    Box,
    Embedding,
    EngineFacts,
    Face,
    Person,
    Quality,
    Scope,
)
from .calibration import MOST_DIMENSIONS, encode_calibration
from .errors import (
    EngineBusyError,
    EngineError,
    EngineRefusedError,
    EngineUnavailableError,
    InferenceServerError,
    KithError,
    PairingError,
    PictureError,
    PictureTooLargeError,
    ProtocolMismatchError,
    StreamError,
    SupersededError,
    error_of,
)
from .json_reader import LONGEST_TEXT, AnswerReader, number_in, parse

PROTOCOL = 4
"""Increased whenever an older client or engine would misunderstand a newer one."""
PROTOCOL_HEADER = "Kith-Protocol"
EMBEDDING_HEADER = "Kith-Embedding"
HELLO = "/v1/hello"
ANALYZE = "/v1/analyze"
CROP = "/v1/crop"

LARGEST_PICTURE = 40 * 1024 * 1024
"""Bytes: an 8K camera's JPEG has up to about 12 MB, a phone's with 108 megapixels up to about 40."""
LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes: 100 faces have about 150 KB."""
MOST_STAGES = 32
"""Stages whose time an answer names."""
MOST_AREAS = 50
"""Ignored areas per picture."""
LONGEST_CAMERA = 64
"""Characters of a camera's id."""
LARGEST_SIDE = 100_000
LONGEST_MESSAGE = 500
"""Characters that an engine may put into our log."""

_STATUS: tuple[tuple[type[KithError], int], ...] = (
    (PictureTooLargeError, 413),
    (PictureError, 422),
    (EngineRefusedError, 401),
    (PairingError, 403),
    (ProtocolMismatchError, 426),
    (SupersededError, 409),
    (EngineBusyError, 503),
    (EngineUnavailableError, 503),
    (InferenceServerError, 502),
    (StreamError, 502),
)
_ACTIVE = re.compile(r"[<>\[\]`\x00-\x1f\x7f]")
_FOREIGN = (EngineError, PictureError)
"""Errors that an engine may answer with; the others are about this side's files."""


def status_of(error: KithError) -> int:
    """The HTTP status for this error; 500 if only the engine is at fault."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def encode_error(error: KithError) -> dict[str, str]:
    return {"error": error.code, "message": str(error)}


def decode_error(answer: Any, status: int) -> KithError:
    """The answer with that HTTP status, as an error."""
    if isinstance(answer, Mapping) and isinstance(answer.get("error"), str) and isinstance(answer.get("message"), str):
        message = harmless(answer["message"][:LONGEST_MESSAGE])
        error = error_of(answer["error"][:LONGEST_TEXT], message)
        return error if isinstance(error, _FOREIGN) else EngineError(message)
    return EngineError(f"it answered with HTTP status {status}, not as a Kith engine does; check its address.")


def harmless(words: str) -> str:
    """Another host's words without what logs, Markdown, or HTML would act on: they are shown in forms and repairs."""
    return _ACTIVE.sub("", words).replace("://", ": //").replace("www.", "www .")


def encode_facts(facts: EngineFacts) -> dict[str, Any]:
    encoded = {field.name: getattr(facts, field.name) for field in fields(facts)}
    return encoded | {"calibration": encode_calibration(facts.calibration)}


def decode_facts(answer: Any) -> EngineFacts:
    """Raises EngineError for malformed facts, and ProtocolMismatchError for another version's."""
    reader = AnswerReader(answer, "hello")
    if (protocol := reader.whole("protocol", 10_000)) != PROTOCOL:
        raise mismatch(protocol)
    dimensions = reader.whole("dimensions", MOST_DIMENSIONS, least=1)
    return EngineFacts(
        protocol,
        reader.text("version"),
        reader.text("pack"),
        reader.text("runtime"),
        reader.text("embedding"),
        dimensions,
        reader.calibration(dimensions),
        reader.whole("smallest_face", LARGEST_SIDE),
        reader.flag("streams"),
        reader.text("calibration_digest") if reader.get("calibration_digest") is not None else "",
    )


def mismatch(theirs: object) -> ProtocolMismatchError:
    return ProtocolMismatchError(f"the engine speaks version {theirs} of the protocol, this Kith version {PROTOCOL}.")


def encode_analysis(analysis: Analysis) -> dict[str, Any]:
    return {
        "width": analysis.width,
        "height": analysis.height,
        "motion": analysis.motion,
        "looked": analysis.looked,
        "persons": [_encode_person(person) for person in analysis.persons],
        "faces": [_encode_face(face) for face in analysis.faces],
        "timings": analysis.timings,
        "restless": None if analysis.restless is None else _edges(analysis.restless),
    }


def decode_analysis(answer: Any) -> Analysis:
    """Raises EngineError for anything that is not an analysis, down to a vector with a NaN in it."""
    fields = AnswerReader(answer, "analysis")
    persons = tuple(_decode_person(person) for person in fields.list("persons", MOST_FOUND))
    return Analysis(
        fields.whole("width", LARGEST_SIDE),
        fields.whole("height", LARGEST_SIDE),
        None if fields.get("motion") is None else fields.number("motion"),
        fields.flag("looked"),
        persons,
        tuple(_decode_face(face, len(persons)) for face in fields.list("faces", MOST_FOUND)),
        {stage: number_in(took, "analysis.timings") for stage, took in fields.mapping("timings", MOST_STAGES).items()},
        None if fields.get("restless") is None else _area(fields.get("restless"), "analysis.restless"),
    )


def _encode_person(person: Person) -> dict[str, Any]:
    body = person.body
    encoded = {"box": _corners(person.box), "score": person.score}
    return encoded if body is None else encoded | {"body": {"vector": _encode_vector(body.vector), "dim": body.dim}}


def _decode_person(fields: AnswerReader) -> Person:
    body = None
    if fields.get("body") is not None:
        inner = fields.inner("body")
        body = Body(inner.direction("vector"), inner.flag("dim"))
    return Person(fields.box(), fields.number("score"), body)


def _encode_face(face: Face) -> dict[str, Any]:
    quality = face.quality
    return {
        "box": _corners(face.box),
        "score": face.score,
        "landmarks": _encode_vector(face.landmarks),
        "quality": {
            "width": quality.width,
            "sharpness": quality.sharpness,
            "yaw": quality.yaw,
            "light": quality.light,
            "flaws": list(quality.flaws),
            "covered": quality.covered,
        },
        "embeddings": [{"vector": _encode_vector(one.vector), "clarity": one.clarity} for one in face.embeddings],
        "person": face.person,
    }


def _decode_face(fields: AnswerReader, persons: int) -> Face:
    quality = fields.inner("quality")
    person = None if fields.get("person") is None else fields.whole("person", persons - 1)
    return Face(
        fields.box(),
        fields.number("score"),
        fields.vector("landmarks", 10).reshape(5, 2),
        Quality(
            quality.number("width"),
            quality.number("sharpness"),
            quality.number("yaw"),
            quality.number("light"),
            quality.flaws(),
            bool(quality.get("covered")),
        ),
        tuple(
            Embedding(one.direction("vector"), one.number("clarity"))
            for one in fields.list("embeddings", MOST_EMBEDDINGS)
        ),
        person,
    )


def encode_scope(scope: Scope) -> str:
    """As a query parameter."""
    areas = [_edges(area) for area in scope.ignored]
    return json.dumps({**asdict(scope), "ignored": areas}, separators=(",", ":"))


def decode_scope(text: str) -> Scope:
    """Raises EngineError for anything but a scope."""
    reader = AnswerReader(parse(text.encode()), "scope")
    areas = reader.get("ignored")
    if not isinstance(areas, list) or len(areas) > MOST_AREAS:
        raise reader.wrong("ignored", f"a list of at most {MOST_AREAS} areas")
    return Scope(
        reader.sensitivity(),
        reader.whole("smallest_face", LARGEST_SIDE),
        tuple(_area(area, "scope.ignored") for area in areas),
        reader.flag("faces"),
        reader.flag("second"),
        reader.get("bodies") is not None and reader.flag("bodies"),  # an older client does not know it
    )


def _edges(area: Area) -> list[float]:
    return [getattr(area, edge) for edge in Area.EDGES]


def _area(edges: Any, place: str) -> Area:
    if not isinstance(edges, list) or len(edges) != 4:
        raise EngineError(f"{place} is not four numbers.")
    return Area(*(min(max(number_in(edge, place), 0.0), 1.0) for edge in edges))


def encode_box(box: Box) -> str:
    """As a query parameter."""
    return ",".join(f"{corner:.1f}" for corner in _corners(box))


def decode_box(text: str) -> Box:
    """Raises PictureError for anything but a box."""
    try:
        left, top, right, bottom = (number_in(float(corner), "box") for corner in text.split(","))
    except (ValueError, EngineError) as error:
        raise PictureError(f"box must be four numbers, not {text[:80]!r}") from error
    return Box(left, top, right, bottom)


def _corners(box: Box) -> list[float]:
    return [float(box.left), float(box.top), float(box.right), float(box.bottom)]


def _encode_vector(vector: NDArray[np.float32]) -> str:
    return base64.b64encode(np.ascontiguousarray(vector, "<f4").tobytes()).decode("ascii")
