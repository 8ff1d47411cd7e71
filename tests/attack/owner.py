"""Home Assistant, as far as it owns an engine: python -m tests.attack.owner FOLDER PACK URL…

The engine watches these streams and runs until this process is killed. Its number is printed once each has a picture.
"""

import asyncio
from pathlib import Path
import sys

from homeassistant.core import HomeAssistant

from custom_components.kith.engines.local import LocalEngine
from custom_components.kith.engines.process import Installation
from custom_components.kith.kith_engine.analysis import Look
from custom_components.kith.kith_engine.streams.protocol import LookRequest, StreamAddress


async def own(folder: str, pack: str, urls: list[str]) -> None:
    engine = LocalEngine(HomeAssistant(folder), Installation(None, Path(pack)))
    await engine.start()
    for url in urls:
        await engine.open_stream(url, StreamAddress(url))
        await engine.look(url, LookRequest(Look.PEOPLE, 0.0))
    print(engine.pid, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(own(sys.argv[1], sys.argv[2], sys.argv[3:]))
