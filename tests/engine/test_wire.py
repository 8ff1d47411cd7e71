"""Messages survive the wire unchanged, and nothing else gets through."""

from contextlib import suppress
from dataclasses import replace
import json
import math
from typing import Any

from hypothesis import given, strategies as st
import numpy as np
import pytest

from kith_engine import errors
from kith_engine.analysis import (
    MOST_FOUND,
    Analysis,
    Area,
    Body,
    Box,
    Embedding,
    Face,
    Flaw,
    Person,
    Quality,
    Scope,
    Sensitivity,
)
from kith_engine.errors import EngineError, KithError, PackDamagedError, PictureTooLargeError, ProtocolMismatchError
from kith_engine.json_reader import parse
from kith_engine.wire import (
    PROTOCOL,
    decode_analysis,
    decode_box,
    decode_error,
    decode_facts,
    decode_scope,
    encode_analysis,
    encode_box,
    encode_error,
    encode_facts,
    encode_scope,
    status_of,
)

from .analyses import FACTS, analyses

ANALYSIS = Analysis(
    1920,
    1080,
    0.25,
    looked=True,
    persons=(Person(Box(1, 2, 30, 40), 0.9, Body(np.eye(8, dtype=np.float32)[2], dim=True)),),
    faces=(
        Face(
            Box(5, 6, 15, 20),
            0.8,
            np.arange(10, dtype=np.float32).reshape(5, 2),
            Quality(10.0, 1.5, -0.1, 120.0, (Flaw.BLURRED,)),
            (Embedding(np.eye(8, dtype=np.float32)[0], 4.0), Embedding(np.eye(8, dtype=np.float32)[1], 3.0)),
            person=0,
        ),
    ),
    timings={"decode": 3.5},
    restless=Area(0.75, 0.0, 1.0, 0.125),
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
PLACES = [
    ("width",),
    ("motion",),
    ("restless",),
    ("looked",),
    ("persons",),
    ("persons", 0),
    ("persons", 0, "box"),
    ("persons", 0, "box", 2),
    ("persons", 0, "score"),
    ("persons", 0, "body"),
    ("persons", 0, "body", "vector"),
    ("persons", 0, "body", "dim"),
    ("faces",),
    ("faces", 0, "landmarks"),
    ("faces", 0, "quality"),
    ("faces", 0, "quality", "yaw"),
    ("faces", 0, "quality", "flaws"),
    ("faces", 0, "embeddings"),
    ("faces", 0, "embeddings", 1, "vector"),
    ("faces", 0, "embeddings", 1, "clarity"),
    ("faces", 0, "person"),
    ("timings",),
    ("timings", "decode"),
]


def over_the_wire(value: object) -> object:
    return parse(json.dumps(value).encode())


def same(one: Analysis, other: Analysis) -> bool:
    """Faces contain arrays and have no usable equality."""

    def plain(analysis: Analysis) -> str:
        return json.dumps(encode_analysis(analysis))

    return plain(one) == plain(other)


@given(analyses())
def test_an_analysis_survives_the_wire(analysis: Analysis) -> None:
    again = decode_analysis(over_the_wire(encode_analysis(analysis)))
    assert same(analysis, again)
    for face, other in zip(analysis.faces, again.faces, strict=True):
        assert np.array_equal(face.landmarks, other.landmarks)
        assert other.landmarks.dtype == np.float32
        assert other.quality == face.quality
        assert (face.embedding is None) == (other.embedding is None)


shares = st.floats(0, 1)
scopes = st.builds(
    Scope,
    st.sampled_from(Sensitivity),
    st.integers(0, 1000),
    st.lists(st.builds(Area, shares, shares, shares, shares), max_size=50).map(tuple),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@given(scopes)
def test_a_scope_survives_the_wire(scope: Scope) -> None:
    assert decode_scope(encode_scope(scope)) == scope


def test_an_older_client_asks_for_no_bodies() -> None:
    told = json.loads(encode_scope(Scope(bodies=True)))
    del told["bodies"]
    assert decode_scope(json.dumps(told)) == Scope()


@given(json_values)
def test_whatever_comes_as_a_scope_is_one_or_refused(value: object) -> None:
    with suppress(EngineError):
        assert isinstance(decode_scope(json.dumps(value)), Scope)


@pytest.mark.parametrize(
    "change",
    [
        {"sensitivity": "extreme"},
        {"smallest_face": -1},
        {"faces": 1},
        {"ignored": [[0, 0, 1]]},
        {"ignored": [[0, 0, 1, None]]},
        {"ignored": [[0, 0, 1, 1]] * 51},
    ],
)
def test_a_scope_that_makes_no_sense_is_refused(change: dict[str, object]) -> None:
    told = json.loads(encode_scope(Scope()))
    with pytest.raises(EngineError):
        decode_scope(json.dumps(told | change))


@given(st.builds(Box, *[st.floats(-1e5, 1e5)] * 4))
def test_a_box_survives_the_wire_to_a_tenth_of_a_pixel(box: Box) -> None:
    again = decode_box(encode_box(box))
    assert [again.left, again.top, again.right, again.bottom] == pytest.approx(
        [box.left, box.top, box.right, box.bottom], abs=0.06
    )


@given(st.text())
def test_whatever_comes_as_a_box_is_one_or_refused(text: str) -> None:
    with suppress(errors.PictureError):
        assert isinstance(decode_box(text), Box)


def test_facts_survive_the_wire() -> None:
    assert encode_facts(decode_facts(over_the_wire(encode_facts(FACTS)))) == encode_facts(FACTS)


def test_an_engine_older_than_the_digest_of_its_calibration_has_none() -> None:
    told = encode_facts(replace(FACTS, calibration_digest="0123456789ab"))
    assert decode_facts(told).calibration_digest == "0123456789ab"
    del told["calibration_digest"]
    assert decode_facts(told).calibration_digest == ""


@given(json_values)
def test_garbage_is_never_more_than_an_engine_error(garbage: object) -> None:
    for decode in (decode_analysis, decode_facts):
        with pytest.raises(EngineError):
            decode(garbage)
    assert isinstance(decode_error(garbage, 500), KithError)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_json_are_an_engine_error(body: bytes) -> None:
    with suppress(EngineError):  # a few happen to be JSON
        parse(body)


@given(place=st.sampled_from(PLACES), garbage=json_values)
def test_garbage_at_one_place_is_understood_or_refused(place: tuple[str | int, ...], garbage: object) -> None:
    encoded = encode_analysis(ANALYSIS)
    inner = encoded
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = garbage
    try:
        analysis = decode_analysis(encoded)
    except EngineError:
        return
    scores = [person.score for person in analysis.persons] + [face.quality.yaw for face in analysis.faces]
    assert all(math.isfinite(score) for score in [*scores, *analysis.timings.values()])


@pytest.mark.parametrize(
    "number", [math.nan, math.inf, 10**400, "7", True], ids=["nan", "infinite", "too long", "text", "truth"]
)
def test_what_is_no_number_is_refused(number: object) -> None:
    encoded = encode_analysis(ANALYSIS)
    encoded["faces"][0]["quality"]["yaw"] = number
    with pytest.raises(EngineError, match="yaw"):
        decode_analysis(encoded)


@pytest.mark.parametrize(
    "vector",
    [
        np.full(8, np.nan, np.float32),
        np.full(8, 10, np.float32),
        np.zeros(8, np.float32),
        np.zeros(5000, np.float32),
        np.array([], np.float32),
    ],
    ids=["nan", "long", "zero", "too many dimensions", "none"],
)
def test_a_vector_that_would_spoil_comparisons_is_refused(vector: np.ndarray) -> None:
    face = Face(Box(0, 0, 9, 9), 0.9, np.zeros((5, 2), np.float32), ANALYSIS.faces[0].quality, (Embedding(vector),))
    with pytest.raises(EngineError, match="vector"):
        decode_analysis(encode_analysis(Analysis(9, 9, None, looked=True, faces=(face,))))


def test_a_face_of_a_person_that_is_not_there_is_refused() -> None:
    encoded = encode_analysis(ANALYSIS)
    encoded["faces"][0]["person"] = 1
    with pytest.raises(EngineError, match="person"):
        decode_analysis(encoded)


def test_facts_of_another_protocol_say_which() -> None:
    with pytest.raises(ProtocolMismatchError, match=f"version {PROTOCOL + 1} .* {PROTOCOL}"):
        decode_facts({**encode_facts(FACTS), "protocol": PROTOCOL + 1})


def of_the_engine() -> list[type[KithError]]:
    kinds = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, KithError)]
    return [kind for kind in kinds if issubclass(kind, errors.EngineError | errors.PictureError)]


