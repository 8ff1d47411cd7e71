"""The cost and benefit of second opinions are counted as at a door, by Kith's own rules."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
import io
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image
import pytest

from custom_components.kith.identity.doubts import Doubtful
from custom_components.kith.identity.opinion import Opinion
from custom_components.kith.kith_engine.analysis import Analysis, Flaw
from custom_components.kith.kith_engine.manifest import load_manifest
from custom_components.kith.kith_engine.packs import Pack, open_pack
from custom_components.kith.second_opinion.asking import LEAST_SHARE
from custom_components.kith.settings import Band
from evaluation import bigger as bigger_module, clips, filmed, opinions, probes, sets, workers
from evaluation.bigger import Bigger, facts_of
from evaluation.doorstep import Doorstep, Visit, seen
from evaluation.homes import LONGEST, Home, People
from evaluation.kith import START, STEP
from evaluation.probes import Probes
from tests.identity.faces import CALIBRATION, FACTS, HEAD, axis, face, gallery, like
from tests.pictures import astronaut, frame

MODELS = Path(os.environ.get("KITH_MODEL_MIRROR", Path(__file__).parents[3] / "shared" / "models"))
MAYBE_ADA = like((0, 0.3))
"""Not enough for a name."""
SIZES = np.arange(1000, 1100)
"""Bytes of each row's face."""
YES = Opinion("kith", "0", {"0": 3.0})


def visit(*vectors: np.ndarray, usable: bool = True) -> list[tuple[int, Analysis]]:
    return [(row, seen(face(vector, HEAD), usable=usable)) for row, vector in enumerate(vectors)]


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """For small workloads."""
    monkeypatch.setattr(workers, "Workers", ThreadPoolExecutor)


@pytest.fixture
def door() -> Doorstep:
    """Ada is resident 0, Grace resident 1; the service has photos only of Ada."""
    people = {"0": axis(0), "1": axis(1)}
    return Doorstep(7, FACTS, gallery(**people), {"0"}, SIZES)


def test_a_doubtful_visit_is_one_question_with_the_bytes_of_that_face(door: Doorstep) -> None:
    asked: list[tuple[int, list[str]]] = []

    def ask(row: int, suspects: Any) -> Opinion:
        asked.append((row, list(suspects)))
        return YES

    told = door.receive(0, visit(*[MAYBE_ADA] * 8), ask)
    assert asked == [(2, ["0"])], "at the third frame, when a stranger could be told, too"
    assert (told.home, told.calls, told.sent, told.named) == (7, 1, 1002, frozenset({0}))
    assert told.rightly
    assert 0 < (told.share or 0) < 1


def test_without_anybody_to_ask_the_doubt_stays_and_is_counted(door: Doorstep) -> None:
    told = door.receive(0, visit(*[MAYBE_ADA] * 5))
    assert (told.offered, told.calls, told.sent, told.decided, told.rightly) == (True, 0, 0, False, False)


def test_less_evidence_than_the_band_asks_for_is_no_question(door: Doorstep) -> None:
    assert door.receive(0, visit(*[MAYBE_ADA] * 5), lambda *_: YES, 0.99).calls == 0
    assert door.receive(0, visit(*[MAYBE_ADA] * 5), lambda *_: YES, 0.5).calls == 1


def test_of_whom_the_service_has_no_photo_it_is_not_asked(door: Doorstep) -> None:
    told = door.receive(1, visit(*[like((1, 0.3))] * 5), lambda *_: YES)
    assert (told.offered, told.calls) == (True, 0)


def test_a_question_without_an_answer_is_counted_all_the_same(door: Doorstep) -> None:
    told = door.receive(0, visit(*[MAYBE_ADA] * 5), lambda *_: None)
    assert (told.calls, told.decided) == (1, False)


def test_every_visit_is_one_of_its_own(door: Doorstep) -> None:
    first, second = (door.receive(0, visit(*[MAYBE_ADA] * 5), lambda *_: YES) for _ in range(2))
    assert first == second


def test_who_is_right_depends_on_who_came(door: Doorstep) -> None:
    assert door.receive(0, visit(*[axis(0)] * 5)).rightly
    assert not door.receive(-1, visit(*[axis(0)] * 5)).rightly
    assert door.receive(-1, visit(*[axis(5)] * 5)).rightly
    assert not door.receive(0, visit(*[axis(5)] * 5)).rightly
    assert not Visit(0, -1, named=frozenset({1}), stranger=True).rightly


