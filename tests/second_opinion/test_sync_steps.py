"""The next step toward what a service should have, and that it hears of nobody who did not agree."""

from dataclasses import replace

import pytest

from custom_components.kith.second_opinion.protocol import Enrolled
from custom_components.kith.second_opinion.sync_steps import (
    MOST_FAILURES,
    ServiceContents,
    SyncStep,
    SyncStepKind,
    last_step,
    may_hear_of,
    next_erasing,
    next_step,
    same_place,
)
from custom_components.kith.settings import Agreement, Consent, PersonSettings, ServiceKind, ServiceSettings

HOME = ServiceSettings("one", "CompreFace", ServiceKind.COMPREFACE, "http://nas", "a key")
CLOUD = ServiceSettings("two", "Azure", ServiceKind.AZURE, "https://azure", "a key", "kith")
ALL = {Agreement.RECOGNIZE, Agreement.PHOTOS, Agreement.OPINION}


def there(**faces: str) -> ServiceContents:
    """A service with these faces by person: "ab" are the templates a and b."""
    people = {
        who: Enrolled(who, f"key of {who}", {face: f"id of {face}" for face in given}) for who, given in faces.items()
    }
    return ServiceContents(HOME, people, used=True)


def person(*agreed: Agreement) -> PersonSettings:
    return PersonSettings("ada", "Ada", None, Consent(frozenset(agreed)))


def test_who_agreed_is_added_face_by_face_and_then_the_service_is_told() -> None:
    found, wanted = ServiceContents(HOME), {"ada": "ab"}
    assert next_step(found, wanted) == SyncStep(SyncStepKind.ADD_PERSON, "ada")
    found.people["ada"] = Enrolled("ada", "key")
    assert next_step(found, wanted) == SyncStep(SyncStepKind.ADD_FACE, "ada", "a")
    found.add_face("ada", "a", "1")
    assert next_step(found, wanted) == SyncStep(SyncStepKind.ADD_FACE, "ada", "b")
    found.add_face("ada", "b", "2")
    found.untaught = True
    assert next_step(found, wanted) == SyncStep(SyncStepKind.LEARN)
    found.untaught = False
    assert next_step(found, wanted) is None


def test_erasing_comes_before_adding() -> None:
    found = there(ada="a", grace="c")
    assert next_step(found, {"ada": "b"}) == SyncStep(SyncStepKind.REMOVE_PERSON, "grace")
    found.drop("grace")
    assert next_step(found, {"ada": "b"}) == SyncStep(SyncStepKind.REMOVE_FACE, "ada", "a")
    found.drop_face("ada", "a")
    assert next_step(found, {"ada": "b"}) == SyncStep(SyncStepKind.ADD_FACE, "ada", "b")


def test_of_a_service_that_is_not_to_be_sent_anything_only_erasing_is_left() -> None:
    assert next_erasing(there(ada="a"), {"ada": "ab", "grace": "c"}) is None
    assert next_erasing(there(ada="a"), {}) == SyncStep(SyncStepKind.REMOVE_PERSON, "ada")


def test_a_photo_that_was_refused_is_not_sent_again_and_who_has_no_other_is_not_there() -> None:
    found = there(ada="")
    found.refused = {"ada": {"a"}}
    assert next_step(found, {"ada": "ab"}) == SyncStep(SyncStepKind.ADD_FACE, "ada", "b")
    assert next_step(found, {"ada": "a"}) == SyncStep(SyncStepKind.REMOVE_PERSON, "ada")
    assert next_step(ServiceContents(HOME, refused=found.refused), {"ada": "a"}) is None


def test_of_a_refused_photo_that_is_gone_nothing_is_remembered() -> None:
    found = ServiceContents(HOME, refused={"ada": {"a", "b"}, "grace": {"c"}})
    found.keep_refused({"ada": "bc"})
    assert found.refused == {"ada": {"b"}}


def test_photos_at_which_it_fails_come_last_and_not_for_ever() -> None:
    found = there(ada="")
    found.failures["a"] = MOST_FAILURES - 1
    assert next_step(found, {"ada": "ab"}) == SyncStep(SyncStepKind.ADD_FACE, "ada", "b")
    assert next_step(found, {"ada": "a"}) == SyncStep(SyncStepKind.ADD_FACE, "ada", "a")
    found.on_trial["b"] += 1
    assert next_step(found, {"ada": "ab"}) == SyncStep(SyncStepKind.ADD_FACE, "ada", "a"), "not yet tried again"
    assert next_step(found, {"ada": "ab", "grace": "c"}) == SyncStep(SyncStepKind.ADD_PERSON, "grace")
    found.failures["a"] += 1
    assert next_step(found, {"ada": "a"}) == SyncStep(SyncStepKind.REMOVE_PERSON, "ada")
    found.keep_refused({"ada": "c"})
    assert not found.failures, "the photo is gone"
    assert not found.on_trial


def test_who_may_be_there_only_half_is_removed_first_and_nobody_is_asked_about_them() -> None:
    found = there(ada="a")
    assert found.enrolled("ada")
    found.drift()
    assert found.enrolled("ada") is None
    assert next_step(found, {"ada": "a"}) == SyncStep(SyncStepKind.REMOVE_PERSON, "ada")
    found.drop("ada")
    assert next_step(found, {"ada": "a"}) == SyncStep(SyncStepKind.ADD_PERSON, "ada")


def test_who_has_no_face_there_cannot_be_asked_about() -> None:
    assert there(ada="").enrolled("ada") is None
    assert there().enrolled("ada") is None


def test_a_service_with_nobody_has_nothing_to_learn() -> None:
    assert next_step(ServiceContents(HOME, untaught=True), {}) is None


def test_a_service_that_never_had_anything_is_not_bothered_when_it_goes() -> None:
    assert last_step(ServiceContents(HOME)) is None
    assert last_step(there()) == SyncStep(SyncStepKind.LEAVE)


@pytest.mark.parametrize("missing", sorted(ALL))
def test_a_service_hears_of_nobody_who_did_not_agree_to_all_of_it(missing: Agreement) -> None:
    assert may_hear_of(HOME, person(*ALL))
    assert not may_hear_of(HOME, person(*ALL - {missing}))


def test_an_agreement_to_the_own_home_is_none_to_the_internet_and_the_other_way_round() -> None:
    assert not may_hear_of(CLOUD, person(*ALL))
    assert may_hear_of(CLOUD, person(*ALL, Agreement.CLOUD))
    assert not may_hear_of(HOME, person(*ALL - {Agreement.OPINION}, Agreement.CLOUD))


def test_who_is_not_to_be_recognized_or_left_out_is_never_told_of() -> None:
    assert not may_hear_of(HOME, person(*ALL, Agreement.NEVER))
    assert not may_hear_of(replace(HOME, not_about=frozenset({"ada"})), person(*ALL))


def test_another_key_is_another_collection_in_compreface_only() -> None:
    assert not same_place(HOME, replace(HOME, key="another"))
    assert same_place(CLOUD, replace(CLOUD, key="another"))
    assert not same_place(CLOUD, replace(CLOUD, group="another"))
    assert not same_place(CLOUD, replace(CLOUD, url="https://elsewhere"))
    assert same_place(HOME, replace(HOME, per_day=1, not_at=frozenset({"hall"})))
    assert not same_place(HOME, CLOUD)
