"""One list of listeners, for everything in Kith that others want to be told of."""

from collections.abc import Callable, Iterator


class Listeners[**Told, Answer = None]:
    """Calls everybody who subscribed, in that order. Told: what a listener is given; Answer: what it returns."""

    def __init__(self) -> None:
        self._listeners: list[Callable[Told, Answer]] = []

    def subscribe(self, listener: Callable[Told, Answer]) -> Callable[[], None]:
        """Returns the function that ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def notify(self, *args: Told.args, **kwargs: Told.kwargs) -> None:
        for listener in self:
            listener(*args, **kwargs)

    def __iter__(self) -> Iterator[Callable[Told, Answer]]:
        """Over a copy: a listener may end its own subscription, or another's."""
        return iter(list(self._listeners))

    def __bool__(self) -> bool:
        return bool(self._listeners)
