"""Second opinions: how often one would be asked for, with how many bytes, and with which results.

Everybody in doubt is shown, cropped, to a bigger engine's network: once for every band of doubt, and never.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
import itertools
from typing import Any

import numpy as np

from custom_components.kith.kith_engine.calibration import Calibration
from custom_components.kith.kith_engine.packs import Pack
from custom_components.kith.second_opinion.asking import LEAST_SHARE
from custom_components.kith.settings import Band

from . import filmed, kith, sets
from .bigger import Bigger, facts_of
from .doorstep import Doorstep, Visit, seen
from .homes import Home, People
from .households import CAMERA, RATES, Setting, drawn
from .measures import Trials, interval, share
from .workers import spread

SETTINGS = (Setting(1, CAMERA), Setting(3, CAMERA))
NEVER = "never"
WAYS = (NEVER, *map(str, Band))
KINDS = ("residents", "strangers")

type Ways = dict[str, Visit]
"""One visit, in each of WAYS."""


def measure(pack: Pack, *, homes: int, seed: int, other: Pack) -> dict[str, Any]:
    people = People.read(pack, sets.identities(), "identities")
    bigger = Bigger.read(other, sets.identities(), "identities")
    found: dict[str, Any] = {"homes": homes, "service": f"{other.manifest.name} {other.manifest.version}"}
    found["settings"] = {}
    for setting in SETTINGS:
        drawn_homes = list(drawn(people, setting, homes, seed))
        visits = watch(people, pack.manifest.calibration, bigger, drawn_homes)
        found["settings"][str(setting)] = compared(visits) | {"traffic": outgoing(people, bigger, drawn_homes)}
    found["clips"] = filmed.measure(pack, other)
    return found


def watch(people: People, calibration: Calibration, bigger: Bigger, homes: Sequence[Home]) -> list[Ways]:
    """Every visit to every home, in every way."""
    return spread(_Doorman.start, (people, calibration, bigger), _Doorman.watch, enumerate(homes), 2)


class _Doorman:
    """One process's view of all people."""

    here: _Doorman

    def __init__(self, people: People, calibration: Calibration, bigger: Bigger) -> None:
        self._facts = facts_of(calibration)
        self._clean = kith.faces_of(people.clean)
        faces = zip(kith.faces_of(people.camera), people.camera.usable, strict=True)
        self._shown = [seen(face, usable=bool(usable)) for face, usable in faces]
        self._bigger = bigger

    @classmethod
    def start(cls, people: People, calibration: Calibration, bigger: Bigger) -> None:
        cls.here = cls(people, calibration, bigger)

    @staticmethod
    def watch(numbered: tuple[int, Home]) -> list[Ways]:
        return list(_Doorman.here._watch(*numbered))

    def _watch(self, number: int, home: Home) -> Iterator[Ways]:
        theirs = self._bigger.enroll(home)
        gallery = kith.gallery_of(home.residents, self._clean, self._facts.calibration)
        door = Doorstep(number, self._facts, gallery, theirs.people, self._bigger.sizes)
        for who, rows in home.tracks:
            frames = [(int(row), self._shown[row]) for row in rows]
            alone = door.receive(who, frames)
            ways = dict.fromkeys(WAYS, alone)
            if alone.offered:  # without a doubt, no band would ask
                ask = partial(self._bigger.opinion, theirs)
                ways |= {str(band): door.receive(who, frames, ask, least) for band, least in LEAST_SHARE.items()}
            yield ways


def outgoing(people: People, bigger: Bigger, homes: Sequence[Home]) -> dict[str, dict[str, int]]:
    """What would be sent if every visit were asked about, for residents and for strangers.

    whole: bytes of the pictures, which show little more than a face; a camera's are many times as large. cut: bytes of
    the faces alone, if one is found. first: bytes of the first one in each visit.
    """
    found = {kind: dict.fromkeys(("visits", "frames", "whole", "faces", "cut", "first"), 0) for kind in KINDS}
    for who, rows in itertools.chain.from_iterable(home.tracks for home in homes):
        faces = bigger.sizes[rows[people.camera.found[rows]]]
        counts = (1, len(rows), people.camera.size[rows].sum(), len(faces), faces.sum(), faces[:1].sum())
        for key, count in zip(found[kind := KINDS[who < 0]], counts, strict=True):
            found[kind][key] += int(count)
    return found


def compared(visits: Sequence[Ways]) -> dict[str, Any]:
    return {"ways": {way: _of_way([ways[way] for ways in visits], visits) for way in WAYS}}


def _of_way(visits: Sequence[Visit], ways: Sequence[Ways]) -> dict[str, Any]:
    trials = Trials(
        np.array([visit.home for visit in visits]),
        np.array([visit.who >= 0 for visit in visits]),
        np.array([visit.right for visit in visits]),
        np.array([visit.score for visit in visits]),
    )
    rates = {
        f"fnir_at_{rate}": {
            "value": trials.fnir_at(rate),
            "interval": interval(trials, partial(Trials.fnir_at, fpir=rate)),
        }
        for rate in RATES
    }
    both = [(visit, each[NEVER]) for visit, each in zip(visits, ways, strict=True)]
    return rates | {
        kind: _of_kind([pair for pair in both if (pair[0].who < 0) == (kind == KINDS[1])]) for kind in KINDS
    }


