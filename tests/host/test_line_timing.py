"""Serial ports in time: silence between frames, what a loop wakes for, and RTS around a request."""

import array
import asyncio
import fcntl
import os
import select
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import serial

from agent.linux.line import Direction, SerialLine
from agent.linux.line_watch import LineWatch
from tests.host.line_ends import PATIENCE_MS, PtyEnd, now_ms, wait_for
from tests.shared.contracts_line import CHECKS

REQUEST = b"question"
CHAR_MS = 1000 * 10 / 9600


@pytest.fixture
def end(tmp_path: Path) -> Iterator[PtyEnd]:
    made = PtyEnd(tmp_path / "port")
    yield made
    made.end()


def served(line: SerialLine, until: Callable[[], bool]) -> None:
    """Have an event loop watch a line until something is true."""

    async def main() -> None:
        woken = asyncio.Event()
        watch = LineWatch(line, asyncio.get_running_loop(), woken.set)
        watch.look()
        deadline = now_ms() + PATIENCE_MS
        while not until():
            assert now_ms() < deadline, "waited in vain"
            await asyncio.sleep(0.001)
        watch.close()

    asyncio.run(main())


@pytest.mark.parametrize("mode,silence_us", [("9600 8N1", 3646), ("115200 8N1", 1750)])
def test_a_request_waits_until_the_line_was_silent(mode: str, silence_us: int, end: PtyEnd) -> None:
    line = end.line
    line.open(mode)
    for _ in range(5):
        end.send(b"reply")
        began = time.monotonic_ns()
        wait_for(line.read)
        before = len(end.received())
        line.write(REQUEST)
        # Nobody but the loop calls the line now.
        served(line, lambda before=before: len(end.received()) > before)
        assert time.monotonic_ns() - began >= silence_us * 1000
        assert not line.wants_write() and line.due_ns() is None


def test_the_own_request_is_followed_by_silence_too(end: PtyEnd) -> None:
    line = end.line
    line.open("9600 8N1")
    taken_ns = (len(REQUEST) + 3.5) * CHAR_MS * 1e6 - 100_000
    while not line.wants_write():
        wait_for(lambda: time.monotonic_ns() > line._silent_ns)
        began = time.monotonic_ns()
        line.write(REQUEST)
        assert not line.wants_write()
        line.write(REQUEST)
        # A busy machine may have come back to it only when the line was silent again; then anew.
        assert line.wants_write() or time.monotonic_ns() - began >= taken_ns
    assert line.due_ns() - began >= taken_ns


def test_what_a_timer_comes_early_is_waited_out(end: PtyEnd) -> None:
    line = end.line
    for _ in range(20):
        line.open("115200 8N1")
        silent = line._silent_ns
        line.write(REQUEST)
        while line.wants_write() and time.monotonic_ns() < line.due_ns():
            pass
        line.fetch()
        assert not line.wants_write() and time.monotonic_ns() >= silent


def test_what_came_before_a_request_left_answers_nothing(end: PtyEnd) -> None:
    line = end.line
    line.open("9600 8N1")
    asked = 0
    while not line.wants_write():  # a busy machine may write when the line is silent again
        end.send(b"1")
        wait_for(line.read)
        line.write(REQUEST)
        asked += 1
    end.send(b"stray")
    wait_for(lambda: select.select([line.fileno()], [], [], 0)[0])
    served(line, lambda: not line.wants_write())
    assert line.read() == b""
    wait_for(lambda: end.received() == REQUEST * asked)


def test_a_line_that_is_never_silent_is_talked_over(end: PtyEnd) -> None:
    taken = 0.0
    while taken < 0.1:
        silence, taken = talked_over(end)
        # A busy machine may itself have been silent for so long; then again.
        assert taken >= 0.1 or silence >= 3.5 * 10 / 2400


def talked_over(end: PtyEnd) -> tuple[float, float]:
    """Talk until a request has left: (the longest silence in between, all that it took), in s."""
    line = end.line
    began = last = time.monotonic()
    silence = 0.0
    line.open("2400 8N1")
    line.write(REQUEST)
    while line.wants_write():
        end.send(b"x")
        line.read()
        silence, last = max(silence, time.monotonic() - last), time.monotonic()
        assert last < began + PATIENCE_MS / 1000
        time.sleep(0.002)
    ended = time.monotonic()
    return max(silence, ended - last), ended - began


