"""The twin of agent.drivers.endress_fmr20: singles, high word first, and zeros after power-on."""

from simulators.world.sensors.eastron_sdm120 import single
from simulators.world.sensors.twin import ModbusTwin

CHANNELS = (
    ("level", -3),
    ("distance", -3),
    ("signal", -1),
    ("temperature", -1),
    ("quality", 0),
    ("diagnosis", 0),
)


class Twin(ModbusTwin):
    """signals: those of CHANNELS, in the driver's exponents. ready_ms: zeros until then."""

    turnaround_ms = 40

    def __init__(self, unit, signals, log, ready_ms=0):
        super().__init__(unit, signals, log)
        self.ready_ms = ready_ms

    def words(self, at, count, now_ms):
        if (at, count) != (0x1388, 16):
            return None
        if now_ms < self.ready_ms:
            return [0] * 16
        words = []
        for channel, exponent in CHANNELS:
            bits = single(self.measured(channel, now_ms), exponent)
            words.extend((bits >> 16, bits & 0xFFFF))
        return words + [0] * 4
