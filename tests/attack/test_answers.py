"""Answers of an engine on another host: read, or refused with an EngineError; what is read does no harm."""

from copy import deepcopy
from datetime import timedelta
import json
import random
from typing import Any

import numpy as np

from custom_components.kith.household import Household
from custom_components.kith.identity.presence import Presence
from custom_components.kith.kith_engine.analysis import MOST_FOUND, Analysis, Body, Box, Person
from custom_components.kith.kith_engine.errors import EngineError
from custom_components.kith.kith_engine.wire import decode_analysis, encode_analysis
from tests.examples import examples
from tests.identity.faces import BODY, FACTS, HEAD, NOON, axis, face, gallery

EXTREMES: tuple[Any, ...] = (
    *(None, True, "", "x" * 300, [], {}, [[]], 0, -1, 1e-300, -0.0, 1e6, -1e6, 1e7, 1e8, 1e308, 2**70, 10**400),
    *(float("nan"), float("inf"), "AAAA", "////", [1, 2, 3], {"a": 1}, [0, 0, 0, 0], [9e6, -9e6, -9e6, 9e6]),
)


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [one for key, inner in value.items() for one in ((*way, key), *places(inner, (*way, key)))]
    if isinstance(value, list):
        return [one for key, inner in enumerate(value) for one in ((*way, key), *places(inner, (*way, key)))]
    return []


def test_a_mutated_answer_is_refused_or_harmless() -> None:
    chance = random.Random("answers")
    honest = Analysis(
        1920, 1080, 0.2, True, (Person(BODY, 0.9, Body(axis(2))),), (face(axis(0), HEAD),), {"decode": 3.0}
    )
    text = json.dumps(encode_analysis(honest))
    household = Household(Presence())
    household.compare_with(gallery(ada=axis(0), grace=axis(1)), FACTS)
    read = 0
    for number in range(examples(400)):
        answer = json.loads(text)
        for _ in range(chance.randint(1, 3)):
            *way, last = chance.choice(places(answer))
            place = answer
            for step in way:
                place = place[step]
            place[last] = deepcopy(chance.choice(EXTREMES))
        try:
            analysis = decode_analysis(answer)
        except EngineError:
            continue
        read += 1
        if all(len(one.vector) == FACTS.dimensions for one in analysis.faces[0].embeddings) if analysis.faces else True:
            household.observe("hall", analysis, NOON + timedelta(seconds=number / 5))
    assert read > 20, "too few of these answers say anything"


def test_a_crowd_in_every_picture_is_followed_without_growing() -> None:
    household = Household(Presence())
    household.compare_with(gallery(ada=axis(0)), FACTS)
    chance = np.random.default_rng(24)
    for number in range(examples(30)):
        corners = chance.uniform(0, 2000, (MOST_FOUND, 2))
        persons = tuple(Person(Box(left, top, left + 80, top + 200), 0.9) for left, top in corners.tolist())
        faces = tuple(
            face(vector / np.linalg.norm(vector), HEAD, person=place)
            for place, vector in enumerate(chance.normal(size=(MOST_FOUND, 8)).astype(np.float32))
        )
        household.observe("hall", Analysis(1920, 1080, 0.5, True, persons, faces), NOON + timedelta(seconds=number / 5))
    assert len(household._scenes["hall"].tracks.open) <= 2 * MOST_FOUND
