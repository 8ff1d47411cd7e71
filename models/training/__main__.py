"""The command line behind `models/training/train`."""

import argparse

from .tasks import TASKS
from .trainer import Trainer


def main() -> None:
    parser = argparse.ArgumentParser(prog="models/training/train", description=__doc__)
    parser.add_argument("network", choices=sorted(TASKS))
    parser.add_argument("--until", type=int, help="stop after this many pictures; the next call goes on")
    parser.add_argument(
        "--shipped",
        type=int,
        metavar="SEEN",
        help="without a checkpoint, go on from the network that Kith ships, which has seen so many pictures",
    )
    parser.add_argument("--threads", type=int, default=2, help="of the network's arithmetic (2)")
    parser.add_argument("--workers", type=int, default=1, help="processes that prepare pictures (1)")
    chosen = parser.parse_args()
    Trainer(TASKS[chosen.network](), chosen.threads, chosen.workers).run(chosen.until, chosen.shipped)


if __name__ == "__main__":
    main()
