"""Kith's page without Home Assistant: a loopback server, and a `hass` that answers from tests/fixtures/ws."""

from collections.abc import AsyncIterator
import contextlib
from dataclasses import dataclass, field
import json
from pathlib import Path
from typing import Any

from aiohttp import web

from demo.faces import face, scene

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]
KITH = REPOSITORY / "custom_components" / "kith"
RECORDED = REPOSITORY / "tests" / "fixtures" / "ws"
PARTS = ("inbox", "people", "visits", "cameras", "knob", "settings", "networks", "marks", "blueprints", "import")
"""The beginnings of recorded commands' names."""
FACES = 500
PAGE = 50

type Json = dict[str, Any]


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text())


def answers() -> Json:
    """The recorded answers by command."""
    found: Json = {}
    for path in RECORDED.glob("*.json"):
        kind, _, name = path.stem.partition("_")
        if kind in PARTS and name:
            found[f"kith/{kind}/{name}"] = recorded(path.stem)
    found["blueprint/list"] = {"kith/welcome_a_person.yaml": {}}
    for kind in ("subscribe", "card/subscribe"):
        found[f"kith/{kind}"] = recorded(kind.replace("/", "_"))
    return found


@dataclass
class House:
    """The state of the server. answers: by command. uploads: the answers to photos, one after another."""

    url: str
    answers: Json = field(default_factory=answers)
    language: str = "en"
    uploads: list[tuple[int, Json | str]] = field(default_factory=list)
    uploaded: list[tuple[str, bytes]] = field(default_factory=list)


async def _frame(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    texts = json.loads((KITH / "translations" / f"{house.language}.json").read_text())
    text = (HERE / "frame.html").read_text().replace("LANGUAGE", house.language, 1)
    text = text.replace('window.LANGUAGE = "LANGUAGE"', f'window.LANGUAGE = "{house.language}"')
    text = text.replace('"TEXTS"', json.dumps(texts)).replace('"ANSWERS"', json.dumps(house.answers))
    return web.Response(text=text, content_type="text/html")


async def _picture(request: web.Request) -> web.Response:
    return web.Response(body=face(request.match_info["name"][-4:]), content_type="image/jpeg")


async def _scene(_request: web.Request) -> web.Response:
    return web.Response(body=scene(), content_type="image/jpeg")


async def _upload(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    house.uploaded.append((request.query["person_id"], await request.read()))
    status, answer = house.uploads.pop(0) if house.uploads else (200, recorded("upload"))
    if isinstance(answer, str):
        return web.Response(text=answer, status=status, content_type="text/html")
    return web.json_response(answer, status=status)


async def _harness(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(HERE / "harness.js")


HOUSE = web.AppKey("house", House)


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[House]:
    """Serves the page's files, drawn pictures, and uploads; all addresses below /kith get the frame with the panel."""
    app = web.Application()
    app.router.add_get("/harness.js", _harness)
    app.router.add_static("/kith_panel/test", KITH / "panel")
    app.router.add_post("/api/kith/photos", _upload)
    app.router.add_get("/api/kith/photos/{name:.+}", _picture)
    app.router.add_get("/api/kith/pictures/{name:.+}", _scene)
    app.router.add_get("/kith{rest:.*}", _frame)
    runner = web.AppRunner(app)
    app[HOUSE] = House("")
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    app[HOUSE].url = f"http://{host}:{port}"
    yield app[HOUSE]
    await runner.cleanup()


def crowd() -> Json:
    """The answer to kith/inbox/list with this many unanswered faces, page by page."""
    first = recorded("inbox_list")["groups"][1]
    shown = first["faces"][0]
    groups = [
        {
            **first,
            "group_id": f"01KAQ{place:021d}",
            "faces": [{**shown, "face_id": f"01KAQ{place:021d}", "picture": f"/api/kith/photos/strangers/{place:04d}"}],
        }
        for place in range(FACES)
    ]
    pages = [
        {
            "groups": groups[begin : begin + PAGE],
            "total": FACES,
            "keeping_days": 7,
            "cursor": str(begin // PAGE + 1) if begin + PAGE < FACES else None,
        }
        for begin in range(0, FACES, PAGE)
    ]
    return {"pages": pages}
