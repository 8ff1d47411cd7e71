"""The best case of homes: every frame of a track shows another photo, another day's light and look.

Who is named rightly, who wrongly, and who not at all. Real visits are moments: see visits.py.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from custom_components.kith.identity.demand import Sureness
from custom_components.kith.identity.evidence import FRAMES_FOR_A_NAME
from custom_components.kith.identity.gallery import Index
from custom_components.kith.kith_engine.calibration import Calibration
from custom_components.kith.kith_engine.packs import Pack

from . import kith, rivals, sets
from .doorman import Answers, Step, at_the_knob, conclusions, followed, weigh
from .homes import LONGEST, Home, People, draw
from .measures import Trials, curve, interval, share
from .probes import CLEAN
from .workers import spread

CAMERA = "camera"
FRAMES = (1, 3, 5, LONGEST)
RIVALS = 5
"""Frames that the rivals' rules are shown."""
RATES = (0.01, 0.001)
"""False positive identification rates at which rules are compared."""
ENROLLED = (1, 3, 5)


@dataclass(frozen=True, slots=True)
class Setting:
    """A kind of home."""

    photos: int
    look: str
    lookalikes: bool = False

    def __str__(self) -> str:
        return f"{self.photos} photo{'s' * (self.photos > 1)}, {self.look}{', look-alikes' * self.lookalikes}"


