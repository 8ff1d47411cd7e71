"""The story: nobody, she comes to the door, walks through the hall, stays, and leaves. Every step is checked."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from . import setting
from .cameras import CameraServer, DemoCamera
from .checks import Checks, Predicate, States, is_in
from .client import Home
from .drawing import as_jpeg
from .figure import portrait
from .scenes import CAMERAS
from .timeline import Timeline
from .walks import Place, nobody, walk

NAME = "Eileen"
AREAS = {"front_door": "Garden", "hall": "Ground floor"}
TITLES = {"front_door": "Front door", "hall": "Hall"}
RECOGNISED_WITHIN = 15.0
"""Seconds from the start of the walk; at first she is far away and her face is too small."""
GONE_WITHIN = 15.0
WALK = 6.0
"""Seconds from coming into view to standing right in front of the camera."""


def cameras(kind: type[CameraServer] = CameraServer) -> CameraServer:
    """The house's cameras, with nobody in front of them."""
    return kind([DemoCamera(name, nobody(name)) for name in CAMERAS])


async def play(home: Home, server: CameraServer, networks: str) -> bool:
    """Set the home up and play the story in it; returns whether everything happened."""
    checks, timeline = Checks(home), Timeline(server)
    light = await setting.add_light(home, "Hall light")
    print(f"  a light              {light}")
    entry_id = await setting.install_kith(home, networks)
    views = {}
    for name in CAMERAS:
        camera = await setting.add_camera(home, TITLES[name], server.url(name), AREAS[name])
        views[name] = await setting.watch(home, entry_id, camera)
        print(f"  a camera             {camera}, in the {AREAS[name].lower()}; makes {views[name].person_detected}")
    photo = setting.Photo("portrait.jpg", as_jpeg(portrait(), 95))
    person, _ = await setting.enroll(home, entry_id, NAME, [photo])
    print(f"  a person             {NAME}, who agreed; one photo; makes {person.presence}")
    automation = await setting.add_welcome(home, person.presence, light)
    print(f"  an automation        {automation}, from Kith's blueprint: turn on {light} for {NAME}")
    page = await setting.add_dashboard(home, list(views.values()), [person.presence, person.last_seen, light])
    print(f"  a page to watch it   {home.login.url}{page}")

    labels = {entity: TITLES[name].lower() for name in CAMERAS for entity in views[name].made}
    await timeline.start(home, labels | dict.fromkeys(person.made, NAME) | {light: "light"})
    tale = _Tale(server, timeline, checks, views, person, light, automation)
    await tale.nobody_there()
    await tale.arrives("front_door", first=True)
    await tale.arrives("hall", first=False)
    await tale.stays()
    await tale.leaves()
    return checks.verdict()


@dataclass(slots=True)
class _Tale:
    server: CameraServer
    timeline: Timeline
    checks: Checks
    views: dict[str, setting.CameraEntities]
    person: setting.PersonEntities
    light: str
    automation: str

    async def nobody_there(self) -> None:
        self.timeline.chapter("Nobody is there.")
        await _looked_at(self.server, 4)
        for name in CAMERAS:
            await self.checks.soon(f"{TITLES[name]}: nobody detected", is_in(self.views[name].person_detected, "off"))
        await self.checks.now(f"{NAME} is not present", is_in(self.person.presence, "off"))
        await self.checks.now("the light is off", lambda s: s[self.light]["state"] in ("off", "unknown"))
        self.checks.say("nobody was recognized, and no automation ran", not self.timeline.recognitions)

    async def arrives(self, name: str, first: bool) -> None:
        """She walks up to a camera, and away from the previous one."""
        place = TITLES[name].lower()
        self.timeline.chapter(f"{NAME} comes to the {place}." if first else f"She walks on through the {place}.")
        began, known = datetime.now(UTC), len(self.timeline.recognitions)
        if not first:
            self.server["front_door"].show(nobody("front_door"))
        self.server[name].show(walk(name, Place(0.5, 0.18 if first else 0.3), Place(0.51, 1.05), WALK))
        view, heard = self.views[name], self.timeline.recognitions
        await self.checks.soon(f"{TITLES[name]}: a person is detected", is_in(view.person_detected, "on"))
        await self.checks.soon("somebody is recognized", lambda _: len(heard) > known, RECOGNISED_WITHIN)
        who = [(one.person, one.camera) for one in heard[known:]]
        self.checks.say(f"it is {NAME}, at {view.camera}", who == [(NAME, view.camera)])
        await self.checks.soon("the camera's event entity says so", _says(view.sighting, "recognized"))
        await self.checks.soon(f"{NAME} is present", is_in(self.person.presence, "on"))
        await self.checks.soon(f"{NAME} was seen just now", lambda s: _moment(s, self.person.last_seen) >= began)
        ran = self.timeline.automations
        sentence = "the automation ran" if first else "the automation has run once: she arrived only once"
        await self.checks.soon(sentence, lambda _: ran.count(self.automation) == 1)
        await self.checks.soon("the light is on", is_in(self.light, "on"))
        await asyncio.sleep(max(0.0, WALK - (datetime.now(UTC) - began).total_seconds()))

    async def stays(self) -> None:
        self.timeline.chapter("She stays for a while.")
        told = len(self.timeline.recognitions)
        await _looked_at(self.server, 6)
        await self.checks.now("Hall: a person is still detected", is_in(self.views["hall"].person_detected, "on"))
        self.checks.say("and she is not announced again", len(self.timeline.recognitions) == told)

    async def leaves(self) -> None:
        self.timeline.chapter("She leaves.")
        self.server["hall"].show(walk("hall", Place(0.51, 1.05), Place(-0.4, 1.1), 2.0))
        for name in CAMERAS:
            off = is_in(self.views[name].person_detected, "off")
            await self.checks.soon(f"{TITLES[name]}: nobody is detected anymore", off, GONE_WITHIN)
        await self.checks.now(f"{NAME} is still present, since she is in the house", is_in(self.person.presence, "on"))
        states = await self.checks.states()
        seen = _moment(states, self.person.last_seen)
        self.timeline.note(NAME, f"last seen {seen.astimezone():%H:%M:%S}; present until two minutes after that")


def _says(entity: str, event_type: str) -> Predicate:
    return lambda states: bool(states[entity]["attributes"].get("event_type") == event_type)


def _moment(states: States, entity: str) -> datetime:
    """A timestamp sensor's state; long ago if it has none. Adds the second that Home Assistant may have cut off."""
    state = states[entity]["state"]
    if state in ("unknown", "unavailable"):
        return datetime.min.replace(tzinfo=UTC)
    return datetime.fromisoformat(state) + timedelta(seconds=1)


async def _looked_at(server: CameraServer, times: int) -> None:
    """Wait until every camera was asked for this many more stills, for at most a minute."""
    before = {name: len(server[name].asked) for name in CAMERAS}
    async with asyncio.timeout(60):
        while any(len(server[name].asked) < before[name] + times for name in CAMERAS):  # noqa: ASYNC110  see client.until
            await asyncio.sleep(0.1)
