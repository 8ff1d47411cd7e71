"""Finds the pack that a command uses."""

import argparse
import asyncio
import os
from pathlib import Path
import sys

from ..manifest import find_stored, load_manifest
from ..packs import Pack, fetch, open_pack, prepare, store

PACK = "KITH_PACK"
"""Environment variable: the folder, if the option is not given."""
DEFAULT = "standard"


def add_pack_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pack",
        type=Path,
        metavar="FOLDER",
        help=f"folder of the networks (default: ${PACK}, else ~/.cache/kith/packs/{DEFAULT}, downloaded if missing)",
    )


def chosen_pack(folder: Path | None) -> Pack:
    """The pack in this folder, else in $KITH_PACK, else in the user's cache, fetched there on first use.

    Raises PackError if it is incomplete or cannot be fetched.
    """
    if folder is not None:
        return open_pack(folder)
    if PACK in os.environ:
        return open_pack(Path(os.environ[PACK]))
    return _bundled_pack(Path.home() / ".cache" / "kith" / "packs" / DEFAULT)


def _bundled_pack(folder: Path) -> Pack:
    """The pack that came with this version, also where another one's is. Raises PackError."""
    manifest, before = load_manifest(DEFAULT), find_stored(folder)
    current = before is not None and before.digest == manifest.digest
    if not current or not all((folder / file.name).exists() for net in manifest.installed for file in net.files):
        print(f"fetching {manifest.title} ({manifest.download / 1e6:.1f} MB) into {folder}", file=sys.stderr)
        asyncio.run(fetch(manifest, folder))
    prepare(manifest, folder)
    if not current:
        store(manifest, folder)
    return open_pack(folder)
