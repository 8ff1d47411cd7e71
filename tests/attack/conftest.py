"""The same home as in tests/integration, to be attacked."""

from tests.integration.conftest import (  # noqa: F401  fixtures
    _ours,
    _uploads,
    enable_event_loop_debug,
    engine,
    entry,
    hall,
    hass_config_dir,
    hass_storage,
    quick,
)
from tests.integration.streams.conftest import loopback  # noqa: F401  a fixture
