"""The ports: all that the core needs from outside. Read by people and type checkers only.

MicroPython never imports this file. Every port has a Linux, a board and a simulated
implementation, and one contract test in ``tests/shared/`` that all of them pass.
No port blocks, except Flash.
"""

from typing import Protocol

from agent.events import (
    CARRIER_DOWN,
    CARRIER_FAILED,
    CARRIER_HOP,
    CARRIER_MESSAGE,
    CARRIER_UP,
)

__all__ = [
    "CARRIER_DOWN",
    "CARRIER_FAILED",
    "CARRIER_HOP",
    "CARRIER_MESSAGE",
    "CARRIER_UP",
    "Carrier",
    "Clock",
    "Entropy",
    "Flash",
    "Line",
    "Signer",
    "Verifier",
]


class Clock(Protocol):
    """Time. Only the edges read it; the core is told."""

    def now_ms(self) -> int:
        """Monotonic, unwrapped milliseconds; starts anywhere."""

    def utc_ms(self) -> int | None:
        """Milliseconds since 1970-01-01 UTC, or None while no source has given the time."""


class Line(Protocol):
    """The bytes of one serial line, or of one TCP connection to a gateway.

    ``framing`` is "rtu" for a serial line and "tcp" for Modbus TCP.
    """

    framing: str

    def open(self, mode: str) -> None:
        """Open, or switch to, a mode such as ``"9600 8N1"``. OSError(code, text) if it cannot."""

    def write(self, data: bytes) -> None:
        """Queue bytes to send, direction switching included. A serial line sends them once it has
        been silent for 3.5 characters (1750 us at the least); later reads see to it. OSError once
        the line is gone."""

    def read(self) -> bytes:
        """All that arrived since the last read, b"" if nothing. OSError once the line is gone."""

    def wants_write(self) -> bool:
        """Whether something waits to be sent: what is read meanwhile answers none of it."""

    def close(self) -> None:
        """Let go of the line; closing twice is harmless."""


class Flash(Protocol):
    """Sectors of NOR semantics: erase sets every bit, program clears bits, in multiples of unit.

    ``sectors`` count, ``sector_size`` bytes, ``unit`` smallest program in bytes.
    """

    sectors: int
    sector_size: int
    unit: int

    def read(self, sector: int, offset: int, size: int) -> bytes:
        """size bytes. OSError(EIO) on a failed read."""

    def program(self, sector: int, offset: int, data: bytes) -> None:
        """Clear bits. offset and len(data) are multiples of unit. OSError on failure."""

    def erase(self, sector: int) -> None:
        """Set the whole sector to 0xFF."""

    def sync(self) -> int:
        """Start to make durable all that was programmed so far; returns a ticket, counting up."""

    def synced(self) -> int:
        """The highest ticket that is durable. OSError if a sync failed: never durable then."""


class Carrier(Protocol):
    """What takes frames to the platform and brings signed downlinks back.

    ``limit`` bytes of one offer. ``confirms``: whether every offer ends in an event, asked or not.
    """

    name: str
    limit: int
    confirms: bool

    def connect(self, now_ms: int) -> None:
        """Begin to connect. The outcome arrives as CARRIER_UP or CARRIER_DOWN."""

    def poll(self, now_ms: int) -> list[tuple[int, object]]:
        """Do what is due, without blocking; the events since the last poll."""

    def room(self) -> int:
        """How many frames may be offered now."""

    def offer(self, lane: int, data: bytes, token: int, ask: bool = True) -> None:
        """Take one frame or several in sequence, at most ``limit`` bytes. Its hop (or failure) is
        reported by token; unless ``confirms`` is False and ``ask`` too: then nothing follows."""

    def close(self) -> None:
        """Disconnect; closing twice is harmless."""


class Signer(Protocol):
    """The device's own key. ``alg`` and ``kid`` go into every frame's protected header."""

    alg: int
    kid: bytes

    def sign(self, message: bytes) -> bytes:
        """64 bytes r‖s over message."""


class Verifier(Protocol):
    """Public keys that are trusted for one purpose."""

    def verify(self, alg: int, kid: bytes, message: bytes, signature: bytes) -> None:
        """Raises BadSignature unless the holder of kid signed message."""


class Entropy(Protocol):
    """Unpredictable bytes."""

    def take(self, size: int) -> bytes:
        """size bytes that nobody can guess."""
