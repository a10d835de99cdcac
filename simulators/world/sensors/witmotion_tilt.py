"""The twin of agent.drivers.witmotion_tilt: angles in two registers each, the low word first."""

from simulators.world.sensors.twin import ModbusTwin

START = 0x3D


class Twin(ModbusTwin):
    """signals: roll and pitch (0.001 degrees)."""

    def words(self, at, count, now_ms):
        if at != START or count > 6:
            return None
        words = []
        for channel in ("roll", "pitch"):
            value = self.measured(channel, now_ms) & 0xFFFFFFFF
            words.extend((value & 0xFFFF, value >> 16))
        words.extend((0, 0))
        return words[:count]
