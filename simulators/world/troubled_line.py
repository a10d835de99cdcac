"""A simulated line with what goes wrong on real ones: another speed, swapped wires, two devices of
one number, somebody else who asks. And its time, for the tools that wait."""

from agent.protocols import modbus
from simulators.world.line import SimLine


class TroubledLine(SimLine):
    """mode: what the devices are set to (in another one they hear nothing, and what they say by
    themselves comes garbled). swapped: A and B are. Two replies at a time spoil each other. sent:
    all that was written."""

    def __init__(self, twins, mode="9600 8N1", swapped=False, **faults):
        super().__init__(twins, **faults)
        self.mode = mode
        self.swapped = swapped
        self.opened = ""
        self.sent = []

    def open(self, mode):
        """See agent.ports.Line."""
        super().open(mode)
        self.opened = mode

    def write(self, data):
        """See agent.ports.Line."""
        self.sent.append(data)
        twins = self.twins
        if self.swapped or self.opened != self.mode:
            self.twins = []
        try:
            super().write(data)
        finally:
            self.twins = twins

    def _send(self, data, at):
        if self.swapped:
            return
        if self.opened != self.mode:
            data = bytes([byte >> 1 | 0x80 for byte in data])
        end = at + self._time(data)
        for index in range(len(self._coming)):
            other_end, other = self._coming[index]
            if at < other_end and other_end - self._time(other) < end:
                self._coming[index] = (max(end, other_end), _collided(data, other))
                return
        super()._send(data, at)


def _collided(data, other):
    """What is heard of two frames at a time: of each bit the dominant state."""
    longer, shorter = (data, other) if len(data) >= len(other) else (other, data)
    mixed = [longer[at] & shorter[at] for at in range(len(shorter))]
    return bytes(mixed) + longer[len(shorter) :]


class SimulatedTime:
    """The time of a simulated line, for agent.kit.wire."""

    def __init__(self, line):
        self.line = line
        self.now = 1000
        line.advance(self.now)

    def now_ms(self):
        """Simulated milliseconds."""
        return self.now

    def wait(self, line, ms):
        """Let time pass, up to the next arrival."""
        due = self.line.next_ms(self.now)
        step = ms if due is None else max(1, min(ms, due - self.now))
        self.now += min(step, 20)
        self.line.advance(self.now)


class ForeignMaster:
    """A twin that is none: somebody else asks a unit every period_ms, and gets its reply."""

    turnaround_ms = 0

    def __init__(self, unit, period_ms=500):
        self.request = modbus.rtu_frame(unit, modbus.read_request(modbus.READ_HOLDING, 0, 2))
        self.reply = modbus.rtu_frame(unit, b"\x03\x04\x00\x01\x00\x02")
        self.period_ms = period_ms
        self.due_ms = 0

    def receive(self, data, now_ms):
        """It hears nothing."""
        return b""

    def tick(self, now_ms):
        """Its request, and what comes of it."""
        if now_ms < self.due_ms:
            return b""
        self.due_ms = now_ms + self.period_ms
        return self.request + self.reply


class Settable:
    """A Modbus twin that takes writes of single registers: those that its driver declares to
    renumber it, and notes all others. A new address counts at once, or after power_cycle."""

    def __init__(self, twin, steps):
        self.twin = twin
        self.steps = steps
        self.waits = ("cycle",) in steps
        self.written = []  # (register, value)
        self.pending = None
        self._heard = bytearray()

    @property
    def unit(self):
        return self.twin.unit

    @property
    def turnaround_ms(self):
        return self.twin.turnaround_ms

    def tick(self, now_ms):
        """See twin.Twin."""
        return self.twin.tick(now_ms)

    def receive(self, data, now_ms):
        """See twin.Twin. Obeys writes to its own unit, and to everybody."""
        whole = len(data) == 8 and modbus.crc16(data) == 0
        if whole and data[1] == modbus.WRITE_REGISTER and data[0] in (self.unit, 0):
            return self._write(data)
        return self.twin.receive(data, now_ms)

    def power_cycle(self):
        """Off and on again."""
        if self.pending is not None:
            self.twin.unit = self.pending
            self.pending = None

    def _write(self, data):
        register, value = data[2] << 8 | data[3], data[4] << 8 | data[5]
        self.written.append((register, value))
        for index in range(len(self.steps)):
            step = self.steps[index]
            if step[0] == "write" and step[1] == register and step[2] is None:
                before = [(part[1], part[2]) for part in self.steps[:index] if part[0] == "write"]
                if self.written[-1 - len(before) : -1] == before:
                    self.pending = value
                    if not self.waits:
                        self.power_cycle()
        return data if data[0] else b""
