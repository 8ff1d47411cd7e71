"""A network camera over RTSP on loopback: H.264 or H.265 in RTP packets on the control connection, as most cameras do.

RTSP 1.0 is RFC 2326, RTP RFC 3550, its payloads are RFC 6184 (H.264) and RFC 7798 (H.265). It also does what cameras do
wrong: refuse a password, refuse one session too many, lose packets, offer sound alone.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import random
import ssl
import time

from .video import AccessUnit, Codec

CLOCK = 90_000
"""RTP ticks in a second of video."""
LARGEST_PAYLOAD = 1400
"""Bytes: what cameras put into one packet, since it also fits into a UDP datagram."""
_PAYLOAD_TYPE = 96
_FU_H264, _FU_H265 = 28, 49
"""The types of fragments."""


@dataclass(eq=False)
class Channel:
    """What one path of the server shows. Units are pushed; whoever has sent PLAY gets them from the next one on."""

    codec: Codec = Codec.H264
    password: str | None = None
    sound_only: bool = False
    claims: str = ""
    """The codec that the description names, if it is not the true one."""
    loses: float = 0.0
    """The share of packets that are lost, at random."""
    parameters: tuple[bytes, ...] = ()
    """The parameter sets of the newest keyframe, for the description."""
    viewers: set[_Viewer] = field(default_factory=set)
    served: int = 0
    """Sessions that were ever set up."""

    def push(self, unit: AccessUnit) -> None:
        if unit.keyframe:
            self.parameters = tuple(nal for nal in unit.nals if self.codec.is_parameter_set(nal))
        for viewer in tuple(self.viewers):
            viewer.send(unit)

    async def play(self, units: Iterable[AccessUnit]) -> None:
        """Push these units at their own pace."""
        began = time.monotonic()
        for unit in units:
            await asyncio.sleep(max(0.0, began + unit.at - time.monotonic()))
            self.push(unit)

    def description(self) -> str:
        """The session as SDP (RFC 4566)."""
        if self.sound_only:
            media = ["m=audio 0 RTP/AVP 0", "a=rtpmap:0 PCMU/8000"]
        else:
            sets = [base64.b64encode(nal).decode() for nal in self.parameters]
            media = [
                f"m=video 0 RTP/AVP {_PAYLOAD_TYPE}",
                f"a=rtpmap:{_PAYLOAD_TYPE} {self.claims or self.codec.value}/{CLOCK}",
            ]
            if self.codec is Codec.H264:
                media.append(f"a=fmtp:{_PAYLOAD_TYPE} packetization-mode=1;sprop-parameter-sets={','.join(sets)}")
            elif len(sets) == 3:
                named = (f"sprop-{name}={value}" for name, value in zip(("vps", "sps", "pps"), sets, strict=True))
                media.append(f"a=fmtp:{_PAYLOAD_TYPE} {';'.join(named)}")
        lines = ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=Kith", "c=IN IP4 0.0.0.0", "t=0 0", *media, "a=control:media"]
        return "".join(f"{line}\r\n" for line in lines)


class _Viewer:
    """One connection that plays a channel."""

    def __init__(self, writer: asyncio.StreamWriter, channel: Channel) -> None:
        self.channel = channel
        self._writer = writer
        self._sequence = 0
        self._random = random.Random(1)

    def hang_up(self) -> None:
        self._writer.transport.abort()

    def send(self, unit: AccessUnit) -> None:
        if self._writer.is_closing():
            return
        pieces = [piece for nal in unit.nals for piece in _pieces(nal, self.channel.codec)]
        stamp = int(unit.stamp * CLOCK) & 0xFFFFFFFF
        packets = bytearray()
        for number, piece in enumerate(pieces):
            self._sequence += 1
            if self._random.random() < self.channel.loses:
                continue
            marker = 0x80 if number == len(pieces) - 1 else 0
            header = bytes((0x80, marker | _PAYLOAD_TYPE)) + (self._sequence & 0xFFFF).to_bytes(2)
            packet = header + stamp.to_bytes(4) + b"KITH" + piece
            packets += b"$\x00" + len(packet).to_bytes(2) + packet
        self._writer.write(packets)


def _pieces(nal: bytes, codec: Codec) -> list[bytes]:
    """A NAL unit as payloads: whole if it fits, else in fragments."""
    if len(nal) <= LARGEST_PAYLOAD:
        return [nal]
    if codec is Codec.H264:
        head, kind, body = bytes([nal[0] & 0xE0 | _FU_H264]), nal[0] & 0x1F, nal[1:]
    else:
        head, kind, body = bytes([nal[0] & 0x81 | _FU_H265 << 1, nal[1]]), nal[0] >> 1 & 0x3F, nal[2:]
    starts = range(0, len(body), LARGEST_PAYLOAD)
    ends = {0: 0x80, starts[-1]: 0x40}
    return [head + bytes([ends.get(at, 0) | kind]) + body[at : at + LARGEST_PAYLOAD] for at in starts]


class RtspServer:
    """All channels behind one port. `refusal`: the status line that answers every request for a session."""

    def __init__(self, channels: dict[str, Channel] | None = None) -> None:
        self.channels = channels or {}
        self.refusal: str | None = None
        self.asked = 0
        """Descriptions asked for, refused or not."""
        self.port = 0
        self._connections: set[asyncio.StreamWriter] = set()

    @property
    def connections(self) -> int:
        return len(self._connections)

    def url(self, name: str, password: str | None = None, scheme: str = "rtsp") -> str:
        login = f"kith:{password}@" if password else ""
        return f"{scheme}://{login}127.0.0.1:{self.port}/{name}"

    @asynccontextmanager
    async def running(self, port: int = 0, tls: ssl.SSLContext | None = None) -> AsyncIterator[RtspServer]:
        """Serve on the loopback interface, by default on a free port; all connections end with this context."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", port, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for writer in tuple(self._connections):
                writer.transport.abort()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        viewer: _Viewer | None = None
        try:
            while request := await _request(reader):
                viewer = self._answer(request, writer) or viewer
        except ConnectionError, asyncio.IncompleteReadError:
            pass
        finally:
            self._connections.discard(writer)
            if viewer is not None:
                viewer.channel.viewers.discard(viewer)
            writer.close()

    def _answer(self, request: _Request, writer: asyncio.StreamWriter) -> _Viewer | None:
        """Answer a request; the viewer, if it asked to play."""
        status, fields, body = "200 OK", {"CSeq": request.fields.get("cseq", "0")}, ""
        channel = self.channels.get(request.url.partition("://")[2].partition("/")[2].split("/")[0])
        viewer = None
        match request.method:
            case "OPTIONS":
                fields["Public"] = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"
            case _ if channel is None:
                status = "404 Not Found"
            case _ if self.refusal:
                status = self.refusal
                self.asked += request.method == "DESCRIBE"
            case "DESCRIBE":
                self.asked += 1
                if _refused(channel, request):
                    status, fields["WWW-Authenticate"] = "401 Unauthorized", 'Basic realm="camera"'
                else:
                    fields["Content-Type"] = "application/sdp"
                    fields["Content-Base"] = f"{request.url}/"
                    body = channel.description()
            case "SETUP":
                fields |= {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1", "Session": "1;timeout=60"}
            case "PLAY":
                fields["Session"] = "1"
                viewer = _Viewer(writer, channel)
                channel.served += 1
        lines = [f"RTSP/1.0 {status}", *(f"{name}: {value}" for name, value in fields.items())]
        lines.append(f"Content-Length: {len(body)}")
        writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        if viewer is not None and channel is not None:
            channel.viewers.add(viewer)
        return viewer


@dataclass
class _Request:
    method: str
    url: str
    fields: dict[str, str]


async def _request(reader: asyncio.StreamReader) -> _Request | None:
    """The next request; None at the end. The client's own RTCP packets are skipped."""
    while first := await reader.read(1):
        if first == b"$":
            await reader.readexactly(1)
            await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
            continue
        head, *lines = (first + await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        method, url, _version = head.split(" ")
        named = (line.partition(":") for line in lines)
        return _Request(method, url, {name.lower(): value.strip() for name, _, value in named})
    return None


def _refused(channel: Channel, request: _Request) -> bool:
    if channel.password is None:
        return False
    wanted = base64.b64encode(f"kith:{channel.password}".encode()).decode()
    return request.fields.get("authorization") != f"Basic {wanted}"
