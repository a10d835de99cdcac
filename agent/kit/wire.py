"""A line in the hands of a tool: one exchange at a time, with all that was heard kept as evidence.

The tools wait; the agent never does. Time is a part of its own, so that simulated lines and
recordings need none.
"""

import select
import time
from dataclasses import dataclass
from typing import Any, Protocol

from agent.drivers.ask import ModbusAsk
from agent.errors import AgentError
from agent.kit.safety import Unsafe, check_read_only
from agent.protocols import modbus, serial_mode

_LOOK_MS = 10  # how long a line without a descriptor is left alone
_GAP_MS = 4  # silence before each request, where 3.5 characters are less


class Time(Protocol):
    """What the tools know of time."""

    def now_ms(self) -> int:
        """Monotonic milliseconds."""

    def wait(self, line: Any, ms: int) -> None:
        """Let up to ms pass, less if something arrives on line."""


class RealTime:
    """The clock of this machine."""

    def now_ms(self) -> int:
        """See Time."""
        return time.monotonic_ns() // 1_000_000

    def wait(self, line: Any, ms: int) -> None:
        """See Time."""
        descriptor = line.fileno() if hasattr(line, "fileno") else None
        if descriptor is None:
            time.sleep(min(ms, _LOOK_MS) / 1000)
            return
        wants = hasattr(line, "wants_write") and line.wants_write()
        select.select([descriptor], [descriptor] if wants else [], [], ms / 1000)


@dataclass(frozen=True)
class Exchange:
    """What came of one ask. Exactly one of reply and error is None.

    heard: every byte from the request on. echoes, foreign and damaged as in agent.protocols.
    receiver; stranger is the last foreign frame. ms: from the last bit sent to the reply.
    tail: what was heard after the reply, where that was waited for.
    """

    sent: bytes
    reply: bytes | None
    error: AgentError | None
    heard: bytes
    echoes: int = 0
    foreign: int = 0
    damaged: int = 0
    stranger: bytes = b""
    ms: int = 0
    tail: bytes = b""


class Wire:
    """A Line (agent.ports) with its time. Only reads leave it, unless writes are allowed."""

    def __init__(self, line: Any, time: Time) -> None:
        self.line = line
        self.time = time
        self.mode = ""
        self.writes_allowed = False
        self.exchanges = 0

    def open(self, mode: str) -> None:
        """Open the line in a mode. OSError if it cannot be."""
        self.line.open(mode)
        self.mode = mode
        self.char_us = serial_mode.char_us(mode)

    def close(self) -> None:
        """Let go of the line."""
        self.line.close()

    def listen(self, ms: int) -> bytes:
        """What arrives within ms."""
        heard = bytearray()
        end = self.time.now_ms() + ms
        while True:
            left = end - self.time.now_ms()  # before it looks: what comes meanwhile is heard
            heard += self.line.read()
            if left <= 0:
                return bytes(heard)
            self.time.wait(self.line, left)

    def settle(self) -> bytes:
        """What still arrives of something late; returns when the line is quiet."""
        gap = max(_GAP_MS, (35 * self.char_us + 9999) // 10000)
        heard = bytearray()
        for _ in range(50):
            data = self.listen(gap)
            heard += data
            if not data:
                break
        return bytes(heard)

    def ask(self, ask: Any, timeout_ms: int | None = None, tail_ms: int = 0) -> Exchange:
        """Carry one ask of a driver, and listen on for tail_ms after its reply."""
        self.settle()
        data, receiver = ask.open(self.line.framing, self.exchanges & 0xFFFF)
        if not self.writes_allowed:
            if isinstance(ask, ModbusAsk) and ask.pdu[0] > modbus.READ_INPUT:
                raise Unsafe(f"Modbus function {ask.pdu[0]}")
            check_read_only(data)
        self.exchanges += 1
        if data:
            self.line.write(data)
        begun = self.time.now_ms() + (len(data) * self.char_us + 999) // 1000
        end = begun + (ask.timeout_ms if timeout_ms is None else timeout_ms)
        heard = bytearray()
        reply, error = None, None
        while reply is None and error is None:
            left = end - self.time.now_ms()  # before it looks: to be away in between is no silence
            arrived = self.line.read()
            heard += arrived
            try:
                reply = receiver.feed(arrived) if arrived else None
            except AgentError as problem:
                error = problem
            if reply is None and error is None:
                if left <= 0:
                    error = receiver.verdict()
                else:
                    self.time.wait(self.line, left)
        spent = max(0, self.time.now_ms() - begun)
        tail = self.listen(tail_ms) if tail_ms and reply is not None else b""
        return Exchange(
            data, None if reply is None else bytes(reply), error, bytes(heard),
            receiver.echoes, receiver.foreign, receiver.damaged + len(receiver.buffer),
            receiver.stranger, spent, tail,
        )  # fmt: skip


def read_whole(wire: Wire, driver: Any, timeout_ms: int | None = None) -> list[Any]:
    """The readings of a driver. AgentError where it gets none."""
    script = driver.read()
    ask = next(script)
    while True:
        came = wire.ask(ask, timeout_ms)
        try:
            ask = script.throw(came.error) if came.error else script.send(came.reply)
        except StopIteration as end:
            return list(end.value)
