"""Finds the folder with an engine's key and its homes."""

import argparse
from pathlib import Path

from ..announcement import own_name
from ..errors import RuntimeMissingError
from ..pairing.codes import spoken
from ..pairing.state import STATE, EngineState, default_folder


def add_state_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FOLDER",
        help=f"folder of the engine's key and its homes (default: ${STATE}, else ~/.local/state/kith-engine)",
    )
    parser.add_argument(
        "--name", default=own_name(), help="what Home Assistant calls this engine; default: %(default)s"
    )


def chosen_state(arguments: argparse.Namespace) -> EngineState:
    """Raises RuntimeMissingError if a package that pairing needs is missing."""
    try:
        import cryptography  # noqa: F401, PLC0415
        import spake2  # noqa: F401, PLC0415
    except ImportError as error:
        raise RuntimeMissingError(f"pairing needs a package that cannot be imported ({error})") from error
    return EngineState(arguments.state or default_folder(), arguments.name)


def show_code(code: str, name: str) -> None:
    """Say it where whoever set up the engine looks."""
    print(
        f"To pair, choose {name} in Home Assistant's Settings > Devices & services; the code is {spoken(code)}",
        flush=True,
    )
