"""The twin of agent.drivers.dyp_uart: uploads every 100 ms."""

from simulators.world.sensors.twin import GARBAGE, SILENT
from simulators.world.sensors.twin import Twin as _Twin

PERIOD_MS = 100


class Twin(_Twin):
    """signals: distance (mm). The log gets every upload, whether or not somebody listens."""

    def __init__(self, signals, log):
        super().__init__(signals, log)
        self.due = 0

    def answer(self, heard, now_ms):
        heard[:] = b""
        return b""

    def tick(self, now_ms):
        if now_ms < self.due:
            return b""
        self.due = now_ms - now_ms % PERIOD_MS + PERIOD_MS
        value = self.measured("distance", now_ms)
        frame = bytes((0xFF, value >> 8, value & 0xFF))
        frame += bytes((sum(frame) & 0xFF,))
        if self.fault == SILENT:
            return b""
        return bytes([byte ^ 0x5A for byte in frame]) if self.fault == GARBAGE else frame
