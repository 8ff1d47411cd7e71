import io
from itertools import count

import numpy as np
from PIL import Image
import pytest

from kith_engine import pipeline as module
from kith_engine.analysis import MOST_FOUND, Analysis, Area, Box, Flaw, Look, Person, Scope, Sensitivity
from kith_engine.errors import PictureError
from kith_engine.manifest import load_manifest
from kith_engine.packs import Pack
from kith_engine.picture import Picture
from kith_engine.pipeline import Pipeline
from kith_engine.wire import PROTOCOL, decode_analysis, encode_analysis
from tests.pictures import astronaut, empty_room, encoded, frame

STAGES = ["decode", "motion", "persons", "faces", "align", "quality", "embed"]


def visit(pipeline: Pipeline, camera: str = "door") -> Analysis:
    """Makes the room known; then somebody comes."""
    for seed in range(2):
        pipeline.analyze(frame(seed=seed), camera, Look.MOTION)
    return pipeline.analyze(frame(astronaut(), seed=9, scale=1.2), camera, Look.MOTION)


def test_somebody_comes_and_is_a_person_with_a_face_that_can_be_compared(pipeline: Pipeline) -> None:
    analysis = visit(pipeline)
    assert (analysis.width, analysis.height) == (1280, 720)
    assert analysis.looked
    assert analysis.motion is not None
    assert analysis.motion > 0.1
    assert len(analysis.persons) == 1
    (face,) = analysis.faces
    assert face.person == 0
    assert face.quality.usable
    assert face.embedding is not None
    assert face.embedding.shape == (256,)


def test_the_same_face_on_a_camera_and_in_a_portrait_are_alike(pipeline: Pipeline) -> None:
    seen = visit(pipeline).faces[0].embedding
    enrolled = pipeline.analyze(encoded(astronaut()), "", Look.PORTRAIT).faces[0].embedding
    assert seen @ enrolled > 0.85


def test_where_nothing_moves_nobody_is_looked_for(pipeline: Pipeline) -> None:
    pipeline.analyze(frame(astronaut(), seed=0), "door", Look.MOTION)
    analysis = pipeline.analyze(frame(astronaut(), seed=1), "door", Look.MOTION)
    assert not analysis.looked
    assert analysis.persons == analysis.faces == ()
    assert analysis.motion == 0.0
    assert set(analysis.timings) == {"decode", "motion"}


def test_a_glance_says_whether_a_look_would_find_motion(pipeline: Pipeline) -> None:
    empty, visited = (Picture(frame(*somebody, seed=9)) for somebody in ((), (astronaut(),)))
    assert not pipeline.still(empty, "door"), "nobody knows its scene yet"
    for seed in range(2):
        pipeline.analyze(frame(seed=seed), "door", Look.MOTION)
    assert pipeline.still(empty, "door")
    assert not pipeline.still(visited, "door")
    assert pipeline.still(visited, "door", Scope(ignored=(Area(0.0, 0.0, 1.0, 1.0),)))
    assert not pipeline.still(visited, "door"), "it learned nothing"


