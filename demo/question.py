"""A house where a stranger comes to the hall and Kith asks who it is; a test answers, and the README shows it."""

import io

from PIL import Image

from . import setting
from .cameras import CameraServer, DemoCamera
from .client import Home, until
from .drawing import as_jpeg
from .faces import face
from .home import REPOSITORY
from .walks import Place, nobody, walk

BLUEPRINT = REPOSITORY / "custom_components/kith/blueprints/automation/kith/tell_about_a_stranger.yaml"
STRANGER = "Eileen"
LINK = "Who is it?"
ARRIVAL = walk("hall", Place(0.45, 0.7), Place(0.5, 1.1), 3)
EMPTY = nobody("hall")
DAYS = 7
WITHIN = 40.0
"""Seconds to wait for what cameras must show first, on a busy machine."""
KNOWN, DRAWN = "Ada", "0901"
"""The person whom Kith already knows, and the seed of her drawn face. A second one would be too similar."""


def cameras() -> CameraServer:
    return CameraServer([DemoCamera("hall", EMPTY)])


def photo() -> bytes:
    """A photo of Ada, as large as a phone's."""
    found = Image.new("RGB", (800, 800), "#9fb3c8")
    found.paste(Image.open(io.BytesIO(face(DRAWN))).resize((400, 400)), (200, 200))
    return as_jpeg(found, 95)


async def furnish(
    home: Home, server: CameraServer, networks: str = setting.IN_THE_BOX
) -> tuple[setting.CameraEntities, setting.PersonEntities]:
    """Set up a watched hall, Ada, Eileen, who agreed but has no photo yet, and the blueprint that reports strangers.

    Returns the entities of the hall's camera and of Eileen.
    """
    entry_id = await setting.install_kith(home, networks)
    await setting.set_options(home, entry_id, keep_strangers=DAYS)
    camera = await setting.add_camera(home, "Hall", server.url("hall"), "Entrance")
    views = await setting.watch(home, entry_id, camera)
    await setting.enroll(home, entry_id, KNOWN, [setting.Photo("ada.jpg", photo())], keep_photos=True)
    person, _ = await setting.enroll(home, entry_id, STRANGER, [], keep_photos=True)
    path = f"kith/{BLUEPRINT.name}"
    await home.call("blueprint/save", domain="automation", path=path, yaml=BLUEPRINT.read_text(), allow_override=True)
    message = {"title": "A stranger", "message": f"[{LINK}]({{{{ page }}}})"}
    tell = {"action": "persistent_notification.create", "data": message}
    blueprint = {"path": path, "input": {"patience": 0, "actions": [tell]}}
    automation = {"alias": "Notify about a stranger", "use_blueprint": blueprint}
    await home.request("POST", "/api/config/automation/config/stranger", json=automation)
    return views, person


async def stranger_comes(home: Home, server: CameraServer) -> None:
    """Show a stranger, and wait until it is reported."""
    server["hall"].show(ARRIVAL)
    await until(lambda: home.call("persistent_notification/get"), WITHIN, "nothing was reported about the stranger")


async def comes_again(home: Home, server: CameraServer, hall: setting.CameraEntities, presence: str) -> None:
    """She leaves and returns; waits until she is recognized."""
    server["hall"].show(EMPTY)
    await until(lambda: _is(home, hall.person_detected, "off"), WITHIN, "she did not leave")
    server["hall"].show(ARRIVAL)
    await until(lambda: _is(home, presence, "on"), WITHIN, "she was not recognized")


async def _is(home: Home, entity: str, wanted: str) -> bool:
    return bool((await home.states())[entity]["state"] == wanted)
