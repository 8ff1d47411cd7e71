"""Makes the committed pictures, for scripts/pictures."""

import asyncio
import sys

from . import brand, screenshots

KINDS = {"brand": brand.render, "screenshots": screenshots.shoot}


async def main(kinds: list[str]) -> None:
    for kind in kinds or KINDS:
        for path in await KINDS[kind]():
            print(path)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
