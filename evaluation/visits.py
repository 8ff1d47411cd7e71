"""Visits as they are, of one moment or a few: who is named, who wrongly, who not; does the knob keep its promise?"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from custom_components.kith.identity.demand import Sureness
from custom_components.kith.identity.evidence import FRAMES_FOR_A_NAME, Conclusion, Outcome
from custom_components.kith.identity.gallery import Index
from custom_components.kith.kith_engine.calibration import Calibration
from custom_components.kith.kith_engine.packs import Pack

from . import apart, covered, kith, rivals, sets
from .doorman import Answers, Followed, Step, at_the_knob, conclusions, followed, weigh
from .homes import Home
from .measures import Trials, curve, interval, share
from .moments import PROFILES
from .probes import Film
from .visitors import Cast, Setting, draw
from .workers import spread

RATES = (0.01, 0.001)
"""False positive identification rates at which FNIR is told."""
MOMENTS = (1, 2, 4)
GROUPS = ("mixed_western", "south_asian", "east_asian", "black")
SETTINGS = (
    *(Setting(profile, moments) for profile in PROFILES for moments in MOMENTS),
    *(Setting(profile, photos=photos) for profile in PROFILES for photos in (1, 5)),
    *(Setting(profile, weak=True) for profile in PROFILES),
    *(Setting(profile, visits=2) for profile in PROFILES),
    *(Setting(profile, residents=residents) for profile in PROFILES for residents in (1, 4, 15)),
    *(Setting(profile, infrared=infrared) for profile in PROFILES for infrared in (False, True)),
    *(Setting(profile, masked=True) for profile in PROFILES),
    *(Setting(profile, moments=8, stays=True) for profile in PROFILES),
    *(Setting(profile, residents=4, group=group) for profile in PROFILES for group in GROUPS),
)
COMPARED = tuple(Setting(profile, moments) for profile in PROFILES for moments in MOMENTS)
"""With the rivals' rules."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What Kith made of one visit. score: the strongest evidence for any name, less where it takes more because there
    were few frames; right: for the right one?

    likely: the place of whom the first usable frame alone makes likely, if anybody, at each setting of the knob.
    """

    home: int
    who: int
    score: float
    right: bool
    answers: Answers
    likely: dict[Sureness, int | None]


def measure(pack: Pack, *, homes: int, seed: int, peers: bool) -> dict[str, Any]:
    photos, casts = sets.identities(), dict[Film, Cast]()
    found: dict[str, Any] = {"homes": homes, "settings": {}, "curves": {}}
    for setting in SETTINGS:
        if not setting.can_be_drawn(photos):
            continue
        if setting.film not in casts:
            casts[setting.film] = Cast.read(pack, photos, "identities", setting.film)
        cast = casts[setting.film]
        if not (drawn := list(draw(cast, setting, homes, seed))):
            continue
        trials = trials_of(seen := watch(cast, pack.manifest.calibration, drawn))
        found["settings"][str(setting)] = _figures(seen)
        found["curves"][str(setting)] = curve(trials)
        if peers and setting in COMPARED:
            found.setdefault("peers", {})[str(setting)] = rivals.compare(cast.faces, cast.faces, drawn, trials)
    found["covered"] = covered.measure({str(film): cast for film, cast in casts.items()})
    found["apart"] = apart.measure(pack, {str(film): cast for film, cast in casts.items() if not film.masked})
    return found


def watch(cast: Cast, calibration: Calibration, homes: Sequence[Home]) -> list[Seen]:
    """Every visit of every home through Kith's own decision."""
    return spread(_Watcher.start, (cast, calibration), _Watcher.watch, enumerate(homes), 4)


class _Watcher:
    """One process's view of everybody."""

    here: _Watcher

    def __init__(self, cast: Cast, calibration: Calibration) -> None:
        self._calibration = calibration
        self._faces = kith.faces_of(cast.faces)
        self._probes = kith.probes_of(self._faces, calibration)
        self._usable = cast.faces.usable
        self._known: dict[tuple[int, ...], list[Followed]] = {}

    @classmethod
    def start(cls, cast: Cast, calibration: Calibration) -> None:
        cls.here = cls(cast, calibration)

    @staticmethod
    def watch(numbered: tuple[int, Home]) -> list[Seen]:
        number, home = numbered
        here = _Watcher.here
        gallery = kith.gallery_of(home.residents, here._faces, here._calibration)
        index = gallery.index(kith.NETWORK, here._calibration)
        tracks = weigh(index, [here._followed(tuple(rows.tolist())) for _, rows in home.tracks])
        return [here._see(number, index, who, steps) for (who, _), steps in zip(home.tracks, tracks, strict=True)]

    def _followed(self, rows: tuple[int, ...]) -> list[Followed]:
        """Once for each visit: strangers come to many homes."""
        if rows not in self._known:
            self._known[rows] = followed([self._probes[row] if self._usable[row] else None for row in rows])
        return self._known[rows]

    def _see(self, home: int, index: Index, who: int, steps: Sequence[Step]) -> Seen:
        named = [step.likeliest for step in steps if step.counted >= FRAMES_FOR_A_NAME]
        likely, score = max(named, key=lambda person: person[1], default=("", -np.inf))
        ends = conclusions(steps, len(index.people), self._calibration)
        return Seen(
            home,
            who,
            score,
            likely == str(who),
            Answers.of(steps, ends),
            {sure: _likely(steps[0], found[0]) if steps else None for sure, found in ends.items()},
        )


