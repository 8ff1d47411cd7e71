"""A client of a running Home Assistant that does what its web page does.

It knows nothing about how Kith works inside: it fills in forms, calls actions, and reads states.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
import contextlib
from dataclasses import dataclass
from typing import Any, Self

import aiohttp

type Json = dict[str, Any]
type Listener = Callable[[Json], None]

ANSWER_WITHIN = 60.0
"""Seconds to wait for an answer from Home Assistant, which may be busy but not dead."""


class HomeError(Exception):
    """Home Assistant refused a request, with its message."""


async def until[T](ask: Callable[[], Awaitable[T]], within: float, otherwise: str, every: float = 0.2) -> T:
    """Ask repeatedly until the answer is truthy. Raises HomeError with `otherwise` after `within` seconds."""
    try:
        async with asyncio.timeout(within):
            while not (answer := await ask()):  # noqa: ASYNC110  what is waited for happens in another process
                await asyncio.sleep(every)
    except TimeoutError as error:
        raise HomeError(f"{otherwise} (waited {within:.0f} s)") from error
    return answer


@dataclass(frozen=True, slots=True)
class Login:
    """Credentials for a home. token: a long-lived access token."""

    url: str
    token: str
    user: str
    password: str


class Home:
    """One connection: REST and WebSocket side by side. Use `Home.connected(login)`."""

    def __init__(self, login: Login, http: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.login = login
        self._http = http
        self._socket = socket
        self._number = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._listeners: dict[int, Listener] = {}

    @classmethod
    @contextlib.asynccontextmanager
    async def connected(cls, login: Login) -> AsyncIterator[Self]:
        """Log in, and stay connected within the block."""
        headers = {"Authorization": f"Bearer {login.token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.ws_connect(login.url + "/api/websocket", max_msg_size=0) as socket,
        ):
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": login.token})
            if (greeting := await socket.receive_json())["type"] != "auth_ok":
                raise HomeError(f"login refused: {greeting}")
            home = cls(login, http, socket)
            reader = asyncio.create_task(home._read())
            try:
                yield home
            finally:
                reader.cancel()

    async def _read(self) -> None:
        async for message in self._socket:
            answer = message.json()
            if answer["type"] == "event":
                self._listeners[answer["id"]](answer["event"])
            elif (future := self._answers.pop(answer["id"], None)) and not future.done():
                future.set_result(answer)
        for future in self._answers.values():
            future.set_exception(HomeError("Home Assistant closed the connection; see its log"))

    async def call(self, kind: str, **fields: Any) -> Any:
        """Send a WebSocket command and return its result. Raises HomeError if it is refused."""
        self._number += 1
        return await self._ask(self._number, kind, fields)

    async def subscribe(self, kind: str, listener: Listener, **fields: Any) -> None:
        """Send a subscribing command; all of its events go to `listener`."""
        self._number += 1
        self._listeners[self._number] = listener
        await self._ask(self._number, kind, fields)

    async def _ask(self, number: int, kind: str, fields: Json) -> Any:
        future = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "type": kind, **fields})
        answer = await asyncio.wait_for(future, ANSWER_WITHIN)
        if not answer.get("success", True):
            raise HomeError(f"{kind}: {answer['error']['message']}")
        return answer.get("result")

    async def request(self, method: str, path: str, **options: Any) -> Any:
        """Send a REST request and return the JSON answer. Raises HomeError for anything but success."""
        async with self._http.request(method, self.login.url + path, **options) as reply:
            if reply.status >= 400:
                raise HomeError(f"{method} {path}: {reply.status} {(await reply.text())[:500]}")
            return await reply.json()

    async def states(self) -> dict[str, Json]:
        return {state["entity_id"]: state for state in await self.call("get_states")}

    async def act(self, action: str, answer: bool = False, **fields: Any) -> Any:
        """Perform an action such as "light.turn_off"; returns its response if `answer`."""
        domain, _, name = action.partition(".")
        done = await self.call("call_service", domain=domain, service=name, service_data=fields, return_response=answer)
        return done.get("response")

    async def upload(self, name: str, content: bytes, kind: str = "image/jpeg") -> str:
        """Upload a file for a form; returns its id."""
        form = aiohttp.FormData()
        form.add_field("file", content, filename=name, content_type=kind)
        return str((await self.request("POST", "/api/file_upload", data=form))["file_id"])

    async def flow(self, handler: str) -> Flow:
        """Start setting up an integration."""
        return await Flow.started(self, "/api/config/config_entries/flow", {"handler": handler})

    async def subentry_flow(self, entry_id: str, kind: str, subentry_id: str | None = None) -> Flow:
        """Start adding a subentry (a camera, a person) to an integration, or changing the one with this id."""
        start: Json = {"handler": [entry_id, kind]}
        if subentry_id is not None:
            start["subentry_id"] = subentry_id
        return await Flow.started(self, "/api/config/config_entries/subentries/flow", start)


class Flow:
    """A form-filling dialog, step by step, as the web page shows it."""

    def __init__(self, home: Home, path: str, step: Json) -> None:
        self._home = home
        self._path = path
        self.step = step

    @classmethod
    async def started(cls, home: Home, path: str, start: Json) -> Self:
        return cls(home, path, await home.request("POST", path, json=start))

    @property
    def errors(self) -> dict[str, str]:
        """The form's errors: field → message key."""
        return self.step.get("errors") or {}

    @property
    def done(self) -> bool:
        return bool(self.step["type"] == "create_entry")

    async def choose(self, option: str) -> Json:
        """Choose an option of a menu."""
        return await self.answer(next_step_id=option)

    async def answer(self, **fields: Any) -> Json:
        """Submit the form; returns the next step, with `errors` if the form was refused.

        Raises HomeError if the flow was aborted.
        """
        step = await self._home.request("POST", f"{self._path}/{self.step['flow_id']}", json=fields)
        return self._arrive(step)

    async def wait(self, every: float = 0.3) -> Json:
        """Wait until a progress step is over; returns the step after it."""
        while self.step["type"] in ("progress", "progress_done"):
            await asyncio.sleep(every)
            self._arrive(await self._home.request("GET", f"{self._path}/{self.step['flow_id']}"))
        return self.step

    def _arrive(self, step: Json) -> Json:
        if step["type"] == "abort":
            raise HomeError(f"the flow aborted: {step['reason']} {step.get('description_placeholders') or ''}")
        self.step = step
        return step
