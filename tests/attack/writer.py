"""Writes galleries until it is killed: python -m tests.attack.writer FOLDER

Each has one more template than the one before; their number is printed after each write.
"""

import asyncio
from itertools import count
import sys

from homeassistant.core import HomeAssistant
from homeassistant.helpers import storage

from custom_components.kith.identity.gallery import Gallery
from custom_components.kith.storage import GalleryStore
from tests.identity.faces import axis, template


async def write(folder: str) -> None:
    hass = HomeAssistant(folder)
    await storage.get_internal_store_manager(hass).async_initialize()
    store = GalleryStore(hass)
    await store.load()
    made = [*store.gallery.templates.get("ada", ())]
    for number in count(len(made)):
        made = [*made[-40:], template(axis(number % 8), name=str(number))]
        await store.replace(Gallery({"ada": tuple(made)}))
        print(number, flush=True)


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1]))
