"""Is a body found again by what it wears? Walks through the films are broken, mixed, and taken to another camera."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
import io
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from custom_components.kith.identity.appearance import Appearances
from custom_components.kith.identity.evidence import Frame, Outcome, Verdict
from custom_components.kith.identity.presence import Follow
from custom_components.kith.identity.track import Track
from custom_components.kith.identity.tracks import Tracks
from custom_components.kith.kith_engine.analysis import Analysis, Body, Box, Look, Person, Scope
from custom_components.kith.kith_engine.bodies import BodyNetwork
from custom_components.kith.kith_engine.network import Role
from custom_components.kith.kith_engine.packs import Pack
from custom_components.kith.kith_engine.picture import Picture
from custom_components.kith.kith_engine.pipeline import Pipeline

from . import clips, kith
from .sets import DATA

STEP = timedelta(seconds=0.25)
"""Between two pictures of a walk: as often as Kith looks while somebody is there."""
LONGEST = 24
"""Pictures of each part of a walk, at most."""
SHORTEST = 6
"""Pictures of a walk that can be broken in two."""
CUTS = (0.35, 0.5, 0.65)
"""Where walks are broken, as shares of their length."""
GAP = timedelta(seconds=8)
"""For so long nobody is seen: a track is lost, the visit goes on."""
AWAY = timedelta(minutes=2)
"""Between two cameras."""
GROUND, SIZE = (1280, 720), (80, 240)
"""A drawn camera's picture and where people stand in it: places must not help."""
DARKENED, NOISE, QUALITY = 0.35, 8.0, 50
"""What makes a night of a day: share of the light, without colors; noise in gray levels; quality of the JPEG."""


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """One person's way through a film. person: the film and a number. day, night: a body for each picture, if any."""

    person: tuple[str, int]
    day: tuple[Body | None, ...]
    night: tuple[Body | None, ...]

    @property
    def can_be_broken(self) -> bool:
        return len(self.day) >= SHORTEST


def measure(pack: Pack) -> dict[str, Any]:
    network = pack.manifest.optional(Role.BODY)
    if network is None or network not in pack.networks:
        return {"walks": 0, "people": 0, "day": {}, "night": {}}
    bodies = BodyNetwork(pack.open_network(network, 2), network)
    walks = [walk for film in _films(Pipeline(pack, threads=2), bodies) for walk in film if walk.can_be_broken]
    return {
        "walks": len(walks),
        "people": len({walk.person for walk in walks}),
        "day": figures([(walk.person, walk.day) for walk in walks]),
        "night": figures([(walk.person, walk.night) for walk in walks]),
    }


type Bodies = Sequence[Body | None]
type Who = tuple[str, int]