def test_a_still_frame_is_never_decoded_in_full(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[tuple[int, int]] = []
    kind = type(Image.open(io.BytesIO(frame())))
    load = kind.load
    monkeypatch.setattr(kind, "load", lambda self: loaded.append(self.size) or load(self))
    for seed in range(3):
        loaded.clear()
        pipeline.analyze(frame(seed=seed), "door", Look.MOTION)
    assert set(loaded) == {(160, 90)}


def test_the_same_bytes_again_are_not_decoded_at_all(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.analyze(frame(), "door", Look.MOTION)
    monkeypatch.setattr(Picture, "gray_eighth", lambda self: pytest.fail("decoded"))
    analysis = pipeline.analyze(frame(), "door", Look.MOTION)
    assert (analysis.motion, analysis.looked) == (0.0, False)
    assert (analysis.width, analysis.height) == (1280, 720)


def test_while_somebody_is_there_people_are_looked_for_although_nothing_moves(pipeline: Pipeline) -> None:
    still = frame(astronaut(), scale=1.2)
    for _ in range(3):
        assert len(pipeline.analyze(still, "door", Look.PEOPLE).faces) == 1


def test_the_scene_is_learned_whatever_is_looked_for(pipeline: Pipeline) -> None:
    for seed in range(3):
        pipeline.analyze(frame(seed=seed), "door", Look.PEOPLE)
    assert pipeline.analyze(frame(seed=9), "door", Look.MOTION).motion == 0.0


def test_each_camera_has_its_own_scene(pipeline: Pipeline) -> None:
    pipeline.analyze(frame(seed=0), "door", Look.MOTION)
    assert pipeline.analyze(frame(seed=1), "hall", Look.MOTION).motion == 1.0
    assert pipeline.analyze(frame(seed=2), "door", Look.MOTION).motion == 0.0


def test_a_forgotten_camera_starts_anew(pipeline: Pipeline) -> None:
    pipeline.analyze(frame(seed=0), "door", Look.MOTION)
    pipeline.forget("door")
    pipeline.forget("never seen")
    assert pipeline.analyze(frame(seed=1), "door", Look.MOTION).motion == 1.0


def test_a_portrait_leaves_no_trace_in_a_cameras_scene(pipeline: Pipeline) -> None:
    pipeline.analyze(frame(seed=0), "door", Look.MOTION)
    portrait = pipeline.analyze(encoded(astronaut()), "door", Look.PORTRAIT)
    assert portrait.motion is None
    assert portrait.persons == ()
    assert pipeline.analyze(frame(seed=1), "door", Look.MOTION).motion == 0.0


def test_where_somebody_stood_when_the_camera_started_is_scenery_soon_after(pack: Pack) -> None:
    seconds = count(0, 2)
    pipeline = Pipeline(pack, clock=lambda: float(next(seconds)))
    for seed in range(3):
        pipeline.analyze(frame(astronaut(), seed=seed), "door", Look.PEOPLE)
    looked = [pipeline.analyze(frame(seed=seed), "door", Look.MOTION).looked for seed in range(10, 20)]
    assert looked[0], "something changed"
    assert not any(looked[5:]), "but nobody is there"


@pytest.mark.slow
def test_a_clock_in_the_picture_is_told(pack: Pack) -> None:
    seconds = count()
    pipeline = Pipeline(pack, clock=lambda: float(next(seconds)))
    for second in range(130):
        shown = empty_room().copy()
        shown.paste((255, 255, 255) if second % 2 else (0, 0, 0), (1100, 20, 1148, 65))
        analysis = pipeline.analyze(encoded(shown), "door", Look.MOTION)
    assert analysis.restless is not None
    assert analysis.restless.holds(1124 / 1280, 42 / 720)


def test_cameras_without_number_do_not_fill_the_memory(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BACKGROUNDS", 3)
    for camera in ("a", "b", "c", "a", "d"):
        pipeline.analyze(frame(), camera, Look.MOTION)
    assert pipeline.analyze(frame(), "a", Look.MOTION).motion == 0.0
    assert pipeline.analyze(frame(), "b", Look.MOTION).motion == 1.0  # the camera that was silent longest was dropped


def test_a_broken_frame_is_refused_every_time_and_changes_nothing(pipeline: Pipeline) -> None:
    pipeline.analyze(frame(seed=0), "door", Look.MOTION)
    broken = frame(seed=1)[:20_000]
    for look in (Look.MOTION, Look.MOTION, Look.PEOPLE, Look.PORTRAIT):
        with pytest.raises(PictureError):
            pipeline.analyze(broken, "door", look)
    assert pipeline.analyze(frame(seed=2), "door", Look.MOTION).motion == 0.0


def test_a_face_that_cannot_be_compared_is_reported_with_its_flaw_and_not_embedded(pipeline: Pipeline) -> None:
    dark = astronaut().point(lambda level: level * 0.09)
    analysis = pipeline.analyze(frame(dark, scale=1.2), "door", Look.PEOPLE)
    (face,) = analysis.faces
    assert face.quality.flaws == (Flaw.TOO_DARK,)
    assert face.embedding is None
    assert "embed" not in analysis.timings


def test_somebody_without_a_visible_face_is_a_person_all_the_same(pipeline: Pipeline) -> None:
    faceless = astronaut().copy()
    face = (180, 63, 268, 174)
    faceless.paste(
        faceless.resize((4, 4), Image.Resampling.BOX, face).resize((88, 111), Image.Resampling.NEAREST), face
    )
    analysis = pipeline.analyze(frame(faceless), "door", Look.PEOPLE)
    assert len(analysis.persons) == 1
    assert analysis.faces == ()


def test_timings_name_the_stages_that_ran_in_their_order(pipeline: Pipeline) -> None:
    analysis = visit(pipeline)
    assert list(analysis.timings) == STAGES
    assert all(took > 0 for took in analysis.timings.values())


@pytest.mark.slow
def test_an_8k_frame_is_looked_at_and_boxes_are_in_its_own_pixels(pipeline: Pipeline) -> None:
    room = empty_room((7680, 4320)).copy()
    room.paste(astronaut().resize((3600, 3600)), (2000, 720))
    analysis = pipeline.analyze(encoded(room, quality=60), "roof", Look.PEOPLE)
    assert (analysis.width, analysis.height) == (7680, 4320)
    (face,) = analysis.faces
    assert face.box.left == pytest.approx(2000 + 180 * 3600 / 512, abs=100)
    assert face.embedding is not None


def test_what_comes_out_is_what_the_wire_carries(pipeline: Pipeline) -> None:
    analysis = visit(pipeline)
    carried = decode_analysis(encode_analysis(analysis))
    assert carried.persons == analysis.persons
    assert np.array_equal(carried.faces[0].embedding, analysis.faces[0].embedding)
    assert carried.faces[0].quality == analysis.faces[0].quality


def test_an_engine_says_what_it_is(pipeline: Pipeline) -> None:
    facts = pipeline.facts()
    assert facts.protocol == PROTOCOL
    assert facts.pack == f"standard {load_manifest('standard').version}"
    assert facts.runtime.startswith("onnxruntime ")
    assert facts.embedding == "face-reidentification-retail-0095.xml@822c5d428e75"
    assert facts.dimensions == 256
    assert facts.calibration.gain == load_manifest("standard").calibration.gain
    assert facts.smallest_face >= 24
    assert facts.calibration_digest == load_manifest("standard").calibration_digest


def test_two_threads_see_what_one_sees(pack: Pack, pipeline: Pipeline) -> None:
    alone, helped = (visit(each).faces[0].embedding for each in (pipeline, Pipeline(pack, threads=2)))
    assert alone @ helped > 0.9999


SOMEBODY = frame(astronaut(), scale=1.2)


def test_who_stands_in_an_ignored_area_is_not_told(pipeline: Pipeline) -> None:
    (person,) = pipeline.analyze(SOMEBODY, "door", Look.PEOPLE).persons
    across = (person.box.left + person.box.right) / 2 / 1280
    street = Scope(ignored=(Area(across - 0.05, 0.0, across + 0.05, 1.0),))
    beside = Scope(ignored=(Area(0.0, 0.0, across - 0.05, 1.0),))
    assert pipeline.analyze(SOMEBODY, "door", Look.PEOPLE, street).persons == ()
    assert pipeline.analyze(SOMEBODY, "door", Look.PEOPLE, street).faces == ()
    assert len(pipeline.analyze(SOMEBODY, "door", Look.PEOPLE, beside).faces) == 1


def test_what_moves_in_an_ignored_area_wakes_nobody(pipeline: Pipeline) -> None:
    everything = Scope(ignored=(Area(0, 0, 1, 1),))
    for seed in range(2):
        pipeline.analyze(frame(seed=seed), "door", Look.MOTION, everything)
    assert not pipeline.analyze(SOMEBODY, "door", Look.MOTION, everything).looked


def test_a_camera_may_want_larger_faces_than_the_pack_needs(pipeline: Pipeline) -> None:
    (face,) = pipeline.analyze(SOMEBODY, "door", Look.PEOPLE, Scope(smallest_face=500)).faces
    assert face.quality.flaws[0] is Flaw.TOO_SMALL
    assert face.embedding is None
    (face,) = pipeline.analyze(SOMEBODY, "door", Look.PEOPLE, Scope(smallest_face=1)).faces
    assert face.quality.usable, "the pack's own limit stays"


def test_where_faces_are_not_wanted_none_is_looked_for(pipeline: Pipeline) -> None:
    analysis = pipeline.analyze(SOMEBODY, "door", Look.PEOPLE, Scope(faces=False))
    assert len(analysis.persons) == 1
    assert analysis.faces == ()
    assert "faces" not in analysis.timings


def test_the_more_sensitive_the_more_people(pipeline: Pipeline) -> None:
    faint = frame(astronaut().point(lambda level: level * 0.35), scale=0.5)
    found = [
        len(pipeline.analyze(faint, "door", Look.PEOPLE, Scope(sensitivity=sensitivity)).persons)
        for sensitivity in Sensitivity
    ]
    assert found == sorted(found)


def test_a_face_is_cut_out_where_it_was_found(pipeline: Pipeline) -> None:
    (face,) = pipeline.analyze(SOMEBODY, "door", Look.PEOPLE).faces
    shown = pipeline.crop(SOMEBODY, face.box)
    (again,) = pipeline.analyze(shown, "", Look.PORTRAIT).faces
    assert again.embedding @ face.embedding > 0.9


class Looks:
    """Sees the same people whenever it is asked, and counts how often it was."""

    def __init__(self, *persons: Person) -> None:
        self.asked = 0
        self._persons = persons

    def find(self, _picture: Picture, *_how: Sensitivity | Box) -> tuple[Person, ...]:
        self.asked += 1
        return self._persons


IN_THE_DARK = Person(Box(400, 100, 600, 700), 0.9)
ELSEWHERE = Person(Box(0, 0, 100, 200), 0.9)


def looking(compact: Pack, monkeypatch: pytest.MonkeyPatch, first: Looks, second: Looks | None) -> Pipeline:
    pipeline = Pipeline(compact)
    monkeypatch.setattr(pipeline, "_persons", first)
    monkeypatch.setattr(pipeline, "_second_look", second)
    return pipeline


def test_where_something_moved_and_nobody_was_seen_a_second_look_is_taken(
    compact: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = Looks(IN_THE_DARK)
    assert visit(looking(compact, monkeypatch, Looks(), second)).persons == (IN_THE_DARK,)
    assert second.asked == 2, "the room was new once"


def test_where_somebody_was_seen_no_second_look_is_taken(compact: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    second = Looks(IN_THE_DARK)
    assert visit(looking(compact, monkeypatch, Looks(ELSEWHERE), second)).persons == (ELSEWHERE,)
    assert second.asked == 0


def test_where_nothing_moved_no_second_look_is_taken(compact: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    second = Looks(IN_THE_DARK)
    pipeline = looking(compact, monkeypatch, Looks(), second)
    for seed in range(3):
        analysis = pipeline.analyze(frame(seed=seed), "door", Look.PEOPLE)
    assert analysis.persons == ()
    assert second.asked == 1, "the room was new once"


def test_what_is_ignored_is_ignored_in_a_second_look_too(compact: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    """And whom the first one saw there hides nobody elsewhere."""
    corner = Scope(ignored=(Area(0, 0, 0.1, 0.3),))
    pipeline = looking(compact, monkeypatch, Looks(ELSEWHERE), Looks(ELSEWHERE, IN_THE_DARK))
    assert pipeline.analyze(frame(), "door", Look.PEOPLE, corner).persons == (IN_THE_DARK,)


def test_a_pack_without_a_second_look_takes_none(compact: Pack) -> None:
    assert Pipeline(compact)._second_look is None


def test_of_a_crowd_as_many_are_told_as_the_wire_carries(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    people = tuple(Person(Box(number, 0, number + 1, 10), 0.9) for number in range(MOST_FOUND + 10))
    monkeypatch.setattr(pipeline._persons, "find", lambda *_: people)
    monkeypatch.setattr(pipeline._faces, "find", lambda *_: [])
    assert pipeline.analyze(frame(), "door", Look.PEOPLE).persons == people[:MOST_FOUND]
    (found,) = pipeline._faces.find_all(Picture(encoded(astronaut())))
    monkeypatch.setattr(pipeline._faces, "find_all", lambda _: [found] * (MOST_FOUND + 10))
    analysis = pipeline.analyze(encoded(astronaut()), "", Look.PORTRAIT)
    assert len(analysis.faces) == MOST_FOUND
    decode_analysis(encode_analysis(analysis))