SETTINGS = (
    *(Setting(photos, look) for look in (CAMERA, CLEAN) for photos in ENROLLED),
    Setting(3, CAMERA, lookalikes=True),
    Setting(3, CLEAN, lookalikes=True),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What Kith made of one track. scores, right: after each of FRAMES, as if it had ended there."""

    home: int
    who: int
    scores: tuple[float, ...]
    right: tuple[bool, ...]
    answers: Answers


def measure(pack: Pack, *, homes: int, seed: int, peers: bool) -> dict[str, Any]:
    people = People.read(pack, sets.identities(), "identities")
    tracks = {setting: watch(pack, people, setting, homes, seed) for setting in SETTINGS}
    found: dict[str, Any] = {
        "homes": homes,
        "people": len(people.names),
        "settings": {},
        "curves": {},
        "histograms": {},
    }
    for setting, seen in tracks.items():
        found["settings"][str(setting)] = _figures(seen)
        trials = trials_of(seen, FRAMES.index(5))
        found["curves"][f"Kith, {setting}"] = curve(trials)
        found["histograms"][str(setting)] = _histogram(trials)
    if peers:
        chosen = [setting for setting in SETTINGS if setting.photos == 3 and setting.look == CAMERA]
        found["peers"] = {
            str(setting): rivals.compare(
                people.clean,
                people.camera,
                [home.shortened(RIVALS) for home in drawn(people, setting, homes, seed)],
                trials_of(tracks[setting], FRAMES.index(RIVALS)),
            )
            for setting in chosen
        }
    return found


def drawn(people: People, setting: Setting, homes: int, seed: int) -> Iterator[Home]:
    return draw(people, homes, setting.photos, look=setting.look, seed=seed, lookalikes=setting.lookalikes)


def watch(pack: Pack, people: People, setting: Setting, homes: int, seed: int) -> list[Seen]:
    """Every track of every home, through Kith's own decision."""
    start = (people, pack.manifest.calibration, setting.look)
    return spread(_Doorman.start, start, _Doorman.watch, enumerate(drawn(people, setting, homes, seed)), 4)


class _Doorman:
    """One process's view of all people."""

    here: _Doorman

    def __init__(self, people: People, calibration: Calibration, look: str) -> None:
        self._calibration = calibration
        self._clean = kith.faces_of(people.clean)
        shown = people.clean if look == CLEAN else people.camera
        self._probes = kith.probes_of(kith.faces_of(shown), calibration)
        self._usable = shown.usable

    @classmethod
    def start(cls, people: People, calibration: Calibration, look: str) -> None:
        cls.here = cls(people, calibration, look)

    @staticmethod
    def watch(numbered: tuple[int, Home]) -> list[Seen]:
        number, home = numbered
        doorman = _Doorman.here
        index = doorman.enroll(home)
        return [doorman.see(number, index, who, rows) for who, rows in home.tracks]

    def enroll(self, home: Home) -> Index:
        gallery = kith.gallery_of(home.residents, self._clean, self._calibration)
        return gallery.index(kith.NETWORK, self._calibration)

    def see(self, home: int, index: Index, who: int, rows: NDArray[np.intp]) -> Seen:
        frames = kith.track([self._probes[row] for row in rows], self._usable[rows])
        (steps,) = weigh(index, [followed([frame.probe for frame in frames])])
        scores, right = _best_after(steps, str(who))
        answers = Answers.of(steps, conclusions(steps, len(index.people), self._calibration))
        return Seen(home, who, scores, right, answers)


def _best_after(steps: Sequence[Step], who: str) -> tuple[tuple[float, ...], tuple[bool, ...]]:
    """The strongest evidence for any name up to each of FRAMES: a test that may stop early is judged where it stops."""
    scores, right = [-np.inf] * len(FRAMES), [False] * len(FRAMES)
    for step in steps:
        name, evidence = step.likeliest
        for place, most in enumerate(FRAMES):
            enough = step.counted >= min(most, FRAMES_FOR_A_NAME)
            if step.length <= most and enough and evidence > scores[place]:
                scores[place], right[place] = evidence, name == who
    return tuple(scores), tuple(right)


def trials_of(seen: Sequence[Seen], place: int) -> Trials:
    """place: in FRAMES."""
    return Trials(
        np.array([track.home for track in seen]),
        np.array([track.who >= 0 for track in seen]),
        np.array([track.right[place] for track in seen]),
        np.array([track.scores[place] for track in seen]),
    )


def _figures(seen: Sequence[Seen]) -> dict[str, Any]:
    by_frames = {}
    for place, frames in enumerate(FRAMES):
        trials = trials_of(seen, place)
        by_frames[str(frames)] = {
            f"fnir_at_{rate}": {
                "value": trials.fnir_at(rate),
                "interval": interval(trials, partial(Trials.fnir_at, fpir=rate)),
            }
            for rate in RATES
        }
    residents = [track for track in seen if track.who >= 0]
    said = [(track.who, track.answers) for track in seen]
    decided = [track.answers.decided for track in seen if track.answers.decided]
    return {
        "frames": by_frames,
        "knob": {str(sureness): at_the_knob(said, sureness) for sureness in Sureness},
        "undecided": share([not track.answers.decided for track in seen]),
        "undecided_residents": share([not track.answers.decided for track in residents]),
        "frames_until_decided": float(np.median(decided)) if decided else None,
        "tracks": {"residents": len(residents), "strangers": len(seen) - len(residents)},
    }


def _histogram(trials: Trials) -> dict[str, Any]:
    edges = np.linspace(-30, 40, 71)
    clipped = np.clip(trials.score, edges[0], edges[-1])
    residents, strangers = (np.histogram(clipped[chosen], edges)[0] for chosen in (trials.resident, ~trials.resident))
    return {"edges": edges.tolist(), "residents": residents.tolist(), "strangers": strangers.tolist()}


def show(found: dict[str, Any]) -> None:
    print("\nhouseholds, the best case: every frame shows another photo")
    print(f"  {found['homes']} homes of 10 out of {found['people']} people; FNIR in %, [95 % interval]")
    print(f"  {'':<32}{'frames':>7}   at FPIR 1 %            at FPIR 0.1 %")
    for setting, figures in found["settings"].items():
        for frames, rates in figures["frames"].items():
            cells = [_cell(rates[f"fnir_at_{rate}"]) for rate in RATES]
            print(f"  {setting:<32}{frames:>7}   {cells[0]:<22} {cells[1]}")
    print(f"\n  at the knob, tracks of up to {LONGEST} frames, in %")
    head = ("FPIR", "FNIR", "wrong name", "resident called stranger", "stranger told")
    print(f"  {'':<32}{'':>9}" + "".join(f"{title:>26}" if len(title) > 12 else f"{title:>12}" for title in head))
    for setting, figures in found["settings"].items():
        for sureness, shares in figures["knob"].items():
            cells = [
                f"{100 * shares[key]:.2f}" for key in ("fpir", "fnir", "wrong_name", "false_stranger", "stranger_told")
            ]
            print(f"  {setting:<32}{sureness:>9}{cells[0]:>12}{cells[1]:>12}{cells[2]:>12}{cells[3]:>26}{cells[4]:>26}")
    print("\n  undecided after the whole track, and frames until decided (median), at the usual setting")
    for setting, figures in found["settings"].items():
        print(
            f"  {setting:<32} residents {100 * figures['undecided_residents']:5.1f} %,"
            f" all {100 * figures['undecided']:5.1f} %, {figures['frames_until_decided']} frames"
        )
    if "peers" in found:
        rivals.show(found["peers"])


def _cell(figure: dict[str, Any]) -> str:
    low, high = figure["interval"]
    return f"{100 * figure['value']:5.1f} [{100 * low:.1f}, {100 * high:.1f}]"
