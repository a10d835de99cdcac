"""The twin of agent.drivers.nhzd210."""

from simulators.world.sensors.twin import ModbusTwin


class Twin(ModbusTwin):
    """signals: illuminance (lx)."""

    def words(self, at, count, now_ms):
        if (at, count) != (0, 2):
            return None
        lux = self.measured("illuminance", now_ms)
        return [lux >> 16, lux & 0xFFFF]
