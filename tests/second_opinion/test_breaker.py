"""A failing service is left alone, and tried with a single call."""

from datetime import timedelta

from custom_components.kith.second_opinion.breaker import FIRST_BREAK, LONGEST_BREAK, LONGEST_WISH, OPENS_AFTER, Breaker
from tests.identity.faces import NOON, after

MINUTE = FIRST_BREAK.total_seconds()


def opened() -> Breaker:
    breaker = Breaker()
    for _ in range(OPENS_AFTER):
        assert breaker.begin(NOON)
        breaker.failed(NOON)
    return breaker


def test_bad_luck_does_not_open_it_and_three_failures_in_a_row_do() -> None:
    breaker = Breaker()
    for _ in range(2):
        breaker.failed(NOON)
        breaker.failed(NOON)
        assert breaker.begin(NOON)
        breaker.succeeded()
    assert breaker.well
    assert not opened().well
    assert not opened().begin(after(MINUTE - 1))


def test_when_it_is_time_a_single_call_goes_through_and_decides() -> None:
    breaker = opened()
    assert breaker.until == after(MINUTE)
    assert breaker.begin(after(MINUTE))
    assert not breaker.allows(after(MINUTE))
    breaker.succeeded()
    assert breaker.well
    assert breaker.until is None
    assert breaker.begin(after(MINUTE))


def test_the_pause_doubles_up_to_an_hour() -> None:
    breaker, now, pauses = opened(), NOON, []
    for _ in range(8):
        assert breaker.until is not None
        pauses.append(breaker.until - now)
        now = breaker.until
        assert breaker.begin(now)
        breaker.failed(now)
    assert pauses[:3] == [FIRST_BREAK, 2 * FIRST_BREAK, 4 * FIRST_BREAK]
    assert pauses[-1] == LONGEST_BREAK


def test_after_a_success_the_next_pause_is_short_again() -> None:
    breaker = opened()
    breaker.begin(after(MINUTE))
    breaker.failed(after(MINUTE))
    breaker.begin(after(3 * MINUTE))
    breaker.succeeded()
    for _ in range(OPENS_AFTER):
        breaker.failed(after(3 * MINUTE))
    assert breaker.until == after(4 * MINUTE)


def test_a_call_that_was_cut_off_does_not_keep_others_out() -> None:
    breaker = opened()
    assert breaker.begin(after(MINUTE))
    breaker.abandoned()
    assert breaker.begin(after(MINUTE))


def test_a_service_that_says_how_long_is_left_alone_at_once_and_for_so_long() -> None:
    breaker = Breaker()
    breaker.failed(NOON, retry_after=600)
    assert not breaker.begin(after(599))
    assert breaker.begin(after(600))


def test_a_short_wish_proved_too_short_and_an_endless_one_is_not_granted() -> None:
    short, endless = Breaker(), Breaker()
    short.failed(NOON, retry_after=1)
    endless.failed(NOON, retry_after=1e9)
    assert short.until == NOON + FIRST_BREAK
    assert endless.until == NOON + LONGEST_WISH


def test_what_only_answers_is_let_through_until_it_fails_once_and_then_left_alone_for_longer() -> None:
    breaker = opened()
    breaker.begin(after(MINUTE))
    breaker.answered()
    assert breaker.until is None
    assert not breaker.well
    assert breaker.begin(after(MINUTE))
    assert breaker.begin(after(MINUTE))
    breaker.answered()
    breaker.failed(after(MINUTE))
    assert breaker.until == after(3 * MINUTE)
    breaker.answered()
    breaker.succeeded()
    assert breaker.well
    breaker.failed(after(3 * MINUTE))
    assert breaker.well


def test_an_answer_forgets_no_failure() -> None:
    breaker = Breaker()
    for _ in range(OPENS_AFTER):
        assert breaker.well
        breaker.failed(NOON)
        if breaker.well:
            breaker.answered()
    assert breaker.until is not None


def test_after_the_clock_was_set_back_it_is_tried_at_once() -> None:
    assert opened().begin(NOON - timedelta(days=1))
