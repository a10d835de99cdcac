"""The twin of agent.drivers.qdy30a, set to metres with three decimals."""

from simulators.world.sensors.twin import ModbusTwin


class Twin(ModbusTwin):
    """signals: level (mm)."""

    def words(self, at, count, now_ms):
        if (at, count) != (0x0002, 3):
            return None
        return [12, 3, self.measured("level", now_ms)]
