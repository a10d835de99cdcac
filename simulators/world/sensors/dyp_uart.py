"""The twin of agent.drivers.dyp_uart: uploads every 100 ms."""

from simulators.world.sensors.twin import UploadTwin


class Twin(UploadTwin):
    """signals: distance (mm)."""

    period_ms = 100

    def frame(self, now_ms):
        value = self.measured("distance", now_ms)
        frame = bytes((0xFF, value >> 8, value & 0xFF))
        return frame + bytes((sum(frame) & 0xFF,))
