"""Visits in their shortest form: a handful of pictures, with Kith's own networks, which need no mirror."""

from dataclasses import replace
import json
from pathlib import Path

import numpy as np
from PIL import ImageEnhance
import pytest

from custom_components.kith.kith_engine.manifest import MANIFESTS, SHIPPED
from custom_components.kith.kith_engine.packs import open_pack
from evaluation import apart
from evaluation.moments import FRAMES, ROOM
from evaluation.probes import Probes
from evaluation.visitors import Cast, Setting, draw
from tests.pictures import astronaut

from .test_evaluate import evaluate

PEOPLE, PHOTOS = 6, 6


def cast(*, weak: bool = True) -> Cast:
    """Of people who have nothing but their photos' numbers."""
    photos = PEOPLE * PHOTOS
    rows = photos * (1 + 2 * FRAMES)
    columns = {name: np.zeros(rows, np.float32) for name in Probes.__slots__}
    usable = np.ones(rows, np.bool_)
    usable[photos * (1 + FRAMES) :] = weak
    faces = Probes(**columns | {"usable": usable})
    people = tuple(np.arange(PHOTOS) + PHOTOS * person for person in range(PEOPLE))
    return Cast(
        people, ("",) * PEOPLE, np.arange(photos), faces, np.arange(rows, dtype=np.float64), np.arange(photos) % 2 == 0
    )


def photo_of(row: int) -> int:
    """Whichever way it is shown."""
    photos = PEOPLE * PHOTOS
    return row if row < photos else (row - photos) // FRAMES % photos


@pytest.mark.parametrize(
    "setting",
    [
        Setting(ROOM, residents=4),
        Setting(ROOM, moments=2, photos=2, residents=4),
        Setting(ROOM, weak=True, residents=4),
        Setting(ROOM, moments=2, photos=2, residents=4, stays=True),
        Setting(ROOM, photos=2, visits=2, residents=4),
        Setting(ROOM, photos=1, residents=4, infrared=True),
    ],
    ids=str,
)
def test_no_photo_is_both_enrolled_and_seen_and_strangers_are_not_residents(setting: Setting) -> None:
    for home in draw(cast(), setting, 5, seed=1):
        assert len(home.residents) == setting.residents
        seen = {who: {photo_of(row) for one, rows in home.tracks if one == who for row in rows} for who in range(4)}
        for who, rows in enumerate(home.residents):
            enrolled = {photo_of(row) for row in rows}
            assert not enrolled & seen[who]
            assert len({photo // PHOTOS for photo in enrolled | seen[who]}) == 1
        strangers = {photo_of(row) // PHOTOS for who, rows in home.tracks if who < 0 for row in rows}
        assert not strangers & {photo_of(row) // PHOTOS for rows in home.residents for row in rows}


def test_a_visit_goes_through_its_moments_in_turn() -> None:
    rows = cast().visit(np.array([3, 7]))
    assert [photo_of(row) for row in rows] == [3] * 4 + [7] * 4
    assert [int(row) % FRAMES for row in rows - PEOPLE * PHOTOS] == list(range(FRAMES))


def test_only_moments_in_infrared_are_shown_where_that_is_asked() -> None:
    home = next(draw(cast(), Setting(ROOM, photos=1, residents=4, infrared=True), 1, seed=1))
    assert all(photo_of(row) % 2 == 0 for _, rows in home.tracks for row in rows)


def test_how_alike_faces_are_is_measured_where_only_some_photos_were_filmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "DATA", tmp_path)
    whole = cast()
    some = np.where(np.arange(PEOPLE * PHOTOS) % PHOTOS < 2, whole.films, -1)
    faces = replace(whole.faces, vectors=np.ones((len(whole.faces), 1), np.float32))
    found = apart.measure(open_pack(SHIPPED, "compact"), {"some": replace(whole, films=some, faces=faces)})["some"]
    each = FRAMES * (FRAMES - 1) // 2
    assert sum(span["pairs"] for name, span in found.items() if name != "another photo") <= PEOPLE * 2 * each
    assert found["another photo"]["pairs"] == PEOPLE


def test_where_too_few_can_be_enrolled_no_home_is_drawn() -> None:
    assert not list(draw(cast(weak=False), Setting(ROOM, weak=True, residents=4), 1, seed=1))
    assert not list(draw(cast(), Setting(ROOM, residents=PEOPLE), 1, seed=1))


def test_a_handful_of_pictures_is_measured_and_settings_that_need_more_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "identities").mkdir()
    rows = ["file,identity,group,gender"]
    for person in range(5):
        for number in range(5):
            name = f"{person} {number}.jpg"
            photo = ImageEnhance.Brightness(astronaut().crop((100, 0, 350, 250))).enhance(0.8 + 0.1 * number)
            photo.save(tmp_path / "identities" / name)
            rows.append(f"{name},person {person},,")
    (tmp_path / "identities" / "index.csv").write_text("\n".join(rows), encoding="utf-8")
    manifest = ("--manifest", str(MANIFESTS / "compact.json"), "--pack", str(SHIPPED))
    done = evaluate(tmp_path, "visits", "--homes", "2", *manifest, "--json", str(tmp_path / "found.json"))
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["visits"]
    assert set(found["settings"]) == {
        f"{place}, 1 moment, 3 photos, {residents}"
        for place in ("across the room", "at the door")
        for residents in ("1 resident", "4 residents")
    }
    assert set(found["apart"]) == {"across the room", "at the door"}
    assert "at the knob" in done.stdout
