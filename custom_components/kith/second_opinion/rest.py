"""One HTTP request to a service: sent, counted, and read up to a limit, with its errors.

Bodies, keys, and addresses never get into an error: services repeat keys, and errors are logged and shown. For the same
reason no error here has a cause: libraries put what they received into theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
import json
import os
import re
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from ..errors import (
    OpinionDriftedError,
    OpinionError,
    OpinionNotApprovedError,
    OpinionOutdatedError,
    OpinionPhotoRefusedError,
    OpinionQuotaSpentError,
    OpinionRefusedError,
    OpinionThrottledError,
    OpinionUnavailableError,
    OpinionUnintelligibleError,
)
from .protocol import Meter

SERVICE_TIMEOUT = aiohttp.ClientTimeout(total=65, sock_connect=5)
"""Seconds: CompreFace itself gives up on a picture after 60; a host that is away is noticed when connecting."""
LARGEST_SERVICE_ANSWER = 1 << 20
"""Bytes: twice the largest answer expected, 50 people with 248 faces each."""
BACK_OFF = 2.0
"""Seconds, if a service does not say how long to wait: the one second that Azure's text recommends was too short."""
_SECONDS = re.compile(r"\d{1,9}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MEANS: Mapping[type[OpinionError], str] = {
    OpinionDriftedError: "it does not have what Kith put there",
    OpinionNotApprovedError: "this account is not approved for identifying people",
    OpinionOutdatedError: "it does not understand what it was asked",
    OpinionPhotoRefusedError: "it rejects the picture",
    OpinionQuotaSpentError: "it says that this account's quota is used up",
    OpinionRefusedError: "it does not accept the key",
    OpinionThrottledError: "it received too many calls",
    OpinionUnintelligibleError: "Kith does not know its answer",
    OpinionUnavailableError: "it answered with an error of its own",
    OpinionError: "it refused",
}


@dataclass(frozen=True, slots=True)
class RequestBody:
    """kind: the media type."""

    content: bytes
    kind: str

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> RequestBody:
        return cls(json.dumps(value).encode(), "application/json")


@dataclass(frozen=True, slots=True)
class Reply:
    """content: the parsed JSON; None if the body is empty or not JSON."""

    status: int
    content: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def fine(self) -> bool:
        return 200 <= self.status < 300

    @property
    def retry_after(self) -> float | None:
        """Seconds, from either form of the header (RFC 9110, 10.2.3)."""
        said = self.headers.get("Retry-After", "").strip()
        if _SECONDS.fullmatch(said):
            return float(said)
        try:
            return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
        except ValueError, TypeError, OverflowError:  # missing, not a date, or without a time zone
            return None


class Rest:
    """A service's address. headers: sent with every request, including the key."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        headers: Mapping[str, str],
        patience: aiohttp.ClientTimeout = SERVICE_TIMEOUT,
    ) -> None:
        self._session = session
        self._url = url
        self._headers = dict(headers)
        self._patience = patience

    async def send(
        self,
        meter: Meter,
        method: str,
        *path: str,
        query: Mapping[str, str] | None = None,
        body: RequestBody | None = None,
    ) -> Reply:
        """Returns the reply whatever its status. path: unquoted segments. Raises OpinionUnavailableError, and
        OpinionUnintelligibleError for a success that is not JSON.
        """
        url = _base(self._url).joinpath(*(quote(part, safe="") for part in path), encoded=True)
        headers = {**self._headers, "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = body.kind
        meter.count(len(body.content) if body else 0)
        status, received, answer = await self._exchange(method, url.with_query(query), headers, body)
        try:
            content = json.loads(answer) if answer.strip() else None
        except ValueError, RecursionError:
            if 200 <= status < 300:
                raise OpinionUnintelligibleError(f"its answer is not JSON (HTTP {status}).") from None
            content = None
        return Reply(status, content, received)

    async def _exchange(
        self, method: str, url: URL, headers: Mapping[str, str], body: RequestBody | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Redirects are not followed: they would take the key elsewhere."""
        content = body.content if body else None
        try:
            async with self._session.request(
                method,
                url,
                data=content,
                headers=headers,
                skip_auto_headers=("Content-Type",),  # for requests without a body
                timeout=self._patience,
                allow_redirects=False,
            ) as response:
                return response.status, response.headers, await _read(response)
        except TimeoutError:
            raise OpinionUnavailableError("it did not answer in time.") from None
        except (aiohttp.ClientError, OSError) as error:
            raise OpinionUnavailableError(f"there is no connection, or it broke ({_reason(error)}).") from None
        except ValueError:
            raise OpinionRefusedError("the key has characters that cannot be sent.") from None
        except RuntimeError:
            if not self._session.closed:
                raise
            raise OpinionUnavailableError("it was stopped.") from None


