"""The twin of agent.drivers.dfrobot_sen0482."""

from simulators.world.sensors.twin import ModbusTwin


class Twin(ModbusTwin):
    """signals: wind_direction (0.1 degrees)."""

    def words(self, at, count, now_ms):
        return [self.measured("wind_direction", now_ms)] if (at, count) == (0, 1) else None
