"""Command line: `python -m kith_engine VERB`, also useful without Home Assistant. Each verb is one module."""

import argparse
import sys

from .errors import KithError, RuntimeMissingError


def main() -> int:
    """Return the exit code: 0 for success, 1 for an error, 2 for a wrong command line."""
    try:
        arguments = _parser().parse_args()
        return int(arguments.run(arguments))
    except KithError as error:
        # one line, for a parent process to read
        print(f"ERROR {error.code}: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kith_engine", description="Kith's eyes: pictures in, numbers out.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    try:
        from .commands import analyze, devices, export, packs, serve  # noqa: PLC0415  so that a missing package is one line
    except ImportError as error:
        raise RuntimeMissingError(f"a package that the engine needs cannot be imported ({error})") from error
    for verb in (analyze, devices, export, packs, serve):
        verb.register(verbs)
    return parser


if __name__ == "__main__":
    sys.exit(main())
