"""Where the pictures, the teachers, the runs and the shipped networks lie."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = Path(os.environ.get("KITH_RUNS", Path(__file__).parent / "runs"))
"""Checkpoints, caches and logs; git does not see it."""
DATA = Path(os.environ.get("KITH_DATA", ROOT.parent / "shared/data"))
TEACHERS = Path(os.environ.get("KITH_MODEL_MIRROR", ROOT.parent / "shared/models/standard"))
"""The published networks: `python -m kith_engine packs` brings them."""
SHIPPED = ROOT / "custom_components/kith/kith_engine/manifests/networks"
"""What Kith ships of these trainings, as kith_NETWORK.onnx."""


def needed(path: Path) -> Path:
    """The path itself; FileNotFoundError with what to do if nothing is there."""
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing; set KITH_DATA (pictures) and KITH_MODEL_MIRROR (teachers)")
    return path
