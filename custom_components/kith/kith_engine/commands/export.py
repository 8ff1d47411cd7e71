"""`export`: write the networks for an inference server that speaks the Open Inference Protocol."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import RuntimeMissingError
from .location import add_pack_option, chosen_pack


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser("export", help="write the networks for an inference server")
    parser.add_argument(
        "--oip",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="model repository for servers of the Open Inference Protocol: Triton, KServe, MLServer, OpenVINO's",
    )
    add_pack_option(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    try:
        from ..model_repository import MOST_IN_A_BATCH, export  # noqa: PLC0415  needs onnxruntime, others do without
    except ImportError as error:
        raise RuntimeMissingError(f"export needs onnxruntime, which cannot be imported ({error})") from error
    for one in export(chosen_pack(arguments.pack), arguments.oip):
        print(f"{one.name}  " + (f"in batches of up to {MOST_IN_A_BATCH}" if one.batches else "one picture at a time"))
    return 0
