"""People are imported with their photos: it is said what was found, each photo is judged, and only a yes enrolls."""

from datetime import timedelta
import io
from pathlib import Path
from typing import Any
import zipfile

from aiohttp import web
from homeassistant.components.media_source import PlayMedia
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kith.enrollment import portrait
from custom_components.kith.kith_engine.analysis import Analysis, Flaw, Look, Scope
from custom_components.kith.kith_engine.errors import EngineBusyError, PictureError
from custom_components.kith.kith_engine.server import Address, listening
from custom_components.kith.photo_import import files, found, media, session
from custom_components.kith.photo_import.session import IMPORT, OPEN_FOR
from tests.contract import assert_like
from tests.identity.faces import EMPTY, axis, face, like

from .conftest import Scripted, eventually
from .page import Caller
from .people import agree, consent_of, person_of
from .test_photos import kept
from .test_subentry_flows import PORTRAIT, photo

pytestmark = [pytest.mark.one_release, pytest.mark.usefixtures("quick", "seeing")]

YES = {"by": "Ada", "photos": True}
KATHERINE = [like((2, 0.9)), like((2, 0.8), (6, 0.5)), like((2, 0.8), (5, 0.5))]
PHOTOS: dict[bytes, Analysis | Exception] = {
    **{f"katherine {number}".encode(): photo(face(one, PORTRAIT)) for number, one in enumerate(KATHERINE)},
    b"katherine again": photo(face(KATHERINE[0], PORTRAIT)),
    b"blurred": photo(face(None, PORTRAIT, (Flaw.BLURRED,))),
    b"grace": photo(face(axis(1), PORTRAIT)),
    b"ada": photo(face(like((0, 0.8), (6, 0.5)), PORTRAIT)),
    b"text": PictureError("this is a poem"),
}
"""What the engine sees in each photo."""


