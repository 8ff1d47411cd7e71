"""What is said about streams between engine and client. These values go over the private socket only.

PUT    /v1/stream?camera=ID    a StreamAddress as JSON → {}; the camera's pictures come from there from now on
DELETE /v1/stream?camera=ID    → {}; the connection ends with its last camera
GET    /v1/stream?camera=ID    → StreamHealth
POST   /v1/look?camera=ID&look=LOOK&after=TIME    the next picture after that time → Glimpse: one line of JSON, and
                                                  the picture as a JPEG if people were looked for; orientation=N, as
                                                  in EXIF, if it must be turned; watch=SECONDS, to look on for so
                                                  long while nothing moves (an older engine answers at once);
                                                  keyframes=1, to look for motion in keyframes alone (an older engine
                                                  looks at all); pre_roll=SECONDS, for pictures of the last seconds
                                                  alone (an older engine shows all that it kept, rarely more)

Times are by the engine's clock, which need not agree with the client's: a client asks for what comes after the last
picture that it was given.

A stream that nobody asks about for UNASKED_FOR ends, too; an older engine keeps it.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
import json
from typing import Any

from ..analysis import WHOLE, Analysis, Look, Scope
from ..json_reader import AnswerReader, parse
from ..wire import decode_analysis, encode_analysis

STREAM = "/v1/stream"
LOOK = "/v1/look"
SCHEMES = ("rtsp", "rtsps", "rtmp", "rtmps", "http", "https")
"""What a stream's URL may begin with: never a file of the engine's machine."""
LONGEST_URL = 4096
LATEST = 1e11
"""Seconds since the epoch, far in the future."""
LONGEST_PRE_ROLL = 60.0
"""Seconds: more than an engine keeps of any stream."""
LONGEST_WATCH = 4.0
"""Seconds for which an engine looks for motion before it answers: shorter than it goes on decoding for, and than it
waits for a camera's next picture.
"""
UNASKED_FOR = 300.0
"""Seconds after which a stream ends that nobody asked about: its home is off, or was forgotten. A home asks every
minute, also about cameras that sleep; one that comes back later opens its streams again.
"""
MOST_GLANCES = 1000
"""Pictures that one answer can be about."""


class Transport(StrEnum):
    """How RTSP's packets travel."""

    TCP = "tcp"
    UDP = "udp"
    MULTICAST = "udp_multicast"
    HTTP = "http"


class Flow(StrEnum):
    """Whether a stream gives pictures."""

    CONNECTING = "connecting"
    FLOWING = "flowing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StreamAddress:
    """Where a camera's stream is. `url` may hold a password: it must not be shown, and `repr` does not show it.

    verify: whether a TLS certificate must be one of a known authority; most cameras made theirs themselves.
    """

    url: str
    transport: Transport = Transport.TCP
    verify: bool = False

    def __repr__(self) -> str:
        return f"StreamAddress({self.url.partition('://')[0]}, {self.transport})"


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """How a stream does.

    rate: pictures that arrive in a second. keyframe_every: seconds between two whole pictures. Both are 0 until
    they are known. code: of the error, if it failed.
    """

    flow: Flow
    code: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    rate: float = 0.0
    keyframe_every: float = 0.0


@dataclass(frozen=True, slots=True)
class LookRequest:
    """What is asked of a camera's stream: its next picture after that time, in seconds since the epoch.

    after: when the last picture was captured that the engine showed; 0 if none was. orientation: as in EXIF. watch:
    seconds for which the engine looks on while nothing moves; an older one answers at once. keyframes: look for motion
    in keyframes alone, where there is one every few seconds. pre_roll: seconds before now from which pictures are still
    wanted; 0 for all.
    """

    look: Look
    after: float
    scope: Scope = WHOLE
    orientation: int = 1
    watch: float = 0.0
    keyframes: bool = False
    pre_roll: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Glimpse:
    """One look at a stream.

    captured: when the picture was taken, in seconds since the epoch. early: it is one of those from before the look was
    asked for; newer ones follow at once. picture: as a JPEG; empty if people were not looked for. glances: how many
    pictures were looked at, the last of which this is about; nothing moved in the others.
    """

    analysis: Analysis
    captured: float
    early: bool
    picture: bytes
    glances: int = 1


def encode_address(address: StreamAddress) -> dict[str, Any]:
    return asdict(address)


def decode_address(body: bytes) -> StreamAddress:
    """Raises EngineError for anything but an address of a network."""
    fields = AnswerReader(parse(body), "stream")
    url, transport = fields.get("url"), fields.get("transport")
    if not isinstance(url, str) or len(url) > LONGEST_URL or url.partition("://")[0].lower() not in SCHEMES:
        raise fields.wrong("url", f"a URL that begins with one of {', '.join(SCHEMES)}")
    if not isinstance(transport, str) or transport not in set(Transport):
        raise fields.wrong("transport", f"one of {', '.join(Transport)}")
    return StreamAddress(url, Transport(transport), fields.flag("verify"))


def encode_health(health: StreamHealth) -> dict[str, Any]:
    return asdict(health)


def decode_health(answer: Any) -> StreamHealth:
    """Raises EngineError for anything but a stream's health."""
    fields = AnswerReader(answer, "health")
    if fields.text("flow") not in set(Flow):
        raise fields.wrong("flow", f"one of {', '.join(Flow)}")
    return StreamHealth(
        Flow(fields.text("flow")),
        fields.text("code"),
        fields.text("codec"),
        fields.whole("width", 100_000),
        fields.whole("height", 100_000),
        fields.number("rate"),
        fields.number("keyframe_every"),
    )


def encode_glimpse(glimpse: Glimpse) -> bytes:
    about = {"captured": glimpse.captured, "early": glimpse.early, "glances": glimpse.glances}
    return json.dumps(encode_analysis(glimpse.analysis) | about).encode() + b"\n" + glimpse.picture


def decode_glimpse(answer: bytes | bytearray) -> Glimpse:
    """Raises EngineError for anything but a glimpse."""
    line, _, picture = bytes(answer).partition(b"\n")
    said = parse(line)
    fields = AnswerReader(said, "glimpse")
    captured = fields.number("captured", LATEST)
    if not 0 <= captured < LATEST:
        raise fields.wrong("captured", "a time")
    glances = 1 if fields.get("glances") is None else fields.whole("glances", MOST_GLANCES, 1)  # an older engine's
    return Glimpse(decode_analysis(said), captured, fields.flag("early"), picture, glances)
