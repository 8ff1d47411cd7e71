"""A pack beside another, also at equal false alarms: what does the smaller one cost?

The rows go into a pack's card, and their names are written for its readers.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from custom_components.kith.identity.demand import Sureness
from custom_components.kith.kith_engine.network import Detection, Role
from custom_components.kith.kith_engine.packs import Pack

from . import faces, pairs, persons, sets
from .moments import PROFILES, ROOM
from .visitors import Cast, Setting, draw
from .visits import RATES, Seen, shares_at, trials_of, watch

SETTINGS = (
    *(Setting(profile, moments) for profile in PROFILES for moments in (1, 4)),
    Setting(ROOM, photos=1),
    Setting(ROOM, masked=True),
)
PEOPLE = {"fixed": "pictures of fixed cameras", "everyday": "everyday pictures"}
LOOKS = {"clean": "as they are", "camera": "small, dark and blurred"}

type Row = tuple[float, float]
"""This pack's figure and the other's."""


def measure(pack: Pack, *, homes: int, seed: int, other: Pack) -> dict[str, Any]:
    both = (pack, other)
    ours, theirs = (float(pairs.measure(one)["accuracy"]) for one in both)
    rows: dict[str, Row] = {
        '"are these two photos of one person?" (LFW): right': (ours, theirs),
        **_visits([_watch(one, homes, seed) for one in both]),
        **_people(pack, other),
        **_faces(pack, other),
        "bytes": (pack.manifest.bytes, other.manifest.bytes),
    }
    return {
        "packs": [f"{one.manifest.name} {one.manifest.version}" for one in both],
        "rows": {
            name: {"this": this, "other": other, "ratio": _ratio(this, other)} for name, (this, other) in rows.items()
        },
    }


def _ratio(this: float, other: float) -> float | None:
    return this / other if other else None


def _watch(pack: Pack, homes: int, seed: int) -> dict[Setting, list[Seen]]:
    photos, seen = sets.identities(), {}
    casts = {film: Cast.read(pack, photos, "identities", film) for film in {setting.film for setting in SETTINGS}}
    for setting in SETTINGS:
        cast = casts[setting.film]
        if drawn := list(draw(cast, setting, homes, seed)):
            seen[setting] = watch(cast, pack.manifest.calibration, drawn)
    return seen


def _visits(watched: Sequence[dict[Setting, list[Seen]]]) -> dict[str, Row]:
    """Where both packs have photos enough."""
    rows: dict[str, Row] = {}
    for setting in SETTINGS:
        if not all(setting in seen for seen in watched):
            continue
        visits, told = [seen[setting] for seen in watched], str(setting).replace(f", {setting.residents} residents", "")
        trials = [trials_of(seen) for seen in visits]
        for rate in RATES:
            missed = f"{told}: residents missed when 1 in {round(1 / rate):,} strangers gets a name"
            rows[missed] = _pair([one.fnir_at(rate) for one in trials])
        knob = [shares_at(seen, Sureness.NORMAL) for seen in visits]
        rows[f"{told}: residents not named at the usual setting"] = _pair([one["fnir"] for one in knob])
        rows[f"{told}: strangers named at the usual setting"] = _pair([one["fpir"] for one in knob])
    return rows


def _people(pack: Pack, other: Pack) -> dict[str, Row]:
    """Shares of the pictures in which somebody is seen: as shipped, and at the other pack's false alarms."""
    scenes = sets.scenes()
    empty = np.array([not scene.boxes for scene in scenes])
    ours, theirs = (_strongest(one, scenes) for one in (pack, other))
    seen, other_seen = ours >= _threshold(pack), theirs >= _threshold(other)
    alarms = int(other_seen[empty].sum())
    matched = ours > level(ours[empty], alarms)
    rows: dict[str, Row] = {
        f"pictures in which somebody is seen, of {empty.sum()} hard ones without people": (
            int(seen[empty].sum()),
            alarms,
        )
    }
    for kind, name in PEOPLE.items():
        chosen = np.array([scene.kind == kind for scene in scenes]) & ~empty
        if chosen.any():
            rows[f"{name} in which somebody is seen, of {chosen.sum()} with people"] = _means(seen, other_seen, chosen)
            rows[f"{name}, at as many false alarms as the other"] = _means(matched, other_seen, chosen)
    return rows


def _strongest(pack: Pack, scenes: list[sets.Scene]) -> NDArray[np.float64]:
    """(n,) scores of the most certain person; 0 if nobody is seen."""
    return np.array([max((person.score for person in people), default=0.0) for people in persons.find(pack, scenes)])


def _faces(pack: Pack, other: Pack) -> dict[str, Row]:
    """Shares of the photos in which a face is found, at the other pack's false alarms."""
    most = sum(strength > 0 for strength in faces.mistaken(other))
    raised = _raised(pack, level(np.array(faces.mistaken(pack)), most))
    ours, theirs = faces.found(raised), faces.found(other)
    return {
        f"faces found in {len(ours[look]):,} photos, {name}": (float(ours[look].mean()), float(theirs[look].mean()))
        for look, name in LOOKS.items()
    }


def _raised(pack: Pack, least: float) -> Pack:
    """The pack with a stricter face network, if its own threshold lets more through than `least` allows."""
    network = pack.manifest.network(Role.FACE)
    assert isinstance(network.output, Detection)
    if least < network.output.threshold:
        return pack
    harder = replace(network, output=replace(network.output, threshold=float(np.nextafter(least, 1))))
    networks = tuple(harder if one is network else one for one in pack.manifest.networks)
    return replace(pack, manifest=replace(pack.manifest, networks=networks))


def _threshold(pack: Pack) -> float:
    network = pack.manifest.network(Role.PERSON)
    assert isinstance(network.output, Detection)
    return network.output.threshold


def level(strengths: NDArray[np.floating], most: int) -> float:
    """The value that at most this many of these exceed."""
    ordered = np.sort(strengths)[::-1]
    return float(ordered[most]) if most < len(ordered) else 0.0


def _pair(figures: Sequence[float]) -> Row:
    ours, theirs = figures
    return ours, theirs


def _means(ours: NDArray[np.bool_], theirs: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> Row:
    return float(ours[chosen].mean()), float(theirs[chosen].mean())


def show(found: dict[str, Any]) -> None:
    ours, theirs = found["packs"]
    width = max(map(len, found["rows"]))
    print(f"\ncomparison\n  {'':<{width}}{ours:>14}{theirs:>14}{'ratio':>8}")
    for name, row in found["rows"].items():
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
        print(f"  {name:<{width}}{text(row['this']):>14}{text(row['other']):>14}{ratio:>8}")


def text(value: float) -> str:
    """Shares in percent; counts unchanged."""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{100 * value:#.2g} %" if value < 0.0995 else f"{100 * value:.1f} %"
