"""The engine's client: sends requests, and raises the engine's errors on this side."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
import json
import os
import ssl
from typing import IO, Any, Self
from urllib.parse import quote

import aiohttp
from yarl import URL

from .analysis import WHOLE, Analysis, Box, EngineFacts, Look, Scope
from .errors import EngineError, EngineReplacedError, EngineUnavailableError, KithError, PictureTooLargeError
from .json_reader import parse
from .streams.clip_protocol import ARRIVES_WITHIN, CLIP, ClipFacts, ClipPicture, decode_clip_facts, decode_clip_picture
from .streams.protocol import (
    LOOK,
    STREAM,
    Glimpse,
    LookRequest,
    StreamAddress,
    StreamHealth,
    decode_glimpse,
    decode_health,
    encode_address,
)
from .wire import (
    ANALYZE,
    CROP,
    EMBEDDING_HEADER,
    HELLO,
    LARGEST_ANSWER,
    LARGEST_PICTURE,
    PROTOCOL,
    PROTOCOL_HEADER,
    decode_analysis,
    decode_error,
    decode_facts,
    encode_box,
    encode_scope,
    mismatch,
)

ENGINE_TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=5)
"""Seconds: a picture may wait for other cameras' turns; a host that is down shows when connecting."""

CLIP_TIMEOUT = aiohttp.ClientTimeout(total=ARRIVES_WITHIN + 15, sock_connect=5)
"""The same for a recording: the engine says so first if it does not arrive in time, and is no less there for it."""


