"""A list of listeners: how every part of Kith notifies others of a change."""

from collections.abc import Callable, Iterator


class Listeners[**Args, Answer = None]:
    """Calls listeners in the order in which they subscribed. Args: what they receive; Answer: what they return."""

    def __init__(self) -> None:
        self._listeners: list[Callable[Args, Answer]] = []

    def subscribe(self, listener: Callable[Args, Answer]) -> Callable[[], None]:
        """Add a listener; returns a function that removes it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def notify(self, *args: Args.args, **kwargs: Args.kwargs) -> None:
        for listener in self:
            listener(*args, **kwargs)

    def __iter__(self) -> Iterator[Callable[Args, Answer]]:
        """Iterate over a copy: a listener may end its own subscription or another's."""
        return iter(list(self._listeners))

    def __bool__(self) -> bool:
        return bool(self._listeners)