def _likely(step: Step, end: Conclusion) -> int | None:
    return int(step.weights.people[0][0]) if end.outcome is Outcome.LIKELY else None


def trials_of(seen: Sequence[Seen]) -> Trials:
    return Trials(
        np.array([visit.home for visit in seen]),
        np.array([visit.who >= 0 for visit in seen]),
        np.array([visit.right for visit in seen]),
        np.array([visit.score for visit in seen]),
    )


def _figures(seen: Sequence[Seen]) -> dict[str, Any]:
    trials, residents = trials_of(seen), [visit for visit in seen if visit.who >= 0]
    decided = [visit.answers.decided for visit in residents if visit.answers.decided]
    return {
        "rates": {
            str(rate): {
                "fnir": trials.fnir_at(rate),
                "interval": interval(trials, partial(Trials.fnir_at, fpir=rate)),
            }
            for rate in RATES
        },
        "knob": {str(sureness): shares_at(seen, sureness) for sureness in Sureness},
        "frames_until_decided": float(np.median(decided)) if decided else None,
        "visits": {"residents": len(residents), "strangers": len(seen) - len(residents)},
    }


def shares_at(seen: Sequence[Seen], sureness: Sureness) -> dict[str, float]:
    """promised: FPIR. hindsight: FNIR by a threshold that is chosen afterwards, at the FPIR that is promised."""
    residents, strangers = ([visit for visit in seen if (visit.who >= 0) == living] for living in (True, False))
    return {
        **at_the_knob([(visit.who, visit.answers) for visit in seen], sureness),
        "promised": sureness.false_names,
        "hindsight": trials_of(seen).fnir_at(sureness.false_names),
        "likely_promised": sureness.false_likely,
        "likely_stranger": share([visit.likely[sureness] is not None for visit in strangers]),
        "likely_right": share([visit.likely[sureness] == visit.who for visit in residents]),
        "likely_wrong": share([visit.likely[sureness] not in (None, visit.who) for visit in residents]),
    }


_HEAD = ("FPIR", "FNIR", "in hindsight", "wrong name", "resident called stranger", "stranger told")


def show(found: dict[str, Any]) -> None:
    width = max(map(len, found["settings"]), default=0)
    print(f"\nvisits: {found['homes']} homes of each kind; FNIR in %, [95 % interval]")
    print(f"  {'':<{width}}   at FPIR 1 %            at FPIR 0.1 %")
    for setting, figures in found["settings"].items():
        cells = [_cell(figures["rates"][str(rate)]) for rate in RATES]
        print(f"  {setting:<{width}}   {cells[0]:<22} {cells[1]}")
    print("\n  at the knob, in %; in hindsight: FNIR by the threshold that has the promised FPIR here")
    print(f"  {'':<{width + 19}}" + "".join(f"{title:>{len(title) + 3}}" for title in _HEAD))
    for setting, figures in found["settings"].items():
        for sureness, shares in figures["knob"].items():
            keys = ("fpir", "fnir", "hindsight", "wrong_name", "false_stranger", "stranger_told")
            cells = [f"{100 * shares[key]:>{len(title) + 3}.2f}" for key, title in zip(keys, _HEAD, strict=True)]
            promised = f"{100 * shares['promised']:g} %"
            print(f"  {setting:<{width}}{sureness:>10}{promised:>9}" + "".join(cells))
    print("\n  one picture of each visit, in %: strangers called likely, residents called likely, by a wrong name")
    for setting, figures in found["settings"].items():
        for sureness, shares in figures["knob"].items():
            cells = [f"{100 * shares[f'likely_{what}']:>9.2f}" for what in ("stranger", "right", "wrong")]
            promised = f"{100 * shares['likely_promised']:g} %"
            print(f"  {setting:<{width}}{sureness:>10}{promised:>9}" + "".join(cells))
    covered.show(found["covered"])
    apart.show(found["apart"])
    if "peers" in found:
        rivals.show(found["peers"])


def _cell(figure: dict[str, Any]) -> str:
    low, high = figure["interval"]
    return f"{100 * figure['fnir']:5.1f} [{100 * low:.1f}, {100 * high:.1f}]"
