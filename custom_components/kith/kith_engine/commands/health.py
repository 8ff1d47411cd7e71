"""`health`: does the engine on this machine answer? For whatever keeps it running."""

from __future__ import annotations

import argparse
import asyncio

import aiohttp

PORT = 7071


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser("health", help="check that the engine on this machine answers")
    parser.add_argument("--port", type=int, default=PORT, help="of --tls; default: %(default)s")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    """Raises EngineUnavailableError if it does not."""
    print(asyncio.run(_ask(f"https://127.0.0.1:{arguments.port}")))
    return 0


async def _ask(url: str) -> str:
    from ..pairing.client import ask_offer  # noqa: PLC0415  needs packages that a local engine goes without

    async with aiohttp.ClientSession() as session:
        return (await ask_offer(session, url)).name
