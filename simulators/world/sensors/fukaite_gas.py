"""The twin of agent.drivers.fukaite_gas, for carbon monoxide with two decimals."""

from simulators.world.sensors.twin import ModbusTwin


class Twin(ModbusTwin):
    """signals: co (0.01 ppm)."""

    turnaround_ms = 20

    def words(self, at, count, now_ms):
        if (at, count) == (0x0000, 1):
            return [self.measured("co", now_ms)]
        if (at, count) == (0x001E, 1):
            return [2]
        return None
