"""What tests of the page share: a caller, and faces that wait for an answer."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import numpy as np
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.identity.gallery import EnrolledEmbedding, Source, Template
from custom_components.kith.storage.faces import Kept
from tests.identity.faces import NETWORK, axis, like

FACE = b"\xff\xd8 somebody \xff\xd9"


class Caller:
    """A page of one user."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.events: list[Any] = []

    async def ask(self, command: str, **asked: Any) -> dict[str, Any]:
        """Returns the answer; fails on an error."""
        answer = await self.answered(command, **asked)
        assert answer["success"], answer
        found: dict[str, Any] = answer["result"]
        return found

    async def refused(self, command: str, **asked: Any) -> str:
        """The error's code."""
        answer = await self.answered(command, **asked)
        assert not answer["success"], answer
        assert answer["error"]["message"]
        return str(answer["error"]["code"])

    async def follow(self, command: str, **asked: Any) -> int:
        """Returns the subscription's id."""
        answer = await self.answered(command, **asked)
        assert answer["success"], answer
        return int(answer["id"])

    async def leave(self, subscription: int) -> None:
        await self.client.send_json_auto_id({"type": "unsubscribe_events", "subscription": subscription})
        assert (await self._answer())["success"]

    async def event(self, wanted: Callable[[Any], object] = bool) -> dict[str, Any]:
        """The next event that matches."""
        while True:
            message = await self.client.receive_json()
            if message["type"] == "event" and wanted(message["event"]):
                found: dict[str, Any] = message["event"]
                return found

    async def answered(self, command: str, **asked: Any) -> dict[str, Any]:
        """The whole answer, a result or an error."""
        await self.client.send_json_auto_id({"type": f"kith/{command}", **asked})
        return await self._answer()

    async def _answer(self) -> dict[str, Any]:
        """The next result; events are passed over."""
        while True:
            answer: dict[str, Any] = await self.client.receive_json()
            if answer["type"] == "result":
                return answer


@pytest.fixture
async def page(hass: HomeAssistant, entry: MockConfigEntry, hass_ws_client: Any) -> Caller:
    """An administrator's page, with Kith loaded and faces kept for a week."""
    hass.config_entries.async_update_entry(entry, options={"keep_strangers": 7})
    await hass.async_block_till_done()
    return Caller(await hass_ws_client(hass))


def camera_id(entry: MockConfigEntry) -> str:
    return next(one.subentry_id for one in entry.subentries.values() if one.subentry_type == "camera")


async def waiting(
    entry: MockConfigEntry,
    vector: np.ndarray,
    *,
    ago: float = 60,
    quality: float = 0.8,
    visit_id: str | None = None,
    stranger: bool = False,
    when: datetime | None = None,
) -> str:
    """Store a face that waits for an answer. ago: seconds. Returns its id."""
    home = entry.runtime_data
    captured = when or dt_util.utcnow() - timedelta(seconds=ago)
    face_id = await home.stores.photos.save_stranger(captured, camera_id(entry), FACE)
    assert face_id is not None
    made = EnrolledEmbedding(vector.astype(np.float32), NETWORK, quality)
    face = Template(face_id, (made,), captured, Source.CAMERA, 64.0)
    await home.stores.faces.add(Kept(face, camera_id(entry), visit_id, stranger))
    return str(face_id)


ADA_PERHAPS = like((0, 0.55))
"""More like Ada than like a stranger."""
NOBODY = axis(5)
