"""What goes over a line on which nobody of ours asked: Modbus frames among the bytes."""

from collections import Counter
from dataclasses import dataclass, field

from agent.protocols import modbus


@dataclass
class Traffic:
    """size bytes in all; requests by unit; replies; others: the bytes in no Modbus frame."""

    size: int = 0
    requests: Counter[int] = field(default_factory=Counter)
    replies: int = 0
    others: bytes = b""


def take_apart(data: bytes) -> Traffic:
    """The Modbus RTU frames in data. An 8-byte frame of a function that asks is a request; what
    answers it, a reply."""
    found = Traffic(len(data))
    others = bytearray()
    at = 0
    while at < len(data):
        size = _frame(data, at)
        if not size:
            others.append(data[at])
            at += 1
            continue
        unit, function = data[at], data[at + 1]
        if (size == 8 and function <= modbus.WRITE_REGISTER) or (size > 8 and function > 6):
            found.requests[unit] += 1
        else:
            found.replies += 1
        at += size
    found.others = bytes(others)
    return found


def _frame(data: bytes, at: int) -> int:
    """The size of the intact Modbus frame at ``at``; 0 if there is none."""
    left = len(data) - at
    if left < 5 or not 1 <= data[at + 1] & 0x7F <= 16:
        return 0
    sizes = [8, 5, 5 + data[at + 2]]
    if left > 6 and data[at + 1] in (15, 16):
        sizes.append(9 + data[at + 6])
    for size in sizes:
        if 5 <= size <= min(left, 256) and modbus.crc16(data[at : at + size]) == 0:
            return size
    return 0
