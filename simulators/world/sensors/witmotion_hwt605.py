"""The twin of agent.drivers.witmotion_hwt605."""

from simulators.world.sensors.twin import ModbusTwin


class Twin(ModbusTwin):
    """signals: roll and pitch (0.01 degrees)."""

    def words(self, at, count, now_ms):
        if (at, count) != (0x3D, 3):
            return None
        angles = [self.measured(channel, now_ms) for channel in ("roll", "pitch")]
        return [(angle * 32768 + 9000) // 18000 for angle in angles] + [0]
