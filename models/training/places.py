"""The locations of pictures, teachers, runs, and shipped networks."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = Path(os.environ.get("KITH_RUNS", Path(__file__).parent / "runs"))
"""Checkpoints, caches, and logs; ignored by git."""
DATA = Path(os.environ.get("KITH_DATA", ROOT.parent / "shared/data"))
TEACHERS = Path(os.environ.get("KITH_MODEL_MIRROR", ROOT.parent / "shared/models/standard"))
"""The published networks, downloaded by `python -m kith_engine packs`."""
SHIPPED = ROOT / "custom_components/kith/kith_engine/manifests/networks"
"""The trained networks that Kith ships, as kith_NETWORK.onnx."""


def needed(path: Path) -> Path:
    """Returns the path. Raises FileNotFoundError with advice if it does not exist."""
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing; set KITH_DATA (pictures) and KITH_MODEL_MIRROR (teachers)")
    return path
