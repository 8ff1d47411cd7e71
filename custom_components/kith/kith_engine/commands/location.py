"""Where the pack lies that a command uses."""

import argparse
import asyncio
import os
from pathlib import Path
import sys

from ..manifest import load_manifest
from ..packs import Pack, fetch, open_pack, prepare

PACK = "KITH_PACK"
"""Environment variable: the folder, where the option is not given."""
DEFAULT = "standard"


def add_pack_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pack",
        type=Path,
        metavar="FOLDER",
        help=f"of the networks (default: ${PACK}, else ~/.cache/kith/packs/{DEFAULT}, fetched when it is not there)",
    )


def chosen_pack(folder: Path | None) -> Pack:
    """The pack in this folder, else in $KITH_PACK, else in the user's cache, where it is fetched to on first use.

    Raises PackError if it is not whole, or cannot be fetched.
    """
    if folder is not None:
        return open_pack(folder)
    if PACK in os.environ:
        return open_pack(Path(os.environ[PACK]))
    cache = Path.home() / ".cache" / "kith" / "packs" / DEFAULT
    manifest = load_manifest(DEFAULT)
    if not all((cache / file.name).exists() for network in manifest.installed for file in network.files):
        print(f"fetching {manifest.title} ({manifest.download / 1e6:.1f} MB) into {cache}", file=sys.stderr)
        asyncio.run(fetch(manifest, cache))
    prepare(manifest, cache)
    return open_pack(cache)