@pytest.mark.parametrize("kind", of_the_engine())
def test_every_error_is_the_same_error_on_the_other_side(kind: type[KithError]) -> None:
    error = kind("what happened")
    again = decode_error(over_the_wire(encode_error(error)), status_of(error))
    assert (type(again), str(again)) == (kind, "what happened")


def test_an_engine_cannot_claim_that_our_own_files_are_damaged() -> None:
    assert type(decode_error(encode_error(PackDamagedError("yours")), 500)) is EngineError


def test_an_engine_cannot_fill_our_log() -> None:
    assert len(str(decode_error(encode_error(PictureTooLargeError("x" * 10_000)), 413))) <= 500


def test_codes_are_unique() -> None:
    kinds = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, KithError)]
    assert len({kind.code for kind in kinds}) == len(kinds)


def honest() -> Any:
    """An answer to change."""
    return json.loads(json.dumps(encode_analysis(replace(ANALYSIS, timings={"decode": 3.5}))))


@pytest.mark.parametrize(
    ("where", "most"),
    [(("persons",), MOST_FOUND), (("faces",), MOST_FOUND), (("faces", 0, "embeddings"), 2)],
    ids=["persons", "faces", "embeddings"],
)
def test_more_than_a_home_s_camera_shows_is_no_answer(where: tuple[str | int, ...], most: int) -> None:
    """Home Assistant works for each of them in its loop, and any host may answer."""
    answer = honest()
    place = answer
    for step in where[:-1]:
        place = place[step]
    one = place[where[-1]][0]
    place[where[-1]] = [one] * most
    decode_analysis(answer)
    place[where[-1]] = [one] * (most + 1)
    with pytest.raises(EngineError, match=f"at most {most}"):
        decode_analysis(answer)


