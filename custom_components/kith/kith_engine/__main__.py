"""Command line: `kith-engine VERB`, or `python -m kith_engine VERB`, also useful without Home Assistant.

Each verb is one module.
"""

import argparse
from pathlib import Path
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


def _called() -> str:
    """As it was: by the wheel's command, or as a module."""
    name = Path(sys.argv[0]).name
    return "python -m kith_engine" if name in ("__main__.py", "-c", "-m") else name


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=_called(), description="Kith's eyes: pictures in, numbers out.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    try:
        from .commands import (  # noqa: PLC0415  so that a missing package is one line
            analyze,
            devices,
            export,
            health,
            install_service,
            packs,
            pair,
            serve,
        )
    except ImportError as error:
        raise RuntimeMissingError(f"a package that the engine needs cannot be imported ({error})") from error
    for verb in (analyze, devices, export, health, install_service, packs, pair, serve):
        verb.register(verbs)
    return parser


if __name__ == "__main__":
    sys.exit(main())
