"""Spreads work over processes, each of which keeps what it was started with."""

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor as Workers
import itertools


def spread[*Given, Work, Result](
    start: Callable[[*Given], None],
    given: tuple[*Given],
    does: Callable[[Work], Iterable[Result]],
    work: Iterable[Work],
    at_a_time: int,
) -> list[Result]:
    """The results of all work, in its order.

    start: called with `given` in each process before anything else. at_a_time: how much of the work a process takes on
    at once. Raises BrokenProcessPool if a process dies; a multiprocessing.Pool would wait for it for good.
    """
    with Workers(initializer=start, initargs=given) as workers:
        return list(itertools.chain.from_iterable(workers.map(does, work, chunksize=at_a_time)))
