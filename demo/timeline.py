"""Prints and records what happens, second by second, from Home Assistant's WebSocket."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
import sys
import time
from typing import Any

from .cameras import CameraServer
from .client import Home, Json

RECOGNIZED = "kith_person_recognized"
WIDTH = 14


@dataclass(frozen=True, slots=True)
class Recognition:
    """Somebody was named. fired: when Home Assistant fired the event. captured: when its picture was taken."""

    person: str
    camera: str
    captured: datetime
    fired: datetime
    evidence: Json


class Timeline:
    """Listens after `start`; every line printed comes from Home Assistant or from the story."""

    def __init__(self, cameras: CameraServer, show: Callable[[str], None] = print) -> None:
        self.recognitions: list[Recognition] = []
        self.automations: list[str] = []
        self.strangers: list[str] = []
        """Entities that reported a stranger."""
        self._cameras = cameras
        self._show = show
        self._began = time.time()
        self._labels: dict[str, str] = {}

    async def start(self, home: Home, labels: dict[str, str]) -> None:
        """Start listening. labels: the entities to follow, each with its name in the timeline."""
        self._labels = labels
        self._began = time.time()
        await home.subscribe("subscribe_events", self._state_changed, event_type="state_changed")
        await home.subscribe("subscribe_events", self._recognized, event_type=RECOGNIZED)
        await home.subscribe("subscribe_events", self._automation, event_type="automation_triggered")

    def chapter(self, title: str) -> None:
        """Announce the story's next step."""
        self._show(f"\n{self._clock(time.time())}  {_bold(title)}")

    def note(self, who: str, what: str, when: float | None = None) -> None:
        self._show(f"{self._clock(when or time.time())}  {who:<{WIDTH}} {what}")

    def milliseconds(self, recognition: Recognition) -> float | None:
        """From the first still with a usable face to Home Assistant's event; None if it cannot be determined.

        The camera knows when each still was fetched; the event knows which still decided and how many stills up to it
        had a face that could be compared.
        """
        name = recognition.camera.removeprefix("camera.")
        asked = self._cameras[name].asked if name in self._cameras else []
        first = bisect_left(asked, recognition.captured.timestamp()) - recognition.evidence["frames"] + 1
        return (recognition.fired.timestamp() - asked[first]) * 1000 if 0 <= first < len(asked) else None

    def _clock(self, when: float) -> str:
        return f"{when - self._began:7.1f} s"

    def _state_changed(self, event: Json) -> None:
        change = event["data"]
        entity, new, old = change["entity_id"], change["new_state"], change["old_state"]
        if entity not in self._labels or new is None:
            return
        if new["attributes"].get("event_type") == "stranger" and new["state"] != (old or {}).get("state"):
            self.strangers.append(entity)
        text = _described(entity, new, old)
        if text:
            self.note(self._labels[entity], text, _moment(event).timestamp())

    def _recognized(self, event: Json) -> None:
        said, fired = event["data"], _moment(event)
        captured = datetime.fromisoformat(said["captured"])
        recognition = Recognition(said["person"], said["camera"], captured, fired, said["evidence"])
        self.recognitions.append(recognition)
        evidence, took = said["evidence"], self.milliseconds(recognition)
        speed = f", {took:.0f} ms after the first still with a usable face" if took is not None else ""
        where = f"{said['camera_name']}" + (f" ({said['area']})" if said.get("area") else "")
        text = (
            f"{said['person']} at {where}: {evidence['frames']} faces compared, {sum(evidence['refused'].values())} "
            f"unusable; evidence {evidence['weight']} of {evidence['demanded']}, score {evidence['score']}{speed}"
        )
        self.note("RECOGNIZED", _bold(text), fired.timestamp())

    def _automation(self, event: Json) -> None:
        said = event["data"]
        self.automations.append(said["entity_id"])
        self.note("automation", f"{said['name']} ran, {said.get('source', '')}", _moment(event).timestamp())


def _described(entity: str, new: Json, old: Json | None) -> str:
    """A change of state in words; empty if it is not worth a line."""
    before, now = (old or {}).get("state"), new["state"]
    attributes: dict[str, Any] = new["attributes"]
    if entity.startswith("event."):
        return f"{entity}: {attributes.get('event_type')}" if before != now and before is not None else ""
    explanation = attributes.get("explanation")
    if before != now:
        return f"{entity}: {before or 'new'} → {now}" + (f"  ({explanation})" if explanation else "")
    if explanation and attributes.get("outcome") != (old or {}).get("attributes", {}).get("outcome"):
        return f"{entity}: {explanation}"
    return ""


def _moment(event: Json) -> datetime:
    return datetime.fromisoformat(event["time_fired"])


def _bold(text: str) -> str:
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text
