"""Properties of hearing replies: no intact frame that answers something else is ever taken."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import WrongReply
from agent.protocols import modbus
from tests.shared import foreign, late_twin

units = st.integers(1, 247)
functions = st.sampled_from([3, 4])
counts = st.integers(1, 125)
strangers = st.lists(
    st.tuples(st.integers(0, foreign.KINDS - 1), st.integers(0, 0xFFFF)), max_size=5
)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    """data, cut at these places."""
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[start:end] for start, end in itertools.pairwise(places)]


@given(units, functions, counts, strangers, st.integers(0, 0xFFFF), st.lists(st.integers(0, 4000)))
@settings(max_examples=400)
def test_the_reply_is_found_among_whatever_others_say(
    unit: int, function: int, count: int, others: list[tuple[int, int]], value: int,
    cuts: list[int],
) -> None:  # fmt: skip
    before = b"".join(foreign.frame(kind, unit, function, count, n) for kind, n in others)
    reply = foreign.read_reply(unit, function, count, value)
    receiver = modbus.RtuReceiver(unit, modbus.read_request(function, 0, count))
    heard = [receiver.feed(piece) for piece in pieces(before, cuts)]
    assert heard == [None] * len(heard)
    if others:
        assert isinstance(receiver.verdict(), WrongReply)
    heard = [receiver.feed(piece) for piece in pieces(reply, cuts)]
    assert heard == [None] * (len(heard) - 1) + [reply[1:-2]]


@given(units, functions, counts, strangers, st.binary(max_size=40), st.lists(st.integers(0, 4000)))
@settings(max_examples=400)
def test_foreign_frames_and_noise_never_make_a_reply(
    unit: int, function: int, count: int, others: list[tuple[int, int]], noise: bytes,
    cuts: list[int],
) -> None:  # fmt: skip
    stream = noise.join(foreign.frame(kind, unit, function, count, n) for kind, n in others)
    receiver = modbus.RtuReceiver(unit, modbus.read_request(function, 0, count))
    assert [receiver.feed(piece) for piece in pieces(stream, cuts)].count(None) == len(
        pieces(stream, cuts)
    )


@given(units, functions, counts, strangers, st.integers(1, 247))
@settings(max_examples=200)
def test_to_255_anyone_answers_and_only_as_asked(
    unit: int, function: int, count: int, others: list[tuple[int, int]], answering: int
) -> None:
    receiver = modbus.RtuReceiver(modbus.ANY, modbus.read_request(function, 0, count))
    for kind, number in others:
        if kind not in (0, 3):  # those that differ by their unit only
            assert receiver.feed(foreign.frame(kind, unit, function, count, number)) is None
    reply = foreign.read_reply(answering, function, count, 7)
    assert receiver.feed(reply) == reply[1:-2] and receiver.answered == answering


late = st.one_of(st.none(), st.just(5), st.integers(0, 10000))


@given(st.lists(late, max_size=12), st.booleans(), st.booleans(), st.integers(0, 3000))
@settings(max_examples=150, deadline=None)
def test_a_reply_up_to_ten_seconds_late_is_never_another_registers_value(
    delays: list[int | None], in_order: bool, alive: bool, pause_ms: int
) -> None:
    found, _ = late_twin.wrong(delays, in_order, alive, 4, pause_ms)
    assert found == []
