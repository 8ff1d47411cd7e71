"""Run the sections and show what they found."""

import argparse
import asyncio
from collections.abc import Callable
from dataclasses import dataclass
import importlib
import json
import multiprocessing
import os
from pathlib import Path
import sys
from types import ModuleType
from typing import Any

from custom_components.kith.kith_engine.errors import PackError
from custom_components.kith.kith_engine.manifest import load_manifest, read_manifest
from custom_components.kith.kith_engine.network import Role
from custom_components.kith.kith_engine.packs import Pack, fetch, open_pack, verify

from . import plots
from .probes import CACHE
from .sets import DATA, REPOSITORY

MODELS = Path(os.environ.get("KITH_MODEL_MIRROR", REPOSITORY.parent / "shared" / "models"))
PACK = "standard"


@dataclass(frozen=True, slots=True)
class Section:
    """One module with `measure` and `show`. needs: what must be in KITH_DATA. homes: whether it draws homes. other:
    whether it also uses a second pack.
    """

    needs: tuple[str, ...]
    homes: bool = False
    other: bool = False


FACES = ("lfw/pairs.txt", "identities/index.csv", "strangers/index.csv", "persons/index.csv")
SECTIONS = {
    "pairs": Section(("lfw/pairs.txt",)),
    "visits": Section(("identities/index.csv",), homes=True),
    "households": Section(("identities/index.csv",), homes=True),
    "groups": Section(("identities/index.csv", "strangers/index.csv")),
    "faces": Section(FACES),
    "persons": Section(("persons/index.csv",)),
    "clips": Section(("clips/head-pose-face-detection-female.mp4",)),
    "links": Section(("clips/head-pose-face-detection-female.mp4",)),
    "opinions": Section(("identities/index.csv", "clips/head-pose-face-detection-female.mp4"), homes=True, other=True),
    "comparison": Section(FACES, homes=True, other=True),
}


def main() -> int:
    options = _options()
    chosen = [name for name in SECTIONS if name in (options.sections or SECTIONS)]
    measurable = [name for name in chosen if _is_there(name)]
    if not measurable:
        return 2
    try:
        pack = _pack(options.manifest, options.pack)
    except PackError as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 1
    # Imported once instead of in each of the many processes that the sections start.
    multiprocessing.set_forkserver_preload([f"{__package__}.{name}" for name in ("__main__", *measurable)])
    found: dict[str, Any] = {"pack": f"{pack.manifest.name} {pack.manifest.version}"}
    print(f"pack: {found['pack']}")
    for name in measurable:
        module = importlib.import_module(f".{name}", __package__)
        found[name] = _measurement(module, SECTIONS[name], options)(pack)
        module.show(found[name])
    if options.json:
        options.json.write_text(json.dumps(found, indent=2), encoding="utf-8")
    if options.plots:
        for path in plots.draw(found, options.plots):
            print(f"plot: {path}")
    return 0


def _is_there(name: str) -> bool:
    missing = [need for need in SECTIONS[name].needs if not (DATA / need).exists()]
    if missing:
        print(f"{name}: skipped, there is no {' and no '.join(missing)} in {DATA}; set KITH_DATA")
    return not missing


def _measurement(module: ModuleType, section: Section, options: argparse.Namespace) -> Callable[[Pack], dict[str, Any]]:
    if section.other:
        other = _pack(options.other_manifest, options.other)
        return lambda pack: dict(module.measure(pack, homes=options.homes, seed=options.seed, other=other))
    if not section.homes:
        return lambda pack: dict(module.measure(pack))
    return lambda pack: dict(module.measure(pack, homes=options.homes, seed=options.seed, peers=options.peers))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/evaluate", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", choices=SECTIONS, help=", ".join(SECTIONS))
    parser.add_argument(
        "--peers", action="store_true", help="visits, households: also apply the rivals' rules to the same faces"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures there")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw curves and histograms there as PNG")
    parser.add_argument("--pack", type=Path, metavar="FOLDER", help="the networks (default: the mirror or a download)")
    parser.add_argument(
        "--manifest", type=Path, metavar="FILE", help="manifest of networks that do not come with Kith (yet)"
    )
    parser.add_argument("--other", type=Path, metavar="FOLDER", help="opinions, comparison: the other networks")
    parser.add_argument(
        "--other-manifest",
        type=Path,
        metavar="FILE",
        help="manifest of the other networks (default: the mirror's or a download)",
    )
    parser.add_argument("--homes", type=int, default=200, help="how many homes to draw (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="which homes to draw (%(default)s)")
    return parser.parse_args()


def _pack(written: Path | None, folder: Path | None) -> Pack:
    if written and folder:
        manifest = read_manifest(written.read_text(encoding="utf-8"), str(written))
        verify(folder, manifest)
        return Pack(manifest, folder)
    if folder:
        return open_pack(folder)
    folder = CACHE / PACK
    asyncio.run(fetch(load_manifest(PACK), folder, MODELS if MODELS.is_dir() else None, demanded=[Role.BODY]))
    return open_pack(folder)


if __name__ == "__main__":
    sys.exit(main())
