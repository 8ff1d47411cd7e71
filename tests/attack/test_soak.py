"""What the soak says of its readings; the soak itself takes an hour (scripts/attack --soak)."""

import pytest

from tests.attack.soak import Reading, film, judge


def readings(memory: list[float], threads: int = 9, files: int = 40) -> list[Reading]:
    return [Reading(15.0 * number, one, threads, files) for number, one in enumerate(memory)]


@pytest.mark.parametrize(
    ("memory", "flat"),
    [
        ([200 + min(number, 30) * 5 for number in range(240)], True),
        ([300 + number * 0.02 for number in range(240)], True),
        ([300 + number * 0.2 for number in range(240)], False),
    ],
    ids=["a warm-up", "a little", "a leak"],
)
def test_what_grows_after_the_warm_up_is_a_leak(
    memory: list[float], flat: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert judge("engine", readings(memory)) is flat
    assert ("GROWS" in capsys.readouterr().out) is not flat


def test_somebody_comes_and_goes() -> None:
    still = film(0)
    assert still(1) != still(30)
    assert still(49) == still(1)
