"""Kills: what was said to be stored is stored, nothing is torn, and no engine and no connection stays behind."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
import random
import sys

from homeassistant.core import HomeAssistant
import psutil
import pytest

from custom_components.kith.kith_engine.manifest import load_manifest
from custom_components.kith.kith_engine.packs import fetch, store
from custom_components.kith.storage import GalleryStore, LeftoverStore
from demo.rtsp import Channel, RtspServer
from tests.engine.streams.filming import film, playing
from tests.examples import examples
from tests.integration.conftest import eventually

REPOSITORY = Path(__file__).parents[2]


async def killed_after(folder: str, writes: int, chance: random.Random) -> int:
    """Returns the number of the last template that was said to be stored; -1 if none."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.attack.writer", folder), cwd=REPOSITORY, stdout=PIPE, stderr=DEVNULL
    )
    assert process.stdout is not None
    last = -1
    async with asyncio.timeout(60):
        for _ in range(writes):
            last = int(await process.stdout.readline())
    for _ in range(chance.randrange(200)):
        await asyncio.sleep(0)
    process.kill()
    said = (await process.stdout.read()).split()
    await process.wait()
    return int(said[-1]) if said else last


async def test_a_kill_loses_nothing_and_leaves_nothing_torn(hass: HomeAssistant) -> None:
    chance = random.Random("kills")
    for _ in range(examples(3)):
        last = await killed_after(hass.config.config_dir, chance.randint(1, 12), chance)
        store = GalleryStore(hass)
        await store.load()
        newest = int(store.gallery.templates["ada"][-1].template_id)
        assert last <= newest <= last + 1
        await LeftoverStore(hass).load()
        # one that was killed before anything was written holds nothing, and nobody can tell whose it is
        assert not [path for path in Path(hass.config.path(".storage")).glob("tmp*") if path.stat().st_size]


@pytest.mark.slow
@pytest.mark.one_release
async def test_a_killed_home_assistant_leaves_no_engine_and_no_connection(
    tmp_path: Path, loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One camera sends pictures; the other one has become silent, and its reader waits for the next packet."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    manifest, pack, units = load_manifest("compact"), tmp_path / "pack", film(1)
    await fetch(manifest, pack)
    store(manifest, pack)
    async with RtspServer({"hall": Channel(), "door": Channel()}).running() as server:
        hall, door = server.channels.values()
        async with playing(hall, units):
            async with playing(door, units):
                owner = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "tests.attack.owner", str(tmp_path), str(pack)),
                    *(server.url(name) for name in server.channels),
                    cwd=REPOSITORY,
                    stdout=PIPE,
                )
                assert owner.stdout is not None
                engine = psutil.Process(int(await owner.stdout.readline()))
            assert server.connections == 2
            assert list(tmp_path.glob("kith-*"))
            owner.kill()
            await owner.wait()
            await eventually(lambda: server.connections == 0 and not engine.is_running())
    assert not list(tmp_path.glob("kith-*")), "nor the folder of its socket"
