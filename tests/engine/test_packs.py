import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
import contextlib
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
import errno
import hashlib
import os
from pathlib import Path
import shutil
import threading

from aiohttp import web
from aiohttp.test_utils import TestServer
import numpy as np
import pytest

from kith_engine import packs
from kith_engine.errors import PackDamagedError, PackError, PackUnavailableError, PackUnwritableError
from kith_engine.manifest import Manifest, load_manifest, read_manifest
from kith_engine.network import File, Role
from kith_engine.packs import Pack, fetch, open_pack, store, verify

STANDARD = load_manifest("standard")
FILES = [file for network in STANDARD.networks for file in network.files]
CONTENTS = {file.name: bytes([number]) * 700_000 for number, file in enumerate(FILES)}


def changed(manifest: Manifest, change: Callable[[File], File]) -> Manifest:
    """With other files."""
    networks = (replace(network, files=tuple(map(change, network.files))) for network in manifest.networks)
    return replace(manifest, networks=tuple(networks))


def small(file: File) -> File:
    return replace(file, bytes=700_000, sha256=hashlib.sha256(CONTENTS[file.name]).hexdigest())


SMALL = changed(STANDARD, small)
SMALL = replace(SMALL, networks=tuple(replace(network, on_demand=False) for network in SMALL.networks))
"""The standard pack with contents that are quick to make, and all of it always wanted."""
type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture(autouse=True)
def no_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KITH_MODEL_MIRROR", raising=False)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A mirror folder."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    for name, content in CONTENTS.items():
        (folder / name).write_bytes(content)
    return folder


@asynccontextmanager
async def published(answer: Handler) -> AsyncIterator[Manifest]:
    """The small pack, published on a server that behaves like this."""
    application = web.Application()
    application.router.add_get("/{file}", answer)
    server = TestServer(application)
    await server.start_server(shutdown_timeout=0.1)  # nothing waits for an answer without an end
    async with server:
        yield changed(SMALL, lambda file: replace(file, urls=(str(server.make_url(f"/{file.name}")),)))


