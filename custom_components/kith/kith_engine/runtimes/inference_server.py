"""Asks an inference server over HTTP: one kept connection, a deadline for each answer, and errors of Kith's own."""

from collections.abc import Mapping
from dataclasses import dataclass
import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit

from ..errors import InferenceServerError, InferenceServerSlowError, InferenceServerUnavailableError

DEADLINE = 3.0
"""Seconds for one answer. A network takes a tenth of that; several slow answers still end before the picture must."""
_LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes: forty times the largest output of a network, as text."""
_CHUNK = 1024 * 1024
_CLOSED = (ConnectionError, http.client.BadStatusLine)
"""How it shows that the server has closed a connection which nobody used for a while."""
_LONGEST_REASON = 200
"""Characters of the server's own words that are repeated."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """One answer: its status, its headers in lower case, and its content."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def good(self) -> bool:
        return self.status == http.client.OK

    def reason(self) -> str:
        """What the server says went wrong, for people to read."""
        try:
            told = json.loads(self.content)
            words = told.get("error") or told.get("detail") if isinstance(told, dict) else None
        except ValueError:
            words = None
        return f"{self.status}: {words}"[:_LONGEST_REASON] if words else str(self.status)


class InferenceServer:
    """One server's client. Blocks; not thread-safe. Raises InferenceServerError if `url` is not one."""

    def __init__(self, url: str, deadline: float = DEADLINE) -> None:
        self.url = url
        self._deadline = deadline
        parts = urlsplit(url.rstrip("/"))
        try:
            known = parts.scheme in ("http", "https") and parts.hostname is not None and parts.port != 0
        except ValueError:
            known = False
        if not known or parts.query or parts.username:
            raise InferenceServerError(f"{url} is not an inference server's address, like http://192.168.1.30:8000")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._base = parts.path
        self._connection = kind(parts.hostname or "", parts.port, timeout=deadline)

    def close(self) -> None:
        self._connection.close()

    def ask(self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> HttpAnswer:
        """GET, or POST if there is a body; an answer with an error's status is returned, too.

        Raises InferenceServerSlowError after the deadline, InferenceServerUnavailableError if there is no whole answer.
        """
        until = time.monotonic() + self._deadline
        kept = self._connection.sock is not None
        try:
            try:
                return self._exchange(path, body, headers or {}, until)
            except _CLOSED:
                if not kept:
                    raise
                self._connection.close()
                return self._exchange(path, body, headers or {}, until)
        except TimeoutError as error:
            self._connection.close()
            raise InferenceServerSlowError(
                f"the inference server at {self.url} did not answer within {self._deadline:g} s;"
                " give it more processors, or fewer cameras"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise InferenceServerUnavailableError(
                f"the inference server at {self.url} cannot be reached, or broke off"
                f" ({str(error) or type(error).__name__}); check that it runs"
            ) from error

    def facts(self, path: str) -> Any:
        """The JSON at this path; None if the server answers with an error's status. Raises as `ask` does."""
        answer = self.ask(path)
        return self.parse(answer.content) if answer.good else None

    def parse(self, content: bytes) -> Any:
        """Raises InferenceServerError if this is not JSON."""
        try:
            return json.loads(content)
        except ValueError as error:
            raise self.misunderstood("it is not JSON") from error

    def misunderstood(self, why: str) -> InferenceServerError:
        return InferenceServerError(f"the answer of the inference server at {self.url} is not understood: {why}")

    def _exchange(self, path: str, body: bytes | None, headers: Mapping[str, str], until: float) -> HttpAnswer:
        connection = self._connection
        connection.timeout = self._left(until)
        if connection.sock is not None:
            connection.sock.settimeout(connection.timeout)
        connection.request("GET" if body is None else "POST", f"{self._base}/{path}", body, dict(headers))
        self._wait_no_longer(until)
        response = connection.getresponse()
        content = bytearray()
        while True:
            self._wait_no_longer(until)
            chunk = response.read1(_CHUNK)
            if not chunk:
                break
            content += chunk
            if len(content) > _LARGEST_ANSWER:
                connection.close()
                raise self.misunderstood("it is too long")
        if response.length:  # read1 does not notice that a server dies
            raise http.client.IncompleteRead(bytes(content), response.length)
        return HttpAnswer(
            response.status, {name.lower(): value for name, value in response.getheaders()}, bytes(content)
        )

    def _wait_no_longer(self, until: float) -> None:
        if self._connection.sock is not None:
            self._connection.sock.settimeout(self._left(until))

    @staticmethod
    def _left(until: float) -> float:
        """Seconds. Raises TimeoutError if there are none."""
        if (left := until - time.monotonic()) <= 0:
            raise TimeoutError
        return left
