"""Kills in the middle of writing: what was said to be stored is stored, and nothing is torn."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
import random
import sys

from homeassistant.core import HomeAssistant

from custom_components.kith.storage import GalleryStore, LeftoverStore
from tests.examples import examples

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
