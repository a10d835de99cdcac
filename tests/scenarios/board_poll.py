"""Polls of ten registers on a bus whose line replies at once: from the slot to the row. Either
runtime; callgrind counts what it takes, see bench.board. ``main(polls)``."""

from agent.bus import Bus
from agent.device import Device
from agent.protocols import modbus
from agent.schedule import Group
from bench.ten_registers import REGISTERS
from bench.ten_registers import Device as TenRegisters

_EVERY_MS = 1000
_SEAL_ROWS = 60


class _Line:
    """Answers a read of the ten registers; they move."""

    framing = "rtu"

    def __init__(self):
        self._reply = b""
        self._count = 0

    def open(self, mode):
        pass

    def write(self, data):
        self._count += 1
        registers = b"".join([(700 + (self._count * 31 + at * 7) % 41).to_bytes(2, "big")
                              for at in range(REGISTERS)])  # fmt: skip
        self._reply = modbus.rtu_frame(1, bytes((3, 2 * REGISTERS)) + registers)

    def read(self):
        reply, self._reply = self._reply, b""
        return reply

    def wants_write(self):
        return False

    def close(self):
        pass


class _Entropy:
    def take(self, size):
        return bytes(size)


def main(polls):
    """Fill so many rows."""
    device = Device("d1", TenRegisters({"address": 1}), _EVERY_MS)
    bus = Bus(_Line(), "9600 8N1", [device], _Entropy(), None)
    group = Group(_EVERY_MS, 60000, [(bus, device)])
    now = 0
    group.start(now)
    rows = 0
    while rows < polls:
        now += _EVERY_MS
        group.open(now)
        while group.busy():
            bus.step(now)
            for result in bus.take():
                group.put(device, result.readings, result.raw)
            now += 1
        rows += 1
        if len(group.rows) >= _SEAL_ROWS:
            group.rows.clear()
    assert group.overruns == 0
