"""The twin of agent.drivers.maxbotix_mb7: says its range every 150 ms."""

from simulators.world.sensors.twin import GARBAGE, SILENT
from simulators.world.sensors.twin import Twin as _Twin

PERIOD_MS = 150


class Twin(_Twin):
    """signals: distance (mm). The log gets every range, whether or not somebody listens."""

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
        frame = b"R%04d\r" % self.measured("distance", now_ms)
        if self.fault == SILENT:
            return b""
        return bytes([byte ^ 0x5A for byte in frame]) if self.fault == GARBAGE else frame
