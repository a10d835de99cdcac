"""A line of Modbus slaves on a pty, to the microsecond: ``python -m bench.bus_slave LINK BAUD
WARM_S MEASURE_S DEAD_UNIT``. What it saw goes to stdout as one JSON object.

A request takes its time on the wire, then the slave its turnaround; the reply comes in the pieces
in which a UART's FIFO hands it over, the last byte when its last bit has arrived. A request that
begins less than 3.5 characters after that is counted: a real slave may take both for one frame.
"""

import json
import os
import select
import sys
import time
import tty
from pathlib import Path

from agent.protocols import modbus

TURNAROUND_NS = 5_000_000
PIECE = 8  # bytes that a FIFO hands over at once
REQUEST = 8
# With open eyes before an instant, or before a request may come; else asleep, for the kernel hands
# bytes over on this processor, too, and this process may have a higher priority.
_SLEEP_LATE_NS = 40_000
_AWAKE_NS = 400_000


def silence_ns(baud: int) -> int:
    """3.5 characters of 10 bits, fixed above 19200 baud: MODBUS over Serial Line V1.02, 2.5.1.1."""
    return 1_750_000 if baud > 19200 else 35_000_000_000 // baud


def cycle_ns(baud: int, registers: int) -> int:
    """The least time from request to request."""
    characters = REQUEST + 5 + 2 * registers
    return characters * 10_000_000_000 // baud + TURNAROUND_NS + silence_ns(baud)


def _until(when: int) -> None:
    """Wait for an instant: asleep at first, then with open eyes."""
    left = when - time.monotonic_ns() - _SLEEP_LATE_NS
    if left > 0:
        time.sleep(left / 1e9)
    while time.monotonic_ns() < when:
        pass


class Slaves:
    """Every unit but dead answers reads of holding registers."""

    def __init__(self, baud: int, dead: int) -> None:
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        self.slave = slave
        self.char_ns = 10_000_000_000 // baud
        self.silence = silence_ns(baud)
        self.dead = dead
        self.ended = 0  # when the last byte of a reply arrived
        self.pauses: list[int] = []  # from the end of a reply to the next request
        self.early = 0

    def _request(self, end: int) -> tuple[int, bytes]:
        """When the next request began, and its bytes; nothing after end."""
        left = self.ended + self.silence - _AWAKE_NS - time.monotonic_ns()
        if left > 0:
            select.select([self.master], [], [], left / 1e9)
        heard = b""
        begun = 0
        while len(heard) < REQUEST:
            # Wide awake while it matters when exactly a byte comes.
            if time.monotonic_ns() > self.ended + 2 * self.silence:
                os.set_blocking(self.master, True)
            try:
                heard += os.read(self.master, REQUEST - len(heard))
            except BlockingIOError:
                if time.monotonic_ns() > end:
                    return 0, b""
                continue
            begun = begun or time.monotonic_ns()
        os.set_blocking(self.master, False)
        return begun, heard

    def serve(self, until: int, count: bool) -> None:
        """Answer until an instant."""
        while time.monotonic_ns() < until:
            begun, request = self._request(until)
            if not request or modbus.crc16(request) or request[0] == self.dead:
                continue
            if count:
                self.early += begun < self.ended + self.silence
                self.pauses.append(begun - self.ended)
            self._answer(request, begun)

    def _answer(self, request: bytes, begun: int) -> None:
        size = 2 * (request[4] << 8 | request[5])
        pdu = bytes((request[1], size)) + bytes(number & 0xFF for number in range(size))
        reply = modbus.rtu_frame(request[0], pdu)
        at = begun + REQUEST * self.char_ns + TURNAROUND_NS
        for end in range(PIECE, len(reply) + PIECE, PIECE):
            _until(at + min(end, len(reply)) * self.char_ns)
            self.ended = time.monotonic_ns()
            os.write(self.master, reply[end - PIECE : end])


def main(link: str, baud: int, warm_s: float, measure_s: float, dead: int) -> None:
    """Serve, and say what was seen."""
    slaves = Slaves(baud, dead)
    Path(link).symlink_to(slaves.path)
    print("ready", flush=True)
    select.select([slaves.master], [], [])
    now = time.monotonic_ns()
    slaves.serve(now + int(warm_s * 1e9), False)
    slaves.serve(now + int((warm_s + measure_s) * 1e9), True)
    print(json.dumps({"pauses": slaves.pauses, "early": slaves.early}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
