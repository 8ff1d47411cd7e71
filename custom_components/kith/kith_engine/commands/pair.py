"""`pair`: show a code that lets one more home use this engine, list the homes, or let one go."""

from __future__ import annotations

import argparse

from ..errors import EngineError
from ..pairing.codes import LIFETIME
from .state import add_state_option, chosen_state, show_code


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser("pair", help="show a code that lets a home use this engine")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="list the homes that were paired")
    what.add_argument("--forget", metavar="HOME", help="a home's name, or the beginning of its fingerprint")
    what.add_argument("--new-key", action="store_true", help="make another key; every home must then be paired again")
    add_state_option(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    """A running engine notices each of these changes at once."""
    state = chosen_state(arguments)
    if arguments.list:
        homes = state.homes.read()
        for home in homes:
            print(f"{home.fingerprint[:16]}  {home.name}")
        if not homes:
            print("No home was paired yet.")
        return 0
    if arguments.forget is not None:
        if not arguments.forget or not state.homes.forget(arguments.forget):
            raise EngineError(f"no home is called {arguments.forget!r}; see kith-engine pair --list")
        print("It can no longer use this engine.")
        return 0
    if arguments.new_key:
        print(f"The engine's new fingerprint begins with {state.renew().fingerprint[:16]}.")
    show_code(state.next_code(), state.name)
    if state.homes.read():
        print(f"The code is valid for {LIFETIME / 60:.0f} minutes.")
    return 0
