"""Azure AI Face: its requests, the use of its answers, and that it also forgets people whom Kith forgets."""

import asyncio
import io
from itertools import pairwise

import aiohttp
from PIL import Image
import pytest

from custom_components.kith.errors import (
    OpinionDriftedError,
    OpinionNotApprovedError,
    OpinionOutdatedError,
    OpinionPhotoRefusedError,
    OpinionUnavailableError,
)
from custom_components.kith.second_opinion import azure
from custom_components.kith.second_opinion.azure import CONFLICT_PAUSES, TRAINING_PAUSES, AzureService
from custom_components.kith.second_opinion.azure_pictures import SMALLEST, nobody, padded
from custom_components.kith.second_opinion.protocol import Answer, Enrolled, Meter, Said
from custom_components.kith.second_opinion.weight import MOST_AGAINST, MOST_FOR
from tests.pictures import astronaut, encoded

from .fake_azure import KEY, FakeAzure, Group, Person, refusal
from .fakes import Canned
from .portraits import portrait

ADA, BEN = "0a" * 16, "0b" * 16
GROUP = "kith-0123456789abcdef"


@pytest.fixture
def fake(fake_azure: FakeAzure) -> FakeAzure:
    return fake_azure


@pytest.fixture
def service(http: aiohttp.ClientSession, fake: FakeAzure) -> AzureService:
    return AzureService(http, fake.url, KEY, GROUP, pause=fake.wait)


@pytest.fixture
def meter() -> Meter:
    return Meter()


async def enrolled(service: AzureService, person_id: str, who: str) -> Enrolled:
    key = await service.add_person(person_id, Meter())
    return Enrolled(person_id, key, {"template": await service.add_face(key, portrait(who), Meter())})


async def household(service: AzureService, *, learn: bool = True) -> tuple[Enrolled, Enrolled]:
    people = await enrolled(service, ADA, "ada"), await enrolled(service, BEN, "ben")
    if learn:
        await service.learn(Meter())
    return people


async def ask(service: AzureService, face: bytes, *suspects: Enrolled) -> Answer:
    return await service.ask(face, suspects, Meter())


async def test_the_check_sends_a_drawing_and_makes_nothing(
    service: AzureService, fake: FakeAzure, meter: Meter
) -> None:
    await service.check(meter)
    assert fake.names == ["POST detect"]
    assert fake.calls[0].body == nobody()
    assert (fake.groups, meter.calls, meter.sent) == ({}, 1, len(nobody()))


def test_the_drawing_is_a_picture_that_is_large_enough() -> None:
    picture = Image.open(io.BytesIO(nobody()))
    picture.load()
    assert (picture.format, picture.size) == ("PNG", (128, 128))
    assert len(nobody()) >= SMALLEST


async def test_an_account_without_approval_is_told_apart_before_anything_is_enrolled(
    service: AzureService, fake: FakeAzure
) -> None:
    fake.approved = False
    with pytest.raises(OpinionNotApprovedError):
        await service.check(Meter())
    assert fake.groups == {}


async def test_a_group_is_made_with_the_first_person_and_the_best_network(
    service: AzureService, fake: FakeAzure
) -> None:
    key = await service.add_person(ADA, Meter())
    assert fake.groups[GROUP].model == "recognition_04"
    assert {who: person.name for who, person in fake.groups[GROUP].persons.items()} == {key: ADA}


async def test_a_person_whose_answer_was_lost_is_found_again(service: AzureService, fake: FakeAzure) -> None:
    await enrolled(service, BEN, "ben")
    key = await service.add_person(ADA, Meter())
    assert await service.add_person(ADA, Meter()) == key
    assert len(fake.groups[GROUP].persons) == 2


