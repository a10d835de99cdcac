"""The twin of agent.drivers.dfrobot_sen0483."""

from simulators.world.sensors.twin import ModbusTwin


class Twin(ModbusTwin):
    """signals: wind_speed (0.1 m/s)."""

    def words(self, at, count, now_ms):
        return [self.measured("wind_speed", now_ms)] if (at, count) == (0, 1) else None
