"""Command line: `python -m kith_engine VERB`, also useful without Home Assistant. Each verb is one module."""

import argparse
import sys

from .commands import analyze, packs, serve
from .errors import KithError


def main() -> int:
    """Return the exit code: 0 done, 1 it could not be done, 2 the command line was wrong."""
    parser = argparse.ArgumentParser(prog="python -m kith_engine", description="Kith's eyes: pictures in, numbers out.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for verb in (analyze, packs, serve):
        verb.register(verbs)
    arguments = parser.parse_args()
    try:
        return int(arguments.run(arguments))
    except KithError as error:
        # one line, which whoever started us as a child reads
        print(f"ERROR {error.code}: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
