"""Kith and its rivals on the same faces in the same homes: each as shipped, and each tuned to the same false alarms."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .homes import Home
from .measures import Trials, curve
from .peers import RULES, Judge
from .probes import Probes
from .workers import spread

RATES = (0.01, 0.001)


def compare(enrolled: Probes, shown: Probes, homes: Sequence[Home], kith: Trials) -> dict[str, Any]:
    """enrolled, shown: what the rows of residents and of tracks are of. kith: what it made of the same tracks."""
    answers = spread(_Judges.start, (enrolled, shown), _Judges.ask, enumerate(homes), 4)
    found: dict[str, Any] = {"kith": {"tuned": _tuned(kith)}, "rules": {}}
    for place, rule in enumerate(RULES):
        gated, tuned = (_trials([answer[place][way] for answer in answers]) for way in (0, 1))
        fpir = gated.fpir(rule.shipped, reached=True)
        found["rules"][rule.name] = {
            "shipped": {
                "fpir": fpir,
                "fnir": gated.fnir(np.nextafter(rule.shipped, -np.inf)),
                "wrong_name": gated.wrong(np.nextafter(rule.shipped, -np.inf)),
                "kith_fnir": kith.fnir_at(fpir),
            },
            "tuned": _tuned(tuned),
            "curve": curve(tuned),
        }
    found["best"] = {str(rate): min(rule["tuned"][str(rate)] for rule in found["rules"].values()) for rate in RATES}
    return found


def _tuned(trials: Trials) -> dict[str, float]:
    return {str(rate): trials.fnir_at(rate) for rate in RATES}


type _Answer = tuple[int, bool, bool, float]
"""Home, whether it is a resident, whether the right one is liked best, score."""


class _Judges:
    """One process's view of all faces."""

    here: _Judges

    def __init__(self, enrolled: Probes, shown: Probes) -> None:
        self._enrolled, self._shown = enrolled, shown

    @classmethod
    def start(cls, enrolled: Probes, shown: Probes) -> None:
        cls.here = cls(enrolled, shown)

    @staticmethod
    def ask(numbered: tuple[int, Home]) -> list[list[tuple[_Answer, _Answer]]]:
        """For each track and rule: the answer as shipped, and the one for tuning."""
        number, home = numbered
        here = _Judges.here
        residents = [here._enrolled.rows(rows) for rows in home.residents]
        judges = [rule.enroll(residents) for rule in RULES]

        def said(judge: Judge, who: int, track: Probes, *, gated: bool) -> _Answer:
            answer = judge.answer(track, gated)
            return number, who >= 0, answer.person == who, answer.score

        answers = []
        for who, rows in home.tracks:
            track = here._shown.rows(rows)
            answers.append(
                [(said(judge, who, track, gated=True), said(judge, who, track, gated=False)) for judge in judges]
            )
        return answers


def _trials(answers: Sequence[_Answer]) -> Trials:
    home, resident, right, score = (np.array(column) for column in zip(*answers, strict=True))
    return Trials(home, resident, right, score.astype(np.float64))


def show(found: dict[str, dict[str, Any]]) -> None:
    for setting, compared in found.items():
        print(f"\nrivals on the same faces: {setting}; in %")
        print(
            f"  {'':<24}{'as shipped: FPIR':>18}{'FNIR':>8}{'Kith there':>12}{'tuned: FNIR at 1 %':>21}{'at 0.1 %':>10}"
        )
        for name, rule in compared["rules"].items():
            shipped, tuned = rule["shipped"], rule["tuned"]
            cells = [shipped["fpir"], shipped["fnir"], shipped["kith_fnir"], *(tuned[str(rate)] for rate in RATES)]
            widths = (18, 8, 12, 21, 10)
            print(
                f"  {name:<24}"
                + "".join(f"{100 * cell:>{width}.2f}" for cell, width in zip(cells, widths, strict=True))
            )
        ours = compared["kith"]["tuned"]
        print(
            f"  {'Kith':<24}{'':>38}"
            + "".join(f"{100 * ours[str(rate)]:>{w}.2f}" for rate, w in zip(RATES, (21, 10), strict=True))
        )
        for rate in RATES:
            best = compared["best"][str(rate)]
            ratio = f"{ours[str(rate)] / best:.2f}" if best else "the rival misses nobody"
            print(f"  Kith's FNIR to the best tuned rival's, at FPIR {100 * rate:g} %: {ratio}")