def _of_kind(visits: Sequence[tuple[Visit, Visit]]) -> dict[str, Any]:
    """visits: with a second opinion and without. doubtful: those with a doubt that could be asked about. open: those of
    them that would never be decided without one.
    """

    def rightly(chosen: Callable[[Visit, Visit], bool]) -> float:
        return share([visit.rightly for visit, alone in visits if chosen(visit, alone)])

    return {
        "visits": len(visits),
        "doubtful": sum(alone.offered for _, alone in visits),
        "open": sum(alone.offered and not alone.decided for _, alone in visits),
        "asked": sum(visit.calls > 0 for visit, _ in visits),
        "calls": sum(visit.calls for visit, _ in visits),
        "most_calls": max((visit.calls for visit, _ in visits), default=0),
        "sent": sum(visit.sent for visit, _ in visits),
        "rightly": rightly(lambda *_: True),
        "doubtful_rightly": rightly(lambda _, alone: alone.offered),
        "asked_rightly": rightly(lambda visit, _: visit.calls > 0),
        "asked_rightly_alone": share([alone.rightly for visit, alone in visits if visit.calls]),
        "open_rightly": rightly(lambda _, alone: alone.offered and not alone.decided),
        "undecided": share([not visit.decided for visit, _ in visits]),
        "named": share([bool(visit.named) for visit, _ in visits]),
        "wrong_name": share([bool(visit.named - {visit.who}) for visit, _ in visits]),
        "stranger": share([visit.stranger for visit, _ in visits]),
    }


def show(found: dict[str, Any]) -> None:
    print(f"\nopinions: {found['homes']} homes of 10, visits of up to 8 frames; asked: {found['service']}")
    for setting, figures in found["settings"].items():
        print(f"\n  {setting}: what goes out, in a visit; bytes as a share of sending every face, cut out")
        for kind in KINDS:
            _show_traffic(kind, figures["traffic"][kind], {way: each[kind] for way, each in figures["ways"].items()})
        print("  what comes of it, in %; right: decided rightly, of residents' visits")
        _show_answers(figures["ways"])
    print("\n  films: what goes out, by band, of all pictures with somebody in them")
    for name, clip in found["clips"].items():
        _show_film(name, clip)
    whole = sum(clip["whole"] for clip in found["clips"].values())
    for way in WAYS[1:]:
        sent = sum(clip["ways"][way]["sent"] for clip in found["clips"].values())
        print(f"    all, {way}: {sent / 1000:.1f} kB of {whole / 1000:.0f} kB, {100 * sent / max(1, whole):.2f} %")


def _show_traffic(kind: str, traffic: dict[str, int], ways: dict[str, Any]) -> None:
    visits, cut = max(1, traffic["visits"]), max(1, traffic["cut"])
    rows = [
        ("every frame", traffic["frames"], traffic["whole"]),
        ("every face, cut out", traffic["faces"], traffic["cut"]),
        ("every visit, one face", traffic["visits"], traffic["first"]),
        *((f"Kith, {way}", ways[way]["calls"], ways[way]["sent"]) for way in WAYS[1:]),
    ]
    for title, calls, sent in rows:
        cells = f"{calls / visits:8.3f} calls{sent / visits:10.0f} bytes{100 * sent / cut:8.1f} %"
        print(f"    {kind:<11}{title:<22}{cells}")


def _show_answers(ways: dict[str, Any]) -> None:
    heads = ("FNIR at 1 %", "at 0.1 %", "FPIR", "wrong name", "called stranger", "undecided")
    titles = (*heads, "asked: right", "without", "never decided alone: right")
    print(f"    {'':<8}" + "".join(f"{title:>{len(title) + 2}}" for title in titles))
    for way, figures in ways.items():
        home = figures[KINDS[0]]
        values = (
            *(figures[f"fnir_at_{rate}"]["value"] for rate in RATES),
            figures[KINDS[1]]["named"],
            home["wrong_name"],
            home["stranger"],
            home["undecided"],
            home["asked_rightly"],
            home["asked_rightly_alone"],
            home["open_rightly"],
        )
        cells = (f"{100 * value:>{len(title) + 2}.2f}" for title, value in zip(titles, values, strict=True))
        print(f"    {way:<8}" + "".join(cells))


def _show_film(name: str, clip: dict[str, Any]) -> None:
    print(
        f"    {name}: {clip['frames']} frames, {clip['whole'] / 1000:.0f} kB; {clip['faces']} faces cut out, "
        f"{clip['cut'] / 1000:.0f} kB"
    )
    for way, played in clip["ways"].items():
        sent = f"{played['calls']} calls in {played['visits']} visits, {played['sent'] / 1000:.1f} kB"
        print(
            f"      {way:<8} {sent}; named: {', '.join(played['named']) or 'nobody'}; strangers: {played['strangers']}"
        )
