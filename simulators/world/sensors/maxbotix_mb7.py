"""The twin of agent.drivers.maxbotix_mb7: says its range every 150 ms."""

from simulators.world.sensors.twin import UploadTwin


class Twin(UploadTwin):
    """signals: distance (mm)."""

    period_ms = 150

    def frame(self, now_ms):
        return b"R%04d\r" % self.measured("distance", now_ms)
