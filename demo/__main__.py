"""Runs Kith in a real Home Assistant, with a story to watch."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
import contextlib
from pathlib import Path
import shutil
import signal
import sys

from . import clips, doubt, setting, story
from .cameras import CameraServer, StreamingServer
from .client import Home, HomeError
from .home import REPOSITORY, running_home


def main() -> int:
    """Returns 0 if everything happened, and 1 if not."""
    options = _options()
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(_interruptible(options))
    return 130


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="Boots a real Home Assistant with Kith, two drawn cameras, a person who agreed to be recognized, "
        "and a welcome automation; plays a story in it and prints what Home Assistant says. It then keeps running "
        "until Ctrl-C, so that you can look around.",
    )
    parser.add_argument("--once", action="store_true", help="exit after the story; exit code 0 if all of it happened")
    played = parser.add_mutually_exclusive_group()
    played.add_argument("--clips", type=Path, metavar="FOLDER", help="play the real clips in this folder instead")
    played.add_argument(
        "--second-opinion",
        action="store_true",
        help="play doubtful visits at night instead, and ask a second engine about them",
    )
    played.add_argument("--rtsp", action="store_true", help="let the cameras stream over RTSP instead of giving stills")
    parser.add_argument(
        "--pack",
        type=lambda given: Path(given).absolute(),
        metavar="FOLDER",
        help="networks of the second engine (default: the standard ones)",
    )
    parser.add_argument(
        "--networks",
        choices=setting.NETWORKS,
        default=setting.IN_THE_BOX,
        help="compact: included; standard: downloaded first (default: %(default)s)",
    )
    parser.add_argument(
        "--package", type=Path, metavar="ZIP", help="install what scripts/package built instead of the source"
    )
    parser.add_argument(
        "--port", type=int, help="Home Assistant's port on the loopback interface (default: a free one)"
    )
    parser.add_argument("--keep", action="store_true", help="keep the home's folder, .cache/demo, at the end")
    return parser.parse_args()


async def _interruptible(options: argparse.Namespace) -> int:
    """Handles SIGTERM like Ctrl-C, so that Home Assistant is stopped, too."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await _demo(options)
    except (HomeError, OSError, RuntimeError) as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        return 1


async def _chosen(options: argparse.Namespace) -> tuple[CameraServer, Callable[[Home], Awaitable[bool]]]:
    """The cameras for the chosen play, and a function that plays it."""
    if options.clips:
        footage = await clips.Footage.read(options.clips)
        server = footage.cameras()
        return server, lambda home: clips.play(home, server, footage, options.networks)
    if options.second_opinion:
        server = doubt.cameras()
        return server, lambda home: doubt.play(home, server, options.networks, options.pack)
    server = story.cameras(StreamingServer if options.rtsp else CameraServer)
    return server, lambda home: story.play(home, server, options.networks)


async def _demo(options: argparse.Namespace) -> int:
    folder = REPOSITORY / ".cache" / "demo"
    server, play = await _chosen(options)
    held = False
    print("Starting Home Assistant on a fresh folder. This takes half a minute.")
    try:
        async with (
            server.running(),
            running_home(folder, options.port, options.package) as up,
            Home.connected(up.login) as home,
        ):
            print(f"\nHome Assistant is up after {up.seconds:.0f} s:")
            print(f"  address              {up.login.url}")
            print(f"  user, password       {up.login.user}, {up.login.password}")
            held = await play(home)
            if not options.once:
                print(f"\nLook around at {up.login.url} as {up.login.user}, {up.login.password}. Ctrl-C ends it.")
                await asyncio.Event().wait()
    finally:
        if held and not options.keep:
            shutil.rmtree(folder)
        else:
            print(f"The home's folder, its log in hass.out: {folder}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
