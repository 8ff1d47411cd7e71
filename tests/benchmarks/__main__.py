"""Measure the engine's stages and memory, OpenCV's classes beside it, Kith in a running Home Assistant, its page.

With `cameras`: visits seen in a camera's stream instead. With `scale`: many cameras on one engine and on two instead.
"""

import argparse
import asyncio
import json
import os
from pathlib import Path
import subprocess
import sys
import tempfile
from typing import Any

from custom_components.kith.kith_engine.manifest import load_manifest
from custom_components.kith.kith_engine.packs import Pack, fetch, open_pack, store

from . import decision, engine, memory, packs, page, peer, scale
from .effort import Effort

REPOSITORY = Path(__file__).parents[2]
MODELS = Path(os.environ.get("KITH_MODEL_MIRROR", REPOSITORY.parent / "shared" / "models"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/benchmark", description=__doc__)
    parser.add_argument("what", nargs="?", choices=sorted(ALONE), help="only this")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures to FILE")
    parser.add_argument(
        "--quick",
        dest="effort",
        action="store_const",
        const=Effort.QUICK,
        default=Effort.FULL,
        help="measure everything once, to see that it runs; the figures mean nothing, and nothing is downloaded",
    )
    options = parser.parse_args()
    found = ALONE.get(options.what, measure)(options.effort)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2))


def measure(effort: Effort) -> dict[str, Any]:
    """The figures of each section; printed, too."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        pack = networks(Path(folder), effort)
        found["pack"] = pack.manifest.name
        found["engine"] = engine.measure(pack, effort)
        print_engine(found["engine"])
        if pack.manifest.name == "standard":
            found["packs"] = packs.measure(pack, effort)
            print("\nraw networks, a frame with one face, one thread, ms:", found["packs"])
            found["peer"] = peer.measure(pack, effort)
            print("\nside by side, a 1080p frame with a face, ms:", found["peer"])
        else:
            print(f"\npacks, peer: skipped, there are no published networks in {MODELS}; set KITH_MODEL_MIRROR")
        found["decision"] = decision.measure(pack.manifest.calibration, effort)
        compared = f"{decision.PEOPLE} people with {decision.TEMPLATES} photos each"
        print(f"\none face compared with {compared}, ms (0.5 at most):", found["decision"])
        found["memory"] = memory.measure(pack.folder, effort)
        print("\nengine's resident memory, MB (200 at most):", found["memory"])
    found["home"] = home(effort)
    print("\nin a real Home Assistant:", json.dumps(found["home"], indent=2))
    found["page"] = page.measure(effort)
    print("\nKith's page, usable so much later than an empty panel (1,000 ms at most); 500 faces:", found["page"])
    return found


def networks(folder: Path, effort: Effort) -> Pack:
    """The published ones, or Kith's own where those would have to be downloaded just to see that all runs."""
    name = "standard" if MODELS.is_dir() or effort is Effort.FULL else "compact"
    asyncio.run(fetch(load_manifest(name), folder, MODELS if MODELS.is_dir() else None))
    return open_pack(folder)


def print_engine(rows: list[engine.Row]) -> None:
    for row in rows:
        print(f"\n{row['frame']} ({row['persons']} person, {row['faces']} face)            median     p95 ms")
        for name, took in (*row["stages"].items(), ("whole", row["whole"]), ("raw networks", row["raw_networks"])):
            print(f"  {name:<40} {took['median']:8.2f} {took['p95']:7.2f}")
        print(f"  {'networks and decoding alone':<40} {row['floor']['median']:8.2f} {row['floor']['p95']:7.2f}")
        print(f"  {'ratio, whole to that':<40} {row['whole_to_floor']:8.2f}")


def cameras(effort: Effort) -> dict[str, Any]:
    """How soon visits are seen in streams; printed, too."""
    found = home(effort, "cameras.py")
    print("visits in a stream of", "1080p" if effort is Effort.FULL else "360p", json.dumps(found, indent=2))
    return found


def many(effort: Effort) -> dict[str, Any]:
    """Many cameras on one engine and on two; printed, too."""
    with tempfile.TemporaryDirectory() as folder:
        pack = networks(Path(folder), effort)
        store(pack.manifest, pack.folder)
        found = scale.measure(pack, effort)
    print(f"many cameras, {pack.manifest.name} networks, 1080p", json.dumps(found, indent=2))
    return found


def home(effort: Effort, what: str = "home.py") -> dict[str, Any]:
    """What only a running Home Assistant shows, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "home.json"
        environment = {**os.environ, "KITH_BENCHMARK": str(result), "KITH_BENCHMARK_EFFORT": effort}
        command = [sys.executable, "-m", "pytest", "-q", "--show-capture=no", str(Path(__file__).with_name(what))]
        done = subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"benchmark: Kith in Home Assistant could not be measured:\n{done.stdout[-4000:]}{done.stderr}")
        found: dict[str, Any] = json.loads(result.read_text())
        return found


ALONE = {"cameras": cameras, "scale": many}

main()
