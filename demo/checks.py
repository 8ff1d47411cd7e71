"""Checks that the story really happened: reads each expectation back from Home Assistant, prints it, and counts it."""

from collections.abc import Callable

from .client import Home, HomeError, Json, until

type States = dict[str, Json]
type Predicate = Callable[[States], bool]


def is_in(entity: str, state: str) -> Predicate:
    """True if the entity exists and is in this state."""
    return lambda states: entity in states and bool(states[entity]["state"] == state)


class Checks:
    """The story's expectations and their results."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.passed = 0
        self.failed: list[str] = []

    async def soon(self, sentence: str, true: Predicate, within: float = 15.0) -> bool:
        """`true` of Home Assistant's states must become true within this many seconds."""

        async def holds() -> bool:
            return true(await self._home.states())

        try:
            return self.say(sentence, await until(holds, within, sentence, every=0.1))
        except HomeError:
            return self.say(f"{sentence} (waited {within:.0f} s)", held=False)

    async def states(self) -> States:
        return await self._home.states()

    async def now(self, sentence: str, true: Predicate) -> bool:
        """`true` of Home Assistant's states must hold now."""
        return self.say(sentence, true(await self._home.states()))

    def say(self, sentence: str, held: bool) -> bool:
        """Count and print one result."""
        if held:
            self.passed += 1
        else:
            self.failed.append(sentence)
        print(f"{'':11} {'✓' if held else '✗ NOT SO:'} {sentence}")
        return held

    def verdict(self) -> bool:
        """Print the totals; returns whether everything happened."""
        print(f"\n{self.passed} of {self.passed + len(self.failed)} expectations held, read back from Home Assistant.")
        for sentence in self.failed:
            print(f"  ✗ {sentence}")
        return not self.failed
