"""`devices`: what could run the networks here, how fast it does, and what a start would choose."""

import argparse

from ..runtimes.devices import devices
from ..trial import decide, measure
from .location import add_pack_option, chosen_pack


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser("devices", help="measure what could run the networks here")
    parser.add_argument("--threads", type=int, default=1)
    add_pack_option(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    pack = chosen_pack(arguments.pack)
    measured = measure(pack, devices(), arguments.threads)
    for one in measured:
        print(f"{one.device.name}" + (f"  refused: {one.refused}" if one.refused else ""))
        for network in pack.networks:
            took = one.took.get(network.role)
            print(f"  {network.role:<12} " + ("-" if took is None else f"{took:8.2f} ms"))
    print(decide(measured).words)
    return 0