def test_a_loop_wakes_for_a_line_that_was_opened_again_under_its_old_number(end: PtyEnd) -> None:
    line = end.line

    async def main() -> None:
        woken = asyncio.Event()
        watch = LineWatch(line, asyncio.get_running_loop(), woken.set)
        numbers = set()
        for word in (b"one", b"two", b"three"):
            line.open("9600 8N1")
            watch.look()
            numbers.add(line.fileno())
            end.send(word)
            heard = b""
            while heard != word:
                woken.clear()
                await asyncio.wait_for(woken.wait(), PATIENCE_MS / 1000)
                heard += line.read()
            line.close()
        assert len(numbers) == 1
        watch.close()

    asyncio.run(main())


class Pin:
    """What happens to RTS: (level, instant). A pty has no such wires, so pyserial's one system call
    for each is replaced."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events: list[tuple[bool, int]] = []

        def update(port: Any) -> None:
            self.events.append((port._rts_state, time.monotonic_ns()))

        monkeypatch.setattr(serial.Serial, "_update_rts_state", update)
        monkeypatch.setattr(serial.Serial, "_update_dtr_state", lambda port: None)


@pytest.mark.parametrize("high", [True, False])
def test_rts_is_switched_by_hand_where_the_kernel_cannot(
    high: bool, end: PtyEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin = Pin(monkeypatch)
    line = SerialLine(str(end.path), Direction(high, before_ms=3, after_ms=2))
    line.open("9600 8N1")
    assert {level for level, _ in pin.events} == {not high}
    pin.events.clear()
    line.write(REQUEST)
    threads = threading.active_count()
    wait_for(lambda: line.read() or (end.received() == REQUEST and not line.wants_write()))
    arrived = time.monotonic_ns()
    wait_for(lambda: len(pin.events) == 2)
    (on, raised), (off, lowered) = pin.events
    assert (on, off) == (high, not high)
    assert arrived - raised >= 3_000_000
    assert lowered - raised >= (3 + 8 * CHAR_MS + 2) * 1_000_000
    wait_for(lambda: threading.active_count() <= threads)
    # A second request goes the same way, and closing waits for its end.
    line.write(REQUEST)
    wait_for(lambda: line.read() or end.received() == REQUEST * 2)
    line.close()
    assert [level for level, _ in pin.events] == [high, not high] * 2


@pytest.mark.parametrize("late_s", [0, 0.2])
def test_what_follows_a_request_sent_by_hand_waits_for_silence_too(
    late_s: float, end: PtyEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the port says late that the last byte has left."""
    pin = Pin(monkeypatch)
    monkeypatch.setattr(termios, "tcdrain", lambda port: time.sleep(late_s))
    line = SerialLine(str(end.path), Direction(before_ms=3, after_ms=1))
    line.open("9600 8N1")
    pin.events.clear()
    line.write(REQUEST)
    wait_for(lambda: line.read() or pin.events)
    line.write(REQUEST)
    wait_for(lambda: line.read() or len(pin.events) == 4)
    (_, first), (_, let_go), (_, second), _ = pin.events
    assert second - let_go >= 3.5 * CHAR_MS * 1_000_000 and let_go > first
    line.close()


@pytest.mark.parametrize("check", [check for _, check in CHECKS], ids=[name for name, _ in CHECKS])
def test_the_contract_holds_with_rts_by_hand(
    check: Any, end: PtyEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    Pin(monkeypatch)
    end.line = SerialLine(str(end.path), Direction(after_ms=1))
    for _ in check(end):
        time.sleep(0.001)


def test_the_kernel_switches_rts_where_it_can(end: PtyEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    real = fcntl.ioctl
    told: list[list[int]] = []

    def ioctl(number: int, request: int, argument: Any = 0, *more: Any) -> Any:
        if request == 0x542E:  # TIOCGRS485: a driver that can
            return 0
        if request == 0x542F:  # TIOCSRS485
            assert isinstance(argument, array.array)
            told.append(list(argument[:3]))
            return 0
        return real(number, request, argument, *more)

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    for high, flags in ((True, 0b011), (False, 0b101)):  # enabled; RTS on, or after, sending
        line = SerialLine(str(end.path), Direction(high, before_ms=1, after_ms=57))
        line.open("9600 8N1")
        assert told[-1] == [flags, 1, 57]
        received = len(end.received())
        line.write(REQUEST)
        wait_for(lambda line=line: line.read() or not line.wants_write())
        assert line._sender is None
        wait_for(lambda n=received: len(end.received()) == n + len(REQUEST))
        line.close()


def test_a_port_that_goes_while_it_is_sent_to_is_said(
    end: PtyEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    Pin(monkeypatch)
    line = SerialLine(str(end.path), Direction(before_ms=30))
    line.open("9600 8N1")
    line.write(REQUEST)
    wait_for(lambda: line.read() or line._sender is not None)
    os.close(end._master)
    os.close(end._slave)
    end._master = -1
    end.path.unlink()
    with pytest.raises(OSError, match="is gone"):
        wait_for(line.read)
    line.close()
