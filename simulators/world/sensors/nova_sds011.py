"""The twin of agent.drivers.nova_sds011: uploads every second, asked or not."""

from agent.drivers.nova_sds011 import START
from simulators.world.sensors.twin import GARBAGE, SILENT
from simulators.world.sensors.twin import Twin as _Twin

PERIOD_MS = 1000
PHASE_MS = 530  # sensors know nothing of whole seconds


class Twin(_Twin):
    """signals: pm25, pm10 (0.1 µg/m³). The log gets every upload."""

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
        fine, coarse = self.measured("pm25", now_ms), self.measured("pm10", now_ms)
        data = bytes((fine & 0xFF, fine >> 8, coarse & 0xFF, coarse >> 8, 0xA1, 0x60))
        frame = START + data + bytes((sum(data) & 0xFF, 0xAB))
        if self.fault == SILENT:
            return b""
        return bytes([byte ^ 0x5A for byte in frame]) if self.fault == GARBAGE else frame
