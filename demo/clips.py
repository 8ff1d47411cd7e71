"""The demo with real clips: one woman is enrolled from the first clip, and only she may be named in the others."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from . import setting
from .cameras import CameraServer, Clip, DemoCamera
from .checks import Checks, is_in
from .client import Home
from .scenes import empty
from .timeline import Timeline
from .walks import Scene

NAME = "Ada"
ENROLLMENT = "head-pose-face-detection-female"
NAMED = {"face-demographics-walking-and-pause"}
"""The clips that show the woman of the first one."""
TOO_SMALL = {"classroom", "face-demographics-walking"}
"""Clips with faces of 10 to 24 pixels: nobody can be named or called a stranger."""
AT_LEAST = 12.0
"""Seconds that a clip is played, forward and backward; most last three."""
PHOTOS = 5


@dataclass(frozen=True, slots=True)
class Footage:
    """The clips of a folder. films: those to play, by camera name."""

    enrollment: Clip
    films: dict[str, Clip]

    @classmethod
    async def read(cls, folder: Path) -> Footage:
        """Decode all clips. Raises FileNotFoundError if the one to enroll from is missing."""
        first = folder / f"{ENROLLMENT}.mp4"
        if not first.is_file():
            raise FileNotFoundError(f"{first}: the clip to enroll from is missing")
        others = [path for path in sorted(folder.glob("*.mp4")) if path != first]  # noqa: ASYNC240  nothing runs yet
        return cls(await Clip.read(first), {path.stem: await Clip.read(path) for path in others})

    def cameras(self) -> CameraServer:
        """A camera for each clip, showing an empty hall."""
        return CameraServer([DemoCamera(_slug(name), _nobody(clip)) for name, clip in self.films.items()])

    def photos(self) -> list[setting.Photo]:
        """Photos of the woman from the clip's second half, where she looks at the camera."""
        frames = self.enrollment.frames
        chosen = {round(len(frames) / 2 + (len(frames) / 2 - 1) * share / (PHOTOS - 1)) for share in range(PHOTOS)}
        return [setting.Photo(f"frame-{number:02}.jpg", frames[number]) for number in sorted(chosen)]


async def play(home: Home, server: CameraServer, footage: Footage, networks: str) -> bool:
    """Set the home up and play every clip on its camera; returns whether she and only she was named."""
    checks, timeline = Checks(home), Timeline(server)
    light = await setting.add_light(home, "Hall light")
    entry_id = await setting.install_kith(home, networks)
    views = {}
    for name in footage.films:
        title = name.replace("-", " ").capitalize()
        camera = await setting.add_camera(home, title, server.url(_slug(name)), "Clips")
        views[name] = await setting.watch(home, entry_id, camera, interval=0.5)
        print(f"  a camera             {camera}")
    person, refused = await setting.enroll(home, entry_id, NAME, footage.photos())
    print(f"  a person             {NAME}, from {len(footage.photos()) - len(refused)} frames of {ENROLLMENT}")
    for sentence in refused:
        print(f"    refused            {sentence}")
    automation = await setting.add_welcome(home, person.presence, light)
    print(f"  an automation        {automation}: turn on {light} for {NAME}")
    labels = {entity: name[:13] for name, view in views.items() for entity in view.made}
    await timeline.start(home, labels | dict.fromkeys(person.made, NAME) | {light: "light"})
    for name, clip in footage.films.items():
        server[_slug(name)].play(clip.film())
        seconds = max(clip.seconds, AT_LEAST)
        timeline.chapter(f"{name}: {len(clip.frames)} frames at {clip.rate:.0f}/s, played for {seconds:.0f} s")
        before = len(timeline.recognitions), len(timeline.strangers)
        await asyncio.sleep(seconds)
        server[_slug(name)].show(_nobody(clip))
        await checks.soon("afterwards nobody is detected", is_in(views[name].person_detected, "off"))
        _check(checks, name, views[name].camera, timeline, before)
    expected = len(NAMED & footage.films.keys())
    checks.say("over all clips, the automation ran as often as that", timeline.automations == [automation] * expected)
    await checks.now(f"{NAME}'s light is on only if she was named", is_in(light, "on" if expected else "unknown"))
    return checks.verdict()


def _check(checks: Checks, name: str, camera: str, timeline: Timeline, before: tuple[int, int]) -> None:
    """before: the numbers of recognitions and strangers when the clip began."""
    recognitions, strangers = before
    named = [(one.person, one.camera) for one in timeline.recognitions[recognitions:]]
    if name in NAMED:
        checks.say(f"{NAME} was named, once, and nobody else", named == [(NAME, camera)])
    else:
        checks.say("nobody was named", named == [])
    if name in TOO_SMALL:
        checks.say("nobody was called a stranger: the faces are too small", len(timeline.strangers) == strangers)


def _nobody(clip: Clip) -> Scene:
    """An empty hall in the clip's size."""
    size = clip.size
    return lambda _seconds: empty("hall", size)


def _slug(name: str) -> str:
    return name.replace("-", "_")
