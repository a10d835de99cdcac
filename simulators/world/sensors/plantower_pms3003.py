"""The twin of agent.drivers.plantower_pms3003: uploads every second, asked or not."""

from agent.drivers.plantower_pms3003 import START
from simulators.world.sensors.twin import GARBAGE, SILENT
from simulators.world.sensors.twin import Twin as _Twin

PERIOD_MS = 1000
PHASE_MS = 210  # sensors know nothing of whole seconds


class Twin(_Twin):
    """signals: pm1, pm25, pm10 (µg/m³). The log gets every upload."""

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
        dust = [self.measured(channel, now_ms) for channel in ("pm1", "pm25", "pm10")]
        words = dust + dust + [0, 0, 0x51]
        frame = START + b"".join([word.to_bytes(2, "big") for word in words])
        frame += sum(frame).to_bytes(2, "big")
        if self.fault == SILENT:
            return b""
        return bytes([byte ^ 0x5A for byte in frame]) if self.fault == GARBAGE else frame
