"""Templates as stored: vectors as text, with their data."""

import base64
from datetime import datetime
from typing import NotRequired, TypedDict

import numpy as np

from ..identity.gallery import EnrolledEmbedding, Source, Template


class StoredEmbedding(TypedDict):
    """vector: base64 of little-endian float32."""

    vector: str
    embedding: str
    quality: float


class StoredTemplate(StoredEmbedding):
    """second: the embedding by the pack's second network, if it had one."""

    id: str
    added: str
    source: str
    width: float
    second: NotRequired[StoredEmbedding]


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
    return stored


def decode_template(stored: StoredTemplate) -> Template:
    embeddings: list[StoredEmbedding] = [stored, stored["second"]] if "second" in stored else [stored]
    return Template(
        stored["id"],
        tuple(map(_decode_embedding, embeddings)),
        datetime.fromisoformat(stored["added"]),
        Source(stored["source"]),
        stored["width"],
    )


def _encode_embedding(embedding: EnrolledEmbedding) -> StoredEmbedding:
    encoded = base64.b64encode(embedding.vector.astype("<f4").tobytes()).decode()
    return {"vector": encoded, "embedding": embedding.network, "quality": embedding.quality}


def _decode_embedding(stored: StoredEmbedding) -> EnrolledEmbedding:
    vector = np.frombuffer(base64.b64decode(stored["vector"]), "<f4")
    return EnrolledEmbedding(vector, stored["embedding"], stored["quality"])
