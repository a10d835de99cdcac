"""The twin of agent.drivers.dyp_ultrasonic: feels the level of water in mm under a sensor mounted
at a height, and measures the distance to it."""

from simulators.world.sensors.twin import ModbusTwin


class Twin(ModbusTwin):
    """signals: level (mm over the road), temperature (0.1 °C). mount in mm."""

    turnaround_ms = 120

    def __init__(self, unit, signals, log, mount=3200):
        super().__init__(unit, signals, log)
        self.mount = mount

    def words(self, at, count, now_ms):
        if (at, count) == (0x0100, 1):
            level = self.measured("level", now_ms)
            if not self.fault:
                self.log("distance", now_ms, self.mount - level)
            return [self.mount - level]
        if (at, count) == (0x0102, 1):
            return [self.measured("temperature", now_ms)]
        return None
