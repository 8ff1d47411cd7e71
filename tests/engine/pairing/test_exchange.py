"""The code proves itself to both sides, and nothing else does."""

from hypothesis import given, strategies
import pytest

from kith_engine.errors import PairingError
from kith_engine.pairing.exchange import Exchange

HOME, ENGINE, OTHER = b"the home's certificate", b"the engine's", b"somebody else's"


def met(home: Exchange, engine: Exchange) -> tuple[bool, bool]:
    """Does each side believe the other?"""
    home.receive(engine.message)
    engine.receive(home.message)
    return home.confirms(engine.confirmation), engine.confirms(home.confirmation)


def test_who_has_the_code_is_believed() -> None:
    home = Exchange("012345", home=HOME, engine=ENGINE, is_home=True)
    engine = Exchange("012345", home=HOME, engine=ENGINE, is_home=False)
    assert met(home, engine) == (True, True)


def test_another_code_is_not() -> None:
    home = Exchange("012345", home=HOME, engine=ENGINE, is_home=True)
    engine = Exchange("012346", home=HOME, engine=ENGINE, is_home=False)
    assert met(home, engine) == (False, False)


@pytest.mark.parametrize(("shown_to_home", "shown_to_engine"), [(OTHER, HOME), (ENGINE, OTHER), (OTHER, OTHER)])
def test_somebody_in_between_is_noticed(shown_to_home: bytes, shown_to_engine: bytes) -> None:
    """They relay the messages, and so both have the right code; but they cannot use the others' certificates."""
    home = Exchange("012345", home=HOME, engine=shown_to_home, is_home=True)
    engine = Exchange("012345", home=shown_to_engine, engine=ENGINE, is_home=False)
    assert met(home, engine) == (False, False)


def test_nothing_is_confirmed_before_the_other_side_spoke() -> None:
    home = Exchange("012345", home=HOME, engine=ENGINE, is_home=True)
    assert not home.confirms(b"")


def test_what_a_side_said_itself_convinces_it_of_nothing() -> None:
    home = Exchange("012345", home=HOME, engine=ENGINE, is_home=True)
    with pytest.raises(PairingError):
        home.receive(b"B" + home.message[1:])
    with pytest.raises(PairingError):
        Exchange("012345", home=HOME, engine=ENGINE, is_home=True).receive(home.message)


@given(strategies.binary(max_size=64))
def test_a_message_that_is_none_is_refused(message: bytes) -> None:
    engine = Exchange("012345", home=HOME, engine=ENGINE, is_home=False)
    with pytest.raises(PairingError):
        engine.receive(message)
