"""The twin of agent.drivers.winsen_ze07: uploads every second, asked or not."""

from simulators.world.sensors.twin import GARBAGE, SILENT
from simulators.world.sensors.twin import Twin as _Twin

PERIOD_MS = 1000
PHASE_MS = 370  # sensors know nothing of whole seconds


class Twin(_Twin):
    """signals: co (0.1 ppm). The log gets every upload: which of them was listened for, the line
    cannot tell."""

    def __init__(self, signals, log):
        super().__init__(signals, log)
        self.due = 0

    def answer(self, heard, now_ms):
        heard[:] = b""
        return b""

    def tick(self, now_ms):
        if now_ms < self.due:
            return b""
        self.due = now_ms - now_ms % PERIOD_MS + PERIOD_MS + PHASE_MS
        value = self.measured("co", now_ms)
        frame = bytes((0xFF, 0x04, 0x03, 0x01, value >> 8, value & 0xFF, 0x13, 0x88))
        frame += bytes((-sum(frame[1:]) & 0xFF,))
        if self.fault == SILENT:
            return b""
        return bytes([byte ^ 0x5A for byte in frame]) if self.fault == GARBAGE else frame
