"""The twin of agent.drivers.pzem_004t: 32-bit values, the low word first."""

from simulators.world.sensors.twin import ModbusTwin

LAYOUT = (
    ("voltage", 1),
    ("current", 2),
    ("power", 2),
    ("energy", 2),
    ("frequency", 1),
    ("power_factor", 1),
    ("alarm", 1),
)


class Twin(ModbusTwin):
    """signals: those of LAYOUT, in the driver's exponents."""

    def words(self, at, count, now_ms):
        if (at, count) != (0, 10):
            return None
        words = []
        for channel, size in LAYOUT:
            value = self.measured(channel, now_ms)
            words.append(value & 0xFFFF)
            if size == 2:
                words.append(value >> 16)
        return words
