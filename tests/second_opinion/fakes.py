"""What the fake services share: real servers on loopback that refuse and record requests that were never published."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import json
import re
import ssl
from typing import Any, Self
from urllib.parse import unquote

from aiohttp import web
from multidict import CIMultiDictProxy

HTML = b"<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>nginx</body>\r\n</html>\r\n"


@dataclass(frozen=True)
class Canned:
    """An answer that the test chose, whatever was asked. body: bytes, or else JSON."""

    status: int = 200
    body: Any = b""
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    """The connection breaks instead."""
    never: bool = False
    """It never answers."""

    def response(self) -> web.Response:
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return web.Response(status=self.status, body=content, headers={"Content-Type": self.kind, **self.headers})


@dataclass(frozen=True)
class Call:
    """One request as it arrived. path: its decoded segments."""

    method: str
    path: tuple[str, ...]
    query: tuple[tuple[str, str], ...]
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def name(self) -> str:
        """Without ids: "POST persons/*/persistedfaces"."""
        return f"{self.method} {'/'.join('*' if '-' in part and len(part) > 30 else part for part in self.path)}"


class WrongError(Exception):
    """A request that does not match what was published."""


class Fake:
    """base: the path below which it answers."""

    base: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[Call] = []
        self.wrongs: list[str] = []
        self._canned: list[tuple[str, Canned]] = []
        self._always: list[tuple[str, Canned]] = []
        self._ends = asyncio.Event()

    @property
    def names(self) -> list[str]:
        """The names of all calls, in their order."""
        return [call.name for call in self.calls]

    def say(self, answer: Canned, to: str = "", times: int = 1) -> Self:
        """Answer this instead. to: the beginning of the call's name."""
        self._canned += [(to, answer)] * times
        return self

    def always_say(self, answer: Canned, to: str = "") -> Self:
        self._always = [(to, answer), *self._always]
        return self

    async def answer(self, call: Call) -> web.Response:
        raise NotImplementedError

    def refuse(self, call: Call) -> web.Response:
        """Record what was wrong."""
        raise NotImplementedError

    async def handle(self, request: web.Request) -> web.Response:
        path = tuple(unquote(part) for part in request.raw_path.split("?")[0].split("/")[1:])
        call = Call(
            request.method,
            path[len(self.base) :],
            tuple(request.query.items()),
            request.headers,
            await request.read(),
        )
        self.calls.append(call)
        if canned := self._choose(call):
            return await self._play(canned, request)
        try:
            demand(path[: len(self.base)] == self.base, f"{request.raw_path} is not below {self.base}")
            return await self.answer(call)
        except WrongError as wrong:
            self.wrongs.append(f"{call.name}: {wrong}")
            return self.refuse(call)

    def _choose(self, call: Call) -> Canned | None:
        for place, (to, canned) in enumerate(self._canned):
            if call.name.startswith(to):
                del self._canned[place]
                return canned
        return next((canned for to, canned in self._always if call.name.startswith(to)), None)

    async def _play(self, canned: Canned, request: web.Request) -> web.Response:
        if canned.never:
            await self._ends.wait()
        if canned.cut and request.transport is not None:
            request.transport.abort()
        return canned.response()

    @asynccontextmanager
    async def listening(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[Self]:
        """Serves at `url`; at the end, fails if anything wrong was sent."""
        app = web.Application(client_max_size=1 << 25)
        app.router.add_route("*", "/{tail:.*}", self.handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            self._ends.set()
            await runner.cleanup()
        assert self.wrongs == []


def demand(condition: object, what: str) -> None:
    if not condition:
        raise WrongError(what)


def queried(call: Call, needed: Mapping[str, str], optional: Mapping[str, str] = {}) -> dict[str, str]:
    """Exactly these parameters, once each, and each matching its pattern."""
    found = dict(call.query)
    demand(len(found) == len(call.query), "a parameter is there twice")
    demand(needed.keys() <= found.keys(), f"{sorted(needed.keys() - found.keys())} missing")
    for name, value in found.items():
        pattern = {**optional, **needed}.get(name)
        demand(pattern is not None, f"a parameter {name} was never published")
        demand(pattern and matches(pattern, value), f"{name}={value}")
    return found


def json_of(call: Call, needed: Mapping[str, Any], optional: Mapping[str, Any] = {}) -> dict[str, Any]:
    """An object with exactly these keys. By key: a pattern for a text, or a function."""
    demand(call.headers.get("Content-Type", "").split(";")[0] == "application/json", "not sent as JSON")
    found: dict[str, Any] = json.loads(call.body)
    demand(isinstance(found, dict), "not an object")
    demand(needed.keys() <= found.keys() <= {*needed, *optional}, f"keys {sorted(found)}")
    for key, value in found.items():
        rule = {**optional, **needed}[key]
        demand(rule(value) if callable(rule) else isinstance(value, str) and matches(rule, value), f"{key}: {value!r}")
    return found


def matches(pattern: str, value: str) -> bool:
    return re.fullmatch(pattern, value) is not None


def without_body(call: Call) -> None:
    demand(not call.body and "Content-Type" not in call.headers, "a body where none belongs")
    demand(call.method != "POST" or call.headers.get("Content-Length") == "0", "no length, which servers want")
