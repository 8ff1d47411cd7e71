"""Run the sections and print what they found."""

import argparse
import json
import os
from pathlib import Path
import subprocess
import sys
import tempfile
from typing import Any

from custom_components.kith.kith_engine.manifest import load_manifest
from custom_components.kith.kith_engine.packs import open_pack

from . import decision, engine, memory, packs, page, peer

REPOSITORY = Path(__file__).parents[2]
MODELS = Path(os.environ.get("KITH_MODEL_MIRROR", REPOSITORY.parent / "shared" / "models"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/benchmark", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        pack = Path(folder) / "standard"
        fetch(pack)
        opened = open_pack(pack)
        found: dict[str, Any] = {"engine": engine.measure(opened)}
        print_engine(found["engine"])
        found["packs"] = packs.measure(opened)
        print("\nraw networks, a frame with one face, one thread, ms:", found["packs"])
        found["peer"] = peer.measure(opened)
        print("\nside by side, a 1080p frame with a face, ms:", found["peer"])
        found["decision"] = decision.measure(opened.manifest.calibration)
        compared = f"{decision.PEOPLE} people with {decision.TEMPLATES} photos each"
        print(f"\none face compared with {compared}, ms (0.5 at most):", found["decision"])
        found["memory"] = memory.measure(pack)
        print("\nengine's resident memory, MB (200 at most):", found["memory"])
    found["home"] = home()
    print("\nin a real Home Assistant:", json.dumps(found["home"], indent=2))
    found["page"] = page.measure()
    print("\nKith's page, usable so much later than an empty panel (1,000 ms at most); 500 faces:", found["page"])
    if options.json:
        options.json.write_text(json.dumps(found, indent=2))


def fetch(pack: Path) -> None:
    import asyncio

    from custom_components.kith.kith_engine.packs import fetch as bring

    asyncio.run(bring(load_manifest("standard"), pack, MODELS if MODELS.is_dir() else None))


def print_engine(rows: list[engine.Row]) -> None:
    for row in rows:
        print(f"\n{row['frame']} ({row['persons']} person, {row['faces']} face)            median     p95 ms")
        for name, took in (*row["stages"].items(), ("whole", row["whole"]), ("raw networks", row["raw_networks"])):
            print(f"  {name:<40} {took['median']:8.2f} {took['p95']:7.2f}")
        print(f"  {'networks and decoding alone':<40} {row['floor']['median']:8.2f} {row['floor']['p95']:7.2f}")
        print(f"  {'ratio, whole to that':<40} {row['whole_to_floor']:8.2f}")


def home() -> dict[str, Any]:
    """What only a running Home Assistant shows, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "home.json"
        environment = {**os.environ, "KITH_BENCHMARK": str(result)}
        command = [sys.executable, "-m", "pytest", "-q", "--show-capture=no", str(Path(__file__).with_name("home.py"))]
        done = subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        if not result.exists():
            return {"failed": done.stdout[-2000:]}
        return json.loads(result.read_text())


main()
