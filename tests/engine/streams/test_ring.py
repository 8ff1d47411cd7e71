"""The ring of packets: from the last keyframe but one, bounded."""

from kith_engine.streams.ring import Held, PacketRing


def add(ring: PacketRing, numbers: range, every: int, size: int = 10, rate: float = 10.0) -> None:
    """Packets with a keyframe among every so many."""
    for number in numbers:
        ring.add(Held(number, None, number / rate, number % every == 0, size))


def numbers(ring: PacketRing) -> list[int]:
    return [held.number for held in ring]


def test_it_keeps_the_last_keyframe_but_one_and_what_follows() -> None:
    ring = PacketRing()
    add(ring, range(34), every=10)
    assert numbers(ring) == list(range(20, 34))
    assert ring.bytes == 140


def test_nothing_is_kept_before_the_first_keyframe() -> None:
    ring = PacketRing()
    add(ring, range(3, 9), every=10)
    assert len(ring) == ring.bytes == 0


def test_too_many_bytes_cost_the_older_group_and_then_all_until_the_next_keyframe() -> None:
    ring = PacketRing(most_bytes=150)
    add(ring, range(26), every=10)
    assert numbers(ring) == list(range(20, 26))
    add(ring, range(26, 29), every=100, size=40)
    assert numbers(ring) == [], "a group without its beginning cannot be decoded"
    add(ring, range(30, 32), every=10)
    assert numbers(ring) == [30, 31]
    assert ring.bytes == 20


def test_a_group_that_lasts_too_long_is_given_up() -> None:
    ring = PacketRing(most_seconds=3.0)
    add(ring, range(100), every=1000)
    assert not numbers(ring)


def test_what_shows_a_moment_begins_with_the_keyframe_before_it() -> None:
    ring = PacketRing()
    add(ring, range(25), every=10)
    assert [held.number for held in ring.since(2.3)] == list(range(20, 25))
    assert [held.number for held in ring.since(1.9)] == list(range(10, 25))
    assert [held.number for held in ring.since(0.1)] == list(range(10, 25)), "older ones are gone"
    ring.clear()
    assert ring.since(0.0) == []