def test_a_long_list_of_flaws_or_stages_is_no_answer() -> None:
    answer = honest()
    answer["faces"][0]["quality"]["flaws"] = [str(Flaw.BLURRED)] * 100
    with pytest.raises(EngineError, match="flaws"):
        decode_analysis(answer)
    answer = honest()
    answer["timings"] = {str(number): 1.0 for number in range(100)}
    with pytest.raises(EngineError, match="timings"):
        decode_analysis(answer)


def test_the_words_of_an_engine_are_only_words() -> None:
    """They are shown in forms and repairs, which render Markdown, and written into the log."""
    said = "busy\nERROR <img src=x onerror=alert(1)> [look](http://evil.example) `rm` www.evil.example \x1b[31m"
    words = str(decode_error({"error": "engine_failed", "message": said}, 500))
    assert not set(words) & set("<>[]`\n\x1b")
    assert "://" not in words
    assert "www." not in words
    assert words.startswith("busyERROR img src=x")


@pytest.mark.parametrize("number", [1e300, -1e300, 1e8, 10**400, float("inf")])
def test_a_number_beyond_any_measurement_is_no_answer(number: float) -> None:
    answer = honest()
    for place in (answer["faces"][0]["quality"], answer["faces"][0]["embeddings"][0], answer["persons"][0]):
        name = next(key for key in place if key in ("light", "clarity", "score"))
        before, place[name] = place[name], number
        with pytest.raises(EngineError, match="number"):
            decode_analysis(answer)
        place[name] = before