@pytest.fixture
def seeing(engine: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    def analyze(encoded: bytes, _camera: str, look: Look, _scope: Scope) -> Analysis:
        found = PHOTOS.get(encoded, EMPTY) if look is Look.PORTRAIT else EMPTY
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(engine, "analyze", analyze)


@pytest.fixture
def faces(hass: HomeAssistant, tmp_path: Path) -> Path:
    """A folder with a folder for each person, as Frigate keeps faces."""
    root = tmp_path / "faces"
    for name in ("katherine 0", "katherine 1", "katherine again", "blurred", "grace", "text"):
        put(root / "Katherine" / f"{name}.jpg", name.encode())
    put(root / "Ada" / "1.webp", b"ada")
    put(root / "train" / "somebody.webp", b"ada")
    put(root / ".thumbs" / "Ghost" / "1.jpg", b"ada")
    put(root / "Notes" / "readme.txt", b"no photo")
    put(root / "loose.jpg", b"ada")
    (root / "Link").mkdir()
    (root / "Link" / "out.jpg").symlink_to(root / "loose.jpg")
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    return root


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def archive(*entries: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries:
            packed.writestr(name, content)
    return buffer.getvalue()


def named(content: bytes, name: str) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


async def upload(hass_client: ClientSessionGenerator, content: bytes) -> str:
    client = await hass_client()
    async with client.post("/api/file_upload", data={"file": named(content, "people.zip")}) as answer:
        found: str = (await answer.json())["file_id"]
        return found


async def checked(page: Caller, import_id: str, *names: str) -> dict[str, Any]:
    """Each person after their last photo."""
    await page.follow("import/check", import_id=import_id, names=list(names))
    people: dict[str, Any] = {}
    while True:
        event = await page.event()
        if event["done"]:
            assert event["trouble"] is None
            return people
        people[event["person"]["name"]] = event["person"]


async def test_a_folder_for_each_person_is_listed_and_nothing_is_read_yet(
    entry: MockConfigEntry, page: Caller, faces: Path
) -> None:
    opened = await page.ask("import/open", folder=str(faces))
    assert_like(opened, "import_open")
    names = {person["name"]: (person["known"], person["photos"]) for person in opened["people"]}
    assert names == {"Ada": (True, 1), "Katherine": (False, 6)}
    assert await page.ask("import/close", import_id=opened["import_id"]) == {}
    assert await page.refused("import/close", import_id=opened["import_id"]) == "import_closed"


async def test_each_photo_is_judged_and_only_a_yes_enrolls(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, faces: Path
) -> None:
    import_id = (await page.ask("import/open", folder=str(faces)))["import_id"]
    people = await checked(page, import_id, "Katherine", "Ada", "Nobody")
    assert_like({"person": people["Katherine"], "done": False, "trouble": None}, "import_check")
    assert (people["Katherine"]["good"], people["Katherine"]["checked"], people["Ada"]["good"]) == (2, 6, 1)
    assert {one["words"]: one["count"] for one in people["Katherine"]["refused"]} == {
        "nearly the same as another": 1,
        "blurred": 1,
        "looks more like somebody else": 1,
        "cannot be read": 1,
    }
    gallery = entry.runtime_data.stores.gallery.gallery
    assert {who: len(own) for who, own in gallery.templates.items()} == {"ada": 1, "grace": 1}
    yes = {"consent": {"by": "", "photos": True}, "present": "lately"}
    answer = await page.ask("import/enroll", import_id=import_id, name="Katherine", **yes)
    assert_like(answer, "import_enroll")
    await hass.async_block_till_done()
    assert consent_of(entry, "Katherine") == {"recognize", "photos"}
    assert person_of(entry, "Katherine").data["consent"]["by"] == "Katherine"
    assert person_of(entry, "Katherine").data["here_for"] == 30, "as everybody is asked who is added"
    person_id = person_of(entry, "Katherine").data["person_id"]
    assert len(entry.runtime_data.stores.gallery.gallery.templates[person_id]) == 2
    assert len([name for name in kept(hass) if person_id in name]) == 2
    assert (
        await page.refused("import/enroll", import_id=import_id, name="Katherine", consent=YES) == "import_nothing_good"
    )


async def test_photos_of_somebody_known_are_added_as_far_as_they_agreed(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, faces: Path
) -> None:
    import_id = (await page.ask("import/open", folder=str(faces)))["import_id"]
    await checked(page, import_id, "Ada")
    assert (await page.ask("import/enroll", import_id=import_id, name="Ada", consent=YES))["enrolled"] == 1
    assert len(entry.runtime_data.stores.gallery.gallery.templates["ada"]) == 2
    assert not kept(hass), "she did not agree to keeping photos, whatever is ticked here"
    assert consent_of(entry, "Ada") == {"recognize"}


async def test_who_withdraws_meanwhile_is_dropped_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, faces: Path
) -> None:
    import_id = (await page.ask("import/open", folder=str(faces)))["import_id"]
    await checked(page, import_id, "Ada", "Katherine")
    agree(hass, entry, "Ada")
    await hass.async_block_till_done()
    assert await page.refused("import/enroll", import_id=import_id, name="Ada", consent=YES) == "import_nothing_good"
    assert "Ada" not in hass.data[IMPORT].candidates


async def test_the_gallery_is_asked_again_when_somebody_is_enrolled(
    entry: MockConfigEntry, page: Caller, faces: Path
) -> None:
    """Hours may lie between the look and the yes."""
    import_id = (await page.ask("import/open", folder=str(faces)))["import_id"]
    await checked(page, import_id, "Ada")
    candidate = entry.runtime_data.hass.data[IMPORT].candidates["Ada"]
    await entry.runtime_data.enroll("ada", candidate.templates)
    assert (await page.ask("import/enroll", import_id=import_id, name="Ada", consent=YES))["enrolled"] == 0


async def test_a_zip_file_is_read_without_unpacking_it(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, hass_client: ClientSessionGenerator
) -> None:
    content = archive(
        ("backup/faces/Katherine/1.jpg", b"katherine 0"),
        ("backup/faces/katherine/2.JPG", b"katherine 1"),
        ("../../../etc/Mallory/1.jpg", b"katherine 2"),
        ("/etc/Mallory/1.jpg", b"katherine 2"),
        ("__MACOSX/1.jpg", b"katherine 2"),
        ("Katherine/notes.txt", b""),
    )
    file_id = await upload(hass_client, content)
    opened = await page.ask("import/open", upload=file_id)
    assert [(person["name"], person["photos"]) for person in opened["people"]] == [("Katherine", 2)]
    people = await checked(page, opened["import_id"], "Katherine")
    assert people["Katherine"]["good"] == 2
    await page.ask("import/close", import_id=opened["import_id"])
    assert await page.refused("import/open", upload=file_id) == "import_unreadable", "the upload was deleted"


async def test_an_archive_that_is_none_or_a_bomb_is_refused(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    page: Caller,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for content in (b"no archive", b"", archive(("Ada/1.jpg", b"ada"))[:-30]):
        assert await page.refused("import/open", upload=await upload(hass_client, content)) == "import_unreadable"
    assert (
        await page.refused("import/open", upload=await upload(hass_client, archive(("a.txt", b"")))) == "import_empty"
    )
    with monkeypatch.context() as patch:
        patch.setattr(files, "LARGEST_DIRECTORY", 40)
        many = await upload(hass_client, archive(*((f"Ada/{number}.jpg", b"") for number in range(3))))
        assert await page.refused("import/open", upload=many) == "import_unreadable"
    monkeypatch.setattr(files, "LARGEST_PICTURE", 1_000)
    bomb = archive(("Ada/bomb.jpg", bytes(1_000_000)), ("Ada/good.jpg", b"ada"))
    damaged = bomb.replace(b"Ada/good.jpg", b"Ada/evil.jpg", 1)  # the entry no longer is what the list says
    import_id = (await page.ask("import/open", upload=await upload(hass_client, damaged)))["import_id"]
    people = await checked(page, import_id, "Ada")
    assert {one["words"] for one in people["Ada"]["refused"]} == {"too large", "cannot be read"}


async def test_a_folder_that_is_not_allowed_or_not_there_is_refused(
    hass: HomeAssistant, page: Caller, faces: Path, tmp_path: Path
) -> None:
    assert await page.refused("import/open", folder=str(faces / "none")) == "import_unreadable"
    assert await page.refused("import/open") == "import_unreadable"
    hass.config.allowlist_external_dirs = set()
    assert await page.refused("import/open", folder=str(faces)) == "import_unreadable"


async def test_a_single_person_s_folder_is_that_person(page: Caller, faces: Path) -> None:
    (person,) = (await page.ask("import/open", folder=str(faces / "Katherine")))["people"]
    assert (person["name"], person["total"]) == ("Katherine", 6)


async def test_a_photo_that_is_gone_is_said_and_the_rest_goes_on(page: Caller, faces: Path) -> None:
    import_id = (await page.ask("import/open", folder=str(faces)))["import_id"]
    (faces / "Ada" / "1.webp").unlink()
    people = await checked(page, import_id, "Ada", "Katherine")
    assert people["Ada"]["refused"] == [{"count": 1, "words": "could not be opened"}]
    assert people["Katherine"]["good"] == 2


async def test_more_photos_than_are_needed_are_not_looked_at(
    page: Caller, faces: Path, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(found, "MOST_PHOTOS", 3)
    monkeypatch.setattr(session, "MOST_ENROLLED", 1)
    opened = await page.ask("import/open", folder=str(faces))
    katherine = next(person for person in opened["people"] if person["name"] == "Katherine")
    assert (katherine["photos"], katherine["total"]) == (3, 6)
    people = await checked(page, opened["import_id"], "Ada")
    assert people["Ada"]["good"] == 1
    put(faces / "Ada" / "2.jpg", b"ada")
    import_id = (await page.ask("import/open", folder=str(faces)))["import_id"]
    people = await checked(page, import_id, "Ada")
    assert people["Ada"]["refused"] == [{"count": 1, "words": "not needed: there are enough"}]


async def test_cameras_go_first_and_a_broken_engine_ends_the_look(
    page: Caller, faces: Path, engine: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portrait, "BUSY_PAUSE", 0)
    answers = iter([EngineBusyError("later"), PHOTOS[b"ada"], RuntimeError("the engine broke")])

    def analyze(_encoded: bytes, _camera: str, look: Look, _scope: Scope) -> Analysis:
        answer = next(answers, EMPTY) if look is Look.PORTRAIT else EMPTY
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(engine, "analyze", analyze)
    import_id = (await page.ask("import/open", folder=str(faces)))["import_id"]
    assert (await checked(page, import_id, "Ada"))["Ada"]["good"] == 1
    await page.follow("import/check", import_id=import_id, names=["Katherine"])
    event = await page.event(lambda event: event["done"])
    assert event["trouble"]


@pytest.mark.parametrize("end", ["time", "another", "unload"])
async def test_what_was_seen_is_dropped_when_the_import_ends(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, faces: Path, end: str
) -> None:
    import_id = (await page.ask("import/open", folder=str(faces)))["import_id"]
    await checked(page, import_id, "Ada")
    opened = hass.data[IMPORT]
    if end == "time":
        async_fire_time_changed(hass, dt_util.utcnow() + OPEN_FOR + timedelta(seconds=1))
    elif end == "another":
        await page.ask("import/open", folder=str(faces))
    else:
        await hass.config_entries.async_unload(entry.entry_id)
    await eventually(lambda: not opened.candidates)
    await hass.async_block_till_done()
    assert hass.data.get(IMPORT) is not opened
    await opened.end()
    if end != "unload":
        assert await page.refused("import/check", import_id=import_id, names=["Ada"]) == "import_closed"
        assert [one async for one in opened.check(["Ada"])] == []


async def test_a_name_that_was_taken_or_given_up_meanwhile_is_said(
    hass: HomeAssistant, entry: MockConfigEntry, page: Caller, faces: Path
) -> None:
    import_id = (await page.ask("import/open", folder=str(faces)))["import_id"]
    await checked(page, import_id, "Katherine")
    grace = person_of(entry, "Grace")
    hass.config_entries.async_update_subentry(entry, grace, title="katherine")
    await hass.async_block_till_done()
    assert await page.refused("import/enroll", import_id=import_id, name="Katherine", consent=YES) == "name_taken"


@pytest.fixture
async def library(hass: HomeAssistant, faces: Path) -> None:
    """The faces are among Home Assistant's media, which it registers before the page asks."""
    hass.config.media_dirs = {"local": str(faces.parent)}
    assert await async_setup_component(hass, "media_source", {})


@pytest.mark.usefixtures("library")
async def test_home_assistant_s_media_are_imported_from(page: Caller, faces: Path) -> None:
    opened = await page.ask("import/open", media="media-source://media_source/local/faces")
    names = {person["name"]: person["photos"] for person in opened["people"]}
    assert (names["Ada"], names["Katherine"]) == (1, 6)
    assert (await checked(page, opened["import_id"], "Katherine"))["Katherine"]["good"] == 2
    (person,) = (await page.ask("import/open", media="media-source://media_source/local/faces/Katherine"))["people"]
    assert (person["name"], person["total"]) == ("Katherine", 6)
    assert await page.refused("import/open", media="media-source://nobody/people") == "import_unreadable"


@pytest.mark.usefixtures("library")
async def test_photos_behind_an_address_are_fetched_within_bounds(
    page: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Immich's are."""
    monkeypatch.setattr(media, "LARGEST_PICTURE", 1_000)
    bodies = {"0": b"katherine 0", "1": bytes(2_000)}

    async def serve(request: web.Request) -> web.Response:
        if (body := bodies.get(request.match_info["name"])) is None:
            raise web.HTTPNotFound
        return web.Response(body=body)

    asked: list[str] = []

    async def resolve(_hass: HomeAssistant, content_id: str, _target: None) -> PlayMedia:
        asked.append(content_id)
        return PlayMedia(f"{url}/{len(asked) - 1}", "image/jpeg")

    app = web.Application()
    app.router.add_get("/{name}", serve)
    opened = await page.ask("import/open", media="media-source://media_source/local/faces/Katherine")
    monkeypatch.setattr(media, "async_resolve_media", resolve)
    async with listening(app, Address()) as url:
        people = await checked(page, opened["import_id"], "Katherine")
    refused = {one["words"]: one["count"] for one in people["Katherine"]["refused"]}
    assert refused == {"too large": 1, "could not be fetched": 4}
