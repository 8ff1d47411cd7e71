"""Templates as they stand in files: vectors as text, and what belongs to them."""

import base64
from datetime import datetime
from typing import NotRequired, TypedDict

import numpy as np

from ..identity.gallery import Source, Template, Vector


class StoredVector(TypedDict):
    """vector: base64 of little-endian float32."""

    vector: str
    embedding: str
    quality: float


class StoredTemplate(StoredVector):
    """second: what the pack's second network made of it, if there was one."""

    id: str
    added: str
    source: str
    width: float
    second: NotRequired[StoredVector]


def encode_template(template: Template) -> StoredTemplate:
    first = _encode_vector(Vector(template.vector, template.embedding, template.quality))
    stored: StoredTemplate = {
        "id": template.template_id,
        "vector": first["vector"],
        "embedding": first["embedding"],
        "quality": first["quality"],
        "added": template.added.isoformat(),
        "source": str(template.source),
        "width": template.width,
    }
    if template.second is not None:
        stored["second"] = _encode_vector(template.second)
    return stored


def _encode_vector(vector: Vector) -> StoredVector:
    encoded = base64.b64encode(vector.direction.astype("<f4").tobytes()).decode()
    return {"vector": encoded, "embedding": vector.embedding, "quality": vector.quality}


def decode_template(stored: StoredTemplate) -> Template:
    seen = _decode_vector(stored)
    return Template(
        stored["id"],
        seen.direction,
        seen.embedding,
        datetime.fromisoformat(stored["added"]),
        Source(stored["source"]),
        stored["width"],
        seen.quality,
        _decode_vector(stored["second"]) if "second" in stored else None,
    )


def _decode_vector(stored: StoredVector) -> Vector:
    return Vector(np.frombuffer(base64.b64decode(stored["vector"]), "<f4"), stored["embedding"], stored["quality"])
