"""The other end of the wire: asks an engine, and raises its errors as they were there."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
import os
from typing import Self

import aiohttp
from yarl import URL

from .analysis import Analysis, Box, EngineFacts, Look, Scope
from .errors import EngineError, EngineUnavailableError, KithError, PictureTooLargeError
from .json_reader import parse
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

WHOLE = Scope()
"""All of the picture counts."""
TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=5)
"""Seconds: a picture may wait for the turns of other cameras; a host that is away shows when connecting."""


class EngineClient:
    """One engine's client. `token` goes along in every request, if there is one."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str | None = None) -> None:
        self._session = session
        self._owns_session = False
        self._url = url
        self._met: EngineFacts | None = None
        self.skew: timedelta | None = None
        """Their clock minus ours, to a second or two, as of the last answer; None until one said what time it is."""
        self._headers = {PROTOCOL_HEADER: str(PROTOCOL)}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    @classmethod
    def over_unix(cls, path: str) -> Self:
        """A client with a session of its own; close it."""
        client = cls(aiohttp.ClientSession(connector=aiohttp.UnixConnector(path)), "http://engine")
        client._owns_session = True
        return client

    async def close(self) -> None:
        if self._owns_session:
            await self._session.close()

    async def hello(self) -> EngineFacts:
        """Meet the engine. Raises EngineUnavailableError, EngineRefusedError, ProtocolMismatchError, or EngineError."""
        self._met = None
        self._met = decode_facts(parse(await self._ask("GET", _base(self._url).joinpath(HELLO[1:]))))
        return self._met

    async def analyze(self, picture: bytes, *, camera: str, look: Look, scope: Scope = WHOLE) -> Analysis:
        """Raises PictureError for what cannot be looked at, SupersededError, and what `hello` raises.

        An engine that is not the one that was met, because it has other networks now, is EngineUnavailableError until
        it is
        met again.
        """
        query = {"camera": camera, "look": str(look)}
        if scope != WHOLE:
            query["scope"] = encode_scope(scope)
        analysis = decode_analysis(parse(await self._send(ANALYZE, query, picture)))
        self._check_dimensions(analysis)
        return analysis

    async def crop(self, picture: bytes, box: Box) -> bytes:
        """A JPEG of what is in the box, with a margin. Raises PictureError if nothing of it is in the picture."""
        return bytes(await self._send(CROP, {"box": encode_box(box)}, picture))

    async def _send(self, place: str, query: dict[str, str], picture: bytes) -> bytearray:
        if len(picture) > LARGEST_PICTURE:
            raise PictureTooLargeError(f"the picture has {len(picture)} bytes; {LARGEST_PICTURE} are the most")
        return await self._ask("POST", _base(self._url).joinpath(place[1:]).with_query(query), picture)

    def _check_dimensions(self, analysis: Analysis) -> None:
        if self._met is None:
            return
        second = self._met.calibration.second
        told = [self._met.dimensions, *([second.dimensions] if second else [])]
        for face in analysis.faces:
            found = [len(one.vector) for one in face.embeddings]
            if found != told[: len(found)]:
                raise EngineError("its answer is not understood: a vector of other dimensions than it said.")

    async def _ask(self, method: str, url: URL, body: bytes | None = None) -> bytearray:
        try:
            async with self._session.request(
                method, url, data=body, headers=self._headers, timeout=TIMEOUT, allow_redirects=False
            ) as response:
                answer = await _read(response)
        except TimeoutError as error:
            raise EngineUnavailableError("it did not answer in time.") from error
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
        if self._met is not None and embedding is not None and embedding != self._met.embedding:
            raise EngineUnavailableError("it has other networks than when it was met.")


def _skew(response: aiohttp.ClientResponse) -> timedelta | None:
    """By the header that says when the answer was made."""
    try:
        return parsedate_to_datetime(response.headers.get("Date", "")) - datetime.now(UTC)
    except ValueError, TypeError:  # none, not a date, or one without a zone
        return None


def _reason(error: Exception) -> str:
    """In the system's own words where it has some: "Connection refused"."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if not isinstance(cause, OSError) or cause.errno is None:
        return type(error).__name__
    # asyncio puts words of its own into strerror; resolvers' numbers are not the system's
    return os.strerror(cause.errno) if cause.errno > 0 else cause.strerror or type(error).__name__


async def _read(response: aiohttp.ClientResponse) -> bytearray:
    answer = bytearray()
    async for chunk in response.content.iter_chunked(65536):
        answer += chunk
        if len(answer) > LARGEST_ANSWER:
            raise EngineError("its answer is too long to be one; check its address.")
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