class EngineClient:
    """One engine's client. Every request carries `token`, if there is one.

    tls: for an engine that this home was paired with.
    """

    def __init__(
        self, session: aiohttp.ClientSession, url: str, token: str | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self._session = session
        self._tls = tls
        self._owns_session = False
        self._url = url
        self._facts: EngineFacts | None = None
        self.skew: timedelta | None = None
        """The engine's clock minus ours at the last answer, to a second or two; None until an answer has a date."""
        self._headers = {PROTOCOL_HEADER: str(PROTOCOL)}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    @classmethod
    def over_unix(cls, path: str) -> Self:
        """A client with its own session; the caller must close it."""
        client = cls(aiohttp.ClientSession(connector=aiohttp.UnixConnector(path)), "http://engine")
        client._owns_session = True
        return client

    async def close(self) -> None:
        if self._owns_session:
            await self._session.close()

    async def hello(self) -> EngineFacts:
        """The engine's facts. Raises EngineUnavailableError, EngineRefusedError, ProtocolMismatchError, EngineError."""
        self._facts = None
        self._facts = decode_facts(parse(await self._request("GET", _base(self._url).joinpath(HELLO[1:]))))
        return self._facts

    async def analyze(self, picture: bytes, *, camera: str, look: Look, scope: Scope = WHOLE) -> Analysis:
        """Raises PictureError if the picture cannot be read, SupersededError, and what `hello` raises.

        If the engine's networks have changed since `hello`, raises EngineUnavailableError until the next `hello`.
        """
        query = {"look": str(look)}
        if scope != WHOLE:
            query["scope"] = encode_scope(scope)
        path = f"{ANALYZE}/{quote(camera, safe='')}"
        analysis = decode_analysis(parse(await self._send(path, query, picture)))
        self._check_dimensions(analysis)
        return analysis

    async def open_stream(self, camera: str, address: StreamAddress) -> None:
        """Take this camera's pictures from there. It need not be reachable yet."""
        await self._request("PUT", self._stream(camera), json.dumps(encode_address(address)).encode())

    async def close_stream(self, camera: str) -> None:
        """Also if none was opened. Raises what `hello` raises."""
        await self._request("DELETE", self._stream(camera))

    async def stream_health(self, camera: str) -> StreamHealth:
        """Raises StreamClosedError if no stream was opened for the camera."""
        return decode_health(parse(await self._request("GET", self._stream(camera))))

    async def look(self, camera: str, request: LookRequest) -> Glimpse:
        """Look at the camera's stream. Raises StreamError if there is no such picture."""
        query = {
            "camera": camera,
            "look": str(request.look),
            "after": repr(request.after),
            "orientation": str(request.orientation),
        }
        if request.watch:
            query["watch"] = repr(request.watch)
        if request.keyframes:
            query["keyframes"] = "1"
        if request.pre_roll:
            query["pre_roll"] = repr(request.pre_roll)
        if request.scope != WHOLE:
            query["scope"] = encode_scope(request.scope)
        url = _base(self._url).joinpath(LOOK[1:]).with_query(query)
        glimpse = decode_glimpse(await self._request("POST", url, most=LARGEST_ANSWER + LARGEST_PICTURE))
        self._check_dimensions(glimpse.analysis)
        return glimpse

    async def open_clip(self, clip: str, recording: IO[bytes], orientation: int = 1) -> ClipFacts:
        """Hand a recording over, which is closed then. Raises ClipError if it is none."""
        url = self._clip(clip).with_query({"orientation": str(orientation)})
        return decode_clip_facts(parse(await self._request("PUT", url, recording, patience=CLIP_TIMEOUT)))

    async def look_on(self, clip: str, scope: Scope = WHOLE) -> ClipPicture | None:
        """Look at the recording's next picture; None after the last one. Raises ClipError if there is none at all."""
        query = {"scope": encode_scope(scope)} if scope != WHOLE else {}
        seen = decode_clip_picture(parse(await self._request("POST", self._clip(clip).with_query(query))))
        if seen is not None:
            self._check_dimensions(seen.analysis)
        return seen

    async def close_clip(self, clip: str) -> None:
        """Also if none was opened. Raises what `hello` raises."""
        await self._request("DELETE", self._clip(clip))

    def _clip(self, clip: str) -> URL:
        return _base(self._url).joinpath(CLIP[1:], clip)

    async def ask(self, method: str, path: str, content: Any = None) -> Any:
        """One of the engine's other questions, in JSON. Raises what `hello` raises."""
        body = None if content is None else json.dumps(content).encode()
        return parse(await self._request(method, _base(self._url).joinpath(path[1:]), body))

    def _stream(self, camera: str) -> URL:
        return _base(self._url).joinpath(STREAM[1:]).with_query({"camera": camera})

    async def crop(self, picture: bytes, box: Box) -> bytes:
        """A JPEG of the box, with a margin. Raises PictureError if the box is outside the picture."""
        return bytes(await self._send(CROP, {"box": encode_box(box)}, picture))

    async def _send(self, path: str, query: dict[str, str], picture: bytes) -> bytearray:
        if len(picture) > LARGEST_PICTURE:
            raise PictureTooLargeError(f"the picture has {len(picture)} bytes; at most {LARGEST_PICTURE} are allowed")
        return await self._request("POST", _base(self._url).joinpath(path[1:], encoded=True).with_query(query), picture)

    def _check_dimensions(self, analysis: Analysis) -> None:
        if self._facts is None:
            return
        second = self._facts.calibration.second
        expected = [self._facts.dimensions, *([second.dimensions] if second else [])]
        for face in analysis.faces:
            dimensions = [len(embedding.vector) for embedding in face.embeddings]
            if dimensions != expected[: len(dimensions)]:
                raise EngineError("its answer is not understood: a vector with other dimensions than it announced.")

    async def _request(
        self,
        method: str,
        url: URL,
        body: bytes | IO[bytes] | None = None,
        most: int = LARGEST_ANSWER,
        patience: aiohttp.ClientTimeout | None = None,
    ) -> bytearray:
        try:
            async with self._session.request(
                method,
                url,
                data=body,
                headers=self._headers,
                timeout=patience or ENGINE_TIMEOUT,
                allow_redirects=False,
                ssl=self._tls or True,
            ) as response:
                answer = await _read(response, most)
        except TimeoutError as error:
            raise EngineUnavailableError("it did not answer in time.") from error
        except aiohttp.ClientConnectorCertificateError as error:
            if self._tls is None:
                raise EngineUnavailableError("its certificate is not valid.") from error
            raise EngineReplacedError("something else answers at its address.") from error
        except (aiohttp.ClientError, OSError) as error:
            raise EngineUnavailableError(f"it cannot be reached ({_reason(error)}).") from error
        except ValueError as error:
            raise EngineError("its address or the token has characters that cannot be sent.") from error
        except RuntimeError as error:
            if not self._session.closed:
                raise
            raise EngineUnavailableError("it was stopped.") from error
        self.skew = _skew(response) or self.skew
        self._check_version(response)
        if response.status != 200:
            raise _refusal(answer, response.status)
        return answer

    def _check_version(self, response: aiohttp.ClientResponse) -> None:
        version = response.headers.get(PROTOCOL_HEADER)
        if version is not None and version != str(PROTOCOL):
            raise mismatch(version[:10])
        embedding = response.headers.get(EMBEDDING_HEADER)
        if self._facts is not None and embedding is not None and embedding != self._facts.embedding:
            raise EngineUnavailableError("it has different networks than before.")


def _skew(response: aiohttp.ClientResponse) -> timedelta | None:
    """How far the engine's clock is ahead of this one, by the answer's Date header; None if it has none."""
    try:
        return parsedate_to_datetime(response.headers.get("Date", "")) - datetime.now(UTC)
    except (ValueError, TypeError):  # no date, or one without a time zone
        return None


def _reason(error: Exception) -> str:
    """In the system's own words if there are any: "Connection refused"."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if not isinstance(cause, OSError) or cause.errno is None:
        return type(error).__name__
    # asyncio puts its own words into strerror; resolvers' error numbers are not the system's
    return os.strerror(cause.errno) if cause.errno > 0 else cause.strerror or type(error).__name__


async def _read(response: aiohttp.ClientResponse, most: int) -> bytearray:
    answer = bytearray()
    async for chunk in response.content.iter_chunked(65536):
        answer += chunk
        if len(answer) > most:
            raise EngineError("its answer is too long; check its address.")
    return answer


def _refusal(answer: bytearray, status: int) -> KithError:
    try:
        return decode_error(parse(answer), status)
    except EngineError:
        return decode_error(None, status)


def _base(url: str) -> URL:
    try:
        base = URL(url.strip())
    except ValueError as error:
        raise EngineError("its address is not a URL; it must look like http://192.168.1.20:7070") from error
    if base.scheme not in ("http", "https") or not base.host or base.user is not None:
        raise EngineError("its address is not a URL; it must look like http://192.168.1.20:7070")
    return base
