from dataclasses import replace

import numpy as np
import pytest

from kith_engine.inputs import fitting, network_input
from kith_engine.network import Input

RAW = Input(side=32, multiple=32, order="BGR", mean=(0, 0, 0), deviation=(1, 1, 1), pad=114)
PIXELS = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)


def test_channels_come_in_the_order_that_the_network_was_trained_on() -> None:
    assert network_input(PIXELS, RAW)[0, :, 0, 0].tolist() == [2, 1, 0]
    assert network_input(PIXELS, replace(RAW, order="RGB"))[0, :, 0, 0].tolist() == [0, 1, 2]


def test_what_is_beyond_the_picture_has_the_padding_value() -> None:
    prepared = network_input(PIXELS, RAW)
    assert prepared.shape == (1, 3, 32, 32)
    assert np.all(prepared[:, :, 2:] == 114)
    assert np.all(prepared[:, :, :, 3:] == 114)


def test_colors_are_normalized_per_channel() -> None:
    wanted = replace(RAW, multiple=1, order="RGB", mean=(0, 1, 2), deviation=(1, 2, 4))
    assert network_input(PIXELS, wanted)[0, :, 1, 2].tolist() == [15, 7.5, 3.75]


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (10_000, 3), (320, 320), (40, 60)])
def test_a_picture_fills_the_square_and_keeps_its_shape(size: tuple[int, int]) -> None:
    width, height = fitting(*size, 320)
    assert max(width, height) == 320
    assert min(width, height) == max(1, round(320 * min(size) / max(size)))
