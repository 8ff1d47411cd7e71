"""Loaded before every other pytest plugin (`-p tests.first`); does nothing without Home Assistant.

Home Assistant replaces httpx and voluptuous with their successors, and must be the first to import them.
"""

from contextlib import suppress

with suppress(ImportError):
    import homeassistant  # noqa: F401

with suppress(ImportError):
    # pytest-homeassistant-custom-component is made for 2026.10; one name that it cleans up has moved since
    from homeassistant.components import logger
    from homeassistant.components.logger import helpers

    if not hasattr(logger, "_clear_logger_overwrites"):
        logger._clear_logger_overwrites = helpers._clear_logger_overwrites
