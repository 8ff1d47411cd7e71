"""CompreFace: its requests, the use of its answers, and what is not stored anywhere."""

import aiohttp
import pytest

from custom_components.kith.errors import OpinionDriftedError, OpinionPhotoRefusedError
from custom_components.kith.second_opinion.compreface import CompreFaceService
from custom_components.kith.second_opinion.protocol import Answer, Enrolled, Meter, Said
from custom_components.kith.second_opinion.weight import MOST_AGAINST, MOST_FOR

from .fake_compreface import KEY, FakeCompreFace, refusal
from .fakes import Canned
from .portraits import portrait

ADA, BEN = "0a" * 16, "0b" * 16
HICCUP = refusal(400, 0)
NOTHING = Canned(200, {"result": []})


@pytest.fixture
def service(http: aiohttp.ClientSession, fake_compreface: FakeCompreFace) -> CompreFaceService:
    return CompreFaceService(http, fake_compreface.url, KEY)


@pytest.fixture
def fake(fake_compreface: FakeCompreFace) -> FakeCompreFace:
    return fake_compreface


@pytest.fixture
def meter() -> Meter:
    return Meter()


async def enrolled(service: CompreFaceService, person_id: str, who: str, photos: int = 2) -> Enrolled:
    key = await service.add_person(person_id, Meter())
    faces = {f"template-{one}": await service.add_face(key, portrait(who), Meter()) for one in range(photos)}
    return Enrolled(person_id, key, faces)


async def ask(service: CompreFaceService, face: bytes, *suspects: Enrolled) -> Answer:
    return await service.ask(face, suspects, Meter())


async def test_a_key_is_checked_by_listing_and_sends_nothing(
    service: CompreFaceService, fake: FakeCompreFace, meter: Meter
) -> None:
    await service.check(meter)
    assert fake.names == ["GET subjects"]
    assert meter == Meter(calls=1, sent=0)


async def test_a_person_is_there_by_id_and_only_once(service: CompreFaceService, fake: FakeCompreFace) -> None:
    assert await service.add_person(ADA, Meter()) == await service.add_person(ADA, Meter()) == ADA
    assert fake.subjects == {ADA: {}}


async def test_one_suspect_is_verified_against_the_newest_photo(
    service: CompreFaceService, fake: FakeCompreFace
) -> None:
    ada = await enrolled(service, ADA, "ada", photos=3)
    answer = await ask(service, portrait("ada"), ada)
    assert fake.calls[-1].path == ("faces", ada.faces["template-2"], "verify")
    assert (answer.said, answer.person_id) == (Said.PERSON, ADA)
    assert answer.score == pytest.approx(0.963, abs=0.001)
    assert 1 < answer.ratios[ADA] < MOST_FOR


async def test_an_opinion_is_one_call(service: CompreFaceService, fake: FakeCompreFace) -> None:
    ada, ben = await enrolled(service, ADA, "ada"), await enrolled(service, BEN, "ben")
    for suspects in ([ada], [ada, ben]):
        meter = Meter()
        await service.ask(portrait("ada"), suspects, meter)
        assert meter == Meter(calls=1, sent=len(fake.calls[-1].body))


async def test_somebody_else_is_nobody_of_those_it_was_asked_about(service: CompreFaceService) -> None:
    ada = await enrolled(service, ADA, "ada")
    answer = await ask(service, portrait("eve"), ada)
    assert (answer.said, answer.person_id) == (Said.NOBODY, None)
    assert MOST_AGAINST <= answer.ratios[ADA] <= -0.5
    assert answer.score == pytest.approx(0.223, abs=0.001)


async def test_among_several_the_nearest_is_named(service: CompreFaceService) -> None:
    ada, ben = await enrolled(service, ADA, "ada"), await enrolled(service, BEN, "ben")
    answer = await ask(service, portrait("ben"), ada, ben)
    assert (answer.said, answer.person_id) == (Said.PERSON, BEN)
    assert answer.ratios[ADA] < 0 < answer.ratios[BEN]


async def test_many_photos_of_one_do_not_hide_another(service: CompreFaceService) -> None:
    ada, ben = await enrolled(service, ADA, "ada", photos=5), await enrolled(service, BEN, "ben", photos=1)
    assert set((await ask(service, portrait("ada"), ada, ben)).ratios) == {ADA, BEN}
    assert (await ask(service, portrait("eve"), ada, ben)).said is Said.NOBODY


async def test_whom_others_enrolled_there_may_be_nearer_than_anybody_of_the_home(
    service: CompreFaceService, fake: FakeCompreFace
) -> None:
    ada, ben = await enrolled(service, ADA, "ada"), await enrolled(service, BEN, "ben")
    fake.subjects["The neighbour"] = {f"{one:08x}-0000-4000-8000-000000000000": "eve" for one in range(9)}
    answer = await ask(service, portrait("eve"), ada, ben)
    assert (answer.said, answer.person_id, answer.score) == (Said.NOBODY, None, None)
    assert set(answer.ratios) == {ADA, BEN}
    assert max(answer.ratios.values()) < 0