def figures(walks: Sequence[tuple[Who, Bodies]]) -> dict[str, Any]:
    """Counts of what was done in each kind of trial: "right", "wrong", "none", or "unseen": too little of a body."""
    halves = [(who, before, after) for who, bodies in walks for before, after in _broken(bodies)]
    middles = halves[len(CUTS) // 2 :: len(CUTS)]
    return {
        "broken": Counter(linked([before], after, 0) for _, before, after in halves),
        "broken beside another": Counter(
            linked([before, other], after, 0)
            for (who, before, after), (somebody, other, _) in permutations(middles, 2)
            if who != somebody
        ),
        "somebody else comes": Counter(
            linked([other], after, None)
            for (who, _, after), (somebody, other, _) in permutations(halves, 2)
            if who != somebody
        ),
        "next camera": Counter(followed(before, [], after, same=True) for _, before, after in halves),
        "next camera, another at home": Counter(
            followed(before, [other], after, same=True)
            for (who, before, after), (somebody, other, _) in permutations(middles, 2)
            if who != somebody
        ),
        "next camera, somebody else": Counter(
            followed(other, [], after, same=False)
            for (who, _, after), (somebody, other, _) in permutations(halves, 2)
            if who != somebody
        ),
    }


def linked(before: Sequence[Bodies], after: Bodies, right: int | None) -> str:
    """People are lost at a camera, side by side before, and one comes. right: which of them it is."""
    tracks, now = Tracks(), kith.START
    firsts: list[Track] = []
    for pictures in _together(before):
        firsts = _show(tracks, pictures, now)
        now += STEP
    now += GAP
    last: list[Track] = []
    for body in after:
        last = _show(tracks, [body], now)
        now += STEP
    if not last or not last[0].outfit.tells or not all(track.outfit.tells for track in firsts):
        return "unseen"
    if last[0].earlier is None:
        return "none"
    return "right" if right is not None and last[0].earlier.number == firsts[right].number else "wrong"


def followed(named: Bodies, others: Sequence[Bodies], after: Bodies, *, same: bool) -> str:
    """Somebody is named at one camera, others are at a second one, and one of them comes to a third."""
    appearances, now = Appearances(), kith.START
    follow: Follow | None = None
    newest: dict[str, Track] = {}
    cameras = {"hall": [named], "garden": list(others), "kitchen": [after]}
    for camera, people in cameras.items():
        tracks, at = Tracks(), now + AWAY if camera == "kitchen" else now
        for pictures in _together(people):
            for track in _show(tracks, pictures, at):
                known = Verdict(Outcome.KNOWN, "ada", captured=at, frames=2, likely="ada", for_name=1.0)
                newest[camera] = track
                follow = appearances.note(camera, track, known if camera == "hall" else Verdict(Outcome.UNUSABLE))
            at += STEP
    if not all(newest[camera].outfit.tells for camera in ("hall", "kitchen")):
        return "unseen"
    if follow is None:
        return "none"
    return "right" if same else "wrong"


def _show(tracks: Tracks, bodies: Sequence[Body | None], now: Any) -> list[Track]:
    """One picture, with bodies where they are asked for."""
    asked = tracks.wants_bodies(now)
    across, (width, height) = GROUND[0] // (len(bodies) + 1), SIZE
    places = [across * (number + 1) for number in range(len(bodies))]
    persons = tuple(
        Person(Box(left, 200, left + width, 200 + height), 0.9, body if asked else None)
        for left, body in zip(places, bodies, strict=True)
    )
    given = tracks.follow(Analysis(*GROUND, 0.1, looked=True, persons=persons), now)
    for track, box, face in given:
        track.add(box, face, Frame(now))
    return [track for track, _, _ in given]


def _together(people: Sequence[Bodies]) -> Iterator[list[Body | None]]:
    """The pictures of all, as long as all are there."""
    shortest = min((len(bodies) for bodies in people), default=0)
    return ([bodies[number] for bodies in people] for number in range(shortest))


def _broken(bodies: Bodies) -> Iterator[tuple[Bodies, Bodies]]:
    for cut in CUTS:
        at = round(len(bodies) * cut)
        yield bodies[max(0, at - LONGEST) : at], bodies[at : at + LONGEST]


def _films(pipeline: Pipeline, bodies: BodyNetwork) -> Iterator[list[Walk]]:
    """The walks of each film: those that tracks by place follow, but where a film says when people come and go."""
    random = np.random.default_rng(1)
    for path in sorted((DATA / "clips").glob("*.mp4")):
        spans = clips.EXPECTED.get(path.stem, clips.Expected()).people
        tracks, due = Tracks(), timedelta()
        day: dict[int, list[Body | None]] = {}
        night: dict[int, list[Body | None]] = {}
        for number, (at, frame) in enumerate(clips.frames(path)):
            if at < due:
                continue
            due = at + STEP
            analysis = pipeline.analyze(clips.encoded(frame), path.stem, Look.PEOPLE, Scope(faces=False))
            lit = bodies.add(Picture(clips.encoded(frame)), analysis.persons)
            dark = bodies.add(Picture(_at_night(frame, random)), analysis.persons)
            for (track, _, _), one, other in zip(tracks.follow(analysis, kith.START + at), lit, dark, strict=True):
                span = next((place for place, (first, last) in enumerate(spans) if first <= number <= last), None)
                who = track.number if span is None else 1000 + span
                day.setdefault(who, []).append(one.body)
                night.setdefault(who, []).append(other.body)
        yield [Walk((path.stem, who), tuple(day[who]), tuple(night[who])) for who in day]


def _at_night(frame: NDArray[np.uint8], random: np.random.Generator) -> bytes:
    """A JPEG of what an infrared camera would show of this (h, w, 3) BGR picture."""
    gray = frame.mean(axis=2) * DARKENED + random.normal(0, NOISE, frame.shape[:2])
    stream = io.BytesIO()
    Image.fromarray(np.clip(gray, 0, 255).astype(np.uint8)).convert("RGB").save(stream, "JPEG", quality=QUALITY)
    return stream.getvalue()


def show(found: dict[str, Any]) -> None:
    print(f"\nlinks: {found['walks']} walks of {found['people']} people; in %")
    if not found["walks"]:
        print("  the pack has no network for bodies, or the films show nobody long enough")
        return
    print(f"  {'':<38}{'trials':>8}{'unseen':>8}{'right':>8}{'wrong':>8}{'none':>8}")
    for light in ("day", "night"):
        for kind, counts in found[light].items():
            print(f"  {f'{light}: {kind}':<38}{sum(counts.values()):>8}{counts['unseen']:>8}{_cells(counts)}")


def _cells(counts: Counter[str]) -> str:
    """Shares of the trials in which enough was seen."""
    whole = max(1, sum(counts.values()) - counts["unseen"])
    return "".join(f"{100 * counts[outcome] / whole:>8.1f}" for outcome in ("right", "wrong", "none"))
