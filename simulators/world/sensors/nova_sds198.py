"""The twin of agent.drivers.nova_sds198: uploads every second, asked or not."""

from agent.drivers.nova_sds198 import START
from simulators.world.sensors.twin import GARBAGE, SILENT
from simulators.world.sensors.twin import Twin as _Twin

PERIOD_MS = 1000
PHASE_MS = 640  # sensors know nothing of whole seconds


class Twin(_Twin):
    """signals: pm100 (µg/m³). The log gets every upload."""

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
        dust = self.measured("pm100", now_ms)
        data = bytes((0x0E, 0, dust & 0xFF, dust >> 8, 0xE9, 0x05))
        frame = START + data + bytes((sum(data) & 0xFF, 0xAB))
        if self.fault == SILENT:
            return b""
        return bytes([byte ^ 0x5A for byte in frame]) if self.fault == GARBAGE else frame
