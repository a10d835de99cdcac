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
    "FrameVerifier",
    "Line",
    "SettingsStore",
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


class FrameVerifier(Protocol):
    """Public keys that are trusted, for whoever only verifies: a platform's side."""

    def verify(self, alg: int, kid: bytes, message: bytes, signature: bytes) -> None:
        """Raises BadSignature unless the holder of kid signed message by that key's algorithm."""


class Verifier(FrameVerifier, Protocol):
    """Public keys that are trusted for one purpose; a key id is the first 8 bytes of SM3 over the
    key, 65 bytes 04‖x‖y. The downlink gate changes them: the platform's keys rotate."""

    def trusts(self, kid: bytes) -> bool:
        """Whether the key of this id is trusted."""

    def trust(self, public: bytes) -> None:
        """Trust one key more. BadSignature if it is no point of the curve."""

    def forget(self, kid: bytes) -> None:
        """Trust a key no longer; nothing happens where it was not."""


class SettingsStore(Protocol):
    """Settings that an order brings (agent.settings_order): kept in parts, judged, and applied at
    the next start. A power cut at any moment leaves the old settings in force, or the new ones.

    ``limit`` bytes of settings at the most.
    """

    limit: int

    def begun(self, digest: bytes) -> int:
        """How many bytes of the settings with this digest (32 bytes) are there already."""

    def add(self, digest: bytes, offset: int, part: bytes) -> None:
        """Keep a part; one at offset 0 begins anew. OSError if it cannot be kept."""

    def whole(self) -> bytes:
        """All parts."""

    def judge(self, whole: bytes, platform: bool) -> bytes:
        """The hash (8 bytes) that these settings will have. BadSettings holds every reason why they
        cannot be applied; platform: False, they may not say where the platform is, either."""

    def change(self, whole: bytes, note: list[object]) -> None:
        """They apply from the next start on, on trial; note: [hash before, hash after, number, by
        whom, by which key], to be told again. OSError: nothing was changed."""


class Entropy(Protocol):
    """Unpredictable bytes."""

    def take(self, size: int) -> bytes:
        """size bytes that nobody can guess."""
