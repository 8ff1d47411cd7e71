"""Makes both halves importable, whichever of them this environment can run."""

from pathlib import Path
import sys

REPOSITORY = Path(__file__).parents[1]
# Behind everything else: what lies beside the engine are Home Assistant's file names, not modules for everybody.
sys.path.append(str(REPOSITORY / "custom_components" / "kith"))