async def whole(request: web.Request) -> web.Response:
    return web.Response(body=CONTENTS[request.match_info["file"]])


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_a_pack_is_downloaded_whole_with_progress(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    async with published(whole) as manifest:
        await fetch(manifest, tmp_path / "pack", progress=lambda *step: steps.append(step))
    verify(tmp_path / "pack", SMALL)
    assert names(tmp_path / "pack") == set(CONTENTS)
    assert steps == sorted(steps)
    assert steps[-1] == (SMALL.bytes, SMALL.bytes)
    assert len(steps) > len(CONTENTS)


async def test_a_pack_is_taken_from_the_mirror(tmp_path: Path, shelf: Path) -> None:
    await fetch(SMALL, tmp_path / "pack", shelf)
    verify(tmp_path / "pack", SMALL)
    assert all((tmp_path / "pack" / name).stat().st_mode & 0o777 == 0o644 for name in CONTENTS)


async def test_a_mirror_may_have_a_folder_for_each_network(tmp_path: Path, shelf: Path) -> None:
    for number, name in enumerate(CONTENTS):
        there = shelf / "omz" / str(number) if number else shelf / "standard"
        there.mkdir(parents=True)
        (shelf / name).rename(there / name)
    await fetch(SMALL, tmp_path / "pack", shelf)
    verify(tmp_path / "pack", SMALL)
    verify(shelf, SMALL)


async def test_the_mirror_can_be_named_by_the_environment(
    tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_MODEL_MIRROR", str(shelf))
    await fetch(SMALL, tmp_path / "pack")
    verify(tmp_path / "pack", SMALL)


async def test_what_is_there_and_good_is_kept(tmp_path: Path, shelf: Path) -> None:
    await fetch(SMALL, tmp_path / "pack", shelf)
    before = {name: (tmp_path / "pack" / name).stat().st_ino for name in CONTENTS}
    shutil.rmtree(shelf)
    await fetch(SMALL, tmp_path / "pack", shelf)
    assert before == {name: (tmp_path / "pack" / name).stat().st_ino for name in CONTENTS}


async def test_what_another_pack_has_already_is_not_downloaded_again(tmp_path: Path, shelf: Path) -> None:
    before = tmp_path / "before"
    await fetch(SMALL, before, shelf)
    (before / "yolox_nano.onnx").write_bytes(b"damaged")
    for name in ("yunet_s_dynamic.onnx", "face-reidentification-retail-0095.bin"):
        (shelf / name).unlink()
    await fetch(SMALL, tmp_path / "pack", shelf, nearby=[tmp_path / "nothing", before])
    verify(tmp_path / "pack", SMALL)


async def test_what_came_with_kith_is_not_downloaded(
    tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = changed(SMALL, lambda file: replace(file, urls=()))
    monkeypatch.setattr(packs, "SHIPPED", shelf)
    await fetch(own, tmp_path / "pack")
    verify(tmp_path / "pack", own)
    (shelf / "yolox_nano.onnx").write_bytes(b"damaged")
    with pytest.raises(PackUnavailableError, match=r"yolox_nano\.onnx comes with Kith.*install Kith again"):
        await fetch(own, tmp_path / "other")


async def test_what_is_there_and_damaged_is_replaced(tmp_path: Path, shelf: Path) -> None:
    await fetch(SMALL, tmp_path / "pack", shelf)
    (tmp_path / "pack" / "yolox_nano.onnx").write_bytes(b"half")
    await fetch(SMALL, tmp_path / "pack", shelf)
    verify(tmp_path / "pack", SMALL)


def test_one_flipped_byte_is_found_and_the_file_is_named(tmp_path: Path, shelf: Path) -> None:
    verify(shelf, SMALL)
    damaged = shelf / "yunet_s_dynamic.onnx"
    content = bytearray(damaged.read_bytes())
    content[345_678] ^= 1
    damaged.write_bytes(content)
    with pytest.raises(PackDamagedError, match=r"yunet_s_dynamic\.onnx is damaged.*fetch the pack again"):
        verify(shelf, SMALL)


def test_a_missing_file_is_named(shelf: Path) -> None:
    (shelf / "face-reidentification-retail-0095.bin").unlink()
    with pytest.raises(PackUnavailableError, match=r"face-reidentification-retail-0095\.bin.*fetch the pack"):
        verify(shelf, SMALL)


async def html(_request: web.Request) -> web.Response:
    return web.Response(text="<html>Please log in to this Wi-Fi</html>", content_type="text/html")


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    with suppress(ConnectionError):  # the other side may have given up
        while True:
            await response.write(bytes(100_000))
    return response


async def another(_request: web.Request) -> web.Response:
    return web.Response(body=b"\xff" * 700_000)


@pytest.mark.parametrize("answer", [html, another, endless])
async def test_something_else_in_the_place_of_a_network_is_never_kept(tmp_path: Path, answer: Handler) -> None:
    async with published(answer) as manifest:
        with pytest.raises(PackDamagedError, match=r"yolox_nano\.onnx is not the published file"):
            await fetch(manifest, tmp_path / "pack")
    assert names(tmp_path / "pack") == set()


async def gone(_request: web.Request) -> web.Response:
    raise web.HTTPNotFound


async def cut(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "700000"})
    await response.prepare(request)
    await response.write(CONTENTS["yolox_nano.onnx"][:300_000])
    assert request.transport is not None
    request.transport.close()
    return response


@pytest.mark.parametrize(("answer", "words"), [(gone, "404"), (cut, "internet")])
async def test_a_download_that_fails_says_why_and_leaves_nothing(tmp_path: Path, answer: Handler, words: str) -> None:
    async with published(answer) as manifest:
        with pytest.raises(PackUnavailableError, match=words):
            await fetch(manifest, tmp_path / "pack")
    assert names(tmp_path / "pack") == set()


async def gone_but_for_copies(request: web.Request) -> web.Response:
    if request.query_string != "copy":
        raise web.HTTPNotFound
    return await whole(request)


async def torn_but_for_copies(request: web.Request) -> web.Response:
    return await (whole if request.query_string == "copy" else another)(request)


@pytest.mark.parametrize("answer", [gone_but_for_copies, torn_but_for_copies])
async def test_where_the_first_address_has_no_such_file_the_next_is_asked(tmp_path: Path, answer: Handler) -> None:
    async with published(answer) as manifest:
        await fetch(
            changed(manifest, lambda file: replace(file, urls=(*file.urls, f"{file.urls[0]}?copy"))), tmp_path / "pack"
        )
    verify(tmp_path / "pack", SMALL)
    assert names(tmp_path / "pack") == set(CONTENTS)


async def test_where_no_address_has_it_each_is_named(tmp_path: Path) -> None:
    async with published(gone) as manifest:
        several = changed(manifest, lambda file: replace(file, urls=(*file.urls, f"{file.urls[0]}?copy")))
        with pytest.raises(
            PackUnavailableError, match=r"yolox_nano\.onnx answered 404.*yolox_nano\.onnx\?copy answered 404"
        ):
            await fetch(several, tmp_path / "pack")


ELSEWHERE = changed(SMALL, lambda file: replace(file, urls=("https://maker.example",)))
LAST = ELSEWHERE.networks[-1]
ON_DEMAND = replace(ELSEWHERE, networks=(*ELSEWHERE.networks[:-1], replace(LAST, role=Role.BODY, on_demand=True)))
"""Its last network is fetched only for who asks for it."""


async def test_what_is_used_on_demand_is_not_brought_before(tmp_path: Path, shelf: Path) -> None:
    steps: list[tuple[int, int]] = []
    await fetch(ON_DEMAND, tmp_path / "pack", shelf, lambda *step: steps.append(step))
    assert names(tmp_path / "pack") == set(CONTENTS) - {file.name for file in LAST.files}
    verify(tmp_path / "pack", ON_DEMAND)
    assert steps[-1] == (ON_DEMAND.bytes, ON_DEMAND.bytes)
    assert ON_DEMAND.bytes == SMALL.bytes - LAST.bytes
    assert LAST.file not in {network.file for network in Pack(ON_DEMAND, tmp_path / "pack").networks}


async def test_what_is_used_on_demand_comes_when_it_is_asked_for(tmp_path: Path, shelf: Path) -> None:
    await fetch(ON_DEMAND, tmp_path / "pack", shelf, demanded=[Role.BODY])
    assert names(tmp_path / "pack") == set(CONTENTS)
    assert Pack(ON_DEMAND, tmp_path / "pack").networks == ON_DEMAND.networks
    (tmp_path / "pack" / LAST.file).write_bytes(b"damaged")
    with pytest.raises(PackDamagedError, match=LAST.file):
        verify(tmp_path / "pack", ON_DEMAND)
    await fetch(ON_DEMAND, tmp_path / "pack", shelf)
    verify(tmp_path / "pack", ON_DEMAND)


async def test_no_network_is_said_as_such(tmp_path: Path) -> None:
    async with published(whole) as manifest:
        pass
    with pytest.raises(PackUnavailableError, match="cannot be downloaded"):
        await fetch(manifest, tmp_path / "pack")


async def test_an_incomplete_mirror_names_what_it_lacks(tmp_path: Path, shelf: Path) -> None:
    (shelf / "face-reidentification-retail-0095.bin").unlink()
    with pytest.raises(PackUnavailableError, match=r"mirror has no .*face-reidentification-retail-0095\.bin"):
        await fetch(SMALL, tmp_path / "pack", shelf)


async def test_who_stops_in_the_middle_leaves_nothing_half(tmp_path: Path) -> None:
    arrived = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(CONTENTS["yolox_nano.onnx"][:300_000])
        await asyncio.Event().wait()
        return response

    async with published(slow) as manifest:
        task = asyncio.create_task(fetch(manifest, tmp_path / "pack", progress=lambda *_: arrived.set()))
        await arrived.wait()
        assert not names(tmp_path / "pack") & set(CONTENTS)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert names(tmp_path / "pack") == set()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path, shelf: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(PackUnwritableError, match="closed"):
        await fetch(SMALL, tmp_path / "closed" / "pack", shelf)


async def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path, shelf: Path) -> None:
    (tmp_path / "pack").write_text("not a folder")
    with pytest.raises(PackUnwritableError, match="pack cannot be written"):
        await fetch(SMALL, tmp_path / "pack", shelf)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full disk to try")
async def test_a_full_disk_is_said_as_such(tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append = packs._append
    monkeypatch.setattr(packs, "_append", lambda _path, chunk: append(Path("/dev/full"), chunk))
    with pytest.raises(PackUnwritableError, match=os.strerror(errno.ENOSPC)):
        await fetch(SMALL, tmp_path / "pack", shelf)
    assert names(tmp_path / "pack") == set()


@pytest.mark.parametrize("step", ["open_partial", "_append", "finish"])
async def test_who_stops_while_a_file_is_written_leaves_nothing_either(
    tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A thread cannot be canceled: what it writes comes before the clearing away."""
    begun, go_on, does = threading.Event(), threading.Event(), getattr(packs, step)

    def slow(*arguments: object) -> object:
        begun.set()
        assert go_on.wait(20)
        return does(*arguments)

    monkeypatch.setattr(packs, step, slow)
    fetching = asyncio.create_task(fetch(SMALL, tmp_path / "pack", shelf))
    assert await asyncio.to_thread(begun.wait, 20)
    fetching.cancel()
    asyncio.get_running_loop().call_later(0.05, go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await fetching
    await asyncio.get_running_loop().shutdown_default_executor()
    assert not {name for name in names(tmp_path / "pack") if name.startswith(".")}


async def test_who_stops_while_the_mirror_does_not_answer_leaves_nothing_half(tmp_path: Path) -> None:
    """As opening a file does on a network's disk that is away."""
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    for name in CONTENTS:
        os.mkfifo(mirror / name)
    (tmp_path / "pack").mkdir()
    fetching = asyncio.create_task(fetch(SMALL, tmp_path / "pack", mirror))
    async with asyncio.timeout(20):
        while not names(tmp_path / "pack"):
            await asyncio.sleep(0.01)
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert names(tmp_path / "pack") == set()
    for name in CONTENTS:  # let the thread go that waits for the other side
        with contextlib.suppress(OSError):
            os.close(os.open(mirror / name, os.O_WRONLY | os.O_NONBLOCK))


async def test_what_a_killed_download_left_is_cleared_away(tmp_path: Path, shelf: Path) -> None:
    (tmp_path / "pack").mkdir()
    for name, age in ((".a.onnx.1.part", 10 * 24 * 3600), (".b.onnx.2.part", 0)):
        (tmp_path / "pack" / name).write_bytes(b"half")
        then = (tmp_path / "pack" / name).stat().st_mtime - age
        os.utime(tmp_path / "pack" / name, (then, then))
    await fetch(SMALL, tmp_path / "pack", shelf)
    assert names(tmp_path / "pack") == {*CONTENTS, ".b.onnx.2.part"}  # somebody may still be writing the other one


def test_the_published_networks_open_by_their_role(pack: Pack) -> None:
    session = pack.open(Role.EMBEDDING, 1)
    (vector,) = session.run(np.zeros((1, 3, 128, 128), np.float32)).values()
    assert vector.size == 256


def test_opening_a_pack_checks_it(mirror: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(mirror, tmp_path / "copy", copy_function=shutil.copyfile)
    assert open_pack(folder).folder == folder
    content = bytearray((folder / "yolox_nano.onnx").read_bytes())
    content[1_000_000] ^= 1
    (folder / "yolox_nano.onnx").write_bytes(content)
    with pytest.raises(PackDamagedError, match="yolox_nano"):
        open_pack(folder)


def test_an_installed_pack_is_opened_as_what_it_was_installed_as(mirror: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(mirror, tmp_path / "copy", copy_function=shutil.copyfile)
    older = STANDARD.text.replace('"version":"3"', '"version":"0"').replace('"smallest_face":24', '"smallest_face":77')
    store(read_manifest(older, "older"), folder)
    manifest = open_pack(folder).manifest
    assert (manifest.version, manifest.limits.smallest_face) == ("0", 77)


def test_a_file_that_is_no_network_is_an_error_of_the_pack(shelf: Path) -> None:
    with pytest.raises(PackError, match="not a network"):
        Pack(SMALL, shelf).open(Role.FACE, 1)
