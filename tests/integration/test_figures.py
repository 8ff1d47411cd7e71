"""What is measured of a camera's pictures."""

from custom_components.kith.cameras.figures import WINDOW, Figures, Measured


def test_pictures_are_counted_and_their_age_and_delay_are_medians() -> None:
    measured = Measured()
    assert measured.figures is None
    for number in range(11):
        measured.note(10 + 0.2 * number, 10.05 + 0.2 * number, 9.95 + 0.2 * number)
    figures = measured.figures
    assert figures is not None
    assert [round(value, 3) for value in (figures.rate, figures.age or 0, figures.delay)] == [5.0, 0.1, 0.05]


def test_an_answer_about_several_pictures_counts_them_and_its_delay_begins_with_the_last() -> None:
    measured = Measured()
    for number in range(11):
        measured.note(10 + 2 * number, 11.95 + 2 * number, 11.9 + 2 * number, pictures=8)
    figures = measured.figures
    assert figures is not None
    assert [round(value, 3) for value in (figures.rate, figures.age or 0, figures.delay)] == [4.0, 0.05, 0.05]


def test_of_a_still_nobody_knows_the_age() -> None:
    measured = Measured()
    for number in range(3):
        measured.note(number, number + 0.5)
    assert measured.figures == Figures(1.0, None, 0.5)


def test_of_a_camera_that_seldom_has_a_new_picture_the_last_two_count() -> None:
    """Some integrations keep a picture for minutes: their owner must see it."""
    measured = Measured()
    for number in range(3):
        measured.note(300 * number, 300 * number)
    assert measured.figures == Figures(1 / 300, None, 0)


def test_what_was_long_ago_or_before_the_clock_was_set_back_is_forgotten() -> None:
    measured = Measured()
    measured.note(0, 0)
    measured.note(1, 1)
    measured.note(WINDOW + 0.5, WINDOW + 0.5)
    assert measured.figures == Figures(1 / (WINDOW - 0.5), None, 0)
    measured.note(-100, -100)
    assert measured.figures is None


def test_two_pictures_at_once_have_no_rate() -> None:
    measured = Measured()
    measured.note(1, 1)
    measured.note(1, 1)
    assert measured.figures == Figures(0.0, None, 0)