def test_evidence_that_is_contradicted_names_nobody_at_any_threshold(door: Doorstep) -> None:
    alone = door.receive(0, visit(*[MAYBE_ADA] * 3))
    no = Opinion("kith", None, {"0": -0.1})
    told = door.receive(0, visit(*[MAYBE_ADA] * 3, *[like((0, 0.32))] * 5), lambda *_: no)
    assert alone.right
    assert told.score == pytest.approx(alone.score, abs=0.01), "what came before the answer counts"


def test_a_single_frame_is_no_evidence_for_a_name(door: Doorstep) -> None:
    assert door.receive(0, visit(axis(0))).score == -np.inf
    assert door.receive(0, visit(axis(0), axis(0))).score > 0


def test_a_face_that_is_refused_or_not_found_is_shown_as_that() -> None:
    (refused,) = seen(face(axis(0), HEAD), usable=False).faces
    assert (refused.embedding, refused.quality.flaws) == (None, (Flaw.BLURRED,))
    assert seen(None, usable=False).faces == ()
    assert len(seen(None, usable=False).persons) == 1


def measured(vectors: list[np.ndarray], **columns: Any) -> Probes:
    """Rows of faces; good ones unless the columns say otherwise."""
    usual = {"found": True, "usable": True, "width": 60, "score": 0.9, "sharpness": 1, "light": 120, "clarity": 10}
    given = {
        **dict.fromkeys(("area", "yaw", "eyes", "laplacian", "second_clarity", "covered"), 0),
        "size": 500,
        **usual,
        **columns,
    }
    rows: dict[str, Any] = {
        name: np.broadcast_to(np.asarray(value, np.float32), len(vectors)) for name, value in given.items()
    }
    flags = {name: rows.pop(name).astype(bool) for name in ("found", "usable", "covered")}
    return Probes(vectors=np.stack(vectors), second=np.zeros((len(vectors), 0), np.float32), **rows, **flags)


PHOTOS = [axis(0), axis(0), axis(1), axis(1)]
"""Two photos of each of two people; a camera sees each twice."""
HOME = Home(
    (np.array([0]), np.array([2])),
    ((0, np.array([1] * LONGEST)), (1, np.array([3] * LONGEST)), (-1, np.array([5] * LONGEST))),
)
"""Ada and Grace live here; Ada is seen badly, Grace well; then a stranger comes with a face like nobody's."""


@pytest.fixture
def people() -> People:
    shown = [axis(5), MAYBE_ADA, axis(5), axis(1), axis(5), axis(5), axis(5), axis(5)]
    sizes = [100, 200, 100, 200, 100, 200, 100, 200]
    rows = (np.array([0, 1]), np.array([2, 3]))
    return People(("ada", "grace"), rows, measured(PHOTOS), measured(shown, size=sizes))


@pytest.fixture
def service() -> Bigger:
    """Recognizes Ada where the first network does not."""
    facts = facts_of(CALIBRATION)
    photos = [face(vector, HEAD, person=None) for vector in PHOTOS]
    shown = [face(axis(0), HEAD, person=None) for _ in range(7)]
    return Bigger(facts, [*photos], [*shown, None], np.array([40, 50, 40, 50, 40, 50, 40, 50]))


def test_it_is_enrolled_from_the_photos_that_it_takes(service: Bigger, monkeypatch: pytest.MonkeyPatch) -> None:
    assert service.enroll(HOME).people == {"0", "1"}
    service.photos[2] = None
    assert service.enroll(HOME).people == {"0"}
    monkeypatch.setattr(bigger_module, "GOOD_ENOUGH", 0.85)
    assert service.enroll(HOME).people == set()


def test_it_answers_about_who_is_asked_about_or_not_at_all(service: Bigger) -> None:
    known = service.enroll(HOME)
    yes, no, nothing = (service.opinion(known, *question) for question in ((1, ["0"]), (1, ["1"]), (7, ["0"])))
    assert yes is not None
    assert (yes.person_id, set(yes.ratios)) == ("0", {"0"})
    assert no is not None
    assert (no.person_id, set(no.ratios)) == (None, {"1"})
    assert nothing is None


