"""`packs`: what packs there are; bring one; check one."""

import argparse
import asyncio
import json
from pathlib import Path
import sys

from ..manifest import load_manifest, manifest_names
from ..packs import fetch, prepare, verify
from .location import DEFAULT


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser("packs", help="the networks: list, fetch or verify them")
    actions = parser.add_subparsers(required=True, metavar="ACTION")

    listing = actions.add_parser("list", help="what there is, whose it is, and under which licence")
    listing.set_defaults(run=_list)

    fetching = actions.add_parser("fetch", help="bring what is missing; a file appears only when it is whole and right")
    fetching.add_argument("name", choices=manifest_names())
    fetching.add_argument("--into", type=Path, required=True, metavar="DIR")
    fetching.add_argument(
        "--mirror", type=Path, metavar="DIR", help="take the files from here (default: $KITH_MODEL_MIRROR)"
    )
    fetching.add_argument(
        "--progress-json", action="store_true", help='one line for each step: {"done": 1, "total": 2}'
    )
    fetching.set_defaults(run=_fetch)

    verifying = actions.add_parser("verify", help="is every byte as published?")
    verifying.add_argument("folder", type=Path, metavar="DIR")
    verifying.add_argument("--name", choices=manifest_names(), default=DEFAULT)
    verifying.set_defaults(run=_verify)


def _list(_arguments: argparse.Namespace) -> int:
    for name in manifest_names():
        manifest = load_manifest(name)
        print(f"{manifest.name} {manifest.version}  {manifest.title}  ({manifest.bytes / 1e6:.1f} MB)")
        for network in manifest.networks:
            print(f"  {network.role:<10} {network.file}  {network.bytes / 1e6:.1f} MB  {network.licence}")
            print(f"  {'':<10} {network.source}; trained on {network.trained_on}")
            print(f"  {'':<10} {network.url}")
        print(f"  evidence calibrated on {manifest.calibrated_on}")
    return 0


def _fetch(arguments: argparse.Namespace) -> int:
    progress = _print_json if arguments.progress_json else _bar if sys.stderr.isatty() else None
    manifest = load_manifest(arguments.name)
    asyncio.run(fetch(manifest, arguments.into, arguments.mirror, progress))
    prepare(manifest, arguments.into)
    if not arguments.progress_json:
        print(f"{arguments.name}: whole in {arguments.into}")
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    verify(arguments.folder, load_manifest(arguments.name))
    print(f"{arguments.name}: every file in {arguments.folder} is as published")
    return 0


def _print_json(done: int, total: int) -> None:
    print(json.dumps({"done": done, "total": total}), flush=True)


def _bar(done: int, total: int) -> None:
    print(
        f"\r{done / 1e6:5.1f} of {total / 1e6:.1f} MB", end="\n" if done == total else "", file=sys.stderr, flush=True
    )
