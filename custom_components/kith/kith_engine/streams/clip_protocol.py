"""What is said about recordings between engine and client.

PUT    /v1/clip/CLIP    the recording's bytes → ClipFacts; orientation=N, as in EXIF, if it must be turned
POST   /v1/clip/CLIP    its next picture → Analysis with the seconds from its beginning as `at`; {} after the last
DELETE /v1/clip/CLIP    → {}

The recording's name is in the path, so that a balancer sends all of this to the same engine.
"""

from dataclasses import asdict, dataclass
from typing import Any

from ..analysis import Analysis
from ..json_reader import AnswerReader
from ..wire import decode_analysis, encode_analysis

CLIP = "/v1/clip"
LARGEST_CLIP = 64 * 1024 * 1024
"""Bytes: half a minute in 4K, or many minutes as battery cameras record them."""
ARRIVES_WITHIN = 60.0
"""Seconds for a recording to arrive."""
LONGEST_CLIP = 300.0
"""Seconds: of a longer recording, only the beginning is looked at."""
_LATEST = 1e11


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """length: seconds, 0 if the file does not say. created: seconds since the epoch, if the file says so."""

    length: float
    created: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ClipPicture:
    """One picture of a recording. at: seconds from its beginning."""

    at: float
    analysis: Analysis


def encode_clip_facts(facts: ClipFacts) -> dict[str, Any]:
    return asdict(facts)


def decode_clip_facts(answer: Any) -> ClipFacts:
    """Raises EngineError for anything but facts about a recording."""
    fields = AnswerReader(answer, "clip")
    created = None if fields.get("created") is None else fields.number("created", _LATEST)
    return ClipFacts(fields.number("length", _LATEST), created)


def encode_clip_picture(picture: ClipPicture | None) -> dict[str, Any]:
    return {} if picture is None else encode_analysis(picture.analysis) | {"at": picture.at}


def decode_clip_picture(answer: Any) -> ClipPicture | None:
    """Raises EngineError for anything but a picture of a recording, or the end of it."""
    if answer == {}:
        return None
    return ClipPicture(AnswerReader(answer, "picture").number("at", LONGEST_CLIP), decode_analysis(answer))
