"""A board's OSCORE context: its numbers never come twice, whatever is lost."""

import os

from agent.errors import BadFrame
from agent.protocols import cbor
from board import sealed
from tests.shared.aes_block import aes
from tests.shared.own_path import own_path


def folder():
    """A fresh folder, "/" at the end."""
    name = own_path("sealed")
    os.mkdir(name)
    return name + "/"


def clean(name):
    for part in os.listdir(name):
        os.remove(name + part)
    os.rmdir(name)


def test_numbers_go_on_above_what_may_have_been_used():
    place = folder()
    last = -1
    for taken in (1, 5, sealed.STEP, sealed.STEP + 1, 3):
        numbers = sealed.Numbers(place + "next")
        for _ in range(taken):
            number = numbers.take()
            assert number > last
            last = number
    clean(place)


def test_a_reservation_that_was_cut_short_is_the_old_one():
    place = folder()
    numbers = sealed.Numbers(place + "next")
    first = numbers.take()
    with open(place + "next.new", "w") as file:
        file.write("99")  # the power went before the rename
    assert sealed.Numbers(place + "next").take() == first + sealed.STEP
    clean(place)


def test_the_context_is_that_of_the_file():
    place = folder()
    assert sealed.context(place, aes) is None
    with open(place + "oscore.cbor", "wb") as file:
        file.write(cbor.encode({1: bytes(16), 2: b"salt", 3: b"device1", 4: b"\0"}))
    made = sealed.context(place, aes)
    assert made.sender == b"device1"
    options, payload, _ = made.protect(2, [], b"x")
    assert options[0][1] == b"\x09\x00device1" and len(payload) == 11
    with open(place + "oscore.cbor", "wb") as file:
        file.write(b"\xa4\x01")
    try:
        sealed.context(place, aes)
        raise AssertionError("a damaged file was taken")
    except BadFrame:
        pass
    clean(place)