def test_all_of_it_is_counted_and_shown(
    people: People, service: Bigger, capsys: pytest.CaptureFixture[str], one_process: None
) -> None:
    visits = opinions.watch(people, CALIBRATION, service, [HOME])
    figures = opinions.compared(visits) | {"traffic": opinions.outgoing(people, service, [HOME])}
    assert figures["traffic"]["residents"] == {
        "visits": 2,
        "frames": 16,
        "whole": 3200,
        "faces": 16,
        "cut": 800,
        "first": 100,
    }
    never, wide = (figures["ways"][way]["residents"] for way in (opinions.NEVER, str(Band.WIDE)))
    assert (never["doubtful"], never["open"], never["rightly"], never["calls"]) == (1, 1, 0.5, 0)
    assert (wide["asked"], wide["calls"], wide["sent"], wide["rightly"]) == (1, 1, 50, 1.0)
    assert (wide["asked_rightly"], wide["asked_rightly_alone"], wide["open_rightly"]) == (1.0, 0.0, 1.0)
    assert figures["ways"]["wide"]["strangers"]["rightly"] == 1
    film = {"frames": 2, "whole": 1000, "faces": 1, "cut": 10}
    played = {"visits": 1, "calls": 1, "sent": 10, "named": ["Ada"], "strangers": 0}
    clip = film | {"ways": dict.fromkeys(opinions.WAYS, played)}
    opinions.show({"homes": 1, "service": "a pack", "settings": {"1 photo": figures}, "clips": {"a film": clip}})
    shown = capsys.readouterr().out
    assert "0.500 calls        25 bytes     6.2 %" in shown
    assert "all, wide: 0.0 kB of 1 kB, 1.00 %" in shown


def test_in_a_film_nothing_goes_out_where_there_is_no_doubt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not MODELS.is_dir():
        pytest.skip(f"no models at {MODELS}: set KITH_MODEL_MIRROR")
    folder = tmp_path / "clips"
    folder.mkdir()
    shown = [np.asarray(Image.open(io.BytesIO(frame(astronaut(), n))))[..., ::-1].copy() for n in range(6)]
    film = cv2.VideoWriter(str(folder / f"{clips.ENROLLMENT}.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 5, (1280, 720))
    for picture in shown:
        film.write(picture)
    film.release()
    monkeypatch.setattr(clips, "DATA", tmp_path)
    monkeypatch.setattr(filmed, "DATA", tmp_path)
    pack = open_pack(MODELS)
    found = filmed.measure(pack, pack)[clips.ENROLLMENT]
    assert found["frames"] == found["faces"] == 6
    assert found["cut"] < 0.2 * found["whole"]
    for way in opinions.WAYS:
        assert (found["ways"][way]["calls"], found["ways"][way]["named"]) == (0, [clips.NAME])


class Answering:
    """A service that records what it was shown."""

    def __init__(self) -> None:
        self.shown: list[filmed.Picture] = []

    def ask(self, picture: filmed.Picture, doubt: Doubtful) -> tuple[int, Opinion | None]:
        self.shown.append(picture)
        return 12, Opinion("kith", doubt.suspects[0], {doubt.suspects[0]: 3.0})


def test_in_a_film_the_picture_of_the_doubt_is_shown_once() -> None:
    film = [
        filmed.Picture(START + n * STEP, b"", analysis, ()) for n, (_, analysis) in enumerate(visit(*[MAYBE_ADA] * 8))
    ]
    service = Answering()
    play = filmed.Play("door", gallery(ada=axis(0)), FACTS, service)
    told = play.run(film, LEAST_SHARE[Band.NORMAL])
    assert told == {"visits": 1, "calls": 1, "sent": 12, "named": ["ada"], "strangers": 0}
    assert service.shown == [film[2]]
    assert play.run(film, filmed.NEVER)["calls"] == 0


def test_a_service_sees_of_a_picture_the_face_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_process: None
) -> None:
    if not MODELS.is_dir():
        pytest.skip(f"no models at {MODELS}: set KITH_MODEL_MIRROR")
    monkeypatch.setattr(probes, "CACHE", tmp_path)
    photo = sets.Photo(tmp_path / "photo.png", "ada")
    astronaut().save(photo.path)
    pack = open_pack(MODELS)
    seen_whole, service = probes.probes(pack, [photo], "one"), Bigger.read(pack, [photo], "one")
    assert service.photos[0] is not None
    assert service.photos[0].embedding is not None
    assert service.photos[0].embedding @ seen_whole.vectors[0] > 0.95, "and it is the same face"
    assert (len(service.shown), len(service.sizes)) == (2, 2)
    assert service.sizes.max() < photo.path.stat().st_size / 10


def test_it_is_measured_in_every_setting(
    people: People, service: Bigger, monkeypatch: pytest.MonkeyPatch, one_process: None
) -> None:
    monkeypatch.setattr(People, "read", lambda *_: people)
    monkeypatch.setattr(Bigger, "read", lambda *_: service)
    monkeypatch.setattr(opinions, "drawn", lambda *_: [HOME])
    monkeypatch.setattr(filmed, "measure", lambda *_: {})
    monkeypatch.setattr(sets, "identities", list)
    manifest = replace(load_manifest("standard"), calibration=CALIBRATION)
    found = opinions.measure(Pack(manifest, Path()), homes=1, seed=1, other=Pack(manifest, Path()))
    assert set(found["settings"]) == set(map(str, opinions.SETTINGS))
    assert found["service"].startswith("standard")