async def test_a_person_is_found_on_a_later_page(
    service: AzureService, fake: FakeAzure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(azure, "PAGE", 2)
    persons = {f"{one:08x}-0000-4000-8000-000000000000": Person(f"other {one}") for one in range(5)}
    fake.groups[GROUP] = Group("Kith", "recognition_04", persons)
    key = await service.add_person(ADA, Meter())
    assert len(fake.groups[GROUP].persons) == 6
    assert await service.add_person(ADA, Meter()) == key
    monkeypatch.setattr(azure, "MOST_PAGES", 1)
    with pytest.raises(OpinionUnavailableError):
        await service.add_person(BEN, Meter())


async def test_a_group_that_somebody_makes_meanwhile_is_taken(service: AzureService, fake: FakeAzure) -> None:
    fake.groups[GROUP] = Group("Kith", "recognition_04")
    fake.say(refusal(404, "LargePersonGroupNotFound"), to="GET")
    assert await service.add_person(ADA, Meter()) in fake.groups[GROUP].persons


async def test_one_suspect_is_verified_which_needs_no_training(service: AzureService, fake: FakeAzure) -> None:
    ada, _ben = await household(service, learn=False)
    fake.calls.clear()
    meter = Meter()
    answer = await service.ask(portrait("ada"), [ada], meter)
    assert fake.names == ["POST detect", "POST verify"]
    assert (meter.calls, meter.sent) == (2, sum(len(call.body) for call in fake.calls))
    assert (answer.said, answer.person_id, answer.score) == (Said.PERSON, ADA, 0.86)
    assert MOST_FOR / 2 < answer.ratios[ADA] < MOST_FOR


async def test_somebody_else_is_nobody_of_those_it_was_asked_about(service: AzureService) -> None:
    ada, ben = await household(service)
    alone = await ask(service, portrait("eve"), ada)
    assert (alone.said, alone.person_id, alone.score) == (Said.NOBODY, None, 0.09)
    assert MOST_AGAINST <= alone.ratios[ADA] < MOST_AGAINST / 2
    both = await ask(service, portrait("eve"), ada, ben)
    assert (both.said, both.person_id, both.score) == (Said.NOBODY, None, None)
    assert set(both.ratios) == {ADA, BEN}
    assert max(both.ratios.values()) < 0


async def test_several_suspects_are_identified(service: AzureService, fake: FakeAzure) -> None:
    ada, ben = await household(service)
    fake.calls.clear()
    answer = await ask(service, portrait("ben"), ada, ben)
    assert fake.names == ["POST detect", "POST identify"]
    assert (answer.said, answer.person_id, answer.score) == (Said.PERSON, BEN, 0.86)
    assert answer.ratios[ADA] < 0 < answer.ratios[BEN]


async def test_of_two_that_are_alike_the_surer_one_is_named(service: AzureService, fake: FakeAzure) -> None:
    ada, ben = await household(service)
    fake.alike[("ben", "ada")] = 0.7
    answer = await ask(service, portrait("ben"), ada, ben)
    assert answer.person_id == BEN
    assert answer.ratios[ADA] < 0


async def test_somebody_of_the_home_who_is_no_suspect_speaks_against_all_suspects(service: AzureService) -> None:
    ada, ben = await household(service)
    cleo = await enrolled(service, "0c" * 16, "cleo")
    await service.learn(Meter())
    answer = await ask(service, portrait("cleo"), ada, ben)
    assert cleo.person_id not in answer.ratios
    assert (answer.said, answer.person_id) == (Said.NOBODY, None)


async def test_an_untrained_group_is_trained_while_the_likeliest_is_verified(
    service: AzureService, fake: FakeAzure
) -> None:
    ada, ben = await household(service, learn=False)
    fake.calls.clear()
    answer = await ask(service, portrait("ada"), ada, ben)
    assert fake.names == [
        "POST detect",
        "POST identify",
        "POST largepersongroups/kith-0123456789abcdef/train",
        "POST verify",
    ]
    assert (answer.said, answer.person_id, set(answer.ratios)) == (Said.PERSON, ADA, {ADA})
    assert (
        await ask(service, portrait("ada"), ada, ben)
    ).person_id == ADA  # it is in training, and nobody waits for it
    assert fake.waited == []
    await fake.wait(fake.training_takes)
    fake.calls.clear()
    assert (await ask(service, portrait("ben"), ada, ben)).person_id == BEN
    assert "POST verify" not in fake.names


@pytest.mark.parametrize("count", [1, 2])
async def test_a_face_that_was_forgotten_meanwhile_is_detected_anew_once(
    service: AzureService, fake: FakeAzure, count: int
) -> None:
    suspects = (await household(service))[:count]
    compared, status = ("POST verify", 404) if count == 1 else ("POST identify", 400)
    fake.say(refusal(status, "FaceNotFound"), to=compared)
    fake.calls.clear()
    assert (await ask(service, portrait("ada"), *suspects)).person_id == ADA
    assert fake.names == ["POST detect", compared] * 2
    fake.say(refusal(status, "FaceNotFound"), to=compared, times=2)
    fake.calls.clear()
    with pytest.raises(OpinionUnavailableError):
        await ask(service, portrait("ada"), *suspects)
    assert len(fake.calls) == 4


async def test_the_face_lives_no_longer_than_it_must(service: AzureService, fake: FakeAzure) -> None:
    ada, _ben = await household(service)
    await ask(service, portrait("ada"), ada)
    assert dict(next(call for call in fake.calls if call.name == "POST detect").query)["faceIdTimeToLive"] == "60"


@pytest.mark.parametrize(("quality", "said"), [("low", Said.NO_FACE), ("medium", Said.PERSON), ("high", Said.PERSON)])
async def test_a_poor_face_is_no_evidence(service: AzureService, fake: FakeAzure, quality: str, said: Said) -> None:
    ada, _ben = await household(service)
    fake.calls.clear()
    answer = await ask(service, portrait("ada", quality=quality), ada)
    assert answer.said is said
    assert bool(answer.ratios) is (said is Said.PERSON)
    assert len(fake.calls) == (1 if said is Said.NO_FACE else 2)


async def test_no_face_is_no_evidence(service: AzureService) -> None:
    ada, _ben = await household(service)
    for nothing in (portrait(None), b"no picture at all" * 100, b"too little"):
        assert await ask(service, nothing, ada) == Answer(Said.NO_FACE, "recognition_04")


async def test_a_tiny_face_arrives_as_a_picture_of_a_kilobyte(service: AzureService, fake: FakeAzure) -> None:
    tiny = portrait("ada", size=0)
    assert len(tiny) < SMALLEST
    ada, _ben = await household(service)
    assert (await ask(service, tiny, ada)).person_id == ADA
    assert await service.add_face(ada.key, tiny, Meter())


def test_padding_changes_no_pixel() -> None:
    for picture in (astronaut().crop((180, 60, 260, 140)).resize((12, 12)), astronaut()):
        face = encoded(picture, quality=30)
        grown = padded(face)
        assert SMALLEST <= len(grown) <= max(len(face), SMALLEST + 4)
        assert Image.open(io.BytesIO(grown)).tobytes() == Image.open(io.BytesIO(face)).tobytes()
        assert grown[2:4] == face[2:4] == b"\xff\xe0"  # JFIF requires this to be the first
    assert padded(b"no JPEG") == b"no JPEG"
    assert len(padded(b"\xff\xd8\xff\xd9")) >= SMALLEST


@pytest.mark.parametrize("photo", [portrait("ada", faces=2), portrait(None), b"no picture at all" * 100, b"too little"])
async def test_a_photo_without_exactly_one_face_is_not_taken(service: AzureService, photo: bytes) -> None:
    key = await service.add_person(ADA, Meter())
    with pytest.raises(OpinionPhotoRefusedError):
        await service.add_face(key, photo, Meter())


async def test_changes_of_a_person_follow_one_another(service: AzureService, fake: FakeAzure) -> None:
    key = await service.add_person(ADA, Meter())
    faces = await asyncio.gather(*(service.add_face(key, portrait("ada"), Meter()) for _ in range(3)))
    await asyncio.gather(service.remove_face(key, faces[0], Meter()), service.remove_face(key, faces[1], Meter()))
    assert list(fake.groups[GROUP].persons[key].faces) == [faces[2]]
    assert fake.waited == []  # for no conflict


async def test_a_change_during_a_training_waits_for_it(service: AzureService, fake: FakeAzure) -> None:
    ada, ben = await household(service, learn=False)
    await ask(service, portrait("ada"), ada, ben)  # starts a training
    await service.remove_person(ada.key, Meter())
    assert not await service.knows(ada.key, Meter())
    assert fake.waited == [1.0, 2.0]
    assert fake.training_takes == 3.0


async def test_waiting_for_a_conflict_ends(service: AzureService, fake: FakeAzure) -> None:
    ada, ben = await household(service, learn=False)
    fake.training_takes = 1000.0
    await ask(service, portrait("ada"), ada, ben)
    with pytest.raises(OpinionUnavailableError):
        await service.remove_person(ada.key, Meter())
    assert fake.waited == list(CONFLICT_PAUSES)
    assert await service.knows(ada.key, Meter())


async def test_learning_is_training_until_it_is_done(service: AzureService, fake: FakeAzure) -> None:
    fake.training_takes = 10.0
    ada, ben = await household(service)
    assert sum(fake.waited) >= 10.0
    assert (await ask(service, portrait("ben"), ada, ben)).person_id == BEN


async def test_a_training_done_at_the_last_look_is_a_success(service: AzureService, fake: FakeAzure) -> None:
    fake.training_takes = sum(TRAINING_PAUSES)
    await household(service)
    assert fake.waited == list(TRAINING_PAUSES)


async def test_learning_again_waits_for_a_training_under_way(service: AzureService, fake: FakeAzure) -> None:
    ada, ben = await household(service, learn=False)
    await ask(service, portrait("ada"), ada, ben)
    await service.learn(Meter())
    assert fake.groups[GROUP].trained == {ada.key: ["ada"], ben.key: ["ben"]}


async def test_a_training_without_an_end_is_not_waited_for(service: AzureService, fake: FakeAzure) -> None:
    fake.training_takes = 1000.0
    with pytest.raises(OpinionUnavailableError):
        await household(service)
    assert fake.waited == list(TRAINING_PAUSES)
    assert all(one <= other for one, other in pairwise(TRAINING_PAUSES))


async def test_a_training_that_has_not_begun_is_waited_for(service: AzureService, fake: FakeAzure) -> None:
    fake.say(refusal(404, "LargePersonGroupNotTrained"), to=f"GET largepersongroups/{GROUP}/training")
    fake.say(Canned(200, {"status": "notStarted"}), to=f"GET largepersongroups/{GROUP}/training")
    await household(service)
    assert fake.groups[GROUP].trained


async def test_a_training_that_failed_is_no_success(service: AzureService, fake: FakeAzure) -> None:
    fake.training_fails = True
    with pytest.raises(OpinionUnavailableError):
        await household(service)


async def test_a_face_removed_is_gone_and_may_be_gone_already(service: AzureService, fake: FakeAzure) -> None:
    ada, _ben = await household(service)
    for _ in range(2):
        await service.remove_face(ada.key, ada.faces["template"], Meter())
        assert fake.groups[GROUP].persons[ada.key].faces == {}
    await service.remove_person(ada.key, Meter())
    await service.remove_face(ada.key, ada.faces["template"], Meter())


async def test_forgetting_somebody_is_proven_by_asking_for_them(service: AzureService, fake: FakeAzure) -> None:
    ada, ben = await household(service)
    assert await service.knows(ada.key, Meter())
    for _ in range(2):
        await service.remove_person(ada.key, Meter())
        assert not await service.knows(ada.key, Meter())
    assert list(fake.groups[GROUP].persons) == [ben.key]


async def test_who_leaves_takes_the_home_s_group_and_no_other(service: AzureService, fake: FakeAzure) -> None:
    ada, ben = await household(service)
    fake.groups["the-neighbours"] = Group("Others", "recognition_04")
    for _ in range(2):
        await service.leave([ada.key, ben.key], Meter())
        assert list(fake.groups) == ["the-neighbours"]
    assert not await service.knows(ada.key, Meter())


@pytest.mark.parametrize("lost", ["group", "person"])
async def test_it_is_noticed_when_the_service_has_lost_what_it_had(
    service: AzureService, fake: FakeAzure, lost: str
) -> None:
    ada, ben = await household(service)
    if lost == "group":
        fake.groups.clear()
        with pytest.raises(OpinionDriftedError):
            await ask(service, portrait("ada"), ada, ben)
        with pytest.raises(OpinionDriftedError):
            await service.learn(Meter())
    else:
        fake.groups[GROUP].persons.clear()
    with pytest.raises(OpinionDriftedError):
        await ask(service, portrait("ada"), ada)
    with pytest.raises(OpinionDriftedError):
        await service.add_face(ada.key, portrait("ada"), Meter())


async def test_a_group_of_another_network_must_be_made_anew(service: AzureService, fake: FakeAzure) -> None:
    ada, _ben = await household(service)
    fake.groups[GROUP].model = "recognition_03"
    with pytest.raises(OpinionOutdatedError):
        await ask(service, portrait("ada"), ada)


@pytest.mark.parametrize("key", ["", "/", "..", ADA])
async def test_an_id_that_is_none_of_azure_s_is_never_sent(
    service: AzureService, fake: FakeAzure, meter: Meter, key: str
) -> None:
    await service.remove_person(key, meter)
    await service.remove_face(key, key, meter)
    assert not await service.knows(key, meter)
    with pytest.raises(OpinionDriftedError):
        await service.add_face(key, portrait("ada"), meter)
    assert (fake.calls, meter.calls) == ([], 0)


@pytest.mark.parametrize("group", ["", "..", "a/b", "A", "x" * 65])
async def test_a_group_that_could_mean_others_is_never_sent(
    http: aiohttp.ClientSession, fake: FakeAzure, meter: Meter, group: str
) -> None:
    service = AzureService(http, fake.url, KEY, group, pause=fake.wait)
    await service.leave([], meter)
    with pytest.raises(OpinionDriftedError):
        await service.add_person(ADA, meter)
    with pytest.raises(OpinionDriftedError):
        await service.learn(meter)
    assert (fake.calls, meter.calls) == ([], 0)
