"""Makes both halves importable, as far as this environment can run them."""

from pathlib import Path
import sys

from hypothesis import settings

REPOSITORY = Path(__file__).parents[1]
# Appended last, because the files beside the engine have Home Assistant's names and must not be importable by
# everybody.
sys.path.append(str(REPOSITORY / "custom_components" / "kith"))

# How long an example takes is no test's business, least of all beside others.
settings.register_profile("kith", deadline=None)
settings.load_profile("kith")
