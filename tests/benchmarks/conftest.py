"""The home of the integration's tests, with the networks that a home would have."""

import pytest

from tests.integration.conftest import (  # noqa: F401  fixtures
    MODELS,
    _ours,
    enable_event_loop_debug,
    hass_config_dir,
    hass_storage,
    models,
    published,
)


@pytest.fixture(autouse=True)
def networks(request: pytest.FixtureRequest) -> None:
    """The published ones where they are at hand, else Kith's own."""
    if MODELS.is_dir():
        request.getfixturevalue("models")


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Home Assistant's own streams leave one behind."""
    return True
