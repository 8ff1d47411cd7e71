"""Templates as stored: vectors as text, with their data."""

import base64
from typing import NotRequired, TypedDict

import numpy as np

from ..identity.gallery import EnrolledEmbedding, Source, Template
from ..kith_engine.calibration import MOST_DIMENSIONS
from ..kith_engine.json_reader import LENGTH_SLACK
from .records import moment


class StoredEmbedding(TypedDict):
    """vector: base64 of little-endian float32."""

    vector: str
    embedding: str
    quality: float


class StoredTemplate(StoredEmbedding):
    """second: the embedding by the pack's second network, if it had one. covered: only where it is so."""

    id: str
    added: str
    source: str
    width: float
    second: NotRequired[StoredEmbedding]
    covered: NotRequired[bool]


def encode_template(template: Template) -> StoredTemplate:
    first, *others = map(_encode_embedding, template.embeddings)
    stored: StoredTemplate = {
        "id": template.template_id,
        "vector": first["vector"],
        "embedding": first["embedding"],
        "quality": first["quality"],
        "added": template.added.isoformat(),
        "source": str(template.source),
        "width": template.width,
    }
    if others:
        stored["second"] = others[0]
    if template.covered:
        stored["covered"] = True
    return stored


def decode_template(stored: StoredTemplate) -> Template:
    """Raises ValueError for what no network made: one such vector would spoil every comparison."""
    embeddings: list[StoredEmbedding] = [stored, stored["second"]] if "second" in stored else [stored]
    return Template(
        stored["id"],
        tuple(map(_decode_embedding, embeddings)),
        moment(stored["added"]),
        Source(stored["source"]),
        stored["width"],
        stored.get("covered") is True,
    )


def _encode_embedding(embedding: EnrolledEmbedding) -> StoredEmbedding:
    encoded = base64.b64encode(embedding.vector.astype("<f4").tobytes()).decode()
    return {"vector": encoded, "embedding": embedding.network, "quality": embedding.quality}


def _decode_embedding(stored: StoredEmbedding) -> EnrolledEmbedding:
    vector = np.frombuffer(base64.b64decode(stored["vector"], validate=True), "<f4")
    # not a number is never near 1
    if len(vector) > MOST_DIMENSIONS or not abs(float(np.linalg.norm(vector.astype(np.float64))) - 1) < LENGTH_SLACK:
        raise ValueError("a vector that is not of length 1")
    if not 0 < stored["quality"] < 1:
        raise ValueError("a quality that no face has")
    return EnrolledEmbedding(vector, stored["embedding"], stored["quality"])
