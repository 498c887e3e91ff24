"""Who listens to topics is called for each of them until they listen no longer."""

from kvartal.attention import Attention, Listeners


def one() -> None:
    """Hears something."""


def other() -> None:
    """Hears something too."""


def test_each_topic_knows_its_listeners_while_they_listen() -> None:
    listeners: Listeners = {}
    first, second = Attention(listeners, ["a", "b"], one), Attention(listeners, ["a"], other)

    assert listeners == {"a": {one, other}, "b": {one}}
    first.close()
    assert listeners == {"a": {other}}
    second.close()
    assert listeners == {}


def test_it_ends_once_whoever_ends_it() -> None:
    listeners: Listeners = {}
    with Attention(listeners, ["a"], one) as nothing:
        assert nothing is None
        Attention(listeners, ["a"], one).close()  # the same one: it listens but once

    assert listeners == {}
