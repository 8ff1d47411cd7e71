"""`packs`: list, fetch, verify or test packs."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator
import json
from pathlib import Path
import signal
import sys

from ..errors import PackError
from ..manifest import Manifest, load_manifest, load_stored, manifest_names, read_manifest
from ..network import Network, Role
from ..packs import fetch, manifest_in, open_pack, prepare, store, verify
from ..selftest import test
from .location import DEFAULT


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser("packs", help="list, fetch, or verify the networks")
    actions = parser.add_subparsers(required=True, metavar="ACTION")

    listing = actions.add_parser("list", help="show the packs, their authors, and their licenses")
    listing.set_defaults(run=_list)

    fetching = actions.add_parser(
        "fetch", help="download what is missing; a file appears only once complete and correct"
    )
    fetching.add_argument(
        "pack",
        type=_manifest,
        nargs="?",
        metavar="PACK",
        help=f"{', '.join(manifest_names())}, or a manifest file; by default, the pack that DIR has a part of",
    )
    fetching.add_argument("--into", type=Path, required=True, metavar="DIR")
    fetching.add_argument(
        "--mirror", type=Path, metavar="DIR", help="take the files from here (default: $KITH_MODEL_MIRROR)"
    )
    fetching.add_argument(
        "--near", type=Path, action="append", default=[], metavar="DIR", help="look here first; may be repeated"
    )
    fetching.add_argument(
        "--with",
        dest="demanded",
        type=Role,
        action="append",
        default=[],
        metavar="ROLE",
        help=f"bring what is used on demand too: {Role.SECOND_LOOK} or {Role.BODY}; may be given repeatedly",
    )
    fetching.add_argument(
        "--progress-json", action="store_true", help='one line for each step: {"done": 1, "total": 2}'
    )
    fetching.set_defaults(run=_fetch)

    verifying = actions.add_parser("verify", help="check that every byte is as published")
    verifying.add_argument("folder", type=Path, metavar="DIR")
    verifying.add_argument("--name", choices=manifest_names(), default=DEFAULT)
    verifying.set_defaults(run=_verify)

    testing = actions.add_parser("test", help="check that the pack computes the right answers here")
    testing.add_argument("folder", type=Path, metavar="DIR")
    testing.set_defaults(run=_test)


def _manifest(pack: str) -> Manifest:
    """A manifest by its name, else from a file."""
    if not pack.endswith(".json"):
        if pack not in manifest_names():
            raise argparse.ArgumentTypeError(f"no pack is called {pack}")
        return load_manifest(pack)
    try:
        return read_manifest(Path(pack).read_text(encoding="utf-8"), pack)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{pack} cannot be read ({error.strerror})") from error


def _list(_arguments: argparse.Namespace) -> int:
    for name in manifest_names():
        manifest = load_manifest(name)
        print(f"{manifest.name} {manifest.version}  {manifest.title}  ({manifest.bytes / 1e6:.1f} MB)")
        for network in manifest.networks:
            print("\n".join(_lines(network)))
        print(f"  evidence calibrated on {manifest.calibrated_on}")
    return 0


def _lines(network: Network) -> Iterator[str]:
    when = "  on demand" if network.on_demand else ""
    yield f"  {network.role:<12} {network.file}  {network.bytes / 1e6:.1f} MB  {network.license}{when}"
    yield f"  {'':<12} {network.source}; trained on {network.trained_on}"
    for url in [url for file in network.files for url in file.urls] or ["comes with Kith"]:
        yield f"  {'':<12} {url}"


def _fetch(arguments: argparse.Namespace) -> int:
    progress = _print_json if arguments.progress_json else _bar if sys.stderr.isatty() else None
    manifest = arguments.pack or load_stored(arguments.into)
    if manifest is None:
        raise PackError(f"{arguments.into} does not say which pack it is a part of; name one")
    # Home Assistant ends a download by it; if it was started in the background of a shell, its children ignore it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    bringing = fetch(manifest, arguments.into, arguments.mirror, progress, arguments.near, demanded=arguments.demanded)
    asyncio.run(bringing)
    prepare(manifest, arguments.into)
    store(manifest, arguments.into)
    if not arguments.progress_json:
        print(f"{manifest.name}: complete in {arguments.into}")
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    manifest = manifest_in(arguments.folder, arguments.name)
    verify(arguments.folder, manifest)
    print(f"{manifest.name}: every file in {arguments.folder} is as published")
    return 0


def _test(arguments: argparse.Namespace) -> int:
    test(open_pack(arguments.folder))
    print(f"{arguments.folder} computes the right answers here")
    return 0


def _print_json(done: int, total: int) -> None:
    print(json.dumps({"done": done, "total": total}), flush=True)


def _bar(done: int, total: int) -> None:
    print(
        f"\r{done / 1e6:5.1f} of {total / 1e6:.1f} MB", end="\n" if done == total else "", file=sys.stderr, flush=True
    )
