"""`install-service`: let systemd keep the engine running for this user."""

from __future__ import annotations

import argparse

from ..pairing.state import default_folder
from ..service import UNIT, SystemdService, install
from .location import add_pack_option, chosen_pack
from .serve import EVERYWHERE
from .state import add_state_option, chosen_state, show_code


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "install-service", help="write a sandboxed systemd user unit that keeps the engine running"
    )
    parser.add_argument("--tls", metavar="HOST:PORT", default=EVERYWHERE, help="default: %(default)s")
    add_pack_option(parser)
    add_state_option(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    state = chosen_state(arguments)
    pack = chosen_pack(arguments.pack).folder.resolve()
    folder = (arguments.state or default_folder()).resolve()
    path = install(SystemdService(pack, folder, arguments.name, arguments.tls))
    if (code := state.first_code()) is not None:
        show_code(code, state.name)
    print(f"{path} was written. To start the engine now and whenever this machine starts:")
    print(f"  systemctl --user daemon-reload && systemctl --user enable --now {UNIT}")
    print("  loginctl enable-linger  # also while you are not logged in")
    print("To undo it:")
    print(f"  systemctl --user disable --now {UNIT} && rm {path} && systemctl --user daemon-reload")
    return 0