def refusal(reply: Reply, kind: type[OpinionError] | None = None, code: object = None) -> OpinionError:
    """The error that a reply stands for. kind: set if its code says more than its status. code: only a published one,
    never text that was received.
    """
    kind = kind or _by_status(reply.status)
    means = next(_MEANS[base] for base in kind.__mro__ if base in _MEANS)
    wait = reply.retry_after
    if wait is None and issubclass(kind, OpinionThrottledError):
        wait = BACK_OFF
    return kind(f"{means} (HTTP {reply.status}{'' if code is None else f', {code}'}).", wait)


def _by_status(status: int) -> type[OpinionError]:
    if status in (401, 403):
        return OpinionRefusedError
    if status == 413:  # from a proxy in front of it, as HTML
        return OpinionPhotoRefusedError
    if status == 429:
        return OpinionThrottledError
    return OpinionUnavailableError if status == 408 or status >= 500 else OpinionUnintelligibleError


def wrong(what: str) -> OpinionUnintelligibleError:
    return OpinionUnintelligibleError(f"its answer is not understood: {what}.")


def get(raw: Any, key: str) -> Any:
    """One field of an object."""
    if not isinstance(raw, Mapping):
        raise wrong(f"what should have {key} is not an object")
    return raw.get(key)


def a_list(raw: Any, what: str) -> list[Any]:
    if not isinstance(raw, list):
        raise wrong(f"{what} is not a list")
    return raw


def a_share(raw: Any, what: str) -> float:
    """A number from 0 to 1; not NaN, which Python's JSON accepts."""
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 <= raw <= 1:
        raise wrong(f"{what} is not a number from 0 to 1")
    return float(raw)


def a_text(raw: Any, what: str) -> str:
    if not isinstance(raw, str):
        raise wrong(f"{what} is not a text")
    return raw


def is_id(raw: Any) -> bool:
    """Services' ids are UUIDs. They become part of paths, where anything else could have a meaning."""
    return isinstance(raw, str) and _UUID.fullmatch(raw) is not None


def an_id(raw: Any, what: str) -> str:
    if not is_id(raw):
        raise wrong(f"{what} is not an id")
    return str(raw)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    answer = bytearray()
    async for chunk in response.content.iter_chunked(65536):
        answer += chunk
        if len(answer) > LARGEST_SERVICE_ANSWER:
            raise OpinionUnintelligibleError("its answer is too long.")
    return bytes(answer)


def _reason(error: Exception) -> str:
    """In the system's own words if there are any, such as "Connection refused"."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, OSError) and cause.errno is not None and cause.errno > 0:
        return os.strerror(cause.errno)
    return type(error).__name__


def _base(url: str) -> URL:
    try:
        base = URL(url.strip())
    except ValueError:
        base = URL()
    if base.scheme not in ("http", "https") or not base.host or base.user is not None:
        raise OpinionUnavailableError("its address is not a URL.")
    return base.with_path(base.path.rstrip("/")).with_query(None)