async def test_who_is_a_little_like_them_is_not_named(service: CompreFaceService, fake: FakeCompreFace) -> None:
    ada, ben = await enrolled(service, ADA, "ada"), await enrolled(service, BEN, "ben")
    fake.alike[("eve", "ada")] = 0.49
    answer = await ask(service, portrait("eve"), ada, ben)
    assert (answer.said, answer.score) == (Said.NOBODY, 0.49)
    fake.alike[("eve", "ada")] = 0.51
    assert (await ask(service, portrait("eve"), ada, ben)).person_id == ADA


@pytest.mark.parametrize("count", [1, 2])
async def test_no_face_is_no_evidence(service: CompreFaceService, count: int) -> None:
    suspects = [await enrolled(service, ADA, "ada"), await enrolled(service, BEN, "ben")][:count]
    for nothing in (portrait(None), b"no picture at all"):
        answer = await ask(service, nothing, *suspects)
        assert (answer.said, answer.score, answer.ratios) == (Said.NO_FACE, None, {})


async def test_a_photo_with_two_faces_or_none_is_not_taken(service: CompreFaceService, fake: FakeCompreFace) -> None:
    key = await service.add_person(ADA, Meter())
    for photo in (portrait("ada", faces=2), portrait(None), b"no picture at all"):
        with pytest.raises(OpinionPhotoRefusedError):
            await service.add_face(key, photo, Meter())
    assert fake.subjects == {ADA: {}}


async def test_a_face_removed_is_gone_and_may_be_gone_already(service: CompreFaceService, fake: FakeCompreFace) -> None:
    ada = await enrolled(service, ADA, "ada")
    for _ in range(2):
        await service.remove_face(ada.key, ada.faces["template-0"], Meter())
        assert list(fake.subjects[ADA]) == [ada.faces["template-1"]]


async def test_forgetting_somebody_is_proven_by_listing(service: CompreFaceService, fake: FakeCompreFace) -> None:
    ada, ben = await enrolled(service, ADA, "ada"), await enrolled(service, BEN, "ben")
    assert await service.knows(ada.key, Meter())
    for _ in range(2):
        await service.remove_person(ada.key, Meter())
        assert not await service.knows(ada.key, Meter())
    assert await service.knows(ben.key, Meter())
    assert list(fake.subjects) == [BEN]


async def test_a_subject_in_another_case_is_the_same_one(service: CompreFaceService, fake: FakeCompreFace) -> None:
    fake.subjects[ADA.upper()] = {}
    assert await service.knows(ADA, Meter())


async def test_who_leaves_takes_only_what_is_theirs(service: CompreFaceService, fake: FakeCompreFace) -> None:
    ada, ben = await enrolled(service, ADA, "ada"), await enrolled(service, BEN, "ben")
    fake.subjects["The neighbour"] = {"11111111-2222-4333-8444-555555555555": "eve"}
    await service.leave([ada.key, ben.key, "", "../subjects", "The neighbour;"], Meter())
    assert fake.subjects == {"The neighbour": {"11111111-2222-4333-8444-555555555555": "eve"}}


@pytest.mark.parametrize("key", ["", "/", "..", "a;b", "x" * 51])
async def test_a_key_that_could_mean_everybody_is_never_sent(
    service: CompreFaceService, fake: FakeCompreFace, meter: Meter, key: str
) -> None:
    await service.remove_person(key, meter)
    await service.remove_face(ADA, key, meter)
    with pytest.raises(OpinionDriftedError):
        await service.add_face(key, portrait("ada"), meter)
    with pytest.raises(OpinionDriftedError):
        await service.ask(portrait("ada"), [Enrolled(ADA, ADA, {"template": key})], meter)
    assert (fake.calls, meter.calls) == ([], 0)


async def test_it_is_noticed_when_the_service_has_lost_what_it_had(
    service: CompreFaceService, fake: FakeCompreFace
) -> None:
    ada, ben = await enrolled(service, ADA, "ada"), await enrolled(service, BEN, "ben")
    fake.subjects.clear()
    for suspects in ([ada], [ada, ben]):
        with pytest.raises(OpinionDriftedError):
            await ask(service, portrait("ada"), *suspects)


async def test_what_just_went_wrong_is_tried_once_more(service: CompreFaceService, fake: FakeCompreFace) -> None:
    ada = await enrolled(service, ADA, "ada")
    fake.calls.clear()
    fake.say(HICCUP, to="POST faces")
    meter = Meter()
    assert (await service.ask(portrait("ada"), [ada], meter)).said is Said.PERSON
    assert meter.calls == len(fake.calls) == 2


async def test_a_result_without_faces_is_no_face(service: CompreFaceService, fake: FakeCompreFace) -> None:
    ada, ben = await enrolled(service, ADA, "ada"), await enrolled(service, BEN, "ben")
    for suspects in ([ada], [ada, ben]):
        fake.say(NOTHING)
        assert (await ask(service, portrait("ada"), *suspects)).said is Said.NO_FACE


async def test_there_is_nothing_to_teach_it(service: CompreFaceService, fake: FakeCompreFace, meter: Meter) -> None:
    await service.learn(meter)
    assert (fake.calls, meter) == ([], Meter())


async def test_a_picture_arrives_byte_by_byte(service: CompreFaceService, fake: FakeCompreFace) -> None:
    key = await service.add_person(ADA, Meter())
    photo = portrait("ada").replace(bytes(256), bytes(range(256)), 1)  # including line endings
    await service.add_face(key, photo, Meter())
    assert photo in fake.calls[-1].body
    assert len(fake.subjects[ADA]) == 1
